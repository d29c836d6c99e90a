"""What each flow last said of each subject, and which subjects must be looked at again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from console.records.money import Money


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a flow said of a subject: `outcome` is planned, held, not_billable, before_cutover, not_yet, unchanged …"""

    ref: str
    kind: str
    outcome: str
    why: str = ""
    money: Money | None = None


@dataclass(frozen=True, slots=True)
class SubjectRow:
    flow: str
    ref: str
    kind: str
    outcome: str
    why: str
    dirty_since: datetime | None
    marked_at: datetime | None
    marked_why: str
    planned_at: datetime | None
    money: Money | None


@dataclass(frozen=True, slots=True)
class Tally:
    flow: str
    kind: str
    outcome: str
    number: int


def mark(db: Connection, flow: str, refs: Iterable[str], why: str, at: datetime) -> None:
    """These subjects must be planned again; a mark that stands keeps its age."""
    ...


def take(db: Connection, flow: str, limit: int) -> list[str]:
    """The subjects that wait longest, at most `limit`; they stay marked until `settle`."""
    ...


def settle(db: Connection, flow: str, outcomes: Iterable[Outcome | tuple[str, str, str, str]], at: datetime) -> None:
    """What the plan said: `Outcome` or (ref, kind, outcome, why). `at` is when the snapshot it is based on was taken:
    marks made later stand."""
    ...


def forget(db: Connection, flow: str, refs: Iterable[str]) -> None:
    """These are no subjects of the flow (any more)."""
    ...


def get(db: Connection, flow: str, ref: str) -> SubjectRow | None: ...


def waiting(db: Connection) -> dict[str, int]:
    """flow -> how many subjects are marked."""
    ...


def tally(db: Connection, flow: str = "") -> list[Tally]: ...
