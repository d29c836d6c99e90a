"""What each flow last said of each subject, and which subjects must be looked at again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from console.records.keys import parse_ref
from console.records.money import Money, micros
from local_db import rows
from local_db.columns import stamp
from local_db.rows import Shape, among
from local_db.tables.ledger import subject


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
    """A subject of a flow. `dirty_since` is set while it waits to be planned again; `marked_at` is the last mark."""

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


_SHAPE = Shape(SubjectRow)
_MARK = """
    INSERT INTO subject (flow, ref, kind, dirty_since, marked_at, marked_why) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (flow, ref) DO UPDATE SET marked_at = excluded.marked_at, marked_why = excluded.marked_why,
    dirty_since = coalesce(subject.dirty_since, excluded.dirty_since)
"""
_SETTLE = """
    INSERT INTO subject (flow, ref, kind, outcome, why, planned_at, money_micros, money_currency)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (flow, ref) DO UPDATE SET kind = excluded.kind, outcome = excluded.outcome, why = excluded.why,
    planned_at = excluded.planned_at, money_micros = excluded.money_micros, money_currency = excluded.money_currency,
    dirty_since = CASE WHEN subject.marked_at > excluded.planned_at THEN subject.marked_at END
"""


def mark(db: Connection, flow: str, refs: Iterable[str], why: str, at: datetime) -> None:
    """These subjects must be planned again; a mark that stands keeps its age."""
    now = stamp(at)
    rows.write(db, rows.marked(db, _MARK), [(flow, ref, parse_ref(ref).kind, now, now, why) for ref in refs])


def take(db: Connection, flow: str, limit: int) -> list[str]:
    """The subjects that wait longest, at most `limit`; they stay marked until `settle`."""
    c = subject.c
    asked = select(c.ref).where(c.flow == flow, c.dirty_since.is_not(None)).order_by(c.dirty_since, c.ref).limit(limit)
    return list(db.execute(asked).scalars())


def settle(db: Connection, flow: str, outcomes: Iterable[Outcome | tuple[str, str, str, str]], at: datetime) -> None:
    """What the plan said: `Outcome` or (ref, kind, outcome, why). `at` is when the snapshot it is based on was taken:
    marks made later stand."""
    now = stamp(at)
    said = (each if isinstance(each, Outcome) else Outcome(*each) for each in outcomes)
    rows.write(db, rows.marked(db, _SETTLE), [_settled(flow, each, now) for each in said])


def _settled(flow: str, said: Outcome, now: str) -> tuple[str | int | None, ...]:
    amount = None if said.money is None else micros(said.money.amount)
    currency = None if said.money is None else said.money.currency
    return flow, said.ref, said.kind, said.outcome, said.why, now, amount, currency


def forget(db: Connection, flow: str, refs: Iterable[str]) -> None:
    """These are no subjects of the flow (any more)."""
    db.execute(subject.delete().where(subject.c.flow == flow, among(db, subject.c.ref, refs)))


def get(db: Connection, flow: str, ref: str) -> SubjectRow | None:
    found = db.execute(select(*_SHAPE.selected(subject)).where(subject.c.flow == flow, subject.c.ref == ref)).first()
    return None if found is None else _SHAPE.value(found)


def waiting(db: Connection) -> dict[str, int]:
    """flow -> how many subjects are marked."""
    c = subject.c
    asked = select(c.flow, func.count()).where(c.dirty_since.is_not(None)).group_by(c.flow)
    return {row[0]: row[1] for row in db.execute(asked)}


def tally(db: Connection, flow: str = "") -> list[Tally]:
    c = subject.c
    by = (c.flow, c.kind, c.outcome)
    asked = select(*by, func.count()).where(c.outcome != "").group_by(*by).order_by(*by)
    asked = asked.where(c.flow == flow) if flow else asked
    return [Tally(*row) for row in db.execute(asked)]


def dirty(db: Connection, refs: Iterable[str]) -> set[str]:
    """Those of these refs that some flow has to plan again."""
    c = subject.c
    return set(db.execute(select(c.ref).where(among(db, c.ref, refs), c.dirty_since.is_not(None))).scalars())


@dataclass(frozen=True, slots=True)
class Reason:
    flow: str
    kind: str
    outcome: str
    why: str
    number: int


def reasons(db: Connection, outcomes: Iterable[str]) -> list[Reason]:
    """How many subjects came to these outcomes, by why."""
    c = subject.c
    by = (c.flow, c.kind, c.outcome, c.why)
    asked = select(*by, func.count()).where(c.outcome.in_(list(outcomes))).group_by(*by).order_by(*by)
    return [Reason(*row) for row in db.execute(asked)]
