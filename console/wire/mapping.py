"""Turns a platform's records into ours and our bodies into its fields, as `resources/mappings/<key>.yaml` says.

The file holds, for each kind:

    customer:
      record: Account               # the vendor's name of the record; free text for the connector
      id: Id                        # path to the remote id; also: version, key, modified_at, modified_by
      currency: CurrencyIsoCode     # path to the currency of every amount without one of its own
      fields:
        name: Name                               # our field <- path; dots go into objects, digits into lists
        parent: {link: ParentId}                 # a ref to a record of the same kind; `kind:` names another
        amount: {path: Amount, unit: minor}      # money in the smallest coin (`unit: major` unless said)
        budget: {path: price, currency: ccy}
        minutes: {path: hours, unit: hours}      # whole minutes out of hours, days of 8 hours, or seconds
        active: {path: isinactive, not: true}    # the opposite
        billing_type: {path: Type, values: {Fixed Fee: fixed_fee}, otherwise: keep}
        currency: {path: [CurrencyIsoCode, Account.CurrencyIsoCode]}   # the first that is there
        line_type: {always: time}
        project: {link: workspace_id, kind: project, write: workspace.id}   # where it is written; false: never
        customer: {link: entity.id, kind: customer, write: entity, form: reference}   # written as {"id": "7"}

What a field is (text, number, money, date, yes or no) follows from our record. A workspace's own mapping is merged
over the file, entry by entry; `null` takes an entry away.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import yaml

from console.records.firm import Record
from console.records.intent import Body
from console.records.kinds import RECORDS, book_kind
from console.wire.fields import (
    FieldFault,
    Reading,
    Remembered,
    Shape,
    Writing,
    path_getter,
    plain_text,
    reading,
    short_reading,
    writing,
)
from console.wire.payload import nested_too_deeply, pruned, trouble_in
from console.wire.surface import Remote
from console.words import _

MAPPINGS = Path(__file__).resolve().parents[2] / "resources" / "mappings"


_OF_RECORD = {"key": "external_key", "modified_at": "modified_at", "modified_by": "modified_by"}


class BadMapping(ValueError):
    """The mapping file says something that cannot be meant; `str()` names kind and field."""


def load(key: str, override: Table[str, Any] | None = None, folder: Path = MAPPINGS) -> Mapping:
    """The mapping of a platform with a workspace's own entries over it; raises `BadMapping`."""
    text = (folder / f"{key}.yaml").read_text(encoding="utf-8")
    return Mapping(merged(yaml.safe_load(text), override or {}))


