"""The one door: one standing intent per record we want on a platform, planned again and again, sent once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from console.records.intent import Body, State, Verb
from console.records.money import Money
from console.records.problem import Problem


@dataclass(frozen=True, slots=True)
class Decision:
    """What the planner decided for one wanted record.

    The fields of `Wanted` (`ref` is the record it mirrors and is linked under), then `verb`, `state` (planned, waiting, ready, held, withdrawn, dismissed, done) and, for
    people, `why`: what it waits for (`kind ref`, `not read yet`) or a problem's code. `problems` opens holds when the
    state is held; any other state ends this record's holds. `remote_id` and `remote_version` when the record is known;
    `confirmed` what the platform is known to have stored (None: leave as it was).
    """

    flow: str
    subject: str
    ref: str
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


@dataclass(frozen=True, slots=True)
class IntentRow:
    """One standing intent. `body` holds `{"$link": [kind, ref]}` where it points to another record, `links` the same
    by field. `confirmed` is what the platform stored, read back. `unsure`: an earlier attempt's outcome was never
    learned. `next_body`: a newer plan that waits until this write has settled."""

    id: int
    flow: str
    subject: str
    ref: str
    target: str
    kind: str
    key: str
    verb: Verb
    state: State
    why: str
    rank: int
    body: Mapping[str, Any]
    body_hash: str
    links: Mapping[str, Sequence[str]]
    next_body: Mapping[str, Any] | None
    confirmed: Mapping[str, Any] | None
    confirmed_hash: str
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
    plan_id: str
    planned_at: datetime
    tries: int
    first_tried_at: datetime | None
    next_at: datetime | None
    lease_until: datetime | None
    fence: int
    worker: str
    changed_at: datetime
    done_at: datetime | None


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


def save_plan(db: Connection, decisions: Iterable[Decision], at: datetime, plan_id: str = "") -> None:
    """Save decisions: new intents, changed ones, and the holds of those that are held.

    A row in flight (sent, unknown, accepted) keeps its body; a differing decision is noted as `next_body` and its
    subject is planned again once the write has settled. An equal decision changes nothing.
    """
    ...


def get(db: Connection, id: int | str) -> IntentRow | None:
    """An intent by its id or by its business key (the newest, when several kinds carry it)."""
    ...


def by_keys(db: Connection, target: str, kind: str, keys: Iterable[str]) -> dict[str, IntentRow]:
    """Business key -> its intent."""
    ...


def intents(
    db: Connection,
    *,
    flow: str = "",
    target: str = "",
    kind: str = "",
    states: Iterable[State] = (),
    subjects: Iterable[str] | None = None,
    keys: Iterable[str] | None = None,
    why: str = "",
    after_id: int = 0,
    limit: int | None = None,
) -> list[IntentRow]:
    """Intents by any of these, in the order of their ids."""
    ...


def counts(db: Connection, flow: str = "") -> list[Count]: ...


def writes_today(db: Connection, target: str, kind: str, remote_ids: Iterable[str], at: datetime) -> dict[str, int]:
    """Remote id -> writes that reached it in the last 24 hours (the loop rule)."""
    ...


def release_waiting(db: Connection, target: str, kind: str, refs: Iterable[str], at: datetime) -> int:
    """Make ready what waits only for these records of a kind on a target. Answers how many."""
    ...


def set_state(
    db: Connection, ids: Iterable[int], state: State, why: str, at: datetime, of: Iterable[State] = ()
) -> list[int]:
    """Move intents that are not in flight (and, when given, in one of `of`). Answers those that moved."""
    ...
