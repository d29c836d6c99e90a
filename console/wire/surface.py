"""What every platform looks like from here: a card, reads in batches, keyed writes, and answers without HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from console.records.firm import Record
from console.records.intent import Body, Verb
from console.wire.faults import Fault


class Capability(StrEnum):
    """How safely a verb can be repeated on a kind."""

    KEYED = "KEYED"
    """An upsert by our key: sending twice makes one record."""
    FINDABLE = "FINDABLE"
    """We can look it up by our key: a create looks first."""
    BLIND = "BLIND"
    """Neither: a person decides after a lost answer; never an automatic resend."""


@dataclass(frozen=True, slots=True)
class ConnectField:
    """One line of the Connect form. `name` is the vendor's own word (`consumer_key`); secrets are read from stdin."""

    name: str
    sentence: str
    secret: bool = False
    required: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One way to sign in: `name` (`client_credentials`), a title and the fields it needs."""

    name: str
    title: str
    fields: Sequence[ConnectField]


@dataclass(frozen=True, slots=True)
class WriteAbility:
    """How a kind x verb is written: its capability, the most records in one call, and the fields we own."""

    kind: str
    verb: Verb
    capability: Capability
    batch: int = 1
    editable: Sequence[str] = ()
    """Fields of the body an update may still change; empty means all."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a platform is, before anyone signs in. Forms, checks, help and `platforms --json` are drawn from it.

    `fields` are asked for every sign-in (base_url, account); `reads` are kinds in dependency order (a project
    before its time). `deletions`, `period_lock`, `drift` and `limits` are one sentence each. `key_limit` is the
    longest business key the vendor keeps. `freshness` is how old, in seconds, a read may be before a plan on it is
    refused; `settling` how long, in seconds, a write whose answer was lost may still be committed.
    """

    key: str
    title: str
    roles: Sequence[str]
    fields: Sequence[ConnectField]
    sign_ins: Sequence[SignIn]
    reads: Sequence[str]
    writes: Sequence[WriteAbility]
    deletions: str
    period_lock: str
    drift: str
    limits: str
    api_version: str = ""
    key_limit: int = 64
    freshness: float = 900.0
    settling: float = 120.0
    in_flight: int = 8

    def ability(self, kind: str, verb: Verb) -> WriteAbility | None:
        return next((each for each in self.writes if each.kind == kind and each.verb == verb), None)


@dataclass(frozen=True, slots=True)
class Advice:
    """Something a platform's administrator must do first: a missing field or permission, with how to mend it."""

    code: str
    sentence: str
    instruction: str
    blocks: Sequence[str] = ()
    """Kinds that cannot be read or written until then."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who we are on a tenant, asked of the tenant: its id, name, environment (`practice|dev|test|prod`), our user."""

    tenant: str
    tenant_name: str
    environment: str
    user: str
    advice: Sequence[Advice] = ()
    api_version: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Remote:
    """One record as the platform gave it.

    `payload` is its JSON object, `version` whatever changes with every edit (a stamp, an etag), `record` the same in
    our words, or None with `fault` set to a sentence when it could not be understood (then only it is held).
    """

    kind: str
    remote_id: str
    payload: Mapping[str, Any]
    version: str
    record: Record | None
    key: str = ""
    """Our business key as the platform keeps it on the record; empty when it is not ours."""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records and the cursor that covers them: save both in one transaction. `last` ends a complete read.

    `deleted` are remote ids the platform explicitly says are gone. `expected` is the total the platform announced,
    or -1. `scope` names what the read covers (`*` is all of the kind).
    """

    kind: str
    records: Sequence[Remote]
    cursor: str
    last: bool = False
    deleted: Sequence[str] = ()
    expected: int = -1
    scope: str = "*"


@dataclass(frozen=True, slots=True)
class Want:
    """One write: `body` in our words; a field that points to another record holds its remote id, as `links` says.

    `key` is the business key; `token` the attempt key (changes with each body version); `remote_id` is set when the
    record is known; `version` is what we believe it to be (the precondition), empty when unknown.
    """

    kind: str
    verb: Verb
    key: str
    token: str
    body: Body
    links: Mapping[str, str] = field(default_factory=dict)
    """Body field -> remote id on this platform, for every field that points to another record."""
    remote_id: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The platform took it. `stored` is the record read back in our words when the platform returned it.

    `job` is set when it was only accepted (import, bulk, async): poll it for the outcome.
    """

    key: str
    remote_id: str = ""
    version: str = ""
    created: bool | None = None
    job: str = ""
    stored: Remote | None = None
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Unsure:
    """A look-up that could not be answered (a role that sees half, an index that lags): nothing may follow from it."""

    sentence: str


class Connector(Protocol):
    """A signed-in platform. Every method raises only the five faults of `wire.faults`."""

    card: Card

    async def check(self) -> Standing:
        """Ask the tenant who and what it is, and what an administrator must still do. Writes nothing."""
        ...

    def read(self, kind: str, since: str = "") -> AsyncIterator[Batch]:
        """Everything of a kind changed since a cursor ('' is from the beginning), oldest change first."""
        ...

    async def reread(self, kind: str, remote_ids: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        """These records as they are now: None is proven gone, `Unsure` is not visible and not proven gone."""
        ...

    async def find(self, kind: str, key: str) -> Remote | Unsure | None:
        """The record that carries our business key."""
        ...

    async def find_many(self, kind: str, keys: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        """The records that carry these business keys, in as few calls as the platform allows."""
        ...

    async def write(self, want: Want) -> Written:
        """Carry out one write. A fault with `sent=True` leaves the outcome unknown unless it is `Refused`,
        `ChangedMeanwhile`, `SignInAgain` or `TryLater`, which promise that nothing was stored."""
        ...

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        """Carry out many of one kind and verb, at most the ability's `batch`; answers in the same order."""
        ...

    async def outcome(self, job: str) -> Mapping[str, Written | Fault] | None:
        """What became of an accepted job, by business key; None while it still runs."""
        ...

    async def close(self) -> None:
        """Give back sockets. Never raises."""
        ...
