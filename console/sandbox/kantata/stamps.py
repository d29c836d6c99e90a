"""Times and money as the account shows them: ISO with the account's offset, whole subunits, symbols."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ACCOUNT_ZONE = ZoneInfo("America/New_York")
SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥"}
BASE_UNITS = {"USD": 100, "GBP": 100, "EUR": 100, "JPY": 1}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


def shown(moment: datetime) -> str:
    """`2013-07-31T10:43:32-07:00`: whole seconds, the account's offset, never Z."""
    return moment.astimezone(ACCOUNT_ZONE).isoformat(timespec="seconds")


def ticks(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // _MICRO


def moment_of(text: str) -> datetime:
    """An instant from a filter: ISO 8601, a bare date is midnight in the account's zone. Raises ValueError."""
    clean = text.strip().replace(" ", "+") if "T" in text else text.strip()
    moment = datetime.fromisoformat(clean.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=ACCOUNT_ZONE)


def day_of(text: str) -> date:
    """A date from a request: `2012-01-31`, `2012/01/31` or an instant. Raises ValueError."""
    return date.fromisoformat(text.strip().replace("/", "-")[:10])


def money(currency: str) -> dict[str, object]:
    """The three attributes that say how to read an amount."""
    return {
        "currency": currency,
        "currency_symbol": SYMBOLS[currency],
        "currency_base_unit": BASE_UNITS[currency],
    }


def formatted(subunits: int, currency: str) -> str:
    """An amount for people: `$44,250` or `$44,250.50`."""
    whole, rest = divmod(abs(subunits), BASE_UNITS[currency])
    sign = "-" if subunits < 0 else ""
    return f"{sign}{SYMBOLS[currency]}{whole:,}" + (f".{rest:02d}" if rest else "")
