"""Attempts as they were written down: one row per try, open until its result is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from local_db.rows import Shape, among
from local_db.tables.ledger import attempt


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try. `outcome` is done, accepted, unknown, held, later, replan, or `late_` and one of these when the worker
    had lost its fence; empty while open."""

    id: int
    intent: int
    number: int
    token: str
    verb: str
    target: str
    kind: str
    remote_id: str
    body_hash: str
    request: Mapping[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    outcome: str
    answer: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    trace: str
    worker: str
    actor: str
    fence: int
    ms: int | None


SHAPE = Shape(AttemptRow, without=("id",))


def of(db: Connection, intents: Iterable[int]) -> list[AttemptRow]:
    """Every attempt of these intents, oldest first."""
    c = attempt.c
    asked = select(*SHAPE.selected(attempt)).where(among(db, c.intent, intents)).order_by(c.id)
    return SHAPE.of(db.execute(asked))


def recent(db: Connection, limit: int = 100, target: str = "") -> list[AttemptRow]:
    """The newest attempts first."""
    c = attempt.c
    asked = select(*SHAPE.selected(attempt)).order_by(c.id.desc()).limit(limit)
    return SHAPE.of(db.execute(asked.where(c.target == target) if target else asked))
