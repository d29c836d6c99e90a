"""A won deal becomes a customer, project and tasks in the ERP and a project with its breakdown in the PSA."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from console.records.firm import Customer
from console.records.intent import Flow, Hold, Linked, Verdict, Wanted
from console.records.keys import business_key, parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.records.selling import BillingType, ContractLine, Deal, Engagement
from console.rules import engagement, routing
from console.rules.book import Book
from console.rules.cutover import before_every, cutover
from console.rules.problems import problem
from console.rules.terms import different_currencies
from console.words import _

FLOW = Flow.DEAL_TO_PROJECT


def deal_to_project(deal: Deal, book: Book) -> Verdict:
    """Everything that should exist for one deal (not an amendment: those are applied to the deal they amend)."""
    if not deal.is_won:
        return _given_up(deal, book) if deal.is_closed else _not_won(deal, book)
    since = cutover(book, FLOW, deal.legal_entity, deal.ref)
    if _before(deal, since, book):
        return Verdict(deal.ref, rest="before_cutover")
    problems = engagement.missing_terms(deal)
    if isinstance(since, Problem) and deal.legal_entity:
        problems.append(since)
    if deal.customer not in book.customers:
        problems.append(problem("missing_customer", deal.ref, "customer", what=deal.name or _("this deal")))
    if problems:
        return _held(deal, problems)
    return _set_up(deal, book)


def _before(deal: Deal, since: date | Problem, book: Book) -> bool:
    """A deal that names no legal entity is too old when it is too old for every one."""
    if deal.closed_on is None:
        return False
    if isinstance(since, Problem):
        return not deal.legal_entity and before_every(book, FLOW, deal.closed_on)
    return deal.closed_on < since


@dataclass(frozen=True, slots=True)
class Setting:
    """One deal's engagement with the places it goes to and what stands in the way."""

    deal: Deal
    terms: Engagement
    lines: Sequence[ContractLine]
    erp: str
    psa: str
    customer: str
    problems: Sequence[Problem]


def _set_up(deal: Deal, book: Book) -> Verdict:
    applied, waiting = engagement.in_order(book.amendments.get(deal.ref, ()))
    terms = engagement.effective(deal, applied)
    routed = [
        routing.target(book, role, "project", terms.legal_entity, deal.closed_on, terms.service_line, deal.ref)
        for role in ("erp", "psa")
    ]
    lost = [each for each in routed if isinstance(each, Problem)]
    if lost:
        return _held(deal, lost)
    erp, psa = (str(each) for each in routed)
    setting = Setting(
        deal=deal,
        terms=terms,
        lines=[line for sold in (deal, *applied) for line in book.lines.get(sold.ref, ())],
        erp=erp,
        psa=psa,
        customer=_buyer(deal, book),
        problems=(*_objections(deal, terms, book, erp), *_priced_elsewhere(deal, applied, terms, book, erp, psa)),
    )
    holds = [
        Hold(
            FLOW,
            deal.ref,
            (each,),
            target=erp,
            kind="amendment",
            key=_key(book, erp, each.ref, "amendment"),
            legal_entity=terms.legal_entity,
        )
        for each in waiting
    ]
    return Verdict(deal.ref, wanted=tuple(_wanted(setting, book)), holds=tuple(holds))


def _buyer(deal: Deal, book: Book) -> str:
    """The ref the deal's customer is known by, or its own where that record is not at hand."""
    master = book.master(deal.customer)
    return master if master in book.customers else deal.customer


def _objections(deal: Deal, terms: Engagement, book: Book, erp: str) -> Iterator[Problem]:
    known = {name for connection, name in book.entities if connection == erp}
    if known and terms.legal_entity not in known:
        yield _entity_problem(deal, terms, _("the ERP has no legal entity of that name"))
    count = book.doubles.get((erp, book.master(deal.customer)), 0)
    if count > 1:
        name = book.customers[deal.customer].name
        yield problem("duplicate_customer", deal.ref, "customer", count=count, customer=name)
    there = _customer_at(book, erp, deal)
    buyer = there or book.customers[deal.customer]
    if buyer.legal_entity and buyer.legal_entity != terms.legal_entity:
        found = _("the ERP has its customer under {entity}") if there else _("the CRM has its customer under {entity}")
        yield _entity_problem(deal, terms, found.format(entity=buyer.legal_entity))


