"""Approved = not in the ERP + in the ERP + on a draft + invoiced, whatever happened to each line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from console.records.billing import BillingLine, Invoice, InvoiceLine, Stage
from console.records.delivery import Expense, Project, TimeEntry
from console.records.firm import Customer, Record
from console.records.intent import State, Verb
from console.records.keys import parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.wire.surface import Batch, Remote
from local_db import connections, coverage, holds, ledger, replica, subjects
from local_db.connections import ConnectionRow
from local_db.ledger_claims import Opening, claim_and_open
from local_db.ledger_results import Closing, Done, close_attempts
from local_db.questions.status import status
from local_db.questions.unbilled import Unbilled, rows, unbilled
from local_db.store import Db, Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PROBLEM = Problem("closed_period", "Closed.", "Open it.", "controller", "ns")


def eur(amount: int | str) -> Money:
    return Money(Decimal(amount), "EUR")


def learn(db: Db, *records: Record) -> None:
    for record in records:
        connection, kind, remote_id = parse_ref(record.ref)
        replica.save_batch(db, connection, Batch(kind, [Remote(kind, remote_id, {}, record.ref, record)], ""), 1, NOW)


def entry(number: int, days_ago: int = 5) -> TimeEntry:
    return TimeEntry(
        ref=f"kan/time_entry/{number}",
        project="kan/project/1",
        resource="kan/resource/1",
        worked_on=(NOW - timedelta(days=days_ago)).date(),
        minutes=60,
        approved=True,
    )


def want(record: TimeEntry | Expense, amount: int, state: State = State.READY) -> ledger.Decision:
    on = record.worked_on if isinstance(record, TimeEntry) else record.spent_on
    kind = "time_line" if isinstance(record, TimeEntry) else "charge_line"
    return ledger.Decision(
        "work_to_billing",
        record.ref,
        "ns",
        kind,
        record.ref[4:].replace("/", "-"),
        {},
        Verb.CREATE,
        state,
        money=eur(amount),
        on=on,
        legal_entity="Norrvik Hale GmbH",
    )


def send_all(db: Db) -> None:
    for each in claim_and_open(db, "ns", 99, "w", 60, NOW, lambda claimed: Opening(claimed, "t", {})):
        number = parse_ref(each.subject).remote_id
        close_attempts(db, [Closing(each.id, each.fence, each.attempt, Done(f"9{number}"))], NOW)


def posted(number: int, amount: int, stage: Stage = Stage.POSTED) -> BillingLine:
    return BillingLine(ref=f"ns/time_line/9{number}", line_type="time", amount=eur(amount), stage=stage)


def share(invoice: int, line: int, amount: int) -> InvoiceLine:
    return InvoiceLine(
        ref=f"ns/invoice_line/{invoice}",
        invoice=f"ns/invoice/{invoice}",
        billing_line=f"ns/time_line/{line}",
        amount=eur(amount),
    )


def ask(db: Db) -> Unbilled:
    [row] = unbilled(db, NOW)
    return row


def test_each_line_is_somewhere(store: Store) -> None:
    with store.writing() as db:
        learn(
            db,
            Customer(ref="kan/customer/1", name="Ünal & Söhne"),
            Project(ref="kan/project/1", name="Rollout", customer="kan/customer/1"),
        )
        entries = [entry(1), entry(2, 40), entry(3, 70), entry(4, 100), entry(5)]
        expense = Expense(
            ref="kan/expense/6",
            project="kan/project/1",
            resource="kan/resource/1",
            spent_on=date(2026, 11, 1),
            amount=eur(30),
            approved=True,
        )
        learn(db, *entries, expense)
        ledger.save_plan(db, [want(each, 100) for each in entries[1:4]], NOW)
        send_all(db)
        ledger.save_plan(db, [want(entries[0], 100), want(expense, 30, State.HELD)], NOW)
        learn(db, posted(2, 100), posted(3, 100), posted(4, 100, Stage.PAID))
        learn(
            db,
            Invoice(ref="ns/invoice/1", number="I1", customer="c", status="open"),
            Invoice(ref="ns/invoice/2", number="I2", customer="c", status="draft"),
            Invoice(ref="ns/invoice/3", number="I3", customer="c", status="voided"),
            share(1, 92, 40),
            share(2, 92, 25),
            share(3, 93, 99),
        )
        held = holds.row_of(
            PROBLEM,
            NOW,
            flow="work_to_billing",
            subject=entries[4].ref,
            target="ns",
            kind="time_line",
            key="k5",
            money=eur(70),
            on_day=entries[4].worked_on,
            legal_entity="Norrvik Hale GmbH",
        )
        holds.put(db, [held, replace(held, problem="missing_tax_code")])
        row = ask(db)
        by_customer, by_entity = rows(db, "customer", NOW), rows(db, "legal_entity", NOW)
    assert (row.project_name, row.customer, row.customer_name) == ("Rollout", "kan/customer/1", "Ünal & Söhne")
    assert (row.legal_entity, row.currency, row.lines) == ("Norrvik Hale GmbH", "EUR", 6)
    assert (row.approved, row.invoiced, row.on_draft) == (eur(500), eur(140), eur(25))
    assert (row.in_erp, row.not_in_erp) == (eur(135), eur(200))
    assert row.approved == row.not_in_erp + row.in_erp + row.on_draft + row.invoiced
    assert row.unbilled == eur(360) and row.ages == (eur(200), eur(60), eur(100), eur(0))
    assert (row.minutes, row.minutes_unbilled, row.oldest) == (300, 240, entries[2].worked_on)
    assert by_customer == [
        {
            "customer": "Ünal & Söhne",
            "currency": "EUR",
            "approved": "500",
            "not_in_erp": "200",
            "in_erp_not_invoiced": "160",
            "invoiced": "140",
            "unbilled": "360",
            "ages": ["200", "60", "100", "0"],
            "hours": 4.0,
            "lines": 6,
            "oldest": entries[2].worked_on.isoformat(),
        }
    ]
    assert by_entity[0]["legal_entity"] == "Norrvik Hale GmbH"


def test_what_was_withdrawn_or_has_no_money_is_not_delivered(store: Store) -> None:
    with store.writing() as db:
        learn(db, entry(1), entry(2))
        ledger.save_plan(db, [want(entry(1), 100, State.WITHDRAWN), want(entry(2), 50)], NOW)
        assert ask(db).approved == eur(50) and ask(db).project_name == ""
        assert unbilled(db, NOW, "Norrvik Hale KK") == [] and unbilled(db, NOW, project="kan/project/2") == []
        assert len(unbilled(db, NOW, "Norrvik Hale GmbH", "kan/project/1")) == 1


def test_status_tells_how_it_stands(store: Store) -> None:
    with store.writing() as db:
        connections.add(db, ConnectionRow("ns", "netsuite", "NetSuite"))
        for brought in (10, 1):
            coverage.begin(db, "ns", "customer", "*", NOW, True)
            coverage.advance(db, "ns", "customer", "*", 1 if brought == 10 else 2, "c", brought, -1)
            coverage.finish(db, "ns", "customer", "*", NOW)
        ledger.save_plan(db, [want(entry(1), 100), want(entry(2), 50)], NOW)
        subjects.mark(db, "work_to_billing", ["kan/time_entry/3"], "new", NOW)
        now = status(db)
    assert [each.id for each in now.connections] == ["ns"] and [each.kind for each in now.doubtful] == ["customer"]
    assert [(each.state, each.number, each.since) for each in now.intents] == [(State.READY, 2, NOW)]
    assert (now.waiting, now.holds, now.outcomes) == ({"work_to_billing": 1}, [], [])
