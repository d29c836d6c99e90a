"""A small platform in memory that keeps every promise of the surface, and loses answers or lies when it is told to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from console.records.billing import BillingLine
from console.records.firm import Record
from console.records.intent import Linked, Verb
from console.records.kinds import RECORDS, book_kind
from console.records.money import Money
from console.rules.compare import plain_value
from console.wire.faults import Fault, Refused, TryLater, Unexpected
from console.wire.surface import (
    Batch,
    Capability,
    Card,
    Remote,
    SignIn,
    Standing,
    Unsure,
    Want,
    WriteAbility,
    Written,
)

LINKS = {
    "customer": "customer",
    "parent": "customer",
    "project": "project",
    "task": "task",
    "resource": "resource",
    "tax_code": "tax_code",
    "rate_card": "rate_card",
}
"""Body field -> the kind of record it points to."""
ROLES = {"salesforce": ("crm",), "kantata": ("psa",), "netsuite": ("erp",)}
READS = {
    "salesforce": ("customer", "deal", "contract_line"),
    "kantata": (
        "customer",
        "resource",
        "role",
        "rate_card",
        "rate",
        "project",
        "task",
        "milestone",
        "time_entry",
        "expense",
    ),
    "netsuite": (
        "legal_entity",
        "tax_code",
        "accounting_period",
        "billing_item",
        "resource",
        "customer",
        "project",
        "task",
        "time_line",
        "charge_line",
        "invoice",
        "invoice_line",
    ),
}
WRITES = {
    "kantata": ("project", "task", "milestone"),
    "netsuite": ("customer", "project", "task", "time_line", "charge_line"),
}


@dataclass(slots=True)
class Kept:
    """One record as the platform keeps it."""

    record: Record
    key: str = ""
    changes: int = 1

    def edited(self, **changes: Any) -> None:
        self.record = replace(self.record, **changes)
        self.changes += 1


@dataclass(slots=True)
class Tricks:
    """What the platform does wrong, until it is told otherwise; counted ones are used up."""

    lost_answers: int = 0
    """Commits whose answer never comes."""
    lost_requests: int = 0
    """Writes that never arrive, which nobody can tell from a lost answer."""
    late: int = 0
    """Writes without an answer that are stored only when `land()` is called."""
    lands_at_look: int = 0
    """At which look-up from now on a late write is there."""
    refuse: str = ""
    later: int = 0
    blind_reads: bool = False
    """Nothing can be read back after a write."""
    hide: set[str] = field(default_factory=set)
    """Kinds of which a read shows only the first third."""
    unsure: bool = False
    queues: bool = False
    """Writes are only accepted; `finish()` carries them out."""


def card_of(platform: str, capability: Capability = Capability.KEYED, **changes: Any) -> Card:
    writes = [
        WriteAbility(kind, verb, capability, batch=5)
        for kind in WRITES.get(platform, ())
        for verb in (Verb.CREATE, Verb.UPDATE, Verb.CLOSE)
    ]
    card = Card(
        key=platform,
        title=platform.title(),
        roles=ROLES[platform],
        fields=(),
        reads=READS[platform],
        writes=writes,
        sign_ins=(SignIn("token", "Token", ()),),
        deletions="",
        period_lock="",
        drift="",
        limits="",
        settling=0.0,
    )
    return replace(card, **changes)


class Platform:
    """`shelves` hold what is there now, `commits` every write that was stored, oldest first."""

    def __init__(self, name: str, card: Card) -> None:
        self.name = name
        self.card = card
        self.shelves: dict[str, dict[str, Kept]] = defaultdict(dict)
        self.deleted: dict[str, list[str]] = defaultdict(list)
        self.commits: list[tuple[str, str, str]] = []
        self.asked: list[str] = []
        self.tricks = Tricks()
        self._numbers = 100
        self._pending: list[Want] = []
        self._jobs: dict[str, Want] = {}
        self._ended: dict[str, dict[str, Written | Fault]] = {}

    # what people do there

    def put(self, kind: str, remote_id: str, key: str = "", **values: Any) -> str:
        """Somebody enters a record; answers its ref."""
        ref = f"{self.name}/{kind}/{remote_id}"
        self.shelves[kind][remote_id] = Kept(RECORDS[book_kind(kind)](ref=ref, **values), key)
        return ref

    def edit(self, kind: str, remote_id: str, **changes: Any) -> None:
        self.shelves[kind][remote_id].edited(**changes)

    def delete(self, kind: str, remote_id: str) -> None:
        del self.shelves[kind][remote_id]
        self.deleted[kind].append(remote_id)

    def land(self) -> None:
        """What was written late is stored now."""
        pending, self._pending = self._pending, []
        for want in pending:
            self._store(want)

    def by_key(self, kind: str, key: str) -> list[str]:
        return [name for name, kept in self.shelves[kind].items() if kept.key == key]

    def only(self, kind: str) -> tuple[str, Any]:
        """The only record of a kind: its id and itself."""
        ((remote_id, kept),) = self.shelves[kind].items()
        return remote_id, kept.record

    def wrote(self, kind: str = "") -> list[tuple[str, str, str]]:
        return [each for each in self.commits if not kind or each[0] == kind]

    # the surface

    def _remote(self, kind: str, remote_id: str) -> Remote:
        kept = self.shelves[kind][remote_id]
        payload = {each.name: plain_value(getattr(kept.record, each.name), _ref) for each in fields(kept.record)}
        return Remote(kind, remote_id, payload, f"v{kept.changes}", kept.record, kept.key)

    async def check(self) -> Standing:
        return Standing(f"{self.name} tenant", self.name, "practice", "somebody")

    async def read(self, kind: str, since: str = "") -> AsyncIterator[Batch]:
        names = list(self.shelves[kind])
        if kind in self.tricks.hide:
            names = names[: max(1, len(names) // 3)]
        records = [self._remote(kind, name) for name in names]
        half = len(records) // 2
        yield Batch(kind, records[:half], cursor="half")
        yield Batch(kind, records[half:], cursor="end", last=True, deleted=list(self.deleted[kind]))

    async def reread(self, kind: str, remote_ids: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        self._look(f"reread {kind}")
        if self.tricks.blind_reads:
            raise TryLater("Nothing can be read just now.")
        return {name: self._remote(kind, name) if name in self.shelves[kind] else None for name in remote_ids}

    async def find(self, kind: str, key: str) -> Remote | Unsure | None:
        return (await self.find_many(kind, [key]))[key]

    async def find_many(self, kind: str, keys: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        self._look(f"find {kind}")
        return {key: self._found(kind, key) for key in keys}

    def _look(self, asked: str) -> None:
        self.asked.append(asked)
        if self.tricks.lands_at_look:
            self.tricks.lands_at_look -= 1
            if not self.tricks.lands_at_look:
                self.land()

    def _found(self, kind: str, key: str) -> Remote | Unsure | None:
        if self.tricks.unsure:
            return Unsure("The role sees only half.")
        return next((self._remote(kind, name) for name in self.by_key(kind, key)), None)

    async def write(self, want: Want) -> Written:
        return self._written(want)

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        answers: list[Written | Fault] = []
        for want in wants:
            try:
                answers.append(self._written(want))
            except Fault as fault:
                answers.append(fault)
        return answers

    def _written(self, want: Want) -> Written:
        tricks = self.tricks
        if tricks.refuse:
            raise Refused(tricks.refuse, vendor_text=tricks.refuse)
        if tricks.later:
            tricks.later -= 1
            raise TryLater("Too many calls.", wait=0.01)
        if tricks.lost_requests:
            tricks.lost_requests -= 1
            raise Unexpected("The connection broke.")
        if tricks.late:
            tricks.late -= 1
            self._pending.append(want)
            raise Unexpected("The connection broke.")
        if tricks.queues:
            self._jobs[f"job {want.key}"] = want
            return Written(want.key, job=f"job {want.key}")
        remote_id, created = self._store(want)
        if tricks.lost_answers:
            tricks.lost_answers -= 1
            raise Unexpected("The connection broke.")
        return Written(want.key, remote_id, created=created, trace_id=f"call {len(self.commits)}")

    def _store(self, want: Want) -> tuple[str, bool]:
        upsert = self.by_key(want.kind, want.key) if self._keyed(want) else []
        remote_id = want.remote_id or next(iter(upsert), "")
        created = not remote_id
        if created:
            self._numbers += 1
            remote_id = str(self._numbers)
        self.commits.append((want.kind, want.verb.value, want.key))
        if want.verb == Verb.CLOSE:
            del self.shelves[want.kind][remote_id]
        elif created:
            self.put(want.kind, remote_id, want.key, **self.kept(want))
        else:
            self.edit(want.kind, remote_id, **self.kept(want))
        return remote_id, created

    def _keyed(self, want: Want) -> bool:
        ability = self.card.ability(want.kind, want.verb)
        return ability is not None and ability.capability == Capability.KEYED

    def kept(self, want: Want) -> dict[str, Any]:
        """The fields of a body as the platform keeps them: names are trimmed, money is cut to its coin."""
        record = RECORDS[book_kind(want.kind)]
        kinds = {each.name: str(each.type) for each in fields(record)}
        return {
            name: self._field(name, want.links.get(name, value), kinds[name])
            for name, value in want.body.items()
            if name in kinds
        }

    def _field(self, name: str, value: Any, kind: str) -> Any:
        if value and name in LINKS:
            return f"{self.name}/{LINKS[name]}/{value}"
        if value and "Money" in kind:
            return Money.of(value["amount"], value["currency"]).rounded()
        if "date" in kind:
            return date.fromisoformat(value) if value else None
        return value.strip() if isinstance(value, str) and value else value or _empty(kind)

    def finish(self, silent: bool = False) -> None:
        """Carry out what was only accepted; a `silent` job ends without a word about its records."""
        jobs, self._jobs = self._jobs, {}
        for name, want in jobs.items():
            remote_id, created = self._store(want)
            self._ended[name] = {} if silent else {want.key: Written(want.key, remote_id, created=created)}

    async def outcome(self, job: str) -> Mapping[str, Written | Fault] | None:
        return self._ended.get(job)

    async def close(self) -> None:
        return None


def _empty(kind: str) -> Any:
    return None if "None" in kind else {"bool": False, "int": 0}.get(kind, "")


def _ref(linked: Linked) -> str:
    return linked.ref


def lines_of(platform: Platform, kind: str = "time_line") -> Iterable[BillingLine]:
    return [kept.record for kept in platform.shelves[kind].values() if isinstance(kept.record, BillingLine)]
