"""What NetSuite's refusals mean: one table over error codes and texts, because REST hides most causes in USER_ERROR."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.records.problem import Problem
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater, Unexpected
from console.words import _

CONTROLLER, ADMINISTRATOR, SUPPORT = "controller", "administrator", "support engineer"
_NAMED_FIELD = re.compile(r"for the following field: *([\w.\[\]]+)", re.IGNORECASE)
_MISSING_FIELD = re.compile(r"(?:must enter a value for|enter value\(s\) for:?) *([^.]+)", re.IGNORECASE)
_OUR_FIELD: Mapping[str, str] = {
    "casetaskevent": "task",
    "projecttask": "task",
    "employee": "resource",
    "customer": "project",
    "billto": "project",
    "entity": "customer",
    "parent": "customer",
    "trandate": "on",
    "chargedate": "on",
    "postingperiod": "on",
    "subsidiary": "legal_entity",
    "item": "item",
    "billingitem": "item",
    "companyname": "name",
    "title": "name",
    "hours": "minutes",
    "taxcode": "tax_code",
    "taxitem": "tax_code",
    "terms": "payment_terms",
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry of `o:errorDetails`: NetSuite's code, its text, and the field it names in our words where known."""

    code: str
    text: str
    field: str

    @property
    def missing(self) -> str:
        """NetSuite's label of a value that was left out, else empty."""
        found = _MISSING_FIELD.search(self.text)
        return found.group(1).strip() if found else ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A row of the table: what to look for, and what it is. `{text}` and `{field}` are filled from the refusal.

    A row is met when the code is one of `codes`, or `pattern` is in the text (and, where `fields` is given, the
    field is one of them and the kind one of `kinds`).
    """

    fault: type[Fault]
    sentence: str
    remedy: str
    problem: str = ""
    who: str = CONTROLLER
    codes: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None
    fields: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def met_by(self, detail: Detail, kind: str) -> bool:
        if self.kinds and kind not in self.kinds:
            return False
        if detail.code in self.codes:
            return True
        if self.pattern is None:
            return bool(self.fields) and detail.field in self.fields and not self.codes
        return bool(self.pattern.search(detail.text)) and (not self.fields or detail.field in self.fields)


def _says(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


_INVALID_REFERENCE = _says(r"invalid field value|invalid reference|INVALID_KEY_OR_REF|key is invalid")

NOT_ALLOWED = Meaning(
    Refused,
    "The NetSuite role of this connection may not do this: {text}",
    "Ask the NetSuite administrator to give the role this permission.",
    problem="refused_by_platform",
    who=ADMINISTRATOR,
    codes=frozenset(("INSUFFICIENT_PERMISSION", "INSUFFICIENT_PERMISSIONS")),
    pattern=_says(r"does not have permission|permission violation|higher level of the|not have (?:access|sufficient)"),
)

MEANINGS: Sequence[Meaning] = (
    Meaning(
        TryLater,
        "NetSuite is serving as many calls of this account as it allows at once.",
        "Tieout slows down and goes on by itself; other integrations share this limit.",
        codes=frozenset(
            ("CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED", "WS_REQUEST_BLOCKED",
             "WS_CONCUR_SESSION_DISALLWD", "EXCEEDED_CONCURRENT_REQUEST_LIMIT")
        ),
        pattern=_says(r"request limit exceeded|request blocked"),
    ),
    Meaning(
        SignInAgain,
        "NetSuite does not accept this sign-in.",
        "Check account, keys and this computer's clock; the Login Audit Trail in NetSuite names the cause.",
        who=ADMINISTRATOR,
        codes=frozenset(("INVALID_LOGIN", "INVALID_LOGIN_ATTEMPT", "INVALID_LOGIN_CREDENTIALS", "SESSION_TIMED_OUT")),
        pattern=_says(r"invalid login attempt"),
    ),
    NOT_ALLOWED,
    Meaning(
        ChangedMeanwhile,
        "The record was changed in NetSuite while it was being written.",
        "It is read and compared again by itself.",
        codes=frozenset(("RCRD_HAS_BEEN_CHANGED", "RECORD_CHANGED")),
        pattern=_says(r"record has been changed"),
    ),
    Meaning(
        Refused,
        "NetSuite does not post on this date: {text}",
        "Reopen the accounting period for a moment, or give the line a date in an open period and say why.",
        problem="closed_period",
        codes=frozenset(("TRAN_PRD_CLOSED", "TRAN_PERIOD_CLOSED", "UNDEFINED_ACCTNG_PRD", "NO_SPLIT_TRANS_PERIOD")),
        pattern=_says(r"accounting period|posting period|(?:closed|locked) period|period (?:is|has been) (?:closed|locked)"),
    ),
    Meaning(
        Refused,
        "NetSuite wants a tax code on this record and has none: {text}",
        "Give the legal entity a default tax code in NetSuite, or name one in the mapping.",
        problem="missing_tax_code",
        codes=frozenset(("TAX_CODE_REQD", "MISSING_TAX_CODE")),
        pattern=_says(r"tax ?code"),
    ),
    Meaning(
        Refused,
        "The line is already on an invoice or has records that depend on it: {text}",
        "Correct it with an adjustment; a line that is invoiced is never changed or removed.",
        problem="invoiced_change",
        codes=frozenset(("THIS_RECORD_CANNOT_BE_DELETED_BECAUSE_IT_HAS_DEPENDENT_RECORDS", "CANT_DELETE_CHILD_RCRDS")),
        pattern=_says(r"dependent records|(?:been|already) (?:billed|invoiced)"),
    ),
    Meaning(
        Refused,
        "The task is closed or inactive in NetSuite: {text}",
        "Reopen the task in NetSuite, or move the entry to an open task.",
        problem="inactive_task",
        who="project manager",
        pattern=_says(r"task\b.*(?:inactive|complete|closed|not active)"),
    ),
    Meaning(
        Refused,
        "NetSuite does not accept the task of this line: {text}",
        "Look whether the task is inactive, complete or of another project, then replay.",
        problem="inactive_task",
        who="project manager",
        pattern=_INVALID_REFERENCE,
        fields=frozenset(("task",)),
    ),
    Meaning(
        Refused,
        "NetSuite does not accept the employee of this line: {text}",
        "Add or reactivate the employee in NetSuite, or link the person to an existing one in Matching.",
        problem="unknown_resource",
        pattern=_INVALID_REFERENCE,
        fields=frozenset(("resource",)),
    ),
    Meaning(
        Refused,
        "NetSuite does not accept this project for this person: {text}",
        "When the project limits time to its resources, add the person to it; else look whether the project is open.",
        problem="unknown_resource",
        pattern=_INVALID_REFERENCE,
        fields=frozenset(("project",)),
        kinds=frozenset(("time_line",)),
    ),
    Meaning(
        Refused,
        "NetSuite does not accept this legal entity here: {text}",
        "Compare the subsidiary of the customer, the project and the person, and correct the wrong one.",
        problem="wrong_legal_entity",
        pattern=_says(r"subsidiar"),
    ),
    Meaning(
        Refused,
        "NetSuite does not accept this legal entity here: {text}",
        "Compare the subsidiary of the customer, the project and the person, and correct the wrong one.",
        problem="wrong_legal_entity",
        pattern=_INVALID_REFERENCE,
        fields=frozenset(("legal_entity",)),
    ),
    Meaning(
        Refused,
        "NetSuite does not accept this currency here: {text}",
        "Add the currency to the customer in NetSuite, or correct it where it is wrong.",
        problem="currency_mismatch",
        pattern=_says(r"currency"),
    ),
    Meaning(
        Refused,
        "NetSuite already has a customer of this name.",
        "Link it in Matching, or give one of the two another name.",
        problem="duplicate_customer",
        codes=frozenset(("DUP_ENTITY", "UNIQUE_CUST_ID_REQD", "DUP_CUSTOMER")),
        pattern=_says(r"already exists"),
        kinds=frozenset(("customer",)),
    ),
    Meaning(
        Refused,
        "NetSuite already has a record of this name: {text}",
        "Link it in Matching, or give one of the two another name.",
        problem="refused_by_platform",
        codes=frozenset(("DUP_ENTITY", "DUP_RCRD", "DUP_RCRD_LINK")),
        pattern=_says(r"already exists"),
    ),
    Meaning(
        Refused,
        "A workflow in NetSuite has locked this record.",
        "Ask the NetSuite administrator to release the record, then replay.",
        problem="refused_by_platform",
        who=ADMINISTRATOR,
        pattern=_says(r"locked by a user defined workflow|record (?:is|has been) locked"),
    ),
    Meaning(
        ChangedMeanwhile,
        "The record is not in NetSuite any more.",
        "Restore it in NetSuite, or link this record to another one.",
        problem="gone_at_target",
        codes=frozenset(("NONEXISTENT_ID", "RCRD_DSNT_EXIST", "NOT_FOUND", "RECORD_DOES_NOT_EXIST")),
        pattern=_says(r"record (?:instance )?does not exist"),
    ),
    Meaning(
        Refused,
        "NetSuite wants a value that the record does not have: {missing}.",
        "Fill in the field where the record comes from, or give it a value in the mapping.",
        problem="refused_by_platform",
        pattern=_MISSING_FIELD,
    ),
    Meaning(
        Refused,
        "A record that this one refers to ({field}) is not usable in NetSuite: {text}",
        "Look whether it is inactive, deleted or of another legal entity, then replay.",
        problem="refused_by_platform",
        codes=frozenset(("INVALID_KEY_OR_REF",)),
        pattern=_INVALID_REFERENCE,
    ),
)


def details_of(answer: Answer) -> Sequence[Detail]:
    """What an nsError says, one entry per detail; also the flat form of older releases, and no JSON at all."""
    try:
        body = answer.json()
    except Unexpected:
        body = None
    if not isinstance(body, Mapping):
        return (Detail("", answer.body[:200].decode("utf-8", "replace").strip(), ""),)
    listed = body.get("o:errorDetails")
    entries = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    return tuple(_detail(each) for each in entries) or (_detail(body),)


def _detail(entry: Mapping[str, Any]) -> Detail:
    code = str(entry.get("o:errorCode") or entry.get("error") or "")
    text = str(entry.get("detail") or entry.get("error_description") or entry.get("title") or "")
    return Detail(code.upper(), text.strip(), our_field(str(entry.get("o:errorPath") or ""), text))


def our_field(path: str, text: str = "") -> str:
    """The field of ours behind `item.items[0].item` or 'the following field: item'; NetSuite's own name otherwise."""
    named = _NAMED_FIELD.search(text)
    name = path or (named.group(1) if named else "")
    last = re.sub(r"\[\d+\]", "", name).rpartition(".")[2]
    return _OUR_FIELD.get(last.lower(), last)


