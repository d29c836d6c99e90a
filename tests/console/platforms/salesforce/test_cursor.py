"""Places of reading: whatever commits late and wherever a read breaks off, nothing is missed or comes twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.platforms.salesforce.cursor import BEGINNING, OVERLAP, Cursor, Track, parse_cursor, stamp_of
from console.wire.faults import Unexpected

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
Row = tuple[datetime, str, datetime]
"""Stamp, id, and when its transaction committed."""


def row(number: int, stamped: int, late: int) -> Row:
    stamp = NOON + timedelta(seconds=stamped)
    return stamp, f"{number:03}", stamp + timedelta(seconds=late)


rows = st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, int(OVERLAP.total_seconds()) - 1)), max_size=40).map(
    lambda made: [row(number, *each) for number, each in enumerate(made)]
)
reads = st.lists(st.tuples(st.integers(0, 3_600), st.integers(0, 40)), max_size=8).map(sorted)


def read(table: list[Row], since: Cursor, at: datetime, broken_after: int | None) -> tuple[list[str], Cursor]:
    """What one read at a moment hands over, and the cursor saved with it."""
    track = Track(since, at)
    visible = sorted(each for each in table if each[2] <= at and (since.place == BEGINNING or each[0] >= since.start))
    fresh = [
        remote_id for stamp, remote_id, _late in visible[:broken_after] if track.fresh(remote_id, stamp.isoformat())
    ]
    return fresh, track.cursor(end=broken_after is None or broken_after >= len(visible))


@given(rows, reads)
def test_nothing_is_missed_and_nothing_comes_twice(table: list[Row], moments: list[tuple[int, int]]) -> None:
    cursor, handed = Cursor(BEGINNING), []
    for second, broken_after in moments:
        fresh, cursor = read(table, cursor, NOON + timedelta(seconds=second), broken_after)
        cursor = parse_cursor(cursor.dumps())
        handed += fresh
    fresh, _cursor = read(table, cursor, NOON + timedelta(days=1), None)
    handed += fresh
    assert sorted(handed) == sorted(remote_id for _stamp, remote_id, _late in table)


def test_what_is_settled_is_not_read_again() -> None:
    track = Track(Cursor(BEGINNING), NOON)
    assert track.fresh("1", (NOON - timedelta(hours=2)).isoformat())
    assert track.fresh("2", (NOON - timedelta(hours=1)).isoformat())
    cursor = track.cursor(end=True)
    assert cursor.condition() == ["SystemModstamp >= 2025-01-01T11:00:00.000Z"] and len(cursor.marks) == 1


def test_without_a_server_clock_the_overlap_goes_back_from_the_last_record() -> None:
    track = Track(Cursor(BEGINNING), None)
    track.fresh("1", NOON.isoformat())
    assert track.cursor(end=True).condition() == ["SystemModstamp >= 2025-01-01T11:55:00.000Z"]


def test_rows_out_of_order_hold_the_cursor_until_the_end() -> None:
    track = Track(Cursor(BEGINNING), NOON)
    track.fresh("1", (NOON - timedelta(hours=1)).isoformat())
    track.fresh("2", (NOON - timedelta(hours=2)).isoformat())
    assert track.cursor() == Cursor(BEGINNING)
    assert track.cursor(end=True).place.at == NOON - timedelta(hours=1)


def test_a_new_version_of_a_record_is_new() -> None:
    track = Track(Cursor(BEGINNING), NOON)
    assert track.fresh("1", NOON.isoformat()) and not track.fresh("1", NOON.isoformat())
    assert track.fresh("1", (NOON + timedelta(seconds=1)).isoformat())


@pytest.mark.parametrize("text", ["", "{}", "[1]", "nonsense", '{"at": "x", "id": 1, "settled": null, "marks": ""}'])
def test_a_damaged_cursor_is_a_sentence(text: str) -> None:
    with pytest.raises(Unexpected, match="damaged"):
        parse_cursor(text)


def test_times_without_sense_are_none() -> None:
    assert stamp_of("soon") is None and stamp_of(None) is None and stamp_of(5) is None
