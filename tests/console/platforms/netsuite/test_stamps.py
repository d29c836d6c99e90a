"""Dates in every form NetSuite writes them, and the account's clock between them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from console.platforms.netsuite.stamps import NotADate, clock_of, clock_text, day_of, literal, utc_text

PACIFIC = ZoneInfo("America/Los_Angeles")
NINE = datetime.fromisoformat("2026-01-31 09:05:00")


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31T00:00:00Z", "1/31/2026", "31.01.2026", "31-Jan-2026"])
def test_a_day_is_read_in_any_form(text: str) -> None:
    assert day_of(text) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "text", ["2026-01-31T17:05:00Z", "2026-01-31 09:05:00", "1/31/2026 9:05 am", "01/31/2026 09:05:00"]
)
def test_times_become_those_of_the_accounts_clock(text: str) -> None:
    assert clock_of(text, PACIFIC) == NINE


def test_nothing_is_no_date() -> None:
    assert day_of("") is None
    assert clock_of(None, UTC) is None


@pytest.mark.parametrize("text", ["soon", "NaN", "2026-13-01"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(NotADate):
        day_of(text)
    with pytest.raises(NotADate):
        clock_of(text, UTC)


def test_the_accounts_clock_is_written_three_ways() -> None:
    assert literal(NINE) == "TO_DATE('2026-01-31 09:05:00', 'YYYY-MM-DD HH24:MI:SS')"
    assert clock_text(NINE) == "2026-01-31 09:05:00"
    assert utc_text(NINE, PACIFIC) == "2026-01-31T17:05:00+00:00"
