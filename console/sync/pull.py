"""Pull: everything that changed on a platform into replica and book, cursor and rows in one step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from functools import partial

from console.records.intent import Hold
from console.rules.problems import problem
from console.sync.session import Session, now
from console.wire.faults import Fault, SignInAgain
from console.wire.surface import Batch, Remote, Unsure
from console.words import _
from local_db import connections, coverage, holds, replica, subjects
from local_db.coverage import Coverage, CoverageState
from local_db.questions.dependents import touched
from local_db.replica import Changes
from local_db.store import Db

SCOPE = "*"
READING = "reading"
"""The flow under which records wait that could not even be read."""
REREAD_AT_ONCE = 200
SAVED_AT_ONCE = 5_000
"""Records that may wait for the disk before reading pauses."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one kind brought. `fault` is set when the read broke off: what was read so far is kept."""

    connection: str
    kind: str
    new: int = 0
    changed: int = 0
    deleted: int = 0
    faulty: int = 0
    unchanged: int = 0
    complete: bool = False
    suspect: str = ""
    fault: Fault | None = None

    @property
    def read(self) -> int:
        return self.new + self.changed + self.unchanged + self.faulty


async def pull(session: Session, connection: str, kinds: Sequence[str] = (), whole: bool | None = None) -> list[Pulled]:
    """Pull the kinds of one connection, in the order of its card; a refused sign-in ends the run of that connection."""
    card = session.connectors[connection].card
    pulled: list[Pulled] = []
    for kind in kinds or card.reads:
        result = await pull_kind(session, connection, kind, whole)
        pulled.append(result)
        if isinstance(result.fault, SignInAgain):
            break
    await session.write(lambda db: _note_standing(db, connection, pulled))
    return pulled


async def pull_all(session: Session, whole: bool | None = None) -> list[Pulled]:
    """Pull every connection, side by side."""
    runs = [pull(session, connection, whole=whole) for connection in session.connectors]
    return [each for run in await asyncio.gather(*runs) for each in run]


def _note_standing(db: Db, connection: str, pulled: Sequence[Pulled]) -> None:
    row = connections.get(db, connection)
    if row is None:
        return
    fault = next((each.fault for each in pulled if each.fault is not None), None)
    if fault is None:
        connections.replace(db, with_changes(row, state="connected", sentence="", last_success=now()))
        return
    state = "sign_in" if isinstance(fault, SignInAgain) else "failing"
    connections.replace(db, with_changes(row, state=state, sentence=str(fault)))


async def pull_kind(session: Session, connection: str, kind: str, whole: bool | None = None) -> Pulled:
    """Pull one kind: saves what has come while the next batch is on its way."""
    started = now()
    read_id = await session.write(lambda db: coverage.begin(db, connection, kind, SCOPE, started, whole))
    known = await session.read(lambda db: coverage.of(db, connection, kind))
    total = Pulled(connection, kind)
    saving: asyncio.Task[Changes] | None = None
    waiting: list[Batch] = []
    complete, fault = False, None
    try:
        async for batch in session.connectors[connection].read(kind, known.cursor if known else ""):
            waiting.append(batch)
            if saving is None or saving.done() or _enough(waiting):
                total = _added(total, await saving if saving else Changes())
                saving, waiting = asyncio.create_task(_saved(session, connection, waiting, read_id)), []
            complete = batch.last
            session.progress(f"{connection} {kind}", total.read + len(batch.records), _known_total(batch))
    except Fault as broken:
        fault = broken
    total = _added(total, await saving if saving else Changes())
    if waiting:
        total = _added(total, await _saved(session, connection, waiting, read_id))
    if fault is not None:
        return with_changes(total, fault=fault)
    if not complete:
        return total
    return await _finished(session, total, read_id)


def _enough(waiting: Sequence[Batch]) -> bool:
    return sum(len(each.records) for each in waiting) >= SAVED_AT_ONCE


def _together(batches: Sequence[Batch]) -> Batch:
    """Batches that follow one another as one: what a slow disk has let pile up costs it one step."""
    if len(batches) == 1:
        return batches[0]
    return with_changes(
        batches[-1],
        records=[record for each in batches for record in each.records],
        deleted=[name for each in batches for name in each.deleted],
        expected=max(each.expected for each in batches),
    )


def _known_total(batch: Batch) -> int | None:
    return batch.expected if batch.expected >= 0 else None


async def _saved(session: Session, connection: str, batches: Sequence[Batch], read_id: int) -> Changes:
    return await session.write(lambda db: save(db, connection, _together(batches), read_id))


