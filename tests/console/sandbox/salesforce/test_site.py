"""The front of the org: versions, dead tokens, limits, descriptions, and the faults in the vendor's form."""

import json
from pathlib import Path

import pytest
import requests


def test_versions_need_no_sign_in(org):
    told = requests.get(f"{org.base_url}/services/data", timeout=10).json()
    assert {"label": "Winter '25", "url": "/services/data/v62.0", "version": "62.0"} in told
    assert {"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"} in told


@pytest.mark.parametrize(("version", "status", "code"), [
    ("v20.0", 410, "UNSUPPORTED_API_VERSION"),
    ("v99.0", 404, "NOT_FOUND"),
    ("v62", 404, "NOT_FOUND"),
])  # fmt: skip
def test_versions_that_are_not_served(org, version, status, code):
    answer = org.session.get(f"{org.base_url}/services/data/{version}/limits", timeout=10)
    assert org.refused(answer, status) == code


@pytest.mark.parametrize("version", ["v58.0", "v66.0"])
def test_versions_that_are(org, version):
    assert org.session.get(f"{org.base_url}/services/data/{version}/limits", timeout=10).status_code == 200


def test_a_dead_token(org):
    for value in (f"Bearer {org.tenant.expired_token}", "Bearer nothing", "Basic x", ""):
        answer = org.call("GET", "limits", headers={"Authorization": value})
        assert answer.status_code == 401
        assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        assert "Sforce-Limit-Info" not in answer.headers


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "nothing", 404),
    ("GET", "sobjects/Nothing", 404),
    ("GET", "sobjects/Nothing/describe", 404),
    ("GET", "sobjects/Account/0018d00000zzzzz", 404),
    ("PUT", "sobjects/Account/0018d00000zzzzz", 405),
    ("DELETE", "sobjects/Account", 405),
])  # fmt: skip
def test_addresses_that_lead_nowhere(org, method, path, status):
    org.refused(org.call(method, path), status)


def test_every_answer_says_what_is_used(org):
    def used():
        header = org.call("GET", "limits").headers["Sforce-Limit-Info"]
        name, _, numbers = header.partition("=")
        assert name == "api-usage"
        return [int(each) for each in numbers.split("/")]

    first, second = used(), used()
    assert second == [first[0] + 1, first[1]]
    told = org.call("GET", "limits").json()["DailyApiRequests"]
    assert told == {"Max": first[1], "Remaining": first[1] - second[0] - 1}


def test_the_daily_limit(fresh):
    fresh.tenant.site.allowance.allowed = 1
    assert fresh.call("GET", "limits").status_code == 200
    answer = fresh.call("GET", "limits")
    assert fresh.refused(answer, 403) == "REQUEST_LIMIT_EXCEEDED"
    assert "Retry-After" not in answer.headers


def test_describe(org):
    told = org.call("GET", "sobjects/").json()
    assert {"Account", "Opportunity", "Tieout_Invoice__c"} <= {each["name"] for each in told["sobjects"]}
    invoice = org.call("GET", "sobjects/Tieout_Invoice__c/describe").json()
    fields = {each["name"]: each for each in invoice["fields"]}
    key = fields["Tieout_Key__c"]
    assert (key["externalId"], key["unique"], key["custom"], key["idLookup"]) == (True, True, True, True)
    assert fields["Account__c"]["referenceTo"] == ["Account"]
    assert fields["Account__c"]["relationshipName"] == "Account__r"
    deal = {each["name"]: each for each in org.call("GET", "sobjects/Opportunity/describe/").json()["fields"]}
    billing = deal["Billing_Type__c"]
    assert billing["restrictedPicklist"] is True
    assert billing["picklistValues"][0]["value"] == "Time and Materials"
    assert (deal["Amount"]["type"], deal["Name"]["nillable"], deal["IsWon"]["createable"]) == ("currency", False, False)
    account = org.call("GET", "sobjects/Account/describe").json()
    children = {each["relationshipName"] for each in account["childRelationships"]}
    assert {"Opportunities", "Contacts", "Tieout_Invoices__r"} <= children


def test_a_storm_of_limits(opened):
    with opened(faults=("salesforce:rate_storm:Account:@1+2",)) as org:
        soql = "SELECT Id FROM Account"
        assert org.refused(org.query(soql), 403) == "REQUEST_LIMIT_EXCEEDED"
        assert org.query("SELECT Id FROM Contact LIMIT 1").status_code == 200
        assert org.refused(org.call("GET", "sobjects/Account"), 403) == "REQUEST_LIMIT_EXCEEDED"
        assert org.query(soql).status_code == 200


def test_a_token_that_dies(opened):
    with opened(faults=("salesforce:token_expiry:*:@2",)) as org:
        assert org.call("GET", "limits").status_code == 200
        assert org.refused(org.call("GET", "limits"), 401) == "INVALID_SESSION_ID"
        assert org.refused(org.call("GET", "limits"), 401) == "INVALID_SESSION_ID"


