"""How the work stands: the plan with its equation, what is sent, what is held, and what was read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from console.records.intent import Flow
from console.sync.latency import BUSINESS
from local_db import ledger, sketches, subjects
from local_db.questions import status as question
from local_db.store import Db

QUANTILES = (0.5, 0.95, 0.99)

OUTCOMES = ("create", "update", "close", "unchanged", "before_cutover", "not_billable", "not_yet", "dismissed")


WHOLE: Mapping[tuple[str, str], Mapping[str, str]] = {
    (Flow.DEAL_TO_PROJECT, "deal"): {"amends": ""},
    (Flow.WORK_TO_BILLING, "time_entry"): {},
    (Flow.WORK_TO_BILLING, "expense"): {},
    (Flow.WORK_TO_BILLING, "milestone"): {},
}
"""(flow, kind) of which every record in the book (with these values) has to be looked at by the flow."""


def plan_rows(db: Db) -> list[dict[str, Any]]:
    """Per flow and kind what the last plan said, and whether that is every record that was read (`conserves`)."""
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in subjects.tally(db):
        counted[each.flow, each.kind][each.outcome] += each.number
    overlooked = {place: subjects.overlooked(db, *place, where) for place, where in WHOLE.items()}
    reasons, intents = _reasons(db), _intents(db)
    places = sorted({*counted, *(place for place, number in overlooked.items() if number)})
    return [_plan_row(place, counted[place], reasons, overlooked.get(place, 0), intents) for place in places]


def _plan_row(
    place: tuple[str, str],
    parts: Counter[str],
    reasons: Mapping[tuple[str, str, str], Mapping[str, int]],
    overlooked: int,
    intents: Mapping[str, list[dict[str, Any]]],
) -> dict[str, Any]:
    flow, kind = place
    row: dict[str, Any] = {"flow": flow, "kind": kind, **{name: parts.get(name, 0) for name in OUTCOMES}}
    held, waiting = (dict(reasons.get((*place, outcome), {})) for outcome in ("hold", "waiting"))
    row |= {"hold": held, "waiting": waiting, "read": parts.total() + overlooked}
    total = sum(row[name] for name in OUTCOMES) + sum(held.values()) + sum(waiting.values())
    row["equation"] = equation(row)
    row["conserves"] = total == row["read"]
    row["intents"] = intents.get(flow, [])
    return row


def equation(row: dict[str, Any]) -> str:
    """Records read = planned + held + waiting + unchanged + not billable + before cut-over + not yet."""
    planned = row["create"] + row["update"] + row["close"]
    rest = row["not_yet"] + row["dismissed"]
    return (
        f"{row['read']} read = {planned} planned + {sum(row['hold'].values())} held + "
        f"{sum(row['waiting'].values())} waiting + {row['unchanged']} unchanged + {row['not_billable']} not billable + "
        f"{row['before_cutover']} before cut-over + {rest} not yet"
    )


def _reasons(db: Db) -> dict[tuple[str, str, str], dict[str, int]]:
    """(flow, kind, outcome) -> how many subjects for which reason."""
    found: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for each in subjects.reasons(db, ("hold", "waiting")):
        found[each.flow, each.kind, each.outcome][each.why] = each.number
    return found


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
