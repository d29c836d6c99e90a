"""The tax code of a billing line: the entity's own, active, else a Problem."""

from __future__ import annotations

from console.records.calendar import TaxCode
from console.records.problem import Problem
from console.rules.book import Book
from console.rules.problems import problem


def tax_code_for(book: Book, erp: str, entity: str, ref: str) -> TaxCode | Problem | None:
    """The active tax code of an entity, by its name or country. None when the ERP keeps no tax codes at all."""
    codes = book.tax_codes.get(erp, ())
    if not codes:
        return None
    keeper = book.entities.get((erp, entity))
    country = keeper.country if keeper else ""
    own = [code for code in codes if code.active and (code.legal_entity == entity or _of_country(code, country))]
    if own:
        return min(own, key=lambda code: (code.legal_entity != entity, code.name))
    return problem("missing_tax_code", ref, "tax_code", entity=entity or "this legal entity")


def _of_country(code: TaxCode, country: str) -> bool:
    return not code.legal_entity and code.country in ("", country)
