"""What the practice NetSuite remembers: records by internal id and external id, deletions, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any

from console.sandbox.netsuite.catalogue import BY_PATH, FAMILIES, TYPES

Values = dict[str, Any]
Lines = dict[str, list[Values]]

FIRST_IDS = {
    "entity": 1001,
    "transaction": 20001,
    "timeBill": 50001,
    "charge": 3_000_001,
    "projectTask": 7001,
    "item": 301,
}
"""Where an id sequence begins; those of time and charges never meet, so a billed line names exactly one of them."""


@dataclass(slots=True)
class Record:
    """One record: references are internal ids (int), choices their ids, hours whole minutes, days ISO text, stamps
    seconds since 1970 UTC. `created` and `modified` are such stamps."""

    type: str
    id: int
    values: Values
    lines: Lines = made_by(default_factory=dict)
    external_id: str = ""
    created: int = 0
    modified: int = 0


@dataclass(frozen=True, slots=True)
class Deleted:
    """What is left of a deleted record in the deletion log."""

    type: str
    id: int
    name: str
    when: int
    by: str


class Store:
    """All records of one account. `changed` holds, per type, the ids that differ from the query mirror."""

    def __init__(self) -> None:
        self.records: dict[str, dict[int, Record]] = {name: {} for name in TYPES}
        self.external: dict[str, dict[str, int]] = {name: {} for name in TYPES}
        self.changed: dict[str, set[int]] = {name: set() for name in TYPES}
        self.deleted: list[Deleted] = []
        self._next = {family: FIRST_IDS.get(family, 1) for family in FAMILIES}

    def new_id(self, kind: str) -> int:
        """The next internal id of the sequence `kind` shares with its family."""
        family = TYPES[kind].family
        self._next[family] += 1
        return self._next[family] - 1

    def get(self, kind: str, number: int | None) -> Record | None:
        return self.records[kind].get(number) if number is not None else None

    def by_external(self, kind: str, external_id: str) -> Record | None:
        number = self.external[kind].get(external_id)
        return None if number is None else self.records[kind][number]

    def one_of(self, kinds: tuple[str, ...], number: int | None) -> Record | None:
        """The record with this id among types that share a sequence."""
        return next((found for kind in kinds if (found := self.get(kind, number))), None)

    def all(self, kind: str) -> Iterator[Record]:
        return iter(self.records[kind].values())

    def put(self, record: Record) -> None:
        """Keep a new or changed record; the caller has made sure that its external id is free."""
        before = self.records[record.type].get(record.id)
        if before is not None and before.external_id and before.external_id != record.external_id:
            self.external[record.type].pop(before.external_id, None)
        self.records[record.type][record.id] = record
        if record.external_id:
            self.external[record.type][record.external_id] = record.id
        self.changed[record.type].add(record.id)

    def touch(self, record: Record, when: int) -> None:
        """Say that the platform itself changed a record that is already kept."""
        record.modified = max(record.modified, when)
        self.changed[record.type].add(record.id)

    def remove(self, record: Record, when: int, by: str) -> None:
        del self.records[record.type][record.id]
        self.external[record.type].pop(record.external_id, None)
        self.changed[record.type].add(record.id)
        self.deleted.append(Deleted(record.type, record.id, name_of(self, record), when, by))

    def named(self, kind: str, name: str) -> Record | None:
        """The first record of a type whose shown name is `name`, as a reference by refName finds it."""
        return next((each for each in self.all(kind) if name_of(self, each) == name), None)


_NAME_FIELDS = ("entityId", "name", "itemId", "title", "periodName", "tranId", "acctName")
_TITLES = {
    "invoice": "Invoice #",
    "creditMemo": "Credit Memo #",
    "customerPayment": "Payment #",
    "expenseReport": "Expense Report #",
}


def name_of(store: Store, record: Record) -> str:
    """What the platform shows for a record: its refName, and the answer of BUILTIN.DF."""
    values = record.values
    if record.type == "job":
        parent = store.get("customer", values.get("parent"))
        own = " ".join(str(each) for each in (values.get("entityId"), values.get("companyName")) if each)
        return f"{parent.values['entityId']} : {own}" if parent else own
    if record.type in ("timeBill", "charge"):
        return str(record.id)
    shown = next((str(values[name]) for name in _NAME_FIELDS if values.get(name)), str(record.id))
    return _TITLES.get(record.type, "") + shown


def internal_id(text: str) -> int | None:
    """The internal id that a text writes, None when it writes none."""
    return int(text) if len(text) <= 18 and text.lstrip("-").isdecimal() else None


def plain_type(path: str) -> str | None:
    """The record type behind a path segment in any case, None when the twin has no such type."""
    found = BY_PATH.get(path.lower())
    return found.name if found else None
