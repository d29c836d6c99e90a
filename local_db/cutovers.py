"""Cut-over dates: what lies before one is read and reported, never created or billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from local_db import clock, rows
from local_db.tables.firm import cutover


@dataclass(frozen=True, slots=True)
class CutoverRow:
    """From `starts_on` (inclusive) on, a flow works for a legal entity (by name)."""

    flow: str
    legal_entity: str
    starts_on: date
    actor: str
    reason: str
    set_at: datetime


_SHAPE = rows.Shape(CutoverRow)


def set_cutover(db: Connection, flow: str, legal_entity: str, on: date, actor: str, reason: str) -> None:
    row = CutoverRow(flow, legal_entity, on, actor, reason, clock.now())
    rows.insert(db, cutover, _SHAPE, [row], keys=("flow", "legal_entity"))


def rows_of(db: Connection) -> list[CutoverRow]:
    """All cut-overs with who set them and why."""
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(cutover)).order_by(cutover.c.flow, cutover.c.legal_entity)))


def every(db: Connection) -> dict[tuple[str, str], date]:
    """(flow, legal entity) -> its first day."""
    return {(row.flow, row.legal_entity): row.starts_on for row in rows_of(db)}
