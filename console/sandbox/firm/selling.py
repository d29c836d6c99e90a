"""What the firm sold: deals with their lines, their amendments, and some that were lost or are still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from console.sandbox.firm.calendar import add_months, months
from console.sandbox.firm.masters import LEGACY_CARD, card_key
from console.sandbox.firm.model import (
    FIXED_FEE,
    MILESTONE,
    RETAINER,
    TIME_AND_MATERIALS,
    Company,
    RateCard,
    Sale,
    SaleLine,
)
from console.sandbox.firm.shapes import Shape
from console.sandbox.firm.tables import ENTITY, MINOR, ROLES, SERVICE_LINES, TASK_OF, THEMES

CAPPED_ENTRIES = 12
"""Entries of a full day that fit under the cap of the capped engagement; one more does not."""
CAPPED_MINUTES = 480
_BASE = {"USD": 1000, "GBP": 800, "EUR": 900, "JPY": 150_000}
_MILESTONES = ("Design", "Build", "Acceptance")
_PHASES = ("Kick-off", "Delivery")


@dataclass(frozen=True, slots=True)
class Term:
    """From when to when an engagement is meant to run, when it was won and when it was first written down."""

    created_on: date
    closed_on: date
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Market:
    """What selling needs to know: who sells, the price lists, and whether foreign keys are left on records."""

    cards: dict[str, RateCard]
    owners: Sequence[str]
    foreign_keys: bool


def sell(n: int, shape: Shape, company: Company, term: Term, market: Market, rng: Random, known: bool) -> Sale:
    """One deal of this shape. `known` deals were sold before the cut-over."""
    entity = ENTITY[shape.entity]
    currency = "USD" if shape.part == "currency_mismatch" else entity.currency
    card = market.cards[LEGACY_CARD if shape.part == "expired_rate" else card_key(entity.currency)]
    key = f"s-{n:04}"
    lines = lines_for(key, shape, term, card, currency, rng)
    return Sale(
        key=key,
        name=f"{company.name} - {THEMES[n % len(THEMES)]} {n + 1:03}",
        company=company.key,
        entity=shape.entity,
        billing_type=shape.billing_type,
        currency=currency,
        amount=sum((line.amount for line in lines), Decimal(0)),
        stage="open" if shape.part == "won_later" else "won",
        closed_on=term.closed_on,
        created_on=term.created_on,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
        owner=rng.choice(market.owners),
        service_line=rng.choice(SERVICE_LINES),
        rate_card=card.key,
        cap=_cap(shape, lines),
        purchase_order=f"PO-{rng.randrange(10_000, 99_999)}",
        lines=lines,
        foreign_key=f"relay-deal-{5000 + n}" if known and market.foreign_keys else "",
    )


def lines_for(key: str, shape: Shape, term: Term, card: RateCard, currency: str, rng: Random) -> tuple[SaleLine, ...]:
    """The priced lines a deal of this shape has."""
    base = Decimal(_BASE[currency])
    match shape.billing_type:
        case "time_and_materials":
            return _role_lines(key, _roles(shape, rng), card, term.starts_on, currency)
        case "fixed_fee":
            return _dated_lines(key, _PHASES, term, base * rng.randrange(8, 30))
        case "milestone":
            return _dated_lines(key, _MILESTONES, term, base * rng.randrange(6, 25))
        case _:
            return _monthly_lines(key, term, base * rng.randrange(3, 9))


def _roles(shape: Shape, rng: Random) -> Sequence[str]:
    if shape.part == "capped":
        return ("Consultant",)
    return [ROLES[0], *rng.sample(ROLES[1:4], 2)]


def role_line(key: str, n: int, role: str, hours: int, card: RateCard, on: date, currency: str) -> SaleLine:
    """A line that sells hours of one role at the price of a day."""
    price = card.hourly(role, on) or Decimal(0)
    amount = (price * hours).quantize(MINOR[currency])
    return SaleLine(f"{key}-{n}", TASK_OF[role], role, Decimal(hours), price, amount)


def _role_lines(key: str, roles: Sequence[str], card: RateCard, on: date, currency: str) -> tuple[SaleLine, ...]:
    return tuple(role_line(key, n, role, 80 + 40 * n, card, on, currency) for n, role in enumerate(roles, 1))


def _dated_lines(key: str, titles: Sequence[str], term: Term, each: Decimal) -> tuple[SaleLine, ...]:
    step = (term.ends_on - term.starts_on) / (len(titles) + 1)
    return tuple(
        SaleLine(f"{key}-{n}", title, "", Decimal(1), each, each, term.starts_on + step * n)
        for n, title in enumerate(titles, 1)
    )


def _monthly_lines(key: str, term: Term, each: Decimal) -> tuple[SaleLine, ...]:
    return tuple(
        SaleLine(f"{key}-{n}", "Advisory retainer", "", Decimal(1), each, each, max(month, term.starts_on))
        for n, month in enumerate(months(term.starts_on, term.ends_on), 1)
    )


def _cap(shape: Shape, lines: Sequence[SaleLine]) -> Decimal | None:
    """Half an entry above what the capped engagement may bill, so that one entry more never fits."""
    if shape.part != "capped":
        return None
    return lines[0].unit_price * CAPPED_MINUTES / 60 * (2 * CAPPED_ENTRIES + 1) / 2


def amend(sale: Sale, number: int, line: SaleLine, on: date) -> Sale:
    """An amendment that adds one line to a deal."""
    return replace(
        sale,
        key=f"{sale.key}-a{number}",
        name=f"{sale.name} (amendment {number})",
        amount=line.amount,
        stage="won",
        closed_on=on,
        created_on=on - timedelta(days=7),
        cap=None,
        lines=(line,),
        amends=sale.key,
        amendment_number=number,
        effective_on=on,
        foreign_key="",
    )


def old_term(rng: Random, cutover: date, today: date, history_starts_on: date, goes_on: bool) -> Term:
    """A term of an engagement sold before the cut-over; when it does not go on it is over by then."""
    oldest = max(2, (cutover.year - history_starts_on.year) * 12 + cutover.month - history_starts_on.month)
    if goes_on:
        starts_on = add_months(cutover, -rng.randrange(2, min(20, oldest) + 1))
        ends_on = add_months(today, rng.randrange(2, 9))
    else:
        starts_on = add_months(cutover, -oldest + rng.randrange(0, max(1, oldest - 6)))
        ends_on = min(add_months(starts_on, rng.randrange(3, 6)), cutover - timedelta(days=15))
    closed_on = starts_on - timedelta(days=rng.randrange(5, 30))
    return Term(closed_on - timedelta(days=60), closed_on, starts_on, ends_on)


def new_term(rng: Random, shape: Shape, cutover: date, today: date) -> Term:
    """A term of an engagement sold after the cut-over. The capped one starts after prices were raised."""
    first = add_months(cutover, 2) if shape.part == "capped" else cutover
    closed_on = first + timedelta(days=1 + rng.randrange(40))
    if shape.part == "won_later":
        closed_on = today
    starts_on = min(closed_on + timedelta(days=rng.randrange(3, 12)), max(today - timedelta(days=28), closed_on))
    starts_on = add_months(today, -1) if shape.part == "won_later" else starts_on
    return Term(closed_on - timedelta(days=45), closed_on, starts_on, add_months(starts_on, rng.randrange(6, 10)))


def also_rans(start: int, companies: Sequence[Company], market: Market, today: date, rng: Random) -> list[Sale]:
    """Deals that were lost and deals that are still open: nothing follows from them."""
    found = []
    for n, stage in enumerate(("lost", "lost", "open", "open", "open"), start):
        company = rng.choice(companies)
        closed_on = today + timedelta(days=30 if stage == "open" else -40)
        term = Term(today - timedelta(days=70), closed_on, add_months(today, 2), add_months(today, 8))
        shape = Shape(company.entity, rng.choice((TIME_AND_MATERIALS, FIXED_FEE, MILESTONE, RETAINER)))
        found.append(replace(sell(n, shape, company, term, market, rng, known=False), stage=stage))
    return found
