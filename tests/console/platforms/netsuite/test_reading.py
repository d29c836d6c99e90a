"""Every kind is read completely, whatever changes meanwhile, and without what an account does not show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.platforms.netsuite import NetSuite
from console.records.billing import BillingLine, CreditNote, Invoice, InvoiceLine, Payment, Stage
from console.records.calendar import AccountingPeriod, TaxCode
from console.records.delivery import Project, Task
from console.records.firm import Customer, Resource
from console.records.money import Money
from console.wire.faults import Refused, Unexpected
from console.wire.surface import Batch, Remote
from tests.console.platforms.netsuite.account import Account, furnished, with_connector


async def batches(ns: NetSuite, kind: str, since: str = "") -> list[Batch]:
    return [batch async for batch in ns.read(kind, since)]


def read(account: Account, kind: str, since: str = "", **fields: str) -> list[Batch]:
    return with_connector(account, lambda ns: batches(ns, kind, since), **fields)


def remotes(found: Sequence[Batch]) -> list[Remote]:
    return [remote for batch in found for remote in batch.records]


def one(account: Account, kind: str) -> object:
    (remote,) = remotes(read(account, kind))
    assert remote.fault == ""
    return remote.record


def test_a_customer_is_read_with_the_names_behind_its_ids() -> None:
    account = furnished()
    account.rows["customer"]["31"]["url"] = "https://www.harbour.example/start"
    assert one(account, "customer") == Customer(
        ref="erp/customer/31",
        external_key="relay-31",
        modified_at="2026-03-01T00:00:10+00:00",
        name="Harbour & Sons",
        legal_entity="Northlight Ltd",
        currency="GBP",
        payment_terms="Net 30",
        domain="harbour.example",
    )


def test_a_foreign_external_id_is_kept_but_is_no_key_of_ours() -> None:
    account = furnished()
    account.put("customer", 32, companyname="Ours", externalid="TOabcdefgh-customer-1")
    foreign, ours = remotes(read(account, "customer"))
    assert (foreign.key, ours.key) == ("", "TOabcdefgh-customer-1")
    assert foreign.record is not None
    assert foreign.record.external_key == "relay-31"


def test_a_project_says_who_changed_it_last() -> None:
    assert one(furnished(), "project") == Project(
        ref="erp/project/41",
        modified_at="2026-03-01T00:00:11+00:00",
        modified_by="21",
        name="Harbour rollout",
        customer="erp/customer/31",
        legal_entity="Northlight Ltd",
        currency="GBP",
        billing_type="time_and_materials",
        starts_on=date(2026, 1, 5),
        budget=Money.of("12000.50", "GBP"),
    )


@pytest.mark.parametrize(
    ("columns", "active"), [({"status": "COMPLETE"}, False), ({"isinactive": "T"}, False), ({}, True)]
)
def test_a_task_is_active_until_it_is_complete_or_inactive(columns: dict[str, str], active: bool) -> None:
    account = furnished()
    account.rows["projecttask"]["51"] |= {"estimatedwork": "7.5", **columns}
    task = one(account, "task")
    assert isinstance(task, Task)
    assert (task.active, task.estimate_minutes, task.project) == (active, 450, "erp/project/41")


def test_a_person_has_a_name() -> None:
    resource = one(furnished(), "resource")
    assert isinstance(resource, Resource)
    assert (resource.name, resource.legal_entity) == ("Ana Ruiz", "Northlight Inc")


@pytest.mark.parametrize("hours", ["0:20", "0.3333", "0.333333"])
def test_a_time_line_has_whole_minutes_and_the_currency_of_its_project(hours: str) -> None:
    account = furnished()
    account.put(
        "timebill",
        61,
        customer="41",
        casetaskevent="51",
        employee="21",
        item="7",
        subsidiary="2",
        hours=hours,
        trandate="2026-02-03",
        rate="150",
        isbillable="T",
        memo="x",
        posted="F",
    )
    line = one(account, "time_line")
    assert isinstance(line, BillingLine)
    assert (line.minutes, line.quantity, line.rate) == (20, "0.3333", Money.of("150", "GBP"))
    assert line.amount == Money.of("50.00", "GBP")
    assert (line.item, line.on, line.resource) == ("Consulting", date(2026, 2, 3), "erp/resource/21")


def test_a_charge_knows_its_type_and_stage() -> None:
    account = furnished()
    account.put(
        "charge",
        71,
        billto="41",
        chargedate="2026-02-03",
        quantity="1",
        rate="80",
        amount="80",
        chargetype="4",
        stage="READY_FOR_BILLING",
        currency="2",
        invoice="900",
    )
    account.put("charge", 72, billto="41", timerecord="61", amount="10", currency="2")
    line = one(account, "charge_line")
    assert isinstance(line, BillingLine)
    assert (line.line_type, line.stage, line.invoice) == ("expense", Stage.INVOICED, "erp/invoice/900")
    assert (line.billable, line.amount) == (True, Money.of("80", "GBP"))


def test_only_base_periods_are_read() -> None:
    account = furnished()
    base = {"isquarter": "F", "isyear": "F", "isadjust": "F"}
    account.put(
        "accountingperiod",
        1,
        periodname="Jan 2026",
        startdate="2026-01-01",
        enddate="2026-01-31",
        closed="T",
        arlocked="T",
        **base,
    )
    account.put(
        "accountingperiod",
        2,
        periodname="Q1",
        startdate="2026-01-01",
        enddate="2026-03-31",
        **(base | {"isquarter": "T"}),
    )
    period = one(account, "accounting_period")
    assert isinstance(period, AccountingPeriod)
    assert (period.name, period.closed, period.receivables_locked) == ("Jan 2026", True, True)


def test_a_tax_rate_is_read_without_its_sign() -> None:
    account = furnished()
    account.put("salestaxitem", 5, itemid="UST_DE:S-DE", rate="19.0%", country="DE", subsidiary="2", isinactive="F")
    tax = one(account, "tax_code")
    assert isinstance(tax, TaxCode)
    assert (tax.name, tax.per_cent, tax.country, tax.legal_entity) == ("UST_DE:S-DE", "19.0", "DE", "Northlight Ltd")


def billed() -> Account:
    account = furnished()
    account.put(
        "transaction",
        900,
        type="CustInvc",
        tranid="INV900",
        entity="31",
        trandate="2026-02-10",
        currency="2",
        duedate="2026-03-12",
        status="A",
        foreigntotal="250",
        foreignamountunpaid="50",
        taxtotal="0",
    )
    account.put(
        "transaction",
        901,
        type="CustPymt",
        tranid="P1",
        entity="31",
        trandate="2026-02-20",
        currency="2",
        foreigntotal="-200",
    )
    account.put(
        "transaction",
        902,
        type="CustCred",
        tranid="C1",
        entity="31",
        trandate="2026-02-21",
        currency="2",
        foreigntotal="-10",
        status="CustCred:B",
    )
    account.rows["transactionline"]["1"] = {"id": 1, "transaction": "900", "mainline": "T", "subsidiary": "2"}
    account.rows["nexttransactionlinelink"]["1"] = {
        "previousdoc": "900",
        "nextdoc": "901",
        "foreignamount": "200",
        "linktype": "Payment",
    }
    account.put("charge", 71, billto="41", amount="100", currency="2", invoice="900", invoiceline="2", quantity="1")
    account.put("charge", 73, billto="41", amount="9", currency="2", invoice="900", quantity="1")
    account.records["invoice", "900"] = {
        "id": "900",
        "item": {"items": [{"line": 1, "amount": 20.0, "quantity": 1}, {"line": 2, "amount": 100.0, "quantity": 1}]},
        "time": {
            "items": [
                {"apply": True, "doc": "61", "line": 1, "amount": 50.0, "quantity": "0:20"},
                {"apply": False, "doc": "62", "line": 2, "amount": 50.0, "quantity": "0:20"},
            ]
        },
    }
    return account


def test_an_invoice_is_read_in_its_currency() -> None:
    invoice = one(billed(), "invoice")
    assert isinstance(invoice, Invoice)
    assert (invoice.number, invoice.customer, invoice.status) == ("INV900", "erp/customer/31", "open")
    assert invoice.legal_entity == "Northlight Ltd"
    assert (invoice.total, invoice.remaining) == (Money.of("250", "GBP"), Money.of("50", "GBP"))


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({"status": "B"}, "paid"),
        ({"status": "CustInvc:V"}, "voided"),
        ({"approvalstatus": "1"}, "draft"),
        ({"voided": "T"}, "voided"),
        ({"status": "Paid In Full"}, "paid"),
    ],
)
def test_an_invoice_has_one_of_our_statuses(columns: dict[str, str], status: str) -> None:
    account = billed()
    account.rows["transaction"]["900"] |= columns
    invoice = one(account, "invoice")
    assert isinstance(invoice, Invoice)
    assert invoice.status == status


def test_invoice_lines_name_what_they_cover() -> None:
    found = {each.remote_id: each.record for each in remotes(read(billed(), "invoice_line"))}
    lines = {name: line for name, line in found.items() if isinstance(line, InvoiceLine)}
    assert {name: (line.billing_line, line.minutes, line.amount) for name, line in lines.items()} == {
        "900-time-1": ("erp/time_line/61", 20, Money.of("50", "GBP")),
        "900-item-1": ("", 0, Money.of("20", "GBP")),
        "900-item-2": ("erp/charge_line/71", 0, Money.of("100", "GBP")),
        "900-charge-73": ("erp/charge_line/73", 0, Money.of("9", "GBP")),
    }


@pytest.mark.parametrize("linked", [True, False])
def test_payments_and_credits_are_positive_and_know_their_invoice(linked: bool) -> None:
    account = billed()
    if not linked:
        account.forbidden_tables = {"nexttransactionlinelink"}
        account.records["customerPayment", "901"] = {
            "id": "901",
            "apply": {"items": [{"doc": {"id": "900"}, "apply": True, "amount": 200.0}]},
        }
    payment, credit = one(account, "payment"), one(account, "credit_note")
    assert isinstance(payment, Payment)
    assert isinstance(credit, CreditNote)
    assert (payment.amount, payment.invoice) == (Money.of("200", "GBP"), "erp/invoice/900")
    assert (credit.total, credit.invoice, credit.status) == (Money.of("10", "GBP"), "", "paid")


def many(count: int) -> Account:
    account = furnished()
    for number in range(count):
        account.put("timebill", 1000 + number, customer="41", hours="1", trandate="2026-02-03", isbillable="T")
    return account


def test_pages_follow_each_other_in_the_order_of_change() -> None:
    account = many(25)
    account.rows["timebill"]["1000"]["lastmodifieddate"] = account.stamp()
    account.page = 10
    found = read(account, "time_line")
    assert [len(batch.records) for batch in found] == [9, 9, 7]
    assert [batch.last for batch in found] == [False, False, True]
    assert {batch.expected for batch in found} == {25}
    assert [remote.remote_id for remote in remotes(found)] == [*(str(1001 + each) for each in range(24)), "1000"]


@pytest.mark.parametrize("page", [7, 10, 25])
def test_a_second_with_more_than_a_page_is_read_by_id(page: int) -> None:
    account = many(25)
    for number in range(1003, 1023):
        account.rows["timebill"][str(number)]["lastmodifieddate"] = account.rows["timebill"]["1003"]["lastmodifieddate"]
    account.page = page
    found = read(account, "time_line")
    seen = [remote.remote_id for remote in remotes(found)]
    assert seen == [str(1000 + each) for each in range(25)]
    for batch in found[:-1]:
        seen_before = {r.remote_id for b in found[: found.index(batch) + 1] for r in b.records}
        rest = {r.remote_id for r in remotes(read(account, "time_line", batch.cursor))}
        assert seen_before | rest == set(seen)


@pytest.mark.parametrize("unstamped", ["column", "row", "days"])
def test_a_table_without_stamps_is_read_by_id(unstamped: str) -> None:
    account = many(25)
    account.page = 10
    if unstamped == "column":
        account.hidden_columns = {"lastmodifieddate"}
    elif unstamped == "days":
        for row in account.rows["timebill"].values():
            row["lastmodifieddate"] = row["lastmodifieddate"][:10]
    else:
        del account.rows["timebill"]["1007"]["lastmodifieddate"]
    found = read(account, "time_line")
    assert len({remote.remote_id for remote in remotes(found)}) == len(remotes(found)) == 25
    assert all(remote.version for remote in remotes(found))


def test_a_record_changed_while_it_is_read_is_neither_lost_nor_moves_the_rest() -> None:
    account = many(25)
    account.page = 10

    async def use(ns: NetSuite) -> list[str]:
        seen: list[str] = []
        async for batch in ns.read("time_line"):
            seen += [remote.remote_id for remote in batch.records]
            if len(seen) == 9:
                account.rows["timebill"]["1003"]["lastmodifieddate"] = account.stamp()
        return seen

    seen = with_connector(account, use)
    assert sorted(seen) == sorted([*(str(1000 + each) for each in range(25)), "1003"])
    assert seen[-1] == "1003"


def test_a_read_that_broke_off_goes_on_where_it_was() -> None:
    account = many(25)
    account.page = 10
    first = read(account, "time_line")[0]
    rest = read(account, "time_line", first.cursor)
    assert sum(len(batch.records) for batch in rest) == 16


def test_only_changes_are_read_after_the_first_time() -> None:
    account = many(3)
    cursor = read(account, "time_line")[-1].cursor
    account.put("timebill", 2000, customer="41", hours="1", trandate="2026-02-04", isbillable="T")
    found = remotes(read(account, "time_line", cursor, overlap="0"))
    assert "2000" in [remote.remote_id for remote in found]
    assert any("FROM timebill WHERE lastmodifieddate >= TO_DATE('2026-" in each for each in account.queries)


def test_a_batch_is_sorted_by_change() -> None:
    account = many(4)
    account.rows["timebill"]["1000"]["lastmodifieddate"] = account.stamp()
    assert [each.remote_id for each in remotes(read(account, "time_line"))] == ["1001", "1002", "1003", "1000"]


def test_deletions_are_told_by_type() -> None:
    account = many(1)
    cursor = read(account, "time_line")[-1].cursor
    stamp = account.stamp()
    account.rows["deletedrecord"] = {
        "1": {"recordid": "1000", "type": "TimeBill", "deleteddate": stamp},
        "2": {"recordid": "41", "type": "Job", "deleteddate": stamp},
    }
    assert list(read(account, "time_line", cursor)[-1].deleted) == ["1000"]


def test_a_role_that_may_not_see_deletions_is_advised() -> None:
    account = many(1)
    account.forbidden_tables = {"deletedrecord"}

    async def use(ns: NetSuite) -> list[str]:
        (first,) = await batches(ns, "time_line")
        await batches(ns, "time_line", first.cursor)
        return [each.code for each in ns.reader.notes.values()]

    assert with_connector(account, use) == ["deletions"]


def test_a_column_that_vanished_is_named_and_the_rest_is_read() -> None:
    account = furnished()
    account.hidden_columns = {"nonbillabletask"}

    async def use(ns: NetSuite) -> tuple[list[Batch], list[str]]:
        return await batches(ns, "task"), [each.sentence for each in ns.reader.notes.values()]

    found, notes = with_connector(account, use)
    assert [remote.fault for remote in remotes(found)] == [""]
    assert len(notes) == 1
    assert "nonbillabletask" in notes[0]


def test_a_table_closed_to_queries_is_read_one_by_one() -> None:
    account = furnished()
    account.forbidden_tables = {"job"}
    account.records["job", "41"] = {
        "id": "41",
        "companyName": "Harbour rollout",
        "isinactive": False,
        "estimatedRevenue": 12000.5,
        "lastModifiedDate": "2026-03-01T00:00:11Z",
        "currency": {"id": "2", "refName": "British pound"},
        "subsidiary": {"id": "2", "refName": "Northlight Ltd"},
        "parent": {"id": "31", "refName": "Harbour"},
        "jobBillingType": {"id": "4", "refName": "Time and Materials"},
        "startDate": "2026-01-05",
    }
    found = read(account, "project")
    assert found[-1].last
    (remote,) = remotes(found)
    assert remote.record == Project(
        ref="erp/project/41",
        modified_at="2026-03-01T00:00:11+00:00",
        name="Harbour rollout",
        customer="erp/customer/31",
        legal_entity="Northlight Ltd",
        currency="GBP",
        billing_type="time_and_materials",
        starts_on=date(2026, 1, 5),
        budget=Money.of("12000.5", "GBP"),
    )


def test_a_kind_that_is_closed_altogether_is_refused() -> None:
    account = furnished()
    account.forbidden_tables = {"job"}

    async def closed(request: Request) -> Response | None:
        if request.method != "GET":
            return None
        detail = {"detail": "Permission Violation.", "o:errorCode": "INSUFFICIENT_PERMISSION"}
        return JSONResponse({"o:errorDetails": [detail]}, 403)

    account.before = closed
    with pytest.raises(Refused, match="Permission Violation"):
        read(account, "project")


def test_the_same_page_again_ends_the_read() -> None:
    async def deaf(request: Request) -> Response | None:
        if b"FROM timebill" in await request.body():
            stamps = ("2026-03-01 00:00:01", "2026-03-01 00:00:02")
            rows = [{"id": each, "lastmodifieddate": stamp} for each, stamp in enumerate(stamps)]
            return JSONResponse({"items": rows, "hasMore": True})
        return None

    account = furnished()
    account.before = deaf
    with pytest.raises(Unexpected, match="same page"):
        read(account, "time_line")


def test_one_bad_record_holds_only_itself() -> None:
    account = many(3)
    account.rows["timebill"]["1000"]["hours"] = "lots"
    account.rows["timebill"]["1001"]["rate"] = "NaN"
    account.rows["timebill"]["1002"]["trandate"] = "2026-02-04"
    found = remotes(read(account, "time_line"))
    assert [bool(each.fault) for each in sorted(found, key=lambda each: each.remote_id)] == [True, True, False]


def test_a_row_without_id_is_held_by_its_place() -> None:
    async def nameless(request: Request) -> Response | None:
        if b"FROM timebill" in await request.body():
            return JSONResponse(
                {"items": [{"hours": "1"}, {"id": 7, "hours": 1, "customer": 41, "trandate": "2026-02-03"}]}
            )
        return None

    account = furnished()
    account.before = nameless
    first, second = sorted(remotes(read(account, "time_line")), key=lambda each: each.remote_id)
    assert "no id" in first.fault
    assert second.remote_id == "7"
    assert second.fault == ""
