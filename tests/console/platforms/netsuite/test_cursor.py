"""A cursor survives being stored, and never moves past a change that may have been missed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.platforms.netsuite.cursor import Cursor

NOON = datetime.fromisoformat("2026-03-01 12:00:00")
OVERLAP = timedelta(minutes=5)
instants = st.datetimes()


@pytest.mark.parametrize(
    "text", ["", "nonsense", "{}", '{"since": 7, "at": 1, "after": "x", "inside": 0, "newest": 2}']
)
def test_a_strange_cursor_begins_at_the_beginning(text: str) -> None:
    assert Cursor.parse(text) == Cursor()


@given(st.none() | instants, st.none() | instants, st.integers(0, 10**15), st.booleans(), st.none() | instants)
def test_a_cursor_survives_being_stored(
    since: datetime | None, at: datetime | None, after: int, inside: bool, newest: datetime | None
) -> None:
    cursor = Cursor(since, at, after, inside, newest)
    assert Cursor.parse(cursor.text()) == cursor


def test_the_next_pass_reads_from_the_latest_change_less_the_overlap() -> None:
    assert Cursor().saw(NOON).saw(NOON - OVERLAP).ended(OVERLAP) == Cursor(since=NOON - OVERLAP)


def test_an_empty_pass_moves_nothing() -> None:
    assert Cursor(since=NOON).saw(None).ended(OVERLAP) == Cursor(since=NOON)


def test_a_cursor_never_goes_back() -> None:
    assert Cursor(since=NOON).saw(NOON).ended(OVERLAP) == Cursor(since=NOON)


def test_a_second_is_entered_and_left() -> None:
    within = Cursor(since=NOON).within(NOON, 7)
    assert (within.position, within.after, within.inside) == (NOON, 7, True)
    assert within.reached(NOON + OVERLAP) == Cursor(since=NOON, at=NOON + OVERLAP)
