"""The numbers of billing types mean what the account's own projects say."""

from __future__ import annotations

from typing import Any

import pytest

from console.platforms.netsuite import NetSuite
from console.records.delivery import Project
from console.records.intent import Verb
from console.wire.surface import Want
from tests.console.platforms.netsuite.account import Account, furnished, with_connector

NAMES = {"7": "Time and Materials", "1": "Fixed Bid, Milestone", "2": "Charge-Based"}


def account() -> Account:
    given = furnished()
    given.rows["job"].clear()
    for number, (billing_type, name) in enumerate(NAMES.items(), start=41):
        given.put("job", number, companyname=name, parent="31", currency="2", jobbillingtype=billing_type)
        reference = {"id": billing_type, "refName": name}
        given.records["job", str(number)] = {"id": str(number), "jobBillingType": reference}
    return given


def test_projects_are_read_by_the_names_of_their_numbers() -> None:
    async def use(ns: NetSuite) -> list[object]:
        return [remote.record async for batch in ns.read("project") for remote in batch.records]

    found = {each.name: each.billing_type for each in with_connector(account(), use) if isinstance(each, Project)}
    assert found["Time and Materials"] == "time_and_materials"
    assert found["Fixed Bid, Milestone"] == "milestone"


@pytest.mark.parametrize(
    ("ours", "sent"), [("time_and_materials", {"id": "7"}), ("milestone", {"id": "1"}), ("retainer", {"id": "4"})]
)
def test_a_project_is_written_with_the_number_of_this_account(ours: str, sent: Any) -> None:
    given = account()
    want = Want(
        "project", Verb.CREATE, "TOabcdefgh-deal-1", "t", {"name": "x", "billing_type": ours}, {"customer": "31"}
    )
    with_connector(given, lambda ns: ns.write(want))
    body = next(body for method, _path, body in given.seen if method == "PUT")
    assert body["jobBillingType"] == sent


def test_a_number_that_means_something_else_here_is_not_sent() -> None:
    given = account()
    given.put("job", 44, companyname="x", parent="31", jobbillingtype="4")
    given.records["job", "44"] = {"id": "44", "jobBillingType": {"id": "4", "refName": "Fixed Bid, Interval"}}
    want = Want("project", Verb.CREATE, "TOabcdefgh-deal-1", "t", {"name": "x", "billing_type": "retainer"})
    with_connector(given, lambda ns: ns.write(want))
    body = next(body for method, _path, body in given.seen if method == "PUT")
    assert "jobBillingType" not in body
