"""Builds a workspace of any size through the store's own doors: the firm, its terms, and entries to plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from console.platforms.kantata.position import Cursor, instant
from console.records.calendar import AccountingPeriod, TaxCode
from console.records.delivery import Project, Task
from console.records.firm import BillingItem, Customer, LegalEntity, Record, Resource, Role
from console.records.intent import Flow, Mode
from console.records.keys import parse_ref
from console.records.money import Money
from console.records.selling import Rate, RateCard
from console.sync.pull import SCOPE, save
from console.wire.surface import Batch, Remote
from local_db import connections, coverage, crosswalk, cutovers, modes
from local_db.connections import ConnectionRow
from local_db.store import Db, Store
from tests.benchmarks.entries import (
    CHANGED_FROM,
    ERP,
    PEOPLE,
    PSA,
    ROLES,
    TASKS,
    entry_id,
    projects_of,
    record_of,
    stamp_at,
)

ENTITY = "Norrvik Hale Inc"
TODAY = date(2026, 11, 20)
CARDS = 20
AT_ONCE = 5_000
_SINCE = date(2026, 1, 1)


def found(store: Store, entries: int, psa_url: str) -> dict[str, ConnectionRow]:
    """A workspace with everything entries hang on, every kind read to its end, and writing allowed."""
    rows = {
        PSA: ConnectionRow(PSA, "kantata", "Kantata", tag="psatag00", base_url=psa_url),
        ERP: ConnectionRow(ERP, "bench_erp", "An ERP", tag="erptag00"),
    }
    projects = range(1, projects_of(entries) + 1)
    with store.writing() as db:
        for row in rows.values():
            connections.add(db, row)
        cutovers.set_cutover(db, Flow.WORK_TO_BILLING, ENTITY, _SINCE, "bench", "bench")
        modes.set_mode(db, ERP, Flow.WORK_TO_BILLING, "*", Mode.WRITE, "bench", "bench")
        for record in (*_calendar(), *_prices(), *_people(), *_projects(projects), *_tasks(projects)):
            _keep(db, record)
        crosswalk.link(db, [_twin(kind, n) for kind, n in _twins(projects)])
        _covered(db)
    return rows


def fill(store: Store, entries: int, at_once: Callable[[Db, Sequence[str]], None] | None = None) -> None:
    """Approved entries, marked for planning as a pull would mark them; `at_once` does more to each lot of them."""
    projects = projects_of(entries)
    with store.writing() as db:
        read_id = coverage.begin(db, PSA, "time_entry", SCOPE, _now(), True)
    for start in range(0, entries, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, entries))
        with store.writing() as db:
            lot = [remote(n, projects) for n in numbers]
            save(db, PSA, Batch("time_entry", lot, _cursor(numbers[-1])), read_id)
            if at_once is not None:
                at_once(db, [f"{PSA}/time_entry/{each.remote_id}" for each in lot])
    with store.writing() as db:
        coverage.finish(db, PSA, "time_entry", SCOPE, _now())


def remote(n: int, projects: int) -> Remote:
    record = record_of(n, projects, n)
    payload = {"id": entry_id(n), "time_in_minutes": record.minutes, "notes": record.notes}
    return Remote("time_entry", entry_id(n), payload, "1", record)


def _cursor(last: int) -> str:
    """Where a read of Kantata stands after this entry."""
    cursor = Cursor()
    for path in ("time_entries", "timesheet_submissions"):
        cursor.of(path).at = instant(stamp_at(last))
    return cursor.text


def _now() -> datetime:
    return datetime.now(UTC)


def _keep(db: Db, record: Record) -> None:
    connection, kind, remote_id = parse_ref(record.ref)
    save(db, connection, Batch(kind, [Remote(kind, remote_id, {"id": remote_id}, "1", record)], ""), 0)


def _covered(db: Db) -> None:
    for kind in ("customer", "project", "task", "time_line"):
        coverage.begin(db, ERP, kind, SCOPE, _now())
        coverage.finish(db, ERP, kind, SCOPE, _now())


def _calendar() -> Iterable[Record]:
    yield LegalEntity(ref=f"{ERP}/legal_entity/1", name=ENTITY, country="US", currency="USD")
    yield TaxCode(ref=f"{ERP}/tax_code/1", name="Standard", legal_entity=ENTITY, per_cent="8")
    yield Customer(ref=f"{ERP}/customer/1", name="Alder & Co", legal_entity=ENTITY, currency="USD")
    for month in range(1, 13):
        first = date(2026, month, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        yield AccountingPeriod(
            ref=f"{ERP}/accounting_period/{month}", name=f"2026-{month:02}", starts_on=first, ends_on=last
        )
    for role in range(1, ROLES + 1):
        yield BillingItem(ref=f"{ERP}/billing_item/{role}", name=f"Role {role}")
        yield Role(ref=f"{PSA}/role/{role}", name=f"Role {role}")


def _prices() -> Iterable[Record]:
    for card in range(1, CARDS + 1):
        yield RateCard(ref=f"{PSA}/rate_card/{card}", name=f"Card {card}", currency="USD")
        yield from (rate(card, role) for role in range(1, ROLES + 1))


def rate(card: int, role: int, dearer: int = 0) -> Rate:
    return Rate(
        ref=f"{PSA}/rate/{card * 10 + role}",
        rate_card=f"{PSA}/rate_card/{card}",
        role=f"{PSA}/role/{role}",
        hourly=Money(Decimal(100 + 10 * role + dearer), "USD"),
        starts_on=_SINCE,
    )


def remote_id_of(record: Record) -> str:
    return parse_ref(record.ref).remote_id


def card_of(project: int) -> int:
    return project % CARDS + 1


def _people() -> Iterable[Record]:
    for n in range(1, PEOPLE + 1):
        yield Resource(ref=f"{PSA}/resource/{n}", name=f"Person {n}", role=f"{PSA}/role/{n % ROLES + 1}")
        yield Resource(ref=f"{ERP}/resource/{n}", name=f"Person {n}", legal_entity=ENTITY)


def _projects(projects: Sequence[int]) -> Iterable[Record]:
    for n in projects:
        yield Project(
            ref=f"{PSA}/project/{n}", name=f"Project {n}", currency="USD", rate_card=f"{PSA}/rate_card/{card_of(n)}"
        )
        yield Project(
            ref=f"{ERP}/project/{n}",
            name=f"Project {n}",
            customer=f"{ERP}/customer/1",
            legal_entity=ENTITY,
            currency="USD",
            billing_type="time_and_materials",
        )


def _task_numbers(projects: Sequence[int]) -> Iterable[int]:
    return (project * TASKS + k for project in projects for k in range(TASKS))


def _tasks(projects: Sequence[int]) -> Iterable[Record]:
    for n in _task_numbers(projects):
        yield Task(ref=f"{ERP}/task/{n}", project=f"{ERP}/project/{n // TASKS}", name=f"Task {n % TASKS}")


def _twins(projects: Sequence[int]) -> Iterable[tuple[str, int]]:
    yield from (("project", n) for n in projects)
    yield from (("resource", n) for n in range(1, PEOPLE + 1))
    yield from (("task", n) for n in _task_numbers(projects))


def _twin(kind: str, n: int) -> crosswalk.Link:
    return crosswalk.Link(f"{PSA}/{kind}/{n}", ERP, kind, str(n), "key", "bench", CHANGED_FROM)
