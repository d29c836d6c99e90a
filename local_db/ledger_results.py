"""Results: what came of an attempt moves its intent, where fence and lease still hold, and all that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from console.records.intent import State
from console.records.money import Money
from console.records.problem import Problem
from console.words import _
from local_db import holds, rows, subjects
from local_db.columns import dump, load, stamp
from local_db.ledger_outcomes import Accepted, Closing, Done, Held, Later, Replan, Result, Tries, Unknown
from local_db.ledger_rows import FLYING
from local_db.rows import Shape

__all__ = ["Accepted", "Closing", "Done", "Held", "Later", "Replan", "Result", "Tries", "Unknown", "close_attempts"]

USUAL = Tries()

_NAMES: dict[type, str] = {
    Done: "done",
    Accepted: "accepted",
    Unknown: "unknown",
    Held: "held",
    Later: "later",
    Replan: "replan",
}


@dataclass(frozen=True, slots=True)
class _Flying:
    """What of an intent in flight its result asks for; the bodies as JSON text."""

    id: int
    flow: str
    subject: str
    target: str
    kind: str
    key: str
    body: str
    body_hash: str
    next_body: str | None
    job: str
    money: Money | None
    on_day: date | None
    legal_entity: str
    unsure: bool
    tries: int
    first_tried_at: datetime | None
    fence: int


_SHAPE = Shape(_Flying)


@dataclass(frozen=True, slots=True)
class _Move:
    """Where a result leaves an intent."""

    state: State
    why: str = ""
    next_at: datetime | None = None
    unsure: bool = False
    stopped: bool = False
    job: str = ""
    done: Done | None = None


def close_attempts(db: Connection, closings: Sequence[Closing], at: datetime, tries: Tries = USUAL) -> list[int]:
    """Record results where fence and lease still hold; answers the ids of intents lost to a newer fence or lease.

    An attempt's own row is closed in any case. Held results open their hold, done ones end it, and subjects with a
    newer plan waiting are marked for planning, all in the caller's step.
    """
    held = _held(db, closings, at)
    mine = [each for each in closings if each.intent in held and held[each.intent].fence == each.fence]
    lost = [each.intent for each in closings if each.intent not in held or held[each.intent].fence != each.fence]
    judged = [(held[each.intent], _in_time(held[each.intent], each.result, at, tries)) for each in mine]
    moves = [(row, result, _move(row, result, at)) for row, result in judged]
    _record(db, moves, at)
    _close(db, closings, set(lost), at)
    _follow(db, moves, at)
    return lost


def _held(db: Connection, closings: Sequence[Closing], at: datetime) -> dict[int, _Flying]:
    """The intents whose lease still runs, kept from others until this step ends."""
    columns = ", ".join(rows.quoted(db, _SHAPE.read_columns))
    ours = (
        f"SELECT {columns} FROM intent WHERE id {rows.one_of(db)} AND lease_until > ?"
        " AND state IN ('sent', 'unknown', 'accepted')"
    )
    wait = "" if db.dialect.name == "sqlite" else " FOR UPDATE"
    found = rows.ask(db, ours + wait, rows.listed(db, [each.intent for each in closings]), stamp(at))
    return {each.id: each for each in _SHAPE.of(found)}


def _in_time(row: _Flying, result: Result, at: datetime, tries: Tries) -> Result:
    """The result itself, or the hold that ends trying."""
    since = row.first_tried_at or at
    too_long = at - since > timedelta(hours=tries.hours)
    match result:
        case Unknown() | Accepted() if too_long:
            return Held(_answer_lost(row), unsure=True)
        case Later() if too_long or row.tries >= tries.most:
            return Held(_tries_ended(row, result))
    return result


def _answer_lost(row: _Flying) -> Problem:
    return Problem(
        code="answer_lost",
        sentence=_(
            "{target} never answered whether it stored {kind} {key}.", target=row.target, kind=row.kind, key=row.key
        ),
        remedy=_("Look for the record there. Link it if it exists, or replay it if it does not."),
        who="support",
        owner=row.target,
        ref=row.subject,
    )


def _tries_ended(row: _Flying, result: Later) -> Problem:
    return Problem(
        code="tries_ended",
        sentence=_(
            "{target} did not take {kind} {key} in {tries} tries. {cause}",
            target=row.target,
            kind=row.kind,
            key=row.key,
            tries=row.tries,
            cause=result.sentence,
        ).strip(),
        remedy=_("Mend the cause there, then replay."),
        who="support",
        owner=row.target,
        ref=row.subject,
    )


def _move(row: _Flying, result: Result, at: datetime) -> _Move:
    match result:
        case Done():
            return _Move(State.DONE, done=result)
        case Accepted(job=job, wait=wait):
            return _Move(State.ACCEPTED, next_at=_after(at, wait), unsure=row.unsure, job=job)
        case Unknown(sentence=sentence, wait=wait):
            return _Move(State.UNKNOWN, sentence, _after(at, wait), unsure=True, job=row.job)
        case Held(problem=problem, unsure=unsure):
            return _Move(State.HELD, problem.code, unsure=unsure, stopped=True)
        case Later(wait=wait, sentence=sentence) if row.next_body is None:
            return _Move(State.READY, sentence, _after(at, wait))
        case Later(sentence=sentence) | Replan(sentence=sentence):
            return _Move(State.PLANNED, sentence)


def _after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


_RECORD = """
    UPDATE intent SET state = ?, why = ?, next_at = ?, unsure = ?, stopped = ?, job = ?, next_body = ?,
    remote_id = coalesce(nullif(?, ''), remote_id), remote_version = coalesce(nullif(?, ''), remote_version),
    confirmed = coalesce(?, confirmed), confirmed_hash = coalesce(?, confirmed_hash),
    done_at = coalesce(?, done_at), lease_until = NULL, changed_at = ?
    WHERE id = ? AND fence = ? AND lease_until > ? AND state IN ('sent', 'unknown', 'accepted')
