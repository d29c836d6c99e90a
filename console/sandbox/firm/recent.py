"""The work of engagements the firm had before the cut-over: years of past, and what was done since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from random import Random

from console.sandbox.firm import delivery, planted
from console.sandbox.firm.calendar import add_months
from console.sandbox.firm.delivery import Seat
from console.sandbox.firm.masters import UNKNOWN_PERSON
from console.sandbox.firm.model import (
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

ENTRIES_A_SEAT = 60


@dataclass(frozen=True, slots=True)
class Span:
    """The days that matter: the past ends the day before the cut-over, new work goes on until today."""

    history_starts_on: date
    cutover: date
    today: date


@dataclass(frozen=True, slots=True)
class Amount:
    """How many entries and expenses one engagement has before and after the cut-over."""

    past: int
    recent: int
    past_spends: int
    recent_spends: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """Everything that was delivered on one project until today."""

    project: Project
    sale: Sale
    works: tuple[Work, ...]
    sheets: tuple[Sheet, ...]
    spends: tuple[Spend, ...]
    milestones: tuple[Milestone, ...]


def deliver(
    project: Project, sale: Sale, part: str, people: Sequence[Person], amount: Amount, span: Span, seed: int
) -> Delivered:
    """What a project's team has delivered, with the planted entries of its part."""
    rng = Random(f"{seed}/works/{project.key}")
    size = max(2, ceil(amount.recent / ENTRIES_A_SEAT))
    team = delivery.seats(sale, people, size, rng)
    if part == "inactive_task":
        project = _with_inactive_task(project)
    works, sheets = _time(project, sale, part, team, people, amount, span, rng)
    spends = _spends(project, sale, team, amount, span, rng)
    done_until = span.today - timedelta(days=14)
    return Delivered(
        project,
        sale,
        tuple(works),
        tuple(sheets),
        tuple(spends),
        tuple(delivery.milestones(sale, project.key, done_until)),
    )


def _time(
    project: Project,
    sale: Sale,
    part: str,
    team: Sequence[Seat],
    people: Sequence[Person],
    amount: Amount,
    span: Span,
    rng: Random,
) -> tuple[list[Work], list[Sheet]]:
    billable = sale.billing_type == TIME_AND_MATERIALS
    undecided = planted.last_week(span.today)
    prefix = f"w-{project.key}"
    before = max(span.history_starts_on, sale.starts_on)
    past = delivery.work(
        f"{prefix}-p", project.key, team, before, span.cutover - timedelta(days=1), amount.past, billable, rng
    )
    since = delivery.work(
        f"{prefix}-r", project.key, team, span.cutover, _last_day(sale, part, span), amount.recent, billable, rng
    )
    decider = delivery.team_lead(team[0])
    works, sheets = delivery.handed_in((*past, *since), decider, undecided, rng)
    more, their_sheets = _planted(project, part, team, people, span, rng)
    return [*works, *more], [*sheets, *their_sheets]


def _last_day(sale: Sale, part: str, span: Span) -> date:
    """Until when a project's ordinary work goes: not past its rates, and in Japan not into the undecided weeks, so
    that only planted entries wait there when the tax code goes."""
    if part == "expired_rate":
        return add_months(span.cutover, 2) - timedelta(days=1)
    return planted.last_week(span.today) - timedelta(days=1) if sale.entity == "jp" else span.today


def _planted(
    project: Project, part: str, team: Sequence[Seat], people: Sequence[Person], span: Span, rng: Random
) -> tuple[list[Work], list[Sheet]]:
    if part != "missing_tax_code" and part not in planted.SPOTS:
        return [], []
    busy = {seat.person for seat in team}
    role = team[0].role
    person = rng.choice([p.key for p in people if p.in_erp and p.role == role and p.key not in busy])
    if part == "missing_tax_code":
        works = planted.tax_works(project.key, person, role, team[0].task, span.today)
        undecided = span.cutover
    else:
        person = UNKNOWN_PERSON if part == "unknown_resource" else person
        task = planted.INACTIVE_TASK if part == "inactive_task" else team[0].task
        works = planted.works(project.key, part, person, role, task, span.cutover)
        undecided = span.cutover if part == "closed_period" else span.today
    return delivery.handed_in(works, delivery.team_lead(team[0]), undecided)


def _with_inactive_task(project: Project) -> Project:
    key = f"{project.key}-9"
    foreign = f"relay-task-{key}" if project.foreign_key else ""
    task = Task(key, project.key, planted.INACTIVE_TASK, project.tasks[0].role, True, 2400, False, foreign)
    return replace(project, tasks=(*project.tasks, task))


def _spends(project: Project, sale: Sale, team: Sequence[Seat], amount: Amount, span: Span, rng: Random) -> list[Spend]:
    eve = span.cutover - timedelta(days=1)
    until = span.today - timedelta(days=10)
    prefix = f"x-{project.key}"
    return [
        *delivery.expenses(
            f"{prefix}-p", sale, project.key, team, span.history_starts_on, eve, amount.past_spends, rng
        ),
        *delivery.expenses(f"{prefix}-r", sale, project.key, team, span.cutover, until, amount.recent_spends, rng),
    ]
