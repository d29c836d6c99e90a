"""One transaction across platforms: its events in order, its attempts, and where its records are."""

from __future__ import annotations

from typing import Any

from console.desk.remediation import plain
from console.records.keys import parse_ref
from local_db import attempts, crosswalk, holds, ledger, trace
from local_db import book as shelf
from local_db.attempts import AttemptRow
from local_db.ledger import IntentRow
from local_db.store import Db
from local_db.trace import TraceEvent


def traced(db: Db, name: str) -> dict[str, Any] | None:
    """The trace behind any id people have: ref, business key, remote id, intent or attempt."""
    events = trace.of(db, name)
    subject = events[0].subject if events else _subject(db, name)
    if not subject:
        return None
    intents = ledger.intents(db, subjects=[subject])
    return {
        "subject": subject,
        "record": plain(shelf.get(db, subject)),
        "events": [_event(each) for each in events],
        "intents": [_intent(each) for each in intents],
        "attempts": [_attempt(each) for each in attempts.of(db, [each.id for each in intents])],
        "links": [
            {"connection": each.connection, "kind": each.kind, "remote_id": each.remote_id, "method": each.method}
            for each in crosswalk.links(db, refs=[subject])
        ],
        "held": [each.sentence for each in holds.every(db, subjects=[subject])],
    }


def _event(event: TraceEvent) -> dict[str, Any]:
    return {
        "at": event.at.isoformat(),
        "hop": event.hop,
        "kind": event.kind,
        "what": event.what,
        "sentence": event.sentence,
        "money": plain(event.money),
        "ms": event.ms,
        "attempt": event.attempt,
    }


def _intent(intent: IntentRow) -> dict[str, Any]:
    return {
        "target": intent.target,
        "kind": intent.kind,
        "key": intent.key,
        "verb": intent.verb,
        "state": intent.state,
        "why": intent.why,
        "remote_id": intent.remote_id,
        "money": plain(intent.money),
    }


def _attempt(attempt: AttemptRow) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "at": attempt.opened_at.isoformat(),
        "outcome": attempt.outcome,
        "ms": attempt.ms,
        "trace": attempt.trace,
        "request": attempt.request,
        "answer": attempt.answer,
        "error": attempt.error,
    }


def _subject(db: Db, name: str) -> str:
    row = ledger.get(db, int(name) if name.isdigit() else name)
    if row is not None:
        return row.subject
    if name.count("/") >= 2 and shelf.get(db, name) is not None:
        return str(parse_ref(name))
    found = trace.find(db, name, limit=1)
    return found[0].subject or found[0].name if found else ""
