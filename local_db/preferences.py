"""Settings and mapping fields that this workspace decided otherwise, with who and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from local_db import coverage, rows
from local_db.clock import now
from local_db.rows import Shape
from local_db.tables.firm import mapping_override
from local_db.tables.firm import setting as settings_table


@dataclass(frozen=True, slots=True)
class Setting:
    """`scope` narrows it: a connection, `entity/<name>`, or '' for the whole workspace."""

    name: str
    scope: str
    value: Any
    actor: str
    reason: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class MappingOverride:
    """Our `field` of `kind` is read on `connection` by `value` (a path or expression of the mapping language)."""

    connection: str
    kind: str
    field: str
    value: Any
    actor: str
    reason: str
    set_at: datetime


_SETTING = Shape(Setting)
_MAPPING = Shape(MappingOverride)


def put(db: Connection, setting: Setting) -> None:
    rows.insert(db, settings_table, _SETTING, [setting], keys=("name", "scope"))


def drop(db: Connection, name: str, scope: str) -> None:
    c = settings_table.c
    db.execute(settings_table.delete().where(c.name == name, c.scope == scope))


def settings(db: Connection) -> list[Setting]:
    c = settings_table.c
    return _SETTING.of(db.execute(select(*_SETTING.selected(settings_table)).order_by(c.name, c.scope)))


def put_mapping(db: Connection, override: MappingOverride) -> None:
    """Have a field read otherwise from now on; its kind is read again from the beginning."""
    rows.insert(db, mapping_override, _MAPPING, [override], keys=("connection", "kind", "field"))
    coverage.restart(db, override.connection, override.set_at, override.kind)


def drop_mapping(db: Connection, connection: str, kind: str, field: str) -> None:
    """Have a field read as Tieout reads it again; its kind is read from the beginning."""
    c = mapping_override.c
    db.execute(mapping_override.delete().where(c.connection == connection, c.kind == kind, c.field == field))
    coverage.restart(db, connection, now(), kind)


def mapping_overrides(db: Connection, connection: str = "") -> list[MappingOverride]:
    c = mapping_override.c
    asked = select(*_MAPPING.selected(mapping_override)).order_by(c.connection, c.kind, c.field)
    return _MAPPING.of(db.execute(asked.where(c.connection == connection) if connection else asked))
