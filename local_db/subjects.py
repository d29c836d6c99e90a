"""What each flow last said of each subject, and which subjects must be looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from console.records.intent import Flow
from console.records.money import Money, micros
from local_db import rows
from local_db.columns import stamp
from local_db.rows import Shape, among
from local_db.tables.book import table_of
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
    lines = [(flow, ref, ref.split("/", 2)[1], now, now, why) for ref in sorted(refs)]
    rows.write(db, rows.marked(db, _MARK), lines)


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
    ours = (c.flow.in_(list(Flow)), among(db, c.ref, refs), c.dirty_since.is_not(None))
    return set(db.execute(select(c.ref).where(*ours)).scalars())


def planned(db: Connection, refs: Iterable[str]) -> dict[tuple[str, str], datetime]:
    """(flow, ref) -> when it was planned last, for those that were."""
    c = subject.c
    asked = select(c.flow, c.ref, c.planned_at).where(among(db, c.ref, refs), c.planned_at.is_not(None))
    return {(row.flow, row.ref): row.planned_at for row in db.execute(asked)}


def overlooked(db: Connection, flow: str, kind: str, where: Mapping[str, str]) -> int:
    """How many records of a kind the book has now (with these values) that a flow has never said anything of."""
    c, own = subject.c, table_of(kind).c
    known = select(c.ref).where(c.flow == flow, c.ref == own.ref, c.outcome != "")
    asked = select(func.count()).where(own.superseded_at.is_(None), ~known.exists())
    return int(db.execute(asked.where(*(own[name] == value for name, value in where.items()))).scalar_one())


def mark_all(db: Connection, flow: str, why: str, at: datetime) -> None:
    """Every subject of a flow must be planned again."""
    c = subject.c
    anew = {c.marked_at: at, c.marked_why: why, c.dirty_since: func.coalesce(rows.as_stored(c.dirty_since), stamp(at))}
    db.execute(subject.update().where(c.flow == flow).values(anew))


@dataclass(frozen=True, slots=True)
class Reason:
    """How many subjects of a flow and kind came to one outcome for one reason."""

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