def fault_of(answer: Answer, kind: str = "", ref: str = "") -> Fault:
    """The fault behind a refusal: the first row of the table any of its details meets, else by status."""
    details = details_of(answer)
    for meaning in MEANINGS:
        for detail in details:
            if meaning.met_by(detail, kind):
                return _fault(meaning, detail, answer, ref)
    return _by_status(answer, details[0], ref)


def _fault(meaning: Meaning, detail: Detail, answer: Answer, ref: str) -> Fault:
    facts = {"text": detail.text or detail.code, "field": detail.field or _("a field"), "missing": detail.missing}
    sentence, remedy = _(meaning.sentence, **facts), _(meaning.remedy)
    trouble = None
    if meaning.problem:
        trouble = Problem(meaning.problem, sentence, remedy, meaning.who, "erp", field=detail.field, ref=ref)
    return meaning.fault(
        sentence,
        remedy,
        vendor_code=detail.code,
        vendor_text=detail.text[:500],
        trace_id=answer.trace_id,
        problem=trouble,
        facts={"permission": True} if meaning is NOT_ALLOWED else {},
    )


def is_permission(fault: Fault) -> bool:
    """Whether the role lacks a permission, so that nothing follows from the refusal about the record itself."""
    return bool(fault.facts.get("permission"))


