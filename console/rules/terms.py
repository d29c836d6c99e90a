"""The terms a project is billed on, found once per project: customer, entity, billing type, card, ERP twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from console.records.delivery import Project
from console.records.problem import Problem
from console.records.selling import BillingType, Engagement
from console.rules import engagement, routing
from console.rules.book import Book
from console.rules.cutover import cutover
from console.rules.problems import problem
from console.rules.tax import tax_code_for


@dataclass(frozen=True, slots=True)
class Terms:
    """What every line of one project shares.

    `project` is the PSA project, `master` the ref it is known by, `erp` the connection that bills it, `twin` the
    ERP's project, `customer` the ref the ERP's customer is known by, `card` the rate card's ref. `problems` hold
    every line of the project.
    """

    project: Project
    master: str
    erp: str
    twin: Project | None
    customer: str
    legal_entity: str
    billing_type: BillingType | None
    currency: str
    card: str
    tax_code: str
    since: date | None
    problems: Sequence[Problem] = ()


def terms_of(book: Book, flow: str, project_ref: str) -> Terms | Problem:
    """The terms of a PSA project, remembered for the run; a Problem when the project itself is not known."""
    asked = ("terms", flow, project_ref)
    if asked not in book.memo:
        project = book.projects.get(project_ref)
        book.memo[asked] = (
            problem("missing_project", project_ref, "project", project=project_ref) if project is None else
            _find(book, flow, project)
        )
    known = book.memo[asked]
    assert isinstance(known, Terms | Problem)
    return known


def agreed(book: Book, master: str) -> Engagement | None:
    """The engagement behind a project, when a deal with usable terms is."""
    deal = book.deals.get(master)
    if deal is None or engagement.missing_terms(deal):
        return None
    applied, _gaps = engagement.in_order(book.amendments.get(master, ()))
    return engagement.effective(deal, applied)


def _twin(book: Book, erp: str, master: str, project_ref: str) -> Project | None:
    there = book.there(erp, "project", master) or book.there(erp, "project", project_ref)
    return book.projects.get(there)


def _erp_holding(book: Book, master: str) -> str:
    holding = [tenant.connection for tenant in book.with_role("erp") if book.there(tenant.connection, "project", master)]
    return holding[0] if len(holding) == 1 else ""


def _find(book: Book, flow: str, project: Project) -> Terms:
    master = book.master(project.ref)
    deal = agreed(book, master)
    problems: list[Problem] = []
    erp = _erp_holding(book, master)
    entity = deal.legal_entity if deal else project.legal_entity
    if not erp:
        routed = routing.target(book, "erp", "time_line", entity, service_line=deal.service_line if deal else "")
        if isinstance(routed, Problem):
            problems.append(routed)
        else:
            erp = routed
    twin = _twin(book, erp, master, project.ref)
    entity = entity or (twin.legal_entity if twin else "")
    if twin is None:
        problems.append(problem("missing_project", project.ref, "project", project=project.name))
    elif twin.legal_entity and entity and twin.legal_entity != entity:
        problems.append(
            problem("wrong_legal_entity", project.ref, "legal_entity", wanted=entity, found=twin.legal_entity)
        )
    elif not twin.active:
        problems.append(problem("inactive_project", twin.ref, "active", project=twin.name))
    since = cutover(book, flow, entity, project.ref)
    if isinstance(since, Problem):
        problems.append(since)
    billing_type = _billing_type(deal, project, twin)
    if billing_type is None:
        problems.append(
            problem("missing_billing_terms", project.ref, "billing_type", what=project.name, missing="billing type")
        )
    currency = (twin.currency if twin else "") or project.currency or (deal.currency if deal else "")
    if twin and twin.currency and project.currency and twin.currency != project.currency:
        problems.append(_currencies(project.ref, "The project", project.currency, "its ERP twin", twin.currency))
    tax = tax_code_for(book, erp, entity, project.ref)
    if isinstance(tax, Problem):
        problems.append(tax)
    return Terms(
        project=project,
        master=master,
        erp=erp,
        twin=twin,
        customer=book.master(twin.customer) if twin and twin.customer else (deal.customer if deal else ""),
        legal_entity=entity,
        billing_type=billing_type,
        currency=currency,
        card=project.rate_card,
        tax_code=tax.ref if tax is not None and not isinstance(tax, Problem) else "",
        since=since if isinstance(since, date) else None,
        problems=tuple(problems),
    )


def _billing_type(deal: Engagement | None, project: Project, twin: Project | None) -> BillingType | None:
    said = (deal.billing_type if deal else "", project.billing_type, twin.billing_type if twin else "")
    return next((BillingType(word) for word in said if word in set(BillingType)), None)


def _currencies(ref: str, one: str, currency_one: str, other: str, currency_other: str) -> Problem:
    return problem(
        "currency_mismatch",
        ref,
        "currency",
        one=one,
        currency_one=currency_one,
        other=other,
        currency_other=currency_other,
    )


def rate_currency_problem(terms: Terms, currency: str) -> Problem | None:
    """The card prices in another currency than the project bills in."""
    if not terms.currency or currency == terms.currency:
        return None
    return _currencies(terms.project.ref, "The rate card", currency, "the project", terms.currency)
