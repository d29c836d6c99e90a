"""Connections of the workspace: one tenant of one platform each; the credential itself is kept elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from console.wire.hello import ADDRESSES
from local_db import preferences, rows
from local_db.columns import digest, dump
from local_db.tables.firm import connection


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection. `fields` are what is not secret, by the vendor's names; `credential` the name under which the
    vault keeps the rest. `tag` is `records.keys.tenant_tag`. A `quarantined` connection may propose, not write.
    """

    id: str
    platform: str
    title: str
    tenant: str = ""
    tag: str = ""
    environment: str = ""
    base_url: str = ""
    sign_in: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    credential: str = ""
    api_version: str = ""
    state: str = ""
    sentence: str = ""
    last_success: datetime | None = None
    quarantined: bool = False
    advice: Sequence[Mapping[str, Any]] = ()


_SHAPE = rows.Shape(ConnectionRow)


def add(db: Connection, row: ConnectionRow) -> None:
    """A new connection; IntegrityError when its id is taken."""
    rows.insert(db, connection, _SHAPE, [row])


def replace(db: Connection, row: ConnectionRow) -> None:
    """The connection as it is now; adds it when it is not there."""
    rows.insert(db, connection, _SHAPE, [row], keys=("id",))


def get(db: Connection, id: str) -> ConnectionRow | None:
    found = db.execute(select(*_SHAPE.selected(connection)).where(connection.c.id == id)).first()
    return None if found is None else _SHAPE.value(found)


def meaning(db: Connection, id: str) -> str:
    """What payloads of a connection are understood by beside our mapping: its settings and the workspace's fields.

    A short text that changes with any of them, empty where there are none. Addresses are no part of it.
    """
    row = get(db, id)
    settings = {name: value for name, value in (row.fields if row else {}).items() if name not in ADDRESSES}
    entries = [(each.kind, each.field, each.value) for each in preferences.mapping_overrides(db, id)]
    return digest(dump([settings, entries])) if settings or entries else ""


def every(db: Connection) -> list[ConnectionRow]:
    """All connections, in the order of their ids."""
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(connection)).order_by(connection.c.id)))


def remove(db: Connection, id: str) -> None:
    """Forget a connection; what was read through it stays in the book."""
    db.execute(delete(connection).where(connection.c.id == id))
