"""The remediation queue: problems, the records that have them, and one record with all that is known of it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from console.records.keys import parse_ref
from console.records.money import Money
from local_db import attempts, holds, ledger, notes, overrides
from local_db import book as shelf
from local_db.holds import HoldRow
from local_db.store import Db


def plain(value: Any) -> Any:
    """A record or value as JSON shows it: money as {"amount", "currency"}, days as ISO text."""
    if isinstance(value, Money):
        return {"amount": f"{value.amount:f}", "currency": value.currency}
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return value


def row(hold: HoldRow) -> dict[str, Any]:
    """One line of the queue."""
    return {
        "id": hold.id,
        "problem": hold.problem,
        "sentence": hold.sentence,
        "remedy": hold.remedy,
        "who": hold.who,
        "owner": hold.owner,
        "flow": hold.flow,
        "subject": hold.subject,
        "target": hold.target,
        "kind": hold.kind,
        "key": hold.key,
        "field": hold.field,
        "money": plain(hold.money),
        "on": plain(hold.on_day),
        "legal_entity": hold.legal_entity,
        "opened_at": hold.opened_at.isoformat(),
        "assignee": hold.assignee,
    }


def problems(db: Db) -> list[dict[str, Any]]:
    """The same failure once: how many, what money, since when."""
    return [
        {
            "problem": each.problem,
            "count": each.number,
            "money": plain(each.money),
            "oldest": each.oldest.isoformat(),
        }
        for each in holds.by_problem(db)
    ]


def queue(db: Db, problem: str = "", limit: int = 100_000) -> list[dict[str, Any]]:
    return [row(each) for each in holds.every(db, problem=problem, limit=limit)]


def show(db: Db, id: int) -> dict[str, Any] | None:
    """One hold: the record it is about, people's edits over it, what was tried, and notes."""
    hold = holds.get(db, id)
    if hold is None:
        return None
    record = shelf.get(db, hold.subject) if "*" not in hold.subject else None
    intent = ledger.by_keys(db, hold.target, hold.kind, [hold.key]).get(hold.key) if hold.key else None
    return {
        **row(hold),
        "ended": hold.ended_why,
        "record": plain(record),
        "fields": sorted(each.name for each in fields(record)) if record is not None else [],
        "edits": [
            {"field": each.field, "value": each.value, "reason": each.reason, "by": each.actor}
            for each in overrides.of(db, [hold.subject]).get(hold.subject, ())
        ],
        "wanted": dict(hold.body),
        "confirmed": dict(intent.confirmed) if intent and intent.confirmed else None,
        "state": intent.state if intent else "",
        "attempts": [
            {"at": each.opened_at.isoformat(), "outcome": each.outcome, "error": each.error}
            for each in (attempts.of(db, [intent.id]) if intent else ())
        ],
        "notes": [{"text": each.text, "by": each.actor} for each in notes.about(db, f"hold/{id}")],
    }


def open_of(db: Db, name: str) -> list[HoldRow]:
    """Open holds by number, subject ref, business key, remote id or problem code."""
    if name.isdigit() and (found := holds.get(db, int(name))) is not None and found.ended_at is None:
        return [found]
    return [
        each
        for each in holds.every(db)
        if name in (each.subject, each.key, each.problem, each.ref)
        or ("/" in each.subject and parse_ref(each.subject).remote_id == name)
    ]
