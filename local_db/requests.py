"""Requests: what the console asks the worker to do, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from local_db.rows import Shape, among
from local_db.tables.acts import request as requests


@dataclass(frozen=True, slots=True)
class RequestRow:
    """`state` is asked, taken, answered, failed or withdrawn."""

    id: int
    kind: str
    body: Mapping[str, Any]
    state: str
    answer: Mapping[str, Any] | None
    actor: str
    worker: str
    asked_at: datetime
    taken_at: datetime | None
    answered_at: datetime | None


_SHAPE = Shape(RequestRow)


def ask(db: Connection, kind: str, body: Mapping[str, Any], actor: str, at: datetime) -> int:
    """Ask; answers the request's id."""
    new = requests.insert().values(kind=kind, body=body, state="asked", actor=actor, asked_at=at)
    return int(db.execute(new.returning(requests.c.id)).scalar_one())


def take(db: Connection, worker: str, at: datetime, limit: int = 20) -> list[RequestRow]:
    """Take the oldest open requests."""
    c = requests.c
    free = select(c.id).where(c.state == "asked").order_by(c.id).limit(limit).with_for_update(skip_locked=True)
    ids = list(db.execute(free).scalars())
    db.execute(requests.update().where(among(db, c.id, ids)).values(state="taken", worker=worker, taken_at=at))
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(requests)).where(among(db, c.id, ids)).order_by(c.id)))


def answer(db: Connection, id: int, answer: Mapping[str, Any], at: datetime, failed: bool = False) -> None:
    state = "failed" if failed else "answered"
    db.execute(requests.update().where(requests.c.id == id).values(state=state, answer=answer, answered_at=at))


def give_back(db: Connection, worker: str) -> int:
    """Requests a worker took and never answered are open again (it died)."""
    c = requests.c
    open_again = requests.update().where(c.state == "taken", c.worker == worker).values(state="asked", worker="")
    return int(db.execute(open_again).rowcount)


def get(db: Connection, id: int) -> RequestRow | None:
    found = db.execute(select(*_SHAPE.selected(requests)).where(requests.c.id == id)).first()
    return None if found is None else _SHAPE.value(found)


def open_ones(db: Connection) -> list[RequestRow]:
    c = requests.c
    asked = select(*_SHAPE.selected(requests)).where(c.state.in_(("asked", "taken"))).order_by(c.id)
    return _SHAPE.of(db.execute(asked))
