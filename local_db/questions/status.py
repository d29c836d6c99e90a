"""How the workspace stands at a glance: what is read, planned, under way, held, and how old the oldest of it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from console.records.intent import State
from local_db import connections, coverage, holds, subjects
from local_db.columns import instant
from local_db.connections import ConnectionRow
from local_db.coverage import Coverage, CoverageState
from local_db.holds import ProblemCount
from local_db.rows import as_stored
from local_db.subjects import Tally
from local_db.tables.ledger import intent


@dataclass(frozen=True, slots=True)
class Under:
    """Intents of one flow in one state, and since when the oldest has been in it."""

    flow: str
    state: State
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """Everything the status line and `status --json` show. `doubtful` are reads that are not believed."""

    connections: list[ConnectionRow]
    doubtful: list[Coverage]
    intents: list[Under]
    holds: list[ProblemCount]
    waiting: dict[str, int]
    outcomes: list[Tally]


def status(db: Connection) -> Status:
    """How the workspace stands, from one snapshot."""
    return Status(
        connections.every(db),
        [each for each in coverage.every(db) if each.state is CoverageState.SUSPECT],
        _intents(db),
        holds.by_problem(db),
        subjects.waiting(db),
        subjects.tally(db),
    )


def _intents(db: Connection) -> list[Under]:
    c = intent.c
    oldest = func.min(as_stored(c.changed_at))
    asked = select(c.flow, c.state, func.count(), oldest).group_by(c.flow, c.state).order_by(c.flow, c.state)
    return [Under(flow, State(state), number, instant(since)) for flow, state, number, since in db.execute(asked)]
