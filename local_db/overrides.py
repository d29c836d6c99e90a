"""Overrides: a person's edit of one field, over the book, until its source is corrected or its time ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Override:
    """`field` of the record `ref` counts as `value` (JSON; Money as `{"amount", "currency"}`, days as ISO text).

    `scope` is the flow it holds for ('' is all), `until` its last day, `source_value_hash` the hash of the source's
    value when it was made (`columns.digest(columns.canonical(value))`): another one there ends the override.
    """

    ref: str
    field: str
    value: Any
    reason: str
    actor: str
    recorded_at: datetime
    scope: str = ""
    until: date | None = None
    source_value_hash: str = ""
    ended_at: datetime | None = None
    ended_why: str = ""
    id: int = 0


def put(db: Connection, overrides: Iterable[Override]) -> None:
    """Make overrides; one that stood for the same field and scope ends as `replaced`."""
    ...


def end(db: Connection, ids: Iterable[int], why: str, at: datetime) -> None: ...


def of(db: Connection, refs: Iterable[str] | None = None, on: date | None = None) -> dict[str, list[Override]]:
    """ref -> overrides that stand (all, or of `refs`; with `on`, those whose last day has not passed)."""
    ...


def history(db: Connection, ref: str) -> list[Override]: ...
