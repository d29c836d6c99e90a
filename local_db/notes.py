"""Notes and drafts people leave on things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from local_db import rows
from local_db.columns import dump, stamp
from local_db.rows import Shape
from local_db.tables.acts import draft as drafts
from local_db.tables.acts import note as notes


@dataclass(frozen=True, slots=True)
class Note:
    """`about` is a ref, a business key or `hold/<id>`."""

    about: str
    text: str
    actor: str
    at: datetime
    id: int = 0


_SHAPE = Shape(Note, without=("id",))


def add(db: Connection, note: Note) -> int:
    return rows.insert_one(db, notes, _SHAPE, note)


def about(db: Connection, name: str) -> list[Note]:
    """Oldest first."""
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(notes)).where(notes.c.about == name).order_by(notes.c.id)))


def save_draft(db: Connection, about: str, actor: str, body: Mapping[str, Any], at: datetime) -> None:
    sql = rows.insert_sql(db, drafts, ("about", "actor", "body", "saved_at"), ("about", "actor"))
    rows.write(db, sql, [(about, actor, dump(body), stamp(at))])


def draft(db: Connection, about: str, actor: str) -> Mapping[str, Any] | None:
    asked = select(drafts.c.body).where(drafts.c.about == about, drafts.c.actor == actor)
    return db.execute(asked).scalar()


def drop_draft(db: Connection, about: str, actor: str) -> None:
    db.execute(drafts.delete().where(drafts.c.about == about, drafts.c.actor == actor))
