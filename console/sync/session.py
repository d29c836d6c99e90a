"""One run over a workspace: its store, the platforms signed in to, and who acts."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from console.wire.surface import Connector
from local_db.connections import ConnectionRow
from local_db.store import Db, Store

T = TypeVar("T")
SETTLING = "settling_seconds"
"""The field of a connection that overrides its platform's settling time."""
SECONDS = re.compile(r"\d+(\.\d+)?")
Progress = Callable[[str, int, int | None], None]
"""What is being done, how many are done, and how many there are (None: not known)."""


def _silent(_title: str, _done: int, _total: int | None) -> None:
    return None


@dataclass(slots=True)
class Session:
    """What every step of a run shares. `rows` and `connectors` have the same keys: connection ids.

    `actor` is the OS account and platform user that acts; `worker` names this process for leases. Steps on the store
    run beside the event loop, one writer at a time. Once `stopping` is set, every step ends at its next safe place.
    """

    store: Store
    rows: Mapping[str, ConnectionRow]
    connectors: Mapping[str, Connector]
    actor: str
    worker: str
    progress: Progress = _silent
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _writer: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def write(self, step: Callable[[Db], T]) -> T:
        """Run one durable step on the store without holding up the event loop."""

        def run() -> T:
            with self.store.writing() as db:
                return step(db)

        async with self._writer:
            return await asyncio.to_thread(run)

    async def read(self, step: Callable[[Db], T]) -> T:
        """Run one question on a snapshot of the store."""

        def run() -> T:
            with self.store.reading() as db:
                return step(db)

        return await asyncio.to_thread(run)

    def settling(self, connection: str) -> float:
        """Seconds until an unanswered write has been stored or never will be; a connection may say so itself."""
        said = self.rows[connection].fields.get(SETTLING, "") if connection in self.rows else ""
        return float(said) if SECONDS.fullmatch(said) else self.connectors[connection].card.settling

    def with_role(self, role: str) -> list[str]:
        """Connections whose platform has a role (`crm`, `psa`, `erp`)."""
        return [name for name, connector in self.connectors.items() if role in connector.card.roles]


async def side_by_side(steps: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """What each step came to, in order, once all have ended; then the first exception of any is raised."""
    ended = await asyncio.gather(*steps, return_exceptions=True)
    for each in ended:
        if isinstance(each, BaseException):
            raise each
    return [each for each in ended if not isinstance(each, BaseException)]


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def collect_seldom() -> None:
    """Tune this process to long runs: what is loaded by now is never looked at again for garbage, what comes seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
