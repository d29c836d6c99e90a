"""The tax code of a billing line: the entity's own, active, else a Problem."""

from __future__ import annotations

from decimal import Decimal

from console.records.calendar import TaxCode
from console.records.money import NotMoney, amount_of
from console.records.problem import Problem
from console.rules.book import Book
from console.rules.problems import problem
from console.words import _


def tax_code_for(book: Book, erp: str, entity: str, ref: str) -> TaxCode | Problem | None:
    """The active tax code of an entity: its own before its country's before one for everywhere, then the standard
    (highest) rate. None when the ERP keeps no tax codes at all."""
    codes = book.tax_codes.get(erp, ())
    if not codes:
        return None
    keeper = book.entities.get((erp, entity))
    country = keeper.country if keeper else ""
    own = [code for code in codes if code.active and _fits(code, entity, country)]
    if own:
        return min(own, key=lambda code: (not code.legal_entity, not code.country, -_rate(code), code.name))
    return problem("missing_tax_code", ref, "tax_code", entity=entity or _("this legal entity"))


def _fits(code: TaxCode, entity: str, country: str) -> bool:
    return code.legal_entity == entity if code.legal_entity else code.country in ("", country)


def _rate(code: TaxCode) -> Decimal:
    try:
        return amount_of(code.per_cent.removesuffix("%") or 0)
    except NotMoney:
        return Decimal(0)
