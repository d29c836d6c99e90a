"""What a flow answers: intents (one wanted record on one platform) and holds (a Problem a person can act on)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from console.records.money import Money
from console.records.problem import Problem

Body = Mapping[str, Any]
"""A record in our words: JSON values only; a `Linked` names another record that must be linked first."""


class Flow(StrEnum):
    """The flows by name; what each does stands in `console.flows`."""

    DEAL_TO_PROJECT = "deal_to_project"
    STAFFING_TO_DELIVERY = "staffing_to_delivery"
    WORK_TO_BILLING = "work_to_billing"
    INVOICE_TO_ACCOUNT = "invoice_to_account"
    COST_TO_PROJECT = "cost_to_project"


class Verb(StrEnum):
    """What a write does on the platform; a flow only wants a state, the planner finds the verb."""

    CREATE = "create"
    UPDATE = "update"
    CLOSE = "close"
    CREDIT = "credit"
    REVERSE = "reverse"
    TRANSFER = "transfer"


class State(StrEnum):
    """Where an intent stands in the ledger."""

    PLANNED = "planned"
    WAITING = "waiting"
    READY = "ready"
    SENT = "sent"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    DONE = "done"
    HELD = "held"
    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"


class Mode(StrEnum):
    """What Tieout may do with a kind on a connection."""

    READ = "read"
    PROPOSE = "propose"
    WRITE = "write"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class Linked:
    """A field that points to another record: `kind` on the target, found through the crosswalk of `ref`.

    `ref` is the ref (as text) of the record as its system of record knows it; at the door it becomes the target's
    own id. JSON form: `{"$link": [kind, ref]}`.
    """

    kind: str
    ref: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record that ought to exist on one platform, in our words.

    `subject` is the ref the flow judged (a deal), `ref` the record this one mirrors and is linked under (the deal, its
    customer, a contract line), `target` the connection id, `kind` the target kind, `key` its business key. `body`
    holds JSON values, `Money` as `{"amount": "12.50", "currency": "EUR"}`, dates as ISO text and `Linked` values.
    `closed` says it ought to exist no longer (closed, withdrawn, inactivated). `adjusts` names the business key of an
    invoiced line that this one corrects: such an intent is only ever proposed.
    """

    flow: str
    subject: str
    ref: str
    target: str
    kind: str
    key: str
    body: Body
    legal_entity: str = ""
    money: Money | None = None
    on: date | None = None
    closed: bool = False
    adjusts: str = ""
    problems: Sequence[Problem] = ()
    """What holds it as soon as something would have to be written; a line that is already right stays right."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A wanted record (or a whole subject, when `kind` is empty) that waits for `problems` to end."""

    flow: str
    subject: str
    problems: Sequence[Problem]
    target: str = ""
    kind: str = ""
    key: str = ""
    money: Money | None = None
    on: date | None = None
    legal_entity: str = ""
    body: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a flow says of one subject: what is wanted and held, or else why nothing is.

    `rest` is `not_billable`, `before_cutover`, `not_yet` (not won, not approved), and empty exactly when something is
    wanted or held.
    """

    subject: str
    wanted: Sequence[Wanted] = ()
    holds: Sequence[Hold] = ()
    rest: str = ""
