"""A practice firm for each story: real platforms on loopback, a real workspace, one event loop a story."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.cli.opening import in_session, opened, vault_of
from console.cli.practice import Practice, allow_writing, connect, started
from console.sync.adopting import adopt
from console.sync.pull import pull_all
from console.sync.session import Session

TODAY = "2026-11-20"


@dataclass(slots=True)
class Story:
    """One firm, one workspace, and what the tests ask of both."""

    practice: Practice
    session: Session
    place: str

    async def written(self, **asked: str) -> list[Mapping[str, Any]]:
        """What was committed through the platforms' APIs, oldest first."""
        return await self.practice.journal(by="api", **asked)

    async def go_live(self) -> None:
        """First contact done: everything read, matched, cut over and allowed."""
        await pull_all(self.session)
        await adopt(self.session)
        await allow_writing(self.session, await self.practice.firm())


class Stage:
    """Opens stories; each is closed again when its block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def story(self, *options: str, history: str = "0m", place: str = "") -> AsyncIterator[Story]:
        place = place or str(self._folder / "story.tieout")
        arguments: Sequence[str] = ["--today", TODAY, "--history", history, "--foreign-keys", *options]
        async with started(arguments) as practice:
            with opened(place, create=True, environment="practice") as store:
                vault = vault_of(place, store)
                await connect(store, vault, practice)
                async with in_session(store, vault) as session:
                    yield Story(practice, session, place)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)
