"""Holds: what waits for a person, one open row per record and problem."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, func, or_, select, tuple_

from console.records.intent import Hold, State
from console.records.money import Money, from_micros
from console.records.problem import Problem
from local_db import clock, notes, rows
from local_db.columns import instant
from local_db.rows import Shape, among
from local_db.tables.ledger import hold, intent

PLAN, ANSWER = "plan", "answer"
"""Who opened a hold: the plan, which also ends it, or a platform's answer, which a new body or a person ends."""


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One problem of one record. `problem` is its code; `target`, `kind`, `key` are empty when a whole subject waits.

    `source` is plan or answer.
    """

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
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    money: Money | None = None
    on_day: date | None = None
    legal_entity: str = ""
    body: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    source: str = PLAN
    ended_at: datetime | None = None
    ended_why: str = ""
    ended_by: str = ""
    assignee: str = ""
    snoozed_until: datetime | None = None
    id: int = 0

    def as_problem(self) -> Problem:
        """The problem as the rule or platform gave it."""
        return Problem(
            code=self.problem,
            sentence=self.sentence,
            remedy=self.remedy,
            who=self.who,
            owner=self.owner,
            field=self.field,
            ref=self.ref,
            facts=self.facts,
        )


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """Open holds of one problem in one currency ('' without money)."""

    problem: str
    currency: str
    number: int
    money: Money | None
    oldest: datetime


class Which(TypedDict, total=False):
    """Which holds: every one given must hold. `snoozed_at` leaves out those snoozed beyond that instant."""

    flow: str
    problem: str
    target: str
    kind: str
    key: str
    assignee: str
    subjects: Iterable[str]
    snoozed_at: datetime
    ended: bool
    limit: int


_SHAPE = Shape(HoldRow, without=("id",))
_NEWER = (
    "sentence",
    "remedy",
    "who",
    "owner",
    "field",
    "ref",
    "facts",
    "money_micros",
    "money_currency",
    "on_day",
    "legal_entity",
    "body",
    "seen_at",
    "source",
)
_AGAIN = " ON CONFLICT (flow, subject, target, kind, key, problem) WHERE ended_at IS NULL DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in _NEWER
)


class _About(TypedDict, total=False):
    flow: str
    subject: str
    target: str
    kind: str
    key: str
    money: Money | None
    on_day: date | None
    legal_entity: str
    body: Mapping[str, Any]
    source: str


def row_of(problem: Problem, at: datetime, **about: Unpack[_About]) -> HoldRow:
    """A problem as a hold that opens at an instant, about a subject or one of its records."""
    return HoldRow(
        problem=problem.code,
        sentence=problem.sentence,
        remedy=problem.remedy,
        who=problem.who,
        owner=problem.owner,
        field=problem.field,
        ref=problem.ref,
        facts=problem.facts,
        opened_at=at,
        seen_at=at,
        **about,
    )


def rows_of(held: Hold, at: datetime) -> list[HoldRow]:
    """A flow's hold as rows, one per problem."""
    return [
        row_of(
            problem,
            at,
            flow=held.flow,
            subject=held.subject,
            target=held.target,
            kind=held.kind,
            key=held.key,
            money=held.money,
            on_day=held.on,
            legal_entity=held.legal_entity,
            body=held.body,
        )
        for problem in held.problems
    ]


def put(db: Connection, holds: Iterable[HoldRow]) -> None:
    """Open holds; one that is open already keeps its `opened_at` and takes the newer sentence, money and body."""
    rows.write(db, rows.insert_sql(db, hold, _SHAPE.columns) + _AGAIN, [_SHAPE.row(each) for each in holds])


def end(
    db: Connection,
    flow: str,
    subjects: Iterable[str],
    why: str = "resolved",
    actor: str = "",
    at: datetime | None = None,
    answers: bool = False,
) -> int:
    """End the open holds a plan made of these subjects in a flow (with `answers`, those of answers too).

    Answers how many.
    """
    c = hold.c
    ours = [c.flow == flow, among(db, c.subject, subjects), c.ended_at.is_(None)]
    if not answers:
        ours.append(c.source == PLAN)
    ended = {"ended_at": at or clock.now(), "ended_why": why, "ended_by": actor}
    return int(db.execute(hold.update().where(*ours).values(ended)).rowcount)


def keep_only(db: Connection, flow: str, subjects: Iterable[str], holds: Iterable[HoldRow], at: datetime) -> int:
    """Put `holds` and end every other open hold a plan made of these subjects before `at`: what a new plan says.

    Holds that `ledger_plan.save_plan` put with the same `at` stay. Answers how many ended.
    """
    put(db, [dataclasses.replace(each, seen_at=at) for each in holds])
    c = hold.c
    others = (c.flow == flow, among(db, c.subject, subjects), c.ended_at.is_(None), c.source == PLAN, c.seen_at < at)
    return int(db.execute(hold.update().where(*others).values(ended_at=at, ended_why="resolved")).rowcount)


