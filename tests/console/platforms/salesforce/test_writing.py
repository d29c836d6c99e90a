"""Writing: upserts by key in every form of answer, collections, and refusals that name what to do."""

from __future__ import annotations

from typing import Any

import pytest

from console.records.intent import Verb
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater, Unexpected
from console.wire.surface import Want, Written
from tests.console.platforms.salesforce.stand_in import (
    ROOT,
    account,
    account_id,
    fault_of,
    page,
    refusal,
    salesforce,
    speak,
    statement,
)
from tests.loopback import HANG_UP, Asked, Reply, told

UPSERT = f"{ROOT}/sobjects/Tieout_Invoice__c/Tieout_Key__c/"


def invoice(key: str = "TO-1", **body: Any) -> Want:
    body = {"number": "INV-1", "total": {"amount": "12.10", "currency": "EUR"}, "due_on": "2025-03-31", **body}
    return Want("invoice", Verb.CREATE, key, "t", body, {"customer": account_id(1)} if "customer" in body else {})


def customer(**how: Any) -> Want:
    return Want("customer", Verb.UPDATE, "TO-acc", "t", {"number": "C-7"}, **how)


@pytest.mark.parametrize(
    ("reply", "created"),
    [
        (told({"id": "a01", "success": True, "errors": [], "created": True}, 201), True),
        (told({"id": "a01", "success": True, "errors": [], "created": False}), False),
        (told({"id": "a01", "success": True, "errors": []}, 201), True),
    ],
)
def test_an_upsert_is_understood_in_each_of_its_answers(reply: Reply, created: bool) -> None:
    def bent(asked: Asked) -> Reply | None:
        return reply if asked.method == "PATCH" else None

    with salesforce(bent) as there:
        written = speak(there, lambda connector: connector.write(invoice(customer={"$link": ["customer", "x"]})))
    sent = next(asked for asked in there.asked if asked.method == "PATCH")
    assert written == Written("TO-1", "a01", created=created)
    assert sent.path == UPSERT + "TO-1"
    assert sent.json() == {
        "Invoice_Number__c": "INV-1",
        "Amount__c": 12.1,
        "CurrencyIsoCode": "EUR",
        "Due_Date__c": "2025-03-31",
        "Account__c": account_id(1),
    }


def test_the_older_answer_without_body_is_looked_up() -> None:
    def bent(asked: Asked) -> Reply | None:
        if asked.method == "PATCH":
            return Reply(204)
        if "WHERE Tieout_Key__c" in statement(asked):
            return page([{"Id": "a07", "Tieout_Key__c": "TO-1", "SystemModstamp": "2024-01-01T00:00:00.000+0000"}])
        return None

    with salesforce(bent) as there:
        written = speak(there, lambda connector: connector.write(invoice()))
    assert written.remote_id == "a07" and written.created is False and written.stored is not None


def test_a_key_with_odd_letters_stays_one_step_of_the_path() -> None:
    with salesforce(lambda asked: told({"id": "a", "success": True}, 201)) as there:
        speak(there, lambda connector: connector.write(invoice("a/b.c ü")))
    assert there.asked[0].path == UPSERT + "a/b.c ü"


