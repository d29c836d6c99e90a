"""The worker: a process of its own that pulls, plans, sends and settles on a rhythm, and serves what people ask."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from console.sync.cycle import run
from console.sync.dispatch import serve_requests
from console.sync.session import Session, now
from console.words import _
from local_db import claims, ledger_claims, requests
from local_db.store import Db

SEAT = "worker"
"""The name under which one worker at a time holds a workspace on this machine."""
SEAT_SECONDS = 30.0
LISTEN = 0.5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the worker runs by itself, in seconds."""

    every: float = 60.0


class Occupied(Exception):
    """Another worker holds this workspace."""


async def take_seat(session: Session) -> None:
    """Become the worker of the workspace; what a dead one left behind is taken up. Raises `Occupied`."""
    if not await session.write(partial(_seat, session=session)):
        raise Occupied(_("Another worker is running on this workspace."))
    await session.write(_take_up)


def _seat(db: Db, session: Session) -> bool:
    store = session.store
    taken = claims.take(db, SEAT, store.workspace_id, session.worker, session.actor, "worker", now(), SEAT_SECONDS)
    return taken is not None


def _take_up(db: Db) -> None:
    for left in {row.worker for row in requests.open_ones(db) if row.state == "taken"}:
        requests.give_back(db, left)
    ledger_claims.expire_leases(db, now())


async def leave_seat(session: Session) -> None:
    await session.write(lambda db: claims.release(db, SEAT, session.worker))


async def work(session: Session, rhythm: Rhythm, stop: asyncio.Event, after_run: Callable[[], None]) -> None:
    """Run on the rhythm and on request until `stop`; `after_run` is called behind each run."""
    await take_seat(session)
    keeping = asyncio.create_task(_keep_seat(session, stop))
    try:
        due = asyncio.get_running_loop().time()
        while not stop.is_set():
            if await serve_requests(session):
                after_run()
            if asyncio.get_running_loop().time() >= due:
                await run(session)
                after_run()
                due = asyncio.get_running_loop().time() + rhythm.every
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LISTEN)
    finally:
        keeping.cancel()
        await leave_seat(session)


async def _keep_seat(session: Session, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(SEAT_SECONDS / 3)
        if not await session.write(partial(_seat, session=session)):
            stop.set()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Stop in order on a signal, and when the parent that started us is gone."""
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(each, stop.set)


async def watch_parent(parent: int, stop: asyncio.Event) -> None:
    """End when the console that started this worker is gone, however it went."""
    while not stop.is_set():
        if os.getppid() != parent:
            stop.set()
        await asyncio.sleep(1.0)
