"""Settings and mapping fields that this workspace decided otherwise, with who and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection


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


def put(db: Connection, setting: Setting) -> None: ...


def drop(db: Connection, name: str, scope: str) -> None: ...


def settings(db: Connection) -> list[Setting]: ...


def put_mapping(db: Connection, override: MappingOverride) -> None: ...


def drop_mapping(db: Connection, connection: str, kind: str, field: str) -> None: ...


def mapping_overrides(db: Connection, connection: str = "") -> list[MappingOverride]: ...
