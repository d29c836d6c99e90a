"""The one door: one standing intent per record we want on a platform, planned again and again, sent once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import Connection, Select, func, select

from console.records.intent import State
from console.records.money import Money, from_micros
from local_db import crosswalk
from local_db.ledger_plan import Decision, save_plan
from local_db.ledger_rows import FLYING, SHAPE, IntentRow
from local_db.rows import among, fixed
from local_db.tables.ledger import attempt, intent

__all__ = [
    "Count",
    "Decision",
    "IntentRow",
    "Which",
    "by_keys",
    "counts",
    "get",
    "intents",
    "release_waiting",
    "save_plan",
    "set_state",
    "waiting_for",
    "writes_today",
]


@dataclass(frozen=True, slots=True)
class Count:
    """How many intents stand alike, and their money in one currency ('' when they carry none)."""

    flow: str
    target: str
    kind: str
    verb: str
    state: str
    why: str
    currency: str
    number: int
    money: Money | None


class Which(TypedDict, total=False):
    """Which intents: every one given must hold. `after_id` and `limit` page through them."""

    flow: str
    target: str
    kind: str
    why: str
    states: Iterable[State]
    subjects: Iterable[str]
    keys: Iterable[str]
    ids: Iterable[int]
    remote_ids: Iterable[str]
    after_id: int
    limit: int


def get(db: Connection, id: int | str) -> IntentRow | None:
    """An intent by its id or by its business key (the newest, when several kinds carry it)."""
    mine = intent.c.id == id if isinstance(id, int) else intent.c.key == id
    found = db.execute(select(*SHAPE.selected(intent)).where(mine).order_by(intent.c.id.desc()).limit(1)).first()
    return None if found is None else SHAPE.value(found)


def by_keys(db: Connection, target: str, kind: str, keys: Iterable[str]) -> dict[str, IntentRow]:
    """Business key -> its intent."""
    return {each.key: each for each in intents(db, target=target, kind=kind, keys=keys)}


def intents(db: Connection, **which: Unpack[Which]) -> list[IntentRow]:
    """Intents by any of `Which`, in the order of their ids."""
    asked = _narrowed(db, select(*SHAPE.selected(intent)), which).order_by(intent.c.id)
    return SHAPE.of(db.execute(asked.limit(which["limit"]) if "limit" in which else asked))


def _narrowed(db: Connection, asked: Select[Any], which: Which) -> Select[Any]:
    c = intent.c
    for name in ("flow", "target", "kind", "why"):
        if which.get(name):
            asked = asked.where(c[name] == which[name])
    for name, column in (
        ("states", c.state),
        ("subjects", c.subject),
        ("keys", c.key),
        ("ids", c.id),
        ("remote_ids", c.remote_id),
    ):
        if name in which:
            asked = asked.where(among(db, column, which[name]))  # type: ignore[literal-required]
    return asked.where(c.id > which["after_id"]) if "after_id" in which else asked


def counts(db: Connection, flow: str = "") -> list[Count]:
    """Intents counted by flow, target, kind, verb, state, why and currency."""
    c = intent.c
    by = (c.flow, c.target, c.kind, c.verb, c.state, c.why, func.coalesce(c.money_currency, ""))
    asked = select(*by, func.count(), func.sum(c.money_micros)).group_by(*by).order_by(*by)
    found = db.execute(asked.where(c.flow == flow) if flow else asked)
    return [
        Count(flow, target, kind, verb, state, why, currency, number, _sum(total, currency))
        for flow, target, kind, verb, state, why, currency, number, total in found
    ]


def _sum(micros: Any, currency: str) -> Money | None:
    return Money(from_micros(int(micros)), currency) if currency else None


def writes_today(db: Connection, target: str, kind: str, remote_ids: Iterable[str], at: datetime) -> dict[str, int]:
    """Remote id -> writes that reached it in the 24 hours before `at` (the loop rule)."""
    c = attempt.c
    ours = (c.target == target, c.kind == kind, c.remote_id != fixed(""), among(db, c.remote_id, remote_ids))
    recent = (c.closed_at > at - timedelta(hours=24), c.outcome.in_(("done", "late_done")))
    asked = select(c.remote_id, func.count()).where(*ours, *recent).group_by(c.remote_id)
    return {row[0]: row[1] for row in db.execute(asked)}


def waiting_for(kind: str, ref: str) -> str:
    """What a `waiting` decision says in `why` when it waits for the record of `ref` to be linked as `kind`."""
    return f"{kind} {ref}"


def release_waiting(db: Connection, target: str, kind: str, refs: Iterable[str], at: datetime) -> int:
    """Make ready what waits only for these records of a kind on a target; what waits for another record too goes on
    waiting for that one. Link the records first. Answers how many became ready."""
    c = intent.c
    reasons = [waiting_for(kind, ref) for ref in refs]
    asked = select(c.id, c.links).where(c.target == target, c.state == fixed(State.WAITING), among(db, c.why, reasons))
    found = db.execute(asked.with_for_update()).all()
    missing = _first_missing(db, target, {row.id: row.links for row in found})
    ready = [id for id, why in missing.items() if not why]
    _set(db, ready, State.READY, "", at)
    for why in {why for why in missing.values() if why}:
        _set(db, [id for id, reason in missing.items() if reason == why], State.WAITING, why, at)
    return len(ready)


def _first_missing(db: Connection, target: str, links: Mapping[int, Mapping[str, Sequence[str]]]) -> dict[int, str]:
    """Intent id -> what it still waits for; '' when every record it points to is linked."""
    wanted: dict[str, set[str]] = {}
    for fields in links.values():
        for kind, ref in fields.values():
            wanted.setdefault(kind, set()).add(ref)
    linked = {(kind, ref) for kind, refs in wanted.items() for ref in crosswalk.remote_ids(db, target, kind, refs)}
    return {
        id: next((waiting_for(kind, ref) for kind, ref in fields.values() if (kind, ref) not in linked), "")
        for id, fields in links.items()
    }


def _set(db: Connection, ids: Sequence[int], state: State, why: str, at: datetime) -> None:
    if ids:
        changes = {"state": state, "why": why, "changed_at": at}
        db.execute(intent.update().where(among(db, intent.c.id, ids)).values(changes))


def set_state(
    db: Connection, ids: Iterable[int], state: State, why: str, at: datetime, of: Iterable[State] = ()
) -> list[int]:
    """Move intents that are not in flight (and, when given, are in one of `of`); trying starts anew.

    Answers those that moved.
    """
    c = intent.c
    movable = [among(db, c.id, ids), c.state.not_in(FLYING)]
    states = list(of)
    if states:
        movable.append(c.state.in_(states))
    changes = {
        "state": state,
        "why": why,
        "changed_at": at,
        "stopped": False,
        "tries": 0,
        "first_tried_at": None,
        "next_at": None,
    }
    return sorted(db.execute(intent.update().where(*movable).values(changes).returning(c.id)).scalars())
