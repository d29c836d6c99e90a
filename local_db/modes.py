"""What Tieout may do with a kind on a connection, flow by flow: read until a named person says more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from console.records.intent import Mode
from local_db import clock, rows
from local_db.tables.firm import connection as connections
from local_db.tables.firm import mode as modes


@dataclass(frozen=True, slots=True)
class ModeRow:
    """One standing decision: who set which mode, when and why. `kind` `*` holds for every kind of the flow."""

    connection: str
    flow: str
    kind: str
    mode: Mode
    actor: str
    reason: str
    set_at: datetime


_SHAPE = rows.Shape(ModeRow)
_MAY_WRITE = (Mode.WRITE,)


def mode_of(db: Connection, connection: str, flow: str, kind: str) -> Mode:
    """The mode that holds now: the kind's own, else the flow's (`*`), else `read`; `propose` at most in quarantine."""
    c = modes.c
    asked = (
        select(c.kind, c.mode, connections.c.quarantined)
        .select_from(modes.outerjoin(connections, connections.c.id == c.connection))
        .where(and_(c.connection == connection, c.flow == flow, or_(c.kind == kind, c.kind == "*")))
    )
    found = {row.kind: row for row in db.execute(asked)}
    row = found.get(kind) or found.get("*")
    if row is None:
        return Mode.READ
    mode = Mode(row.mode)
    return Mode.PROPOSE if row.quarantined and mode in _MAY_WRITE else mode


def set_mode(db: Connection, connection: str, flow: str, kind: str, mode: Mode, actor: str, reason: str) -> None:
    """Decide a mode. Who and why are kept on the row; the audit entry is the caller's."""
    row = ModeRow(connection, flow, kind, mode, actor, reason, clock.now())
    rows.insert(db, modes, _SHAPE, [row], keys=("connection", "flow", "kind"))


def every(db: Connection) -> list[ModeRow]:
    """All decisions as they were made, quarantine not applied."""
    c = modes.c
    return _SHAPE.of(db.execute(select(*_SHAPE.selected(modes)).order_by(c.connection, c.flow, c.kind)))
