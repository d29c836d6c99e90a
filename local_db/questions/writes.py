"""Questions about writes: when something was last written to a kind, and how much."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from local_db.tables.ledger import attempt


def last_write(db: Connection, target: str, kind: str) -> datetime | None:
    """When the newest attempt on a kind of a target was opened; what was read before then may lack its record."""
    return db.execute(
        select(attempt.c.opened_at)
        .where(attempt.c.target == target, attempt.c.kind == kind)
        .order_by(attempt.c.opened_at.desc())
        .limit(1)
    ).scalar()


def creates_since(db: Connection, at: datetime) -> dict[tuple[str, str], int]:
    """(target, kind) -> how many records were created by attempts opened since an instant."""
    c = attempt.c
    made = (c.opened_at >= at, c.verb == "create", c.outcome.in_(("done", "late_done")))
    asked = select(c.target, c.kind, func.count()).where(*made).group_by(c.target, c.kind)
    return {(row[0], row[1]): row[2] for row in db.execute(asked)}
