"""One run over a workspace: its store, the platforms signed in to, and who acts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from console.wire.surface import Connector
from local_db.connections import ConnectionRow
from local_db.store import Db, Store

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
"""What is being done, how many are done, and how many there are (None: not known)."""


def _silent(_title: str, _done: int, _total: int | None) -> None:
    return None


@dataclass(slots=True)
class Session:
    """What every step of a run shares. `rows` and `connectors` have the same keys: connection ids.

    `actor` is the OS account and platform user that acts; `worker` names this process for leases. Steps on the store
    run beside the event loop, one writer at a time.
    """

    store: Store
    rows: Mapping[str, ConnectionRow]
    connectors: Mapping[str, Connector]
    actor: str
    worker: str
    progress: Progress = _silent
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

    def with_role(self, role: str) -> list[str]:
        """Connections whose platform has a role (`crm`, `psa`, `erp`)."""
        return [name for name, connector in self.connectors.items() if role in connector.card.roles]


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)
