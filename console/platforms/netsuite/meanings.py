"""What NetSuite's refusals mean: one table over error codes and texts, because REST hides most causes in USER_ERROR."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater, Unexpected

CONTROLLER, ADMINISTRATOR, SUPPORT = "controller", "administrator", "support engineer"
_MISSING_FIELD = re.compile(r"(?:must enter a value for|enter value\(s\) for:?) *([^.]+)", re.IGNORECASE)


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
            (
                "CONCURRENCY_LIMIT_EXCEEDED",
                "SSS_REQUEST_LIMIT_EXCEEDED",
                "WS_REQUEST_BLOCKED",
                "WS_CONCUR_SESSION_DISALLWD",
                "EXCEEDED_CONCURRENT_REQUEST_LIMIT",
            )
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
        pattern=_says(
            r"accounting period|posting period|(?:closed|locked) period|period (?:is|has been) (?:closed|locked)"
        ),
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

REFUSED = Meaning(
    Refused,
    "NetSuite refused it: {text}",
    "Correct what it names, then replay.",
    problem="refused_by_platform",
    who=SUPPORT,
)
BROKEN = Meaning(
    Unexpected,
    "NetSuite answered with an error of its own ({status}).",
    "It is looked up and, where it is missing, sent again by itself.",
)
_BUSY = Meaning(TryLater, "NetSuite is busy.", "Tieout goes on by itself.")
_UNKNOWN = Meaning(ChangedMeanwhile, "NetSuite does not know this record.", "It is read again by itself.")
_MOVED = Meaning(ChangedMeanwhile, "The record was changed in NetSuite meanwhile.", "It is read again by itself.")
BY_STATUS: Mapping[int, Meaning] = {
    401: Meaning(SignInAgain, "NetSuite does not accept this sign-in.", "Sign in again."),
    403: NOT_ALLOWED,
    404: _UNKNOWN,
    409: _MOVED,
    410: _UNKNOWN,
    412: _MOVED,
    429: _BUSY,
    503: _BUSY,
}
"""What a status means when code and text say nothing the table knows."""
