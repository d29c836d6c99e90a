"""Which remote record is which book record: links with their share, who made them and why, and refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection

from console.records.money import Money


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


def link(db: Connection, links: Iterable[Link]) -> int:
    """Add links; one that stands already is left as it is. Answers how many were new."""
    ...


def unlink(db: Connection, ids: Iterable[int], actor: str, why: str) -> None:
    """End links; the rows stay, with who and why."""
    ...


def remote_ids(db: Connection, connection: str, kind: str, refs: Iterable[str]) -> dict[str, str]:
    """ref -> remote id, by open links of relation `is`."""
    ...


def refs_of(db: Connection, connection: str, kind: str, remote_ids: Iterable[str]) -> dict[str, str]:
    """Remote id -> ref, by open links of relation `is`."""
    ...


def links(
    db: Connection, connection: str = "", kind: str = "", refs: Iterable[str] | None = None, ended: bool = False
) -> list[Link]:
    """Links of every relation, open ones unless `ended`."""
    ...


def refuse(db: Connection, refusals: Iterable[Refusal]) -> None: ...


def withdraw_refusals(db: Connection, ids: Iterable[int], actor: str) -> None: ...


def refusals(db: Connection, connection: str = "", kind: str = "") -> list[Refusal]:
    """Refusals that stand."""
    ...
