"""Claims: who carries out which intent until when, and the attempt that is written down before a byte leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, text

from console.records.intent import State, Verb
from console.records.money import Money
from local_db import rows
from local_db.columns import dump, stamp
from local_db.ledger_rows import FLYING, flying
from local_db.rows import Shape, among, fixed
from local_db.tables.ledger import attempt, intent


@dataclass(frozen=True, slots=True)
class Claimed:
    """An intent in this worker's hands until `lease_until`, under `fence`.

    `links` is field -> (kind, ref); `unsure` means an earlier attempt may have been stored: look before sending.
    `attempt` is the last attempt's id (0: none), `request` what it carried, `token` its attempt key.
    """

    id: int
    flow: str
    subject: str
    ref: str
    target: str
    kind: str
    key: str
    verb: Verb
    rank: int
    body: Mapping[str, Any]
    body_hash: str
    links: Mapping[str, Sequence[str]]
    confirmed: Mapping[str, Any] | None
    remote_id: str
    remote_version: str
    source_version: str
    job: str
    money: Money | None
    on_day: date | None
    legal_entity: str
    adjusts: str
    critical: bool
    unsure: bool
    planned_at: datetime
    tries: int
    first_tried_at: datetime | None
    lease_until: datetime | None
    fence: int
    worker: str
    attempt: int = 0
    token: str = ""
    request: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """An attempt to write down: the attempt key and the request as it will leave, secrets struck out."""

    claimed: Claimed
    token: str
    request: Mapping[str, Any]
    actor: str = ""
    trace: str = ""


_SHAPE = Shape(Claimed, without=("id",), elsewhere=("attempt", "token", "request"))


def claim(db: Connection, target: str, limit: int, worker: str, lease_seconds: float, now: datetime) -> list[Claimed]:
    """Take ready intents of a target whose time has come: customers before projects before lines, then oldest first.

    At most one write is in flight per target record.
    """
    _alone(db, target)
    wait = "" if db.dialect.name == "sqlite" else " FOR UPDATE SKIP LOCKED"
    chosen: dict[tuple[str, str], int] = {}
    for id, kind, remote_id in rows.ask(db, _READY + wait, target, stamp(now), limit):
        chosen.setdefault((kind, remote_id or f"new {id}"), id)
    return _take(db, list(chosen.values()), worker, lease_seconds, now, _TRIED, stamp(now))


_READY = """
    SELECT id, kind, remote_id FROM intent
    WHERE target = ? AND state = 'ready' AND (next_at IS NULL OR next_at <= ?) AND (remote_id = '' OR NOT EXISTS (
        SELECT 1 FROM intent AS other WHERE other.target = intent.target AND other.kind = intent.kind
        AND other.remote_id = intent.remote_id AND other.state IN ('sent', 'unknown', 'accepted')))
    ORDER BY rank, planned_at, id LIMIT ?
