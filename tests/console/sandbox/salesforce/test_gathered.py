"""Collections: many records in one call, every row with an outcome of its own."""

import pytest

INVOICE = {"attributes": {"type": "Tieout_Invoice__c"}}


def posted(org, *rows, **words):
    answer = org.call("POST", "composite/sobjects", json={"records": list(rows), **words})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_rows_fail_alone(org):
    told = posted(org, INVOICE | {"Name": "a", "Tieout_Key__c": "c-1"}, INVOICE | {"Nothing": 1}, {"Name": "untyped"})
    assert told[0] == {"id": told[0]["id"], "success": True, "errors": []}
    assert [each["success"] for each in told] == [True, False, False]
    assert "id" not in told[1]
    (error,) = told[1]["errors"]
    assert set(error) == {"statusCode", "message", "fields"}
    assert error["statusCode"] == "INVALID_FIELD"
    again = posted(org, INVOICE | {"Tieout_Key__c": "C-1"})
    assert again[0]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"


def test_all_or_none(org):
    told = posted(org, INVOICE | {"Tieout_Key__c": "aon"}, INVOICE | {"Nothing": 1}, allOrNone=True)
    assert told[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert told[1]["errors"][0]["statusCode"] == "INVALID_FIELD"
    assert org.rows("SELECT Id FROM Tieout_Invoice__c WHERE Tieout_Key__c = 'aon'") == []
    well = posted(org, INVOICE | {"Tieout_Key__c": "aon"}, allOrNone=True)
    assert well[0]["success"] is True


def test_upsert_by_external_id(org):
    rows = [INVOICE | {"Tieout_Key__c": f"up-{n}", "Amount__c": n} for n in range(200)]
    place = "composite/sobjects/Tieout_Invoice__c/Tieout_Key__c"
    first = org.call("PATCH", place, json={"records": rows}).json()
    second = org.call("PATCH", place, json={"records": [*rows[:2], INVOICE | {"Amount__c": 1}]}).json()
    assert all(each["success"] and each["created"] for each in first)
    assert [each.get("created") for each in second] == [False, False, None]
    assert [each["id"] for each in second[:2]] == [each["id"] for each in first[:2]]
    assert second[2]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"


def test_update_fetch_and_delete(org):
    made = [each["id"] for each in posted(org, *(INVOICE | {"Name": f"f{n}"} for n in range(3)))]
    body = {"records": [INVOICE | {"id": made[0], "Status__c": "open"}, INVOICE | {"Status__c": "lost"}]}
    changed = org.call("PATCH", "composite/sobjects", json=body).json()
    assert [each["success"] for each in changed] == [True, False]
    asked = {"ids": ",".join([made[0], "a058d00000zzzzz"]), "fields": "Name,Status__c"}
    fetched = org.call("GET", "composite/sobjects/Tieout_Invoice__c", params=asked).json()
    assert fetched[0]["Status__c"] == "open"
    assert fetched[1] is None
    by_body = org.call("POST", "composite/sobjects/Tieout_Invoice__c", json={"ids": made, "fields": ["Name"]}).json()
    assert [each["Name"] for each in by_body] == ["f0", "f1", "f2"]
    gone = org.call("DELETE", "composite/sobjects", params={"ids": ",".join(made[:2]), "allOrNone": "false"}).json()
    assert [each["success"] for each in gone] == [True, True]
    again = org.call("DELETE", "composite/sobjects", params={"ids": made[0]}).json()
    assert again[0]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


@pytest.mark.parametrize("rows", [[INVOICE] * 201, [INVOICE, {"attributes": {"type": "Account"}}] * 6, None])
def test_too_many(org, rows):
    assert org.call("POST", "composite/sobjects", json={"records": rows}).status_code == 400