@pytest.mark.parametrize(
    ("reply", "fault_type", "code"),
    [
        (told(["/services/data/v62.0/sobjects/Tieout_Invoice__c/a1", "/x/a2"], 300), Refused, "foreign_key_taken"),
        (refusal("REQUIRED_FIELD_MISSING", "Required", fields=["Name"]), Refused, "refused_by_platform"),
        (refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Amount must be positive"), Refused, "refused_by_platform"),
        (refusal("ENTITY_IS_DELETED", status=404), Refused, "gone_at_target"),
        (refusal("SOMETHING_NEW", "what is this"), Refused, "refused_by_platform"),
        (Reply(400, b"<html>Bad request</html>", {"content-type": "text/html"}), Refused, "refused_by_platform"),
        (refusal("DUPLICATE_VALUE"), ChangedMeanwhile, None),
        (refusal("UNABLE_TO_LOCK_ROW"), TryLater, None),
        (refusal("SERVER_UNAVAILABLE", status=503), TryLater, None),
        (told([], 429), TryLater, None),
        (refusal("INVALID_SESSION_ID", status=401), SignInAgain, None),
        (refusal("UNKNOWN_EXCEPTION", status=500), Unexpected, None),
        (Reply(502, b"bad gateway"), Unexpected, None),
        (HANG_UP, Unexpected, None),
    ],
)
def test_every_refusal_is_one_of_the_five(reply: Reply, fault_type: type[Fault], code: str | None) -> None:
    with salesforce(lambda asked: reply if asked.method == "PATCH" else None) as there:
        fault = speak(there, lambda connector: fault_of(connector.write(invoice())))
    assert type(fault) is fault_type and fault.sentence and "{" not in fault.sentence
    assert (fault.problem.code if fault.problem else None) == code
    assert fault.sent is True


def test_a_field_without_a_place_is_refused_before_anything_is_sent() -> None:
    with salesforce() as there:
        fault = speak(there, lambda connector: fault_of(connector.write(invoice(colour="red"))))
    assert isinstance(fault, Refused) and not fault.sent and "colour" in fault.sentence and not there.asked


def test_an_account_is_updated_by_id_and_never_made() -> None:
    with salesforce(lambda asked: Reply(204) if asked.method == "PATCH" else None) as there:
        written = speak(there, lambda connector: connector.write(customer(remote_id=account_id(1))))
        made = Want("customer", Verb.CREATE, "TO-acc", "t", {"name": "New"})
        fault = speak(there, lambda connector: fault_of(connector.write(made)))
    sent = [asked for asked in there.asked if asked.method == "PATCH"]
    assert [asked.path for asked in sent] == [f"{ROOT}/sobjects/Account/{account_id(1)}"]
    assert sent[0].json() == {"ERP_Number__c": "C-7", "Tieout_Key__c": "TO-acc"}
    assert written.remote_id == account_id(1) and isinstance(fault, Refused)


def test_an_account_without_id_is_found_by_its_key() -> None:
    def bent(asked: Asked) -> Reply | None:
        if asked.method == "PATCH":
            return Reply(204)
        return page([account(4, Tieout_Key__c="TO-acc")]) if "WHERE Tieout_Key__c" in statement(asked) else None

    with salesforce(bent) as there:
        assert speak(there, lambda connector: connector.write(customer())).remote_id == account_id(4)


def test_an_account_that_is_gone_is_a_problem() -> None:
    gone = refusal("NOT_FOUND", "The requested resource does not exist", 404)
    with salesforce(lambda asked: gone if asked.method == "PATCH" else None) as there:
        fault = speak(there, lambda connector: fault_of(connector.write(customer(remote_id=account_id(1)))))
    assert isinstance(fault, Refused) and fault.problem is not None and fault.problem.code == "gone_at_target"


def collection(asked: Asked) -> Reply | None:
    """Takes every row but those whose key ends in 3, and names their error the way rows do."""
    if "/composite/sobjects" not in asked.path:
        return None
    rows = asked.json()["records"]
    refused = {"success": False, "errors": [{"statusCode": "STRING_TOO_LONG", "message": "long", "fields": ["Name"]}]}
    taken = {"success": True, "errors": [], "created": True}
    return told(
        [
            refused if row["Tieout_Key__c"].endswith("3") else {"id": f"a-{row['Tieout_Key__c']}", **taken}
            for row in rows
        ]
    )


def test_many_go_two_hundred_at_a_time_and_fail_alone() -> None:
    wants = [invoice(f"TO-{number}") for number in range(450)]
    with salesforce(collection) as there:
        outcomes = speak(there, lambda connector: connector.write_many(wants))
    calls = [asked for asked in there.asked if asked.method == "PATCH"]
    assert [len(asked.json()["records"]) for asked in calls] == [200, 200, 50]
    assert calls[0].path == f"{ROOT}/composite/sobjects/Tieout_Invoice__c/Tieout_Key__c"
    assert calls[0].json()["allOrNone"] is False
    assert isinstance(outcomes[3], Refused) and outcomes[4] == Written("TO-4", "a-TO-4", created=True)
    assert len(outcomes) == 450


def test_a_body_that_cannot_be_sent_keeps_its_place() -> None:
    wants = [invoice("TO-0"), invoice("TO-1", colour="red"), invoice("TO-2")]
    with salesforce(collection) as there:
        outcomes = speak(there, lambda connector: connector.write_many(wants))
    assert [isinstance(outcome, Written) for outcome in outcomes] == [True, False, True]


def test_after_a_storm_the_rest_is_not_sent() -> None:
    wants = [invoice(f"TO-{number}") for number in range(300)]
    with salesforce(lambda asked: told([], 429) if asked.method == "PATCH" else None) as there:
        outcomes = speak(there, lambda connector: connector.write_many(wants))
    assert all(isinstance(outcome, TryLater) for outcome in outcomes) and len(outcomes) == 300
    assert [getattr(outcome, "sent", None) for outcome in (outcomes[0], outcomes[299])] == [True, False]


def test_a_lost_answer_of_a_collection_leaves_its_rows_in_doubt_only() -> None:
    def bent(asked: Asked) -> Reply | None:
        if "/composite" in asked.path and asked.json()["records"][0]["Tieout_Key__c"] == "TO-0":
            return HANG_UP
        return collection(asked)

    wants = [invoice(f"TO-{number}") for number in range(202)]
    with salesforce(bent) as there:
        outcomes = speak(there, lambda connector: connector.write_many(wants))
    assert all(isinstance(outcome, Unexpected) and outcome.sent for outcome in outcomes[:200])
    assert isinstance(outcomes[200], Written)


def test_rows_that_do_not_match_the_answer_are_all_in_doubt() -> None:
    with salesforce(lambda asked: told([]) if asked.method == "PATCH" else None) as there:
        outcomes = speak(there, lambda connector: connector.write_many([invoice("TO-1"), invoice("TO-2")]))
    assert all(isinstance(outcome, Unexpected) for outcome in outcomes)
