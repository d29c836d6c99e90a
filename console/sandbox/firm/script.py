"""What the firm's people do next, in four steps, inside the platforms as a person would; never through an API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from console.sandbox.firm import planted
from console.sandbox.firm.calendar import monday
from console.sandbox.firm.later import Chapter, later
from console.sandbox.firm.model import Firm, Sheet, Work
from console.sandbox.firm.money import rounded
from console.sandbox.firm.tally import Tally
from console.sandbox.tenant import KantataPeople, NetsuitePeople, PostedLine, SalesforcePeople, Share, Tenant

Act = Callable[[], bool]
"""Something people do; False when they cannot yet (no such project, no such line), so that they try again later."""

TITLES = (
    "People log and approve the first weeks of work",
    "Amendments arrive, approvals are withdrawn, late work is handed in, two more deals are won",
    "Finance edits and deletes lines, bills, credits, closes a month; a tax code goes",
    "The last approvals: late work, mended entries, work on what was amended",
)
_MORE = 40
"""Minutes by which an entry or a line is changed."""
_DEARER = Decimal("1.10")


@dataclass(frozen=True, slots=True)
class People:
    """Everybody there is, by where they work; several tenants of a platform share the firm between them."""

    sellers: Sequence[SalesforcePeople]
    consultants: Sequence[KantataPeople]
    finance: Sequence[NetsuitePeople]


def people_of(tenants: Iterable[Tenant]) -> People:
    by_platform: defaultdict[str, list[Any]] = defaultdict(list)
    for tenant in tenants:
        by_platform[tenant.platform].append(tenant.people)
    return People(by_platform["salesforce"], by_platform["kantata"], by_platform["netsuite"])


class Script:
    """The steps of one run. `tally` keeps what a correct console must have done."""

    def __init__(self, firm: Firm, people: People) -> None:
        self.tally = Tally(firm)
        self.step = 0
        self._firm = firm
        self._people = people
        self._later = later(firm)
        self._sales = {sale.key: sale for sale in firm.sales}
        self._projects = {project.key: project for project in firm.projects}
        self._sheets = {sheet.key: sheet for sheet in firm.sheets}
        self._emails = {person.key: person.email for person in firm.people}
        self._waiting: list[Act] = []
        self._steps: Mapping[int, Callable[[], list[Act]]] = {
            1: lambda: [],
            2: self._second,
            3: self._third,
            4: self._fourth,
        }

    def advance(self) -> dict[str, Any]:
        """Do the next step and whatever still waits from earlier ones; after the last, only what still waits.

        Answers step, of, title, acts (done just now) and waiting (could not be done yet)."""
        todo = self._waiting
        if self.step < len(TITLES):
            self.step += 1
            chapters = [self._telling(chapter) for chapter in self._later.chapters.get(self.step, ())]
            todo = [*todo, *self._steps[self.step](), *chapters]
        self._waiting = [act for act in todo if not act()]
        return {
            "step": self.step,
            "of": len(TITLES),
            "title": TITLES[self.step - 1],
            "acts": len(todo) - len(self._waiting),
            "waiting": len(self._waiting),
        }

    # Delivering

    def _workspace(self, name: str) -> tuple[KantataPeople, str] | None:
        for group in self._people.consultants:
            if found := group.project(name):
                return group, found
        return None

    def _telling(self, chapter: Chapter) -> Act:
        def tell() -> bool:
            if not chapter.works and not chapter.spends and not chapter.milestones:
                return True
            place = self._workspace(chapter.sale.name)
            return place is not None and self._tell(chapter, *place)

        return tell

    def _tell(self, chapter: Chapter, group: KantataPeople, project_id: str) -> bool:
        """One engagement's chapter; what is done is taken out of it, so that trying again does the rest only."""
        if chapter.works:
            group.log_time(project_id, chapter.works)
            self.tally.logged(chapter.works)
            for sheet, works in _by_sheet(chapter.sheets, chapter.works):
                self._settle(group, project_id, sheet, works)
            self._note_cap(chapter)
        if chapter.spends:
            group.spend(project_id, chapter.spends)
            self.tally.spend(chapter.spends)
        chapter.works, chapter.sheets, chapter.spends = [], [], []
        for line, on in tuple(chapter.milestones):
            if group.complete_milestone(project_id, line.title, on):
                self.tally.completed(chapter.sale, line, on)
                chapter.milestones.remove((line, on))
        return not chapter.milestones

    def _settle(self, group: KantataPeople, project_id: str, sheet: Sheet, works: Sequence[str]) -> None:
        group.settle(project_id, sheet, works)
        self.tally.settled(sheet, works)

    def _note_cap(self, chapter: Chapter) -> None:
        told = {work.key for work in chapter.works}
        for trouble in self.tally.troubles("cap_exceeded"):
            self.tally.hold(trouble.code, told.intersection(trouble.records))

    # Step 2: selling, and approvals that do not hold

    def _second(self) -> list[Act]:
        acts: list[Act] = [self._winning(key) for key in self.tally.open_deals()]
        acts += [self._amending("amended_out_of_order", 2), self._amending("amended", 1)]
        if key := self._firm.parts.get("reopened"):
            acts += [self._reopening(work) for work in planted.keys(key, "reopened")]
        return acts

    def _winning(self, key: str) -> Act:
        def win() -> bool:
            if not self._sold(lambda seller: seller.win(key, self._firm.today)):
                return False
            self.tally.won(key)
            return True

        return win

    def _amending(self, part: str, number: int) -> Act:
        def amend() -> bool:
            sale = self._later.amendments.get((part, number))
            if sale is None:
                return True
            if not self._sold(lambda seller: seller.add(sale)):
                return False
            self.tally.amended()
            if number == 2:
                self.tally.hold("amendment_gap", [sale.key])
            return True

        return amend

    def _sold(self, act: Callable[[SalesforcePeople], str]) -> bool:
        """Let the seller do it whose tenant holds the deal."""
        for seller in self._people.sellers:
            with suppress(LookupError):
                return bool(act(seller))
        return False

    def _reopening(self, key: str) -> Act:
        def reopen() -> bool:
            work = self.tally.work(key)
            sheet = replace(self._sheets[work.sheet], status="cancelled")
            place = self._workspace(self._name(work.project))
            if place is None:
                return False
            if self._sheets[work.sheet].status == "approved":
                place[0].reopen(sheet.key)
                self._sheets[sheet.key] = sheet
            self.tally.settled(sheet, [key])
            self.tally.hold("reopened_approval", [key])
            return True

        return reopen

    # Step 3: finance

    def _third(self) -> list[Act]:
        acts: list[Act] = [self._closing_gap(), self._editing(), self._billing(), self._closing(), self._untaxing()]
        return acts

    def _closing_gap(self) -> Act:
        amend = self._amending("amended_out_of_order", 1)

        def close() -> bool:
            amend()
            for trouble in self.tally.troubles("amendment_gap"):
                self.tally.release(trouble.code, trouble.records)
            return True

        return close

    def _editing(self) -> Act:
        """Two lines get other hours, one another price, two are deleted."""

        def edit() -> bool:
            key = self._firm.parts.get("edited", "")
            found = self._posted(key, "edited")
            if found is None:
                return not key
            finance, lines = found
            works = planted.keys(key, "edited")
            for line in (lines[0], lines[2]):
                finance.edit_line(line.id, minutes=line.minutes + _MORE)
            finance.edit_line(lines[1].id, rate=rounded(lines[1].rate * _DEARER, lines[1].currency))
            for line in lines[3:]:
                finance.delete_line(line.id)
            self.tally.freeze(works)
            self.tally.hold("changed_by_person", works[:3])
            self.tally.hold("voided_by_person", works[3:])
            return True

        return edit

    def _billing(self) -> Act:
        """One invoice covers three planted lines and half of the fourth, a draft the fifth; then a credit note."""

        def bill() -> bool:
            key = self._firm.parts.get("invoiced", "")
            found = self._posted(key, "invoiced")
            if found is None:
                return not key
            finance, lines = found
            job = finance.project(self._name(key))
            *whole, half, last = lines
            shares = [Share(line.id, line.minutes, line.amount) for line in whole]
            shares.append(Share(half.id, half.minutes // 40 * 20, rounded(half.amount / 2, half.currency)))
            invoice = finance.bill(job, self._firm.today, shares)
            finance.bill(job, self._firm.today, [Share(last.id, last.minutes, last.amount)], draft=True)
            finance.credit(invoice, self._firm.today, rounded(whole[-1].amount / 4, half.currency), "Agreed reduction")
            finance.pay(invoice, self._firm.today, whole[0].amount)
            self.tally.freeze(planted.keys(key, "invoiced"))
            return True

        return bill

    def _closing(self) -> Act:
        def close() -> bool:
            name = next(period.name for period in self._firm.periods if period.starts_on == self._firm.cutover)
            for finance in self._people.finance:
                finance.close_period(name)
            return True

        return close

    def _untaxing(self) -> Act:
        """The tax code of the entity that plays this part is inactivated; its successor is not there yet."""

        def untax() -> bool:
            entities = {
                self._projects[key].entity for part, key in self._firm.parts.items() if part == "missing_tax_code"
            }
            for code in self._firm.tax_codes:
                for finance in self._people.finance if code.entity in entities else ():
                    finance.set_active("tax_code", code.name, False)
            return True

        return untax

    def _posted(self, project: str, part: str) -> tuple[NetsuitePeople, list[PostedLine]] | None:
        """Who bills a project and the lines of a part's entries, in order; None until all of them are there."""
        wanted = [self.tally.work(key) for key in planted.keys(project, part)] if project else []
        for finance in self._people.finance if project else ():
            job = finance.project(self._name(project))
            if not job:
                continue
            there = {(line.person, line.on, line.task): line for line in finance.lines(job) if line.minutes}
            lines = [there.get((self._emails[work.person], work.on, work.task)) for work in wanted]
            return (finance, [line for line in lines if line]) if all(lines) else None
        return None

    # Step 4: the last approvals

    def _fourth(self) -> list[Act]:
        this_week = monday(self._firm.today)
        late = [s for s in self._firm.sheets if s.status == "pending" and s.ends_on < this_week]
        works: defaultdict[str, list[str]] = defaultdict(list)
        for work in self._firm.works:
            works[work.sheet].append(work.key)
        acts = [self._approving(sheet, works[sheet.key]) for sheet in late]
        parts = self._firm.parts
        if key := parts.get("reopened"):
            acts.append(self._mending(planted.keys(key, "reopened")[2:]))
        if key := parts.get("edited"):
            acts.append(self._changing(planted.keys(key, "edited")[2], ""))
        if key := parts.get("invoiced"):
            acts.append(self._changing(planted.keys(key, "invoiced")[0], "invoiced_change"))
        return acts

    def _approving(self, sheet: Sheet, works: Sequence[str]) -> Act:
        def approve() -> bool:
            place = self._workspace(self._name(sheet.project))
            if place is None:
                return False
            self._settle(*place, self._approved(sheet), works)
            for code in ("closed_period", "missing_tax_code"):
                for trouble in self.tally.troubles(code):
                    self.tally.hold(code, set(works).intersection(trouble.records))
            return True

        return approve

    def _approved(self, sheet: Sheet) -> Sheet:
        decider = sheet.decided_by or self._firm.people[0].key
        return replace(sheet, status="approved", decided_by=decider, decided_on=self._firm.today)

    def _mending(self, keys: Sequence[str]) -> Act:
        """Reopened entries, all of one timesheet: the first is changed, then they are approved again."""

        def mend() -> bool:
            if not self._change(keys[0], keys):
                return False
            self.tally.release("reopened_approval", keys)
            return True

        return mend

    def _changing(self, key: str, code: str) -> Act:
        """An entry is reopened, changed and approved again although its line is out of our hands."""

        def change() -> bool:
            if not self._change(key, [key]):
                return False
            if code:
                self.tally.hold(code, [key])
            return True

        return change

    def _change(self, key: str, together: Sequence[str]) -> bool:
        work = self.tally.work(key)
        place = self._workspace(self._name(work.project))
        if place is None:
            return False
        group, project_id = place
        sheet = self._sheets[work.sheet]
        if sheet.status == "approved":
            group.reopen(sheet.key)
        changed = replace(work, minutes=work.minutes - _MORE, notes=f"{work.notes}, corrected")
        group.change_time(key, changed.minutes, changed.notes)
        self.tally.logged([changed])
        self._sheets[sheet.key] = self._approved(sheet)
        self._settle(group, project_id, self._sheets[sheet.key], together)
        return True

    def _name(self, key: str) -> str:
        """What a project (Project key, or Sale key of one sold after the cut-over) is called everywhere."""
        return self._projects[key].name if key in self._projects else self._sales[key].name


def _by_sheet(sheets: Iterable[Sheet], works: Iterable[Work]) -> Iterable[tuple[Sheet, list[str]]]:
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for work in works:
        keys[work.sheet].append(work.key)
    return [(sheet, keys[sheet.key]) for sheet in sheets]
