"""Unbilled work: approved and not covered by an invoice, in its two columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from console.desk.connecting import WrongUse
from console.words import _
from local_db.questions.unbilled import Unbilled, unbilled
from local_db.store import Db

WAYS: Mapping[str, str] = {"project": "project_name", "customer": "customer_name", "legal_entity": "legal_entity"}


def rows(db: Db, by: str) -> list[dict[str, Any]]:
    """One line per project, customer or legal entity and currency; money as decimal text, hours as a number."""
    if by not in WAYS:
        raise WrongUse(_("{by} is no way to group. Ways: {ways}.", by=by, ways=", ".join(WAYS)))
    grouped: dict[tuple[str, str], list[Unbilled]] = defaultdict(list)
    for each in unbilled(db, datetime.now(UTC)):
        grouped[str(getattr(each, WAYS[by])), each.currency].append(each)
    return [_row(by, name, currency, found) for (name, currency), found in sorted(grouped.items())]


def _row(by: str, name: str, currency: str, found: list[Unbilled]) -> dict[str, Any]:
    waiting = sum((each.in_erp.amount + each.on_draft.amount for each in found), start=Decimal(0))
    missing = sum((each.not_in_erp.amount for each in found), start=Decimal(0))
    days = [each.oldest for each in found if each.oldest is not None]
    return {
        by: name,
        "currency": currency,
        "not_in_erp": f"{missing:f}",
        "in_erp_not_invoiced": f"{waiting:f}",
        "invoiced": f"{sum((each.invoiced.amount for each in found), start=Decimal(0)):f}",
        "hours": round(sum(each.minutes_unbilled for each in found) / 60, 2),
        "oldest": min(days).isoformat() if days else None,
    }
