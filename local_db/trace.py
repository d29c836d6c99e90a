"""Traces: the life of one business transaction across platforms, event by event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, literal, or_, select

from console.records.money import Money
from local_db import rows
from local_db.rows import Shape, among
from local_db.tables.acts import trace_event
from local_db.tables.ledger import attempt, intent
from local_db.tables.matching import crosswalk


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """Something that happened to a transaction. `hop` is the platform pair or step, `what` read, planned, held, sent,
    confirmed …; `ms` how long since the hop before, `attempt` the attempt behind it."""

    trace: str
    at: datetime
    flow: str
    subject: str
    hop: str
    connection: str
    kind: str
    what: str
    sentence: str
    money: Money | None = None
    ms: int | None = None
    attempt: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a search found: `what` is trace, intent, record or link; `trace` names its trace, if any."""

    what: str
    name: str
    trace: str
    subject: str


_SHAPE = Shape(TraceEvent, without=("id",))


def record(db: Connection, events: Iterable[TraceEvent]) -> None:
    rows.append(db, trace_event, _SHAPE.columns, [_SHAPE.row(each) for each in events])


def of(db: Connection, any_id: str) -> list[TraceEvent]:
    """The events of a trace, by its own id, a subject's ref, a business key, a remote id or an attempt's id."""
    c = trace_event.c
    names = [any_id, *_subjects(db, any_id)]
    traces = db.execute(select(c.trace).where(or_(among(db, c.trace, names), among(db, c.subject, names)))).scalars()
    ordered = select(*_SHAPE.selected(trace_event)).where(among(db, c.trace, set(traces))).order_by(c.at, c.id)
    return _SHAPE.of(db.execute(ordered))


def _subjects(db: Connection, any_id: str) -> list[str]:
    """The subjects whose intent, link or attempt carries an id."""
    i, w = intent.c, crosswalk.c
    asked: list[Select[tuple[str]]] = [
        select(i.subject).where(i.key == any_id),
        select(i.subject).where(i.remote_id == any_id),
        select(w.ref).where(w.remote_id == any_id, w.ended_at.is_(None)),
    ]
    if any_id.isdigit():
        tried = select(attempt.c.intent).where(attempt.c.id == int(any_id))
        asked.append(select(i.subject).where(i.id.in_(tried)))
    return sorted({str(row[0]) for question in asked for row in db.execute(question)})


def find(db: Connection, text: str, limit: int = 50) -> list[Found]:
    """What carries a text: exact or beginning of a ref, business key or remote id."""
    i, t, w = intent.c, trace_event.c, crosswalk.c
    beginning = text.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
    asked = (
        select(literal("trace"), t.trace, t.subject).where(t.trace.like(beginning, escape="!")).distinct(),
        select(literal("trace"), t.trace, t.subject).where(t.subject.like(beginning, escape="!")).distinct(),
        select(literal("intent"), i.key, i.subject).where(i.key.like(beginning, escape="!")),
        select(literal("intent"), i.key, i.subject).where(i.subject.like(beginning, escape="!")),
        select(literal("record"), i.remote_id, i.subject).where(i.remote_id == text),
        select(literal("link"), w.ref, w.ref).where(w.remote_id == text, w.ended_at.is_(None)),
    )
    found: dict[tuple[str, str], tuple[str, str, str]] = {}
    for question in asked:
        for what, name, ref in db.execute(question.limit(limit)):
            found.setdefault((what, name), (what, name, ref))
    chosen = list(found.values())[:limit]
    traces = _traces_of(db, [ref for _what, _name, ref in chosen])
    return [Found(what, name, traces.get(ref, ""), ref) for what, name, ref in chosen]


def _traces_of(db: Connection, subjects: Iterable[str]) -> dict[str, str]:
    c = trace_event.c
    asked = select(c.subject, c.trace).where(among(db, c.subject, subjects)).order_by(c.id)
    return {row[0]: row[1] for row in db.execute(asked)}
