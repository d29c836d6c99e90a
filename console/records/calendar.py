"""The calendar and tables of a legal entity's books: periods, tax codes, exchange rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from console.records.firm import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingPeriod(Record):
    """A posting period, both days inclusive. `legal_entity` is empty when the period holds for all.

    `closed` forbids every posting; `receivables_locked` forbids invoices; `billing_locked` is what stops a billing
    line: closed, or locked for everything.
    """

    name: str
    starts_on: date
    ends_on: date
    legal_entity: str = ""
    closed: bool = False
    all_locked: bool = False
    receivables_locked: bool = False
    payables_locked: bool = False

    @property
    def billing_locked(self) -> bool:
        return self.closed or self.all_locked


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxCode(Record):
    """A tax code; `legal_entity` empty means every one, `country` is ISO 3166 alpha-2. `per_cent` is decimal text."""

    name: str
    legal_entity: str = ""
    country: str = ""
    per_cent: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FxRate(Record):
    """What one unit of `base` cost in `quote` on a day; `per_unit` is exact decimal text."""

    base: str
    quote: str
    on: date
    per_unit: str
    rate_type: str = "current"
