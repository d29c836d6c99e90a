"""How completely each kind was read: the cursor, and until when nothing can be missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from console.words import _
from local_db import rows
from local_db.tables.reading import coverage

FEWER = 0.7
"""A whole read that brings less than this share of the rows before it is not believed."""
SHORT = 0.95
"""A whole read that brings less than this share of what the platform announced is not believed."""


class CoverageState(StrEnum):
    READING = "reading"
    COMPLETE = "complete"
    SUSPECT = "suspect"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage of one scope (`*` is all of a kind) on one connection.

    `complete_until`: every change before this instant has been read (None: never read to the end). `whole` tells
    whether the read under way (or the last one) began at the beginning; `rows` counts what the last whole read
    brought so far, `previous_rows` the one before it, `expected` what the platform announced. `sentence` says why what
    was read is doubted, until a read has reached its end that is not.
    """

    connection: str
    kind: str
    scope: str
    cursor: str
    read_id: int
    whole: bool
    started_at: datetime
    complete_until: datetime | None
    finished_at: datetime | None
    rows: int
    previous_rows: int | None
    expected: int | None
    state: CoverageState
    sentence: str


_SHAPE = rows.Shape(Coverage)
_KEYS = ("connection", "kind", "scope")


def begin(db: Connection, connection: str, kind: str, scope: str, at: datetime, whole: bool | None = None) -> int:
    """Start (or take up again) a read and answer its read_id; then ask `of(...).cursor` where to go on.

    A read that was cut off goes on with its read_id and cursor. `whole=True` starts again from the beginning,
    `whole=None` decides: from the beginning the first time and after a suspect read, else from the cursor.
    """
    before = of(db, connection, kind, scope)
    if before is None:
        row = Coverage(connection, kind, scope, "", 1, True, at, None, None, 0, None, None, CoverageState.READING, "")
    elif whole or (whole is None and before.state is CoverageState.SUSPECT):
        row = _from_the_beginning(before, at)
    elif before.state is CoverageState.READING:
        return before.read_id
    else:
        row = replace(before, read_id=before.read_id + 1, whole=False, started_at=at, state=CoverageState.READING)
    _save(db, row)
    return row.read_id


def _from_the_beginning(before: Coverage, at: datetime) -> Coverage:
    measured = before.rows if before.state is CoverageState.COMPLETE or not before.whole else before.previous_rows
    return replace(
        before,
        cursor="",
        read_id=before.read_id + 1,
        whole=True,
        started_at=at,
        rows=0,
        previous_rows=measured,
        expected=None,
        state=CoverageState.READING,
    )


def restart(db: Connection, connection: str, at: datetime, kind: str = "") -> None:
    """Have everything of a connection (or one kind of it) read from the beginning: it may mean something else now."""
    for row in every(db):
        if row.connection == connection and kind in ("", row.kind):
            _save(db, _from_the_beginning(row, at))


def finish(db: Connection, connection: str, kind: str, scope: str, at: datetime, seen: int | None = None) -> Coverage:
    """End a read that reached its last page. A whole read with fewer than 70 % of the rows before is `suspect`.

    `seen` is how many records it brought when each counts once: one that was cut off and taken up again may bring
    some of them twice.
    Raises KeyError when no such read was begun.
    """
    row = of(db, connection, kind, scope)
    if row is None:
        raise KeyError(f"No read of {kind} on {connection} was begun.")
    if row.whole and seen is not None:
        row = replace(row, rows=seen)
    doubt = _doubt(row) if row.whole else ""
    if doubt:
        row = replace(row, state=CoverageState.SUSPECT, sentence=doubt, finished_at=at)
    else:
        row = replace(row, state=CoverageState.COMPLETE, sentence="", finished_at=at, complete_until=row.started_at)
    _save(db, row)
    return row


def _doubt(row: Coverage) -> str:
    if row.previous_rows and row.rows < FEWER * row.previous_rows:
        return _(
            "The last read of {kind} brought {rows} records, {previous} the time before: nothing is planned on it.",
            kind=row.kind,
            rows=row.rows,
            previous=row.previous_rows,
        )
    if row.expected and row.rows < SHORT * row.expected:
        return _(
            "The platform announced {expected} records of {kind} and gave {rows}: nothing is planned on it.",
            kind=row.kind,
            rows=row.rows,
            expected=row.expected,
        )
    return ""


def accept(db: Connection, connection: str, kind: str, scope: str) -> None:
    """A person says that a suspect read is right after all; the audit entry is the caller's."""
    row = of(db, connection, kind, scope)
    if row is not None and row.state is CoverageState.SUSPECT:
        _save(db, replace(row, state=CoverageState.COMPLETE, sentence="", complete_until=row.started_at))


def of(db: Connection, connection: str, kind: str, scope: str = "*") -> Coverage | None:
    """The coverage of a scope, or None when it was never read."""
    c = coverage.c
    asked = select(*_SHAPE.selected(coverage)).where(c.connection == connection, c.kind == kind, c.scope == scope)
    found = db.execute(asked).first()
    return None if found is None else _SHAPE.value(found)


def every(db: Connection) -> list[Coverage]:
    c = coverage.c
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(coverage)).order_by(c.connection, c.kind, c.scope)))


def _save(db: Connection, row: Coverage) -> None:
    rows.insert(db, coverage, _SHAPE, [row], keys=_KEYS)


def advance(
    db: Connection, connection: str, kind: str, scope: str, read_id: int, cursor: str, rows: int, expected: int
) -> bool:
    """Keep the cursor that covers `rows` records just saved; False when this read is not the one under way."""
    c = coverage.c
    counted = {c.rows: c.rows + rows} | ({c.expected: expected} if expected >= 0 else {})
    at_it = (c.connection == connection, c.kind == kind, c.scope == scope, c.read_id == read_id)
    kept = db.execute(coverage.update().where(*at_it, c.whole).values({c.cursor: cursor, **counted}))
    if not kept.rowcount:
        kept = db.execute(coverage.update().where(*at_it).values({c.cursor: cursor}))
    return bool(kept.rowcount)