"""


def _record(db: Connection, moves: Sequence[tuple[_Flying, Result, _Move]], at: datetime) -> None:
    now = stamp(at)
    lines = [(*_line(row, move, now), now, row.id, row.fence, now) for row, _result, move in moves]
    rows.write(db, rows.marked(db, _RECORD), lines)


def _line(row: _Flying, move: _Move, now: str) -> tuple[Any, ...]:
    done = move.done
    waits = row.next_body is not None and move.state in FLYING
    return (
        move.state.value,
        move.why,
        None if move.next_at is None else stamp(move.next_at),
        move.unsure,
        move.stopped,
        move.job,
        row.next_body if waits else None,
        done.remote_id if done else "",
        done.version if done else "",
        None if done is None else row.body if done.stored is None else dump(done.stored),
        None if done is None else row.body_hash,
        None if done is None else now,
    )


_CLOSE = """
    UPDATE attempt SET closed_at = ?, outcome = ?, answer = coalesce(?, answer), error = coalesce(?, error),
    trace = coalesce(nullif(?, ''), trace), ms = coalesce(?, ms), remote_id = coalesce(nullif(?, ''), remote_id)
    WHERE id = ?
"""


def _close(db: Connection, closings: Sequence[Closing], lost: set[int], at: datetime) -> None:
    now = stamp(at)
    rows.write(
        db,
        rows.marked(db, _CLOSE),
        [
            (
                now,
                ("late_" if each.intent in lost else "") + _NAMES[type(each.result)],
                None if each.answer is None else dump(each.answer),
                None if each.error is None else dump(each.error),
                each.trace,
                each.ms,
                each.result.remote_id if isinstance(each.result, Done) else "",
                each.attempt,
            )
            for each in closings
            if each.attempt
        ],
    )


def _follow(db: Connection, moves: Sequence[tuple[_Flying, Result, _Move]], at: datetime) -> None:
    """Open and end holds, and mark subjects that must be planned again."""
    opened = [_hold(row, result.problem, at) for row, result, _move in moves if isinstance(result, Held)]
    holds.put(db, [replace(each, source=holds.ANSWER) for each in opened])
    ended = [(row.target, row.kind, row.key) for row, result, _move in moves if isinstance(result, Done)]
    holds.end_of_intents(db, ended, at)
    again: dict[str, list[str]] = {}
    for row, result, move in moves:
        if isinstance(result, Replan) or (row.next_body is not None and move.state not in FLYING):
            again.setdefault(row.flow, []).append(row.subject)
    for flow, refs in again.items():
        subjects.mark(db, flow, refs, "settled", at)


def _hold(row: _Flying, problem: Problem, at: datetime) -> holds.HoldRow:
    return holds.row_of(
        problem,
        at,
        flow=row.flow,
        subject=row.subject,
        target=row.target,
        kind=row.kind,
        key=row.key,
        money=row.money,
        on_day=row.on_day,
        legal_entity=row.legal_entity,
        body=load(row.body),
    )