"""
_TRIED = ", state = 'sent', tries = tries + 1, next_at = NULL, first_tried_at = coalesce(first_tried_at, ?)"


def _alone(db: Connection, target: str) -> None:
    """Let one worker at a time choose from a target's intents (SQLite's writers are alone anyway)."""
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:target, 11))"), {"target": target})


def _take(
    db: Connection,
    ids: Sequence[int],
    worker: str,
    lease_seconds: float,
    now: datetime,
    also: str = "",
    *parameters: Any,
) -> list[Claimed]:
    """Put a new fence and lease on intents; `also` is what else is set, with its parameters."""
    if not ids:
        return []
    until = stamp(now + timedelta(seconds=lease_seconds))
    columns = ", ".join(rows.quoted(db, _SHAPE.read_columns))
    taken = (
        f"UPDATE intent SET fence = fence + 1, worker = ?, lease_until = ?, changed_at = ?{also}"
        f" WHERE id {rows.one_of(db)} RETURNING {columns}"
    )
    found = rows.ask(db, taken, worker, until, stamp(now), *parameters, rows.listed(db, ids))
    mine = {each.id: each for each in _SHAPE.of(found)}
    return [mine[id] for id in ids]


def open_attempts(db: Connection, openings: Sequence[Opening], at: datetime) -> list[int]:
    """Write attempts down, in order; answers their ids, 0 where the fence was lost. Commit before a byte leaves."""
    now = stamp(at)
    ours = f"SELECT id, fence FROM intent WHERE id {rows.one_of(db)} AND lease_until > ?"
    held = {row[0]: row[1] for row in rows.ask(db, ours, rows.listed(db, [each.claimed.id for each in openings]), now)}
    mine = [_attempt(each, now) for each in openings if held.get(each.claimed.id) == each.claimed.fence]
    if not mine:
        return [0] * len(openings)
    row = f"({', '.join('?' * len(_ATTEMPT))})"
    columns = ", ".join(rows.quoted(db, _ATTEMPT))
    written = f"INSERT INTO attempt ({columns}) VALUES {', '.join([row] * len(mine))} RETURNING intent, id"
    ids = {answer[0]: answer[1] for answer in rows.ask(db, written, *(value for line in mine for value in line))}
    return [ids.get(each.claimed.id, 0) for each in openings]


_ATTEMPT = (
    "intent",
    "number",
    "token",
    "verb",
    "target",
    "kind",
    "remote_id",
    "body_hash",
    "request",
    "opened_at",
    "trace",
    "worker",
    "actor",
    "fence",
)


def _attempt(opening: Opening, now: str) -> tuple[Any, ...]:
    claimed = opening.claimed
    return (
        claimed.id,
        claimed.tries,
        opening.token,
        claimed.verb.value,
        claimed.target,
        claimed.kind,
        claimed.remote_id,
        claimed.body_hash,
        dump(opening.request),
        now,
        opening.trace,
        claimed.worker,
        opening.actor,
        claimed.fence,
    )


def claim_and_open(
    db: Connection,
    target: str,
    limit: int,
    worker: str,
    lease_seconds: float,
    now: datetime,
    opening: Callable[[Claimed], Opening | None],
) -> list[Claimed]:
    """Claim and write down the attempts in one step; `opening` answers None to give an intent back as ready."""
    claimed = claim(db, target, limit, worker, lease_seconds, now)
    answers = [(each, opening(each)) for each in claimed]
    give_back(db, [each for each, answer in answers if answer is None], now)
    openings = [answer for _each, answer in answers if answer is not None]
    ids = open_attempts(db, openings, now)
    return [
        replace(each.claimed, attempt=id, token=each.token, request=each.request)
        for each, id in zip(openings, ids, strict=True)
    ]


def give_back(db: Connection, claimed: Sequence[Claimed], now: datetime) -> None:
    """Return intents of which nothing was sent; they are ready again."""
    mark = rows.marked(
        db,
        "UPDATE intent SET state = 'ready', tries = tries - 1, lease_until = NULL, changed_at = ?"
        " WHERE id = ? AND fence = ? AND state = 'sent'",
    )
    rows.write(db, mark, [(stamp(now), each.id, each.fence) for each in claimed])


def renew(db: Connection, claimed: Sequence[Claimed], lease_seconds: float, now: datetime) -> list[int]:
    """Lengthen leases still held; answers the ids of those already lost."""
    c = intent.c
    until = now + timedelta(seconds=lease_seconds)
    lost = []
    for each in claimed:
        mine = (c.id == each.id, c.fence == each.fence, c.lease_until > now, c.state.in_(FLYING))
        if not db.execute(intent.update().where(*mine).values(lease_until=until)).rowcount:
            lost.append(each.id)
    return lost


def unknown_due(
    db: Connection, target: str, now: datetime, worker: str, lease_seconds: float, limit: int = 200
) -> list[Claimed]:
    """Take unknown intents whose settling time has passed, with a new fence, to look them up."""
    return _take_up(db, target, State.UNKNOWN, now, worker, lease_seconds, limit)


def accepted(
    db: Connection, target: str, now: datetime, worker: str, lease_seconds: float, limit: int = 200
) -> list[Claimed]:
    """Take accepted intents that are due for a poll, with a new fence."""
    return _take_up(db, target, State.ACCEPTED, now, worker, lease_seconds, limit)


def _take_up(
    db: Connection, target: str, state: State, now: datetime, worker: str, lease_seconds: float, limit: int
) -> list[Claimed]:
    _alone(db, target)
    c = intent.c
    free = or_(c.lease_until.is_(None), c.lease_until <= now)
    due = or_(c.next_at.is_(None), c.next_at <= now)
    asked = select(c.id).where(c.target == target, flying(), c.state == state, free, due)
    asked = asked.order_by(c.next_at, c.id).limit(limit).with_for_update(skip_locked=True)
    return _with_attempts(db, _take(db, list(db.execute(asked).scalars()), worker, lease_seconds, now))


def _with_attempts(db: Connection, claimed: Sequence[Claimed]) -> list[Claimed]:
    a = attempt.c
    asked = select(a.intent, a.id, a.token, a.request).where(among(db, a.intent, [each.id for each in claimed]))
    last = {row.intent: row for row in db.execute(asked.order_by(a.id))}
    return [
        replace(each, attempt=last[each.id].id, token=last[each.id].token, request=last[each.id].request)
        if each.id in last
        else each
        for each in claimed
    ]


def expire_leases(db: Connection, now: datetime, settling_seconds: float = 120.0) -> list[int]:
    """Sent intents whose worker went quiet: unknown when an attempt was written down, to be looked up after the
    settling time; ready again when none was. Answers the unknown ones."""
    c, a = intent.c, attempt.c
    lost = (flying(), c.state == State.SENT, c.lease_until <= now)
    tried = select(a.id).where(a.intent == c.id, a.fence == c.fence).exists()
    back = {"state": State.READY, "tries": c.tries - 1, "lease_until": None, "changed_at": now}
    db.execute(intent.update().where(*lost, ~tried).values(back))
    unknown = {
        "state": State.UNKNOWN,
        "unsure": True,
        "lease_until": None,
        "next_at": now + timedelta(seconds=settling_seconds),
        "changed_at": now,
    }
    return sorted(db.execute(intent.update().where(*lost).values(unknown).returning(c.id)).scalars())


def end_leases(db: Connection, worker: str, now: datetime) -> None:
    """The leases of a worker that is known to be dead are over."""
    c = intent.c
    theirs = (flying(), c.worker == worker, c.lease_until > now)
    db.execute(intent.update().where(*theirs).values(lease_until=now))


def next_due(db: Connection, target: str) -> datetime | None:
    """When the earliest ready, unknown or accepted intent of a target becomes due; None when there is none."""
    c = intent.c
    due = func.min(func.coalesce(c.next_at, c.planned_at), type_=c.next_at.type)
    soonest = (
        db.execute(select(due).where(c.target == target, where)).scalar()
        for where in (c.state == fixed(State.READY), and_(flying(), c.state != State.SENT))
    )
    return min((each for each in soonest if each is not None), default=None)
