"""Bulk API 2.0: whole kinds read as tables, thousands of records written as one job, and the way back to REST."""

from __future__ import annotations

import csv
import io

import pytest

from console.records.intent import Verb
from console.wire.faults import Refused, TryLater, Unexpected
from console.wire.surface import Want, Written
from tests.console.platforms.salesforce.stand_in import (
    ROOT,
    account,
    fault_of,
    read,
    refusal,
    remotes,
    salesforce,
    speak,
)
from tests.loopback import HANG_UP, Asked, Reply, told

JOB = f"{ROOT}/jobs/query/750Q"
INGEST = f"{ROOT}/jobs/ingest/750I"


def table(*rows: list[str], **headers: str) -> Reply:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, out.getvalue().encode(), {"content-type": "text/csv", **named})


HEAD = ["Id", "SystemModstamp", "Name", "Website"]
FIRST = table(HEAD, ["001A", "2024-01-01T00:00:00.000Z", 'A "quoted", name', ""], Sforce_Locator="abc")
SECOND = table(
    HEAD, ["001B", "2024-01-02T00:00:00.000Z", "B\nin two lines", "https://b.example"], Sforce_Locator="null"
)


def exporting(asked: Asked) -> Reply | None:
    if asked.path == f"{ROOT}/jobs/query":
        return told({"id": "750Q", "state": "UploadComplete"})
    if asked.path == JOB:
        return told({"id": "750Q", "state": "JobComplete"})
    if asked.path == f"{JOB}/results":
        return SECOND if asked.query.get("locator") == "abc" else FIRST
    return None


def test_a_large_kind_is_read_as_tables_in_the_form_of_pages() -> None:
    with salesforce(exporting, [account(1), account(2)]) as there:
        batches = speak(there, read, bulk_above=1)
    found = remotes(batches)
    assert [remote.remote_id for remote in found] == ["001A", "001B"] and batches[-1].expected == 2
    assert found[0].payload["Website"] is None and found[0].version == "2024-01-01T00:00:00.000+0000"
    assert getattr(found[1].record, "name", "") == "B\nin two lines"
    order = next(asked for asked in there.asked if asked.path == f"{ROOT}/jobs/query").json()
    assert order["query"].endswith("ORDER BY SystemModstamp, Id") and order["contentType"] == "CSV"


@pytest.mark.parametrize(
    "no",
    [
        refusal("INVALIDENTITY", "Account is not supported by the Bulk API"),
        refusal("API_ERROR", "API does not support query"),
        refusal("LIMIT_EXCEEDED", "too many jobs"),
    ],
)
def test_what_bulk_does_not_do_is_read_by_pages(no: Reply) -> None:
    with salesforce(lambda asked: no if "/jobs/" in asked.path else None) as there:
        assert len(remotes(speak(there, read, bulk_above=1))) == 2


def test_a_failed_export_is_read_by_pages() -> None:
    def failing(asked: Asked) -> Reply | None:
        return (
            told({"id": "750Q", "state": "Failed", "errorMessage": "boom"}) if asked.path == JOB else exporting(asked)
        )

    with salesforce(failing) as there:
        assert len(remotes(speak(there, read, bulk_above=1))) == 2


def test_a_table_that_repeats_is_a_fault() -> None:
    def repeating(asked: Asked) -> Reply | None:
        return FIRST if asked.path == f"{JOB}/results" else exporting(asked)

    with salesforce(repeating) as there:
        fault = speak(there, lambda connector: fault_of(read(connector)), bulk_above=1)
    assert isinstance(fault, Unexpected) and "twice" in fault.sentence


def test_a_table_out_of_order_moves_the_cursor_only_at_its_end() -> None:
    late = table(HEAD, ["001A", "2024-01-05T00:00:00.000Z", "A", ""], ["001B", "2024-01-02T00:00:00.000Z", "B", ""])
    late.headers["Sforce-Locator"] = "abc"

    def unordered(asked: Asked) -> Reply | None:
        if asked.path == f"{JOB}/results":
            return SECOND if asked.query.get("locator") else late
        return exporting(asked)

    with salesforce(unordered, [account(1), account(2), account(3)]) as there:
        batches = speak(there, read, bulk_above=1)
    assert '"at":"1900' in batches[0].cursor and '"at":"2024-01-05' in batches[-1].cursor


def wants(count: int) -> list[Want]:
    bodies = [{"number": f"I-{number}", "status": None if number else 'a "b", c'} for number in range(count)]
    return [Want("invoice", Verb.CREATE, f"TO-{number}", "t", body) for number, body in enumerate(bodies)]


def importing(asked: Asked) -> Reply | None:
    if asked.path == f"{ROOT}/jobs/ingest":
        return told({"id": "750I", "state": "Open"})
    if asked.path == f"{INGEST}/batches":
        return Reply(201)
    if asked.path == INGEST:
        return told({"id": "750I", "state": "UploadComplete" if asked.method == "PATCH" else "JobComplete"})
    if asked.path == f"{INGEST}/successfulResults":
        return table(["sf__Id", "sf__Created", "Tieout_Key__c"], ["a1", "true", "TO-0"], ["a2", "false", "TO-1"])
    if asked.path == f"{INGEST}/failedResults":
        text = "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
        return table(["sf__Id", "sf__Error", "Tieout_Key__c"], ["", text, "TO-2"])
    if asked.path == f"{INGEST}/unprocessedRecords":
        return table(["Tieout_Key__c"], ["TO-3"])
    return None


def test_thousands_are_one_job_whose_rows_are_told_later() -> None:
    with salesforce(importing) as there:
        accepted = speak(there, lambda connector: connector.write_many(wants(4)), bulk_above=3)
        outcome = speak(there, lambda connector: connector.outcome("invoice:750I"))
    assert accepted == [Written(f"TO-{number}", job="invoice:750I") for number in range(4)]
    sent = next(asked for asked in there.asked if asked.path == f"{INGEST}/batches")
    rows = list(csv.reader(io.StringIO(sent.body.decode())))
    assert rows[0] == ["Invoice_Number__c", "Status__c", "Tieout_Key__c"]
    assert rows[1] == ["I-0", 'a "b", c', "TO-0"] and rows[2] == ["I-1", "#N/A", "TO-1"]
    assert outcome is not None and set(outcome) == {"TO-0", "TO-1", "TO-2", "TO-3"}
    assert outcome["TO-1"] == Written("TO-1", "a2", created=False)
    assert isinstance(outcome["TO-2"], Refused) and isinstance(outcome["TO-3"], TryLater)


def test_a_job_that_runs_has_no_outcome_yet() -> None:
    with salesforce(lambda asked: told({"state": "InProgress"}) if asked.path == INGEST else None) as there:
        assert speak(there, lambda connector: connector.outcome("invoice:750I")) is None


def test_a_job_that_was_never_closed_processed_nothing() -> None:
    with salesforce(lambda asked: HANG_UP if asked.path.endswith("/batches") else importing(asked)) as there:
        fault = speak(there, lambda connector: fault_of(connector.write_many(wants(4))), bulk_above=3)
    assert isinstance(fault, TryLater)


def test_a_lost_answer_to_the_closing_is_asked_away() -> None:
    def lost(asked: Asked) -> Reply | None:
        return HANG_UP if asked.path == INGEST and asked.method == "PATCH" else importing(asked)

    with salesforce(lost) as there:
        accepted = speak(there, lambda connector: connector.write_many(wants(4)), bulk_above=3)
    assert all(isinstance(each, Written) and each.job for each in accepted)
