"""Notes and drafts people leave on things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Note:
    """`about` is a ref, a business key or `hold/<id>`."""

    about: str
    text: str
    actor: str
    at: datetime
    id: int = 0


def add(db: Connection, note: Note) -> int: ...


def about(db: Connection, name: str) -> list[Note]:
    """Oldest first."""
    ...


def save_draft(db: Connection, about: str, actor: str, body: Mapping[str, Any], at: datetime) -> None: ...


def draft(db: Connection, about: str, actor: str) -> Mapping[str, Any] | None: ...


def drop_draft(db: Connection, about: str, actor: str) -> None: ...
