"""What a person may do to a standing intent: take what is there as agreed, or let go of a record that is gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from console.records.intent import State
from local_db import columns
from local_db.tables.ledger import intent

_FLYING = (State.SENT.value, State.UNKNOWN.value, State.ACCEPTED.value)


def rebase(db: Connection, id: int, confirmed: Mapping[str, Any], at: datetime) -> None:
    """Take `confirmed` ({"sent", "stored"}) as what was agreed last; nothing happens to a write in flight."""
    db.execute(
        update(intent)
        .where(intent.c.id == id, intent.c.state.not_in(_FLYING))
        .values(
            confirmed=confirmed,
            confirmed_hash=columns.digest(columns.canonical(confirmed)),
            state=State.PLANNED.value,
            changed_at=at,
        )
    )


def disown(db: Connection, id: int, at: datetime) -> None:
    """The record this intent stood for is gone and may be made again."""
    db.execute(
        update(intent)
        .where(intent.c.id == id, intent.c.state.not_in(_FLYING))
        .values(
            confirmed=None,
            confirmed_hash="",
            remote_id="",
            remote_version="",
            state=State.PLANNED.value,
            changed_at=at,
        )
    )


def not_stored(db: Connection, id: int, at: datetime) -> None:
    """A person says that the write whose answer was lost never arrived: it may be sent without looking for it."""
    db.execute(
        update(intent).where(intent.c.id == id, intent.c.state.not_in(_FLYING)).values(unsure=False, changed_at=at)
    )
