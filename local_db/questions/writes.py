"""Questions about writes: when something was last written to a kind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from local_db.tables.ledger import attempt


def last_write(db: Connection, target: str, kind: str) -> datetime | None:
    """When the newest attempt on a kind of a target was opened; what was read before then may lack its record."""
    return db.execute(
        select(attempt.c.opened_at)
        .where(attempt.c.target == target, attempt.c.kind == kind)
        .order_by(attempt.c.opened_at.desc())
        .limit(1)
    ).scalar()
