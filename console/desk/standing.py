"""How the work stands: the plan with its equation, what is sent, what is held, and what was read."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from console.sync.latency import BUSINESS
from local_db import ledger, sketches, subjects
from local_db.questions import status as question
from local_db.store import Db

QUANTILES = (0.5, 0.95, 0.99)

OUTCOMES = ("create", "update", "close", "unchanged", "before_cutover", "not_billable", "not_yet", "dismissed")


def plan_rows(db: Db) -> list[dict[str, Any]]:
    """Per flow and kind what the last plan said; `read` is the sum of all its parts, and `conserves` says so."""
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in subjects.tally(db):
        counted[each.flow, each.kind][each.outcome] += each.number
    reasons = _reasons(db)
    intents = _intents(db)
    rows = []
    for (flow, kind), parts in sorted(counted.items()):
        held = {
            why: number
            for (named, about, outcome, why), number in reasons.items()
            if (named, about, outcome) == (flow, kind, "hold")
        }
        waiting = {
            why: number
            for (named, about, outcome, why), number in reasons.items()
            if (named, about, outcome) == (flow, kind, "waiting")
        }
        row: dict[str, Any] = {"flow": flow, "kind": kind, **{name: parts.get(name, 0) for name in OUTCOMES}}
        row |= {"hold": held, "waiting": waiting, "read": parts.total()}
        total = sum(row[name] for name in OUTCOMES) + sum(held.values()) + sum(waiting.values())
        row["equation"] = equation(row)
        row["conserves"] = total == row["read"]
        row["intents"] = intents.get(flow, [])
        rows.append(row)
    return rows


def equation(row: dict[str, Any]) -> str:
    """Records read = planned + held + waiting + unchanged + not billable + before cut-over + not yet."""
    planned = row["create"] + row["update"] + row["close"]
    rest = row["not_yet"] + row["dismissed"]
    return (
        f"{row['read']} read = {planned} planned + {sum(row['hold'].values())} held + "
        f"{sum(row['waiting'].values())} waiting + {row['unchanged']} unchanged + {row['not_billable']} not billable + "
        f"{row['before_cutover']} before cut-over + {rest} not yet"
    )


def _reasons(db: Db) -> dict[tuple[str, str, str, str], int]:
    return {
        (each.flow, each.kind, each.outcome, each.why): each.number
        for each in subjects.reasons(db, ("hold", "waiting"))
    }


def _intents(db: Db) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in ledger.counts(db):
        found[each.flow].append(
            {
                "target": each.target,
                "kind": each.kind,
                "verb": each.verb,
                "state": each.state,
                "why": each.why,
                "count": each.number,
                "money": None if each.money is None else {each.money.currency: f"{each.money.amount:f}"},
            }
        )
    return found


def status(db: Db) -> dict[str, Any]:
    """The state of the workspace at a glance."""
    found = question.status(db)
    states: Counter[str] = Counter()
    for each in found.intents:
        states[each.state.value] += each.number
    held: Counter[str] = Counter()
    money: dict[str, dict[str, str]] = defaultdict(dict)
    for problem in found.holds:
        held[problem.problem] += problem.number
        if problem.money is not None:
            money[problem.problem][problem.currency] = f"{problem.money.amount:f}"
    return {
        "connections": [
            {
                "id": row.id,
                "state": row.state,
                "sentence": row.sentence,
                "last_success": row.last_success.isoformat() if row.last_success else None,
            }
            for row in found.connections
        ],
        "doubtful": [
            {"connection": each.connection, "kind": each.kind, "sentence": each.sentence} for each in found.doubtful
        ],
        "intents": dict(states),
        "held": dict(held),
        "held_money": dict(money),
        "to_plan": found.waiting,
        "latency": latency(db),
    }


def latency(db: Db) -> list[dict[str, Any]]:
    """Business latency of the last 30 days per flow and kind: seconds from the source's change to its record."""
    until = datetime.now(UTC)
    by_flow: dict[tuple[str, str], list[sketches.SketchRow]] = defaultdict(list)
    for row in sketches.between(db, until - timedelta(days=30), until + timedelta(hours=1), verb=BUSINESS):
        by_flow[row.flow, row.kind].append(row)
    rows = []
    for (flow, kind), found in sorted(by_flow.items()):
        p50, p95, p99 = (None if ms is None else round(ms / 1000, 1) for ms in sketches.percentiles(found, QUANTILES))
        count = sum(each.count for each in found)
        rows.append({"flow": flow, "kind": kind, "count": count, "p50": p50, "p95": p95, "p99": p99})
    return rows
