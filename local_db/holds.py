"""Holds: what waits for a person, one open row per record and problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from console.records.intent import Hold
from console.records.money import Money
from console.records.problem import Problem


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One problem of one record. `problem` is its code; `target`, `kind`, `key` are empty when a whole subject waits."""

    flow: str
    subject: str
    problem: str
    sentence: str
    remedy: str
    who: str
    owner: str
    opened_at: datetime
    seen_at: datetime
    target: str = ""
    kind: str = ""
    key: str = ""
    field: str = ""
    ref: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    money: Money | None = None
    on_day: date | None = None
    legal_entity: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    ended_at: datetime | None = None
    ended_why: str = ""
    ended_by: str = ""
    assignee: str = ""
    snoozed_until: datetime | None = None
    id: int = 0

    def as_problem(self) -> Problem: ...


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """Open holds of one problem in one currency ('' without money)."""

    problem: str
    currency: str
    number: int
    money: Money | None
    oldest: datetime


def rows_of(hold: Hold, at: datetime) -> list[HoldRow]:
    """A flow's hold as rows, one per problem."""
    ...


def put(db: Connection, holds: Iterable[HoldRow]) -> None:
    """Open holds; one that is open already keeps its `opened_at` and takes the newer sentence, money and body."""
    ...


def end(
    db: Connection, flow: str, subjects: Iterable[str], why: str = "resolved", actor: str = "", at: datetime | None = None
) -> int:
    """End every open hold of these subjects in a flow. Answers how many."""
    ...


def keep_only(db: Connection, flow: str, subjects: Iterable[str], holds: Iterable[HoldRow], at: datetime) -> int:
    """Put `holds` and end every other open hold of these subjects: what a new plan of them says."""
    ...


def every(
    db: Connection,
    *,
    flow: str = "",
    problem: str = "",
    subjects: Iterable[str] | None = None,
    target: str = "",
    kind: str = "",
    assignee: str | None = None,
    snoozed_at: datetime | None = None,
    ended: bool = False,
    limit: int | None = None,
) -> list[HoldRow]:
    """Open holds (all, with `ended`), oldest first; `snoozed_at` leaves out those snoozed beyond that instant."""
    ...


def by_problem(db: Connection, flow: str = "") -> list[ProblemCount]: ...


def get(db: Connection, id: int) -> HoldRow | None: ...


def assign(db: Connection, ids: Iterable[int], assignee: str) -> None: ...


def snooze(db: Connection, ids: Iterable[int], until: datetime | None) -> None: ...


def comment(db: Connection, id: int, text: str, actor: str, at: datetime) -> None:
    """A note on a hold; read it with `notes.about("hold/<id>")`."""
    ...


def dismiss(db: Connection, ids: Sequence[int], why: str, actor: str, at: datetime) -> None:
    """A person says that nothing is to be done: the holds end and their intents, when not in flight, are dismissed."""
    ...
