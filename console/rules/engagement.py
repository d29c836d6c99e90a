"""What was agreed: a deal with its amendments applied in their order, however they arrived."""

from __future__ import annotations

from collections.abc import Sequence

from console.records.money import Money
from console.records.problem import Problem
from console.records.selling import BillingType, Deal, Engagement
from console.rules.problems import problem

_NEEDED = {
    "legal_entity": "legal entity",
    "billing_type": "billing type",
    "amount": "amount",
    "starts_on": "start date",
    "ends_on": "end date",
}


def missing_terms(deal: Deal) -> list[Problem]:
    """One Problem per field without which nothing can be set up or billed."""
    found = [
        problem("missing_billing_terms", deal.ref, name, what=deal.name, missing=word)
        for name, word in _NEEDED.items()
        if not getattr(deal, name)
    ]
    if deal.billing_type and deal.billing_type not in set(BillingType):
        found.append(
            problem("missing_billing_terms", deal.ref, "billing_type", what=deal.name, missing="known billing type")
        )
    return found


def in_order(amendments: Sequence[Deal]) -> tuple[list[Deal], list[Problem]]:
    """The won amendments that may be applied now, and a Problem for each that came before an earlier one."""
    won = sorted((each for each in amendments if each.is_won), key=lambda each: (each.amendment_number, each.ref))
    applied: list[Deal] = []
    gaps: list[Problem] = []
    for amendment in won:
        due = len(applied) + 1
        if gaps or amendment.amendment_number > due:
            gaps.append(
                problem("amendment_gap", amendment.ref, number=amendment.amendment_number or "?", missing=due)
            )
        else:
            applied.append(amendment)
    return applied, gaps


def _sum(one: Money | None, other: Money | None) -> Money | None:
    if one is None or other is None or one.currency != other.currency:
        return one
    return one + other


def effective(deal: Deal, amendments: Sequence[Deal]) -> Engagement:
    """The terms that hold with `amendments` (already in order): budgets add up, ends and caps are replaced."""
    budget, cap, ends_on, card = deal.amount, deal.cap, deal.ends_on, deal.rate_card
    for amendment in amendments:
        budget = _sum(budget, amendment.amount)
        cap = amendment.cap or cap
        ends_on = amendment.ends_on or ends_on
        card = amendment.rate_card or card
    return Engagement(
        ref=deal.ref,
        deal=deal.ref,
        customer=deal.customer,
        name=deal.name,
        billing_type=BillingType(deal.billing_type),
        legal_entity=deal.legal_entity,
        currency=deal.amount.currency if deal.amount else "",
        budget=budget,
        cap=cap,
        starts_on=deal.starts_on,
        ends_on=ends_on,
        rate_card=card,
        service_line=deal.service_line,
        amendments=len(amendments),
    )
