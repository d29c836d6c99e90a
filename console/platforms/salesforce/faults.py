"""Salesforce's statuses and error codes as the five faults, each with a sentence a controller understands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from console.records.problem import Problem
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater, Unexpected
from console.wire.http import retry_after
from console.words import _

DEAD_LOCATOR = "INVALID_QUERY_LOCATOR"
HIDDEN_FIELD = "INVALID_FIELD"
_NO_COLUMN = re.compile(r"No such column '([\w.]+)'(?: on (?:entity|sobject of type) '?(\w+)'?)?", re.IGNORECASE)
_NO_RELATION = re.compile(r"Didn't understand relationship '(\w+)'", re.IGNORECASE)


class Next(Enum):
    """What happens next; the five faults by name."""

    SIGN_IN = "sign_in"
    LATER = "later"
    REFUSED = "refused"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of the table. `sentence` may use {record}, {fields}, {text}."""

    next: Next
    sentence: str
    remedy: str
    who: str = "administrator"
    wait: float = 0.0


_ASK = "Ask the Salesforce administrator; the check of this connection lists what is missing."
_CORRECT = "Correct the value where it comes from, or relax the rule in Salesforce; then replay."

MEANINGS: dict[str, Meaning] = {
    "INVALID_SESSION_ID": Meaning(Next.SIGN_IN, "The Salesforce session has ended.", "Sign in again in Connections."),
    "INVALID_AUTH_HEADER": Meaning(
        Next.SIGN_IN, "Salesforce does not accept this token.", "Sign in again in Connections."
    ),
    "API_DISABLED_FOR_ORG": Meaning(
        Next.REFUSED, "The API is not enabled for this Salesforce organisation or user.", _ASK
    ),
    "API_CURRENTLY_DISABLED": Meaning(Next.REFUSED, "The API is switched off for this user at the moment.", _ASK),
    "UNSUPPORTED_API_VERSION": Meaning(
        Next.REFUSED, "Salesforce has retired this API version.", "Give a newer api_version in Connections."
    ),
    "REQUEST_LIMIT_EXCEEDED": Meaning(
        Next.LATER,
        "Salesforce's limit of API calls is reached.",
        "Calls resume by themselves when its window frees; ask whether another integration uses too many.",
        wait=900.0,
    ),
    "UNABLE_TO_LOCK_ROW": Meaning(
        Next.LATER, "Someone else is changing {record} at this moment.", "Nothing to do: it is tried again.", wait=5.0
    ),
    "QUERY_TIMEOUT": Meaning(
        Next.LATER, "Salesforce took too long over a query.", "Nothing to do: it is tried again.", wait=30.0
    ),
    "SERVER_UNAVAILABLE": Meaning(
        Next.LATER, "Salesforce is too busy at the moment.", "Nothing to do: it is tried again.", wait=30.0
    ),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Meaning(
        Next.LATER, "Another record of the same call failed, so this one was not written.", "It is sent again alone."
    ),
    "PROCESSING_HALTED": Meaning(
        Next.LATER, "Another part of the same call failed, so this one was not done.", "It is sent again alone."
    ),
    "LIMIT_EXCEEDED": Meaning(Next.LATER, "A Salesforce limit is reached: {text}", "It is tried again.", wait=300.0),
    "DUPLICATE_VALUE": Meaning(
        Next.CHANGED, "Salesforce already has a record with this value: {text}", "Nothing to do: it is looked up."
    ),
    "ENTITY_IS_DELETED": Meaning(
        Next.GONE, "{record} was deleted in Salesforce.", "Restore it there, or dismiss this.", "account owner"
    ),
    "DUPLICATES_DETECTED": Meaning(
        Next.REFUSED,
        "A duplicate rule of Salesforce stopped {record}: {text}",
        "Merge the records in Salesforce, or link the right one in Matching.",
        "account owner",
    ),
    "REQUIRED_FIELD_MISSING": Meaning(
        Next.REFUSED, "Salesforce wants {fields} filled in on {record}.", _CORRECT, "controller"
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Meaning(
        Next.REFUSED, "A validation rule of Salesforce refused {record}: {text}", _CORRECT, "controller"
    ),
    "STRING_TOO_LONG": Meaning(Next.REFUSED, "A text is too long for {fields}: {text}", _CORRECT, "controller"),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Meaning(
        Next.REFUSED,
        "{fields} does not offer this value: {text}",
        "Add the value to the picklist in Salesforce, or map it to another in this workspace's mapping.",
    ),
    "INVALID_FIELD": Meaning(Next.REFUSED, "Salesforce has no such field, or hides it: {text}", _ASK),
    "INVALID_TYPE": Meaning(Next.REFUSED, "Salesforce has no such object, or hides it: {text}", _ASK),
    "INVALID_FIELD_FOR_INSERT_UPDATE": Meaning(Next.REFUSED, "{fields} may not be written: {text}", _ASK),
    "INSUFFICIENT_ACCESS_OR_READONLY": Meaning(Next.REFUSED, "The user may not change {record}.", _ASK),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Meaning(
        Next.REFUSED, "The user may not use a record that {record} points to.", _ASK
    ),
    "INVALID_CROSS_REFERENCE_KEY": Meaning(
        Next.REFUSED,
        "{record} points to a record that is gone or hidden: {text}",
        "Read the connection again; if it stays, link the right record in Matching.",
        "support engineer",
    ),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Meaning(
        Next.REFUSED, "Automation in Salesforce failed while saving {record}: {text}", _ASK
    ),
    "NOT_FOUND": Meaning(Next.REFUSED, "Salesforce does not find this, or hides it: {text}", _ASK),
    "EXCEEDED_ID_LIMIT": Meaning(
        Next.LATER, "Too many records changed for one answer.", "It is read in another way.", wait=1.0
    ),
    "TXN_SECURITY_METERING_ERROR": Meaning(
        Next.REFUSED, "A security policy of this organisation stopped the read.", _ASK
    ),
}
_MADE: dict[Next, type[Fault]] = {
    Next.SIGN_IN: SignInAgain,
    Next.LATER: TryLater,
    Next.REFUSED: Refused,
    Next.CHANGED: ChangedMeanwhile,
    Next.GONE: Refused,
}
_CODES = {"DUPLICATES_DETECTED": "duplicate_customer", "ENTITY_IS_DELETED": "gone_at_target"}


def slow_down(answer: Answer) -> bool:
    """Too many at once: nothing was processed. The daily limit looks alike but waiting a moment does not help it."""
    return answer.status == 429 or (answer.status == 403 and b"ConcurrentRequests" in answer.body)


def out_of_calls(answer: Answer) -> bool:
    """Whether the allowance of the day is spent."""
    return answer.status == 403 and b"REQUEST_LIMIT_EXCEEDED" in answer.body and not slow_down(answer)


def fault_of(answer: Answer, text: str, record: str = "") -> Fault:
    """The fault behind an answer that is no success.

    `text` is the body with secrets struck out, `record` what it was about in people's words.
    """
    code, message, fields = _first_error(answer)
    if answer.status == 300:
        return _several(record, answer)
    fault = error_fault(code, message or text[:300], fields, record) if code else None
    if fault is None:
        fault = _by_status(answer, code, message or text[:300])
    elif isinstance(fault, TryLater):
        fault.wait = retry_after(answer) or fault.wait
    fault.trace_id = answer.trace_id
    return fault


def row_fault(errors: Any, record: str = "") -> Fault:
    """The fault of one row of a collection: its first error, which names its code `statusCode` (or `errorCode`)."""
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = str(first.get("statusCode") or first.get("errorCode") or "")
    message = str(first.get("message") or "")[:500]
    return error_fault(code, message, first.get("fields"), record) or _plain_refusal(code, message)


def cell_fault(error: str, record: str = "") -> Fault:
    """The fault of one row of a bulk job: `CODE:message:fields --`."""
    code, _colon, message = error.partition(":")
    return error_fault(code.strip(), message[:500], None, record) or _plain_refusal(code[:100], message[:500])


def error_fault(code: str, message: str, fields: Any, record: str) -> Fault | None:
    """The fault the table has for a code, or None."""
    meaning = MEANINGS.get(code)
    if meaning is None:
        return None
    names = ", ".join(str(each) for each in fields) if isinstance(fields, list) and fields else _("a field")
    facts = {"record": record or _("the record"), "fields": names, "text": message[:300]}
    sentence, remedy = _(meaning.sentence, **facts), _(meaning.remedy)
    fault = _MADE[meaning.next](sentence, remedy, vendor_code=code, vendor_text=message[:500])
    if meaning.next in (Next.REFUSED, Next.GONE):
        fault.problem = Problem(
            _CODES.get(code, "refused_by_platform"), sentence, remedy, meaning.who, "crm", field=_field(fields)
        )
    if isinstance(fault, TryLater):
        fault.wait = meaning.wait
    return fault


def hidden_column(fault: Fault) -> tuple[str, str] | None:
    """Column and object (may be empty) that a query named although Salesforce hides them."""
    if fault.vendor_code not in (HIDDEN_FIELD, "MALFORMED_QUERY"):
        return None
    if found := _NO_COLUMN.search(fault.vendor_text):
        return found.group(1), found.group(2) or ""
    if found := _NO_RELATION.search(fault.vendor_text):
        return f"{found.group(1)}.", ""
    return None


def _first_error(answer: Answer) -> tuple[str, str, Any]:
    """Code, message and fields of an error body: an array of errors, an OAuth object, XML or plain text."""
    try:
        body = answer.json()
    except Fault:
        return _from_markup(answer.body[:4000].decode("utf-8", "replace"))
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, Mapping):
        return "", "", None
    code = first.get("errorCode") or first.get("statusCode") or first.get("error") or ""
    message = first.get("message") or first.get("error_description") or ""
    return str(code)[:100], str(message)[:500], first.get("fields")


