"""Records over a socket: what is saved, what the org works out, what it refuses, and what the journal says."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2025-12-01"}


def entry(org, remote_id):
    return [each for each in org.running.practice.journal.entries if each.remote_id == remote_id]


def test_create_read_update_delete(org):
    answer = org.call("POST", "sobjects/Account/", json={"Name": "  Trimmed  ", "AnnualRevenue": "12.345"})
    assert answer.status_code == 201
    made = answer.json()
    assert made == {"id": made["id"], "success": True, "errors": []}
    assert answer.headers["Location"] == f"/services/data/v62.0/sobjects/Account/{made['id']}"
    row = org.call("GET", f"sobjects/Account/{made['id']}").json()
    assert (row["Name"], row["AnnualRevenue"], row["CurrencyIsoCode"]) == ("Trimmed", 12.35, "USD")
    changed = org.call("PATCH", f"sobjects/Account/{made['id'][:15]}", json={"name": "New", "Phone": ""})
    assert (changed.status_code, changed.content) == (204, b"")
    few = org.call("GET", f"sobjects/Account/{made['id']}", params={"fields": "Name,Phone"}).json()
    assert (few["Name"], few["Phone"]) == ("New", None)
    assert "BillingCity" not in few
    assert org.call("DELETE", f"sobjects/Account/{made['id']}").status_code == 204
    assert org.refused(org.call("GET", f"sobjects/Account/{made['id']}"), 404) == "ENTITY_IS_DELETED"
    assert [each.verb for each in entry(org, made["id"])] == ["create", "update", "delete"]
    assert {each.kind for each in entry(org, made["id"])} == {"customer"}


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("Account", {}, "REQUIRED_FIELD_MISSING"),
        ("Account", {"Name": None}, "REQUIRED_FIELD_MISSING"),
        ("Account", {"Name": "x", "Nothing": 1}, "INVALID_FIELD"),
        ("Account", {"Name": "x" * 256}, "STRING_TOO_LONG"),
        ("Account", {"Name": "x", "AnnualRevenue": "much"}, "JSON_PARSER_ERROR"),
        ("Account", {"Name": "x", "AnnualRevenue": 1e17}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Account", {"Name": "x", "CreatedDate": "2025-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Account", {"Name": "x", "CurrencyIsoCode": "XXX"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Account", {"Name": "x", "ParentId": "nobody"}, "MALFORMED_ID"),
        ("Account", {"Name": "x", "ParentId": "0068d0000000001AAA"}, "MALFORMED_ID"),
        ("Account", {"Name": "x", "ParentId": "0018d00000zzzzz"}, "INVALID_CROSS_REFERENCE_KEY"),
        ("Opportunity", DEAL | {"CloseDate": "2025-13-01"}, "JSON_PARSER_ERROR"),
        ("Opportunity", DEAL | {"Billing_Type__c": "By the yard"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ],
)
def test_refusals(org, kind, body, code):
    answer = org.call("POST", f"sobjects/{kind}/", json=body)
    assert org.refused(answer, 400) == code


def test_a_refusal_names_the_field(org):
    (error,) = org.call("POST", "sobjects/Account/", json={"Phone": "1"}).json()
    assert error == {
        "message": "Required fields are missing: [Name]",
        "errorCode": "REQUIRED_FIELD_MISSING",
        "fields": ["Name"],
    }


def test_upsert_by_external_id(org):
    place = f"sobjects/Tieout_Invoice__c/Tieout_Key__c/{quote('TO/a.b c', safe='')}"
    first = org.call("PATCH", place, json={"Name": "INV-1", "Amount__c": 10})
    assert first.status_code == 201
    assert first.json()["created"] is True
    second = org.call("PATCH", place, json={"Amount__c": 20})
    assert second.status_code == 200
    assert second.json() == {"id": first.json()["id"], "success": True, "errors": [], "created": False}
    assert org.call("GET", place).json()["Amount__c"] == 20.0
    old = f"{org.base_url}/services/data/v45.0/{place}"
    assert org.session.patch(old, json={"Amount__c": 30}, timeout=10).status_code == 204
    said = entry(org, first.json()["id"])
    assert [(each.kind, each.verb, each.key) for each in said] == [
        ("invoice", "create", "TO/a.b c"),
        ("invoice", "update", "TO/a.b c"),
        ("invoice", "update", "TO/a.b c"),
    ]


def test_upsert_refusals(org):
    named = org.call("PATCH", "sobjects/Account/AccountNumber/1", json={"Name": "x"})
    assert org.refused(named, 404) == "NOT_FOUND"
    assert "AccountNumber" in named.json()[0]["message"]
    twice = org.call("PATCH", "sobjects/Account/Tieout_Key__c/k", json={"Name": "x", "Tieout_Key__c": "k"})
    assert org.refused(twice, 400) == "INVALID_FIELD"
    only = org.call("PATCH", "sobjects/Account/Tieout_Key__c/none?updateOnly=true", json={"Name": "x"})
    assert org.refused(only, 404) == "NOT_FOUND"


def test_a_unique_value_is_kept_once(org):
    org.create("Account", Name="One", Tieout_Key__c="Key-1")
    again = org.call("POST", "sobjects/Account/", json={"Name": "Two", "Tieout_Key__c": "KEY-1"})
    assert org.refused(again, 400) == "DUPLICATE_VALUE"


def test_several_records_under_one_key_are_listed(fresh):
    table = fresh.tenant.org.tables["Account"]
    ids = [fresh.create("Account", Name=f"Twin {n}") for n in range(2)]
    for each in ids:
        table.replace(each, {**table.rows[each], "Tieout_Key__c": "twin"})
    answer = fresh.call("PATCH", "sobjects/Account/Tieout_Key__c/twin", json={"Phone": "1"})
    assert answer.status_code == 300
    assert answer.json() == [f"/services/data/v62.0/sobjects/Account/{each}" for each in ids]


def test_a_parent_named_by_its_external_id(org):
    parent = org.create("Account", Name="Parent", Tieout_Key__c="parent-key")
    made = org.create("Contact", LastName="Child", Account={"Tieout_Key__c": "parent-key"})
    assert org.call("GET", f"sobjects/Contact/{made}").json()["AccountId"] == parent
    lost = org.call("POST", "sobjects/Contact/", json={"LastName": "x", "Account": {"Tieout_Key__c": "nobody"}})
    assert org.refused(lost, 400) == "INVALID_FIELD"


def test_winning_a_deal_moves_what_follows_from_it(org):
    made = org.create("Opportunity", **DEAL, Amount=200)
    row = org.call("GET", f"sobjects/Opportunity/{made}").json()
    assert (row["IsWon"], row["IsClosed"], row["Probability"], row["ExpectedRevenue"]) == (False, False, 10.0, 20.0)
    org.call("PATCH", f"sobjects/Opportunity/{made}", json={"StageName": "Closed Won"})
    row = org.call("GET", f"sobjects/Opportunity/{made}").json()
    assert (row["IsWon"], row["IsClosed"], row["Probability"], row["ExpectedRevenue"]) == (True, True, 100.0, 200.0)


def test_lines_make_the_amount_of_a_deal(org):
    deal = org.create("Opportunity", **DEAL, CurrencyIsoCode="EUR")
    entry = org.rows("SELECT Id FROM PricebookEntry WHERE CurrencyIsoCode = 'EUR' LIMIT 1")[0]["Id"]
    line = {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 3}
    first = org.create("OpportunityLineItem", **line, UnitPrice=100.01)
    org.create("OpportunityLineItem", **line, TotalPrice=50)
    row = org.call("GET", f"sobjects/Opportunity/{deal}").json()
    assert (row["Amount"], row["HasOpportunityLineItem"]) == (350.03, True)
    shown = org.call("GET", f"sobjects/OpportunityLineItem/{first}").json()
    assert (shown["TotalPrice"], shown["CurrencyIsoCode"]) == (300.03, "EUR")
    both = org.call("POST", "sobjects/OpportunityLineItem/", json=line | {"UnitPrice": 1, "TotalPrice": 3})
    assert org.refused(both, 400) == "FIELD_INTEGRITY_EXCEPTION"
    org.call("DELETE", f"sobjects/OpportunityLineItem/{first}")
    assert org.call("GET", f"sobjects/Opportunity/{deal}").json()["Amount"] == 50.0


def test_what_changed_and_what_went(org):
    start = datetime.now(UTC) - timedelta(minutes=5)
    kept, gone = (org.create("Account", Name=name) for name in ("Kept", "Gone"))
    org.call("DELETE", f"sobjects/Account/{gone}")
    span = {"start": start.isoformat(), "end": (datetime.now(UTC) + timedelta(seconds=5)).isoformat()}
    updated = org.call("GET", "sobjects/Account/updated/", params=span).json()
    assert kept in updated["ids"]
    assert gone not in updated["ids"]
    deleted = org.call("GET", "sobjects/Account/deleted/", params=span).json()
    assert [each["id"] for each in deleted["deletedRecords"]].count(gone) == 1
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    both = org.call("GET", "queryAll", params={"q": f"SELECT Id, IsDeleted FROM Account WHERE Id = '{gone}'"}).json()
    assert both["records"][0]["IsDeleted"] is True
    assert org.rows(f"SELECT Id FROM Account WHERE Id = '{gone}'") == []


@pytest.mark.parametrize("back", [timedelta(seconds=-30), timedelta(days=-16)])
def test_windows_that_cannot_be_asked_for(org, back):
    now = datetime.now(UTC)
    span = {"start": (now + back).isoformat(), "end": now.isoformat()}
    assert org.refused(org.call("GET", "sobjects/Account/deleted/", params=span), 400) == "INVALID_REPLICATION_DATE"


def test_broken_json(org):
    answer = org.call("POST", "sobjects/Account/", data="{", headers={"Content-Type": "application/json"})
    assert org.refused(answer, 400) == "JSON_PARSER_ERROR"
    listed = org.call("POST", "sobjects/Account/", json=[])
    assert org.refused(listed, 400) == "JSON_PARSER_ERROR"
    form = org.call("POST", "sobjects/Account/", data={"Name": "x"})
    assert org.refused(form, 415) == "UNSUPPORTED_MEDIA_TYPE"
