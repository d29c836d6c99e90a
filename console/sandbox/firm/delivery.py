"""How engagements are delivered: projects and tasks, teams, time and timesheets, expenses, milestones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from console.sandbox.firm.calendar import monday, working_days
from console.sandbox.firm.model import (
    FIXED_FEE,
    MILESTONE,
    TIME_AND_MATERIALS,
    Milestone,
    Person,
    Project,
    Sale,
    Sheet,
    Spend,
    Task,
    Work,
)
from console.sandbox.firm.tables import CATEGORIES, ENTITY, MINOR, NOTES

_LENGTHS = (60, 100, 120, 140, 200, 220, 240, 260, 320, 340, 400, 440, 480)
"""Minutes of an entry: multiples of 20, many of which are no round part of an hour."""
_NOT_BILLABLE = 0.04
_REJECTED = 0.01
_SPEND_NOT_BILLABLE = 0.12


@dataclass(frozen=True, slots=True)
class Seat:
    """Who works on which task in which role, between two days (a replaced consultant leaves a seat earlier)."""

    task: str
    role: str
    person: str
    first: date
    last: date


def project_of(sale: Sale, n: int, foreign_keys: bool, active: bool) -> Project:
    """The project that grew from a deal before Tieout came."""
    key = f"p-{n:04}"
    tasks = tuple(
        Task(
            key=f"{key}-{place}",
            project=key,
            name=title,
            role=role,
            billable=sale.billing_type == TIME_AND_MATERIALS,
            estimate_minutes=minutes,
            foreign_key=f"relay-task-{n:04}-{place}" if foreign_keys else "",
        )
        for place, (title, role, minutes) in enumerate(_breakdown(sale), 1)
    )
    return Project(
        key=key,
        number=f"P{3000 + n}",
        sale=sale.key,
        name=sale.name,
        company=sale.company,
        entity=sale.entity,
        currency=sale.currency,
        billing_type=sale.billing_type,
        starts_on=sale.starts_on,
        ends_on=sale.ends_on,
        budget=sale.amount,
        rate_card=sale.rate_card,
        tasks=tasks,
        active=active,
        foreign_key=f"relay-project-{3000 + n}" if foreign_keys else "",
    )


def _breakdown(sale: Sale) -> list[tuple[str, str, int]]:
    """(title, role, minutes) of each task: one per different title of the deal's lines."""
    found = {line.title: (line.role, int(line.quantity * 60) if line.role else 0) for line in sale.lines}
    return [(title, role, minutes) for title, (role, minutes) in found.items()]


def seats(sale: Sale, people: Sequence[Person], size: int, rng: Random, replaced: bool = False) -> list[Seat]:
    """A team for a deal: colleagues of its entity first, one seat per line until the team is `size` strong.

    With `replaced` everybody on the first task is followed by another person halfway.
    """
    own = [p for p in people if p.entity == sale.entity and p.in_erp]
    found: list[Seat] = []
    titles = list({line.title: line.role for line in sale.lines}.items())
    taken: set[str] = set()
    for place in range(max(size, len(titles))):
        title, role = titles[place % len(titles)]
        person = _pick(role, own, people, taken, rng)
        taken.add(person.key)
        found.append(Seat(title, role or person.role, person.key, sale.starts_on, sale.ends_on))
    return _with_replacement(found, own, people, taken, rng) if replaced else found


def _pick(role: str, own: Sequence[Person], people: Sequence[Person], taken: set[str], rng: Random) -> Person:
    for group in (own, people):
        able = [p for p in group if p.in_erp and p.key not in taken and role in ("", p.role)]
        if able:
            return rng.choice(able)
    return rng.choice([p for p in people if p.in_erp and role in ("", p.role)])


def _with_replacement(
    found: Sequence[Seat], own: Sequence[Person], people: Sequence[Person], taken: set[str], rng: Random
) -> list[Seat]:
    turn = found[0].first + timedelta(days=45)
    after: list[Seat] = []
    for seat in found:
        if seat.task != found[0].task:
            after.append(seat)
            continue
        other = _pick(seat.role, own, people, taken, rng)
        taken.add(other.key)
        after += [replace(seat, last=turn), replace(seat, person=other.key, first=turn + timedelta(days=1))]
    return after


