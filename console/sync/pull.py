"""Pull: everything that changed on a platform into replica and book, cursor and rows in one step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from functools import partial
from typing import cast

from console.records.intent import Hold
from console.rules.problems import problem
from console.sync.deciding import NOT_READ
from console.sync.overlays import end_corrected
from console.sync.session import Session, now, side_by_side
from console.wire.faults import Fault, SignInAgain, TryLater
from console.wire.surface import Batch, Remote, Unsure
from console.words import _
from local_db import connections, coverage, holds, replica, subjects
from local_db.coverage import Coverage, CoverageState
from local_db.questions.dependents import touched, waiting_to_read
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
    """Pull the kinds of one connection, in the order of its card, until the platform lets nobody in or is away."""
    card = session.connectors[connection].card
    pulled: list[Pulled] = []
    for kind in kinds or card.reads:
        if session.stopping.is_set():
            break
        result = await pull_kind(session, connection, kind, whole)
        pulled.append(result)
        if _shut(result.fault):
            break
    everything = len(pulled) == len(card.reads)
    await session.write(lambda db: _note_standing(db, connection, pulled, everything))
    return pulled


def _shut(fault: Fault | None) -> bool:
    """Whether no other kind would fare better: a refused sign-in, or nobody there."""
    return isinstance(fault, SignInAgain) or (isinstance(fault, TryLater) and not fault.sent)


async def pull_all(session: Session, whole: bool | None = None) -> list[Pulled]:
    """Pull every connection, side by side."""
    runs = [pull(session, connection, whole=whole) for connection in session.connectors]
    return [each for run in await side_by_side(runs) for each in run]


def _note_standing(db: Db, connection: str, pulled: Sequence[Pulled], everything: bool) -> None:
    """How the connection stands; only reading every kind of it clears a trouble."""
    row = connections.get(db, connection)
    if row is None:
        return
    fault = next((each.fault for each in pulled if each.fault is not None), None)
    if fault is None and not everything:
        return
    if fault is None:
        connections.replace(db, with_changes(row, state="connected", sentence="", last_success=now()))
        return
    state = "sign_in" if isinstance(fault, SignInAgain) else "failing"
    connections.replace(db, with_changes(row, state=state, sentence=str(fault)))


async def pull_kind(session: Session, connection: str, kind: str, whole: bool | None = None) -> Pulled:
    """Pull one kind: saves what has come while the next batch is on its way; a fault keeps what was read so far."""
    started = now()
    read_id = await session.write(lambda db: coverage.begin(db, connection, kind, SCOPE, started, whole))
    known = await session.read(lambda db: coverage.of(db, connection, kind))
    meaning = await session.read(lambda db: connections.meaning(db, connection))
    shelf = _Shelf(session, read_id, Pulled(connection, kind), meaning)
    complete, fault = False, None
    try:
        reading = session.connectors[connection].read(kind, known.cursor if known else "")
        async with aclosing(cast("AsyncGenerator[Batch, None]", reading)) as batches:
            async for batch in batches:
                await shelf.take(batch)
                complete = batch.last
                session.progress(f"{connection} {kind}", shelf.total.read + len(batch.records), _known_total(batch))
                if session.stopping.is_set():
                    break
    except Fault as broken:
        fault = broken
    total = await shelf.finish()
    if fault is not None:
        return with_changes(total, fault=fault)
    if not complete:
        return total
    return await _finished(session, total, read_id)


@dataclass(slots=True)
class _Shelf:
    """Takes batches as they come and saves them beside the reading: together, where the disk is the slower one."""

    session: Session
    read_id: int
    total: Pulled
    meaning: str
    _waiting: list[Batch] = field(default_factory=list)
    _saving: asyncio.Task[Changes] | None = None

    async def take(self, batch: Batch) -> None:
        self._waiting.append(batch)
        enough = sum(len(each.records) for each in self._waiting) >= SAVED_AT_ONCE
        if self._saving is None or self._saving.done() or enough:
            await self._start()

    async def finish(self) -> Pulled:
        """Save the rest; answers what all of it came to."""
        while self._saving is not None:
            await self._start()
        return self.total

    async def _start(self) -> None:
        """Wait for the step under way, then begin one with all that waits."""
        if self._saving is not None:
            self.total = _added(self.total, await self._saving)
        batches, self._waiting, self._saving = self._waiting, [], None
        if batches:
            batch = _together(batches)
            step = partial(
                save, connection=self.total.connection, batch=batch, read_id=self.read_id, mapping=self.meaning
            )
            self._saving = asyncio.create_task(self.session.write(step))


def _together(batches: Sequence[Batch]) -> Batch:
    """Batches that follow one another as one; what was said last of a record counts."""
    if len(batches) == 1:
        return batches[0]
    records: list[Remote] = []
    deleted: set[str] = set()
    for each in batches:
        records += each.records
        deleted.difference_update(record.remote_id for record in each.records)
        deleted.update(each.deleted)
    expected = max(each.expected for each in batches)
    return with_changes(batches[-1], records=records, deleted=sorted(deleted), expected=expected)


def _known_total(batch: Batch) -> int | None:
    return batch.expected if batch.expected >= 0 else None


def save(db: Db, connection: str, batch: Batch, read_id: int, mapping: str = "") -> Changes:
    """Rows, cursor and the subjects that hang on them, in one step; `mapping` is `connections.meaning`."""
    at = now()
    changes = replica.save_batch(db, connection, batch, read_id, at, mapping)
    refs = [*changes.new, *changes.changed, *changes.deleted]
    mark(db, batch.kind, refs, f"{batch.kind} changed")
    end_corrected(db, changes.changed)
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
    ended = await session.write(partial(_finish, connection=connection, kind=kind))
    if ended.state == CoverageState.SUSPECT:
        return with_changes(total, suspect=ended.sentence)
    total = with_changes(total, complete=True)
    if not (whole and unseen):
        return total
    try:
        gone = await reread(session, connection, kind, unseen)
    except Fault as fault:
        return with_changes(total, fault=fault)
    return with_changes(total, deleted=total.deleted + gone)


def _finish(db: Db, connection: str, kind: str) -> Coverage:
    """End the read; what waited only for it is planned again."""
    before = coverage.of(db, connection, kind)
    seen = replica.seen(db, connection, kind, before.read_id) if before and before.whole else None
    ended = coverage.finish(db, connection, kind, SCOPE, now(), seen)
    if ended.state == CoverageState.COMPLETE:
        whys = {NOT_READ, before.sentence if before else ""} - {""}
        for flow, refs in waiting_to_read(db, connection, kind, whys).items():
            subjects.mark(db, flow, refs, f"{kind} was read", now())
    return ended


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
        await session.write(partial(refresh, connection=connection, kind=kind, fresh=fresh, lost=lost))
        gone += len(lost)
    return gone


def refresh(db: Db, connection: str, kind: str, fresh: Sequence[Remote], lost: Sequence[str]) -> None:
    if fresh:
        batch = Batch(kind, fresh, cursor="", scope="reread")
        save(db, connection, batch, read_id=0, mapping=connections.meaning(db, connection))
    if lost:
        mark(db, kind, replica.mark_deleted(db, lost, "reread", now()), f"{kind} deleted")


async def read_one(session: Session, ref: str) -> str:
    """Read one record again now (`sync --record`); answers in one sentence."""
    connection, kind, remote_id = ref.split("/", 2)
    found = (await session.connectors[connection].reread(kind, [remote_id])).get(remote_id)
    match found:
        case Remote():
            await session.write(lambda db: refresh(db, connection, kind, [found], []))
            return _("{ref} was read again.", ref=ref)
        case Unsure(sentence=sentence):
            return sentence
        case _:
            await session.write(lambda db: refresh(db, connection, kind, [], [ref]))
            return _("{ref} is gone from the platform.", ref=ref)