def _by_status(answer: Answer, detail: Detail, ref: str) -> Fault:
    said = {"vendor_code": detail.code, "vendor_text": detail.text[:500], "trace_id": answer.trace_id}
    match answer.status:
        case 401:
            return SignInAgain(_("NetSuite does not accept this sign-in."), _("Sign in again."), **said)
        case 403:
            return _fault(NOT_ALLOWED, detail, answer, ref)
        case 429 | 503:
            return TryLater(_("NetSuite is busy."), _("Tieout goes on by itself."), **said)
        case 404 | 410:
            return ChangedMeanwhile(_("NetSuite does not know this record."), _("Read it again."), **said)
        case 409 | 412:
            return ChangedMeanwhile(_("The record was changed in NetSuite meanwhile."), _("Read it again."), **said)
        case status if 400 <= status < 500 and status != 408 and detail.code != "UNEXPECTED_ERROR":
            return _plain_refusal(detail, answer, ref)
    return Unexpected(
        _("NetSuite answered with an error of its own ({status}).", status=answer.status),
        _("It is looked up and, where it is missing, sent again by itself."),
        **said,
    )


def _plain_refusal(detail: Detail, answer: Answer, ref: str) -> Refused:
    sentence = _("NetSuite refused it: {text}", text=detail.text or detail.code or answer.status)
    remedy = _("Correct what it names, then replay.")
    return Refused(
        sentence,
        remedy,
        vendor_code=detail.code,
        vendor_text=detail.text[:500],
        trace_id=answer.trace_id,
        problem=Problem("refused_by_platform", sentence, remedy, SUPPORT, "erp", field=detail.field, ref=ref),
    )
