"""What is delivered: projects, tasks, staffing, time, expenses, milestones and who approved them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from console.records.firm import Record
from console.records.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(Record):
    """A project in the PSA or a job in the ERP; `customer` and `rate_card` are refs on the same platform."""

    name: str
    customer: str = ""
    legal_entity: str = ""
    currency: str = ""
    billing_type: str = ""
    status: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    budget: Money | None = None
    rate_card: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Record):
    """One piece of a project's work breakdown. `estimate_minutes` is whole minutes."""

    project: str
    name: str
    parent: str = ""
    billable: bool = True
    active: bool = True
    estimate_minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand(Record):
    """Work that planning should staff: a role on a project for minutes between two days, weighted in per cent."""

    project: str
    role: str
    starts_on: date
    ends_on: date
    minutes: int
    weight: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation(Record):
    """A resource booked on a project for minutes between two days."""

    project: str
    resource: str
    starts_on: date
    ends_on: date
    minutes: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeEntry(Record):
    """Minutes a resource worked on a day. `rate` is the hourly price the PSA shows, when it does."""

    project: str
    resource: str
    worked_on: date
    minutes: int
    task: str = ""
    role: str = ""
    billable: bool = True
    approved: bool = False
    approval: str = ""
    rate: Money | None = None
    currency: str = ""
    notes: str = ""
    invoiced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense(Record):
    """Money a resource spent for a project."""

    project: str
    resource: str
    spent_on: date
    amount: Money
    category: str = ""
    billable: bool = True
    approved: bool = False
    approval: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone(Record):
    """A point of delivery that earns money once `completed`."""

    project: str
    title: str
    amount: Money
    due_on: date | None = None
    completed: bool = False
    completed_on: date | None = None
    task: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Record):
    """Who approved what, and when: a timesheet, an expense report.

    `status` is pending, approved, rejected or cancelled.
    """

    project: str = ""
    resource: str = ""
    status: str = ""
    decided_at: str = ""
    decided_by: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
