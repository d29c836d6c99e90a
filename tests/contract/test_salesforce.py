"""What we send and understand, held against Salesforce's own request templates and recorded answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from console.platforms.salesforce.cursor import stamp_of
from console.platforms.salesforce.faults import fault_of, hidden_column
from console.platforms.salesforce.shape import columns, shape_from
from console.platforms.salesforce.sign_in import explain
from console.records.intent import Verb
from console.records.selling import Deal
from console.wire.answer import Answer
from console.wire.faults import Refused, SignInAgain
from console.wire.mapping import load
from console.wire.surface import Want
from tests.console.platforms.salesforce.stand_in import page, read, remotes, salesforce, speak, statement
from tests.console.platforms.salesforce.test_bulk import exporting, importing, wants
from tests.console.platforms.salesforce.test_writing import collection, customer, invoice
from tests.loopback import Asked, Reply, told

pytestmark = pytest.mark.shared

BEYOND = {
    "PATCH /services/data/v62.0/sobjects/X/X/X": "upsert by an external id",
    "PATCH /services/data/v62.0/composite/sobjects/X/X": "collections upsert",
    "GET /services/data/v62.0/jobs/ingest/X/unprocessedRecords": "named in the guide, not in the collection",
}
"""Documented by the vendor, but not in its collection of requests."""


def templates(shared: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Every request of the collection by method and path, each variable step as one pattern."""
    listed = json.loads((shared / "platforms/salesforce/spec/postman_requests_condensed.json").read_text())
    return {(each["method"], _pattern(each["url"])): each for each in listed["requests"]}


def _pattern(url: str) -> str:
    path = re.sub(r"^(\{\{\w+\}\})+", "", url.split("?")[0]).rstrip("/")
    return re.sub(r"\\?\{\\?\{\w+\\?\}\\?\}|<\w+>", "[^/]+", path.replace("v{{version}}", r"v\d+\.\d"))


def everything_we_send() -> list[Asked]:
    """One of each call the connector makes."""

    def bent(asked: Asked) -> Reply | None:
        if "Organization" in statement(asked):
            return page([{"Id": "00D", "Name": "N"}])
        if asked.path.endswith("userinfo"):
            return told({"user_id": "005", "preferred_username": "me"})
        if asked.method == "PATCH" and "/sobjects/" in asked.path and "composite" not in asked.path:
            return told({"id": "a1", "success": True}, 201)
        return exporting(asked) or importing(asked) or collection(asked)

    async def all_of_it(connector: Any) -> None:
        await connector.check()
        cursor = (await read(connector))[-1].cursor
        await read(connector, cursor)
        await connector.reread("customer", ["001000000000009AAA"])
        await connector.find("customer", "TO-1")
        await connector.write(invoice())
        await connector.write(customer(remote_id="001000000000001AAA"))
        await connector.write_many([invoice("TO-1"), invoice("TO-2")])
        await connector.write_many([Want("customer", Verb.UPDATE, "TO-3", "t", {"number": "1"}, remote_id="001")])
        await connector.write_many(wants(4))
        await connector.outcome("invoice:750I")

    with salesforce(bent) as there:
        speak(there, all_of_it, bulk_above=3)
        speak(there, read, bulk_above=1)
    return there.asked


def test_every_request_is_one_the_vendor_documents(shared: Path) -> None:
    known = templates(shared)
    sent = everything_we_send()
    assert len({f"{asked.method} {asked.path}" for asked in sent}) > 15
    strange = [
        f"{asked.method} {asked.path}"
        for asked in sent
        if not any(method == asked.method and re.fullmatch(path, asked.path.rstrip("/")) for method, path in known)
        and not any(re.fullmatch(each.replace("X", "[^/]+"), f"{asked.method} {asked.path}") for each in BEYOND)
    ]
    # The collection writes the collections update with an object in its path; the guide and recordings without one.
    assert [each for each in strange if not each.endswith("/composite/sobjects")] == []


def test_query_parameters_are_the_vendors(shared: Path) -> None:
    known = templates(shared)
    for asked in everything_we_send():
        fits = [
            each
            for (method, path), each in known.items()
            if method == asked.method and re.fullmatch(path, asked.path.rstrip("/"))
        ]
        for template in fits[:1]:
            assert set(asked.query) <= set(template.get("query", {})), asked.path


def fixture(shared: Path, name: str) -> Any:
    return json.loads((shared / "platforms/salesforce/fixtures" / name).read_text())


