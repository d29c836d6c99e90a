"""What this organisation really has: objects and fields its user can see, and what the administrator should add."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.wire.mapping import KindMapping
from console.wire.surface import Advice
from console.words import _

STAMP = "SystemModstamp"


@dataclass(slots=True)
class Shape:
    """One object as described to our user. `fields` is None when Salesforce did not say: then all may be there.

    `hidden` grows when a query proves that a column is not there after all.
    """

    name: str
    fields: Mapping[str, Mapping[str, Any]] | None = None
    relations: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def has(self, path: str) -> bool:
        """Whether a column (`Name`, `Product2.Name`) can be asked for."""
        if path in self.hidden or path.split(".")[0] + "." in self.hidden:
            return False
        if self.fields is None:
            return True
        head, dot, _rest = path.partition(".")
        return (head in self.relations or not self.relations) if dot else path in self.fields

    def says(self, name: str, flag: str) -> bool | None:
        """What the description says of a field (`updateable`); None when it says nothing."""
        value = (self.fields or {}).get(name, {}).get(flag)
        return value if isinstance(value, bool) else None

    def type_of(self, path: str) -> str:
        return str((self.fields or {}).get(path, {}).get("type", ""))

    def hide(self, column: str, record: str) -> bool:
        """Note a column Salesforce does not know; False when it was noted before, so asking again is useless."""
        known = len(self.hidden)
        if record in ("", self.name):
            self.hidden.add(column)
        else:
            self.hidden.update(
                f"{relation}.{column}" for relation in (record, f"{record.removesuffix('__c')}__r") if record
            )
        return len(self.hidden) > known


def shape_from(name: str, description: Mapping[str, Any]) -> Shape:
    """The shape in an answer of `describe`; entries that lack something are taken as they are."""
    entries = description.get("fields")
    if not isinstance(entries, list):
        return Shape(name, None, facts=description)
    known = {str(each.get("name")): each for each in entries if isinstance(each, dict) and each.get("name")}
    relations = {each.get("relationshipName") for each in known.values()}
    return Shape(name, known, frozenset(str(each) for each in relations if each), description)


def columns(mapping: KindMapping, shape: Shape) -> list[str]:
    """What to select for a kind: every mapped column the user can see, Id and stamp first."""
    wanted = dict.fromkeys(["Id", STAMP])
    for paths in mapping.paths.values():
        wanted.update(dict.fromkeys(path for path in paths if shape.has(path)))
    return list(wanted)


def advice_for(kind: str, mapping: KindMapping, shape: Shape | None, writes: bool) -> Iterator[Advice]:
    """What the Salesforce administrator must still do for one kind."""
    if shape is None:
        yield _missing_object(kind, mapping)
        return
    for ours, paths in mapping.paths.items():
        for path in paths:
            if "." not in path and not shape.has(path) and path != "CurrencyIsoCode":
                yield _missing_field(kind, ours, path, mapping, shape)
    if writes:
        yield from _about_writing(kind, mapping, shape)


def _about_writing(kind: str, mapping: KindMapping, shape: Shape) -> Iterator[Advice]:
    key = str(mapping.table.get("key", ""))
    if key and shape.has(key) and (shape.says(key, "externalId") is False or shape.says(key, "unique") is False):
        yield Advice(
            "key_not_unique",
            _("{object}.{field} is not marked External ID and Unique.", object=shape.name, field=key),
            _(
                "In Setup > Object Manager > {object} > Fields & Relationships > {field} tick 'External ID' and "
                "'Unique', so that no record can be written twice.",
                object=shape.name,
                field=key,
            ),
            (kind,),
        )
    for path in _written(kind, mapping):
        if shape.has(path) and shape.says(path, "updateable") is False:
            yield Advice(
                "read_only_field",
                _("{object}.{field} may not be written by this user.", object=shape.name, field=path),
                _("Give the integration user Edit access to {field} in its permission set.", field=path),
                (kind,),
            )


def _written(kind: str, mapping: KindMapping) -> Sequence[str]:
    key = str(mapping.table.get("key", ""))
    if kind == "customer":
        return [path for path in (key, *mapping.paths.get("number", ())) if path]
    return list(dict.fromkeys(path for paths in mapping.paths.values() for path in paths if path.endswith("__c")))


def _missing_object(kind: str, mapping: KindMapping) -> Advice:
    key = str(mapping.table.get("key", ""))
    lines = "; ".join(
        f"{path}: {_field_type(ours, path, mapping)}"
        for ours, paths in mapping.paths.items()
        for path in paths
        if path.endswith("__c") and path != key
    )
    return Advice(
        "missing_object",
        _("Salesforce has no object {object}, or hides it from this user.", object=mapping.record_name),
        _(
            "In Setup > Object Manager create the object {object} with the fields: {key}: Text(64), External ID, "
            "Unique; {fields}. Then give the integration user Read, Create, Edit and View All on it.",
            object=mapping.record_name,
            key=key or "-",
            fields=lines or "-",
        ),
        (kind,),
    )


def _missing_field(kind: str, ours: str, path: str, mapping: KindMapping, shape: Shape) -> Advice:
    custom = path.endswith("__c")
    how = (
        "In Setup > Object Manager > {object} > Fields & Relationships add {field} ({type}), and give the integration "
        "user access to it in its permission set (field-level security). If the field exists, only the access is "
        "missing."
        if custom
        else "Give the integration user Read access to {object}.{field} in its permission set (field-level security)."
    )
    blocks = (kind,) if ours == "@key" else ()
    return Advice(
        "missing_field",
        _("{object}.{field} does not exist or is hidden from this user.", object=shape.name, field=path),
        _(how, object=shape.name, field=path, type=_field_type(ours, path, mapping)),
        blocks,
    )


_TYPES = {
    "is_won": "Checkbox",
    "amendment_number": "Number(4, 0)",
    "amends": "Lookup(Opportunity)",
    "customer": "Lookup(Account)",
    "project": "Lookup(Opportunity)",
    "cap": "Currency(16, 2)",
    "total": "Currency(16, 2)",
    "billing_type": "Picklist: Time and Materials, Fixed Fee, Milestone, Retainer",
    "starts_on": "Date",
    "ends_on": "Date",
    "due_on": "Date",
    "effective_on": "Date",
}


def _field_type(ours: str, path: str, mapping: KindMapping) -> str:
    """The type an administrator should give the field of ours."""
    if path == mapping.table.get("key"):
        return "Text(64), External ID, Unique"
    return _TYPES.get(ours, "Text(255)")
