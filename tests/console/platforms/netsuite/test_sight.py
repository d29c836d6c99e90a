"""A role that sees only part of an account never calls a record absent."""

from __future__ import annotations

import pytest

from console.platforms.netsuite import NetSuite
from console.wire.surface import Unsure
from tests.console.platforms.netsuite.account import furnished, with_connector

KEY = "TOabcdefgh-customer-1"


@pytest.mark.parametrize(
    ("table", "columns"),
    [("timebill", {"customer": "999"}), ("projecttask", {"project": "999"}), ("job", {"parent": "999"})],
)
def test_a_record_that_points_to_a_hidden_one_gives_it_away(table: str, columns: dict[str, str]) -> None:
    account = furnished()
    account.put(table, 800, **columns)
    found = with_connector(account, lambda ns: ns.find("customer", KEY))
    assert isinstance(found, Unsure)
    assert "part of the records" in found.sentence
    (advice,) = with_connector(account, lambda ns: ns.check()).advice
    assert advice.code == "partial_view"


def test_time_on_a_customer_itself_gives_nothing_away() -> None:
    account = furnished()
    account.put("timebill", 800, customer="31")
    assert with_connector(account, lambda ns: ns.find("customer", KEY)) is None


def test_the_account_is_looked_over_once() -> None:
    account = furnished()

    async def use(ns: NetSuite) -> None:
        await ns.find("customer", KEY)
        asked = len(account.queries)
        await ns.find("project", KEY)
        assert not any("DESC" in each for each in account.queries[asked:])

    with_connector(account, use)


def test_tables_that_are_closed_give_nothing_away() -> None:
    account = furnished()
    account.forbidden_tables = {"timebill", "projecttask", "job"}
    assert with_connector(account, lambda ns: ns.find("customer", KEY)) is None
