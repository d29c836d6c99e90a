"""A cursor never moves past a change that the pass may have missed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.platforms.netsuite.cursor import Cursor

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '{"since": 7, "after": "x", "began": 0, "high": null}'])
def test_a_strange_cursor_begins_at_the_beginning(text: str) -> None:
    assert Cursor.parse(text) == Cursor()


@given(
    st.datetimes(timezones=st.just(UTC)), st.integers(0, 10**15), st.floats(0, 4e9), st.datetimes(timezones=st.just(UTC))
)
def test_a_cursor_survives_being_stored(since: datetime, after: int, began: float, high: datetime) -> None:
    cursor = Cursor(since, after, began, high)
    assert Cursor.parse(cursor.text()) == cursor


def test_a_pass_that_took_long_reads_that_much_again() -> None:
    began = time.time() - 600
    ended = Cursor(began=began).passed(1000, NOON).ended(OVERLAP)
    assert ended.since is not None
    assert ended.since <= NOON - timedelta(seconds=600) - OVERLAP
    assert ended.after == 0
    assert ended.began == 0.0


def test_an_empty_pass_moves_nothing() -> None:
    assert Cursor(since=NOON).started().passed(0, None).ended(OVERLAP).since == NOON


def test_a_cursor_never_goes_back() -> None:
    assert Cursor(since=NOON).started().passed(7, NOON - timedelta(days=1)).ended(OVERLAP).since == NOON


def test_a_pass_under_way_goes_on_where_it_was() -> None:
    stored = Cursor(since=NOON).started().passed(4711, NOON).text()
    again = Cursor.parse(stored).started()
    assert (again.after, again.since) == (4711, NOON)
