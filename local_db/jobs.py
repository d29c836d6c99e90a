"""Jobs: long work of the worker, with progress people can see and stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class JobRow:
    """`state` is running, done, failed or cancelled; `total` None when unknown."""

    id: int
    kind: str
    title: str
    state: str
    done: int
    total: int | None
    sentence: str
    worker: str
    cancel_asked: bool
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None


def start(db: Connection, kind: str, title: str, at: datetime, total: int | None = None, worker: str = "") -> int: ...


def progress(db: Connection, id: int, done: int, at: datetime, total: int | None = None, sentence: str = "") -> bool:
    """Note progress; answers whether someone asked to stop."""
    ...


def end(db: Connection, id: int, state: str, sentence: str, at: datetime) -> None: ...


def cancel(db: Connection, id: int) -> None:
    """Ask a running job to stop."""
    ...


def every(db: Connection, running: bool = False, limit: int = 100) -> list[JobRow]:
    """Newest first."""
    ...
