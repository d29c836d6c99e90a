"""How the practice org describes its objects: fields with their types, flags and pick lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind` is the vendor's type word (`string`, `currency`, `reference`); `length` counts characters.

    `to` and `relation` are set on lookups. `choices` are pick-list values; `strict` refuses any other value.
    """

    name: str
    kind: str
    label: str = ""
    length: int = 0
    required: bool = False
    create: bool = True
    update: bool = True
    custom: bool = False
    external: bool = False
    unique: bool = False
    to: str = ""
    relation: str = ""
    children: str = ""
    choices: Sequence[str] = ()
    strict: bool = False
    digits: int = 18
    scale: int = 2
    default: object = None

    @property
    def is_number(self) -> bool:
        return self.kind in ("currency", "double", "percent", "int")


@dataclass(frozen=True)
class SObject:
    """One object: its API name, id prefix, labels and fields in describe order."""

    name: str
    prefix: str
    label: str
    plural: str
    fields: Sequence[Field]
    writable: bool = True
    custom: bool = False

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by lower-case API name: the vendor does not mind the case of field names."""
        return {each.name.lower(): each for each in self.fields}

    @cached_property
    def by_relation(self) -> dict[str, Field]:
        return {each.relation.lower(): each for each in self.fields if each.relation}

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.fields if each.required)

    @cached_property
    def blank(self) -> dict[str, object]:
        """A row with every field at its default."""
        return {each.name: (False if each.kind == "boolean" else None) for each in self.fields} | {
            each.name: each.default for each in self.fields if each.default is not None
        }

    def without(self, names: Sequence[str]) -> SObject:
        """The same object as a user sees it from whom these fields are hidden."""
        return replace(self, fields=tuple(each for each in self.fields if each.name not in names))

    def with_fields(self, *more: Field) -> SObject:
        return replace(self, fields=(*self.fields, *more))


def system(name: str, kind: str, label: str, **more: object) -> Field:
    """A field the org fills in itself."""
    return replace(Field(name, kind, label, create=False, update=False), **more)  # type: ignore[arg-type]


def text(name: str, length: int, label: str, kind: str = "string", required: bool = False) -> Field:
    return Field(name, kind, label, length, required=required)


def lookup(name: str, label: str, to: str, relation: str, children: str = "", required: bool = False) -> Field:
    return Field(name, "reference", label, 18, to=to, relation=relation, children=children, required=required)


def picklist(name: str, label: str, *choices: str, strict: bool = False, required: bool = False) -> Field:
    return Field(name, "picklist", label, 255, choices=choices, strict=strict, required=required)


def money(name: str, label: str, required: bool = False) -> Field:
    return Field(name, "currency", label, required=required)


def own(field: Field) -> Field:
    """A field that the firm's administrator added to a standard object."""
    return replace(field, custom=True)


def audit(children: str = "") -> tuple[Field, ...]:
    """The fields every record ends with: who and when."""
    return (
        system("CreatedDate", "datetime", "Created Date"),
        system("CreatedById", "reference", "Created By ID", to="User", relation="CreatedBy", length=18),
        system("LastModifiedDate", "datetime", "Last Modified Date"),
        system("LastModifiedById", "reference", "Last Modified By ID", to="User", relation="LastModifiedBy", length=18),
        system("SystemModstamp", "datetime", "System Modstamp"),
    )


def head(label: str) -> tuple[Field, ...]:
    """The fields every record begins with."""
    return (
        system("Id", "id", f"{label} ID", length=18),
        system("IsDeleted", "boolean", "Deleted"),
    )
