"""Bulk API 2.0 over a socket: query jobs in parts, ingest jobs whose rows fail alone, jobs that fail whole."""

import csv
import io
import time

import pytest

CSV = {"Content-Type": "text/csv"}


def finished(org, kind, job_id):
    """The job as it ended: every poll takes a moment, so that no waiting is needed."""
    end = time.monotonic() + 10
    told = {"state": ""}
    while told["state"] not in ("JobComplete", "Failed", "Aborted"):
        assert time.monotonic() < end, told
        told = org.call("GET", f"jobs/{kind}/{job_id}").json()
    return told


def ingested(org, text, **words):
    made = org.call("POST", "jobs/ingest", json={"contentType": "CSV", "lineEnding": "LF", **words})
    assert made.status_code == 200, made.text
    job = made.json()
    assert job["state"] == "Open"
    assert job["contentUrl"] == f"services/data/v62.0/jobs/ingest/{job['id']}/batches"
    put = org.session.put(f"{org.base_url}/{job['contentUrl']}", data=text.encode(), headers=CSV, timeout=10)
    assert (put.status_code, put.content) == (201, b"")
    closed = org.call("PATCH", f"jobs/ingest/{job['id']}", json={"state": "UploadComplete"})
    assert closed.json()["state"] == "UploadComplete"
    return finished(org, "ingest", job["id"])


def part(org, job, which):
    answer = org.call("GET", f"jobs/ingest/{job['id']}/{which}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_query_in_parts(org):
    soql = "SELECT Id, Account.Name, IsWon, Amount, Cap__c FROM Opportunity ORDER BY Id"
    job = org.call("POST", "jobs/query", json={"operation": "query", "query": soql}).json()
    assert (job["state"], job["object"]) == ("UploadComplete", "Opportunity")
    assert (job["concurrencyMode"], job["contentType"], job["apiVersion"]) == ("Parallel", "CSV", 62.0)
    told = finished(org, "query", job["id"])
    expected = org.rows(soql)
    assert (told["state"], told["jobType"]) == ("JobComplete", "V2Query")
    assert told["numberRecordsProcessed"] == len(expected)
    rows, locator = [], ""
    while locator != "null":
        asked = {"maxRecords": 20} | ({"locator": locator} if locator else {})
        answer = org.call("GET", f"jobs/query/{job['id']}/results", params=asked)
        found = list(csv.DictReader(io.StringIO(answer.text)))
        assert int(answer.headers["Sforce-NumberOfRecords"]) == len(found)
        rows += found
        locator = answer.headers["Sforce-Locator"]
    assert [each["Id"] for each in rows] == [each["Id"] for each in expected]
    assert [each["Account.Name"] for each in rows] == [each["Account"]["Name"] for each in expected]
    assert {each["IsWon"] for each in rows} == {"true", "false"}
    assert [each["Cap__c"] == "" for each in rows] == [each["Cap__c"] is None for each in expected]


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT COUNT(Id) FROM Account", "API_ERROR"),
        ("SELECT BillingAddress FROM Account", "FUNCTIONALITY_NOT_ENABLED"),
        ("SELECT Nothing FROM Account", "INVALID_FIELD"),
        ("SELECT Id FORM Account", "MALFORMED_QUERY"),
    ],
)
def test_queries_that_bulk_refuses(org, soql, code):
    answer = org.call("POST", "jobs/query", json={"operation": "query", "query": soql})
    assert org.refused(answer, 400) == code


