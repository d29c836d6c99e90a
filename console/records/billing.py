"""What is billed and booked: billing lines, invoices, credit notes, payments, costs and revenue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from console.records.firm import Record
from console.records.money import Money


class Stage(StrEnum):
    """How far a billing line has come in the ERP."""

    POSTED = "posted"
    ON_DRAFT = "on_draft"
    INVOICED = "invoiced"
    CREDITED = "credited"
    PAID = "paid"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingLine(Record):
    """A line the ERP will invoice, as the ERP shows it.

    `line_type` is time, expense, milestone, fixed_fee or retainer. `quantity` is decimal hours or pieces as text;
    `rate` is per unit; `invoice` the ref of the invoice that carries it.
    """

    line_type: str
    project: str = ""
    customer: str = ""
    task: str = ""
    resource: str = ""
    item: str = ""
    legal_entity: str = ""
    tax_code: str = ""
    on: date | None = None
    minutes: int = 0
    quantity: str = ""
    rate: Money | None = None
    amount: Money | None = None
    billable: bool = True
    stage: str = Stage.POSTED
    invoice: str = ""
    memo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Record):
    """An invoice in the ERP (or PSA). `status` is draft, open, paid, voided."""

    number: str
    customer: str
    project: str = ""
    legal_entity: str = ""
    on: date | None = None
    due_on: date | None = None
    status: str = ""
    total: Money | None = None
    tax: Money | None = None
    remaining: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine(Record):
    """A share of one billing line on one invoice: minutes and money it covers (negative on a credit note)."""

    invoice: str
    billing_line: str
    minutes: int = 0
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote(Record):
    """Money given back; `invoice` is the one it credits, when it says so."""

    number: str
    customer: str
    invoice: str = ""
    legal_entity: str = ""
    on: date | None = None
    total: Money | None = None
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Record):
    """Money received; `invoice` is what it was applied to."""

    customer: str
    invoice: str = ""
    on: date | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost(Record):
    """What a project cost: subcontractor, payroll."""

    project: str
    on: date
    amount: Money
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueSchedule(Record):
    """When revenue of a project is to be recognised."""

    project: str
    on: date
    amount: Money
    recognised: bool = False
