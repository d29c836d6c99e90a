"""The record API over a socket: lists, instances, upserts, merges, names and values, errors in the vendor's form."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import requests

from console.sandbox.netsuite.catalogue import TYPES


def detail(response: requests.Response) -> dict[str, str]:
    return response.json()["o:errorDetails"][0]


def test_an_upsert_creates_once_and_updates_then(account, strict):
    body = account.time_body()
    first = account.call("PUT", "timeBill/eid:TO-up-1", json=body, headers=strict)
    again = account.call("PUT", "timeBill/eid:TO-up-1", json={**body, "memo": "Later"}, headers=strict)
    assert (first.status_code, first.content) == (204, b"")
    assert first.headers["Location"] == again.headers["Location"]
    assert re.fullmatch(r".*/services/rest/record/v1/timeBill/\d+", first.headers["Location"])
    told = account.stored(again)
    assert (told["externalId"], told["memo"], told["hours"], told["rate"]) == ("TO-up-1", "Later", "0:20", 95.0)
    assert told["customer"].keys() == {"links", "id", "refName"}
    assert told["approvalStatus"] == {"id": "3", "refName": "Approved"}
    kinds = [(e.kind, e.verb, e.key) for e in account.running.practice.journal.entries if e.key == "TO-up-1"]
    assert kinds == [("time_line", "create", "TO-up-1"), ("time_line", "update", "TO-up-1")]


@pytest.mark.parametrize("name", ["TO up", "TO.up", "TO:up"])
def test_an_external_id_is_letters_digits_and_dashes(account, name):
    answer = account.call("PUT", f"timeBill/eid:{name}", json=account.time_body())
    assert (answer.status_code, detail(answer)["o:errorCode"]) == (400, "INVALID_ID")


def test_an_external_id_is_unique_per_record_type(account):
    body = account.time_body()
    assert account.call("POST", "timeBill", json={**body, "externalId": "TO-uniq"}).status_code == 204
    assert (
        "already exists" in detail(account.call("POST", "timeBill", json={**body, "externalId": "TO-uniq"}))["detail"]
    )
    charge = {"billTo": body["customer"], "chargeDate": "2026-11-03", "amount": 10}
    assert account.call("PUT", "charge/eid:TO-uniq", json=charge).status_code == 204


def test_read_change_and_delete_by_either_id(account):
    made = account.call("PUT", "timeBill/eid:TO-gone", json=account.time_body())
    number = made.headers["Location"].rpartition("/")[2]
    assert account.call("GET", f"timeBill/{number}").json()["id"] == number
    assert account.call("PATCH", f"timeBill/{number}", json={"hours": 1.5}).status_code == 204
    assert account.call("GET", "timeBill/eid:TO-gone").json()["hours"] == "1:30"
    assert account.call("PATCH", "timeBill/eid:TO-gone", json={"memo": None}).status_code == 204
    assert "memo" not in account.call("GET", "timebill/eid:TO-gone").json()
    assert account.call("DELETE", f"timeBill/{number}").status_code == 204
    missing = account.call("GET", f"timeBill/{number}")
    assert (missing.status_code, detail(missing)["o:errorCode"]) == (404, "NONEXISTENT_ID")
    assert detail(missing)["detail"] == "The record instance does not exist."
    row = account.one(f"SELECT type, recordid, context FROM deletedrecord WHERE recordid = {number}")
    assert row == {"type": "timebill", "recordid": number, "context": "RESTWEBSERVICES"}


def test_unknown_property_names_are_ignored_unless_the_header_says_error(account, strict):
    body = account.time_body(hourz=3)
    refused = account.call("PUT", "timeBill/eid:TO-typo", json=body, headers=strict)
    assert (refused.status_code, detail(refused)["o:errorPath"]) == (400, "hourz")
    taken = account.call("PUT", "timeBill/eid:TO-typo", json=body)
    assert taken.status_code == 204
    assert "hourz" in taken.headers["X-NetSuite-PropertyValidation"]


@pytest.mark.parametrize(
    ("changes", "code", "words", "path"),
    [
        ({"item": {"id": "9999"}}, "INVALID_CONTENT", "Invalid Field Value 9999 for the following field: item", "item"),
        ({"employee": {"externalId": "nobody"}}, "INVALID_CONTENT", "Invalid Field Value nobody", "employee"),
        ({"tranDate": "11/03/2026"}, "INVALID_CONTENT", "YYYY-MM-DD", "tranDate"),
        ({"tranDate": "2026-02-30"}, "INVALID_CONTENT", "YYYY-MM-DD", "tranDate"),
        ({"hours": "soon"}, "INVALID_CONTENT", "duration", "hours"),
        ({"rate": "95"}, "INVALID_CONTENT", "number", "rate"),
        ({"isBillable": "T"}, "INVALID_CONTENT", "boolean", "isBillable"),
        ({"approvalStatus": {"id": "9"}}, "INVALID_CONTENT", "Invalid Field Value 9", "approvalStatus"),
        ({"employee": None}, "USER_ERROR", "You must enter a value for Employee.", "employee"),
        ({"hours": None}, "USER_ERROR", "You must enter a value for Duration.", "hours"),
    ],
)
def test_values_that_are_refused(account, changes, code, words, path):
    answer = account.call("PUT", "timeBill/eid:TO-bad", json=account.time_body(**changes))
    told = detail(answer)
    assert answer.status_code == 400
    assert (told["o:errorCode"], told["o:errorPath"]) == (code, path)
    assert words in told["detail"]
    assert account.call("GET", "timeBill/eid:TO-bad").status_code == 404


def test_references_by_id_external_id_name_or_bare(account):
    body = account.time_body()
    job = account.one(f"SELECT externalid FROM job WHERE id = {body['customer']['id']}")["externalid"]
    person = account.one(f"SELECT entityid FROM employee WHERE id = {body['employee']['id']}")["entityid"]
    other = {**body, "customer": {"externalId": job}, "employee": {"refName": person}, "item": int(body["item"]["id"])}
    told = account.stored(account.call("PUT", "timeBill/eid:TO-refs", json=other))
    assert [told[name]["id"] for name in ("customer", "employee", "item")] == [
        body[name]["id"] for name in ("customer", "employee", "item")
    ]


def test_bodies_that_are_no_objects(account):
    for body in (b"{", b"[]", b'"text"', b"\xff"):
        answer = account.call("POST", "timeBill", data=body)
        assert (answer.status_code, detail(answer)["o:errorCode"]) == (400, "INVALID_CONTENT")


def test_a_list_in_pages(account):
    first = account.call("GET", "timeBill", params={"limit": 100, "offset": 0}).json()
    assert (first["count"], first["hasMore"], first["offset"]) == (100, True, 0)
    assert first["items"][0].keys() == {"links", "id"}
    relations = {link["rel"]: link["href"] for link in first["links"]}
    assert {"self", "next", "last"} <= relations.keys()
    second = account.session.get(relations["next"], timeout=10).json()
    assert second["offset"] == 100
    assert int(second["items"][0]["id"]) > int(first["items"][-1]["id"])
    last = account.session.get(relations["last"], timeout=10).json()
    assert not last["hasMore"]
    assert last["offset"] + last["count"] == first["totalResults"]


@pytest.mark.parametrize("query", [{"limit": 1001}, {"limit": 0}, {"limit": 10, "offset": 5}, {"limit": "ten"}])
def test_pages_that_are_refused(account, query):
    answer = account.call("GET", "timeBill", params=query)
    assert (answer.status_code, detail(answer)["o:errorCode"]) == (400, "INVALID_PARAMETER")


def test_beyond_the_end_of_a_list(account):
    answer = account.call("GET", "subsidiary", params={"limit": 100, "offset": 100})
    assert (answer.status_code, detail(answer)["o:errorCode"]) == (404, "NONEXISTENT_OFFSET")


def test_sublists_merge_by_line_unless_they_are_replaced(account):
    item, other = (row["id"] for row in account.rows("SELECT id FROM item ORDER BY id FETCH FIRST 2 ROWS ONLY"))
    parent = account.one("SELECT id, subsidiary FROM customer WHERE subsidiary = 1 ORDER BY id")
    lines = [{"item": {"id": item}, "quantity": 2, "rate": 10.5}, {"item": {"id": other}, "amount": 5}]
    body = {"entity": {"id": parent["id"]}, "tranDate": "2026-11-05", "item": {"items": lines}}
    told = account.stored(account.call("PUT", "invoice/eid:TO-inv-1", json=body))
    assert [line["amount"] for line in told["item"]["items"]] == [21.0, 5]
    assert (told["total"], told["amountRemaining"], told["status"]["refName"]) == (26.0, 26.0, "Open")
    merge = {"item": {"items": [{"line": 1, "amount": 30}, {"item": {"id": item}, "amount": 1}]}}
    told = account.stored(account.call("PATCH", "invoice/eid:TO-inv-1", json=merge))
    assert [line["amount"] for line in told["item"]["items"]] == [30, 5, 1]
    fresh = {"item": {"items": [{"item": {"id": item}, "amount": 7}]}}
    told = account.stored(account.call("PATCH", "invoice/eid:TO-inv-1", params={"replace": "item"}, json=fresh))
    assert [line["amount"] for line in told["item"]["items"]] == [7]
    plain = account.call("GET", "invoice/eid:TO-inv-1").json()["item"]
    assert plain.keys() == {"links"}
    assert account.session.get(plain["links"][0]["href"], timeout=10).json()["totalResults"] == 1
    assert account.session.get(f"{plain['links'][0]['href']}/1", timeout=10).json()["amount"] == 7


def test_only_the_asked_fields_and_plain_choices(account):
    job = account.one("SELECT id FROM job ORDER BY id")["id"]
    told = account.call("GET", f"job/{job}", params={"fields": "companyName,entityStatus", "simpleEnumFormat": "true"})
    assert told.json().keys() == {"links", "companyName", "entityStatus"}
    assert told.json()["entityStatus"] in {"1", "2"}


def test_lists_of_the_firm_cannot_be_written(account):
    answer = account.call("PATCH", "subsidiary/1", json={"name": "Another"})
    assert (answer.status_code, detail(answer)["o:errorCode"]) == (403, "INSUFFICIENT_PERMISSION")
    assert account.call("GET", "nosuchrecord/1").status_code == 404
    assert account.call("PUT", "timeBill/17", json={}).status_code == 400
    assert account.call("POST", "timeBill/17", json={}).status_code == 405
    assert account.call("GET", "timeBill/seventeen").status_code == 400


def test_transform_a_customer_into_an_invoice_and_that_into_a_payment(account):
    customer = account.one("SELECT id FROM customer WHERE subsidiary = 1 ORDER BY id DESC")["id"]
    item = account.one("SELECT id FROM item ORDER BY id")["id"]
    lines = {"item": {"items": [{"item": {"id": item}, "amount": 50}]}, "tranDate": "2026-11-05"}
    invoice = account.stored(account.call("POST", f"customer/{customer}/!transform/invoice", json=lines))
    paid = {"payment": 20, "tranDate": "2026-11-06"}
    payment = account.stored(account.call("POST", f"invoice/{invoice['id']}/!transform/customerPayment", json=paid))
    assert payment["apply"]["items"][0]["doc"]["id"] == invoice["id"]
    assert account.call("GET", f"invoice/{invoice['id']}").json()["amountRemaining"] == 30


def test_the_catalogue_names_every_record_and_describes_it(account):
    listed = account.call("GET", "metadata-catalog").json()
    assert {each["name"] for each in listed["items"]} == set(TYPES)
    told = account.call("GET", "metadata-catalog/timeBill", headers={"Accept": "application/swagger+json"}).json()
    assert told["openapi"] == "3.0.1"
    assert {"get", "patch", "put", "delete"} <= told["paths"]["/timeBill/{id}"].keys()
    for name in re.findall(r"#/components/schemas/([\w-]+)", json.dumps(told)):
        assert name in told["components"]["schemas"]
    body = account.call("GET", "timeBill/50001").json()
    schema = {"$ref": "#/components/schemas/timeBill", "components": told["components"]}
    jsonschema.validate(body, json.loads(json.dumps(schema).replace('"nullable": true, ', "")))
    assert body.keys() <= told["components"]["schemas"]["timeBill"]["properties"].keys()


@pytest.mark.shared
def test_the_fields_are_the_vendors(shared: Path):
    """Every field of the vendor's own lists that the twin has is of the same kind there; few are missing."""
    told = json.loads((shared / "platforms" / "netsuite" / "spec" / "record_fields.json").read_text())
    kinds = {
        "string": ("text", "hours"),
        "boolean": ("bool",),
        "double": ("num",),
        "float": ("num",),
        "int64": ("int",),
    }
    kinds |= {"date": ("date",), "date-time": ("stamp",), "ref": ("ref",), "enum": ("choice",)}
    for record, fields in told.items():
        base, _, sublist = record.partition(".")
        if base not in TYPES:
            continue
        declared = TYPES[base].sublists[sublist] if sublist else TYPES[base].fields
        for name in (fields.keys() & declared.keys()) - {"customForm"}:
            assert declared[name].kind.value in kinds[fields[name].partition(":")[0]], (record, name)
        assert len(fields.keys() - declared.keys() - TYPES[base].sublists.keys()) <= 8, record