def test_upsert_with_failures(org):
    account = org.create("Account", Name="Bulk parent", Tieout_Key__c="bulk-parent")
    org.create("Tieout_Invoice__c", Tieout_Key__c="b-2", Status__c="old", Invoice_Number__c="7")
    text = (
        "Tieout_Key__c,Status__c,Invoice_Number__c,Amount__c,Account__r.Tieout_Key__c\n"
        "b-1,new,1,10.5,bulk-parent\n"
        "b-2,,#N/A,20,bulk-parent\n"
        "b-3,new,3,many,bulk-parent\n"
        "b-4,new,4,40,nobody\n"
    )
    job = ingested(org, text, object="Tieout_Invoice__c", operation="upsert", externalIdFieldName="Tieout_Key__c")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 4, 2)
    assert job["jobType"] == "V2Ingest"
    good = part(org, job, "successfulResults")
    assert [(each["Tieout_Key__c"], each["sf__Created"]) for each in good] == [("b-1", "true"), ("b-2", "false")]
    kept = org.call("GET", f"sobjects/Tieout_Invoice__c/{good[1]['sf__Id']}").json()
    assert (kept["Status__c"], kept["Invoice_Number__c"], kept["Amount__c"]) == ("old", None, 20.0)
    assert kept["Account__c"] == account
    bad = part(org, job, "failedResults")
    assert [each["sf__Error"].partition(":")[0] for each in bad] == ["JSON_PARSER_ERROR", "INVALID_FIELD"]
    assert all(each["sf__Error"].endswith("--") for each in bad)
    assert part(org, job, "unprocessedRecords") == []


def test_insert_update_delete(org):
    text = "Name;CurrencyIsoCode\r\nBulk one;EUR\r\nBulk two;\r\n"
    job = ingested(org, text, object="Account", operation="insert", lineEnding="CRLF", columnDelimiter="SEMICOLON")
    answer = org.call("GET", f"jobs/ingest/{job['id']}/successfulResults").text
    ids = [each["sf__Id"] for each in csv.DictReader(io.StringIO(answer), delimiter=";")]
    assert len(ids) == 2
    ingested(org, f"Id,Phone\n{ids[0]},12\n", object="Account", operation="update")
    assert org.call("GET", f"sobjects/Account/{ids[0]}").json()["Phone"] == "12"
    job = ingested(org, f"Id\n{ids[0]}\n{ids[0]}\n", object="Account", operation="delete")
    assert job["numberRecordsFailed"] == 1
    assert part(org, job, "failedResults")[0]["sf__Error"].startswith("ENTITY_IS_DELETED")


@pytest.mark.parametrize(
    ("text", "why"), [("Nothing\n1\n", "Field name not found"), ("Name\r\nx\r\n", "LineEnding is invalid")]
)
def test_jobs_that_fail_whole(org, text, why):
    job = ingested(org, text, object="Account", operation="insert")
    assert job["state"] == "Failed"
    assert why in job["errorMessage"]


def test_jobs_that_cannot_be_made_or_moved(org):
    wrong = org.call("POST", "jobs/ingest", json={"object": "Nothing", "operation": "insert"})
    assert org.refused(wrong, 400) == "INVALIDENTITY"
    keyless = org.call("POST", "jobs/ingest", json={"object": "Account", "operation": "upsert"})
    assert org.refused(keyless, 400) == "INVALIDJOB"
    job = org.call("POST", "jobs/ingest", json={"object": "Account", "operation": "insert"}).json()
    assert org.refused(org.call("DELETE", f"jobs/ingest/{job['id']}"), 400) == "INVALIDJOBSTATE"
    early = org.call("PATCH", f"jobs/ingest/{job['id']}", json={"state": "Aborted"})
    assert early.json()["state"] == "Aborted"
    late = org.call("PATCH", f"jobs/ingest/{job['id']}", json={"state": "UploadComplete"})
    assert org.refused(late, 400) == "INVALIDJOBSTATE"
    assert org.call("DELETE", f"jobs/ingest/{job['id']}").status_code == 204
    assert org.refused(org.call("GET", f"jobs/ingest/{job['id']}"), 404) == "NOT_FOUND"


def test_results_wait_for_the_end(org):
    job = org.call("POST", "jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"}).json()
    answer = org.call("GET", f"jobs/query/{job['id']}/results")
    assert org.refused(answer, 400) == "INVALIDJOBSTATE"
    finished(org, "query", job["id"])
