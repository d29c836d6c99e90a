"""Unbilled work: approved and not covered by an invoice, in its two columns."""

from __future__ import annotations

from typing import Any

from console.desk.connecting import WrongUse
from console.words import _
from local_db.questions import unbilled
from local_db.store import Db

WAYS = ("project", "customer", "legal_entity")


def rows(db: Db, by: str) -> list[dict[str, Any]]:
    """One line per project, customer or legal entity and currency, the oldest first; raises `WrongUse`."""
    if by not in WAYS:
        raise WrongUse(_("{by} is no way to group. Ways: {ways}.", by=by, ways=", ".join(WAYS)))
    return unbilled.rows(db, by)
