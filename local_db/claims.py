"""The write claim of a tenant: one workspace at a time may write to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class WriteClaim:
    """`tenant` is its tag; the claim holds until `until` unless renewed."""

    tenant: str
    workspace: str
    holder: str
    actor: str
    reason: str
    fence: int
    taken_at: datetime
    until: datetime


def take(
    db: Connection, tenant: str, workspace: str, holder: str, actor: str, reason: str, now: datetime, seconds: float
) -> WriteClaim | None:
    """Take or renew the claim; None when another holder has it (ask `holder_of`)."""
    ...


def release(db: Connection, tenant: str, holder: str) -> bool: ...


def holder_of(db: Connection, tenant: str, now: datetime) -> WriteClaim | None: ...
