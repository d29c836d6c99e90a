"""The register of kinds: our word for each sort of record, and the value that carries it."""

from __future__ import annotations

from console.records import billing, calendar, delivery, firm, selling

RECORDS: dict[str, type[firm.Record]] = {
    "legal_entity": firm.LegalEntity,
    "customer": firm.Customer,
    "contact": firm.Contact,
    "resource": firm.Resource,
    "skill": firm.Skill,
    "role": firm.Role,
    "billing_item": firm.BillingItem,
    "leave": firm.Leave,
    "deal": selling.Deal,
    "contract_line": selling.ContractLine,
    "engagement": selling.Engagement,
    "rate_card": selling.RateCard,
    "rate": selling.Rate,
    "project": delivery.Project,
    "task": delivery.Task,
    "demand": delivery.Demand,
    "allocation": delivery.Allocation,
    "time_entry": delivery.TimeEntry,
    "expense": delivery.Expense,
    "milestone": delivery.Milestone,
    "approval": delivery.Approval,
    "billing_line": billing.BillingLine,
    "invoice": billing.Invoice,
    "invoice_line": billing.InvoiceLine,
    "credit_note": billing.CreditNote,
    "payment": billing.Payment,
    "cost": billing.Cost,
    "revenue_schedule": billing.RevenueSchedule,
    "accounting_period": calendar.AccountingPeriod,
    "tax_code": calendar.TaxCode,
    "fx_rate": calendar.FxRate,
}
"""Which value carries which kind. A platform may read several of its own kinds into one of ours (`READS`)."""

READS: dict[str, str] = {"time_line": "billing_line", "charge_line": "billing_line"}
"""Kinds a platform reads and writes apart although the book holds them as one: target kind -> book kind."""


def book_kind(kind: str) -> str:
    """The kind under which the book keeps what is read or written as `kind`."""
    return READS.get(kind, kind)