@pytest.mark.shared
def test_a_customer_fits_the_vendors_own_schema(account, shared: Path):
    spec = json.loads((shared / "platforms" / "netsuite" / "spec" / "customer.selfcontained.openapi.json").read_text())
    number = account.one("SELECT id FROM customer ORDER BY id")["id"]
    schema = {"$ref": "#/components/schemas/customer", "components": spec["components"]}
    schema = json.loads(json.dumps(schema).replace('"nullable": true', '"x-nullable": true'))
    told = account.call("GET", f"customer/{number}", params={"simpleEnumFormat": "true"}).json()
    jsonschema.validate(told, schema)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["currency", "subsidiary", "customer"])
def test_recorded_answers_and_ours_have_the_same_shape(account, shared: Path, name):
    recorded = json.loads((shared / "platforms" / "netsuite" / "fixtures" / "rest" / f"{name}.json").read_text())
    ours = account.call("GET", f"{name}/{account.one(f'SELECT id FROM {name} ORDER BY id')['id']}").json()
    theirs = {key.lower(): value for key, value in recorded.items()}
    shared_keys = {key for key in ours if key.lower() in theirs}
    assert {"links", "id"} < shared_keys
    for key in shared_keys - {"id"}:
        assert isinstance(ours[key], int | float) == isinstance(theirs[key.lower()], int | float), key
        assert isinstance(ours[key], dict) == isinstance(theirs[key.lower()], dict), key
