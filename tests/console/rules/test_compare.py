"""Three ways: what was confirmed, what is wanted, what is there; only real differences count."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.records.intent import Linked
from console.records.money import Money
from console.rules.compare import Plain, compare, plain, plain_value, same

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-10000, max_value=10000, places=2).map(str)
values = st.none() | st.booleans() | st.integers(0, 50) | st.text("ab01.-", max_size=4) | numbers
values |= st.tuples(numbers, st.sampled_from(["GBP", "JPY"]))
bodies = st.dictionaries(st.sampled_from(["name", "on", "amount", "memo"]), values, max_size=4)


def nowhere(linked: Linked) -> str:
    return ""


@given(bodies, bodies)
def test_nothing_moved_is_no_difference_whatever_the_platform_made_of_it(sent: Plain, stored: Plain) -> None:
    kept = {name: stored.get(name, value) for name, value in sent.items()}
    assert compare(sent, kept, sent, kept).still


@given(bodies)
def test_the_echo_of_our_own_write_is_no_difference(body: Plain) -> None:
    assert compare(body, body, body, body).still


@given(bodies, bodies)
def test_only_ours_moved_is_ours(before: Plain, wanted: Plain) -> None:
    there = {name: before.get(name) for name in wanted}
    found = compare(before, there, wanted, there)
    assert not found.theirs and not found.both
    assert set(found.ours) == {name for name, value in wanted.items() if not same(before.get(name), value)}


@given(bodies, bodies)
def test_only_theirs_moved_is_theirs(body: Plain, there: Plain) -> None:
    found = compare(body, body, body, there)
    assert not found.ours and not found.both
    assert set(found.theirs) == {name for name in body if name in there and not same(body[name], there[name])}


@given(bodies, bodies, bodies, bodies)
def test_every_wanted_field_is_in_one_heap_at_most(sent: Plain, stored: Plain, wanted: Plain, there: Plain) -> None:
    found = compare(sent, stored, wanted, there)
    heaps = [set(found.ours), set(found.theirs), set(found.both)]
    assert sum(map(len, heaps)) == len(set().union(*heaps))
    assert set().union(*heaps) <= set(wanted)
    for heap in (found.ours, found.theirs, found.both):
        assert all(pair == (there.get(name), wanted[name]) for name, pair in heap.items())


def test_both_moved_apart_is_a_conflict_and_both_moved_alike_is_none() -> None:
    before, wanted = {"rate": "100"}, {"rate": "120"}
    assert compare(before, before, wanted, {"rate": "110"}).both == {"rate": ("110", "120")}
    assert compare(before, before, wanted, {"rate": "120.00"}).still


def test_the_platforms_rounding_is_no_difference_until_somebody_changes_it() -> None:
    sent, stored = {"quantity": "0.3333"}, {"quantity": "0.33"}
    assert compare(sent, stored, sent, stored).still
    assert compare(sent, stored, sent, {"quantity": "0.5"}).theirs == {"quantity": ("0.5", "0.3333")}
    assert compare(sent, stored, {"quantity": "0.6667"}, stored).ours == {"quantity": ("0.33", "0.6667")}


def test_a_field_the_platform_does_not_show_is_ours() -> None:
    assert compare({"tax": "a"}, {}, {"tax": "a"}, {}).still
    assert compare({"tax": "a"}, {}, {"tax": "b"}, {}).ours == {"tax": (None, "b")}


@pytest.mark.parametrize(
    ("one", "other"), [("1.50", "1.5"), ("-1.50", "-1.5"), ("-0.00", "0"), ("100", "100.00"), (None, None)]
)
def test_numbers_written_differently_are_the_same(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("01067", "1067"), ("1e5", "100000"), ("1_0", "10"), ("٣", "3"), ("1.5", "1.50 "), ("", None)]
)
def test_text_that_only_looks_like_a_number_is_compared_as_text(one: Any, other: Any) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        (Money.of("12.50", "EUR"), ("12.5", "EUR")),
        (Money.of("-0.00", "EUR"), ("0", "EUR")),
        ({"amount": "12.50", "currency": "EUR"}, ("12.5", "EUR")),
        (["12.50", "EUR"], ("12.5", "EUR")),
        (date(2025, 4, 2), "2025-04-02"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.50"), "0.5"),
        (True, True),
        (0, 0),
    ],
)
def test_values_become_comparable(value: Any, expected: Any) -> None:
    assert plain_value(value, nowhere) == expected


@given(bodies)
def test_what_is_comparable_stays_as_it_is(body: Plain) -> None:
    once = plain(body, nowhere)
    assert plain(once, nowhere) == once


def test_a_link_is_compared_by_where_it_leads() -> None:
    body = {"project": Linked("project", "crm/deal/1"), "task": Linked("task", "x")}
    resolved = plain(body, lambda linked: "erp/project/9" if linked.kind == "project" else "")
    assert resolved == {"project": "erp/project/9", "task": None}
