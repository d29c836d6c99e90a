"""What the mapping file cannot say: the currency of an organisation that has only one is not on its records."""

from __future__ import annotations

from typing import Any

from console.wire.mapping import Mapping, load

_FIELD = "CurrencyIsoCode"


def mapping_with_currency(mapping: Mapping | None, currency: str) -> Mapping:
    """The mapping, every amount without a currency of its own taken as `currency` (empty: as it is)."""
    chosen = mapping or load("salesforce")
    if not currency:
        return chosen
    return Mapping({kind: _with_currency(entry, currency) for kind, entry in chosen.table.items()})


def _with_currency(entry: dict[str, Any], currency: str) -> dict[str, Any]:
    if entry.get("currency") != _FIELD:
        return entry
    return {**entry, "currency": [_FIELD, {"always": currency}]}
