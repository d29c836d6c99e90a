"""The same first contact on PostgreSQL: the same tables, the same door, the same figures."""

from __future__ import annotations

import asyncio

from console.sync.cycle import run
from tests.stories.conftest import Stage


def test_the_main_job_on_postgres(stage: Stage, postgres_url: str) -> None:
    async def story() -> None:
        async with stage.story(history="24m", place=postgres_url) as firm:
            await firm.go_live()
            await run(firm.session)
            score = await firm.practice.score()
            assert score["counted"] == {name: score["expected"][name] for name in score["counted"]}
            assert (score["duplicates"], score["lost"], score["unexpected"]) == (0, 0, 0)

    asyncio.run(story())
