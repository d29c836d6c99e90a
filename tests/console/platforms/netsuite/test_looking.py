"""A look-up proves only what NetSuite says of the very record."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from console.records.firm import Customer
from console.wire.surface import Remote, Unsure
from tests.console.platforms.netsuite.account import Account, error, furnished, with_connector
from tests.console.platforms.netsuite.test_reading import billed

KEY = "TOabcdefgh-customer-1"


def with_customer() -> Account:
    account = furnished()
    account.store("customer", KEY, {"companyName": "Ours", "isInactive": False})
    return account


def test_a_record_is_found_by_our_key() -> None:
    found = with_connector(with_customer(), lambda ns: ns.find("customer", KEY))
    assert isinstance(found, Remote)
    assert (found.remote_id, found.key) == ("1000", KEY)


def test_a_missing_record_is_proven_by_asking_for_it() -> None:
    account = furnished()
    assert with_connector(account, lambda ns: ns.find("customer", KEY)) is None
    assert ("GET", f"/services/rest/record/v1/customer/eid:{KEY}", None) in account.seen


def test_what_a_query_hides_is_found_by_its_key() -> None:
    account = with_customer()
    account.rows["customer"].clear()
    found = with_connector(account, lambda ns: ns.find("customer", KEY))
    assert isinstance(found, Remote)
    assert isinstance(found.record, Customer)
    assert (found.remote_id, found.key, found.record.name) == ("1000", KEY, "Ours")


@pytest.mark.parametrize("status", [400, 403])
def test_a_role_that_may_not_look_is_unsure(status: int) -> None:
    account = furnished()

    async def closed(request: Request) -> Response | None:
        if request.method == "GET":
            return error(status, "USER_ERROR", "Your current role does not have permission to perform this action.")
        return None

    account.before = closed
    found = with_connector(account, lambda ns: ns.find("customer", KEY))
    assert isinstance(found, Unsure)
    assert "role" in found.sentence


def test_many_keys_take_one_query_and_one_look_each_for_the_rest() -> None:
    account = with_customer()
    others = [f"TOabcdefgh-customer-{n}" for n in (2, 3)]
    found = with_connector(account, lambda ns: ns.find_many("customer", [KEY, *others]))
    assert isinstance(found[KEY], Remote)
    assert [found[each] for each in others] == [None, None]
    assert sum("FROM customer WHERE externalid IN" in each for each in account.queries) == 1


def test_a_table_without_external_ids_never_answers_with_everything() -> None:
    account = with_customer()
    account.hidden_columns = {"externalid"}
    found = with_connector(account, lambda ns: ns.find_many("customer", [KEY, "TOabcdefgh-customer-2"]))
    assert isinstance(found[KEY], Remote)
    assert found["TOabcdefgh-customer-2"] is None


def test_records_are_read_again_by_id() -> None:
    account = furnished()
    found = with_connector(account, lambda ns: ns.reread("customer", ["31", "32"]))
    assert isinstance(found["31"], Remote)
    assert found["32"] is None


def test_a_line_its_invoice_dropped_is_gone() -> None:
    ids = ["900-time-1", "900-time-9", "999-item-1"]
    found = with_connector(billed(), lambda ns: ns.reread("invoice_line", ids))
    assert isinstance(found["900-time-1"], Remote)
    assert (found["900-time-9"], found["999-item-1"]) == (None, None)


def test_nothing_asked_is_nothing_found() -> None:
    account = furnished()
    assert with_connector(account, lambda ns: ns.find_many("customer", [])) == {}
    assert not any("FROM customer" in each for each in account.queries)
