"""What the mapping file cannot say: the currency of an organisation that has only one is not on its records."""

from __future__ import annotations

from typing import Any

from console.wire.mapping import Mapping

FIELD = "CurrencyIsoCode"


def mapping_with_currency(mapping: Mapping, currency: str) -> Mapping:
    """The mapping, every amount without a currency of its own taken as `currency` (empty: as it is)."""
    if not currency:
        return mapping
    return Mapping({kind: _with_currency(entry, currency) for kind, entry in mapping.table.items()})


def lacks_currency(mapping: Mapping, kind: str) -> bool:
    """Whether amounts of a kind are understood only by a currency on its records."""
    return bool(mapping.kind(kind).table.get("currency") == FIELD)


def _with_currency(entry: dict[str, Any], currency: str) -> dict[str, Any]:
    if entry.get("currency") != FIELD:
        return entry
    return {**entry, "currency": [FIELD, {"always": currency}]}
