"""The made-up firm in neutral words: frozen values that every practice platform tells in its own way.

Keys (`p-0017`) are the firm's own, join these values and are shown by no platform. Money is an exact `Decimal` in
major units of the currency named beside it, time is whole minutes, days are `date`. `foreign_key` is what another
middleware ("relay") left on the record, or empty. What people do later is in `firm/script.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

TIME_AND_MATERIALS = "time_and_materials"
FIXED_FEE = "fixed_fee"
MILESTONE = "milestone"
RETAINER = "retainer"
FOREIGN_MIDDLEWARE = "relay"


@dataclass(frozen=True, slots=True)
class Entity:
    """A company of the firm that keeps books. `name` is what all platforms call it; `tax_code` names a TaxCode."""

    key: str
    name: str
    country: str
    currency: str
    zone: str
    tax_code: str


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A tax code in the ERP; `entity` is an Entity key, `country` that entity's country."""

    name: str
    entity: str
    country: str
    per_cent: Decimal
    active: bool = True


@dataclass(frozen=True, slots=True)
class Period:
    """An accounting month of the ERP, both days inclusive; it holds for all entities."""

    name: str
    starts_on: date
    ends_on: date
    closed: bool = False


@dataclass(frozen=True, slots=True)
class RateVersion:
    """Hourly prices by role name from a day until another (both inclusive; None is open)."""

    starts_on: date
    ends_on: date | None
    default_hourly: Decimal
    hourly: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class RateCard:
    """A named price list in one currency; its versions follow one another without overlap."""

    key: str
    name: str
    currency: str
    versions: tuple[RateVersion, ...]

    def hourly(self, role: str, on: date) -> Decimal | None:
        """The price of a role on a day, None when no version holds then."""
        for version in self.versions:
            if version.starts_on <= on and (version.ends_on is None or on <= version.ends_on):
                return version.hourly.get(role, version.default_hourly)
        return None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works for the firm. `role` names a role; without `in_erp` the ERP has no employee for them."""

    key: str
    name: str
    email: str
    entity: str
    role: str
    number: str
    hired_on: date
    left_on: date | None = None
    in_erp: bool = True


@dataclass(frozen=True, slots=True)
class Company:
    """A company that buys. All are in the CRM; `in_psa` and `in_erp` say where else they are from the start.

    `erp_entity` is the entity whose subsidiary the ERP files it under (normally `entity`). `erp_copies` of 2: the
    ERP has it twice, same name, tax number and domain, two numbers (`number` and `number` + "-B")."""

    key: str
    name: str
    number: str
    entity: str
    erp_entity: str
    currency: str
    tax_number: str
    payment_terms: str
    domain: str
    street: str
    city: str
    postcode: str
    country: str
    contact_name: str
    contact_email: str
    created_on: date
    parent: str = ""
    in_psa: bool = True
    in_erp: bool = True
    erp_copies: int = 1
    foreign_key: str = ""


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One priced line of a sale. `title` becomes a task's name; `due_on` is the milestone's or retainer month's day."""

    key: str
    title: str
    role: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal in the CRM. `stage` is won, open or lost; `closed_on` the (expected) day of closing.

    An amendment names the sale it `amends` (key), its `amendment_number` (1, 2, ...) and `effective_on`; its lines
    and `amount` are what it adds. `rate_card` is a RateCard key, `owner` a Person key."""

    key: str
    name: str
    company: str
    entity: str
    billing_type: str
    currency: str
    amount: Decimal
    stage: str
    closed_on: date
    created_on: date
    starts_on: date
    ends_on: date
    owner: str
    service_line: str
    rate_card: str = ""
    cap: Decimal | None = None
    purchase_order: str = ""
    lines: tuple[SaleLine, ...] = ()
    amends: str = ""
    amendment_number: int = 0
    effective_on: date | None = None
    foreign_key: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of a project's work; `name` is unique within its project. Without `active_in_erp` people have
    inactivated it in the ERP (it is still open in the PSA)."""

    key: str
    project: str
    name: str
    role: str
    billable: bool
    estimate_minutes: int
    active_in_erp: bool = True
    foreign_key: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project that both PSA and ERP hold from the start (those sold after the cut-over do not exist yet).

    `name` is the same as its sale's, its workspace's title and its job's name; `number` is the ERP's entity id."""

    key: str
    number: str
    sale: str
    name: str
    company: str
    entity: str
    currency: str
    billing_type: str
    starts_on: date
    ends_on: date
    budget: Decimal
    rate_card: str
    tasks: tuple[Task, ...]
    active: bool = True
    foreign_key: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """Time somebody worked, in multiples of 20 minutes. `task` is the task's *name* within the project.

    `project` is a Project key, or a Sale key when the project was sold after the cut-over. `sheet` names the
    timesheet that submits it, empty when it has not been submitted."""

    key: str
    project: str
    task: str
    person: str
    role: str
    on: date
    minutes: int
    billable: bool
    notes: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A timesheet: one person, one project, one week (Monday to Sunday). `status` is pending, approved, rejected or
    cancelled; an entry is approved exactly when its sheet is. `decided_by` is a Person key."""

    key: str
    project: str
    person: str
    starts_on: date
    ends_on: date
    status: str
    decided_by: str = ""
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class Spend:
    """An expense. `status` as for sheets; `project` as for Work."""

    key: str
    project: str
    person: str
    on: date
    category: str
    amount: Decimal
    currency: str
    billable: bool
    notes: str
    status: str = "approved"
    decided_by: str = ""
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """A point of delivery on a fixed-fee or milestone project that earns money once completed."""

    key: str
    project: str
    title: str
    amount: Decimal
    currency: str
    due_on: date
    completed_on: date | None = None


