"""Records as the platforms gave them, and the book rows that follow from each, saved in one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import StatementError

from console.records.firm import Record
from console.records.keys import parse_ref
from console.records.money import NotMoney
from console.wire.surface import Batch, Remote
from console.words import _
from local_db import book_rows, coverage, rows
from local_db.columns import digest, dump, stamp
from local_db.rows import Shape, among, fixed
from local_db.tables.reading import replica


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch brought, as refs. `touched`: the payload changed, the record in our words did not.

    `faulty` records are kept with their fault and leave the book as it was; they are counted nowhere else.
    """

    new: Sequence[str] = ()
    changed: Sequence[str] = ()
    touched: Sequence[str] = ()
    deleted: Sequence[str] = ()
    faulty: Sequence[str] = ()
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Replica:
    """One record as the platform gave it; `deletion` is explicit or reread when the platform has it no more."""

    connection: str
    kind: str
    remote_id: str
    hash: str
    read_id: int
    seen_at: datetime
    version: str
    key: str
    fault: str
    deletion: str
    deleted_at: datetime | None
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        return f"{self.connection}/{self.kind}/{self.remote_id}"


class _Seen(NamedTuple):
    """A record on its way in: its payload as text, and the hash that tells whether anything changed."""

    remote_id: str
    remote: Remote
    payload: str
    hash: str
    record: Record | None
    fault: str


_SHAPE = Shape(Replica)
_KEYS = ("connection", "kind", "remote_id")
_UNKEEPABLE = (StatementError, NotMoney, OverflowError, UnicodeError, AttributeError, TypeError, ValueError)


def save_batch(db: Connection, connection: str, batch: Batch, read_id: int, at: datetime, mapping: str = "") -> Changes:
    """Save a batch into replica and book, and its cursor into coverage, in the caller's one step.

    `mapping` names the version of the mapping that made the records: under another one every payload counts as new
    reading, and only records that differ in our words are changed. Without a coverage row for the batch's scope
    (a re-read, our own write read back) no cursor is kept.
    """
    arriving = {each.remote_id: each for each in (_seen(remote, mapping) for remote in batch.records)}
    coming = _Coming(db, connection, batch.kind, read_id, stamp(at))
    before = coming.hashes(arriving)
    fresh = [each for each in arriving.values() if before.get(each.remote_id) != each.hash]
    try:
        with db.begin_nested():
            new, changed, touched = coming.keep(fresh, before)
    except _UNKEEPABLE:
        judged = [_judged(each) for each in fresh]
        if judged == fresh:
            raise
        fresh = judged
        new, changed, touched = coming.keep(fresh, before)
    if len(fresh) < len(arriving):
        same = [each for each in arriving if before.get(each) == arriving[each].hash]
        coming.see_again(same)
    gone = mark_deleted(db, [f"{connection}/{batch.kind}/{each}" for each in batch.deleted], "explicit", at)
    coverage.advance(db, connection, batch.kind, batch.scope, read_id, batch.cursor, len(arriving), batch.expected)
    faulty = [coming.ref(each.remote_id) for each in fresh if each.fault]
    return Changes(new, changed, touched, gone, faulty, len(arriving) - len(fresh))


def _seen(remote: Remote, mapping: str) -> _Seen:
    record, fault = remote.record, remote.fault
    try:
        payload = dump(remote.payload)
    except TypeError:
        payload, record, fault = "{}", None, fault or _("This record is nested too deeply to be kept.")
    if record is None and not fault:
        fault = _("This record could not be understood.")
    remote_id = remote.remote_id
    if "\\u0000" in payload:
        remote_id = remote_id.replace("\0", "\N{REPLACEMENT CHARACTER}")
        record = record and book_rows.cleaned(record)
    name = f"{mapping}\n{remote.version}\n{remote.key}\n{fault}\n{payload}"
    return _Seen(remote_id, remote, payload, digest(name), record, fault)


def _judged(seen: _Seen) -> _Seen:
    """The same, held when the store cannot keep its record."""
    fault = book_rows.unfit(seen.record) if seen.record is not None else ""
    if not fault:
        return seen
    return _Seen(seen.remote_id, seen.remote, seen.payload, seen.hash, None, fault)


