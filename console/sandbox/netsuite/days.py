"""Days and times as SuiteQL counts them: whole days and fractions, in the company's own time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZERO = float(2**30)
"""1 January 1970, 00:00. No id, quantity or amount of the practice firm comes near, so a number from here on for
eighty thousand days is a day; arithmetic (`SYSDATE - 7`, the difference of two days) works as in Oracle."""
_SPAN = 80_000.0
_SECONDS = 86_400

ACCOUNT_FORMAT = "MM/DD/YYYY"
"""How this account shows and reads days when no format is given."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the company's wall clock: SuiteQL dates carry no zone


class NotADay(ValueError):
    """The text does not fit the format; `str()` is what the platform's database says."""


def is_day(number: object) -> bool:
    return isinstance(number, float) and ZERO - _SPAN <= number < ZERO + _SPAN


def of_day(iso: str) -> float:
    """The number of an ISO day."""
    return ZERO + date.fromisoformat(iso).toordinal() - _EPOCH_DAY


def of_stamp(seconds: int, zone: ZoneInfo) -> float:
    """The number of an instant as the company's wall clock shows it."""
    return of_wall(datetime.fromtimestamp(seconds, UTC).astimezone(zone).replace(tzinfo=None))


def of_wall(moment: datetime) -> float:
    return ZERO + (moment - _EPOCH).total_seconds() / _SECONDS


def wall(number: float) -> datetime:
    """The wall-clock moment behind a number, to the second."""
    return _EPOCH + timedelta(seconds=round((number - ZERO) * _SECONDS))


_PARTS: dict[str, tuple[str, Callable[[datetime], str]]] = {
    "YYYY": (r"(?P<year>\d{4})", lambda at: f"{at.year:04d}"),
    "RRRR": (r"(?P<year>\d{4})", lambda at: f"{at.year:04d}"),
    "YY": (r"(?P<year>\d{2})", lambda at: f"{at.year % 100:02d}"),
    "MONTH": (r"(?P<name>[A-Za-z]+)", lambda at: at.strftime("%B").upper()),
    "MON": (r"(?P<name>[A-Za-z]{3})", lambda at: at.strftime("%b").upper()),
    "MM": (r"(?P<month>\d{1,2})", lambda at: f"{at.month:02d}"),
    "DD": (r"(?P<day>\d{1,2})", lambda at: f"{at.day:02d}"),
    "HH24": (r"(?P<hour>\d{1,2})", lambda at: f"{at.hour:02d}"),
    "HH12": (r"(?P<hour>\d{1,2})", lambda at: f"{(at.hour - 1) % 12 + 1:02d}"),
    "HH": (r"(?P<hour>\d{1,2})", lambda at: f"{(at.hour - 1) % 12 + 1:02d}"),
    "MI": (r"(?P<minute>\d{1,2})", lambda at: f"{at.minute:02d}"),
    "SS": (r"(?P<second>\d{1,2})", lambda at: f"{at.second:02d}"),
    "AM": (r"(?P<half>[AaPp][Mm])", lambda at: "AM" if at.hour < 12 else "PM"),
    "PM": (r"(?P<half>[AaPp][Mm])", lambda at: "AM" if at.hour < 12 else "PM"),
    "FF3": (r"(?P<fraction>\d{1,9})", lambda at: "000"),
    "FF": (r"(?P<fraction>\d{1,9})", lambda at: "000000"),
    "IW": (r"\d{1,2}", lambda at: f"{at.isocalendar().week:02d}"),
    "DAY": (r"[A-Za-z]+", lambda at: at.strftime("%A").upper()),
    "DY": (r"[A-Za-z]{3}", lambda at: at.strftime("%a").upper()),
    "DS": (r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})", lambda at: f"{at.month}/{at.day}/{at.year}"),
    "TS": (
        r"(?P<clock>\S+(?: [AP]M)?)",
        lambda at: f"{(at.hour - 1) % 12 + 1}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}",
    ),
    "D": (r"\d", lambda at: str(at.isoweekday() % 7 + 1)),
    "Q": (r"\d", lambda at: str((at.month + 2) // 3)),
}
_WORDS = re.compile(r'"[^"]*"|FM|' + "|".join(sorted(_PARTS, key=len, reverse=True)) + "|.", re.IGNORECASE | re.DOTALL)
_MONTHS = [date(2000, month, 1).strftime("%b").upper() for month in range(1, 13)]


def told(number: float, shape: str = ACCOUNT_FORMAT) -> str:
    """TO_CHAR of a day; unknown letters of the format stand for themselves."""
    at = wall(number)
    pieces = []
    for word in _WORDS.findall(shape):
        known = _PARTS.get(word.upper())
        pieces.append(known[1](at) if known else "" if word.upper() == "FM" else word.strip('"'))
    return "".join(pieces)


def read(text: str, shape: str = ACCOUNT_FORMAT) -> float:
    """TO_DATE and TO_TIMESTAMP: raises `NotADay` when the text does not fit. Parts that are not given are the first."""
    pattern = ""
    for word in _WORDS.findall(shape):
        known = _PARTS.get(word.upper())
        pattern += known[0] if known else "" if word.upper() == "FM" else re.escape(word.strip('"'))
    found = re.fullmatch(pattern, text.strip())
    if found is None:
        raise NotADay("ORA-01861: literal does not match format string")
    return of_wall(_moment(found.groupdict()))


def _moment(parts: dict[str, str | None]) -> datetime:
    number = {name: int(value) for name, value in parts.items() if value and value.isdecimal()}
    year = number.get("year", 1)
    name = (parts.get("name") or "")[:3].upper()
    month = _MONTHS.index(name) + 1 if name in _MONTHS else number.get("month", 1)
    hour = number.get("hour", 0)
    half = (parts.get("half") or "").upper()
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    try:
        return datetime(  # noqa: DTZ001 - as above
            year + 2000 if year < 100 else year,
            month,
            number.get("day", 1),
            hour,
            number.get("minute", 0),
            number.get("second", 0),
        )
    except ValueError:
        raise NotADay("ORA-01843: not a valid month or day") from None


def truncated(number: float, unit: str = "DD") -> float:
    """TRUNC of a day to its day, month, quarter or year."""
    at = wall(number).replace(hour=0, minute=0, second=0)
    match unit.upper():
        case "MM" | "MON" | "MONTH":
            at = at.replace(day=1)
        case "Q":
            at = at.replace(month=(at.month - 1) // 3 * 3 + 1, day=1)
        case "YYYY" | "YEAR" | "Y" | "YY":
            at = at.replace(month=1, day=1)
        case "IW" | "W":
            at -= timedelta(days=at.weekday())
        case "HH" | "HH24":
            at = wall(number).replace(minute=0, second=0)
    return of_wall(at)


def plus_months(number: float, months: int) -> float:
    """ADD_MONTHS: the same day of another month, the last when that month is shorter."""
    at = wall(number)
    count = at.year * 12 + at.month - 1 + months
    first = at.replace(year=count // 12, month=count % 12 + 1, day=1)
    return of_wall(first.replace(day=min(at.day, last_of_month(first))))


def last_of_month(at: datetime) -> int:
    following = (at.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (following - timedelta(days=1)).day
