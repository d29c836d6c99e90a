"""Story 4: answers are lost and writes come late; each business key stays one record, and the last body wins."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime

from console.records.delivery import TimeEntry
from console.records.intent import Flow, State
from console.sync.cycle import run
from local_db import book as shelf
from local_db import ledger, ledger_claims, overrides, subjects
from local_db.ledger import IntentRow
from local_db.store import Db
from tests.stories.conftest import Stage, Story

FAULTS = (
    "netsuite:lost_answer:timebill:0.05",
    "netsuite:late_commit:timebill:0.02:1",
    "netsuite:lost_answer:job:0.2",
    "kantata:lost_answer:stories:0.3",
    "kantata:lost_answer:workspaces:0.2",
)


async def _settled(firm: Story) -> None:
    """Run until no answer is owed any more, each time when the next one is due."""
    for _round in range(20):
        await run(firm.session)
        if not await firm.session.read(lambda db: ledger.intents(db, states=[State.UNKNOWN])):
            return
        due = [
            at
            for target in firm.session.connectors
            if (at := await firm.session.read(lambda db, target=target: ledger_claims.next_due(db, target)))
        ]
        await asyncio.sleep(max(0.0, (min(due) - datetime.now(UTC)).total_seconds()))
    raise AssertionError("some answers are still owed")


async def _remote_ids(firm: Story) -> dict[tuple[str, str, str], set[str]]:
    made: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for each in await firm.written():
        if each["verb"] == "create" and each["key"]:
            made[each["tenant"], each["kind"], each["key"]].add(each["remote_id"])
    return made


def _edited(db: Db, row: IntentRow, minutes: int) -> None:
    """What `queue edit` does to a record: a person's value over it, and the subject to be planned again."""
    at = datetime.now(UTC)
    overrides.put(db, [overrides.Override(row.subject, "minutes", minutes, "agreed", "tester", at)])
    subjects.mark(db, Flow.WORK_TO_BILLING, [row.subject], "edited", at)


def test_lost_answers_and_late_commits_make_nothing_twice(stage: Stage) -> None:
    async def story() -> None:
        async with stage.story(history="24m") as firm:
            await firm.go_live()
            for spec in FAULTS:
                await firm.practice.fault(spec)
            await _settled(firm)
            made = await _remote_ids(firm)
            assert made and {len(ids) for ids in made.values()} == {1}
            score = await firm.practice.score()
            assert (score["duplicates"], score["lost"], score["unexpected"]) == (0, 0, 0)

    asyncio.run(story())


def test_an_edit_while_the_answer_is_owed_waits_and_then_wins(stage: Stage) -> None:
    async def story() -> None:
        async with stage.story(history="24m") as firm:
            await firm.go_live()
            await run(firm.session)
            done = await firm.session.read(lambda db: ledger.intents(db, kind="time_line", states=[State.DONE]))
            row = done[0]
            entry = await firm.session.read(lambda db: shelf.get(db, row.subject))
            assert isinstance(entry, TimeEntry)
            await firm.practice.fault("netsuite:lost_answer:timebill:@1")
            await firm.session.write(lambda db: _edited(db, row, entry.minutes + 20))
            await run(firm.session)
            owed = await firm.session.read(lambda db: ledger.get(db, row.id))
            assert owed is not None and owed.state == State.UNKNOWN
            await firm.session.write(lambda db: _edited(db, row, entry.minutes + 40))
            await run(firm.session)
            assert (await firm.session.read(lambda db: ledger.get(db, row.id))).state == State.UNKNOWN
            await _settled(firm)
            writes = [each for each in await firm.written() if each["key"] == row.key]
            assert [each["verb"] for each in writes] == ["create", "update", "update"]
            assert {each["remote_id"] for each in writes} == {row.remote_id}
            assert writes[-1]["facts"]["minutes"] == entry.minutes + 40

    asyncio.run(story())
