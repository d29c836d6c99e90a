"""Which days can be posted to, by the shortest period that holds them."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.records.calendar import AccountingPeriod
from console.rules.book import Book
from console.rules.periods import first_open_day, open_problem, period_of
from tests.console.rules.small_firm import ENTITY, a_book

YEAR = date(2025, 1, 1)


def period(name: str, starts: date, ends: date, shut: bool = False, entity: str = "") -> AccountingPeriod:
    return AccountingPeriod(
        ref=f"p/{name}", name=name, starts_on=starts, ends_on=ends, closed=shut, legal_entity=entity
    )


def book_of(*periods: AccountingPeriod) -> Book:
    book = a_book()
    book.periods = {"erp": periods}
    return book


def month(number: int, shut: bool = False, entity: str = "") -> AccountingPeriod:
    starts = date(2025, number, 1)
    ends = date(2025, number + 1, 1) - timedelta(days=1)
    return period(f"{number}", starts, ends, shut, entity)


def test_a_closed_month_in_an_open_year_is_closed() -> None:
    book = book_of(period("2025", YEAR, date(2025, 12, 31)), month(3, shut=True), month(4))
    trouble = open_problem(book, "erp", ENTITY, date(2025, 3, 31), "psa/time_entry/1")
    assert trouble is not None
    assert trouble.sentence == "2025-03-31 lies in the period 3, which is closed or locked in the ERP."
    assert (trouble.code, trouble.field, trouble.ref) == ("closed_period", "on", "psa/time_entry/1")
    assert open_problem(book, "erp", ENTITY, date(2025, 4, 1), "x") is None


def test_a_lock_on_everything_closes_and_one_on_invoices_does_not() -> None:
    locked = AccountingPeriod(ref="p", name="3", starts_on=YEAR, ends_on=YEAR, all_locked=True)
    invoices = AccountingPeriod(ref="p", name="3", starts_on=YEAR, ends_on=YEAR, receivables_locked=True)
    assert open_problem(book_of(locked), "erp", ENTITY, YEAR, "x") is not None
    assert open_problem(book_of(invoices), "erp", ENTITY, YEAR, "x") is None


def test_an_entitys_own_period_speaks_before_the_one_for_all_and_others_not_at_all() -> None:
    book = book_of(month(3), month(3, shut=True, entity=ENTITY), month(4, shut=True, entity="Birch GmbH"))
    assert open_problem(book, "erp", ENTITY, date(2025, 3, 5), "x") is not None
    assert open_problem(book, "erp", "Birch GmbH", date(2025, 3, 5), "x") is None
    assert open_problem(book, "erp", ENTITY, date(2025, 4, 5), "x") is None


def test_a_day_in_no_known_period_is_no_objection() -> None:
    assert open_problem(book_of(month(3, shut=True)), "erp", ENTITY, date(2025, 7, 1), "x") is None
    assert open_problem(book_of(month(3, shut=True)), "erp:eu", ENTITY, date(2025, 3, 1), "x") is None


def test_the_first_open_day_is_not_in_a_closed_month_of_an_open_quarter() -> None:
    quarter = period("Q1", YEAR, date(2025, 3, 31))
    book = book_of(quarter, month(1, shut=True), month(2, shut=True), month(3))
    assert first_open_day(book, "erp", ENTITY, date(2025, 1, 20)) == date(2025, 3, 1)
    assert first_open_day(book, "erp", ENTITY, date(2025, 3, 9)) == date(2025, 3, 9)


def test_without_an_open_period_there_is_no_open_day() -> None:
    book = book_of(month(1, shut=True), month(2, shut=True))
    assert first_open_day(book, "erp", ENTITY, date(2025, 1, 20)) is None
    assert first_open_day(book_of(), "erp", ENTITY, YEAR) == YEAR


@given(st.lists(st.booleans(), min_size=1, max_size=11), st.integers(0, 330))
def test_an_open_day_is_never_in_a_closed_period(shut: list[bool], after: int) -> None:
    book = book_of(*(month(number, closed) for number, closed in enumerate(shut, 1)))
    since = YEAR + timedelta(days=after)
    found = first_open_day(book, "erp", ENTITY, since)
    if found is None:
        assert all(shut[each - 1] for each in range(since.month, len(shut) + 1))
    else:
        assert found >= since
        holding = period_of(book, "erp", ENTITY, found)
        assert holding is None or not holding.closed
