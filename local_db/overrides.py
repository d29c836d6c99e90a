"""Overrides: a person's edit of one field, over the book, until its source is corrected or its time ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from local_db import rows
from local_db.columns import stamp
from local_db.rows import Shape, among
from local_db.tables.matching import override


@dataclass(frozen=True, slots=True)
class Override:
    """`field` of the record `ref` counts as `value` (JSON; Money as `{"amount", "currency"}`, days as ISO text).

    `scope` is the flow it holds for ('' is all), `until` its last day, `source_value_hash` the hash of the source's
    value when it was made (`columns.digest(columns.canonical(value))`): another one there ends the override.
    """

    ref: str
    field: str
    value: Any
    reason: str
    actor: str
    recorded_at: datetime
    scope: str = ""
    until: date | None = None
    source_value_hash: str = ""
    ended_at: datetime | None = None
    ended_why: str = ""
    id: int = 0


_SHAPE = Shape(Override, without=("id",))


def put(db: Connection, overrides: Iterable[Override]) -> None:
    """Make overrides; one that stood for the same field and scope ends as `replaced`."""
    mark = "?" if db.dialect.name == "sqlite" else "%s"
    sql = (
        f"UPDATE override SET ended_at = {mark}, ended_why = 'replaced'"
        f" WHERE ref = {mark} AND field = {mark} AND scope = {mark} AND ended_at IS NULL"
    )
    made = list(overrides)
    rows.write(db, sql, [(stamp(each.recorded_at), each.ref, each.field, each.scope) for each in made])
    rows.insert(db, override, _SHAPE, made)


def end(db: Connection, ids: Iterable[int], why: str, at: datetime) -> None:
    c = override.c
    db.execute(override.update().where(among(db, c.id, ids), c.ended_at.is_(None)).values(ended_at=at, ended_why=why))


def of(db: Connection, refs: Iterable[str] | None = None, on: date | None = None) -> dict[str, list[Override]]:
    """ref -> overrides that stand (all, or of `refs`; with `on`, those whose last day has not passed)."""
    c = override.c
    asked = select(*_SHAPE.selected(override)).where(c.ended_at.is_(None))
    asked = asked.where(among(db, c.ref, refs)) if refs is not None else asked
    asked = asked.where(or_(c.until.is_(None), c.until >= on)) if on is not None else asked
    standing: dict[str, list[Override]] = {}
    for each in _SHAPE.of(db.execute(asked.order_by(c.id))):
        standing.setdefault(each.ref, []).append(each)
    return standing


def any_stand(db: Connection) -> bool:
    """Whether anything lies over the book at all."""
    return db.execute(select(override.c.id).where(override.c.ended_at.is_(None)).limit(1)).first() is not None


def history(db: Connection, ref: str) -> list[Override]:
    c = override.c
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(override)).where(c.ref == ref).order_by(c.id)))
