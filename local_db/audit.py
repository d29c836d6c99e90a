"""The audit chain: every act of a person or worker, hash on hash; values lie beside it and can be erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act. `values` holds what has not been erased."""

    id: int
    at: datetime
    actor: str
    act: str
    subject: str
    previous: str
    hash: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row at which the chain does not hold, and why."""

    id: int
    sentence: str


def append(db: Connection, actor: str, act: str, subject: str, values: Mapping[str, Any] | None = None,
           at: datetime | None = None) -> int:
    """Add an act to the chain; answers its number."""
    ...


def verify(db: Connection) -> Broken | None:
    """None when every row follows from the one before and every value not erased is the one that was written."""
    ...


def erase(db: Connection, subject: str, at: datetime) -> int:
    """Erase the values kept about a subject; the chain still verifies. Answers how many values went."""
    ...


def every(db: Connection, subject: str = "", after_id: int = 0, limit: int = 500) -> list[AuditRow]: ...
