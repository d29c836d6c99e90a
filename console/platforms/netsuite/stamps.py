"""Days and instants as NetSuite writes them: ISO in the record API, the account's or our own format in SuiteQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import Any

SUITEQL_DAY = "YYYY-MM-DD"
SUITEQL_STAMP = "YYYY-MM-DD HH24:MI:SS"
_STAMP = "%Y-%m-%d %H:%M:%S"
_ACCOUNT_DAYS = ("%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%d-%B-%Y", "%Y/%m/%d")
_ACCOUNT_STAMPS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S")


class NotADate(ValueError):
    """The text is no day or instant in any form NetSuite is known to use."""


def day_of(value: Any) -> date | None:
    """The day behind `2026-01-31`, an instant, or an account's own date format; None when there is none."""
    return _day(str(value).strip()) if value not in (None, "") else None


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        pass
    for form in _ACCOUNT_DAYS:
        try:
            return datetime.strptime(text.split(" ")[0], form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise NotADate(f"{text[:40]!r} is no date")


def instant_of(value: Any, zone: tzinfo) -> datetime | None:
    """The instant in UTC; a text without offset is in `zone`, the time zone of the account's integration user."""
    if value in (None, ""):
        return None
    text = str(value).strip()
    return _parsed(text, zone).astimezone(UTC)


def _parsed(text: str, zone: tzinfo) -> datetime:
    try:
        stamp = datetime.fromisoformat(text)
        return stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)
    except ValueError:
        pass
    for form in _ACCOUNT_STAMPS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        return datetime.combine(_day(text), time.min, zone)
    except NotADate:
        raise NotADate(f"{text[:40]!r} is no date and time") from None


def literal(instant: datetime, zone: tzinfo) -> str:
    """An instant as SuiteQL compares it, in the account's zone."""
    return f"TO_DATE('{instant.astimezone(zone).strftime(_STAMP)}', '{SUITEQL_STAMP}')"


def iso(instant: datetime | None) -> str:
    """ISO 8601 in UTC to the second, or the fraction when there is one; empty for None."""
    return instant.isoformat().replace("+00:00", "Z") if instant else ""
