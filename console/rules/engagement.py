"""What was agreed: a deal with its amendments applied in their order, however they arrived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.records.money import Money, NotMoney, amount_of
from console.records.problem import Problem
from console.records.selling import BillingType, ContractLine, Deal, Engagement
from console.rules.problems import problem
from console.words import _

BILLING_TYPES = frozenset(BillingType)


def _needed() -> dict[str, str]:
    return {
        "legal_entity": _("legal entity"),
        "billing_type": _("billing type"),
        "amount": _("amount"),
        "starts_on": _("start date"),
        "ends_on": _("end date"),
    }


def lacking(deal: Deal, name: str, word: str) -> Problem:
    """The Problem that a field of a deal is not there, or says nothing we know."""
    return problem("missing_billing_terms", deal.ref, name, what=deal.name or _("The deal"), missing=word)


def missing_terms(deal: Deal) -> list[Problem]:
    """One Problem per field without which nothing can be set up or billed."""
    found = [lacking(deal, name, word) for name, word in _needed().items() if not getattr(deal, name)]
    if deal.billing_type and deal.billing_type not in BILLING_TYPES:
        found.append(lacking(deal, "billing_type", _("known billing type")))
    return found


def in_order(amendments: Sequence[Deal]) -> tuple[list[Deal], list[Problem]]:
    """The won amendments that may be applied now, and a Problem for each that may not.

    They are numbered 1, 2, 3 ...: one that came before an earlier one waits for it, one without a number of its own
    waits for a person.
    """
    won = sorted((each for each in amendments if each.is_won), key=lambda each: (each.amendment_number, each.ref))
    applied: list[Deal] = []
    held: list[Problem] = []
    for amendment in won:
        due = len(applied) + 1
        if amendment.amendment_number < due:
            held.append(lacking(amendment, "amendment_number", _("amendment number of its own")))
        elif amendment.amendment_number > due:
            held.append(problem("amendment_gap", amendment.ref, number=amendment.amendment_number, missing=due))
        else:
            applied.append(amendment)
    return applied, held


def _sum(one: Money | None, other: Money | None) -> Money | None:
    if one is None or other is None or one.currency != other.currency:
        return one
    return one + other


def effective(deal: Deal, amendments: Sequence[Deal]) -> Engagement:
    """The terms that hold with `amendments` (already in order): budgets add up, ends and caps are replaced.

    Money in another currency than the deal's is left out; `foreign` finds it.
    """
    budget, cap, ends_on, card = deal.amount, deal.cap, deal.ends_on, deal.rate_card
    currency = deal.amount.currency if deal.amount else ""
    for amendment in amendments:
        budget = _sum(budget, amendment.amount)
        cap = amendment.cap if amendment.cap and amendment.cap.currency == currency else cap
        ends_on = amendment.ends_on or ends_on
        card = amendment.rate_card or card
    return Engagement(
        ref=deal.ref,
        deal=deal.ref,
        customer=deal.customer,
        name=deal.name,
        billing_type=BillingType(deal.billing_type),
        legal_entity=deal.legal_entity,
        currency=currency,
        budget=budget,
        cap=cap,
        starts_on=deal.starts_on,
        ends_on=ends_on,
        rate_card=card,
        service_line=deal.service_line,
        amendments=len(amendments),
    )


def foreign(deal: Deal, amendments: Iterable[Deal]) -> list[tuple[Deal, str]]:
    """Amendments that name money in another currency than the deal they amend, and that currency."""
    own = deal.amount.currency if deal.amount else ""
    named = [(each, money.currency) for each in amendments for money in (each.amount, each.cap) if money]
    return list(dict.fromkeys((each, currency) for each, currency in named if currency != own))


def breakdown(lines: Iterable[ContractLine]) -> list[tuple[ContractLine, int]]:
    """The tasks that contract lines make: the first line of each title, with the minutes of all that share it."""
    first: dict[str, ContractLine] = {}
    minutes: dict[str, int] = {}
    for line in lines:
        title = line.title.strip().casefold()
        first.setdefault(title, line)
        minutes[title] = minutes.get(title, 0) + _minutes(line)
    return [(line, max(0, minutes[title])) for title, line in first.items()]


def _minutes(line: ContractLine) -> int:
    """Contract lines count hours; what is no number counts none."""
    try:
        return int(amount_of(line.quantity or 0) * 60)
    except NotMoney:
        return 0