def save(db: Db, connection: str, batch: Batch, read_id: int) -> Changes:
    """Rows, cursor and the subjects that hang on them, in one step."""
    at = now()
    changes = replica.save_batch(db, connection, batch, read_id, at)
    refs = [*changes.new, *changes.changed, *changes.deleted]
    mark(db, batch.kind, refs, f"{batch.kind} changed")
    _hold_unreadable(db, connection, batch, changes)
    return changes


def _hold_unreadable(db: Db, connection: str, batch: Batch, changes: Changes) -> None:
    """A record that cannot be understood is held alone; it is let go as soon as it can be read."""
    faulty = set(changes.faulty)
    rows: list[holds.HoldRow] = []
    for ref, replica_row in (replica.get(db, faulty) if faulty else {}).items():
        trouble = problem("unreadable_record", ref, reason=replica_row.fault)
        rows += holds.rows_of(Hold(READING, ref, (trouble,), kind=batch.kind), now())
    holds.put(db, rows)
    sound = [*changes.new, *changes.changed, *changes.touched, *changes.deleted]
    if sound:
        holds.end(db, READING, sound, "read")


def mark(db: Db, kind: str, refs: Sequence[str], why: str) -> None:
    """Mark the subjects that may come to another verdict because of these records."""
    if not refs:
        return
    at = now()
    for flow, marked in touched(db, kind, refs).items():
        subjects.mark(db, flow, marked, why, at)


def _added(total: Pulled, changes: Changes) -> Pulled:
    return with_changes(
        total,
        new=total.new + len(changes.new),
        changed=total.changed + len(changes.changed) + len(changes.touched),
        deleted=total.deleted + len(changes.deleted),
        faulty=total.faulty + len(changes.faulty),
        unchanged=total.unchanged + changes.unchanged,
    )


async def _finished(session: Session, total: Pulled, read_id: int) -> Pulled:
    """End a complete read; after one from the beginning, what was not seen again is asked for by id."""
    connection, kind = total.connection, total.kind
    unseen, whole = await session.read(lambda db: _unseen(db, connection, kind, read_id))
    ended: Coverage = await session.write(lambda db: coverage.finish(db, connection, kind, SCOPE, now()))
    if ended.state == CoverageState.SUSPECT:
        return with_changes(total, suspect=ended.sentence)
    if whole and unseen:
        gone = await reread(session, connection, kind, unseen)
        total = with_changes(total, deleted=total.deleted + gone)
    return with_changes(total, complete=True)


def _unseen(db: Db, connection: str, kind: str, read_id: int) -> tuple[list[str], bool]:
    known = coverage.of(db, connection, kind)
    whole = known is not None and known.whole and known.previous_rows is not None
    return (replica.unseen(db, connection, kind, read_id) if whole else []), whole


async def reread(session: Session, connection: str, kind: str, refs: Sequence[str]) -> int:
    """Ask for records by id; only what the platform proves gone is deleted. Answers how many are."""
    gone = 0
    for start in range(0, len(refs), REREAD_AT_ONCE):
        chunk = refs[start : start + REREAD_AT_ONCE]
        ids = [ref.split("/", 2)[2] for ref in chunk]
        found = await session.connectors[connection].reread(kind, ids)
        fresh = [remote for remote in found.values() if isinstance(remote, Remote)]
        lost = [f"{connection}/{kind}/{name}" for name, remote in found.items() if remote is None]
        await session.write(partial(_refresh, connection=connection, kind=kind, fresh=fresh, lost=lost))
        gone += len(lost)
    return gone


def _refresh(db: Db, connection: str, kind: str, fresh: Sequence[Remote], lost: Sequence[str]) -> None:
    if fresh:
        save(db, connection, Batch(kind, fresh, cursor="", scope="reread"), read_id=0)
    if lost:
        mark(db, kind, replica.mark_deleted(db, lost, "reread", now()), f"{kind} deleted")


async def read_one(session: Session, ref: str) -> str:
    """Read one record again now (`sync --record`); answers in one sentence."""
    connection, kind, remote_id = ref.split("/", 2)
    found = (await session.connectors[connection].reread(kind, [remote_id])).get(remote_id)
    match found:
        case Remote():
            await session.write(lambda db: _refresh(db, connection, kind, [found], []))
            return _("{ref} was read again.", ref=ref)
        case Unsure(sentence=sentence):
            return sentence
        case _:
            await session.write(lambda db: _refresh(db, connection, kind, [], [ref]))
            return _("{ref} is gone from the platform.", ref=ref)
