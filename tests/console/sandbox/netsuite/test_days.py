"""Days as numbers: formats there and back, arithmetic, truncation, and the company's own time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sandbox.netsuite import days

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001


@given(MOMENTS)
def test_a_moment_survives_its_text(at):
    number = days.of_wall(at)
    assert days.is_day(number)
    for shape in (
        "YYYY-MM-DD HH24:MI:SS",
        'YYYY-MM-DD"T"HH24:MI:SS',
        "MM/DD/YYYY HH:MI:SS AM",
        "DD-MON-YYYY HH24:MI:SS",
    ):
        assert days.read(days.told(number, shape), shape) == number


@given(MOMENTS, MOMENTS)
def test_numbers_are_in_the_order_of_time(one, other):
    assert (one < other) == (days.of_wall(one) < days.of_wall(other))


def test_formats():
    number = days.read("2026-11-04 15:07:09", "YYYY-MM-DD HH24:MI:SS")
    assert days.told(number) == "11/04/2026"
    assert days.told(number, "DS TS") == "11/4/2026 3:07:09 PM"
    assert days.told(number, "MON DD, YYYY") == "NOV 04, 2026"
    assert days.told(number, "YYYY.IW Q") == "2026.45 4"
    assert days.told(days.truncated(number, "MM"), "YYYY-MM-DD HH24") == "2026-11-01 00"
    assert days.told(days.truncated(number, "Q")) == "10/01/2026"
    assert days.told(days.plus_months(days.read("01/31/2028"), 1)) == "02/29/2028"


@pytest.mark.parametrize("text", ["2026-11-04", "11/2026", "", "11/04/2026x", "02/30/2026"])
def test_texts_that_are_no_days(text):
    with pytest.raises(days.NotADay):
        days.read(text)


def test_an_instant_is_told_on_the_companys_clock():
    zone = ZoneInfo("America/New_York")
    at = int(datetime(2026, 3, 1, 3, 30, tzinfo=UTC).timestamp())
    assert days.told(days.of_stamp(at, zone), "YYYY-MM-DD HH24:MI") == "2026-02-28 22:30"