def answer(shared: Path, name: str, status: int) -> Answer:
    body = (shared / "platforms/salesforce/fixtures/restforce" / name).read_bytes()
    return Answer(status, httpx.Headers({"content-type": "application/json"}), body)


@pytest.mark.parametrize(("kind", "record"), [("customer", "Account"), ("contact", "Contact"), ("deal", "Opportunity")])
def test_a_real_description_narrows_what_is_asked(shared: Path, kind: str, record: str) -> None:
    described = fixture(shared, f"describe_{record}_trimmed.json")
    shape = shape_from(record, described)
    asked = columns(load("salesforce").kind(kind), shape)
    names = {each["name"] for each in described["fields"]}
    assert {"Id", "SystemModstamp", "Name", "LastModifiedById"} <= set(asked) <= names
    assert shape.type_of("SystemModstamp") == "datetime"


@pytest.mark.parametrize(("kind", "record"), [("customer", "Account"), ("contact", "Contact"), ("deal", "Opportunity")])
def test_every_standard_field_we_map_is_one_the_vendor_has(shared: Path, kind: str, record: str) -> None:
    names = {each["name"] for each in fixture(shared, f"describe_{record}_trimmed.json")["fields"]}
    mapped = {path for paths in load("salesforce").kind(kind).paths.values() for path in paths}
    standard = {path for path in mapped if not path.endswith("__c") and "." not in path}
    assert len(standard) > 4 and standard - names <= {"CurrencyIsoCode"}, "only several currencies bring that one"


@pytest.mark.parametrize(
    ("name", "status", "fault_type"),
    [
        ("expired_session_response.json", 401, SignInAgain),
        ("sobject__write_error_response.json", 400, Refused),
        ("sobject__query_error_response.json", 400, Refused),
        ("sobject__upsert_error_response.json", 404, Refused),
        ("sobject__upsert_multiple_error_response.json", 300, Refused),
        ("sobject__sobject_describe_error_response.json", 404, Refused),
    ],
)
def test_recorded_refusals_are_faults(shared: Path, name: str, status: int, fault_type: type[Exception]) -> None:
    recorded = answer(shared, name, status)
    fault = fault_of(recorded, recorded.body.decode())
    assert type(fault) is fault_type and fault.sentence and fault.vendor_code


def test_a_recorded_missing_column_is_recognised(shared: Path) -> None:
    recorded = answer(shared, "sobject__write_error_response.json", 400)
    assert hidden_column(fault_of(recorded, "")) == ("foo", "Bar")


@pytest.mark.parametrize("name", ["auth_error_response.json", "refresh_error_response.json"])
def test_recorded_sign_in_errors_have_words(shared: Path, name: str) -> None:
    error = fixture(shared, f"restforce/{name}")
    assert explain(error["error"], error["error_description"]) is not None


def test_recorded_pages_are_followed(shared: Path) -> None:
    first = fixture(shared, "restforce/sobject__query_paginated_first_page_response.json")
    last = fixture(shared, "restforce/sobject__query_paginated_last_page_response.json")

    def recorded(asked: Asked) -> Reply | None:
        if asked.path == first["nextRecordsUrl"]:
            return told(last)
        if "ORDER BY" in statement(asked):
            return told(first)
        return None

    with salesforce(recorded) as there:
        found = remotes(speak(there, read))
    assert [remote.payload for remote in found] == [{"Text_Label": "First Page"}, {"Text_Label": "Last Page"}]
    assert all(remote.fault for remote in found), "the recording's records have no id"


def test_recorded_deletions_and_times_are_understood(shared: Path) -> None:
    recorded = fixture(shared, "restforce/sobject__get_deleted_success_response.json")
    moment = stamp_of(recorded["latestDateCovered"])
    assert moment is not None and moment.isoformat() == "2013-05-08T21:20:00+00:00"


def test_an_opportunity_with_real_fields_becomes_a_deal(shared: Path) -> None:
    described = fixture(shared, "describe_Opportunity_trimmed.json")
    values = {
        "boolean": True,
        "date": "2024-03-01",
        "currency": None,
        "percent": 75.0,
        "datetime": "2024-03-01T10:00:00.000+0000",
    }
    row = {each["name"]: values.get(each["type"], f"a {each['type']}") for each in described["fields"]}
    record = load("salesforce").to_record("deal", {**row, "Id": "0061"}, "crm")
    assert isinstance(record, Deal) and record.is_won and record.probability == 75 and record.closed_on is not None
