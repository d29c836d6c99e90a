"""Divides the firm between several tenants of one platform."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from console.sandbox.firm.model import Firm
from console.sandbox.firm.tables import ENTITY

ENTITIES_OF = {
    "us": ("us",),
    "gb": ("gb",),
    "uk": ("gb",),
    "de": ("de",),
    "jp": ("jp",),
    "eu": ("gb", "de"),
    "apac": ("jp",),
}
"""Name of a further tenant (`netsuite:eu`) -> the entities whose customers, projects and books it holds.

A tenant with any other name knows the firm's people, prices, periods and tax codes, and none of its business.
"""


def entities_by_tenant(keys: Sequence[str]) -> dict[str, frozenset[str]]:
    """The entities each tenant holds: a named one those of its name, the plain one what its siblings leave."""
    named = {key: frozenset(ENTITIES_OF.get(key.partition(":")[2], ())) for key in keys if ":" in key}
    return {key: named[key] if key in named else _left(key, named) for key in keys}


def _left(key: str, named: dict[str, frozenset[str]]) -> frozenset[str]:
    taken = (entities for other, entities in named.items() if other.partition(":")[0] == key)
    return frozenset(ENTITY).difference(*taken)


def share_of(firm: Firm, entities: Collection[str]) -> Firm:
    """The part of the firm whose business belongs to these entities; the whole firm when they are all."""
    if set(entities) == set(ENTITY):
        return firm
    projects = {project.key for project in firm.projects if project.entity in entities}
    lines = tuple(line for line in firm.lines if line.project in projects)
    invoices = tuple(invoice for invoice in firm.invoices if invoice.project in projects)
    billed = {invoice.key for invoice in invoices}
    companies = tuple(company for company in firm.companies if company.entity in entities)
    buyers = {company.key for company in companies}
    return replace(
        firm,
        companies=tuple(c if c.parent in buyers else replace(c, parent="") for c in companies),
        sales=tuple(sale for sale in firm.sales if sale.entity in entities and sale.company in buyers),
        projects=tuple(project for project in firm.projects if project.key in projects),
        works=tuple(work for work in firm.works if work.project in projects),
        sheets=tuple(sheet for sheet in firm.sheets if sheet.project in projects),
        spends=tuple(spend for spend in firm.spends if spend.project in projects),
        milestones=tuple(milestone for milestone in firm.milestones if milestone.project in projects),
        lines=lines,
        invoices=invoices,
        credits=tuple(credit for credit in firm.credits if credit.invoice in billed),
        payments=tuple(payment for payment in firm.payments if payment.invoice in billed),
    )
