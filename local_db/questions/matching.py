"""Questions of matching: what may be the same and waits for a person, and what exists twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from local_db import rows
from local_db.tables.matching import match_candidate

DOUBLE = "double"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A remote record that may be `ref`. `score` is per cent; method `double` marks several proven ones."""

    connection: str
    kind: str
    remote_id: str
    ref: str
    method: str
    why: str
    score: int
    found_at: datetime


_SHAPE = rows.Shape(Candidate)


def replace(db: Connection, connection: str, kind: str, candidates: Iterable[Candidate]) -> None:
    """What matching found last on a connection: it replaces what it had found before."""
    db.execute(
        delete(match_candidate).where(match_candidate.c.connection == connection, match_candidate.c.kind == kind)
    )
    rows.insert(db, match_candidate, _SHAPE, candidates)


def drop(db: Connection, connection: str, kind: str, ref: str, remote_id: str, both: bool = False) -> None:
    """Forget candidates of a record or for a remote one that is spoken for; with `both` only that very pair."""
    c = match_candidate.c
    either = (c.ref == ref) & (c.remote_id == remote_id) if both else (c.ref == ref) | (c.remote_id == remote_id)
    db.execute(delete(match_candidate).where(c.connection == connection, c.kind == kind, either))


def every(db: Connection, connection: str = "", kind: str = "") -> list[Candidate]:
    """Candidates, the most alike first."""
    asked = select(*_SHAPE.selected(match_candidate)).order_by(
        match_candidate.c.score.desc(), match_candidate.c.ref, match_candidate.c.remote_id
    )
    if connection:
        asked = asked.where(match_candidate.c.connection == connection)
    if kind:
        asked = asked.where(match_candidate.c.kind == kind)
    return _SHAPE.of(db.execute(asked))


def doubles(db: Connection, kind: str, refs: Sequence[str]) -> dict[tuple[str, str], int]:
    """(connection, ref) -> how many records of a kind there were each proven to be it."""
    c = match_candidate.c
    counted = db.execute(
        select(c.connection, c.ref, func.count())
        .where(c.kind == kind, c.method == DOUBLE, rows.among(db, c.ref, refs))
        .group_by(c.connection, c.ref)
    )
    return {(connection, ref): number for connection, ref, number in counted}
