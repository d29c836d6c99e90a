"""Stamps of the practice platforms."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from console.sandbox.clock import Clock


def test_stamps_never_repeat_and_stay_near_the_real_time():
    clock = Clock(date(2025, 11, 21))
    stamps = [clock.stamp() for _ in range(10_000)]
    assert all(one < other for one, other in pairwise(stamps))
    assert abs(stamps[-1] - datetime.now(UTC)) < timedelta(seconds=1)


def test_the_past_was_touched_in_the_evening_and_nothing_in_the_future():
    clock = Clock(date(2025, 11, 21))
    assert clock.evening(date(2024, 2, 29)) == datetime(2024, 2, 29, 18, tzinfo=UTC)
    assert clock.evening(date(2999, 1, 1)) <= datetime.now(UTC)
