"""The small language in which the twin's records are declared: fields, their kinds, sublists and choices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from enum import Enum


class Kind(Enum):
    """How a value looks in JSON and what may be written."""

    TEXT = "text"
    BOOL = "bool"
    NUMBER = "num"
    INTEGER = "int"
    DATE = "date"
    STAMP = "stamp"
    HOURS = "hours"
    REF = "ref"
    CHOICE = "choice"
    SUBRECORD = "subrecord"


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a record or of a sublist line.

    `targets` are the record types a reference may name; `choices` maps the ids of a closed list to their labels;
    `parts` are the fields of a subrecord. `read_only` properties are accepted and ignored when written.
    """

    name: str
    kind: Kind
    required: bool = False
    read_only: bool = False
    targets: tuple[str, ...] = ()
    choices: Mapping[str, str] = made_by(default_factory=dict)
    parts: Mapping[str, Field] = made_by(default_factory=dict)

    @property
    def label(self) -> str:
        """The words of the form in the vendor's user interface: `companyName` is Company Name."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", self.name)
        return LABELS.get(self.name, words[:1].upper() + words[1:])


LABELS = {
    "tranDate": "Date",
    "hours": "Duration",
    "item": "Service Item",
    "entity": "Customer",
    "taxCode": "Tax Code",
    "title": "Name",
    "project": "Project",
    "caseTaskEvent": "Case/Task/Event",
}

CHOICES: Mapping[str, Mapping[str, str]] = {
    "timeApproval": {"1": "Open", "2": "Pending Approval", "3": "Approved", "4": "Rejected"},
    "tranApproval": {"1": "Pending Approval", "2": "Approved", "3": "Rejected", "11": "Open"},
    "timeType": {"A": "Actual Time", "P": "Planned Time", "B": "Allocated Time"},
    "jobStatus": {"1": "Closed", "2": "In Progress", "3": "Not Awarded", "4": "Pending", "5": "Awarded"},
    "jobBilling": {
        "1": "Time and Materials",
        "2": "Fixed Bid, Interval",
        "3": "Fixed Bid, Milestone",
        "4": "Charge-Based",
        "5": "Retainer",
    },
    "taskStatus": {"NOTSTART": "Not Started", "PROGRESS": "In Progress", "COMPLETE": "Completed"},
    "priority": {"HIGH": "High", "MEDIUM": "Medium", "LOW": "Low"},
    "constraint": {"FIXEDSTART": "Fixed Start", "ASAP": "As Soon As Possible"},
    "scheduling": {"BACKWARD": "Backward", "FORWARD": "Forward"},
    "stage": {
        "NON_BILLABLE": "Non-Billable",
        "READY_FOR_BILLING": "Ready for Billing",
        "HOLD_FOR_BILLING": "Hold for Billing",
    },
    "use": {"Actual": "Actual", "Forecast": "Forecast"},
    "billingMode": {"IN_ARREARS": "In Arrears", "IN_ADVANCE": "In Advance", "IMMEDIATE": "Immediate"},
    "creditHold": {"AUTO": "Auto", "OFF": "Off", "ON": "On"},
    "billingTransaction": {"CashSale": "Cash Sale", "CustInvc": "Invoice"},
    "invoiceStatus": {"A": "Open", "B": "Paid In Full", "D": "Pending Approval", "V": "Voided"},
    "creditStatus": {"A": "Open", "B": "Fully Applied", "V": "Voided"},
    "paymentStatus": {"A": "Unapproved Payment", "B": "Not Deposited", "C": "Deposited", "R": "Rejected"},
    "expenseStatus": {
        "A": "In Progress",
        "B": "Pending Supervisor Approval",
        "C": "Pending Accounting Approval",
        "D": "Rejected by Supervisor",
        "E": "Rejected by Accounting",
        "F": "Approved by Accounting",
        "G": "Approved (Overridden) by Accounting",
        "H": "Rejected (Overridden) by Accounting",
        "I": "Paid In Full",
        "J": "Approved by Supervisor",
        "V": "Voided",
    },
    "scheduleType": {
        "CB": "Charge-Based",
        "FBI": "Fixed Bid, Interval",
        "FBM": "Fixed Bid, Milestone",
        "STD": "Standard",
    },
    "undepositedFunds": {"T": "Undeposited Funds", "F": "Account"},
    "frequency": {
        "DAILY": "Daily",
        "WEEKLY": "Weekly",
        "MONTHLY": "Monthly",
        "QUARTERLY": "Quarterly",
        "ANNUALLY": "Annually",
    },
}

_WORD = re.compile(
    r"(?P<name>\w+)"
    r"(?::(?P<kind>text|bool|num|int|date|stamp|hours)|>(?P<targets>[\w|]+)|#(?P<choice>\w+)|\{(?P<part>\w+)\})"
    r"(?P<marks>[!-]*)"
)


def declared(words: str, parts: Mapping[str, Mapping[str, Field]] | None = None) -> dict[str, Field]:
    """The fields that `words` declares, each as one word.

    `name:text` is a plain kind, `name>customer|job` a reference, `name#stage` a choice, `name{address}` a
    subrecord; `!` marks what must be given, `-` what only the platform writes.
    """
    found: dict[str, Field] = {}
    for word in words.split():
        match = _WORD.fullmatch(word)
        if match is None:
            raise ValueError(f"{word!r} declares no field")
        found[match["name"]] = _field(match, parts or {})
    return found


def _field(match: re.Match[str], parts: Mapping[str, Mapping[str, Field]]) -> Field:
    marks = match["marks"]
    name, required, read_only = match["name"], "!" in marks, "-" in marks
    if match["targets"]:
        return Field(name, Kind.REF, required, read_only, targets=tuple(match["targets"].split("|")))
    if match["choice"]:
        return Field(name, Kind.CHOICE, required, read_only, choices=CHOICES[match["choice"]])
    if match["part"]:
        return Field(name, Kind.SUBRECORD, required, read_only, parts=parts[match["part"]])
    return Field(name, Kind(match["kind"]), required, read_only)
