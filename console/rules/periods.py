"""Whether a day may still be posted to: the legal entity's accounting periods as the ERP keeps them."""

from __future__ import annotations

from datetime import date

from console.records.calendar import AccountingPeriod
from console.records.problem import Problem
from console.rules.book import Book
from console.rules.problems import problem


def period_of(book: Book, erp: str, entity: str, day: date) -> AccountingPeriod | None:
    """The shortest period of the ERP that holds the day and speaks for the entity (rather than for all)."""
    asked = ("period", erp, entity, day)
    if asked in book.memo:
        known = book.memo[asked]
        assert known is None or isinstance(known, AccountingPeriod)
        return known
    holding = [period for period in _periods(book, erp, entity) if period.starts_on <= day <= period.ends_on]
    found = min(holding, key=lambda each: (each.ends_on - each.starts_on, not each.legal_entity), default=None)
    book.memo[asked] = found
    return found


def open_problem(book: Book, erp: str, entity: str, day: date, ref: str) -> Problem | None:
    """A `closed_period` Problem when the day cannot be posted to. No known period is no objection."""
    period = period_of(book, erp, entity, day)
    if period is None or not period.billing_locked:
        return None
    return problem("closed_period", ref, "on", day=day, period=period.name)


def first_open_day(book: Book, erp: str, entity: str, since: date) -> date | None:
    """The first day on or after `since` that can be posted to, for adjustments; None when every known one is shut."""
    starts = sorted({each.starts_on for each in _periods(book, erp, entity) if each.starts_on > since})
    return next((day for day in (since, *starts) if open_problem(book, erp, entity, day, "") is None), None)


def _periods(book: Book, erp: str, entity: str) -> list[AccountingPeriod]:
    return [each for each in book.periods.get(erp, ()) if each.legal_entity in ("", entity)]
