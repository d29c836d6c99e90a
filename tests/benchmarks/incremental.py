"""Incremental: the same number of changed entries, pulled and planned again, in a large and in a small workspace."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from console.sync.cycle import plan
from console.sync.pull import pull
from console.sync.session import Session
from console.sync.settling import settle
from local_db.store import Store
from tests.benchmarks import billed, firm
from tests.benchmarks.endpoint import serving
from tests.benchmarks.entries import ERP, PSA, projects_of
from tests.benchmarks.our_pull import psa_connector
from tests.benchmarks.planning import session_of
from tests.benchmarks.row import Row

LARGE, SMALL, CHANGED = 1_000_000, 10_000, 1_000
ROUNDS = 3
"""Each brings other changes; the quickest counts, on both sides."""


def rows(scale: float) -> Iterator[Row]:
    changed = max(100, int(CHANGED * scale))
    small, large = max(5 * changed, int(SMALL * scale)), max(50 * changed, int(LARGE * scale))
    theirs, ours = _workspace(small, changed), _workspace(large, changed)
    unit = f"s for {changed:,} changes among {large:,} billed entries"
    yield Row("incremental", f"the same among {small:,}", unit, ours, theirs, 1.3)


def _workspace(entries: int, changed: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "bench.tieout", create=True, environment="practice")
        session = session_of(store, entries)
        firm.fill(store, entries, at_once=billed.bill)
        seconds = min(_round(session, entries, changed, number) for number in range(ROUNDS))
        store.close()
    return seconds


def _round(session: Session, entries: int, changed: int, number: int) -> float:
    with serving(entries, projects_of(entries), changed, number) as url:
        return asyncio.run(_measured(session, url, changed))


async def _measured(session: Session, url: str, changed: int) -> float:
    connectors = {PSA: psa_connector(url), ERP: session.connectors[ERP]}
    session = Session(session.store, session.rows, connectors, session.actor, session.worker)
    began = time.perf_counter()
    pulled = (await pull(session, PSA, ["time_entry"]))[0]
    planned = await plan(session, firm.TODAY)
    await settle(session, ERP)
    seconds = time.perf_counter() - began
    await connectors[PSA].close()
    assert pulled.complete and pulled.changed == changed, pulled
    assert planned.ready == changed, planned.outcomes
    return seconds