@dataclass(frozen=True, slots=True)
class BillLine:
    """A billing line the ERP has from before the cut-over. `source` is the key of the Work, Spend, Milestone or
    SaleLine it bills; `line_type` is time, expense, milestone, fixed_fee or retainer; `item` a service item's name.

    `minutes`, `task` and `person` are set on time lines. `invoice` is an Invoice key, empty when not yet invoiced."""

    key: str
    line_type: str
    source: str
    project: str
    on: date
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    currency: str
    item: str
    memo: str
    minutes: int = 0
    task: str = ""
    person: str = ""
    invoice: str = ""
    foreign_key: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceShare:
    """The part of one billing line that an invoice covers; less than the line when it covers it partly."""

    line: str
    minutes: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice in the ERP. `status` is draft, open, paid or voided; `net` + `tax` is its total."""

    key: str
    number: str
    project: str
    company: str
    entity: str
    currency: str
    on: date
    due_on: date
    status: str
    net: Decimal
    tax: Decimal
    shares: tuple[InvoiceShare, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note against one invoice: `net` + `tax` is given back."""

    key: str
    number: str
    invoice: str
    on: date
    net: Decimal
    tax: Decimal
    memo: str


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for one invoice."""

    key: str
    invoice: str
    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something planted on purpose. `records` are keys of the source records (a Sale or a Work) a correct console
    holds under `code`, each counted once; `from_step` and `until_step` (exclusive) when: 0 is from the start."""

    code: str
    records: tuple[str, ...]
    why: str
    from_step: int = 0
    until_step: int | None = None


@dataclass(frozen=True, slots=True)
class Firm:
    """Norrvik Hale as it stands on the day Tieout first connects. `cutover` is the first day that counts.

    Works, sheets, spends, lines and invoices come in the order of their days, as a platform would number them."""

    seed: int
    scale: str
    today: date
    cutover: date
    history_starts_on: date
    foreign_keys: bool
    entities: tuple[Entity, ...]
    tax_codes: tuple[TaxCode, ...]
    periods: tuple[Period, ...]
    roles: tuple[str, ...]
    items: tuple[str, ...]
    """Service items of the ERP: every role's name, then Expense, Milestone, Fixed fee, Retainer."""
    rate_cards: tuple[RateCard, ...]
    people: tuple[Person, ...]
    companies: tuple[Company, ...]
    sales: tuple[Sale, ...]
    projects: tuple[Project, ...]
    works: tuple[Work, ...]
    sheets: tuple[Sheet, ...]
    spends: tuple[Spend, ...]
    milestones: tuple[Milestone, ...]
    lines: tuple[BillLine, ...]
    invoices: tuple[Invoice, ...]
    credits: tuple[Credit, ...]
    payments: tuple[Payment, ...]
    troubles: tuple[Trouble, ...]
    parts: Mapping[str, str]
    """Which project (or, sold after the cut-over, sale) plays which part of `firm/shapes.py`: part -> key."""
