"""Billing lines and what bills them: periods, inactive records, subsidiaries, money, and lines that are invoiced."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from console.sandbox.netsuite.intake import minutes_of
from console.sandbox.tenant import Share


def refusal(answer: Any) -> str:
    assert answer.status_code == 400, answer.text
    told = answer.json()["o:errorDetails"][0]
    assert told["o:errorCode"] == "USER_ERROR"
    return str(told["detail"])


def put(account, key: str, body: dict[str, Any], kind: str = "timeBill") -> Any:
    return account.call("PUT", f"{kind}/eid:{key}", json=body)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("8:00", 480),
        ("0:20", 20),
        ("8.5", 510),
        (8, 480),
        (0.3333, 20),
        ("0.67", 40),
        ("-1:30", -90),
        ("x", None),
        ("NaN", None),
    ],
)
def test_durations_keep_their_minutes(text, minutes):
    assert minutes_of(text) == minutes


def test_nothing_posts_to_a_closed_period(account):
    closed = account.tenant.closed_date.isoformat()
    words = "The transaction date you specified is not within the date range of your accounting period."
    body = account.time_body()
    assert words in refusal(put(account, "TO-closed", {**body, "tranDate": closed}))
    charge = {"billTo": body["customer"], "chargeDate": closed, "amount": 5}
    assert words in refusal(put(account, "TO-closed", charge, "charge"))
    assert put(account, "TO-open", body).status_code == 204
    assert words in refusal(put(account, "TO-open", {**body, "tranDate": closed}))
    assert words in refusal(put(account, "TO-future", {**body, "tranDate": "2031-01-01"}))


def test_a_month_closes_over_what_is_there(fresh):
    body = fresh.time_body(tranDate="2026-10-05")
    assert put(fresh, "TO-1", body).status_code == 204
    fresh.tenant.people.close_period("Oct 2026")
    assert "accounting period" in refusal(put(fresh, "TO-1", {**body, "memo": "x"}))
    assert "accounting period" in refusal(fresh.call("DELETE", "timeBill/eid:TO-1"))
    assert fresh.one("SELECT closed, arlocked FROM accountingperiod WHERE periodname = 'Oct 2026'") == {
        "closed": "T",
        "arlocked": "T",
    }
    fresh.tenant.people.close_period("Oct 2026", closed=False)
    assert put(fresh, "TO-1", {**body, "memo": "x"}).status_code == 204


def test_locked_receivables_stop_invoices_but_no_time(fresh):
    fresh.tenant.people.lock_receivables("Nov 2026")
    body = fresh.time_body()
    assert put(fresh, "TO-1", body).status_code == 204
    lines = {"items": [{"item": body["item"], "amount": 5}]}
    invoice = {"entity": body["customer"], "tranDate": "2026-11-05", "item": lines}
    assert "Accounts Receivable" in refusal(put(fresh, "TO-1", invoice, "invoice"))


def test_inactive_records_are_refused_by_name(fresh):
    body = fresh.time_body()
    job = fresh.one(f"SELECT companyname FROM job WHERE id = {body['customer']['id']}")["companyname"]
    task = fresh.one(f"SELECT title FROM projecttask WHERE id = {body['caseTaskEvent']['id']}")["title"]
    email = fresh.one(f"SELECT email FROM employee WHERE id = {body['employee']['id']}")["email"]
    item = fresh.one(f"SELECT itemid FROM item WHERE id = {body['item']['id']}")["itemid"]
    people = fresh.tenant.people
    for kind, name, project, field in (
        ("task", task, job, "caseTaskEvent"),
        ("resource", email, "", "employee"),
        ("billing_item", item, "", "item"),
    ):
        people.set_active(kind, name, False, project)
        words = f"Invalid Field Value {body[field]['id']} for the following field: {field.lower()}"
        assert words in refusal(put(fresh, "TO-1", body))
        people.set_active(kind, name, True, project)
    fresh.call("PATCH", f"job/{body['customer']['id']}", json={"isInactive": True})
    assert "for the following field: customer" in refusal(put(fresh, "TO-1", body))
    kinds = [(e.kind, e.verb, e.by) for e in fresh.running.practice.journal.entries]
    assert ("task", "close", "people") in kinds
    assert ("project", "close", "api") in kinds


def test_a_task_of_another_project_and_time_of_an_outsider(fresh):
    body = fresh.time_body()
    job, task = body["customer"]["id"], body["caseTaskEvent"]["id"]
    other = fresh.one(f"SELECT id FROM projecttask WHERE project <> {job} ORDER BY id")["id"]
    assert "casetaskevent" in refusal(put(fresh, "TO-1", {**body, "caseTaskEvent": {"id": other}}))
    fresh.call("PATCH", f"job/{job}", json={"limitTimeToAssignees": True})
    assert f"Invalid Field Value {job} for the following field: customer" in refusal(put(fresh, "TO-1", body))
    fresh.call("PATCH", f"projectTask/{task}", json={"assignee": {"items": [{"resource": body["employee"]}]}})
    assert put(fresh, "TO-1", body).status_code == 204


def test_a_service_item_comes_from_the_assignment_or_must_be_given(account):
    body = account.time_body(item=None)
    assert "Service Item" in refusal(put(account, "TO-item", body))


def test_subsidiary_and_currency_are_the_projects(account):
    body = account.time_body()
    assert "subsidiary" in refusal(put(account, "TO-sub", {**body, "subsidiary": {"id": "2"}}))
    charge = {"billTo": body["customer"], "chargeDate": "2026-11-03", "amount": 5, "currency": {"id": "2"}}
    assert "currency" in refusal(put(account, "TO-cur", charge, "charge"))
    parent = account.one("SELECT id FROM customer WHERE subsidiary = 1 ORDER BY id")
    job = {"companyName": "Another", "parent": parent}
    assert "subsidiary" in refusal(account.call("POST", "job", json={**job, "subsidiary": {"id": "3"}}))
    assert "currency" in refusal(account.call("POST", "job", json={**job, "currency": {"id": "3"}}))
    told = account.stored(account.call("POST", "job", json=job))
    assert (told["subsidiary"]["id"], told["currency"]["id"]) == ("1", "1")


def test_a_customer_has_a_name_of_its_own(account):
    body = {"companyName": "Lonely Ltd", "subsidiary": {"id": "2"}}
    assert "Company Name" in refusal(account.call("POST", "customer", json={"subsidiary": {"id": "2"}}))
    told = account.stored(put(account, "TO-lonely", body, "customer"))
    assert (told["entityId"], told["currency"]["refName"]) == ("Lonely Ltd", "British pound")
    assert "This entity already exists." in refusal(account.call("POST", "customer", json=body))
    assert put(account, "TO-lonely", body, "customer").status_code == 204
    assert "subsidiary" in refusal(put(account, "TO-lonely", {**body, "subsidiary": {"id": "1"}}, "customer"))


def test_charges_are_rounded_to_their_currencys_smallest_coin(account):
    for subsidiary, amount in (("1", 33.35), ("4", 33)):
        job = account.one(f"SELECT id FROM job WHERE subsidiary = {subsidiary} AND entitystatus = '2' ORDER BY id")
        body = {"billTo": job, "chargeDate": "2026-11-03", "quantity": 3, "rate": 11.115}
        assert account.stored(put(account, f"TO-c{subsidiary}", body, "charge"))["amount"] == amount
    assert "Amount" in refusal(put(account, "TO-c", {"billTo": job, "chargeDate": "2026-11-03"}, "charge"))


def test_invoices_outside_the_us_need_a_tax_code_and_add_its_tax(account):
    job = account.one("SELECT id, parent FROM job WHERE subsidiary = 2 AND entitystatus = '2' ORDER BY id")
    item = account.one("SELECT id FROM item ORDER BY id")
    line: dict[str, Any] = {"item": item, "quantity": 3, "rate": 33.33}
    body = {"entity": {"id": job["parent"]}, "job": {"id": job["id"]}, "tranDate": "2026-11-05"}
    assert "Tax Code" in refusal(put(account, "TO-tax", {**body, "item": {"items": [line]}}, "invoice"))
    line["taxCode"] = account.one("SELECT id FROM salestaxitem WHERE subsidiary = 2")
    told = account.stored(put(account, "TO-tax", {**body, "item": {"items": [line]}}, "invoice"))
    assert (told["subtotal"], told["taxTotal"], told["total"]) == (99.99, 20.0, 119.99)


def test_an_invoice_takes_billable_time_and_frees_it_again(account):
    time = account.stored(put(account, "TO-bill", account.time_body(hours="2:00")))
    job = account.one(f"SELECT id, parent FROM job WHERE id = {time['customer']['id']}")
    line = {"doc": {"id": time["id"]}, "apply": True}
    body = {"entity": {"id": job["parent"]}, "tranDate": "2026-11-05", "time": {"items": [line]}}
    made = put(account, "TO-bill", body, "invoice")
    told = account.stored(made)
    assert [(each["doc"]["id"], each["amount"]) for each in told["time"]["items"]] == [(time["id"], 190.0)]
    assert "has been billed" in refusal(account.call("PATCH", "timeBill/eid:TO-bill", json={"memo": "x"}))
    assert "has been billed" in refusal(account.call("DELETE", "timeBill/eid:TO-bill"))
    assert "for the following field: doc" in refusal(put(account, "TO-bill-2", body, "invoice"))
    assert account.call("GET", "timeBill/eid:TO-bill").json()["posted"] is True
    assert account.call("DELETE", "invoice/eid:TO-bill").status_code == 204
    assert account.call("PATCH", "timeBill/eid:TO-bill", json={"memo": "x"}).status_code == 204


def test_payments_and_credits_settle_an_invoice(account):
    parent, item = (
        account.one("SELECT id FROM customer WHERE subsidiary = 1 ORDER BY id"),
        account.one("SELECT id FROM item"),
    )
    lines = {"items": [{"item": item, "amount": 100}]}
    invoice = account.stored(
        put(account, "TO-settle", {"entity": parent, "tranDate": "2026-11-05", "item": lines}, "invoice")
    )
    apply = {"items": [{"doc": {"id": invoice["id"]}, "apply": True}]}
    credit = {
        "entity": parent,
        "tranDate": "2026-11-06",
        "item": {"items": [{"item": item, "amount": 30}]},
        "apply": apply,
    }
    assert account.stored(put(account, "TO-settle", credit, "creditMemo"))["applied"] == 30
    paid = {"customer": parent, "payment": 70, "tranDate": "2026-11-07", "apply": apply}
    assert "amount" in refusal(
        put(account, "TO-over", {**paid, "apply": {"items": [{**apply["items"][0], "amount": 99}]}}, "customerPayment")
    )
    assert put(account, "TO-settle", paid, "customerPayment").status_code == 204
    told = account.call("GET", f"invoice/{invoice['id']}").json()
    assert (told["amountRemaining"], told["status"]["refName"]) == (0.0, "Paid In Full")
    assert account.call("DELETE", "invoice/eid:TO-settle").status_code == 400
    assert account.call("DELETE", "customerPayment/eid:TO-settle").status_code == 204
    assert account.call("GET", f"invoice/{invoice['id']}").json()["amountRemaining"] == 70


def test_an_expense_report_and_a_billing_schedule(account):
    body = account.time_body()
    line = {"category": account.one("SELECT id FROM expensecategory"), "amount": 41.5, "customer": body["customer"]}
    report = {"entity": body["employee"], "tranDate": "2026-11-05", "expense": {"items": [line]}, "complete": True}
    home = account.one(f"SELECT subsidiary FROM employee WHERE id = {body['employee']['id']}")["subsidiary"]
    assert home == "1"
    told = account.stored(put(account, "TO-exp", report, "expenseReport"))
    assert (told["total"], told["status"]["id"]) == (41.5, "B")
    milestones = {
        "items": [{"projectTask": body["caseTaskEvent"], "milestoneAmount": 50, "milestoneDate": "2026-12-01"}]
    }
    schedule = {
        "name": "Two halves",
        "scheduleType": {"id": "FBM"},
        "project": body["customer"],
        "milestone": milestones,
    }
    told = account.stored(put(account, "TO-sched", schedule, "billingSchedule"))
    assert told["milestone"]["items"][0]["milestoneAmount"] == 50


def test_what_others_depend_on_is_not_deleted(account):
    job = account.one("SELECT j.id, j.parent FROM job j JOIN timebill b ON b.customer = j.id ORDER BY j.id")
    assert "dependent records" in refusal(account.call("DELETE", f"job/{job['id']}"))
    assert "dependent records" in refusal(account.call("DELETE", f"customer/{job['parent']}"))


def test_people_bill_part_of_a_line_and_void_it_again(fresh):
    time = fresh.stored(put(fresh, "TO-1", fresh.time_body(hours="4:00")))
    charge = fresh.stored(
        put(
            fresh,
            "TO-2",
            {"billTo": time["customer"], "chargeDate": "2026-11-03", "amount": 80, "billingItem": time["item"]},
            "charge",
        )
    )
    people, job = fresh.tenant.people, time["customer"]["id"]
    shares = [Share(time["id"], 120, Decimal("190.00")), Share(charge["id"], 0, Decimal("80"))]
    invoice = people.bill(job, date(2026, 11, 10), shares, draft=True)
    told = fresh.call("GET", f"invoice/{invoice}", params={"expandSubResources": "true"}).json()
    assert (told["total"], told["status"]["refName"], told["approvalStatus"]["id"]) == (270.0, "Pending Approval", "1")
    assert told["time"]["items"][0]["quantity"] == 2.0
    row = fresh.one(f"SELECT t.status, t.posting FROM transaction t WHERE t.id = {invoice}")
    assert row == {"status": "D", "posting": "F"}
    assert fresh.call("GET", "charge/eid:TO-2").json()["invoice"]["id"] == invoice
    people.approve(invoice)
    paid = people.pay(invoice, date(2026, 11, 11), Decimal("100"))
    credited = people.credit(invoice, date(2026, 11, 12), Decimal("50"), "Agreed")
    assert fresh.call("GET", f"invoice/{invoice}").json()["amountRemaining"] == 120.0
    for kind, number in (("customerPayment", paid), ("creditMemo", credited)):
        assert fresh.call("DELETE", f"{kind}/{number}").status_code == 204
    people.void(invoice)
    assert fresh.one(f"SELECT status, voided FROM transaction WHERE id = {invoice}") == {"status": "V", "voided": "T"}
    assert "invoice" not in fresh.call("GET", "charge/eid:TO-2").json()
    by_people = [(e.kind, e.verb) for e in fresh.running.practice.journal.since(0, by="people")]
    assert by_people == [
        ("invoice", "create"),
        ("invoice", "update"),
        ("payment", "create"),
        ("credit_note", "create"),
        ("invoice", "update"),
    ]


def test_people_edit_and_delete_lines_and_the_judge_hears_of_it(fresh):
    body = fresh.time_body(hours="1:00")
    time = fresh.stored(put(fresh, "TO-1", body))
    people, job = fresh.tenant.people, time["customer"]["id"]
    people.edit_line(time["id"], minutes=100, rate=Decimal("104.50"))
    line = people.lines(job)[-1]
    assert (line.id, line.key, line.minutes, line.rate, line.amount) == (
        time["id"],
        "TO-1",
        100,
        Decimal("104.5"),
        Decimal("174.17"),
    )
    entry = fresh.running.practice.journal.entries[-1]
    assert (entry.kind, entry.verb, entry.by) == ("time_line", "update", "people")
    assert entry.facts["minutes"] == 100
    assert (entry.facts["amount"], entry.facts["currency"]) == ("174.17", "USD")
    assert people.project(line.project) == job
    people.delete_line(time["id"])
    assert fresh.call("GET", "timeBill/eid:TO-1").status_code == 404
    assert fresh.one(f"SELECT context FROM deletedrecord WHERE recordid = {time['id']}") == {"context": "USERINTERFACE"}


def test_people_enter_a_customer_twice(fresh):
    name = fresh.one("SELECT companyname FROM customer ORDER BY id")["companyname"]
    before = len(fresh.rows(f"SELECT id FROM customer WHERE companyname = '{name}'"))
    copy = fresh.tenant.people.duplicate_customer(name)
    rows = fresh.rows(f"SELECT id FROM customer WHERE companyname = '{name}' ORDER BY id")
    assert (len(rows), rows[-1]["id"]) == (before + 1, copy)
