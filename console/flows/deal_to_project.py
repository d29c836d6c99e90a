"""A won deal becomes a customer, project and tasks in the ERP and a project with its breakdown in the PSA."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from console.records.intent import Flow, Hold, Linked, Verdict, Wanted
from console.records.keys import business_key, parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.records.selling import BillingType, ContractLine, Deal, Engagement
from console.rules import engagement, routing
from console.rules.book import Book
from console.rules.cutover import cutover
from console.rules.problems import problem

FLOW = Flow.DEAL_TO_PROJECT


def deal_to_project(deal: Deal, book: Book) -> Verdict:
    """Everything that should exist for one deal (not an amendment: those are applied to the deal they amend)."""
    if not deal.is_won:
        return _given_up(deal, book) if deal.is_closed else Verdict(deal.ref, rest="not_yet")
    since = cutover(book, FLOW, deal.legal_entity, deal.ref)
    if not isinstance(since, Problem) and deal.closed_on is not None and deal.closed_on < since:
        return Verdict(deal.ref, rest="before_cutover")
    problems = engagement.missing_terms(deal)
    if isinstance(since, Problem) and deal.legal_entity:
        problems.append(since)
    if deal.customer not in book.customers:
        problems.append(problem("missing_customer", deal.ref, "customer", what=deal.name))
    if problems:
        return _held(deal, problems)
    return _set_up(deal, book)


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
    applied, gaps = engagement.in_order(book.amendments.get(deal.ref, ()))
    terms = engagement.effective(deal, applied)
    routed = [
        routing.target(book, role, "project", terms.legal_entity, deal.closed_on, terms.service_line)
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
        customer=book.master(deal.customer),
        problems=tuple(_objections(deal, terms, book, erp, psa)),
    )
    holds = [
        Hold(FLOW, deal.ref, (gap,), target=erp, kind="amendment", key=_key(book, erp, gap.ref, "amendment"))
        for gap in gaps
    ]
    return Verdict(deal.ref, wanted=tuple(_wanted(setting, book)), holds=tuple(holds))


def _objections(deal: Deal, terms: Engagement, book: Book, erp: str, psa: str) -> Iterator[Problem]:
    known = {name for connection, name in book.entities if connection == erp}
    if known and terms.legal_entity not in known:
        yield problem(
            "wrong_legal_entity", deal.ref, "legal_entity", wanted=terms.legal_entity, found="no such legal entity"
        )
    master = book.master(deal.customer)
    count = book.doubles.get((erp, master), 0)
    if count > 1:
        yield problem(
            "duplicate_customer", deal.ref, "customer", count=count, customer=book.customers[deal.customer].name
        )
    there = book.customers.get(book.there(erp, "customer", master))
    if there and there.legal_entity and there.legal_entity != terms.legal_entity:
        yield problem(
            "wrong_legal_entity", deal.ref, "legal_entity", wanted=terms.legal_entity, found=there.legal_entity
        )
    yield from _currency_objections(deal, terms, book, there.currency if there else "", psa)


def _currency_objections(deal: Deal, terms: Engagement, book: Book, erp_currency: str, psa: str) -> Iterator[Problem]:
    card = _card(book, psa, terms.rate_card)
    for other, currency in (("the customer in the ERP", erp_currency), ("its rate card", _card_currency(book, card))):
        if currency and currency != terms.currency:
            yield problem(
                "currency_mismatch",
                deal.ref,
                "currency",
                one="The deal",
                currency_one=terms.currency,
                other=other,
                currency_other=currency,
            )


def _wanted(setting: Setting, book: Book) -> Iterator[Wanted]:
    yield from _customers(setting, book, setting.customer, set())
    yield _project(setting, book, setting.erp)
    yield _project(setting, book, setting.psa)
    for line in setting.lines:
        yield _task(setting, book, setting.erp, line)
        yield _task(setting, book, setting.psa, line)
        if setting.terms.billing_type in (BillingType.FIXED_FEE, BillingType.MILESTONE) and line.amount:
            yield _milestone(setting, book, line, line.amount)


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


def _task(setting: Setting, book: Book, target: str, line: ContractLine) -> Wanted:
    minutes = _minutes(line) if setting.terms.billing_type == BillingType.TIME_AND_MATERIALS else 0
    body: dict[str, Any] = {
        "project": Linked("project", setting.deal.ref),
        "name": line.title,
        "billable": setting.terms.billing_type == BillingType.TIME_AND_MATERIALS,
        "active": True,
        "estimate_minutes": minutes,
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
        Wanted(FLOW, deal.ref, deal.ref, tenant.connection, "project", key, {}, deal.legal_entity, closed=True)
        for tenant in (*book.with_role("erp"), *book.with_role("psa"))
        if (key := _key(book, tenant.connection, deal.ref, "project")) in book.posted
    ]
    return Verdict(deal.ref, wanted=tuple(closing), rest="" if closing else "not_yet")


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


def _card_currency(book: Book, card: str) -> str:
    return book.rate_cards[card].currency if card else ""


def _minutes(line: ContractLine) -> int:
    """Contract lines of time and materials count hours."""
    whole = line.quantity.split(".")[0]
    return int(whole) * 60 if whole.isdigit() else 0


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