def test_an_answer_that_is_lost_leaves_what_it_stored(opened):
    with opened(faults=("salesforce:lost_answer:Tieout_Invoice__c:@1",)) as org:
        place = "sobjects/Tieout_Invoice__c/Tieout_Key__c/lost"
        with pytest.raises(requests.ConnectionError):
            org.call("PATCH", place, json={"Name": "Lost"})
        (line,) = org.running.practice.journal.entries
        assert (line.kind, line.verb, line.key) == ("invoice", "create", "lost")
        again = org.call("PATCH", place, json={"Name": "Lost"})
        assert (again.status_code, again.json()["id"]) == (200, line.remote_id)


def test_a_role_that_sees_half(opened):
    with opened() as whole, opened(faults=("salesforce:half_role:Account",)) as half:
        soql = "SELECT Id FROM Account"
        every, seen = whole.rows(soql), half.rows(soql)
        assert 0 < len(seen) < len(every)
        hidden = sorted({each["Id"] for each in every} - {each["Id"] for each in seen})
        assert half.refused(half.call("GET", f"sobjects/Account/{hidden[0]}"), 404) == "NOT_FOUND"
        assert half.refused(half.query("SELECT Tax_Number__c FROM Account"), 400) == "INVALID_FIELD"
        fields = half.call("GET", "sobjects/Account/describe").json()["fields"]
        assert "Tax_Number__c" not in {each["name"] for each in fields}
        assert len(half.rows("SELECT Id FROM Opportunity")) == len(whole.rows("SELECT Id FROM Opportunity"))


def test_a_schema_that_drifts(opened):
    with opened(faults=("salesforce:drift:Opportunity",)) as org:
        names = {each["name"] for each in org.call("GET", "sobjects/Opportunity/describe").json()["fields"]}
        assert "Region__c" in names
        assert "Service_Line__c" not in names
        assert org.refused(org.query("SELECT Service_Line__c FROM Opportunity"), 400) == "INVALID_FIELD"
        assert org.rows("SELECT Region__c FROM Opportunity LIMIT 1")[0]["Region__c"] is None


RECORDED = "platforms/salesforce/fixtures"


@pytest.mark.shared
@pytest.mark.parametrize(("file", "place"), [
    ("describe_Account_trimmed.json", "sobjects/Account/describe"),
    ("describe_Contact_trimmed.json", "sobjects/Contact/describe"),
    ("describe_Opportunity_trimmed.json", "sobjects/Opportunity/describe"),
])  # fmt: skip
def test_descriptions_have_the_vendors_form(org, shared: Path, file, place):
    recorded = json.loads((shared / RECORDED / file).read_text())
    mine = org.call("GET", place).json()
    theirs = {each["name"]: each for each in recorded["fields"]}
    both = [each for each in mine["fields"] if each["name"] in theirs]
    assert len(both) > 15
    for each in both:
        known = theirs[each["name"]]
        for name in ("type", "nillable", "createable", "referenceTo", "relationshipName"):
            if known.get(name) is not None:
                assert each[name] == known[name], (each["name"], name)
        assert not known.get("length") or each["length"] == known["length"], each["name"]
    assert (mine["keyPrefix"], mine["labelPlural"]) == (recorded["keyPrefix"], recorded["labelPlural"])


@pytest.mark.shared
@pytest.mark.parametrize(("file", "ask"), [
    ("sobject__query_success_response", lambda org: org.query("SELECT Id FROM Organization")),
    ("sobject__query_empty_response", lambda org: org.query("SELECT Id FROM Account WHERE Name = '-'")),
    ("expired_session_response", lambda org: org.call("GET", "limits", headers={"Authorization": "Bearer x"})),
    ("sobject__write_error_response", lambda org: org.call("POST", "sobjects/Account", json={"foo": 1})),
    ("sobject__upsert_error_response", lambda org: org.call("PATCH", "sobjects/Account/Namez/1", json={})),
    ("sobject__sobject_find_error_response", lambda org: org.call("GET", "sobjects/Account/23foo")),
    ("sobject__sobject_describe_error_response", lambda org: org.call("GET", "sobjects/Foo/describe")),
    ("sobject__list_sobjects_success_response", lambda org: org.call("GET", "sobjects")),
])  # fmt: skip
def test_answers_have_the_recorded_form(org, shared: Path, file, ask):
    recorded = json.loads((shared / RECORDED / "restforce" / f"{file}.json").read_text())
    answer = ask(org)
    mine = answer.json()
    assert type(mine) is type(recorded)
    first, known = (mine[0], recorded[0]) if isinstance(recorded, list) else (mine, recorded)
    assert set(known) <= set(first)
    if "errorCode" in known:
        assert first["errorCode"] == known["errorCode"]
    if "sobjects" in known:
        assert set(known["sobjects"][0]) <= set(first["sobjects"][0])
