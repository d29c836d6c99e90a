"""Schedules: when each flow runs for each legal entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection


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


def put(db: Connection, schedule: Schedule) -> None: ...


def ran(db: Connection, flow: str, legal_entity: str, at: datetime, next_run_at: datetime | None) -> None: ...


def every(db: Connection) -> list[Schedule]: ...
