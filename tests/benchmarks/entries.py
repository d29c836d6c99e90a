"""The made-up time entries every contestant reads: entry `n` in a platform's JSON and in our words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from console.records.delivery import TimeEntry
from console.records.money import Money

PSA, ERP = "psa", "erp"
FIRST_DAY = date(2026, 1, 5)
CHANGED_FROM = datetime(2026, 11, 1, tzinfo=UTC)
"""The instant of the first entry's last change; each entry changed a second after the one before."""
PEOPLE, TASKS, ROLES, SHEET = 120, 10, 5, 40
"""People, tasks of a project, roles, and entries on one timesheet (of one person on one project)."""
PER_PROJECT = 2_500
_RATE = Money(Decimal("150.00"), "USD")


def projects_of(entries: int) -> int:
    """A larger workspace has more projects, not larger ones."""
    return max(4, entries // PER_PROJECT)


def entry_id(n: int) -> str:
    return str(10_000_000 + n)


def project_of(n: int, projects: int) -> int:
    return n // SHEET % projects + 1


def task_of(n: int, projects: int) -> int:
    return project_of(n, projects) * TASKS + n % TASKS


def person_of(n: int) -> int:
    return n // SHEET % PEOPLE + 1


def role_of(n: int) -> int:
    return person_of(n) % ROLES + 1


def day_of(n: int) -> date:
    return FIRST_DAY + timedelta(days=n % 290)


def minutes_of(n: int, version: int = 0) -> int:
    return 20 * (1 + (n + version) % 24)


def stamp_at(second: int) -> str:
    return (CHANGED_FROM + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def notes_of(n: int) -> str:
    return f"Worked through item {n % 977} with the people who own it"


def record_of(n: int, projects: int, second: int) -> TimeEntry:
    """What the mapping makes of the entry."""
    return TimeEntry(
        ref=f"{PSA}/time_entry/{entry_id(n)}",
        modified_at=(CHANGED_FROM + timedelta(seconds=second)).isoformat(),
        project=f"{PSA}/project/{project_of(n, projects)}",
        resource=f"{PSA}/resource/{person_of(n)}",
        worked_on=day_of(n),
        minutes=minutes_of(n),
        task=f"{PSA}/task/{task_of(n, projects)}",
        role=f"{PSA}/role/{role_of(n)}",
        approved=True,
        approval=f"{PSA}/approval/{n // SHEET + 1}",
        rate=_RATE,
        currency="USD",
        notes=notes_of(n),
    )
