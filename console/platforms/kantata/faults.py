"""What Kantata's refusals mean: statuses, error types and fields turned into the five faults and Problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console.records.problem import Problem
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater, Unexpected
from console.wire.redaction import Redaction
from console.words import _

_TEXT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Complaint:
    """One entry of Kantata's `errors`: there are no stable codes, so type and field are what can be relied on."""

    type: str
    field: str
    message: str


def complaints(answer: Answer) -> Sequence[Complaint]:
    """The `errors` of an answer, empty when it holds none (a proxy's page, an empty body)."""
    try:
        body = answer.json()
    except Fault:
        return ()
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return _oauth_complaint(body)
    return tuple(_complaint(each) for each in errors)


def _complaint(error: Any) -> Complaint:
    if not isinstance(error, dict):
        return Complaint("", "", str(error))
    return Complaint(*(str(error.get(name) or "") for name in ("type", "field", "message")))


def _oauth_complaint(body: Any) -> Sequence[Complaint]:
    """OAuth's own form of error: `error` and `error_description` side by side."""
    if isinstance(body, dict) and isinstance(body.get("error"), str):
        return (Complaint("oauth", "", str(body.get("error_description") or body["error"])),)
    return ()


def fault_of(answer: Answer, redaction: Redaction, *, write: bool, ref: str = "") -> Fault:
    """The fault behind an answer that is not ok; `ref` is the record a write was about, when it is known."""
    said = complaints(answer)
    told = redaction.text("; ".join(each.message for each in said), _TEXT_LIMIT)
    fault = _by_status(answer.status, _Said(said, told, ref, write))
    codes = dict.fromkeys(f"{each.type}:{each.field}".strip(":") for each in said)
    fault.vendor_code = " ".join(codes) or str(answer.status)
    fault.vendor_text = told or redaction.body(answer.body, _TEXT_LIMIT)
    fault.trace_id = answer.trace_id
    return fault


def not_offered(fault: Fault, path: str) -> Refused:
    """The same refusal as one of a whole list, closed to this user or not there for this account."""
    sentence = _("Kantata does not show {path} to the user of this connection.", path=path)
    remedy = _("Ask a Kantata administrator whether the feature is on and the user may see it, or use another user.")
    problem = Problem("refused_by_platform", sentence, remedy, _("Kantata administrator"), "psa")
    return Refused(sentence, remedy, fault.vendor_code, fault.vendor_text, fault.trace_id, problem)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one refusal tells: its errors, their messages as one struck-out text, and what was tried."""

    errors: Sequence[Complaint]
    told: str
    ref: str
    write: bool


def _by_status(status: int, said: _Said) -> Fault:
    if _cancelled(said.errors):
        return SignInAgain(
            _("Kantata says that this account has been cancelled."),
            _("Ask the owner of the Kantata account to reactivate it, then sign in again."),
        )
    if status == 401:
        return SignInAgain(
            _("Kantata does not accept the access token; it was revoked, mistyped or belongs to another account."),
            _("Open Kantata, Settings, Integrations, copy a fresh token (or sign in anew) and enter it here."),
        )
    if status == 429:
        return TryLater(
            _("Kantata asks for fewer calls."), _("Calls slow down and resume by themselves; nothing is lost.")
        )
    if status in (404, 409):
        return _missing(said.ref)
    if status >= 500:
        return _outage(status, said.write)
    return _refusal(status, said)


def _cancelled(errors: Sequence[Complaint]) -> bool:
    """A cancelled account has no status or field of its own: the one case where the documented text must do."""
    return any(each.type == "system" and not each.field and "been cancel" in each.message.lower() for each in errors)


def _missing(ref: str) -> Fault:
    sentence = _("Kantata does not show this record: it was deleted, or the credential may not see it.")
    remedy = _("Open it in Kantata; if it was deleted on purpose, dismiss this, else ask for access to its project.")
    problem = Problem("gone_at_target", sentence, remedy, _("project manager"), "psa", ref=ref)
    return ChangedMeanwhile(sentence, remedy, problem=problem)


def _outage(status: int, write: bool) -> Fault:
    if status == 503 and not write:
        return TryLater(_("Kantata is not available just now."), _("Reading resumes by itself."))
    if status == 504:
        return Unexpected(
            _("Kantata gave up on the request after three minutes."),
            _("If this was a write it is looked up before anything is sent again."),
        )
    return Unexpected(
        _("Kantata failed with status {status}.", status=status),
        _("If this was a write it is looked up before anything is sent again."),
    )


def _refusal(status: int, said: _Said) -> Fault:
    if status == 403:
        problem = Problem(
            "refused_by_platform",
            _("The Kantata user of this connection may not do that."),
            _("Ask a Kantata administrator for the permission, or connect with a user who has it."),
            _("Kantata administrator"),
            "psa",
            ref=said.ref,
        )
    else:
        problem = _problem(next((each.field for each in said.errors if each.type == "validation"), ""), said)
    return Refused(problem.sentence, problem.remedy, problem=problem)


@dataclass(frozen=True, slots=True)
class _Meaning:
    code: str
    sentence: str
    remedy: str
    who: str


def _meanings() -> dict[str, _Meaning]:
    """What a validation error on a field means to a controller."""
    manager, controller, administrator = _("project manager"), _("controller"), _("Kantata administrator")
    locked = _Meaning(
        "closed_period",
        _("Kantata has locked the day of this record."),
        _("Move the day into an open week, or have the lock date in Kantata moved back."),
        controller,
    )
    customer = _Meaning(
        "missing_customer",
        _("Kantata does not accept the client of this project."),
        _("Check that the client still exists in Kantata as a group, then match it again."),
        manager,
    )
    reference = _Meaning(
        "foreign_key_taken",
        _("Kantata already keeps a reference for Tieout on this record, or does not accept ours."),
        _("Open the record in Kantata, compare its external references, and link it instead of creating it."),
        administrator,
    )
    return {
        "date_performed": locked,
        "date": locked,
        "workspace_id": _Meaning(
            "missing_project",
            _("Kantata does not accept the project of this record."),
            _("Check that the project exists, is not archived, and that this user takes part in it."),
            manager,
        ),
        "story_id": _Meaning(
            "inactive_task",
            _("Kantata does not accept the task of this record."),
            _("Check that the task exists in the same project and is neither deleted nor archived."),
            manager,
        ),
        "user_id": _Meaning(
            "unknown_resource",
            _("Kantata does not accept the person of this record."),
            _("Add the person to the project in Kantata, or correct who it belongs to."),
            manager,
        ),
        "currency": _Meaning(
            "currency_mismatch",
            _("Kantata does not accept the currency of this record."),
            _("Use the currency of the project, or have the currency enabled in Kantata."),
            controller,
        ),
        "rate_card_id": _Meaning(
            "missing_rate",
            _("Kantata does not accept the rate card of this project."),
            _("Check that the rate card exists in Kantata in the project's currency."),
            controller,
        ),
        "workspace_group_ids": customer,
        "primary_workspace_group_id": customer,
        "external_reference": reference,
        "external_references": reference,
        "service_name": reference,
        "service_model_ref": reference,
    }


def _problem(field: str, said: _Said) -> Problem:
    told = said.told[:200]
    found = _meanings().get(field) or _Meaning(
        "refused_by_platform",
        _("Kantata refuses the record: {told}", told=told or _("it gives no reason")),
        _("Correct the named field and send it again."),
        _("project manager"),
    )
    return Problem(
        found.code,
        found.sentence,
        found.remedy,
        found.who,
        "psa",
        field=field,
        ref=said.ref,
        facts={"kantata_says": told} if told else {},
    )
