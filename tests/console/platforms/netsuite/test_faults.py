"""NetSuite's refusals become the right fault, with a Problem that says what to do."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from console.platforms.netsuite.faults import details_of, fault_of, is_permission, our_field
from console.platforms.netsuite.meanings import MEANINGS
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater, Unexpected


def answer(status: int, code: str = "", detail: str = "", path: str = "", **more: Any) -> Answer:
    entry = {"detail": detail, "o:errorCode": code, **({"o:errorPath": path} if path else {})}
    return Answer(status, httpx.Headers(), orjson.dumps({"title": "Bad Request", "o:errorDetails": [entry], **more}))


INVALID = "Error while accessing a resource. You have entered an Invalid Field Value 9 for the following field: {}"


@pytest.mark.parametrize(
    ("given", "kind", "fault", "problem", "field"),
    [
        (answer(401, "INVALID_LOGIN", "Invalid login attempt."), "", SignInAgain, "", ""),
        (answer(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded."), "", TryLater, "", ""),
        (answer(400, "SSS_REQUEST_LIMIT_EXCEEDED", "Too many."), "", TryLater, "", ""),
        (answer(503), "", TryLater, "", ""),
        (
            answer(400, "USER_ERROR", "Your current role does not have permission to perform this action."),
            "",
            Refused,
            "refused_by_platform",
            "",
        ),
        (answer(403, "INSUFFICIENT_PERMISSION", "No."), "time_line", Refused, "refused_by_platform", ""),
        (
            answer(
                400,
                "USER_ERROR",
                "The transaction date you specified is not within the date range of your accounting period.",
            ),
            "time_line",
            Refused,
            "closed_period",
            "",
        ),
        (answer(400, "TRAN_PRD_CLOSED", "x", "tranDate"), "charge_line", Refused, "closed_period", "on"),
        (
            answer(400, "USER_ERROR", "Please enter value(s) for: Tax Code"),
            "charge_line",
            Refused,
            "missing_tax_code",
            "",
        ),
        (answer(400, "USER_ERROR", INVALID.format("casetaskevent")), "time_line", Refused, "inactive_task", "task"),
        (answer(400, "USER_ERROR", INVALID.format("employee")), "time_line", Refused, "unknown_resource", "resource"),
        (answer(400, "USER_ERROR", INVALID.format("customer")), "time_line", Refused, "unknown_resource", "project"),
        (
            answer(400, "INVALID_CONTENT", INVALID.format("subsidiary")),
            "project",
            Refused,
            "wrong_legal_entity",
            "legal_entity",
        ),
        (answer(400, "USER_ERROR", INVALID.format("currency")), "project", Refused, "currency_mismatch", "currency"),
        (
            answer(400, "USER_ERROR", "Error while accessing a resource. This entity already exists."),
            "customer",
            Refused,
            "duplicate_customer",
            "",
        ),
        (
            answer(400, "USER_ERROR", "Error while accessing a resource. This entity already exists."),
            "project",
            Refused,
            "refused_by_platform",
            "",
        ),
        (
            answer(400, "USER_ERROR", "This record has been locked by a user defined workflow."),
            "project",
            Refused,
            "refused_by_platform",
            "",
        ),
        (
            answer(400, "USER_ERROR", "Error while accessing a resource. You must enter a value for Company Name."),
            "customer",
            Refused,
            "refused_by_platform",
            "",
        ),
        (
            answer(400, "INVALID_CONTENT", INVALID.format("item"), "item.items[0].item"),
            "invoice",
            Refused,
            "refused_by_platform",
            "item",
        ),
        (
            answer(400, "USER_ERROR", "This record cannot be deleted because it has dependent records"),
            "time_line",
            Refused,
            "invoiced_change",
            "",
        ),
        (
            answer(404, "NONEXISTENT_ID", "The record instance does not exist."),
            "project",
            ChangedMeanwhile,
            "gone_at_target",
            "",
        ),
        (answer(400, "RCRD_HAS_BEEN_CHANGED", "Record has been changed"), "project", ChangedMeanwhile, "", ""),
        (answer(412), "", ChangedMeanwhile, "", ""),
        (answer(400, "USER_ERROR", "Something nobody wrote down."), "project", Refused, "refused_by_platform", ""),
        (answer(500, "UNEXPECTED_ERROR", "An unexpected error occurred."), "project", Unexpected, "", ""),
        (answer(502), "", Unexpected, "", ""),
    ],
)
def test_each_refusal_has_its_meaning(given: Answer, kind: str, fault: type[Fault], problem: str, field: str) -> None:
    found = fault_of(given, kind, "TOabcdefgh-x-1")
    assert type(found) is fault
    assert (found.problem.code if found.problem else "") == problem
    assert (found.problem.field if found.problem else "") == field
    assert "{" not in str(found)


def test_an_unknown_refusal_keeps_the_vendors_words() -> None:
    found = fault_of(answer(400, "USER_ERROR", "Only on Tuesdays."))
    assert "Only on Tuesdays." in found.sentence
    assert (found.vendor_code, found.vendor_text) == ("USER_ERROR", "Only on Tuesdays.")


def test_a_missing_value_is_named() -> None:
    found = fault_of(answer(400, "USER_ERROR", "Error. You must enter a value for Company Name."), "customer")
    assert "Company Name" in found.sentence


def test_the_most_telling_of_several_details_wins() -> None:
    first = {"detail": "Something is wrong.", "o:errorCode": "USER_ERROR"}
    second = {"detail": "The accounting period is closed.", "o:errorCode": "USER_ERROR"}
    found = fault_of(Answer(400, httpx.Headers(), orjson.dumps({"o:errorDetails": [first, second]})))
    assert found.problem is not None
    assert found.problem.code == "closed_period"


def test_the_flat_form_of_older_releases_is_understood() -> None:
    body = {"title": "Unauthorized", "o:errorCode": "INVALID_LOGIN", "detail": "No."}
    assert type(fault_of(Answer(400, httpx.Headers(), orjson.dumps(body)))) is SignInAgain


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", b"[]", b"null", b'{"o:errorDetails": 7}'])
def test_no_answer_is_too_strange(body: bytes) -> None:
    assert type(fault_of(Answer(502, httpx.Headers(), body))) is Unexpected
    assert details_of(Answer(502, httpx.Headers(), body))


def test_a_permission_is_told_from_other_refusals() -> None:
    assert is_permission(fault_of(answer(403, "INSUFFICIENT_PERMISSION", "No.")))
    assert not is_permission(fault_of(answer(400, "USER_ERROR", "No.")))


@pytest.mark.parametrize(
    ("path", "text", "field"),
    [
        ("item.items[0].item", "", "item"),
        ("", INVALID.format("caseTaskEvent"), "task"),
        ("custbody_x", "", "custbody_x"),
        ("", "No field here.", ""),
    ],
)
def test_fields_are_named_in_our_words(path: str, text: str, field: str) -> None:
    assert our_field(path, text) == field


def test_every_meaning_says_what_to_do() -> None:
    assert all(each.sentence.endswith((".", "}")) and each.remedy.endswith(".") for each in MEANINGS)
