"""Days and times as NetSuite writes them: UTC in the record API, the account's own clock in queries.

A time of the account's clock has no zone here: so it compares with what queries answer, whatever the zone is.
"""

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


def clock_of(value: Any, zone: tzinfo) -> datetime | None:
    """A time of the account's clock, to the second; a text with an offset is converted through `zone`."""
    if value in (None, ""):
        return None
    stamp = _parsed(str(value).strip())
    if stamp.tzinfo is not None:
        stamp = stamp.astimezone(zone)
    return stamp.replace(tzinfo=None, microsecond=0)


def tells_time(value: Any) -> bool:
    """Whether a stamp says more than the day: an account's own format often does not."""
    return ":" in str(value or "")


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _ACCOUNT_STAMPS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).replace(tzinfo=None)
        except ValueError:
            continue
    try:
        return datetime.combine(_day(text), time.min)
    except NotADate:
        raise NotADate(f"{text[:40]!r} is no date and time") from None


def literal(clock: datetime) -> str:
    """A time of the account's clock as SuiteQL compares it."""
    return f"TO_DATE('{clock_text(clock)}', '{SUITEQL_STAMP}')"


def clock_text(clock: datetime) -> str:
    """The account's clock as queries answer it, `2026-01-31 17:05:00`."""
    return clock.strftime(_STAMP)


def utc_text(clock: datetime, zone: tzinfo) -> str:
    """The instant at which the account's clock showed this, ISO 8601 in UTC."""
    return clock.replace(tzinfo=zone).astimezone(UTC).isoformat()