def merged(below: Table[str, Any], above: Table[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, entry by entry at every level; None takes an entry away."""
    result = dict(below)
    for name, value in above.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = value
    return result


class Mapping:
    """One platform's mapping, compiled once."""

    def __init__(self, table: Table[str, Any]) -> None:
        self.table = table
        self.kinds = {kind: KindMapping(kind, entry) for kind, entry in table.items()}

    def kind(self, kind: str) -> KindMapping:
        found = self.kinds.get(kind)
        if found is None:
            raise BadMapping(f"The mapping says nothing of {kind}.")
        return found

    def remote(
        self, kind: str, payload: Table[str, Any], connection: str, *, suspect: bool = False, position: int = 0
    ) -> Remote:
        """One record from outside. What cannot be understood has `record` None and a sentence in `fault`.

        `suspect` has it weighed too (`Answer.suspect`); `position` names a record without id by its place in the
        page. Never raises.
        """
        return self.kind(kind).remote(payload, connection, suspect, position)

    def to_record(self, kind: str, payload: Table[str, Any], connection: str) -> Record:
        """The record in our words; raises `FieldFault` with a sentence when it cannot be understood."""
        return self.kind(kind).record(payload, connection)

    def to_vendor(self, kind: str, body: Body, links: Table[str, str] | None = None) -> dict[str, Any]:
        """Our body as the vendor's fields. A field the mapping does not write raises `FieldFault`.

        `links` holds the remote id of every field that points to another record.
        """
        return self.kind(kind).vendor(body, links or {})


class KindMapping:
    """How one kind is read and written."""

    def __init__(self, kind: str, table: Table[str, Any]) -> None:
        self.name = kind
        self.record_name = str(table.get("record", ""))
        self.table = table
        entries: dict[str, Any] = dict(table.get("fields") or {})
        cls = RECORDS.get(book_kind(kind))
        if cls is None:
            raise BadMapping(f"{kind} is no kind Tieout knows.")
        self._cls = cls
        types = {each.name: str(each.type) for each in fields(cls)}
        self._required = tuple(
            (each.name, str(each.type))
            for each in fields(cls)
            if each.name != "ref" and each.default is MISSING and each.default_factory is MISSING
        )
        for name in entries:
            if name not in types:
                raise BadMapping(f"{kind}.{name} is no field of Tieout's {cls.__name__}.")
        try:
            self._compile(kind, table, entries, types)
        except ValueError as wrong:
            raise BadMapping(f"{kind}: {wrong}") from None

    def _compile(self, kind: str, table: Table[str, Any], entries: dict[str, Any], types: dict[str, str]) -> None:
        self._id = path_getter(table.get("id", "id"))
        self._version = path_getter(table.get("version", ()))
        currency = table.get("currency")
        written = entries
        entries = {**entries, **{ours: table[theirs] for theirs, ours in _OF_RECORD.items() if table.get(theirs)}}
        texts: list[tuple[str, str]] = []
        shorts: list[tuple[str, str, Shape]] = []
        others: list[tuple[str, Reading]] = []
        for name, entry in entries.items():
            short = short_reading(kind, name, types[name], entry)
            if short and isinstance(entry, str) and types[name] == "str":
                texts.append((name, entry))
            elif short:
                shorts.append((name, *short))
            elif (read := reading(kind, name, types[name], entry, currency)) is not None:
                others.append((name, read))
        self._texts, self._shorts, self._others = tuple(texts), tuple(shorts), tuple(others)
        self._remembered: dict[str, tuple[tuple[str, str, Remembered], ...]] = {}
        self._writes: dict[str, Writing] = {
            name: write
            for name, entry in written.items()
            if (write := writing(name, types[name], entry, currency)) is not None
        }

    @property
    def paths(self) -> dict[str, tuple[str, ...]]:
        """Our field -> the vendor paths it is read from (also `id`, `version`, `key`, ... of the record itself)."""
        found = {name: paths_of(entry) for name, entry in (self.table.get("fields") or {}).items()}
        own = ("id", "version", "key", "currency", "modified_at", "modified_by")
        found.update({f"@{name}": paths_of(self.table[name]) for name in own if self.table.get(name)})
        return found

    def remote(self, payload: Table[str, Any], connection: str, suspect: bool = False, position: int = 0) -> Remote:
        if type(payload) is not dict:
            return self._unread({}, "", _("Record {position} of the page is no object.", position=position + 1))
        remote_id = self._id(payload)
        if remote_id is None or remote_id == "" or isinstance(remote_id, dict | list):
            return self._unread(payload, "", _("Record {position} of the page has no id.", position=position + 1))
        remote_id = plain_text(remote_id)
        try:
            if suspect and (trouble := trouble_in(payload)):
                raise FieldFault(trouble)
            if nested_too_deeply(payload):
                raise FieldFault(_("The record is nested too deeply to be held."))
            record = self._record(payload, connection, remote_id)
        except FieldFault as wrong:
            return self._unread(payload, remote_id, str(wrong))
        version = self._version(payload)
        return Remote(
            self.name,
            remote_id,
            payload,
            version if type(version) is str else plain_text(version),
            record,
            record.external_key,
        )

    def record(self, payload: Table[str, Any], connection: str) -> Record:
        return self._record(payload, connection, plain_text(self._id(payload)))

    def vendor(self, body: Body, links: Table[str, str]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, value in body.items():
            write = self._writes.get(name)
            if write is None:
                raise FieldFault(_("{field} of {kind} has no place on this platform.", field=name, kind=self.name))
            write(result, value, links)
        return result

    def _record(self, payload: Table[str, Any], connection: str, remote_id: str) -> Record:
        known: dict[str, Any] = {"ref": f"{connection}/{self.name}/{remote_id}"}
        get = payload.get
        for name, key in self._texts:
            value = get(key)
            if value is not None:
                known[name] = value if type(value) is str else _text(name, value)
        try:
            for name, key, ours in self._remembered.get(connection) or self._remember(connection):
                value = get(key)
                if value is not None and value != "":
                    known[name] = ours[value]
            for name, read in self._others:
                value = read(payload, connection)
                if value is not None:
                    known[name] = value
        except TypeError:
            raise FieldFault(_("{field} has another form than expected.", field=name)) from None
        for name, kind in self._required:
            if name not in known:
                known[name] = _nothing(name, kind)
        return self._cls(**known)

    def _remember(self, connection: str) -> tuple[tuple[str, str, Remembered], ...]:
        """A memory for each short field, kept for each connection since refs begin with it."""
        memory = tuple((name, key, Remembered(shape(connection))) for name, key, shape in self._shorts)
        self._remembered[connection] = memory
        return memory

    def _unread(self, payload: Table[str, Any], remote_id: str, sentence: str) -> Remote:
        version = self._version(payload)
        return Remote(
            self.name,
            remote_id,
            pruned(payload),
            plain_text(version) if version is not None else "",
            None,
            "",
            sentence,
        )


def _text(name: str, value: Any) -> str:
    try:
        return plain_text(value)
    except FieldFault as wrong:
        raise FieldFault(f"{name}: {wrong}") from None


def _nothing(name: str, type_name: str) -> str:
    """What a required field is when the platform left it out: only a text may be empty."""
    if type_name != "str":
        raise FieldFault(_("{field} is empty.", field=name))
    return ""


def paths_of(entry: Any) -> tuple[str, ...]:
    """The vendor paths an entry of a mapping reads."""
    if isinstance(entry, str):
        return (entry,)
    if isinstance(entry, list | tuple):
        return tuple(path for each in entry for path in paths_of(each))
    if not isinstance(entry, dict):
        return ()
    own = entry.get("path", entry.get("link", ()))
    return paths_of(own) + paths_of(entry.get("currency", ()))
