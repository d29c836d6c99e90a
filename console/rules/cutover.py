"""What lies before the day Tieout began to write for a legal entity is read and reported, never created or billed."""

from __future__ import annotations

from datetime import date

from console.records.problem import Problem
from console.rules.book import Book
from console.rules.problems import problem
from console.words import _


def cutover(book: Book, flow: str, entity: str, ref: str) -> date | Problem:
    """The entity's cut-over date for a flow, or a `no_cutover` Problem: no date, no write."""
    day = book.cutovers.get((flow, entity)) or book.cutovers.get((flow, "*"))
    return day or problem("no_cutover", ref, entity=entity or _("The legal entity of this record"))


def before_every(book: Book, flow: str, day: date) -> bool:
    """Whether a day lies before the first cut-over date of a flow: then no entity's work can count."""
    days = [since for (name, _entity), since in book.cutovers.items() if name == flow]
    return bool(days) and day < min(days)
