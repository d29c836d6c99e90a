"""Plan: approved entries from marked to decided, and once more after the prices of one rate card changed."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from console.sync.cycle import plan
from console.sync.pull import save
from console.sync.session import Session
from console.wire.surface import Batch, Remote
from local_db.store import Store
from tests.benchmarks import firm
from tests.benchmarks.entries import ERP, PSA, ROLES, project_of, projects_of
from tests.benchmarks.erp import QuietErp
from tests.benchmarks.our_pull import psa_connector
from tests.benchmarks.row import Row

ENTRIES = 100_000
SECONDS = 5.0
_NOWHERE = "http://127.0.0.1:9"
"""Planning speaks to nobody."""


def rows(scale: float) -> Iterator[Row]:
    entries = max(1_000, int(ENTRIES * scale))
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "bench.tieout", create=True, environment="practice")
        yield from asyncio.run(_measured(store, entries))
        store.close()


async def _measured(store: Store, entries: int) -> list[Row]:
    session = session_of(store, entries)
    firm.fill(store, entries)
    began = time.perf_counter()
    planned = await plan(session, firm.TODAY)
    seconds = time.perf_counter() - began
    assert planned.ready == entries, planned.outcomes
    bar = SECONDS * entries / ENTRIES
    first = Row("plan", "the bar", f"s for {entries:,} entries", seconds, bar, 1.0)
    return [first, await _replanned(session, entries)]


async def _replanned(session: Session, entries: int) -> Row:
    card = firm.card_of(1)
    with session.store.writing() as db:
        save(db, PSA, Batch("rate", [_dearer(card, role) for role in range(1, ROLES + 1)], ""), 0)
    touched = (await plan(session, firm.TODAY)).subjects
    projects = projects_of(entries)
    on_card = sum(firm.card_of(project_of(n, projects)) == card for n in range(entries))
    note = f"of {entries:,}; dearer prices on one card of {firm.CARDS}"
    return Row("replan one card", "its entries", "entries planned again", touched, on_card, 1.0, note=note)


def _dearer(card: int, role: int) -> Remote:
    record = firm.rate(card, role, dearer=5)
    remote_id = firm.remote_id_of(record)
    return Remote("rate", remote_id, {"id": remote_id, "dearer": 5}, "2", record)


def session_of(store: Store, entries: int, psa_url: str = _NOWHERE, erp_url: str = _NOWHERE) -> Session:
    """A session on a new firm of that many entries (none read yet), with both of its platforms."""
    rows = firm.found(store, entries, psa_url)
    return Session(store, rows, {PSA: psa_connector(psa_url), ERP: QuietErp(erp_url)}, "bench", "bench")