@dataclass(frozen=True, slots=True)
class _Coming:
    """A batch being saved: where to, under which read, when."""

    db: Connection
    connection: str
    kind: str
    read_id: int
    at: str

    def ref(self, remote_id: str) -> str:
        return f"{self.connection}/{self.kind}/{remote_id}"

    def hashes(self, remote_ids: Iterable[str]) -> dict[str, str]:
        """Remote id -> hash, of those that are here already."""
        c = replica.c
        ours = (c.connection == self.connection, c.kind == self.kind)
        if self.db.execute(select(c.remote_id).where(*ours).limit(1)).first() is None:
            return {}
        asked = select(c.remote_id, c.hash).where(*ours, among(self.db, c.remote_id, remote_ids))
        return {row[0]: row[1] for row in self.db.execute(asked)}

    def keep(self, fresh: Sequence[_Seen], before: Mapping[str, str]) -> tuple[list[str], list[str], list[str]]:
        """Save what is new or differs; answers refs that are new, changed and only touched in the book."""
        self._keep_payloads(fresh, before)
        sound = [each for each in fresh if each.record is not None]
        known = [self.ref(each.remote_id) for each in sound if each.remote_id in before]
        stored = book_rows.stored_now(self.db, self.kind, known) if known else {}
        row = book_rows.shape_of(self.kind).row
        new, changed, touched, ended = [], [], [], []
        for each in sound:
            ref = self.ref(each.remote_id)
            now = stored.get(ref)
            if now is None:
                new.append(each)
            elif _same(now, row(each.record)):  # type: ignore[arg-type]
                touched.append(ref)
            else:
                changed.append(each)
                ended.append((ref, each.record.modified_at))  # type: ignore[union-attr]
        book_rows.end(self.db, self.kind, ended, self.at)
        added = [(each.hash, each.record) for each in (*new, *changed) if each.record is not None]
        book_rows.add(self.db, self.kind, self.connection, added, self.at)
        return [self.ref(each.remote_id) for each in new], [self.ref(each.remote_id) for each in changed], touched

    def _keep_payloads(self, fresh: Sequence[_Seen], before: Mapping[str, str]) -> None:
        lines = [
            (
                self.connection,
                self.kind,
                each.remote_id,
                each.hash,
                self.read_id,
                self.at,
                each.remote.version,
                each.remote.key,
                each.fault,
                "",
                None,
                each.payload,
            )
            for each in fresh
        ]
        rows.append(self.db, replica, _SHAPE.columns, [line for line in lines if line[2] not in before])
        sql = rows.insert_sql(self.db, replica, _SHAPE.columns, _KEYS)
        rows.write(self.db, sql, [line for line in lines if line[2] in before])

    def see_again(self, remote_ids: Sequence[str]) -> None:
        """Note in a whole read that unchanged records are still there."""
        c = replica.c
        covered = coverage.of(self.db, self.connection, self.kind)
        if covered is None or not covered.whole:
            return
        ours = (c.connection == self.connection, c.kind == self.kind, among(self.db, c.remote_id, remote_ids))
        self.db.execute(replica.update().where(*ours).values(read_id=self.read_id))


def _same(stored: Sequence[Any], row: Sequence[Any]) -> bool:
    return all(ours == theirs for ours, theirs in zip(stored, row, strict=True))


def payload(db: Connection, ref: str) -> Mapping[str, Any] | None:
    """What the platform gave for a ref, also when it has it no more."""
    found = get(db, [ref]).get(ref)
    return None if found is None else found.payload


def get(db: Connection, refs: Iterable[str]) -> dict[str, Replica]:
    """The replica rows behind refs, deleted ones included."""
    found = {}
    for (connection, kind), remote_ids in _by_kind(refs).items():
        c = replica.c
        ours = (c.connection == connection, c.kind == kind, among(db, c.remote_id, remote_ids))
        for each in _SHAPE.of(db.execute(select(*_SHAPE.selected(replica)).where(*ours))):
            found[each.ref] = each
    return found


def by_key(db: Connection, connection: str, kind: str, keys: Iterable[str]) -> dict[str, Replica]:
    """Business key -> the record that carries it, deleted ones left out."""
    c = replica.c
    ours = (c.connection == connection, c.kind == kind, c.key != fixed(""), among(db, c.key, keys))
    asked = select(*_SHAPE.selected(replica)).where(*ours, c.deleted_at.is_(None))
    return {each.key: each for each in _SHAPE.of(db.execute(asked))}


def mark_deleted(db: Connection, refs: Iterable[str], how: str, at: datetime) -> list[str]:
    """The platform has these no more (`explicit` or `reread`): their book rows end. Answers those that were there."""
    gone = []
    c = replica.c
    for (connection, kind), remote_ids in _by_kind(refs).items():
        ours = (c.connection == connection, c.kind == kind, among(db, c.remote_id, remote_ids))
        there = db.execute(select(c.remote_id).where(*ours, c.deleted_at.is_(None))).scalars().all()
        changes = {c.deletion: how, c.deleted_at: at, c.hash: ""}
        db.execute(replica.update().where(*ours, c.deleted_at.is_(None)).values(changes))
        ended = [f"{connection}/{kind}/{remote_id}" for remote_id in there]
        book_rows.end(db, kind, [(ref, stamp(at)) for ref in ended], stamp(at))
        gone += ended
    return gone


def unseen(db: Connection, connection: str, kind: str, read_id: int) -> list[str]:
    """Refs that a whole read did not bring again: candidates for a re-read by id, never proof of absence."""
    c = replica.c
    asked = select(c.remote_id).where(
        c.connection == connection, c.kind == kind, c.read_id < read_id, c.deleted_at.is_(None)
    )
    return [f"{connection}/{kind}/{remote_id}" for remote_id in db.execute(asked).scalars()]


def seen(db: Connection, connection: str, kind: str, read_id: int) -> int:
    """How many records a whole read brought."""
    c = replica.c
    ours = (c.connection == connection, c.kind == kind, c.read_id == read_id, c.deleted_at.is_(None))
    return int(db.execute(select(func.count()).where(*ours)).scalar_one())


def with_fault(db: Connection, connection: str = "", kind: str = "") -> list[Replica]:
    """Records that could not be understood, with their payload."""
    c = replica.c
    asked = select(*_SHAPE.selected(replica)).where(c.fault != fixed(""), c.deleted_at.is_(None))
    asked = asked.where(c.connection == connection) if connection else asked
    asked = asked.where(c.kind == kind) if kind else asked
    return _SHAPE.of(db.execute(asked.order_by(c.connection, c.kind, c.remote_id)))


def _by_kind(refs: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    kinds: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        connection, kind, remote_id = parse_ref(ref)
        kinds.setdefault((connection, kind), []).append(remote_id)
    return kinds


def versions(db: Connection, refs: Iterable[str]) -> dict[str, str]:
    """ref -> the platform's own version of the record as last read."""
    c = replica.c
    found = {}
    for (connection, kind), remote_ids in _by_kind(refs).items():
        ours = (c.connection == connection, c.kind == kind, among(db, c.remote_id, remote_ids))
        for remote_id, version in db.execute(select(c.remote_id, c.version).where(*ours)):
            found[f"{connection}/{kind}/{remote_id}"] = version
    return found
