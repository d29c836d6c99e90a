"""Saving a plan: what the planner decided for each wanted record becomes the standing intent of that record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from console.records.intent import Body, Linked, State, Verb
from console.records.money import Money, micros
from console.records.problem import Problem
from local_db import holds, rows
from local_db.columns import canonical, digest, dump, stamp
from local_db.holds import HoldRow
from local_db.ledger_rows import FLYING
from local_db.rows import among, chunks
from local_db.tables.ledger import intent

RANK = {
    "legal_entity": 0,
    "customer": 1,
    "project": 2,
    "task": 3,
    "milestone": 4,
    "time_line": 5,
    "charge_line": 6,
}
"""What is sent first when all of it is ready; a kind not named here comes last."""
_LAST = 9
_AT_ONCE = 20_000


@dataclass(frozen=True)
class Decision:
    """What the planner decided for one wanted record.

    The fields of `Wanted`, then `verb`, `state` (planned, waiting, ready, held, withdrawn, dismissed, done) and, for
    people, `why`: a problem's code, `ledger.waiting_for(kind, ref)`, or `not read yet`. `problems` are its holds
    while the state is held; any other state ends them. `remote_id` and `remote_version` when the record is known;
    `confirmed` what the platform is known to have stored (None: leave as it was).
    """

    flow: str
    subject: str
    target: str
    kind: str
    key: str
    body: Body
    verb: Verb
    state: State
    why: str = ""
    problems: Sequence[Problem] = ()
    legal_entity: str = ""
    money: Money | None = None
    on: date | None = None
    adjusts: str = ""
    critical: bool = False
    remote_id: str = ""
    remote_version: str = ""
    source_version: str = ""
    confirmed: Body | None = None
    ref: str = ""
    """The record this one mirrors and is linked under (a deal's customer, an entry itself)."""

    @cached_property
    def body_text(self) -> str:
        return canonical(self.body)

    @cached_property
    def body_hash(self) -> str:
        return digest(self.body_text)

    @property
    def confirmed_hash(self) -> str:
        """The body's own hash when this decision finds it done; '' when it does not say what is stored."""
        if self.confirmed is None:
            return ""
        return self.body_hash if self.state is State.DONE else digest(canonical(self.confirmed))

    @property
    def links(self) -> dict[str, list[str]]:
        """Field -> [kind, ref] of every record the body points to."""
        return {name: [to.kind, to.ref] for name, to in self.body.items() if type(to) is Linked}


_SAID = (
    "flow",
    "subject",
    "verb",
    "state",
    "why",
    "body_hash",
    "money_micros",
    "money_currency",
    "on_day",
    "legal_entity",
    "adjusts",
    "critical",
    "source_version",
    "ref",
)
"""What a plan says: an intent that says all of it already is left alone."""
_KNOWN = ("remote_id", "remote_version", "confirmed_hash")
_BODY = ("body", "links")
_NAMES = (*_SAID, *_BODY, *_KNOWN, "confirmed", "plan_id", "planned_at", "changed_at")
_NEW = ("target", "kind", "key", "rank", *_NAMES, "unsure", "stopped")
_STILL = frozenset({State.PLANNED, State.WAITING, State.READY})


def save_plan(db: Connection, decisions: Iterable[Decision], at: datetime, plan_id: str = "") -> None:
    """Save decisions: new intents, changed ones, and the holds of those that are held.

    A row in flight (sent, unknown, accepted) keeps its body; a differing decision is noted as `next_body` and its
    subject is planned again once the write has settled. What a platform refused or a person dismissed stays so until
    the plan wants another body or verb. An equal decision changes nothing.
    """
    for some in chunks(decisions, _AT_ONCE):
        _save(db, some, stamp(at), plan_id)
        _keep_holds(db, some, at)


@dataclass(frozen=True, slots=True)
class _Standing:
    """An intent that is there already: what it says, and whether an answer stopped it or a plan is noted on it."""

    id: int
    said: tuple[Any, ...]
    known: tuple[Any, ...]
    stopped: bool
    noted: bool

    @property
    def state(self) -> str:
        return str(self.said[3])

    def wants(self, decision: Decision) -> bool:
        return bool(self.said[2] == decision.verb and self.said[5] == decision.body_hash)


def _save(db: Connection, decisions: Sequence[Decision], now: str, plan_id: str) -> None:
    standing = _standing(db, decisions)
    new, changed, noted = [], [], []
    for each in decisions:
        there = standing.get((each.target, each.kind, each.key))
        if there is None:
            new.append(
                (
                    each.target,
                    each.kind,
                    each.key,
                    RANK.get(each.kind, _LAST),
                    *_planned(each, now, plan_id),
                    False,
                    False,
                )
            )
        elif there.state in FLYING:
            if there.wants(each) == there.noted:
                noted.append((None if there.noted else each.body_text, there.id))
        elif not _stands(there, each):
            changed.append((there, each))
    rows.append(db, intent, _NEW, new)
    rows.write(db, rows.marked(db, "UPDATE intent SET next_body = ? WHERE id = ?"), noted)
    _change(db, changed, now, plan_id)


def _standing(db: Connection, decisions: Sequence[Decision]) -> dict[tuple[str, str, str], _Standing]:
    keys: dict[tuple[str, str], list[str]] = {}
    for each in decisions:
        keys.setdefault((each.target, each.kind), []).append(each.key)
    c = intent.c
    columns = [rows.as_stored(c[name]) for name in ("id", "key", "stopped", *_SAID, *_KNOWN)]
    said = slice(4, 4 + len(_SAID))
    found = {}
    for (target, kind), ours in keys.items():
        asked = select(*columns[:3], c.next_body.is_not(None), *columns[3:])
        asked = asked.where(c.target == target, c.kind == kind, among(db, c.key, ours)).with_for_update()
        for row in db.execute(asked):
            there = _Standing(row[0], tuple(row[said]), tuple(row[said.stop :]), row[2], row[3])
            found[target, kind, row[1]] = there
    return found


def _said(decision: Decision) -> tuple[Any, ...]:
    money, on = decision.money, decision.on
    return (
        decision.flow,
        decision.subject,
        decision.verb.value,
        decision.state.value,
        decision.why,
        decision.body_hash,
        None if money is None else micros(money.amount),
        None if money is None else money.currency,
        None if on is None else on.isoformat(),
        decision.legal_entity,
        decision.adjusts,
        decision.critical,
        decision.source_version,
        decision.ref,
    )


def _planned(decision: Decision, now: str, plan_id: str) -> tuple[Any, ...]:
    confirmed = decision.confirmed
    return (
        *_said(decision),
        decision.body_text,
        dump(decision.links),
        decision.remote_id,
        decision.remote_version,
        decision.confirmed_hash,
        None if confirmed is None else dump(confirmed),
        plan_id,
        now,
        now,
    )


def _stands(there: _Standing, decision: Decision) -> bool:
    """Nothing is to be changed: it says so already, or an answer or a person stopped this very write."""
    if there.wants(decision) and decision.state in _STILL and (there.stopped or there.state == State.DISMISSED):
        return True
    known = (decision.remote_id or there.known[0], decision.remote_version or there.known[1])
    return decision.confirmed is None and there.said == _said(decision) and there.known[:2] == known


_CHANGE = f"""
    UPDATE intent SET {", ".join(f"{name} = ?" for name in (*_SAID, *_BODY))},
    remote_id = coalesce(nullif(?, ''), remote_id), remote_version = coalesce(nullif(?, ''), remote_version),
    confirmed_hash = coalesce(nullif(?, ''), confirmed_hash), confirmed = coalesce(?, confirmed),
    plan_id = ?, planned_at = ?, changed_at = ?, rank = ?
"""
_ANEW = ", tries = 0, first_tried_at = NULL, next_at = NULL, stopped = ?"


def _change(db: Connection, changed: Sequence[tuple[_Standing, Decision]], now: str, plan_id: str) -> None:
    same, other = [], []
    for there, each in changed:
        line = (*_planned(each, now, plan_id), RANK.get(each.kind, _LAST))
        if there.wants(each):
            same.append((*line, there.id))
        else:
            other.append((*line, False, there.id))
    rows.write(db, rows.marked(db, _CHANGE + " WHERE id = ?"), same)
    rows.write(db, rows.marked(db, _CHANGE + _ANEW + " WHERE id = ?"), other)


def _keep_holds(db: Connection, decisions: Sequence[Decision], at: datetime) -> None:
    held = [row for each in decisions if each.state is State.HELD for row in _hold_rows(each, at)]
    holds.put(db, held)
    holds.end_of_intents(db, [(each.target, each.kind, each.key) for each in decisions], at)


def _hold_rows(decision: Decision, at: datetime) -> list[HoldRow]:
    return [
        holds.row_of(
            problem,
            at,
            flow=decision.flow,
            subject=decision.subject,
            target=decision.target,
            kind=decision.kind,
            key=decision.key,
            money=decision.money,
            on_day=decision.on,
            legal_entity=decision.legal_entity,
            body=decision.body,
        )
        for problem in decision.problems
    ]
