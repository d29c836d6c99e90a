"""The write claim of a tenant: one workspace at a time may write to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from local_db import rows
from local_db.columns import stamp
from local_db.rows import Shape
from local_db.tables.firm import write_claim


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


_SHAPE = Shape(WriteClaim)


def take(
    db: Connection, tenant: str, workspace: str, holder: str, actor: str, reason: str, now: datetime, seconds: float
) -> WriteClaim | None:
    """Take or renew the claim; None when another holder has it (ask `holder_of`)."""
    until = now + timedelta(seconds=seconds)
    new = WriteClaim(tenant, workspace, holder, actor, reason, 1, now, until)
    sql = rows.insert_sql(db, write_claim, _SHAPE.columns) + rows.marked(
        db,
        " ON CONFLICT (tenant) DO UPDATE SET workspace = excluded.workspace, holder = excluded.holder,"
        " actor = excluded.actor, reason = excluded.reason, until = excluded.until,"
        " fence = write_claim.fence + CASE WHEN write_claim.holder = excluded.holder THEN 0 ELSE 1 END,"
        " taken_at = CASE WHEN write_claim.holder = excluded.holder THEN write_claim.taken_at"
        " ELSE excluded.taken_at END"
        " WHERE write_claim.holder = excluded.holder OR write_claim.until <= ?",
    )
    if not rows.write(db, sql, [(*_SHAPE.row(new), stamp(now))]):
        return None
    return holder_of(db, tenant, now)


def release(db: Connection, tenant: str, holder: str) -> bool:
    c = write_claim.c
    return bool(db.execute(write_claim.delete().where(c.tenant == tenant, c.holder == holder)).rowcount)


def holder_of(db: Connection, tenant: str, now: datetime) -> WriteClaim | None:
    c = write_claim.c
    found = db.execute(select(*_SHAPE.selected(write_claim)).where(c.tenant == tenant, c.until > now)).first()
    return None if found is None else _SHAPE.value(found)
