"""Business latency: how long it took from what happened in the source to its record in the target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from console.records.keys import parse_ref
from console.records.kinds import book_kind
from local_db import book as shelf
from local_db.ledger_claims import Claimed
from local_db.sketches import Timing, add_many
from local_db.store import Db

BUSINESS = "business"
"""The verb under which sketches keep business latency, beside the calls of each connection."""


def note(db: Db, landed: Sequence[Claimed], at: datetime) -> None:
    """Add, for each record that landed, the time since its source last changed (was won, was approved)."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for each in landed:
        by_kind[book_kind(parse_ref(each.subject).kind)].append(each.subject)
    changed = {
        record.ref: record.modified_at
        for kind, refs in by_kind.items()
        for record in shelf.current(db, kind, refs=set(refs))
    }
    add_many(
        db,
        [
            Timing(at, each.target, each.flow, each.kind, BUSINESS, _since(changed[each.subject], at))
            for each in landed
            if changed.get(each.subject)
        ],
    )


def _since(stamp: str, at: datetime) -> float:
    """Milliseconds; a source whose clock runs ahead of ours counts as none."""
    return max(0.0, (at - datetime.fromisoformat(stamp)).total_seconds() * 1000)
