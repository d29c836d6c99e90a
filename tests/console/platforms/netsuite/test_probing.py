"""Connecting says who and what the account is, and what its administrator must still do."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from console.platforms.netsuite import CARD
from console.platforms.netsuite.probing import environment_of
from tests.console.platforms.netsuite.account import error, furnished, with_connector


def test_the_account_says_who_it_is() -> None:
    account = furnished()
    standing = with_connector(account, lambda ns: ns.check())
    assert (standing.tenant, standing.tenant_name, standing.environment) == ("1234567_SB1", "Northlight Inc", "test")
    assert standing.facts["currencies"] == "USD, GBP"
    assert standing.advice == ()
    assert all(method in ("GET", "POST") for method, _path, _body in account.seen)


@pytest.mark.parametrize(
    ("account", "environment"),
    [("1234567", "prod"), ("1234567_SB2", "test"), ("1234567_RP", "test"), ("TSTDRV12", "dev"), ("TD123", "dev")],
)
def test_the_account_id_tells_the_environment(account: str, environment: str) -> None:
    assert environment_of(account) == environment


def test_a_closed_table_is_advised_with_role_permission_and_level() -> None:
    account = furnished()
    account.forbidden_tables = {"timebill"}
    (advice,) = with_connector(account, lambda ns: ns.check()).advice
    assert advice.code == "slow_reading"
    assert "Transactions > Track Time, level Full" in advice.instruction
    assert advice.blocks == ()


def test_a_kind_that_is_not_even_listed_is_blocked() -> None:
    account = furnished()
    account.forbidden_tables = {"timebill"}

    async def no_lists(request: Request) -> Response | None:
        return error(403, "INSUFFICIENT_PERMISSION", "Permission Violation.") if request.method == "GET" else None

    account.before = no_lists
    (advice,) = with_connector(account, lambda ns: ns.check()).advice
    assert (advice.code, list(advice.blocks)) == ("missing_permission", ["time_line"])


def test_a_role_without_queries_gets_one_advice() -> None:
    account = furnished()

    async def no_queries(request: Request) -> Response | None:
        return error(403, "INSUFFICIENT_PERMISSION", "Permission Violation.") if request.method == "POST" else None

    account.before = no_queries
    codes = [each.code for each in with_connector(account, lambda ns: ns.check()).advice]
    assert codes == ["suiteql", "base_currency"]


def test_a_field_the_account_lacks_is_named_at_once() -> None:
    account = furnished()
    account.hidden_columns = {"isbillable"}
    (advice,) = with_connector(account, lambda ns: ns.check()).advice
    assert advice.code == "drift"
    assert "isbillable" in advice.sentence


def test_an_item_that_is_not_there_is_told() -> None:
    advice = with_connector(furnished(), lambda ns: ns.check(), time_item="Nothing").advice
    assert [each.code for each in advice] == ["service_item"]


def test_every_kind_of_the_card_is_probed() -> None:
    account = furnished()
    with_connector(account, lambda ns: ns.check())
    asked = " ".join(account.queries)
    assert all(f"FROM {ns_table}" in asked for ns_table in ("timebill", "charge", "job", "employee", "transaction"))
    assert len(CARD.reads) == 14


def test_the_card_has_a_sentence_for_everything() -> None:
    assert all(each.sentence.endswith(".") for each in CARD.fields)
    assert all(each.sentence.endswith(".") for way in CARD.sign_ins for each in way.fields)
    assert {each.name for way in CARD.sign_ins for each in way.fields if each.secret} == {
        "consumer_key",
        "consumer_secret",
        "token_id",
        "token_secret",
        "private_key",
        "client_secret",
        "refresh_token",
    }
