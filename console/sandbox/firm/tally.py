"""The script's own bookkeeping: what a correct console must have done by now, whatever it has really done.

It is kept beside the acts of people and knows nothing of any console. It supposes that the console syncs after every
step, and states these rules:

- an approved, billable entry of a time-and-materials engagement, dated on or after the cut-over, is billed as one
  line: minutes / 60 x the hourly price of its role that day on the engagement's rate card, in whole coins, halves up;
- time of other engagements is not billable; their milestones are billed when completed, retainers on each month's day
  until today; approved billable expenses are billed at their amount on every engagement;
- what is before the cut-over is never billed; what a trouble holds is not billed either, except that a line billed
  before its trouble began (edited, deleted, invoiced, reopened) keeps what was billed: "billed" counts what the
  console sent, not what people made of it;
- a held record (a deal or a time entry) counts once under its code.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from console.sandbox.firm.later import won_later
from console.sandbox.firm.model import (
    FIXED_FEE,
    RETAINER,
    TIME_AND_MATERIALS,
    Firm,
    Milestone,
    RateCard,
    Sale,
    SaleLine,
    Sheet,
    Spend,
    Trouble,
    Work,
)
from console.sandbox.firm.money import worth

_NEVER_BILLED = frozenset(
    ("inactive_task", "expired_rate", "unknown_resource", "closed_period", "missing_tax_code", "cap_exceeded")
)


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One line that must have been billed. `work` is empty on charges, where `what` is the line type."""

    what: str
    project: str
    person: str
    task: str
    on: date | None
    amount: Decimal
    currency: str
    work: str = ""


