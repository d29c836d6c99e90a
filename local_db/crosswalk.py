"""Which remote record is which book record: links with their share, who made them and why, and refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, select

from console.records.money import Money
from local_db import clock, rows
from local_db.rows import Shape, among
from local_db.tables.matching import crosswalk, match_refusal


class Relation(StrEnum):
    IS = "is"
    PART_OF = "part_of"
    COVERS = "covers"


@dataclass(frozen=True, slots=True)
class Link:
    """`ref` (the record in its system of record) is, is part of, or covers `connection/kind/remote_id`.

    `method`: key, cross_reference, natural_key, likeness, person, written. Share in minutes and money.
    """

    ref: str
    connection: str
    kind: str
    remote_id: str
    method: str
    actor: str
    recorded_at: datetime
    why: str = ""
    relation: Relation = Relation.IS
    share_minutes: int | None = None
    share: Money | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """`ref` is not this remote record; with an empty `ref` the remote record belongs to nobody."""

    connection: str
    kind: str
    remote_id: str
    ref: str
    actor: str
    why: str
    recorded_at: datetime
    id: int = 0


_LINK = Shape(Link, without=("id",))
_REFUSAL = Shape(Refusal, without=("id",))
_OPEN_LINK = "(ref, connection, kind, remote_id, relation) WHERE ended_at IS NULL"
_OPEN_REFUSAL = "(connection, kind, remote_id, ref) WHERE ended_at IS NULL"


def link(db: Connection, links: Iterable[Link]) -> int:
    """Add links; one that stands already is left as it is. Answers how many were new."""
    sql = rows.insert_sql(db, crosswalk, _LINK.columns) + f" ON CONFLICT {_OPEN_LINK} DO NOTHING"
    return rows.write(db, sql, [_LINK.row(each) for each in links])


def unlink(db: Connection, ids: Iterable[int], actor: str, why: str) -> None:
    """End links; the rows stay, with who and why."""
    c = crosswalk.c
    ended = {c.ended_at: clock.now(), c.ended_by: actor, c.ended_why: why}
    db.execute(crosswalk.update().where(among(db, c.id, ids), c.ended_at.is_(None)).values(ended))


def remote_ids(db: Connection, connection: str, kind: str, refs: Iterable[str]) -> dict[str, str]:
    """ref -> remote id, by open links of relation `is`."""
    c = crosswalk.c
    asked = select(c.ref, c.remote_id).where(*_standing(connection, kind), among(db, c.ref, refs)).order_by(c.id)
    return {row[0]: row[1] for row in db.execute(asked)}


def refs_of(db: Connection, connection: str, kind: str, remote_ids: Iterable[str]) -> dict[str, str]:
    """Remote id -> ref, by open links of relation `is`."""
    c = crosswalk.c
    ours = (*_standing(connection, kind), among(db, c.remote_id, remote_ids))
    return {row[0]: row[1] for row in db.execute(select(c.remote_id, c.ref).where(*ours).order_by(c.id))}


def _standing(connection: str, kind: str) -> tuple[ColumnElement[bool], ...]:
    c = crosswalk.c
    return c.connection == connection, c.kind == kind, c.relation == Relation.IS, c.ended_at.is_(None)


def links(
    db: Connection, connection: str = "", kind: str = "", refs: Iterable[str] | None = None, ended: bool = False
) -> list[Link]:
    """Links of every relation, open ones unless `ended`."""
    c = crosswalk.c
    asked = select(*_LINK.selected(crosswalk))
    asked = asked if ended else asked.where(c.ended_at.is_(None))
    asked = asked.where(c.connection == connection) if connection else asked
    asked = asked.where(c.kind == kind) if kind else asked
    asked = asked.where(among(db, c.ref, refs)) if refs is not None else asked
    return _LINK.of(db.execute(asked.order_by(c.id)))


def refuse(db: Connection, refusals: Iterable[Refusal]) -> None:
    sql = rows.insert_sql(db, match_refusal, _REFUSAL.columns) + f" ON CONFLICT {_OPEN_REFUSAL} DO NOTHING"
    rows.write(db, sql, [_REFUSAL.row(each) for each in refusals])


def withdraw_refusals(db: Connection, ids: Iterable[int], actor: str) -> None:
    c = match_refusal.c
    ended = {c.ended_at: clock.now(), c.ended_by: actor}
    db.execute(match_refusal.update().where(among(db, c.id, ids), c.ended_at.is_(None)).values(ended))


def refusals(db: Connection, connection: str = "", kind: str = "") -> list[Refusal]:
    """Refusals that stand."""
    c = match_refusal.c
    asked = select(*_REFUSAL.selected(match_refusal)).where(c.ended_at.is_(None))
    asked = asked.where(c.connection == connection) if connection else asked
    asked = asked.where(c.kind == kind) if kind else asked
    return _REFUSAL.of(db.execute(asked.order_by(c.id)))
