"""One transaction across platforms: its events in order, its attempts, and where its records are."""

from __future__ import annotations

from typing import Any

from console.desk.remediation import plain
from console.records.keys import parse_ref
from local_db import attempts, crosswalk, holds, ledger, trace
from local_db import book as shelf
from local_db.store import Db


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
        "events": [
            {
                "at": each.at.isoformat(),
                "hop": each.hop,
                "kind": each.kind,
                "what": each.what,
                "sentence": each.sentence,
                "money": plain(each.money),
                "ms": each.ms,
                "attempt": each.attempt,
            }
            for each in events
        ],
        "intents": [
            {
                "target": each.target,
                "kind": each.kind,
                "key": each.key,
                "verb": each.verb,
                "state": each.state,
                "why": each.why,
                "remote_id": each.remote_id,
                "money": plain(each.money),
            }
            for each in intents
        ],
        "attempts": [
            {
                "number": each.number,
                "at": each.opened_at.isoformat(),
                "outcome": each.outcome,
                "ms": each.ms,
                "trace": each.trace,
                "request": each.request,
                "answer": each.answer,
                "error": each.error,
            }
            for each in attempts.of(db, [each.id for each in intents])
        ],
        "links": [
            {"connection": each.connection, "kind": each.kind, "remote_id": each.remote_id, "method": each.method}
            for each in crosswalk.links(db, refs=[subject])
        ],
        "held": [each.sentence for each in holds.every(db, subjects=[subject])],
    }


def _subject(db: Db, name: str) -> str:
    row = ledger.get(db, int(name) if name.isdigit() else name)
    if row is not None:
        return row.subject
    if name.count("/") >= 2 and shelf.get(db, name) is not None:
        return str(parse_ref(name))
    found = trace.find(db, name, limit=1)
    return found[0].subject or found[0].name if found else ""