class Tally:
    """Everything people have done so far, and what follows from it."""

    def __init__(self, firm: Firm) -> None:
        self._firm = firm
        self._cards: dict[str, RateCard] = {card.key: card for card in firm.rate_cards}
        sales = {sale.key: sale for sale in firm.sales}
        self._terms: dict[str, Sale] = sales | {p.key: sales[p.sale] for p in firm.projects}
        self._emails = {person.key: person.email for person in firm.people}
        known = {project.sale for project in firm.projects}
        self._won = {sale.key for sale in firm.sales if sale.stage == "won" and sale.key not in known}
        self._amendments = 0
        self._works = {work.key: work for work in firm.works if work.on >= firm.cutover}
        self._before_cutover = len(firm.works) - len(self._works)
        self._approved: set[str] = set()
        self._billed: dict[str, int] = {}
        self._frozen: set[str] = set()
        self._never = {key for each in firm.troubles if each.code in _NEVER_BILLED for key in each.records}
        self._held: defaultdict[str, set[str]] = defaultdict(set)
        self._charges: list[BilledLine] = []
        self._begin()

    def _begin(self) -> None:
        for trouble in self._firm.troubles:
            if trouble.from_step == 0:
                self.hold(trouble.code, trouble.records)
        sheets = {sheet.key: sheet for sheet in self._firm.sheets}
        self._decide((work.key for work in self._works.values() if sheets[work.sheet].status == "approved"), True)
        self.spend(self._firm.spends)
        for milestone in self._firm.milestones:
            self._complete_old(milestone)

    def _complete_old(self, milestone: Milestone) -> None:
        if milestone.completed_on and milestone.completed_on >= self._firm.cutover:
            sale = self._terms[milestone.project]
            self._charge(sale, _line_type(sale), milestone.completed_on, milestone.amount)

    def won(self, sale: str) -> None:
        """A deal of the start is won."""
        self._won.add(sale)

    def amended(self) -> None:
        """One more amendment is won."""
        self._amendments += 1

    def logged(self, works: Iterable[Work]) -> None:
        """Time was logged (or changed)."""
        self._works.update((work.key, work) for work in works)

    def settled(self, sheet: Sheet, works: Iterable[str]) -> None:
        """A timesheet was decided, or its approval withdrawn."""
        self._decide(works, sheet.status == "approved")

    def _decide(self, works: Iterable[str], approved: bool) -> None:
        for key in works:
            if not approved:
                self._approved.discard(key)
                continue
            self._approved.add(key)
            if self._is_billed(self._works[key]):
                self._billed[key] = self._works[key].minutes

    def _is_billed(self, work: Work) -> bool:
        hourly = self._terms[work.project].billing_type == TIME_AND_MATERIALS
        return hourly and work.billable and work.key not in self._frozen and work.key not in self._never

    def freeze(self, works: Iterable[str]) -> None:
        """The lines of these works are out of the console's hands: what was billed stays."""
        self._frozen.update(works)

    def hold(self, code: str, records: Iterable[str]) -> None:
        """A trouble began."""
        self._held[code].update(records)

    def release(self, code: str, records: Iterable[str]) -> None:
        """A trouble ended."""
        self._held[code].difference_update(records)

    def spend(self, spends: Iterable[Spend]) -> None:
        """Expenses were decided."""
        for each in spends:
            if each.billable and each.status == "approved" and each.on >= self._firm.cutover:
                self._charge(self._terms[each.project], "expense", each.on, each.amount)

    def completed(self, sale: Sale, line: SaleLine, on: date) -> None:
        """A milestone of an engagement sold after the cut-over was completed."""
        self._charge(sale, _line_type(sale), on, line.amount)

    def _charge(self, sale: Sale, what: str, on: date | None, amount: Decimal) -> None:
        self._charges.append(BilledLine(what, sale.name, "", "", on, amount, sale.currency))

    def troubles(self, code: str) -> Iterator[Trouble]:
        """What was planted under a code."""
        return (trouble for trouble in self._firm.troubles if trouble.code == code)

    def work(self, key: str) -> Work:
        return self._works[key]

    def lines(self) -> Iterator[BilledLine]:
        """Every line that must have been billed by now."""
        for key, minutes in self._billed.items():
            yield self._time_line(self._works[key], minutes)
        yield from self._charges
        for sale in self._engagements():
            if sale.billing_type == RETAINER:
                yield from self._retainers(sale)

    def _time_line(self, work: Work, minutes: int) -> BilledLine:
        sale = self._terms[work.project]
        rate = self._cards[sale.rate_card].hourly(work.role, work.on)
        if rate is None:
            raise LookupError(f"{work.key} has no rate and is not planted as such.")
        amount = worth(minutes, rate, sale.currency)
        return BilledLine(
            "time", sale.name, self._emails[work.person], work.task, work.on, amount, sale.currency, work.key
        )

    def _retainers(self, sale: Sale) -> Iterator[BilledLine]:
        for line in sale.lines:
            if line.due_on and line.due_on <= self._firm.today:
                yield BilledLine("retainer", sale.name, "", "", line.due_on, line.amount, sale.currency)

    def _engagements(self) -> list[Sale]:
        """Won deals from which a project follows."""
        held = {
            key
            for code in ("wrong_legal_entity", "currency_mismatch", "duplicate_customer")
            for key in self._held[code]
        }
        return [self._terms[key] for key in sorted(self._won - held)]

    def expected(self) -> dict[str, Any]:
        """The figures of `/-/expected`; money as decimal text by currency."""
        lines = list(self.lines())
        money: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in lines:
            money[line.currency] += line.amount
        approved = [self._works[key] for key in self._approved]
        return {
            "deals_won": len(self._won),
            "amendments_won": self._amendments,
            "projects_created": len(self._engagements()),
            "entries_before_cutover": self._before_cutover,
            "entries_approved": len(approved),
            "entries_not_billable": sum(not self._is_hourly(work) for work in approved),
            "entries_billed": sum(line.what == "time" for line in lines),
            "charges_billed": dict(sorted(Counter(line.what for line in lines if line.what != "time").items())),
            "money_billed": {currency: str(amount) for currency, amount in sorted(money.items())},
            "held": {code: len(records) for code, records in sorted(self._held.items()) if records},
        }

    def _is_hourly(self, work: Work) -> bool:
        return work.billable and self._terms[work.project].billing_type == TIME_AND_MATERIALS

    def open_deals(self) -> list[str]:
        """Deals that wait to be won."""
        return [key for key in won_later(self._firm) if key not in self._won]


def _line_type(sale: Sale) -> str:
    return "fixed_fee" if sale.billing_type == FIXED_FEE else "milestone"
