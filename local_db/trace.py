"""Traces: the life of one business transaction across platforms, event by event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from console.records.money import Money


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """Something that happened to a transaction. `hop` is the platform pair or step, `what` read, planned, held, sent,
    confirmed …; `ms` how long since the hop before, `attempt` the attempt behind it."""

    trace: str
    at: datetime
    flow: str
    subject: str
    hop: str
    connection: str
    kind: str
    what: str
    sentence: str
    money: Money | None = None
    ms: int | None = None
    attempt: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a search found: `what` is trace, intent, record or link; `trace` names its trace, if any."""

    what: str
    name: str
    trace: str
    subject: str


def record(db: Connection, events: Iterable[TraceEvent]) -> None: ...


def of(db: Connection, any_id: str) -> list[TraceEvent]:
    """The events of a trace, by its own id, a subject's ref, a business key, a remote id or an attempt's id."""
    ...


def find(db: Connection, text: str, limit: int = 50) -> list[Found]:
    """What carries a text: exact or beginning of a ref, business key or remote id."""
    ...