def end_of_intents(db: Connection, intents: Sequence[tuple[str, str, str]], at: datetime) -> None:
    """End the holds of records (target, kind, key) that no plan of `at` repeated and, for those an answer stopped,
    whose intent is stopped no longer."""
    if not intents or not _any_open(db):
        return
    c, i = hold.c, intent.c
    still = select(i.id).where(i.target == c.target, i.kind == c.kind, i.key == c.key, i.stopped)
    for target, kind in {(target, kind) for target, kind, _key in intents}:
        keys = [key for at_target, of_kind, key in intents if (at_target, of_kind) == (target, kind)]
        ours = [c.target == target, c.kind == kind, among(db, c.key, keys), c.ended_at.is_(None), c.seen_at < at]
        ours.append(or_(c.source == PLAN, ~still.exists()))
        db.execute(hold.update().where(*ours).values(ended_at=at, ended_why="resolved"))


def _any_open(db: Connection) -> bool:
    return db.execute(select(hold.c.id).where(hold.c.ended_at.is_(None)).limit(1)).first() is not None


def every(db: Connection, **which: Unpack[Which]) -> list[HoldRow]:
    """Open holds (all, with `ended`) by any of `Which`, oldest first."""
    c = hold.c
    asked = select(*_SHAPE.selected(hold))
    if not which.get("ended"):
        asked = asked.where(c.ended_at.is_(None))
    for name in ("flow", "problem", "target", "kind", "key", "assignee"):
        if which.get(name):
            asked = asked.where(c[name] == which[name])
    if "subjects" in which:
        asked = asked.where(among(db, c.subject, which["subjects"]))
    if "snoozed_at" in which:
        asked = asked.where(or_(c.snoozed_until.is_(None), c.snoozed_until <= which["snoozed_at"]))
    asked = asked.order_by(c.opened_at, c.id)
    return _SHAPE.of(db.execute(asked.limit(which["limit"]) if "limit" in which else asked))


def by_problem(db: Connection, flow: str = "") -> list[ProblemCount]:
    """Open holds counted by problem and currency, the most frequent first."""
    c = hold.c
    currency = func.coalesce(c.money_currency, "")
    asked = select(c.problem, currency, func.count(), func.sum(c.money_micros), func.min(rows.as_stored(c.opened_at)))
    asked = asked.where(c.ended_at.is_(None)).group_by(c.problem, currency).order_by(func.count().desc(), c.problem)
    found = db.execute(asked.where(c.flow == flow) if flow else asked)
    return [
        ProblemCount(problem, code, number, Money(from_micros(int(total)), code) if code else None, instant(oldest))
        for problem, code, number, total, oldest in found
    ]


def get(db: Connection, id: int) -> HoldRow | None:
    """A hold, open or ended."""
    found = db.execute(select(*_SHAPE.selected(hold)).where(hold.c.id == id)).first()
    return None if found is None else _SHAPE.value(found)


def assign(db: Connection, ids: Iterable[int], assignee: str) -> None:
    """Give holds to a person ('' to nobody)."""
    db.execute(hold.update().where(among(db, hold.c.id, ids)).values(assignee=assignee))


def snooze(db: Connection, ids: Iterable[int], until: datetime | None) -> None:
    """Put holds out of sight until an instant (None: show them again)."""
    db.execute(hold.update().where(among(db, hold.c.id, ids)).values(snoozed_until=until))


def comment(db: Connection, id: int, text: str, actor: str, at: datetime) -> None:
    """A note on a hold; read it with `notes.about("hold/<id>")`."""
    notes.add(db, notes.Note(f"hold/{id}", text, actor, at))


def dismiss(db: Connection, ids: Sequence[int], why: str, actor: str, at: datetime) -> None:
    """A person says that nothing is to be done: the holds end and their held intents are dismissed."""
    c, i = hold.c, intent.c
    named = select(c.target, c.kind, c.key).where(among(db, c.id, ids), c.key != "")
    dismissed = {"state": State.DISMISSED, "why": why, "stopped": False, "changed_at": at}
    db.execute(
        intent.update().where(tuple_(i.target, i.kind, i.key).in_(named), i.state == State.HELD).values(dismissed)
    )
    ended = {"ended_at": at, "ended_why": why, "ended_by": actor}
    db.execute(hold.update().where(among(db, c.id, ids), c.ended_at.is_(None)).values(ended))