def _from_markup(body: str) -> tuple[str, str, Any]:
    code = re.search(r"<(?:exceptionCode|errorCode)>([^<]{1,100})<", body)
    message = re.search(r"<(?:exceptionMessage|message)>([^<]{1,500})<", body)
    return (code.group(1) if code else ""), (message.group(1) if message else ""), None


def _field(fields: Any) -> str:
    return str(fields[0]) if isinstance(fields, list) and fields else ""


def _plain_refusal(code: str, message: str) -> Fault:
    said = "" if message.lstrip().startswith("<") else message[:300]
    sentence = _("Salesforce refused this: {text}", text=said or code or _("it did not say why"))
    remedy = _(_CORRECT)
    problem = Problem("refused_by_platform", sentence, remedy, "controller", "crm")
    return Refused(sentence, remedy, vendor_code=code, vendor_text=message, problem=problem)


def _several(record: str, answer: Answer) -> Fault:
    """300: our key stands on more than one record, so neither was written."""
    sentence = _("Several Salesforce records carry the key of {record}.", record=record or _("the record"))
    remedy = _("Keep the key on the right one and clear it on the others; make the field unique.")
    code = "duplicate_customer" if "Account" in answer.body.decode("utf-8", "replace") else "foreign_key_taken"
    return Refused(
        sentence,
        remedy,
        vendor_code="300",
        vendor_text=answer.body[:500].decode("utf-8", "replace"),
        trace_id=answer.trace_id,
        problem=Problem(code, sentence, remedy, "administrator", "crm"),
    )


def _by_status(answer: Answer, code: str, text: str) -> Fault:
    """What a status alone says, for codes the table does not have."""
    fault = _status_fault(answer)
    if fault is None:
        return _plain_refusal(code or str(answer.status), text)
    fault.vendor_code, fault.vendor_text = code or str(answer.status), text
    return fault


def _status_fault(answer: Answer) -> Fault | None:
    ended, retired = MEANINGS["INVALID_SESSION_ID"], MEANINGS["UNSUPPORTED_API_VERSION"]
    match answer.status:
        case 401:
            return SignInAgain(_(ended.sentence), _(ended.remedy))
        case 409 | 412:
            return ChangedMeanwhile(_("The record was changed meanwhile."), _("It is read and planned again."))
        case 410:
            return Refused(_(retired.sentence), _(retired.remedy))
        case 429:
            return TryLater(_("Salesforce asks for fewer calls at once."), wait=retry_after(answer) or 5.0)
        case status if 400 <= status < 500:
            return None
        case status:
            return Unexpected(
                _("Salesforce failed with status {status}.", status=status),
                _("Nothing to do: Tieout looks what became of it before anything is sent again."),
            )