def work(
    prefix: str, project: str, team: Sequence[Seat], first: date, last: date, count: int, billable: bool, rng: Random
) -> list[Work]:
    """About `count` entries of a team between two days, by day; none twice for one person, task and day."""
    slots = [(day, seat) for seat in team for day in working_days(max(first, seat.first), min(last, seat.last))]
    chosen = sorted(rng.sample(slots, min(count, len(slots))), key=lambda slot: (slot[0], slot[1].person, slot[1].task))
    return [
        Work(
            key=f"{prefix}-{n:05}",
            project=project,
            task=seat.task,
            person=seat.person,
            role=seat.role,
            on=day,
            minutes=rng.choice(_LENGTHS),
            billable=billable and rng.random() >= _NOT_BILLABLE,
            notes=rng.choice(NOTES),
        )
        for n, (day, seat) in enumerate(chosen)
    ]


def handed_in(
    works: Iterable[Work], decider: str, undecided_from: date, rng: Random | None = None
) -> tuple[list[Work], list[Sheet]]:
    """The works with their timesheets: approved on the Wednesday after, a few rejected (with `rng`), the weeks
    ending on or after `undecided_from` still pending."""
    weeks: defaultdict[tuple[str, str, date], list[Work]] = defaultdict(list)
    for each in works:
        weeks[each.project, each.person, monday(each.on)].append(each)
    sheets, signed = [], []
    for (project, person, starts_on), entries in weeks.items():
        key = f"t-{project}-{person}-{starts_on:%y%m%d}"
        sheets.append(_sheet(key, project, person, starts_on, decider, undecided_from, rng))
        signed += [replace(entry, sheet=key) for entry in entries]
    return signed, sheets


def _sheet(
    key: str, project: str, person: str, starts_on: date, decider: str, undecided_from: date, rng: Random | None
) -> Sheet:
    ends_on = starts_on + timedelta(days=6)
    if ends_on >= undecided_from:
        return Sheet(key, project, person, starts_on, ends_on, "pending")
    status = "rejected" if rng and rng.random() < _REJECTED else "approved"
    return Sheet(key, project, person, starts_on, ends_on, status, decider, ends_on + timedelta(days=3))


def expenses(
    prefix: str, sale: Sale, project: str, team: Sequence[Seat], first: date, last: date, count: int, rng: Random
) -> list[Spend]:
    """Expenses of a team between two days, approved within the week."""
    days = working_days(max(first, sale.starts_on), min(last, sale.ends_on))
    if not days:
        return []
    return [_expense(f"{prefix}-{n:04}", sale, project, rng.choice(team), rng.choice(days), rng) for n in range(count)]


def _expense(key: str, sale: Sale, project: str, seat: Seat, on: date, rng: Random) -> Spend:
    category, least, most = rng.choice(CATEGORIES)
    scale = 150 if sale.currency == "JPY" else 1
    amount = Decimal(rng.randrange(least * 100, most * 100)) / 100 * scale
    return Spend(
        key=key,
        project=project,
        person=seat.person,
        on=on,
        category=category,
        amount=amount.quantize(MINOR[sale.currency]),
        currency=sale.currency,
        billable=rng.random() >= _SPEND_NOT_BILLABLE,
        notes=f"{category} for {ENTITY[sale.entity].name}",
        decided_by=team_lead(seat),
        decided_on=on + timedelta(days=4),
    )


def team_lead(seat: Seat) -> str:
    """Who approves for a seat: in this firm always the first person of the list."""
    return "h-000" if seat.person != "h-000" else "h-001"


def milestones(sale: Sale, project: str, completed_until: date) -> list[Milestone]:
    """The milestones of a fixed-fee or milestone deal; those due until a day were completed when due."""
    if sale.billing_type not in (FIXED_FEE, MILESTONE):
        return []
    return [
        Milestone(
            key=f"m-{line.key}",
            project=project,
            title=line.title,
            amount=line.amount,
            currency=sale.currency,
            due_on=line.due_on,
            completed_on=line.due_on if line.due_on <= completed_until else None,
        )
        for line in sale.lines
        if line.due_on
    ]
