"""Date words of SOQL (`TODAY`, `LAST_N_DAYS:30`) as spans of time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from console.sandbox.salesforce.store import stamp_text

_COUNTED = re.compile(r"(LAST|NEXT)_N_(DAYS|WEEKS|MONTHS|YEARS):(\d+)")
_AGO = re.compile(r"N_(DAYS|WEEKS|MONTHS|YEARS)_AGO:(\d+)")


def _month(day: date, move: int) -> date:
    """The first of the month, `move` months away."""
    count = day.year * 12 + day.month - 1 + move
    return date(count // 12, count % 12 + 1, 1)


def _unit(word: str, today: date, move: int) -> tuple[date, date]:
    """The day, week, month, quarter or year `move` steps from today's: first day, and the day after its last."""
    match word:
        case "DAY":
            first = today + timedelta(days=move)
            return first, first + timedelta(days=1)
        case "WEEK":
            first = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=move)
            return first, first + timedelta(weeks=1)
        case "MONTH":
            return _month(today, move), _month(today, move + 1)
        case "QUARTER":
            base = _month(today, -((today.month - 1) % 3) + 3 * move)
            return base, _month(base, 3)
    return date(today.year + move, 1, 1), date(today.year + move + 1, 1, 1)


_NAMED = {
    "YESTERDAY": ("DAY", -1),
    "TODAY": ("DAY", 0),
    "TOMORROW": ("DAY", 1),
    **{f"{when}_{unit}": (unit, move) for unit in ("WEEK", "MONTH", "QUARTER", "YEAR") for when, move in
       (("LAST", -1), ("THIS", 0), ("NEXT", 1))},
}  # fmt: skip


def span(word: str, today: date) -> tuple[date, date] | None:
    """First day and the day after the last one, or None when the word is not a date word."""
    if word in _NAMED:
        unit, move = _NAMED[word]
        return _unit(unit, today, move)
    if word in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        return _counted(word[:4], "DAYS", 90, today)
    counted = _COUNTED.fullmatch(word)
    if counted:
        return _counted(counted[1], counted[2], int(counted[3]), today)
    ago = _AGO.fullmatch(word)
    return _unit(ago[1].rstrip("S"), today, -int(ago[2])) if ago else None


def _counted(when: str, units: str, count: int, today: date) -> tuple[date, date]:
    unit = units.rstrip("S")
    if when == "NEXT":
        return _unit(unit, today, 1)[0], _unit(unit, today, count)[1]
    if unit == "DAY":
        return today - timedelta(days=count), today + timedelta(days=1)
    return _unit(unit, today, -count)[0], _unit(unit, today, 0)[0]


def datetime_text(literal: str) -> str:
    """A datetime literal of any offset in the form the org keeps, so that text order is time order."""
    moment = datetime.fromisoformat(literal.replace("Z", "+00:00"))
    return stamp_text(moment)


def midnight(day: date) -> str:
    """The first instant of a day (the practice user lives in UTC)."""
    return stamp_text(datetime(day.year, day.month, day.day, tzinfo=UTC))
