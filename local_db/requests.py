"""Requests: what the console asks the worker to do, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection


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


def ask(db: Connection, kind: str, body: Mapping[str, Any], actor: str, at: datetime) -> int:
    """Ask; answers the request's id."""
    ...


def take(db: Connection, worker: str, at: datetime, limit: int = 20) -> list[RequestRow]:
    """Take the oldest open requests."""
    ...


def answer(db: Connection, id: int, answer: Mapping[str, Any], at: datetime, failed: bool = False) -> None: ...


def give_back(db: Connection, worker: str) -> int:
    """Requests a worker took and never answered are open again (it died)."""
    ...


def get(db: Connection, id: int) -> RequestRow | None: ...


def open_ones(db: Connection) -> list[RequestRow]: ...
