"""The hourly price of a role on a day, from the rate card that holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from console.records.problem import Problem
from console.records.selling import Rate
from console.rules.book import Book
from console.rules.problems import problem
from console.words import _


def _covers(rate: Rate, day: date) -> bool:
    return (rate.starts_on is None or rate.starts_on <= day) and (rate.ends_on is None or day <= rate.ends_on)


def rate_for(book: Book, card: str, role: str, day: date, ref: str) -> Rate | Problem:
    """The rate of `role` on `card` (refs) that covers `day`, else the card's own rate for everybody (role '').

    The newest wins when two cover the day. `ref` is the work being priced.
    """
    asked = ("rate", card, role, day)
    known = book.memo.get(asked)
    if isinstance(known, Rate):
        return known
    rates = [*book.rates.get((card, role), ()), *(book.rates.get((card, ""), ()) if role else ())]
    fitting = [rate for rate in rates if _covers(rate, day)]
    if not fitting:
        return _without(book, card, role, day, ref, rates)
    best = max(fitting, key=lambda rate: (rate.role == role, rate.starts_on or date.min, rate.ref))
    book.memo[asked] = best
    return best


def _without(book: Book, card: str, role: str, day: date, ref: str, rates: Sequence[Rate]) -> Problem:
    title = book.rate_cards[card].name if card in book.rate_cards else _("the project's rate card")
    spoken = (book.roles.get(role) or _("the entry's role")) if role else _("work without a role")
    ended = [rate.ends_on for rate in rates if rate.ends_on is not None and rate.ends_on < day]
    if ended:
        return problem("expired_rate", ref, "rate", role=spoken, card=title, ended=max(ended), day=day)
    return problem("missing_rate", ref, "role", role=spoken, card=title, day=day)
