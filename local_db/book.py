"""The firm in our words: records as they are now, or as they were known at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from console.records.firm import Record
from console.records.keys import parse_ref
from console.records.kinds import READS
from local_db.book_rows import known, shape_of
from local_db.columns import instant
from local_db.rows import among
from local_db.tables.book import table_of

_AT_ONCE = 2000


def get(db: Connection, ref: str) -> Record | None:
    """The record as it is now; None when the platform never had it or has it no more."""
    kind = parse_ref(ref).kind
    table, shape = table_of(kind), shape_of(kind)
    asked = select(*shape.selected(table)).where(table.c.ref == ref, table.c.superseded_at.is_(None))
    found = db.execute(asked).first()
    return None if found is None else shape.value(found)


def current(
    db: Connection,
    kind: str,
    connection: str | None = None,
    where: Mapping[str, Any] | None = None,
    refs: Iterable[str] | None = None,
) -> Iterator[Record]:
    """Records of a kind as they are now.

    `where` is field -> value, or field -> list of values; `refs` keeps those only. Read it inside `reading()`: rows
    come as they are asked for.
    """
    table = table_of(kind)
    wanted = [table.c.superseded_at.is_(None), *_of_kind(kind, connection)]
    for name, value in (where or {}).items():
        column = table.c[name]
        wanted.append(among(db, column, _plain(value)) if isinstance(value, list | tuple | set) else column == value)
    if refs is not None:
        wanted.append(among(db, table.c.ref, refs))
    return _records(db, kind, wanted)


def as_known_at(db: Connection, kind: str, at: datetime, connection: str | None = None) -> Iterator[Record]:
    """Records of a kind as the book knew them at an instant."""
    c = table_of(kind).c
    known_then = [c.recorded_at <= at, or_(c.superseded_at.is_(None), c.superseded_at > at)]
    return _records(db, kind, [*known_then, *_of_kind(kind, connection)])


def history(db: Connection, ref: str) -> list[tuple[datetime, datetime | None, Record]]:
    """Every version of a record: recorded at, superseded at (None: current), and the record; oldest first."""
    kind = parse_ref(ref).kind
    table, shape = table_of(kind), shape_of(kind)
    columns = (*shape.selected(table), table.c.recorded_at, table.c.superseded_at)
    mine = select(*columns).where(table.c.ref == ref)
    found = [
        row
        for ended in (table.c.superseded_at.is_not(None), table.c.superseded_at.is_(None))
        for row in db.execute(mine.where(ended).order_by(table.c.id))
    ]
    return [(row[-2], row[-1], shape.value(row)) for row in found]


def versions(db: Connection, refs: Iterable[str]) -> dict[str, str]:
    """ref -> hash of the payload its current row was read from (`source_version` of what is planned on it)."""
    found: dict[str, str] = {}
    for table, ours in known(db, refs).items():
        asked = select(table.c.ref, table.c.hash).where(among(db, table.c.ref, ours), table.c.superseded_at.is_(None))
        found.update({row[0]: row[1] for row in db.execute(asked)})
    return found


def count(db: Connection, kind: str, connection: str | None = None) -> int:
    """How many records of a kind there are now."""
    table = table_of(kind)
    asked = select(func.count()).select_from(table).where(table.c.superseded_at.is_(None), *_of_kind(kind, connection))
    return int(db.execute(asked).scalar_one())


def last_change(db: Connection, kind: str) -> datetime | None:
    """When the book last learned something new of a kind."""
    c = table_of(kind).c
    found = db.execute(select(func.max(c.recorded_at, type_=c.kind.type))).scalar()
    return None if found is None else instant(found)


def _of_kind(kind: str, connection: str | None) -> list[ColumnElement[bool]]:
    c = table_of(kind).c
    wanted = [c.kind == kind] if kind in READS else []
    return [*wanted, c.connection == connection] if connection is not None else wanted


def _records(db: Connection, kind: str, wanted: Iterable[ColumnElement[bool]]) -> Iterator[Record]:
    table, shape = table_of(kind), shape_of(kind)
    asked = select(*shape.selected(table)).where(*wanted).order_by(table.c.id)
    value = shape.value
    with db.execute(asked.execution_options(yield_per=_AT_ONCE)) as found:
        for rows in found.partitions():
            for row in rows:
                yield value(row)


def _plain(values: Iterable[Any]) -> list[Any]:
    return [each.isoformat() if hasattr(each, "isoformat") else each for each in values]
