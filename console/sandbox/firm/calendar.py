"""Days and months of the made-up firm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from console.sandbox.firm.model import Period

NEW_MONTHS = 5


def add_months(day: date, months: int) -> date:
    """The first day of the month so many months after that of `day`."""
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def month_end(day: date) -> date:
    return add_months(day, 1) - timedelta(days=1)


def cutover_for(today: date) -> date:
    """The first day of the month five months before today's."""
    return add_months(today, -NEW_MONTHS)


def working_days(first: date, last: date) -> list[date]:
    """Mondays to Fridays between two days, both inclusive."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def months(first: date, last: date) -> Iterator[date]:
    """The first days of all months from that of `first` to that of `last`."""
    month = add_months(first, 0)
    while month <= last:
        yield month
        month = add_months(month, 1)


def periods(history_starts_on: date, cutover: date, today: date) -> tuple[Period, ...]:
    """One accounting month after the other until the end of next month; those before the cut-over are closed."""
    first = min(history_starts_on, add_months(cutover, -3))
    return tuple(
        Period(month.strftime("%b %Y"), month, month_end(month), month < cutover)
        for month in months(first, add_months(today, 1))
    )
