"""The worker: a process of its own that pulls, plans, sends and settles on a rhythm, and serves what people ask."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

from console.sync.cycle import run
from console.sync.dispatch import serve_requests
from console.sync.processes import alive
from console.sync.session import Session, now
from console.sync.settling import longest_settling
from console.words import _
from local_db import claims, ledger_claims, requests
from local_db.store import Db

SEAT = "worker"
"""The name under which one worker at a time holds a workspace on this machine."""
SEAT_SECONDS = 30.0
LISTEN = 0.5
PARENT = 1.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the worker runs by itself, in seconds."""

    every: float = 60.0


class Occupied(Exception):
    """Another worker holds this workspace."""


async def take_seat(session: Session) -> None:
    """Become the worker of the workspace; what a dead one left behind is taken up. Raises `Occupied`."""
    await session.write(_clear_seat)
    if not await session.write(partial(_seat, session=session)):
        raise Occupied(_("Another worker is running on this workspace. Stop it first, or let it do the work."))
    await session.write(partial(_take_up, settling=longest_settling(session)))


def _clear_seat(db: Db) -> None:
    """Take the seat from a worker of this machine that has died; one elsewhere loses it when its time is over."""
    holder = claims.holder_of(db, SEAT, now())
    if holder is None:
        return
    host, _dash, pid = holder.holder.rpartition("-")
    if host == socket.gethostname() and pid.isdecimal() and not alive(int(pid)):
        claims.release(db, SEAT, holder.holder)
        ledger_claims.end_leases(db, holder.holder, now())


def _seat(db: Db, session: Session) -> bool:
    store = session.store
    taken = claims.take(db, SEAT, store.workspace_id, session.worker, session.actor, "worker", now(), SEAT_SECONDS)
    return taken is not None


def _take_up(db: Db, settling: float) -> None:
    for left in {row.worker for row in requests.open_ones(db) if row.state == "taken"}:
        requests.give_back(db, left)
    ledger_claims.expire_leases(db, now(), settling)


async def work(session: Session, rhythm: Rhythm, stop: asyncio.Event, after_run: Callable[[], None]) -> None:
    """Run on the rhythm and on request until `stop`; `after_run` is called behind each run."""
    session.stopping = stop
    async with seated(session):
        due = asyncio.get_running_loop().time()
        while not stop.is_set():
            if await serve_requests(session):
                after_run()
            if asyncio.get_running_loop().time() >= due and not stop.is_set():
                await run(session)
                after_run()
                due = asyncio.get_running_loop().time() + rhythm.every
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LISTEN)


@contextlib.asynccontextmanager
async def seated(session: Session) -> AsyncIterator[None]:
    """Be the worker of the workspace while the block runs; the session stops when the seat is lost.

    Raises `Occupied`.
    """
    await take_seat(session)
    left = asyncio.Event()
    keeping = asyncio.create_task(_keep_seat(session, left))
    try:
        yield
    finally:
        left.set()
        await keeping
        await session.write(lambda db: claims.release(db, SEAT, session.worker))


async def _keep_seat(session: Session, left: asyncio.Event) -> None:
    """Renew the seat; who lost it, or cannot write any more, stops. What went wrong comes out when this is awaited."""
    try:
        while not left.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(left.wait(), SEAT_SECONDS / 3)
            if not left.is_set() and not await session.write(partial(_seat, session=session)):
                break
    finally:
        if not left.is_set():
            session.stopping.set()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Stop in order on a signal, and when the parent that started us is gone."""
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(each, stop.set)


async def watch_parent(parent: int, stop: asyncio.Event) -> None:
    """End when the console that started this worker is gone, however it went."""
    ours = os.getppid() == parent
    while not stop.is_set():
        if not alive(parent) or (ours and os.getppid() != parent):
            stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), PARENT)
