"""Schedules: when each flow runs for each legal entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from local_db import rows
from local_db.rows import Shape
from local_db.tables.firm import schedule as schedules


@dataclass(frozen=True, slots=True)
class Schedule:
    """`rhythm` is continuous, every, after_cutoff, window or blackout, with its `details`; `zone` an IANA name."""

    flow: str
    legal_entity: str
    rhythm: str
    details: Mapping[str, Any] = field(default_factory=dict)
    zone: str = ""
    enabled: bool = True
    last_run_at: datetime | None = None
    next_run_at: datetime | None = None


_SHAPE = Shape(Schedule)


def put(db: Connection, schedule: Schedule) -> None:
    rows.insert(db, schedules, _SHAPE, [schedule], keys=("flow", "legal_entity"))


def ran(db: Connection, flow: str, legal_entity: str, at: datetime, next_run_at: datetime | None) -> None:
    c = schedules.c
    ours = (c.flow == flow, c.legal_entity == legal_entity)
    db.execute(schedules.update().where(*ours).values(last_run_at=at, next_run_at=next_run_at))


def every(db: Connection) -> list[Schedule]:
    c = schedules.c
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(schedules)).order_by(c.flow, c.legal_entity)))
