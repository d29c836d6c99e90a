"""The price of an hour: the role's own before the card's, the newest before older ones, else a readable Problem."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.records.problem import Problem
from console.records.selling import Rate
from console.rules.book import Book
from console.rules.rates import rate_for
from tests.console.rules.small_firm import CARD, ROLE, a_book, gbp

DAY = date(2025, 4, 2)


def rate(ref: str, role: str = ROLE, starts: date | None = None, ends: date | None = None, price: str = "100") -> Rate:
    return Rate(ref=ref, rate_card=CARD, role=role, hourly=gbp(price), starts_on=starts, ends_on=ends)


def book_of(*rates: Rate) -> Book:
    book = a_book()
    book.rates = {}
    for each in rates:
        book.rates = {**book.rates, (CARD, each.role): [*book.rates.get((CARD, each.role), ()), each]}
    return book


def ref_of(found: Rate | Problem) -> str:
    assert isinstance(found, Rate), found
    return found.ref


def problem_of(found: Rate | Problem) -> Problem:
    assert isinstance(found, Problem), found
    return found


def test_the_role_comes_before_the_default_of_the_card() -> None:
    book = book_of(rate("own"), rate("default", role="", starts=DAY))
    assert ref_of(rate_for(book, CARD, ROLE, DAY, "e")) == "own"
    assert ref_of(rate_for(book, CARD, "psa/role/2", DAY, "e")) == "default"
    assert ref_of(rate_for(book, CARD, "", DAY, "e")) == "default"


def test_the_default_of_the_card_takes_over_when_the_role_has_ended() -> None:
    book = book_of(rate("own", ends=DAY - timedelta(days=1)), rate("default", role=""))
    assert ref_of(rate_for(book, CARD, ROLE, DAY, "e")) == "default"


def test_both_ends_belong_to_the_rate() -> None:
    book = book_of(rate("own", starts=DAY, ends=DAY))
    assert ref_of(rate_for(book, CARD, ROLE, DAY, "e")) == "own"
    for outside in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        assert isinstance(rate_for(book, CARD, ROLE, outside, "e"), Problem)


@given(st.permutations([rate("a"), rate("b", starts=DAY - timedelta(9)), rate("c", starts=DAY - timedelta(9))]))
def test_the_newest_wins_in_whatever_order_they_came(rates: list[Rate]) -> None:
    assert ref_of(rate_for(book_of(*rates), CARD, ROLE, DAY, "e")) == "c"


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=6), st.integers(-5, 70))
def test_a_rate_that_is_found_covers_the_day(spans: list[tuple[int, int]], day: int) -> None:
    spanned = [
        rate(f"r{n}", starts=DAY + timedelta(start), ends=DAY + timedelta(start + length))
        for n, (start, length) in enumerate(spans)
    ]
    asked = DAY + timedelta(day)
    found = rate_for(book_of(*spanned), CARD, ROLE, asked, "e")
    covering = [each for each in spanned if each.starts_on and each.ends_on and each.starts_on <= asked <= each.ends_on]
    assert isinstance(found, Problem) is not bool(covering)
    if isinstance(found, Rate):
        assert found.starts_on == max(each.starts_on for each in covering if each.starts_on)


def test_an_ended_rate_says_when() -> None:
    book = book_of(rate("old", ends=date(2025, 1, 31)), rate("older", ends=date(2024, 1, 31)))
    trouble = problem_of(rate_for(book, CARD, ROLE, DAY, "psa/time_entry/1"))
    assert trouble.code == "expired_rate"
    assert trouble.sentence == "The rate of Consultant on Standard ended on 2025-01-31; the work is of 2025-04-02."
    assert trouble.ref == "psa/time_entry/1"


def test_a_rate_that_only_begins_later_is_a_missing_one() -> None:
    book = book_of(rate("next", starts=DAY + timedelta(days=1)))
    assert problem_of(rate_for(book, CARD, ROLE, DAY, "e")).code == "missing_rate"


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (ROLE, "There is no rate for Consultant on Standard for 2025-04-02."),
        ("psa/role/99", "There is no rate for the entry's role on Standard for 2025-04-02."),
        ("", "There is no rate for work without a role on Standard for 2025-04-02."),
    ],
)
def test_a_missing_rate_names_role_and_card_never_a_ref(role: str, said: str) -> None:
    assert problem_of(rate_for(book_of(), CARD, role, DAY, "e")).sentence == said


def test_a_card_that_is_not_at_hand_is_not_called_by_its_ref() -> None:
    assert "psa/" not in problem_of(rate_for(book_of(), "psa/rate_card/9", ROLE, DAY, "e")).sentence


def test_a_remembered_rate_is_the_same_and_a_problem_names_each_entry() -> None:
    book = book_of(rate("own", ends=DAY))
    assert rate_for(book, CARD, ROLE, DAY, "one") is rate_for(book, CARD, ROLE, DAY, "two")
    later = DAY + timedelta(days=1)
    assert [problem_of(rate_for(book, CARD, ROLE, later, ref)).ref for ref in ("one", "two")] == ["one", "two"]
