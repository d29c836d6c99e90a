"""What will be delivered on engagements sold after the cut-over, chapter by chapter, once their projects exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from random import Random

from console.sandbox.firm import delivery, planted, selling
from console.sandbox.firm.calendar import monday, working_days
from console.sandbox.firm.delivery import Seat
from console.sandbox.firm.masters import card_key
from console.sandbox.firm.model import TIME_AND_MATERIALS, Firm, Sale, SaleLine, Sheet, Spend, Work
from console.sandbox.firm.recent import ENTRIES_A_SEAT
from console.sandbox.firm.shapes import scale_of

UNSOLD = ("wrong_legal_entity", "currency_mismatch", "duplicate_customer")
"""Parts whose deal is won but held, so that no project follows."""
_FIRST_UNTIL = timedelta(days=45)
_SECOND_UNTIL = timedelta(days=21)
_INTERNAL_SHARE = 0.2
_SPENDS = 0.3
_LATE_SHEETS = 2
_EXTRA_ENTRIES = 3


@dataclass(slots=True)
class Chapter:
    """What happens on one engagement (named by its sale) in one step; `milestones` are titles completed and when."""

    sale: Sale
    works: list[Work] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    spends: list[Spend] = field(default_factory=list)
    milestones: list[tuple[SaleLine, date]] = field(default_factory=list)


Chapters = Mapping[int, Sequence[Chapter]]


@dataclass(frozen=True, slots=True)
class Later:
    """Chapters by step, and the amendments by part and number."""

    chapters: Chapters
    amendments: Mapping[tuple[str, int], Sale]


def sold_later(firm: Firm) -> list[Sale]:
    """The deals won (or to be won) after the cut-over from which projects follow."""
    held = {firm.parts[part] for part in UNSOLD if part in firm.parts}
    waiting = set(won_later(firm))
    known = {project.sale for project in firm.projects}
    return [
        sale
        for sale in firm.sales
        if sale.key not in known and sale.key not in held and (sale.stage == "won" or sale.key in waiting)
    ]


def won_later(firm: Firm) -> list[str]:
    """The deals that are open at first and won in step 2: those expected to close today."""
    return [sale.key for sale in firm.sales if sale.stage == "open" and sale.closed_on == firm.today]


def later(firm: Firm) -> Later:
    """Everything of the chapters; the same firm gives the same chapters."""
    amendments = _amendments(firm)
    sales = sold_later(firm)
    hourly = sum(1 for sale in sales if sale.billing_type == TIME_AND_MATERIALS)
    size = scale_of(firm.scale)
    internal = round(size.fresh * _INTERNAL_SHARE / max(1, len(sales) - hourly))
    many = round(size.fresh * (1 - _INTERNAL_SHARE) / max(1, hourly))
    spends = round(size.spends * _SPENDS / max(1, len(sales)))
    chapters: defaultdict[int, list[Chapter]] = defaultdict(list)
    part_of = {key: part for part, key in firm.parts.items()}
    waiting = set(won_later(firm))
    for sale in sales:
        part = "won_later" if sale.key in waiting else part_of.get(sale.key, "")
        count = many if sale.billing_type == TIME_AND_MATERIALS else internal
        for step, chapter in _Engagement(firm, sale, part, count, spends, amendments).chapters().items():
            chapters[step].append(chapter)
    return Later(chapters, amendments)


def _amendments(firm: Firm) -> dict[tuple[str, int], Sale]:
    """The amendments people will win: two of an hourly deal (the second first), one of a fixed-fee deal."""
    sales = {sale.key: sale for sale in firm.sales}
    cards = {card.key: card for card in firm.rate_cards}
    found = {}
    if key := firm.parts.get("amended_out_of_order"):
        sale = sales[key]
        card = cards[card_key(sale.currency)]
        for number, role in ((1, "Principal"), (2, "Architect")):
            line = selling.role_line(f"{key}-a{number}", 1, role, 40, card, firm.today, sale.currency)
            on = firm.today - timedelta(days=14 - number)
            found["amended_out_of_order", number] = selling.amend(sale, number, line, on)
    if key := firm.parts.get("amended"):
        sale = sales[key]
        amount = sale.lines[0].amount / 4
        due_on = firm.today - timedelta(days=3)
        line = SaleLine(f"{key}-a1-1", "Change request", "", Decimal(1), amount, amount, due_on)
        found["amended", 1] = selling.amend(sale, 1, line, firm.today - timedelta(days=10))
    return found


@dataclass(frozen=True, slots=True)
class _Engagement:
    """One engagement about to be told."""

    firm: Firm
    sale: Sale
    part: str
    count: int
    spends: int
    amendments: Mapping[tuple[str, int], Sale]

    def chapters(self) -> dict[int, Chapter]:
        rng = Random(f"{self.firm.seed}/later/{self.sale.key}")
        size = max(2, ceil(self.count / ENTRIES_A_SEAT))
        team = delivery.seats(self.sale, self.firm.people, size, rng, replaced=self.part == "replaced")
        told: defaultdict[int, Chapter] = defaultdict(lambda: Chapter(self.sale))
        self._tell_time(told, team, rng)
        self._tell_spends(told, team, rng)
        self._tell_milestones(told)
        self._tell_amended(told, rng)
        return dict(told)

    def _tell_time(self, told: Mapping[int, Chapter], team: Sequence[Seat], rng: Random) -> None:
        works = self._capped(team[0]) if self.part == "capped" else self._work(team, rng)
        works, sheets = delivery.handed_in(works, delivery.team_lead(team[0]), monday(self.firm.today), rng)
        moved = {sheet.key for sheet in sheets[:_LATE_SHEETS]} if self.part == "replaced" else set()
        place = {sheet.key: 2 if sheet.key in moved else self._step(sheet.ends_on) for sheet in sheets}
        if self.part == "capped":
            place = _capped_places(sheets)
        for sheet in sheets:
            told[place[sheet.key]].sheets.append(sheet)
        for work in works:
            told[place[work.sheet]].works.append(work)

    def _work(self, team: Sequence[Seat], rng: Random) -> list[Work]:
        billable = self.sale.billing_type == TIME_AND_MATERIALS
        first, last = self.sale.starts_on, self.firm.today
        return delivery.work(f"w-{self.sale.key}", self.sale.key, team, first, last, self.count, billable, rng)

    def _capped(self, seat: Seat) -> list[Work]:
        """Full days of one person, Monday to Thursday, so that the step where the cap is passed starts a week."""
        first = monday(self.sale.starts_on + timedelta(days=6))
        days = [day for day in working_days(first, self.firm.today) if day.weekday() < 4]
        return [
            Work(key, self.sale.key, seat.task, seat.person, seat.role, day, selling.CAPPED_MINUTES, True, "Build")
            for key, day in zip(planted.capped_keys(self.sale.key), days, strict=False)
        ]

    def _tell_spends(self, told: Mapping[int, Chapter], team: Sequence[Seat], rng: Random) -> None:
        if self.part in ("capped", "won_later"):
            return
        until = self.firm.today - timedelta(days=5)
        prefix, sale = f"x-{self.sale.key}", self.sale
        for spend in delivery.expenses(prefix, sale, sale.key, team, sale.starts_on, until, self.spends, rng):
            told[self._step(spend.on)].spends.append(spend)

    def _tell_milestones(self, told: Mapping[int, Chapter]) -> None:
        for milestone in delivery.milestones(self.sale, self.sale.key, self.firm.today):
            if milestone.completed_on:
                line = next(line for line in self.sale.lines if line.title == milestone.title)
                told[self._step(milestone.due_on)].milestones.append((line, milestone.completed_on))

    def _tell_amended(self, told: Mapping[int, Chapter], rng: Random) -> None:
        """In the last step people work on what the amendments added."""
        for (part, _), amendment in self.amendments.items():
            if part != self.part:
                continue
            line = amendment.lines[0]
            if line.due_on:
                told[4].milestones.append((line, line.due_on))
            else:
                self._tell_added_work(told[4], line, rng)

    def _tell_added_work(self, chapter: Chapter, line: SaleLine, rng: Random) -> None:
        team = [seat for seat in delivery.seats(replace(self.sale, lines=(line,)), self.firm.people, 1, rng)]
        first = planted.last_week(self.firm.today)
        works = delivery.work(
            f"w-{line.key}", self.sale.key, team, first, first + timedelta(days=4), _EXTRA_ENTRIES, True, rng
        )
        works, sheets = delivery.handed_in(works, delivery.team_lead(team[0]), self.firm.today)
        chapter.works += works
        chapter.sheets += sheets

    def _step(self, on: date) -> int:
        """When a day's work is told: what is old first. In Japan nothing after step 2, when the tax code goes; on
        deals won later nothing before step 3."""
        if self.part == "won_later":
            return 3 if on < self.firm.today - timedelta(days=14) else 4
        if on < self.firm.today - _FIRST_UNTIL:
            return 1
        return 2 if on < self.firm.today - _SECOND_UNTIL or self.sale.entity == "jp" else 4


def _capped_places(sheets: Iterable[Sheet]) -> dict[str, int]:
    """The first three weeks fill the cap in step 1, the fourth exceeds it in step 2."""
    found = sorted(sheets, key=lambda sheet: sheet.starts_on)
    return {sheet.key: 1 if n < 3 else 2 for n, sheet in enumerate(found)}
