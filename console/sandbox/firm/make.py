"""Makes the firm: the same seed, scale, history and day give the same firm to the last entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from random import Random

from console.sandbox.firm import books, delivery, masters, planted, selling, shapes
from console.sandbox.firm.books import Past
from console.sandbox.firm.calendar import add_months, cutover_for, periods
from console.sandbox.firm.model import Company, Firm, Person, Sale
from console.sandbox.firm.recent import Amount, Delivered, Span, deliver
from console.sandbox.firm.selling import Market
from console.sandbox.firm.shapes import Scale, Shape
from console.sandbox.firm.tables import ENTITIES, ITEMS, ROLES

_PLANTED_COMPANY = {
    "wrong_legal_entity": masters.WRONG_ENTITY,
    "currency_mismatch": masters.MIXED_CURRENCY,
    "duplicate_customer": masters.DUPLICATED,
}
_NEW_CUSTOMER_SHARE = 0.5
_PAST_SPENDS = 0.4
_RECENT_SPENDS = 0.3


def make_firm(seed: int, scale: str, history_months: int, foreign_keys: bool, today: date) -> Firm:
    """The firm on a day, with so many months of past before the cut-over (0: no projects of its own yet).

    Raises `UnknownScale`."""
    size = shapes.scale_of(scale)
    cutover = cutover_for(today)
    span = Span(add_months(cutover, -history_months), cutover, today)
    people = masters.people(seed, size, cutover)
    companies = masters.companies(seed, size, cutover, foreign_keys)
    cards = {card.key: card for card in masters.rate_cards(cutover)}
    market = Market(cards, [person.key for person in people if person.role == "Principal"], foreign_keys)
    old = _old(seed, size, span, people, companies, market) if history_months else []
    sold = _sold(seed, size, len(old), span, companies, market)
    projects = {each.project.key: each.project for each in old}
    found = list(chain.from_iterable(books.lines(_past(each, cutover), cards, cutover, foreign_keys) for each in old))
    ledger = books.invoiced(projects, found, cutover)
    parts = _parts(size, old, sold)
    rng = Random(f"{seed}/also-rans")
    also_rans = selling.also_rans(len(old) + len(sold), companies[4:], market, today, rng)
    return Firm(
        seed=seed,
        scale=scale,
        today=today,
        cutover=cutover,
        history_starts_on=span.history_starts_on,
        foreign_keys=foreign_keys,
        entities=ENTITIES,
        tax_codes=masters.tax_codes(),
        periods=periods(span.history_starts_on, cutover, today),
        roles=ROLES,
        items=ITEMS,
        rate_cards=tuple(cards.values()),
        people=people,
        companies=companies,
        sales=(*(each.sale for each in old), *sold, *also_rans),
        projects=tuple(projects.values()),
        works=tuple(sorted(chain.from_iterable(each.works for each in old), key=lambda work: work.on)),
        sheets=tuple(sorted(chain.from_iterable(each.sheets for each in old), key=lambda sheet: sheet.ends_on)),
        spends=tuple(sorted(chain.from_iterable(each.spends for each in old), key=lambda spend: spend.on)),
        milestones=tuple(chain.from_iterable(each.milestones for each in old)),
        lines=ledger.lines,
        invoices=ledger.invoices,
        credits=ledger.credits,
        payments=ledger.payments,
        troubles=planted.troubles(parts),
        parts=parts,
    )


@dataclass(frozen=True, slots=True)
class _Engagement:
    shape: Shape
    goes_on: bool


def _old(
    seed: int, size: Scale, span: Span, people: Sequence[Person], companies: Sequence[Company], market: Market
) -> list[Delivered]:
    """Every engagement sold before the cut-over with all that was delivered on it."""
    shown = [_Engagement(shape, True) for shape in shapes.continuing(size)]
    shown += [_Engagement(shape, False) for shape in shapes.ended(size)]
    return [
        _deliver(n, each, seed, size, span, people, _customer(n, each.shape, companies), market)
        for n, each in enumerate(shown)
    ]


def _customer(n: int, shape: Shape, companies: Sequence[Company]) -> Company:
    able = masters.of_entity(companies, shape.entity, known=True)
    return able[n % len(able)]


def _deliver(
    n: int,
    each: _Engagement,
    seed: int,
    size: Scale,
    span: Span,
    people: Sequence[Person],
    company: Company,
    market: Market,
) -> Delivered:
    rng = Random(f"{seed}/old/{n}")
    term = selling.old_term(rng, span.cutover, span.today, span.history_starts_on, each.goes_on)
    sale = selling.sell(n, each.shape, company, term, market, rng, known=True)
    project = delivery.project_of(sale, n, market.foreign_keys, active=each.goes_on)
    return deliver(project, sale, each.shape.part, people, _amount(size, each.goes_on), span, seed)


def _amount(size: Scale, goes_on: bool) -> Amount:
    many = size.continuing + size.ended
    past_spends = round(size.spends * _PAST_SPENDS / many)
    if not goes_on:
        return Amount(size.past // many, 0, past_spends, 0)
    recent_spends = round(size.spends * _RECENT_SPENDS / size.continuing)
    return Amount(size.past // many, size.recent // size.continuing, past_spends, recent_spends)


def _sold(seed: int, size: Scale, start: int, span: Span, companies: Sequence[Company], market: Market) -> list[Sale]:
    """Every deal won after the cut-over; about half are with customers that only the CRM knows."""
    found = []
    for n, shape in enumerate(shapes.sold(size), start):
        rng = Random(f"{seed}/sold/{n}")
        term = selling.new_term(rng, shape, span.cutover, span.today)
        company = _buyer(shape, companies, rng)
        found.append(selling.sell(n, shape, company, term, market, rng, known=False))
    return found


def _buyer(shape: Shape, companies: Sequence[Company], rng: Random) -> Company:
    if shape.part in _PLANTED_COMPANY:
        return companies[_PLANTED_COMPANY[shape.part]]
    new = masters.of_entity(companies, shape.entity, known=False)
    known = masters.of_entity(companies, shape.entity, known=True)
    return rng.choice(new if new and rng.random() < _NEW_CUSTOMER_SHARE else known)


def _past(each: Delivered, cutover: date) -> Past:
    """What of a project was delivered before the cut-over and approved."""
    approved = {sheet.key for sheet in each.sheets if sheet.status == "approved"}
    return Past(
        each.project,
        each.sale,
        [work for work in each.works if work.on < cutover and work.sheet in approved],
        [spend for spend in each.spends if spend.on < cutover],
        each.milestones,
    )


def _parts(size: Scale, old: Sequence[Delivered], sold: Sequence[Sale]) -> dict[str, str]:
    """Part -> key of its project (sold before the cut-over) or of its sale (after)."""
    shown = zip(shapes.continuing(size), old, strict=False)
    found = {shape.part: each.project.key for shape, each in shown if shape.part}
    for shape, sale in zip(shapes.sold(size), sold, strict=True):
        if shape.part == "won_later":
            found.setdefault(shape.part, sale.key)
        elif shape.part:
            found[shape.part] = sale.key
    return found
