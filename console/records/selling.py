"""What was sold: deals, the engagement they become, its lines, amendments and rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from console.records.firm import Record
from console.records.money import Money


class BillingType(StrEnum):
    """How an engagement is billed."""

    TIME_AND_MATERIALS = "time_and_materials"
    FIXED_FEE = "fixed_fee"
    MILESTONE = "milestone"
    RETAINER = "retainer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal(Record):
    """An opportunity in the CRM with the commercial terms it was closed on.

    `billing_type` and `legal_entity` are as the CRM says, empty when it does not. `amends` is the ref of the deal
    that this one amends, `amendment_number` its order; `effective_on` when an amendment begins to hold.
    """

    name: str
    customer: str
    stage: str = ""
    is_won: bool = False
    is_closed: bool = False
    closed_on: date | None = None
    amount: Money | None = None
    probability: int = 0
    billing_type: str = ""
    legal_entity: str = ""
    service_line: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    cap: Money | None = None
    rate_card: str = ""
    purchase_order: str = ""
    owner: str = ""
    amends: str = ""
    amendment_number: int = 0
    effective_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLine(Record):
    """One priced line of a deal. `due_on` is the milestone or billing date, `amount` its total."""

    deal: str
    title: str
    quantity: str = ""
    unit_price: Money | None = None
    amount: Money | None = None
    role: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement(Record):
    """A deal with its amendments applied in order: the terms that hold now.

    `amendments` counts those applied; `budget` is the sum of deal and amendments.
    """

    deal: str
    customer: str
    name: str
    billing_type: BillingType
    legal_entity: str
    currency: str
    budget: Money | None = None
    cap: Money | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    rate_card: str = ""
    service_line: str = ""
    amendments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard(Record):
    """A named price list in one currency."""

    name: str
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Record):
    """The hourly price of a role on a card, from a day until another (both inclusive; None is open)."""

    rate_card: str
    role: str
    hourly: Money
    starts_on: date | None = None
    ends_on: date | None = None
