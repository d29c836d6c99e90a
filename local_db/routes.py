"""Routes: which connection receives what, by kind, legal entity, region, service line and date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, select

from local_db import rows
from local_db.tables.firm import route


@dataclass(frozen=True, slots=True)
class Route:
    """Where records go. An empty field matches everything; days are inclusive and may be open."""

    kind: str
    legal_entity: str
    region: str
    service_line: str
    starts_on: date | None
    ends_on: date | None
    connection: str
    id: int = 0


_SHAPE = rows.Shape(Route, without=("id",))


def add(db: Connection, row: Route) -> int:
    """A new route; answers its id."""
    return rows.insert_one(db, route, _SHAPE, row)


def remove(db: Connection, id: int) -> None:
    db.execute(delete(route).where(route.c.id == id))


def every(db: Connection) -> list[Route]:
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(route)).order_by(route.c.id)))