def _customer_at(book: Book, erp: str, deal: Deal) -> Customer | None:
    return book.customers.get(book.there(erp, "customer", deal.customer))


def _entity_problem(deal: Deal, terms: Engagement, found: str) -> Problem:
    return problem(
        "wrong_legal_entity", deal.ref, "legal_entity", what=deal.name, wanted=terms.legal_entity, found=found
    )


def _priced_elsewhere(
    deal: Deal, applied: Sequence[Deal], terms: Engagement, book: Book, erp: str, psa: str
) -> Iterator[Problem]:
    """Whatever should share the deal's currency and does not, and a rate card that the PSA does not have."""
    there = _customer_at(book, erp, deal)
    card = _card(book, psa, terms.rate_card)
    buying = (there or book.customers[deal.customer]).currency
    others = [
        (_("its customer in the ERP") if there else _("its customer in the CRM"), buying),
        (_("its rate card"), book.rate_cards[card].currency if card else ""),
    ]
    for other, currency in others:
        if currency and currency != terms.currency:
            yield different_currencies(deal.ref, _("The deal"), terms.currency, other, currency)
    for amendment, currency in engagement.foreign(deal, applied):
        yield different_currencies(amendment.ref, amendment.name, currency, _("the deal it amends"), terms.currency)
    if terms.billing_type == BillingType.TIME_AND_MATERIALS and terms.rate_card and not card:
        yield engagement.lacking(deal, "rate_card", _("rate card named {name} in the PSA", name=terms.rate_card))


def _wanted(setting: Setting, book: Book) -> Iterator[Wanted]:
    yield from _customers(setting, book, setting.customer, set())
    yield _project(setting, book, setting.erp)
    yield _project(setting, book, setting.psa)
    for line, minutes in engagement.breakdown(setting.lines):
        yield _task(setting, book, setting.erp, line, minutes)
        yield _task(setting, book, setting.psa, line, minutes)
    if setting.terms.billing_type in (BillingType.FIXED_FEE, BillingType.MILESTONE):
        yield from (_milestone(setting, book, line, line.amount) for line in setting.lines if line.amount)


def _customers(setting: Setting, book: Book, ref: str, seen: set[str]) -> Iterator[Wanted]:
    customer = book.customers.get(ref)
    if customer is None or ref in seen:
        return
    seen.add(ref)
    parent = book.master(customer.parent) if customer.parent else ""
    yield from _customers(setting, book, parent, seen)
    body: dict[str, Any] = {
        "name": customer.name,
        "legal_entity": customer.legal_entity or setting.terms.legal_entity,
        "currency": customer.currency or setting.terms.currency,
        "tax_number": customer.tax_number,
        "payment_terms": customer.payment_terms,
        "parent": Linked("customer", parent) if parent in book.customers else "",
        "street": customer.street,
        "city": customer.city,
        "postcode": customer.postcode,
        "country": customer.country,
        "domain": customer.domain,
    }
    yield _want(setting, book, setting.erp, "customer", ref, body)


def _project(setting: Setting, book: Book, target: str) -> Wanted:
    terms = setting.terms
    body: dict[str, Any] = {
        "name": terms.name,
        "legal_entity": terms.legal_entity,
        "currency": terms.currency,
        "billing_type": terms.billing_type.value,
        "starts_on": terms.starts_on.isoformat() if terms.starts_on else "",
        "ends_on": terms.ends_on.isoformat() if terms.ends_on else "",
        "budget": _json(terms.budget),
    }
    if target == setting.erp or book.there(target, "customer", setting.customer):
        body["customer"] = Linked("customer", setting.customer)
    card = _card(book, target, terms.rate_card)
    if card:
        body["rate_card"] = Linked("rate_card", card)
    return _want(setting, book, target, "project", setting.deal.ref, body, terms.budget)


