"""Kantata's own recordings and lists of attributes, read from beside the repository, against the connector."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from console.platforms.kantata import CARD
from console.platforms.kantata.envelope import opened
from console.platforms.kantata.faults import fault_of
from console.platforms.kantata.joins import joined
from console.platforms.kantata.mapping import body_of, remotes_of
from console.platforms.kantata.resources import EXPENSES, PROJECTS, RESOURCES, SUBMISSIONS, TIME, Resource
from console.records.delivery import Expense, TimeEntry
from console.records.intent import Verb
from console.records.money import Money
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, SignInAgain
from console.wire.mapping import load
from console.wire.redaction import Redaction
from console.wire.surface import Remote, Want

pytestmark = pytest.mark.shared
MAPPING = load("kantata")
RECORDED = {"time_entries": TIME, "expenses": EXPENSES, "workspaces": PROJECTS}
Exchange = dict[str, Any]


def exchanges(shared: Path) -> Iterator[tuple[Resource, Exchange]]:
    """Every recorded exchange about a collection we read."""
    for path in sorted((shared / "platforms" / "kantata" / "fixtures").glob("recorded-2013-*.yml")):
        for exchange in yaml.safe_load(path.read_text())["http_interactions"]:
            place = exchange["request"]["uri"].split("/api/v1/")[1].split(".json")[0].split("/")[0].split("?")[0]
            if place in RECORDED:
                yield RECORDED[place], exchange


def answer_of(exchange: Exchange) -> Answer:
    response = exchange["response"]
    headers = [(name, value) for name, values in response["headers"].items() for value in values]
    return Answer(response["status"]["code"], httpx.Headers(headers), response["body"]["string"].encode())


def remotes(resource: Resource, answer: Answer) -> list[Remote]:
    page = opened(answer, resource.path)
    joined(resource.path, page.rows, page.beside)
    return remotes_of(MAPPING, resource.kind, page.rows, "k1", suspect=False)


def test_every_recorded_answer_parses(shared: Path) -> None:
    parsed = 0
    for resource, exchange in exchanges(shared):
        answer = answer_of(exchange)
        if answer.status != 200:
            continue
        found = remotes(resource, answer)
        assert [each.fault for each in found] == [""] * len(found)
        assert all(each.record is not None and each.version for each in found)
        parsed += len(found)
    assert parsed > 40


def test_a_recorded_time_entry_means_what_it_did(shared: Path) -> None:
    resource, exchange = next(pair for pair in exchanges(shared) if pair[0] is TIME)
    first = remotes(resource, answer_of(exchange))[0].record
    assert isinstance(first, TimeEntry)
    assert (first.minutes, first.rate, first.billable) == (300, Money.of(25, "USD"), True)
    assert first.project == "k1/project/3457635" and first.task == "k1/task/26133885"
    assert first.modified_at == "2013-07-31T17:43:32+00:00"
    assert not first.approved


def test_a_recorded_expense_means_what_it_did(shared: Path) -> None:
    found = [
        each.record
        for resource, exchange in exchanges(shared)
        if resource is EXPENSES and exchange["response"]["status"]["code"] == 200
        for each in remotes(resource, answer_of(exchange))
    ]
    assert found and all(isinstance(each, Expense) and each.amount.currency == "USD" for each in found)


def test_recorded_refusals_are_the_faults_they_should_be(shared: Path) -> None:
    kinds = set()
    for _resource, exchange in exchanges(shared):
        answer = answer_of(exchange)
        if not answer.ok:
            fault = fault_of(answer, Redaction(), write=False)
            kinds.add((answer.status, type(fault)))
            assert fault.trace_id == answer.headers["x-request-id"]
    assert kinds == {(404, ChangedMeanwhile), (401, SignInAgain)}


@pytest.fixture(scope="module")
def resources(shared: Path) -> dict[str, Any]:
    text = (shared / "platforms" / "kantata" / "spec" / "resources.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def test_every_include_is_an_association_of_its_collection(resources: dict[str, Any]) -> None:
    newer = {"billing_milestones": {"story"}}
    for resource in (each for group in RESOURCES.values() for each in group):
        known = set(resources[resource.path]["associations"]) if "associations" in resources[resource.path] else set()
        asked = set(resource.include.split(","))
        assert asked <= known | newer.get(resource.path, set()), resource.path


def test_decided_rows_are_listed_by_an_association(resources: dict[str, Any]) -> None:
    for submissions, association in SUBMISSIONS.values():
        assert association in resources[submissions.path]["associations"]


LINK = {"$link": ["any", "x"]}
BODIES: dict[str, dict[str, Any]] = {
    "project": {
        "name": "Rollout",
        "customer": LINK,
        "legal_entity": "Northlight GmbH",
        "currency": "EUR",
        "billing_type": "fixed_fee",
        "starts_on": "2026-03-01",
        "ends_on": "2026-09-30",
        "budget": {"amount": "44250", "currency": "EUR"},
        "rate_card": LINK,
    },
    "task": {"project": LINK, "name": "Design", "billable": True, "active": True, "estimate_minutes": 600},
    "milestone": {
        "project": LINK,
        "title": "Go live",
        "amount": {"amount": "2500", "currency": "EUR"},
        "due_on": "2026-04-01",
    },
}


@pytest.mark.parametrize(("kind", "verb"), [(each.kind, each.verb) for each in CARD.writes])
def test_requests_hold_only_what_the_vendor_takes(kind: str, verb: Verb, resources: dict[str, Any]) -> None:
    resource = RESOURCES[kind][0]
    links = {name: "7" for name, value in BODIES[kind].items() if value == LINK}
    body = body_of(MAPPING, resource, Want(kind, verb, "TOkey", "attempt", BODIES[kind], links))
    takes = resources[resource.path]["create_attributes" if verb is Verb.CREATE else "update_attributes"]
    assert set(body) <= set(takes)
    if verb is Verb.CREATE:
        required = resources[resource.path].get("validations", {})
        assert {name for names in required for name in names.split("+")} <= set(body)
        assert set(body["external_reference"]) <= set(resources["external_references"]["create_or_update_attributes"])


def test_written_fields_come_back_under_known_names(resources: dict[str, Any]) -> None:
    made_by_us = {"version", "external_key", "approved_now", "approval_id", "client_id", "completed_now"}
    made_by_us |= {"completed_day", "disabled_now", "expense_category_name"}
    later = {"rate_cards": {"title"}, "expenses": {"billable"}, "users": {"disabled_now", "updated_at"}}
    later |= {name: {"updated_at"} for name in ("roles", "rate_cards", "rate_card_roles", "workspace_groups")}
    later["rate_cards"] = {"title", "updated_at"}
    for kind, group in RESOURCES.items():
        if kind == "rate":
            continue
        path = group[0].path
        known = set(resources[path]["attributes"]) | made_by_us | later.get(path, set())
        read = {each.split(".")[0] for paths in MAPPING.kind(kind).paths.values() for each in paths}
        assert read <= known, kind
