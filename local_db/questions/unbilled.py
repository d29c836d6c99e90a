"""What was delivered and approved but not invoiced yet, by project and legal entity, with its age."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, case, func, literal, or_, select, union_all

from console.records.billing import Stage
from console.records.intent import State, Verb
from console.records.money import Money, from_micros
from local_db import clock, crosswalk
from local_db.rows import among, as_stored
from local_db.tables.book import TABLES
from local_db.tables.ledger import hold, intent

FLOW = "work_to_billing"
AGES = (30, 60, 90)
"""Upper ends, in days, of the age classes; the last class is open."""

_INVOICED = (Stage.INVOICED, Stage.PAID, Stage.CREDITED)
_GONE = (State.WITHDRAWN, State.DISMISSED)


@dataclass(frozen=True, slots=True)
class Unbilled:
    """Approved work of one project (ref in the PSA), legal entity and currency.

    `approved` = `not_in_erp` + `in_erp` + `on_draft` + `invoiced`; what is unbilled is all but the last, and `ages`
    is that by days since it was delivered: up to 30, 60, 90, and more. `lines` counts time entries, expenses,
    milestones and fees; `minutes` is their approved time, `minutes_unbilled` what no invoice covers of it.
    """

    project: str
    project_name: str
    customer: str
    customer_name: str
    legal_entity: str
    currency: str
    lines: int
    approved: Money
    not_in_erp: Money
    in_erp: Money
    on_draft: Money
    invoiced: Money
    minutes: int
    minutes_unbilled: int
    oldest: date | None
    ages: tuple[Money, ...]

    @property
    def unbilled(self) -> Money:
        return self.approved - self.invoiced


def unbilled(db: Connection, at: datetime, legal_entity: str = "", project: str = "") -> list[Unbilled]:
    """Approved work as it stands at `at`, the oldest unbilled first; of one entity (name) or project (ref) if given."""
    line = _lines()
    by = (line.c.project, line.c.legal_entity, line.c.currency)
    open_micros = line.c.micros - line.c.invoiced
    oldest = func.min(case((open_micros != 0, line.c.on_day)))
    sums = [
        func.sum(column)
        for column in (
            line.c.micros,
            line.c.outside,
            line.c.inside,
            line.c.draft,
            line.c.invoiced,
            line.c.minutes,
            case((open_micros != 0, line.c.minutes), else_=0),
        )
    ]
    aged = [
        func.sum(case((_aged(line.c.on_day, at.date(), place), open_micros), else_=0)) for place in range(len(AGES) + 1)
    ]
    asked = select(*by, func.count(), oldest, *sums, *aged).group_by(*by).order_by(oldest, *by)
    asked = asked.where(line.c.legal_entity == legal_entity) if legal_entity else asked
    asked = asked.where(line.c.project == project) if project else asked
    found = db.execute(asked).all()
    names = _names(db, [row[0] for row in found])
    return [_row(row, names.get(row[0], ("", "", ""))) for row in found]


def rows(db: Connection, by: str, at: datetime | None = None) -> list[dict[str, Any]]:
    """One line per `by` (project, customer, legal_entity) and currency of what is not invoiced, the oldest first.

    Money is decimal text, `hours` and `lines` numbers, `oldest` an ISO day or None; a project or customer is shown by
    its name, or by its ref where it has none.
    """
    groups: dict[tuple[str, str], list[Unbilled]] = {}
    for each in unbilled(db, at or clock.now()):
        groups.setdefault((_label(each, by), each.currency), []).append(each)
    return [_line(by, label, currency, some) for (label, currency), some in groups.items()]


def _label(row: Unbilled, by: str) -> str:
    match by:
        case "project":
            return row.project_name or row.project
        case "customer":
            return row.customer_name or row.customer
    return row.legal_entity


def _age(place: int, row: Unbilled) -> Money:
    return row.ages[place]


def _line(by: str, label: str, currency: str, some: Sequence[Unbilled]) -> dict[str, Any]:
    def total(part: Callable[[Unbilled], Money]) -> str:
        return f"{sum((part(each).amount for each in some), Decimal(0)):f}"

    return {
        by: label,
        "currency": currency,
        "approved": total(lambda each: each.approved),
        "not_in_erp": total(lambda each: each.not_in_erp),
        "in_erp_not_invoiced": total(lambda each: each.in_erp + each.on_draft),
        "invoiced": total(lambda each: each.invoiced),
        "unbilled": total(lambda each: each.unbilled),
        "ages": [total(partial(_age, place)) for place in range(len(AGES) + 1)],
        "hours": round(sum(each.minutes_unbilled for each in some) / 60, 2),
        "lines": sum(each.lines for each in some),
        "oldest": min((each.oldest.isoformat() for each in some if each.oldest), default=None),
    }


def _aged(on_day: ColumnElement[Any], today: date, place: int) -> ColumnElement[bool]:
    """Whether a day (as text; unknown counts as today) falls into the age class at `place`."""
    day = func.coalesce(on_day, today.isoformat())
    older = day >= (today - timedelta(days=AGES[place])).isoformat() if place < len(AGES) else literal(True)
    younger = day < (today - timedelta(days=AGES[place - 1])).isoformat() if place else literal(True)
    return and_(older, younger)


def _row(row: Sequence[Any], names: tuple[str, str, str]) -> Unbilled:
    project, entity, currency, lines, oldest, *sums = row
    *amounts, minutes, minutes_unbilled = (int(each or 0) for each in sums[:7])
    approved, outside, inside, draft, invoiced = (Money(from_micros(each), currency) for each in amounts)
    return Unbilled(
        project,
        names[0],
        names[1],
        names[2],
        entity,
        currency,
        lines,
        approved,
        outside,
        inside,
        draft,
        invoiced,
        minutes,
        minutes_unbilled,
        None if oldest is None else date.fromisoformat(oldest),
        tuple(Money(from_micros(int(each or 0)), currency) for each in sums[7:]),
    )


def _lines() -> CTE:
    """One row per approved line: its project, entity, day, minutes and where its money is."""
    part = union_all(_planned(), _held_only()).cte("part")
    c = part.c
    work = [TABLES[kind] for kind in ("time_entry", "expense", "milestone")]
    project = func.coalesce(*(table.c.project for table in work), "")
    where = part
    for table in work:
        where = where.outerjoin(table, and_(table.c.ref == c.subject, table.c.superseded_at.is_(None)))  # type: ignore[assignment]
    in_erp = case((c.done, c.micros - c.invoiced - c.draft), else_=0)
    return (
        select(
            project.label("project"),
            c.legal_entity,
            c.currency,
            c.on_day,
            c.micros,
            c.invoiced,
            c.draft,
            in_erp.label("inside"),
            case((c.done, 0), else_=c.micros - c.invoiced - c.draft).label("outside"),
            func.coalesce(TABLES["time_entry"].c.minutes, 0).label("minutes"),
        )
        .select_from(where)
        .cte("line")
    )


def _planned() -> Select[Any]:
    """Lines that have an intent: what invoices cover of them, or all of it where the ERP only gives a stage."""
    i, bill, covered = intent.c, TABLES["billing_line"], _covered()
    ref = i.target + "/" + i.kind + "/" + i.remote_id
    joined = intent.outerjoin(bill, and_(bill.c.ref == ref, i.remote_id != "", bill.c.superseded_at.is_(None)))
    joined = joined.outerjoin(covered, covered.c.billing_line == bill.c.ref)
    whole = func.coalesce(i.money_micros, 0)
    invoiced = case(
        (covered.c.billing_line.is_not(None), covered.c.invoiced), (bill.c.stage.in_(_INVOICED), whole), else_=0
    )
    draft = case(
        (covered.c.billing_line.is_not(None), covered.c.draft), (bill.c.stage == Stage.ON_DRAFT, whole), else_=0
    )
    return (
        select(
            i.subject,
            i.legal_entity,
            func.coalesce(i.money_currency, "").label("currency"),
            as_stored(i.on_day).label("on_day"),
            whole.label("micros"),
            invoiced.label("invoiced"),
            draft.label("draft"),
            (i.state == State.DONE).label("done"),
        )
        .select_from(joined)
        .where(
            i.flow == FLOW, i.state.not_in(_GONE), i.verb != Verb.CLOSE, i.adjusts == "", i.money_micros.is_not(None)
        )
    )


def _covered() -> CTE:
    """Billing line -> money that invoices and drafts cover of it; voided ones cover nothing."""
    line, invoice = TABLES["invoice_line"].c, TABLES["invoice"].c
    current = and_(invoice.ref == line.invoice, invoice.superseded_at.is_(None))
    amount = func.coalesce(line.amount_micros, 0)
    drafted = or_(invoice.status == "draft", invoice.status.is_(None))
    return (
        select(
            line.billing_line,
            func.sum(case((drafted, 0), else_=amount)).label("invoiced"),
            func.sum(case((drafted, amount), else_=0)).label("draft"),
        )
        .select_from(TABLES["invoice_line"].outerjoin(TABLES["invoice"], current))
        .where(line.superseded_at.is_(None), line.billing_line != "", func.coalesce(invoice.status, "") != "voided")
        .group_by(line.billing_line)
        .cte("covered")
    )


def _held_only() -> Select[Any]:
    """Approved lines that a rule holds before they become an intent; several problems of one line count once."""
    h, i = hold.c, intent.c
    known = select(i.id).where(i.target == h.target, i.kind == h.kind, i.key == h.key).exists()
    return (
        select(
            h.subject,
            h.legal_entity,
            h.money_currency.label("currency"),
            func.min(as_stored(h.on_day)).label("on_day"),
            func.max(h.money_micros).label("micros"),
            literal(0).label("invoiced"),
            literal(0).label("draft"),
            literal(False).label("done"),
        )
        .where(h.flow == FLOW, h.ended_at.is_(None), h.money_micros.is_not(None), ~known)
        .group_by(h.subject, h.legal_entity, h.money_currency, h.target, h.kind, h.key)
    )


def _names(db: Connection, projects: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Project ref -> its name, its customer's ref and name; the buyer of its deal where the PSA knows no customer."""
    project = TABLES["project"].c
    asked = select(project.ref, project.name, project.customer).where(
        among(db, project.ref, set(projects)), project.superseded_at.is_(None)
    )
    found = {ref: (name, buyer) for ref, name, buyer in db.execute(asked)}
    sold = _buyers(db, [ref for ref, (_name, buyer) in found.items() if not buyer])
    buyers = {ref: buyer or sold.get(ref, "") for ref, (_name, buyer) in found.items()}
    customer = TABLES["customer"].c
    wanted = among(db, customer.ref, {each for each in buyers.values() if each})
    called = {
        row[0]: row[1]
        for row in db.execute(select(customer.ref, customer.name).where(wanted, customer.superseded_at.is_(None)))
    }
    return {ref: (name, buyers[ref], called.get(buyers[ref], "")) for ref, (name, _buyer) in found.items()}


def _buyers(db: Connection, projects: Sequence[str]) -> dict[str, str]:
    """Project ref -> the customer of the deal it was sold in."""
    by_connection: dict[str, dict[str, str]] = {}
    for ref in projects:
        connection, _kind, remote_id = ref.split("/", 2)
        by_connection.setdefault(connection, {})[remote_id] = ref
    deals = {
        own[remote_id]: master
        for connection, own in by_connection.items()
        for remote_id, master in crosswalk.refs_of(db, connection, "project", own).items()
    }
    deal = TABLES["deal"].c
    asked = select(deal.ref, deal.customer).where(
        among(db, deal.ref, set(deals.values())), deal.superseded_at.is_(None)
    )
    bought = {ref: customer for ref, customer in db.execute(asked)}
    return {project: bought.get(master, "") for project, master in deals.items()}
