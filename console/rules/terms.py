"""The terms a project is billed on, found once per project: customer, entity, billing type, card, ERP twin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from console.records.delivery import Project
from console.records.problem import Problem
from console.records.selling import BillingType, Engagement
from console.rules import engagement, routing
from console.rules.amounts import DEFAULT_POLICY, MoneyPolicy
from console.rules.book import Book
from console.rules.cutover import cutover
from console.rules.problems import PROJECT_MANAGER, problem
from console.rules.tax import tax_code_for
from console.words import _


@dataclass(frozen=True, slots=True)
class Terms:
    """What every line of one project shares.

    `project` is the PSA project, `master` the ref it is known by, `erp` the connection that bills it, `twin` the
    ERP's project, `customer` the ref the ERP's customer is known by, `card` the rate card's ref, `policy` how its
    lines are rounded. `problems` hold every line of the project.
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
    policy: MoneyPolicy = DEFAULT_POLICY


def terms_of(book: Book, flow: str, project_ref: str, day: date | None = None) -> Terms | Problem:
    """The terms of a PSA project, remembered for the run; a Problem when the project itself is not known.

    `day` matters only while no single ERP holds the project: then the routes of that day choose.
    """
    always = ("terms", flow, project_ref)
    known = book.memo.get(always)
    if isinstance(known, Terms | Problem):
        return known
    project = book.projects.get(project_ref)
    if project is None:
        found: Terms | Problem = problem(
            "missing_project", project_ref, "project", project=_("The project of this work")
        )
        book.memo[always] = found
        return found
    holding = _holding(book, project)
    if len(holding) == 1 or day is None or not any(route.starts_on or route.ends_on for route in book.routes):
        found = _find(book, flow, project, holding, day)
        book.memo[always] = found
        return found
    that_day = (*always, day)
    if that_day not in book.memo:
        book.memo[that_day] = _find(book, flow, project, holding, day)
    known = book.memo[that_day]
    assert isinstance(known, Terms)
    return known


def agreed(book: Book, master: str) -> Engagement | None:
    """The engagement behind a project, when a deal with usable terms is."""
    deal = book.deals.get(master)
    if deal is None or engagement.missing_terms(deal):
        return None
    applied, _held = engagement.in_order(book.amendments.get(master, ()))
    return engagement.effective(deal, applied)


def _holding(book: Book, project: Project) -> list[str]:
    """The ERPs that have a project for this one."""
    return [each.connection for each in book.with_role("erp") if book.there(each.connection, "project", project.ref)]


def _find(book: Book, flow: str, project: Project, holding: Sequence[str], day: date | None) -> Terms:
    master = book.master(project.ref)
    deal = agreed(book, master)
    routed = _erp(book, project, deal, holding, day)
    erp = "" if isinstance(routed, Problem) else routed
    twin = book.projects.get(book.there(erp, "project", project.ref)) if erp else None
    entity = (deal.legal_entity if deal else project.legal_entity) or (twin.legal_entity if twin else "")
    billing_type = _billing_type(deal, project, twin)
    since = cutover(book, flow, entity, project.ref)
    tax = tax_code_for(book, erp, entity, project.ref)
    problems = [routed] if isinstance(routed, Problem) else []
    problems += _of_twin(project, twin, entity)
    if entity or twin:
        problems += [each for each in (since, tax) if isinstance(each, Problem)]
        problems += [] if billing_type else [lacking(project, "billing_type", _("billing type"))]
    problems += _of_currencies(project, twin, deal)
    return Terms(
        project=project,
        master=master,
        erp=erp,
        twin=twin,
        customer=book.master(twin.customer) if twin and twin.customer else (deal.customer if deal else ""),
        legal_entity=entity,
        billing_type=billing_type,
        currency=(twin.currency if twin else "") or project.currency or (deal.currency if deal else ""),
        card=project.rate_card,
        tax_code="" if tax is None or isinstance(tax, Problem) else tax.ref,
        since=since if isinstance(since, date) else None,
        problems=tuple(problems),
        policy=book.policy(erp, entity),
    )


def _erp(
    book: Book, project: Project, deal: Engagement | None, holding: Sequence[str], day: date | None
) -> str | Problem:
    """The ERP that has the project; where none or several have it, the one that routes choose."""
    if len(holding) == 1:
        return holding[0]
    entity, service_line = (deal.legal_entity, deal.service_line) if deal else (project.legal_entity, "")
    return routing.target(book, "erp", "time_line", entity, day, service_line, project.ref)


def _of_twin(project: Project, twin: Project | None, entity: str) -> Iterator[Problem]:
    if twin is None:
        named = _("The project {name}", name=project.name)
        yield problem("missing_project", project.ref, "project", project=named)
        return
    if twin.legal_entity and entity != twin.legal_entity:
        found = _("the ERP has its project under {entity}", entity=twin.legal_entity)
        yield problem("wrong_legal_entity", project.ref, "legal_entity", what=project.name, wanted=entity, found=found)
    if not twin.active:
        yield problem("inactive_project", twin.ref, "active", project=twin.name)


def lacking(project: Project, field: str, word: str) -> Problem:
    """The Problem that a field of a PSA project is not there."""
    trouble = problem("missing_billing_terms", project.ref, field, what=project.name, missing=word)
    return replace(trouble, owner="psa", who=PROJECT_MANAGER)


def _of_currencies(project: Project, twin: Project | None, deal: Engagement | None) -> Iterator[Problem]:
    billed = twin.currency if twin else ""
    for one, currency in ((_("The project"), project.currency), (_("The deal"), deal.currency if deal else "")):
        if currency and billed and currency != billed:
            yield different_currencies(project.ref, one, currency, _("its ERP project"), billed)


def _billing_type(deal: Engagement | None, project: Project, twin: Project | None) -> BillingType | None:
    said = (deal.billing_type if deal else "", project.billing_type, twin.billing_type if twin else "")
    return next((BillingType(word) for word in said if word in engagement.BILLING_TYPES), None)


def different_currencies(ref: str, one: str, currency_one: str, other: str, currency_other: str) -> Problem:
    """The Problem that two things which must share a currency do not."""
    return problem(
        "currency_mismatch",
        ref,
        "currency",
        one=one,
        currency_one=currency_one,
        other=other,
        currency_other=currency_other,
    )


def rate_currency_problem(terms: Terms, currency: str, what: str = "") -> Problem | None:
    """`what` (the rate card, an expense) is priced in another currency than the project bills in."""
    if not terms.currency or currency == terms.currency:
        return None
    return different_currencies(
        terms.project.ref, what or _("The rate card"), currency, _("the project"), terms.currency
    )
