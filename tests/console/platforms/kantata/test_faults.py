import httpx
import orjson
import pytest

from console.platforms.kantata.faults import fault_of
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater, Unexpected
from console.wire.redaction import Redaction


def refused(status: int, *errors: dict[str, str], write: bool = False) -> Fault:
    answer = Answer(status, httpx.Headers({"x-request-id": "req-7"}), orjson.dumps({"errors": errors}))
    return fault_of(answer, Redaction(["the-secret-token"]), write=write, ref="k1/project/30")


@pytest.mark.parametrize(
    ("status", "write", "kind"),
    [
        (400, True, Refused),
        (401, True, SignInAgain),
        (403, True, Refused),
        (404, True, ChangedMeanwhile),
        (409, True, ChangedMeanwhile),
        (422, True, Refused),
        (429, True, TryLater),
        (500, True, Unexpected),
        (503, False, TryLater),
        (503, True, Unexpected),
        (504, True, Unexpected),
    ],
)
def test_each_status_is_one_of_five_faults(status: int, write: bool, kind: type[Fault]) -> None:
    fault = refused(status, {"type": "system", "message": "No"}, write=write)
    assert type(fault) is kind
    assert fault.sentence and fault.remedy and fault.trace_id == "req-7"


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("date_performed", "closed_period"),
        ("workspace_id", "missing_project"),
        ("story_id", "inactive_task"),
        ("user_id", "unknown_resource"),
        ("currency", "currency_mismatch"),
        ("rate_card_id", "missing_rate"),
        ("primary_workspace_group_id", "missing_customer"),
        ("external_reference", "foreign_key_taken"),
        ("title", "refused_by_platform"),
    ],
)
def test_a_wrong_field_is_a_problem_a_controller_understands(field: str, code: str) -> None:
    fault = refused(422, {"type": "validation", "field": field, "message": "is wrong: the-secret-token"})
    assert fault.problem is not None
    assert (fault.problem.code, fault.problem.field, fault.problem.ref) == (code, field, "k1/project/30")
    assert fault.problem.who and fault.problem.remedy and fault.problem.owner == "psa"
    assert fault.vendor_code == f"validation:{field}"
    assert "the-secret-token" not in repr(fault)


def test_the_type_decides_and_never_the_message() -> None:
    fault = refused(422, {"type": "validation", "field": "title", "message": "Your plan has been canceled"})
    assert isinstance(fault, Refused)


def test_a_cancelled_account_is_known_whatever_its_status() -> None:
    for status in (401, 403, 422):
        fault = refused(status, {"type": "system", "message": "Your account has been canceled"})
        assert isinstance(fault, SignInAgain) and "cancelled" in fault.sentence


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b'{"errors": ["no"]}', b'{"errors": "no"}'])
def test_other_bodies_are_understood_too(body: bytes) -> None:
    fault = fault_of(Answer(502, httpx.Headers(), body), Redaction(), write=True)
    assert isinstance(fault, Unexpected) and fault.sent
