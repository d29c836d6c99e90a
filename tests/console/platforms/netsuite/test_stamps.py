"""Dates in every form NetSuite writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from console.platforms.netsuite.stamps import NotADate, day_of, instant_of, iso, literal

PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31T00:00:00Z", "1/31/2026", "31.01.2026", "31-Jan-2026"])
def test_a_day_is_read_in_any_form(text: str) -> None:
    assert day_of(text) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "text", ["2026-01-31T17:05:00Z", "2026-01-31 09:05:00", "1/31/2026 9:05 am", "01/31/2026 09:05:00"]
)
def test_a_time_without_offset_is_in_the_accounts_zone(text: str) -> None:
    assert instant_of(text, PACIFIC) == datetime(2026, 1, 31, 17, 5, tzinfo=UTC)


def test_nothing_is_no_date() -> None:
    assert day_of("") is None
    assert instant_of(None, UTC) is None
    assert iso(None) == ""


@pytest.mark.parametrize("text", ["soon", "NaN", "2026-13-01"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(NotADate):
        day_of(text)
    with pytest.raises(NotADate):
        instant_of(text, UTC)


def test_a_literal_is_in_the_accounts_zone() -> None:
    instant = datetime(2026, 1, 31, 17, 5, 0, 250_000, tzinfo=UTC)
    assert literal(instant, PACIFIC) == "TO_DATE('2026-01-31 09:05:00', 'YYYY-MM-DD HH24:MI:SS')"
    assert iso(instant) == "2026-01-31T17:05:00.250000Z"
