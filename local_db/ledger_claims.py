"""Claims: who carries out which intent until when, and the attempt that is written down before a byte leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from console.records.intent import Verb
from console.records.money import Money


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


def claim(
    db: Connection, target: str, limit: int, worker: str, lease_seconds: float, now: datetime
) -> list[Claimed]:
    """Take ready intents of a target whose time has come: customers before projects before lines, then oldest first.

    At most one write is in flight per target record.
    """
    ...


def open_attempts(db: Connection, openings: Sequence[Opening], at: datetime) -> list[int]:
    """Write attempts down, in order; answers their ids. Commit before a byte leaves."""
    ...


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
    ...


def give_back(db: Connection, claimed: Sequence[Claimed], now: datetime) -> None:
    """Return intents of which nothing was sent; they are ready again."""
    ...


def renew(db: Connection, claimed: Sequence[Claimed], lease_seconds: float, now: datetime) -> list[int]:
    """Lengthen leases still held; answers the ids of those already lost."""
    ...


def unknown_due(
    db: Connection, target: str, now: datetime, worker: str, lease_seconds: float, limit: int = 200
) -> list[Claimed]:
    """Take unknown intents whose settling time has passed, with a new fence, to look them up."""
    ...


def accepted(
    db: Connection, target: str, now: datetime, worker: str, lease_seconds: float, limit: int = 200
) -> list[Claimed]:
    """Take accepted intents that are due for a poll, with a new fence."""
    ...


def expire_leases(db: Connection, now: datetime, settling_seconds: float = 120.0) -> list[int]:
    """Sent intents whose worker went quiet become unknown, to be looked up after the settling time."""
    ...


def next_due(db: Connection, target: str) -> datetime | None:
    """When the earliest ready, unknown or accepted intent of a target becomes due; None when there is none."""
    ...
