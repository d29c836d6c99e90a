"""What a standing intent holds, for those who plan, claim, close and show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement

from console.records.intent import State, Verb
from console.records.money import Money
from local_db.rows import Shape, fixed
from local_db.tables.ledger import intent

FLYING = (State.SENT, State.UNKNOWN, State.ACCEPTED)
"""States of a write that is under way: nothing may change it but its result."""


def flying() -> ColumnElement[bool]:
    """The intents under way, as the index of them says it."""
    return intent.c.state.in_([fixed(each) for each in FLYING])


@dataclass(frozen=True, slots=True)
class IntentRow:
    """One standing intent.

    `body` holds `{"$link": [kind, ref]}` where it points to another record, `links` the same by field. `confirmed`
    is what the platform stored, read back; `confirmed_hash` equals `body_hash` exactly when what is wanted has been
    confirmed. `unsure`: an earlier attempt's outcome was never learned. `stopped`: held by an answer, not by the
    plan. `next_body`: a newer plan that waits until this write has settled.
    """

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
    stopped: bool
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


SHAPE = Shape(IntentRow, without=("id",))
