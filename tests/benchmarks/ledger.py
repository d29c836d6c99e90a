"""Ledger: what our door adds to bare writes, in processor time and in commits.

The platform the work came from is not asked again here: that is a read, and the connector of this lane has none.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.records.intent import State
from console.sync.cycle import plan
from console.sync.sending import drain
from console.sync.session import Session
from local_db import ledger
from local_db.store import Db, Store
from tests.benchmarks import firm
from tests.benchmarks.endpoint import serving
from tests.benchmarks.entries import ERP, PSA, projects_of
from tests.benchmarks.erp import AT_ONCE, client, put
from tests.benchmarks.planning import session_of
from tests.benchmarks.row import Row

WRITES = 10_000
SMALLEST = 400
Body = Mapping[str, Any]


class CountingStore(Store):
    """A store that counts its durable steps: on SQLite each is one commit, and one fsync of the log."""

    steps = 0

    @contextmanager
    def writing(self) -> Iterator[Db]:
        with super().writing() as db:
            yield db
        self.steps += 1


def rows(scale: float) -> Iterator[Row]:
    writes = max(SMALLEST, int(WRITES * scale))
    with tempfile.TemporaryDirectory() as folder, serving(1, projects_of(writes)) as url:
        store = CountingStore.open(Path(folder) / "bench.tieout", create=True, environment="practice")
        assert isinstance(store, CountingStore)
        yield from asyncio.run(_measured(store, writes, url))
        store.close()


async def _measured(store: CountingStore, writes: int, url: str) -> list[Row]:
    session = session_of(store, writes, erp_url=url)
    firm.fill(store, writes)
    await plan(session, firm.TODAY)
    with store.reading() as db:
        wanted = [(row.key, row.body) for row in ledger.intents(db, target=ERP, states=[State.READY])]
    assert len(wanted) == writes, len(wanted)
    bare = await _bare(url, wanted)
    ours, steps = await _through_the_door(session, store, writes)
    per_write = f"CPU ms per write, {AT_ONCE} wide, {writes:,} writes"
    return [
        Row("ledger", "bare httpx", per_write, ours * 1e3 / writes, bare * 1e3 / writes, 1.5),
        Row("ledger commits", "the bar", "commits per write", steps / writes, None, 2.0),
    ]


async def _bare(url: str, wanted: Sequence[tuple[str, Body]]) -> float:
    """Processor seconds of the same writes without a ledger."""
    waiting = iter(wanted)

    async def hand() -> None:
        for key, body in waiting:
            await put(writer, url, key, body)

    async with client() as writer:
        began = time.process_time()
        await asyncio.gather(*(hand() for _number in range(AT_ONCE)))
        return time.process_time() - began


async def _through_the_door(session: Session, store: CountingStore, writes: int) -> tuple[float, int]:
    """Processor seconds and commits of sending everything that is ready."""
    lane = Session(store, session.rows, {ERP: session.connectors[ERP]}, session.actor, session.worker)
    store.steps, began = 0, time.process_time()
    sent = await drain(lane, ERP)
    seconds = time.process_time() - began
    assert sent.done == writes, sent
    for connection in (ERP, PSA):
        await session.connectors[connection].close()
    return seconds, store.steps
