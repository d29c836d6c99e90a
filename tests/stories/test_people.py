"""Stories 3, 5 and 6: people edit and void in the ERP, amendments come out of order, a held entry is repaired."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from console.records.delivery import Project
from console.records.selling import Deal
from console.sync.cycle import run
from local_db import book as shelf
from local_db import crosswalk, holds
from tests.stories.conftest import Stage, Story

ROOT = Path(__file__).resolve().parent.parent.parent


async def _live_until(firm: Story, step: int) -> None:
    """Go live, then run after each thing people do, up to a step of theirs."""
    await firm.go_live()
    await run(firm.session)
    for _number in range(step):
        await firm.practice.advance()
        await run(firm.session)


async def _held(firm: Story, *problems: str) -> list[holds.HoldRow]:
    rows = await firm.session.read(holds.every)
    return [row for row in rows if row.problem in problems]


async def _verb(firm: Story, *words: str) -> Mapping[str, Any]:
    """Run one verb as a person would, in a process of its own."""
    command = [sys.executable, "main.py", *words, "--workspace", firm.place, "--json"]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    answer: Mapping[str, Any] = json.loads(out)
    return answer


def test_what_people_changed_or_voided_is_left_alone(stage: Stage) -> None:
    async def story() -> None:
        async with stage.story(history="24m") as firm:
            await _live_until(firm, 3)
            touched = await _held(firm, "changed_by_person", "voided_by_person")
            assert Counter(row.problem for row in touched) == {"changed_by_person": 3, "voided_by_person": 2}
            before = len(await firm.written())
            for _number in range(5):
                await run(firm.session)
            after = (await firm.written())[before:]
            assert {each["key"] for each in after} & {row.key for row in touched} == set()
            assert [row.key for row in await _held(firm, "changed_by_person", "voided_by_person")] == [
                row.key for row in touched
            ]

    asyncio.run(story())


def test_amendments_out_of_order_end_in_one_project_with_both(stage: Stage) -> None:
    async def story() -> None:
        async with stage.story(history="24m") as firm:
            await _live_until(firm, 2)
            (gap,) = await _held(firm, "amendment_gap")
            await firm.practice.advance()
            await run(firm.session)
            assert await _held(firm, "amendment_gap") == []

            def budgets(db: Any) -> tuple[Decimal, list[Decimal]]:
                deal = shelf.get(db, gap.subject)
                assert isinstance(deal, Deal) and deal.amount is not None
                more = [
                    each.amount
                    for each in shelf.current(db, "deal", where={"amends": gap.subject})
                    if isinstance(each, Deal) and each.amount is not None
                ]
                links = [each for each in crosswalk.links(db, refs=[gap.subject]) if each.kind == "project"]
                projects = [shelf.get(db, f"{each.connection}/project/{each.remote_id}") for each in links]
                found = [each.budget.amount for each in projects if isinstance(each, Project) and each.budget]
                return sum((each.amount for each in more), deal.amount.amount), found

            agreed, found = await firm.session.read(budgets)
            assert found == [agreed, agreed]
            assert (await firm.practice.score())["duplicates"] == 0

    asyncio.run(story())


def test_a_held_entry_is_edited_previewed_replayed_and_traced(stage: Stage) -> None:
    async def story() -> None:
        async with stage.story(history="24m") as firm:
            await _live_until(firm, 4)
            row = (await _held(firm, "closed_period"))[0]
            number = str(row.id)
            shown = await _verb(firm, "queue", "show", number)
            assert shown["problem"] == "closed_period"
            open_day = "2026-11-02"
            await _verb(firm, "queue", "edit", number, "--field", f"worked_on={open_day}", "--reason", "late sheet")
            preview = await _verb(firm, "queue", "preview", number)
            assert preview["does"] == "create"
            assert preview["differences"]["on"] == [None, open_day]
            assert [each for each in await firm.written() if each["key"] == row.key] == []
            await _verb(firm, "queue", "replay", number)
            (line,) = [each for each in await firm.written() if each["key"] == row.key]
            assert line["facts"]["on"] == open_day
            traced = await _verb(firm, "trace", row.subject)
            assert [each["what"] for each in traced["events"]][-1] == "done"
            assert traced["held"] == []
            assert {each["connection"] for each in traced["links"]} == {"netsuite"}

    asyncio.run(story())
