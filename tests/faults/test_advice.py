"""Connecting tells what a platform's administrator must still do, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.conftest import Desk, between, connected
from tests.loopback import Asked, Reply, told
from tests.sandbox import Sandbox, running

OURS = ("Legal_Entity__c", "Billing_Type__c", "Amends__c", "Tieout_Key__c")


def _without_our_fields(asked: Asked, reply: Reply) -> Reply:
    """Salesforce before its administrator made the fields for Tieout."""
    if "Tieout_Invoice__c" in asked.target:
        return told([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}], 404)
    if not asked.path.endswith("/describe"):
        return reply
    shape = json.loads(reply.body)
    shape["fields"] = [each for each in shape["fields"] if each["name"] not in OURS]
    return told(shape)


def test_missing_custom_fields_are_named_with_where_to_make_them(practice: Sandbox, desk: Desk) -> None:
    with between(practice, "salesforce", _without_our_fields) as bare:
        way = practice.sign_in("salesforce", "access_token") | {"instance_url": bare.url}
        done = connected(desk.path, "salesforce", bare.url, way)
        shown = desk("connect", "salesforce", "--secrets", "-", given=way | {"base_url": bare.url})
    assert done.code == 0, done.err
    advice = done.json["advice"]
    said = " ".join(f"{each['sentence']} {each['instruction']}" for each in advice)
    for name in (*OURS, "Tieout_Invoice__c"):
        assert name in said, name
    assert all(each["sentence"] and each["instruction"] for each in advice)
    assert shown.code == 0
    assert all(each["instruction"] in shown.out for each in advice)
    assert desk("connections", "--json").json[0]["advice"] == advice


@pytest.mark.parametrize("key", ["salesforce", "kantata", "netsuite"])
def test_a_role_that_sees_half_is_noticed(desk: Desk, tmp_path: Path, key: str) -> None:
    with running(tmp_path / "j.jsonl", "--history", "0m", "--platform", key, "--fault", f"{key}:half_role") as half:
        done = connected(desk.path, key, half.base_url(key), half.sign_in(key))
    assert done.code == 0, done.err
    assert all(each["sentence"] and each["instruction"] for each in done.json["advice"])
    if key != "netsuite":
        assert done.json["advice"]


@pytest.mark.parametrize("key", ["salesforce", "kantata", "netsuite"])
def test_a_schema_that_drifted_is_named_and_read_on(desk: Desk, tmp_path: Path, key: str) -> None:
    with running(tmp_path / "j.jsonl", "--history", "0m", "--platform", key) as drifting:
        assert connected(desk.path, key, drifting.base_url(key), drifting.sign_in(key)).code == 0
        drifting.ask(key, "POST", "/-/faults", {"spec": f"{key}:drift"})
        done = connected(desk.path, key, drifting.base_url(key), drifting.sign_in(key))
        synced = desk("sync")
    assert done.code == 0, done.err
    assert synced.code == 0, synced.err
    if key != "kantata":
        assert {"missing_field", "drift"} & {each["code"] for each in done.json["advice"]}
    states = {each["state"] for each in desk("connections", "--json").json[0]["coverage"]}
    assert states == {"complete"}