def _task(setting: Setting, book: Book, target: str, line: ContractLine, minutes: int) -> Wanted:
    by_time = setting.terms.billing_type == BillingType.TIME_AND_MATERIALS
    body: dict[str, Any] = {
        "project": Linked("project", setting.deal.ref),
        "name": line.title.strip() or line.role or setting.deal.name,
        "billable": by_time,
        "active": True,
        "estimate_minutes": minutes if by_time else 0,
    }
    return _want(setting, book, target, "task", line.ref, body)


def _milestone(setting: Setting, book: Book, line: ContractLine, amount: Money) -> Wanted:
    body: dict[str, Any] = {
        "project": Linked("project", setting.deal.ref),
        "title": line.title,
        "amount": _json(amount),
        "due_on": line.due_on.isoformat() if line.due_on else "",
    }
    return _want(setting, book, setting.psa, "milestone", line.ref, body, amount)


def _want(
    setting: Setting, book: Book, target: str, kind: str, ref: str, body: dict[str, Any], money: Money | None = None
) -> Wanted:
    return Wanted(
        flow=FLOW,
        subject=setting.deal.ref,
        ref=ref,
        target=target,
        kind=kind,
        key=_key(book, target, ref, kind),
        body=body,
        legal_entity=setting.terms.legal_entity,
        money=money,
        on=setting.deal.closed_on,
        problems=setting.problems,
    )


def _given_up(deal: Deal, book: Book) -> Verdict:
    """A deal lost after it had been set up: its projects are closed, never deleted."""
    closing = [
        Wanted(FLOW, deal.ref, deal.ref, target, "project", key, {}, deal.legal_entity, closed=True)
        for target, key in _projects_made(deal, book)
    ]
    return Verdict(deal.ref, wanted=tuple(closing), rest="" if closing else "not_yet")


def _not_won(deal: Deal, book: Book) -> Verdict:
    if not _projects_made(deal, book):
        return Verdict(deal.ref, rest="not_yet")
    return _held(deal, [problem("reopened_deal", deal.ref, "stage", deal=deal.name)])


def _projects_made(deal: Deal, book: Book) -> list[tuple[str, str]]:
    """Where the deal's project was written, and under which key."""
    places = [tenant.connection for tenant in (*book.with_role("erp"), *book.with_role("psa"))]
    keys = [(place, _key(book, place, deal.ref, "project")) for place in places]
    return [(place, key) for place, key in keys if key in book.posted]


def _key(book: Book, target: str, ref: str, kind: str) -> str:
    source = parse_ref(ref)
    tenant = book.tenants[source.connection]
    part = kind if kind != source.kind else ""
    return business_key(tenant.tag, source.kind, source.remote_id, part, book.tenants[target].key_limit)


def _card(book: Book, connection: str, name: str) -> str:
    """The ref of the rate card with this name on a connection, or ''."""
    asked = ("card", connection, name)
    if asked not in book.memo:
        own = (card for card in book.rate_cards.values() if parse_ref(card.ref).connection == connection)
        book.memo[asked] = next((card.ref for card in own if name and card.name.casefold() == name.casefold()), "")
    return str(book.memo[asked])


def _json(money: Money | None) -> dict[str, str] | str:
    return {"amount": f"{money.amount:f}", "currency": money.currency} if money else ""


def _held(deal: Deal, problems: Sequence[Problem]) -> Verdict:
    hold = Hold(
        FLOW,
        deal.ref,
        tuple(problems),
        kind="project",
        money=deal.amount,
        on=deal.closed_on,
        legal_entity=deal.legal_entity,
    )
    return Verdict(deal.ref, holds=(hold,))
