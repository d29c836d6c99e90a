"""Writes are made once by our key, leave other people's keys alone, and answer what NetSuite kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.platforms.netsuite import CARD, NetSuite
from console.records.billing import BillingLine
from console.records.intent import Verb
from console.records.money import Money
from console.wire.faults import ChangedMeanwhile, Fault, Refused, TryLater, Unexpected
from console.wire.surface import Capability, Want, Written
from tests.console.platforms.netsuite.account import Account, error, furnished, with_connector

GBP = "GBP"


def key(number: int = 1) -> str:
    return f"TOabcdefgh-time_entry-{number}"


def time_line(number: int = 1, **changes: Any) -> Want:
    body = {
        "line_type": "time",
        "on": "2026-02-03",
        "minutes": 20,
        "quantity": "0.3333",
        "legal_entity": "Northlight Ltd",
        "tax_code": "",
        "rate": {"amount": "150.00", "currency": GBP},
        "amount": {"amount": "50.00", "currency": GBP},
        "billable": True,
        "memo": "Workshop",
    }
    links = {"project": "41", "task": "51", "resource": "21", "tax_code": "5"}
    given: dict[str, Any] = {
        "kind": "time_line",
        "verb": Verb.CREATE,
        "key": key(number),
        "token": f"t{number}",
        "body": body,
        "links": links,
    }
    return Want(**(given | changes))


def charge(**changes: Any) -> Want:
    body = {
        "line_type": "milestone",
        "on": "2026-02-03",
        "quantity": "1",
        "legal_entity": "Northlight Ltd",
        "tax_code": "",
        "rate": {"amount": "900.50", "currency": GBP},
        "amount": {"amount": "900.50", "currency": GBP},
        "billable": True,
        "memo": "Go live",
    }
    return Want(
        "charge_line", Verb.CREATE, "TOabcdefgh-milestone-1", "t", body | changes, {"project": "41", "customer": "31"}
    )


def customer(**changes: Any) -> Want:
    body = {
        "name": "Müller & Co",
        "legal_entity": "Northlight Ltd",
        "currency": GBP,
        "tax_number": "GB1",
        "domain": "mueller.example",
        "payment_terms": "Net 30",
        "street": "1 High St",
        "city": "Leeds",
        "postcode": "LS1",
        "country": "gb",
    }
    return Want("customer", Verb.CREATE, "TOabcdefgh-account-1", "t", body | changes)


def write(account: Account, want: Want, **fields: str) -> Written:
    return with_connector(account, lambda ns: ns.write(want), **fields)


def sent(account: Account) -> tuple[str, str, Any]:
    return next(each for each in account.seen if each[0] in ("PUT", "PATCH", "DELETE"))


def test_a_time_line_is_sent_exactly() -> None:
    account = furnished()
    write(account, time_line())
    assert sent(account) == (
        "PUT",
        f"/services/rest/record/v1/timeBill/eid:{key()}",
        {
            "customer": {"id": "41"},
            "caseTaskEvent": {"id": "51"},
            "employee": {"id": "21"},
            "item": {"id": "7"},
            "subsidiary": {"id": "2"},
            "tranDate": "2026-02-03",
            "hours": "0:20",
            "rate": 150,
            "overrideRate": True,
            "price": {"id": "-1"},
            "isBillable": True,
            "memo": "Workshop",
        },
    )


def test_a_charge_is_ready_for_the_billing_run() -> None:
    account = furnished()
    write(account, charge(), charge_item="Consulting")
    assert sent(account)[2] == {
        "billTo": {"id": "41"},
        "billingItem": {"id": "7"},
        "subsidiary": {"id": "2"},
        "chargeDate": "2026-02-03",
        "quantity": 1,
        "rate": 900.5,
        "amount": 900.5,
        "stage": {"id": "READY_FOR_BILLING"},
        "use": {"id": "Actual"},
        "chargeType": {"id": "3"},
        "currency": {"id": "2"},
        "memo": "Go live",
        "description": "Go live",
    }


@pytest.mark.parametrize(
    ("fields", "title", "item"),
    [({}, "Architect", "8"), ({}, "Juggler", None), ({"time_item": "Consulting"}, "Architect", "7")],
)
def test_a_time_line_without_item_takes_a_likely_one(fields: dict[str, str], title: str, item: str | None) -> None:
    account = furnished()
    account.put("item", 8, itemid="Architect", itemtype="Service", isinactive="F")
    account.rows["employee"]["21"]["title"] = title
    write(account, time_line(), **fields)
    assert sent(account)[2].get("item") == ({"id": item} if item else None)


def test_a_charge_takes_the_item_named_like_its_type() -> None:
    account = furnished()
    account.put("item", 8, itemid="Project milestone", itemtype="Service", isinactive="F")
    write(account, charge())
    assert sent(account)[2]["billingItem"] == {"id": "8"}


def test_a_customer_is_sent_with_its_address_once() -> None:
    account = furnished()
    write(account, customer())
    assert sent(account)[2] == {
        "companyName": "Müller & Co",
        "isPerson": False,
        "subsidiary": {"id": "2"},
        "currency": {"id": "2"},
        "defaultTaxReg": "GB1",
        "url": "https://mueller.example",
        "terms": {"id": "4"},
        "addressBook": {
            "items": [
                {
                    "defaultBilling": True,
                    "defaultShipping": True,
                    "addressBookAddress": {
                        "addr1": "1 High St",
                        "city": "Leeds",
                        "zip": "LS1",
                        "country": {"id": "GB"},
                    },
                }
            ]
        },
    }


def test_a_project_takes_time_from_anybody() -> None:
    account = furnished()
    body = {
        "name": "Rollout",
        "legal_entity": "Northlight Ltd",
        "currency": GBP,
        "billing_type": "milestone",
        "starts_on": "2026-02-01",
        "ends_on": "2026-06-30",
        "budget": {"amount": "1000.00", "currency": GBP},
        "rate_card": "Standard",
        "status": "open",
    }
    write(account, Want("project", Verb.CREATE, "TOabcdefgh-deal-1", "t", body, {"customer": "31"}))
    assert sent(account)[2] == {
        "companyName": "Rollout",
        "parent": {"id": "31"},
        "subsidiary": {"id": "2"},
        "currency": {"id": "2"},
        "jobBillingType": {"id": "3"},
        "startDate": "2026-02-01",
        "projectedEndDate": "2026-06-30",
        "estimatedRevenue": 1000,
        "allowTime": True,
        "allowExpenses": True,
        "limitTimeToAssignees": False,
    }


def test_a_task_has_its_estimate_in_hours() -> None:
    account = furnished()
    body = {"name": "Build", "billable": False, "active": True, "estimate_minutes": 100}
    write(account, Want("task", Verb.CREATE, "TOabcdefgh-task-1", "t", body, {"project": "41"}))
    assert sent(account)[2] == {
        "title": "Build",
        "project": {"id": "41"},
        "nonBillableTask": True,
        "isInactive": False,
        "estimatedWork": 1.6667,
    }


@pytest.mark.parametrize("status", [200, 201, 204])
@pytest.mark.parametrize(
    "location", ["{base}/services/rest/record/v1/{record}/{id}", "/services/rest/record/v1/{record}/{id}/", ""]
)
def test_the_internal_id_is_found_however_it_is_told(status: int, location: str) -> None:
    account = furnished()
    account.write_status, account.location = status, location
    assert write(account, time_line()).remote_id == "1000"


def test_the_same_write_twice_makes_one_record() -> None:
    account = furnished()
    first, second = write(account, time_line()), write(account, time_line())
    assert first.remote_id == second.remote_id
    assert len(account.rows["timebill"]) == 1


def test_a_known_record_is_changed_by_its_id_and_keeps_its_foreign_key() -> None:
    account = furnished()
    identity = account.store("timeBill", "relay-61", {"memo": "before"})
    write(account, time_line(verb=Verb.UPDATE, remote_id=identity))
    method, path, body = sent(account)
    assert (method, path) == ("PATCH", f"/services/rest/record/v1/timeBill/{identity}")
    assert "externalId" not in body
    assert account.records["timeBill", identity]["externalId"] == "relay-61"


def test_a_record_that_was_deleted_is_not_made_again_by_a_change() -> None:
    account = furnished()
    with pytest.raises(ChangedMeanwhile) as gone:
        write(account, time_line(verb=Verb.UPDATE, remote_id="4711"))
    assert gone.value.problem is not None
    assert gone.value.problem.code == "gone_at_target"
    with pytest.raises(ChangedMeanwhile):
        write(account, time_line(verb=Verb.UPDATE))
    assert account.rows["timebill"] == {}


def test_customers_projects_and_tasks_are_closed_by_making_them_inactive() -> None:
    account = furnished()
    identity = account.store("job", "TOabcdefgh-deal-1", {"companyName": "x"})
    write(account, Want("project", Verb.CLOSE, "TOabcdefgh-deal-1", "t", {}, remote_id=identity))
    assert sent(account) == ("PATCH", f"/services/rest/record/v1/job/{identity}", {"isInactive": True})


def test_a_line_nothing_was_made_of_is_deleted_and_may_be_gone_already() -> None:
    account = furnished()
    account.store("timeBill", key(), {"memo": "x"})
    assert write(account, time_line(verb=Verb.CLOSE)).remote_id == "1000"
    assert account.rows["timebill"] == {}
    assert write(account, time_line(verb=Verb.CLOSE)) == Written(key(), created=False)


@pytest.mark.parametrize(("record", "held"), [("timeBill", {"posted": True}), ("charge", {"invoice": {"id": "900"}})])
def test_a_line_on_an_invoice_is_never_removed(record: str, held: dict[str, Any]) -> None:
    account = furnished()
    want = time_line(verb=Verb.CLOSE) if record == "timeBill" else charge()
    identity = account.store(record, want.key, held)
    closing = Want(want.kind, Verb.CLOSE, want.key, "t", {}, remote_id=identity)
    with pytest.raises(Refused) as refused:
        write(account, closing)
    assert refused.value.problem is not None
    assert refused.value.problem.code == "invoiced_change"
    assert (record, identity) in account.records


def test_an_unknown_company_is_a_problem_before_anything_is_sent() -> None:
    account = furnished()
    with pytest.raises(Refused) as refused:
        write(account, time_line(body={**time_line().body, "legal_entity": "Nobody AG"}))
    assert refused.value.problem is not None
    assert (refused.value.problem.code, refused.value.problem.field) == ("wrong_legal_entity", "legal_entity")
    assert not refused.value.sent
    assert all(each[0] == "POST" for each in account.seen)


def test_a_field_without_a_place_is_refused() -> None:
    with pytest.raises(Refused, match="external_key"):
        write(furnished(), time_line(body={"external_key": "x"}))


def test_other_kinds_are_not_written() -> None:
    with pytest.raises(Refused, match="invoice"):
        write(furnished(), Want("invoice", Verb.CREATE, "TOabcdefgh-x-1", "t", {}))


def answered(response: Response) -> Callable[[Request], Awaitable[Response | None]]:
    async def before(request: Request) -> Response | None:
        return response if request.method == "PUT" else None

    return before


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (error(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked."), TryLater),
        (error(400, "USER_ERROR", "The accounting period is closed."), Refused),
        (error(500, "UNEXPECTED_ERROR", "An unexpected error occurred."), Unexpected),
    ],
)
def test_a_refused_write_is_a_fault(response: Response, fault: type[Fault]) -> None:
    account = furnished()
    account.before = answered(response)
    with pytest.raises(fault) as raised:
        write(account, time_line())
    if raised.value.problem is not None:
        assert raised.value.problem.ref == key()


def test_many_writes_answer_in_order_with_what_netsuite_kept() -> None:
    account = furnished()

    async def second_fails(request: Request) -> Response | None:
        if request.method == "PUT" and request.url.path.endswith("-2"):
            return error(400, "USER_ERROR", "The accounting period is closed.")
        return None

    account.before = second_fails
    first, second, third = with_connector(account, lambda ns: ns.write_many([time_line(n) for n in (1, 2, 3)]))
    assert isinstance(second, Refused)
    for number, answer in ((1, first), (3, third)):
        assert isinstance(answer, Written)
        assert answer.key == key(number)
        assert answer.stored is not None
        assert (answer.stored.key, answer.version) == (key(number), answer.stored.version)
        assert isinstance(answer.stored.record, BillingLine)
        assert answer.stored.record.rate == Money.of("150", GBP)
    assert sum("FROM timebill" in each for each in account.queries) == 1


def test_writes_stand_when_they_cannot_be_read_back() -> None:
    account = furnished()

    async def no_queries(request: Request) -> Response | None:
        closed = b"FROM timebill" in await request.body() or request.method == "GET"
        return JSONResponse({}, 500) if closed else None

    account.before = no_queries
    (answer,) = with_connector(account, lambda ns: ns.write_many([time_line()]))
    assert isinstance(answer, Written)
    assert (answer.remote_id, answer.stored) == ("1000", None)


def test_a_write_stands_when_its_id_cannot_be_asked_for() -> None:
    account = furnished()
    account.location = ""

    async def no_gets(request: Request) -> Response | None:
        return error(429, "CONCURRENCY_LIMIT_EXCEEDED", "Blocked.") if request.method == "GET" else None

    account.before = no_gets
    assert write(account, time_line()) == Written(key())


@pytest.mark.parametrize("verb", [Verb.CREATE, Verb.UPDATE, Verb.CLOSE])
def test_what_fails_before_the_write_has_sent_nothing(verb: Verb) -> None:
    account = furnished()

    async def broken(request: Request) -> Response | None:
        return JSONResponse({}, 500) if request.method in ("POST", "GET") else None

    account.before = broken
    with pytest.raises(Unexpected) as raised:
        write(account, time_line(verb=verb))
    assert not raised.value.sent


def test_no_more_calls_run_at_once_than_the_budget_allows() -> None:
    account = furnished()
    running = most = 0

    async def count(request: Request) -> Response | None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return None

    account.before = count
    with_connector(account, lambda ns: ns.write_many([time_line(n) for n in range(30)]))
    assert 1 < most <= CARD.in_flight


def test_every_write_of_the_card_is_keyed() -> None:
    assert {each.capability for each in CARD.writes} == {Capability.KEYED}
    assert {(each.kind, each.verb) for each in CARD.writes} == {
        (kind, verb)
        for kind in ("customer", "project", "task", "time_line", "charge_line")
        for verb in (Verb.CREATE, Verb.UPDATE, Verb.CLOSE)
    }


def test_a_changed_mapping_is_followed() -> None:
    account = furnished()
    override = {"time_line": {"fields": {"memo": {"path": "custcol_note", "write": "custcol_note"}}}}

    async def run(ns: NetSuite) -> Written:
        return await ns.write(time_line())

    with_connector(account, run, override=override)
    assert sent(account)[2]["custcol_note"] == "Workshop"
