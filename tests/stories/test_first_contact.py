"""Stories 1 and 2: an old firm that never heard of us, and a role that sees half."""

from __future__ import annotations

import asyncio

from console.sync.adopting import adopt
from console.sync.cycle import run
from console.sync.pull import pull_all
from local_db import book as shelf
from local_db import coverage
from local_db.coverage import CoverageState
from tests.stories.conftest import Stage, Story


async def _names(story: Story, kind: str, place: str) -> set[str]:
    return await story.session.read(
        lambda db: {str(getattr(each, "name", "")) for each in shelf.current(db, kind, place)}
    )


def test_an_old_firm_is_only_read_until_a_person_says_more(stage: Stage) -> None:
    async def story() -> None:
        async with stage.story(history="24m") as firm:
            result = await run(firm.session)
            assert not result.faults
            assert result.outcomes.total() > 1000
            assert await firm.written() == []

    asyncio.run(story())


def test_nothing_that_exists_is_made_again(stage: Stage) -> None:
    async def story() -> None:
        async with stage.story(history="24m") as firm:
            await pull_all(firm.session)
            there = {
                (place, kind): await _names(firm, kind, place)
                for place, kind in (("netsuite", "customer"), ("netsuite", "project"), ("kantata", "project"))
            }
            adopted = {(each.connection, each.kind): each.linked for each in await adopt(firm.session)}
            assert adopted["netsuite", "project"] == len(there["netsuite", "project"])
            await firm.go_live()
            await run(firm.session)
            made = [each for each in await firm.written() if each["verb"] == "create"]
            assert made
            for (place, kind), names in there.items():
                ours = {
                    each["facts"].get("name") or each["facts"].get("title")
                    for each in made
                    if each["tenant"] == place and each["kind"] == kind
                }
                assert not ours & names
            score = await firm.practice.score()
            assert (score["duplicates"], score["unexpected"]) == (0, 0)

    asyncio.run(story())


def test_a_role_that_sees_half_creates_nothing(stage: Stage) -> None:
    async def story() -> None:
        async with stage.story(history="24m") as firm:
            await firm.go_live()
            before = len(await firm.written())
            await firm.practice.fault("netsuite:half_role")
            await pull_all(firm.session, whole=True)
            states = {
                each.kind: each.state
                for each in await firm.session.read(coverage.every)
                if each.connection == "netsuite"
            }
            assert states["customer"] == CoverageState.SUSPECT
            await run(firm.session)
            creates = [
                each
                for each in (await firm.written())[before:]
                if each["tenant"] == "netsuite" and each["verb"] == "create"
            ]
            assert [each["kind"] for each in creates if states.get(each["kind"]) == CoverageState.SUSPECT] == []
            assert "customer" not in {each["kind"] for each in creates}

    asyncio.run(story())
