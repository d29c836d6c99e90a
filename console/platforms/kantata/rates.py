"""Rate card versions turned into rates: who costs how much an hour, from which day until which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from console.platforms.kantata.envelope import Row, id_of
from console.platforms.kantata.joins import digest
from console.records.money import minor_digits

DEFAULT_PREFIX = "version-"
"""Marks the price a version has for every role without one of its own."""


def rates_of(versions: Sequence[Row], roles: Mapping[str, str]) -> list[Row]:
    """One row for each role of each version, and one for its default rate; `roles` is price id -> role id.

    A version holds from its set version's effective date until the day before the next version of the same card.
    """
    by_card: dict[str, list[Row]] = defaultdict(list)
    for version in versions:
        by_card[id_of(version.get("rate_card_id"))].append(version)
    rates: list[Row] = []
    for card_versions in by_card.values():
        ordered = sorted(card_versions, key=lambda version: str(version.get("effective_date") or ""))
        starts = [_day(version.get("effective_date")) for version in ordered]
        for version, start, following in zip(ordered, starts, [*starts[1:], None], strict=True):
            rates += _of_version(version, start, following - timedelta(days=1) if following else None, roles)
    return rates


def _of_version(version: Row, start: date | None, end: date | None, roles: Mapping[str, str]) -> Iterator[Row]:
    common = {
        "rate_card_id": version.get("rate_card_id"),
        "rate_card_version_id": version.get("id"),
        "currency": version.get("currency"),
        "starts_on": start.isoformat() if start else None,
        "ends_on": end.isoformat() if end else None,
    }
    if version.get("default_rate") is not None:
        yield _rate(common, f"{DEFAULT_PREFIX}{id_of(version.get('id'))}", None, version["default_rate"])
    for role in version.get("roles") or ():
        number = id_of(role.get("id"))
        yield _rate(common, number, role.get("role_id") or roles.get(number), role.get("rate"))


def _rate(common: Row, rate_id: str, role: Any, rate: Any) -> Row:
    hourly = _major(rate, str(common["currency"] or ""))
    row = {**common, "id": rate_id, "role_id": role, "rate": rate, "hourly": hourly}
    row["version"] = digest(row)
    return row


def _major(rate: Any, currency: str) -> str | None:
    """Whole numbers are the smallest coin, as documented; a text with a point is how Kantata displays money."""
    try:
        amount = Decimal(str(rate))
    except InvalidOperation:
        return None if rate is None else str(rate)
    if isinstance(rate, str) and "." in rate:
        return rate
    return f"{amount.scaleb(-minor_digits(currency)):f}"


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
