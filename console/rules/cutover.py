"""What lies before the day Tieout began to write for a legal entity is read and reported, never created or billed."""

from __future__ import annotations

from datetime import date

from console.records.problem import Problem
from console.rules.book import Book
from console.rules.problems import problem


def cutover(book: Book, flow: str, entity: str, ref: str) -> date | Problem:
    """The entity's cut-over date for a flow, or a `no_cutover` Problem: no date, no write."""
    day = book.cutovers.get((flow, entity)) or book.cutovers.get((flow, "*"))
    return day or problem("no_cutover", ref, entity=entity or "This record's legal entity")
