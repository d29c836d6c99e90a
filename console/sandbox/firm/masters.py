"""The firm's people, customers, price lists, tax codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from console.sandbox.firm.calendar import add_months
from console.sandbox.firm.model import Company, Person, RateCard, RateVersion, TaxCode
from console.sandbox.firm.shapes import Scale
from console.sandbox.firm.tables import (
    CITIES,
    COMPANY_FORM,
    ENTITIES,
    ENTITY,
    FIRST_NAMES,
    FIRST_WORDS,
    HOURLY,
    LAST_NAMES,
    MINOR,
    ODD_NAMES,
    PAYMENT_TERMS,
    RAISE,
    ROLES,
    SECOND_WORDS,
    STREETS,
    TAX_PER_CENT,
)

LEGACY_CARD = "rc-legacy"
UNKNOWN_PERSON = "h-unknown"
_ENTITY_PATTERN = ("us", "gb", "de", "us", "gb", "de", "us", "jp", "gb", "us")


def tax_codes() -> tuple[TaxCode, ...]:
    return tuple(TaxCode(e.tax_code, e.key, e.country, TAX_PER_CENT[e.key]) for e in ENTITIES)


def rate_cards(cutover: date) -> tuple[RateCard, ...]:
    """A standard card per currency, raised two months after the cut-over, and a legacy one that ends then."""
    raised_on = add_months(cutover, 2)
    standard = [_standard(entity.currency, cutover, raised_on) for entity in ENTITIES]
    old = RateVersion(_long_ago(cutover), raised_on - timedelta(days=1), *_prices("EUR", Decimal("0.9")))
    return (*standard, RateCard(LEGACY_CARD, f"Legacy EUR {cutover.year - 2}", "EUR", (old,)))


def card_key(currency: str) -> str:
    """The key of the standard card in a currency."""
    return f"rc-{currency.lower()}"


def _standard(currency: str, cutover: date, raised_on: date) -> RateCard:
    before = RateVersion(_long_ago(cutover), raised_on - timedelta(days=1), *_prices(currency, Decimal(1)))
    after = RateVersion(raised_on, None, *_prices(currency, RAISE))
    return RateCard(card_key(currency), f"Standard {currency}", currency, (before, after))


def _long_ago(cutover: date) -> date:
    return add_months(cutover, -36)


def _prices(currency: str, factor: Decimal) -> tuple[Decimal, dict[str, Decimal]]:
    minor = MINOR[currency]
    hourly = {role: (Decimal(prices[currency]) * factor).quantize(minor) for role, prices in HOURLY.items()}
    return hourly["Consultant"], hourly


def people(seed: int, scale: Scale, cutover: date) -> tuple[Person, ...]:
    """Everybody, spread evenly over roles and by pattern over entities, and one whom the ERP does not know."""
    rng = Random(f"{seed}/people")
    names = _names(rng, scale.people)
    found = [_person(n, names[n], rng, cutover) for n in range(scale.people - 1)]
    newcomer = Person(
        UNKNOWN_PERSON, names[-1], _email(names[-1]), "gb", "Consultant", "", add_months(cutover, 2), None, False
    )
    return (*found, newcomer)


def _names(rng: Random, count: int) -> list[str]:
    pairs = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    return rng.sample(pairs, count)


def _email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@norrvikhale.example"


def _person(n: int, name: str, rng: Random, cutover: date) -> Person:
    return Person(
        key=f"h-{n:03}",
        name=name,
        email=_email(name),
        entity=_ENTITY_PATTERN[n % len(_ENTITY_PATTERN)],
        role=ROLES[(n // len(_ENTITY_PATTERN) + n) % len(ROLES)],
        number=f"E{1000 + n}",
        hired_on=add_months(cutover, -30 - rng.randrange(60)),
    )


def companies(seed: int, scale: Scale, cutover: date, foreign_keys: bool) -> tuple[Company, ...]:
    """All customers; the last `new_companies` are in the CRM only. Three of the old ones carry a trouble."""
    rng = Random(f"{seed}/companies")
    words = [f"{first} {second}" for first in FIRST_WORDS for second in SECOND_WORDS]
    names = rng.sample(words, scale.companies)
    known = scale.companies - scale.new_companies
    return tuple(_company(n, names[n], n < known, rng, cutover, foreign_keys) for n in range(scale.companies))


def _company(n: int, words: str, known: bool, rng: Random, cutover: date, foreign_keys: bool) -> Company:
    entity = _special_entity(n) or _ENTITY_PATTERN[n % len(_ENTITY_PATTERN)]
    city, postcode = rng.choice(CITIES[entity])
    domain = f"{words.lower().replace(' ', '-')}.example"
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    age = 400 + rng.randrange(600) if known else -rng.randrange(30)
    return Company(
        key=f"c-{n:03}",
        name=ODD_NAMES.get(n, f"{words} {COMPANY_FORM[entity]}"),
        number=f"C{2000 + n}",
        entity=entity,
        erp_entity="de" if n == WRONG_ENTITY else entity,
        currency=ENTITY[entity].currency,
        tax_number=_tax_number(entity, rng),
        payment_terms=rng.choice(PAYMENT_TERMS),
        domain=domain,
        street=f"{rng.randrange(1, 180)} {rng.choice(STREETS)}",
        city=city,
        postcode=postcode,
        country=ENTITY[entity].country,
        contact_name=f"{first} {last}",
        contact_email=f"{first}.{last}@{domain}".lower(),
        created_on=cutover - timedelta(days=age),
        parent=_PARENTS.get(n, "") if known else "",
        in_psa=known,
        in_erp=known,
        erp_copies=2 if n == DUPLICATED else 1,
        foreign_key=f"relay-company-{7000 + n}" if known and foreign_keys else "",
    )


WRONG_ENTITY, MIXED_CURRENCY, DUPLICATED = 1, 2, 3
"""Numbers of the companies that carry the troubles of the same names."""
_PARENTS = {6: "c-000", 13: "c-000", 14: "c-004"}


def _special_entity(n: int) -> str:
    return {WRONG_ENTITY: "gb", MIXED_CURRENCY: "de", DUPLICATED: "us", 5: "gb", 8: "de", 19: "jp"}.get(n, "")


def _tax_number(entity: str, rng: Random) -> str:
    digits = "".join(str(rng.randrange(10)) for _ in range(13))
    forms = {
        "us": f"{digits[:2]}-{digits[2:9]}",
        "gb": f"GB{digits[:9]}",
        "de": f"DE{digits[:9]}",
        "jp": f"T{digits}",
    }
    return forms[entity]


def of_entity(companies: Sequence[Company], entity: str, known: bool) -> list[Company]:
    """The companies of an entity that carry no trouble, old ones or new ones."""
    planted = {f"c-{n:03}" for n in (WRONG_ENTITY, MIXED_CURRENCY, DUPLICATED)}
    return [c for c in companies if c.entity == entity and c.in_erp == known and c.key not in planted]
