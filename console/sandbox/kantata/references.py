"""External references: another system's keys on an object, alone or inside the object's own body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.sandbox.kantata.catalogue import KINDS
from console.sandbox.kantata.kinds import Kind
from console.sandbox.kantata.refusal import blank, invalid
from console.sandbox.kantata.store import Account, Row

_REQUIRED = ("service_name", "service_model", "service_model_ref")
_OTHERS = ("status", "external_link", "external_message", "external_status", "locked")
STATUSES = ("successful", "pending", "failed")
PLURAL_OF = {each.subject: each.plural for each in KINDS.values() if each.subject != "Submission"}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a request says of one external reference; only what it says is changed."""

    values: Mapping[str, Any]

    @property
    def service_name(self) -> str:
        return str(self.values["service_name"])


def read_reference(body: Mapping[str, Any]) -> Reference | None:
    """The `external_reference` of an object's body. Raises when a required part is blank."""
    given = body.get("external_reference")
    return checked(given) if isinstance(given, dict) and given else None


def checked(given: Mapping[str, Any]) -> Reference:
    for name in _REQUIRED:
        if given.get(name) in (None, ""):
            raise blank(name)
    if given.get("status") and given["status"] not in STATUSES:
        raise invalid("status", f"status must be one of {', '.join(STATUSES)}")
    kept = {name: str(given[name]) for name in _REQUIRED}
    return Reference(kept | {name: given[name] for name in _OTHERS if name in given})


def on_service(account: Account, subject_type: str, subject_id: str, service_name: str) -> Row | None:
    """The one reference of a service on an object."""
    found = account.references_on(subject_type, subject_id)
    return next((row for row in found if row.shown["service_name"] == service_name), None)


def attach(account: Account, kind: Kind, row: Row, reference: Reference | None) -> Row | None:
    """Put a reference on an object: a service has one on each, so its second replaces the first."""
    return None if reference is None else put(account, kind.subject, row.id, reference)


def put(account: Account, subject_type: str, subject_id: str, reference: Reference) -> Row:
    known = on_service(account, subject_type, subject_id, reference.service_name)
    if known is None:
        values = {"status": None, "locked": False} | dict(reference.values)
        made = account.build(
            "external_references", values | {"subject_type": subject_type, "subject_id": subject_id}, {}
        )
        account.hang_reference(made)
        return made
    account.unhang_reference(known)
    known.shown.update(reference.values)
    account.hang_reference(known)
    account["external_references"].touched(known, account.now())
    return known


def subject_of(account: Account, body: Mapping[str, Any]) -> tuple[str, str]:
    """(type, id) of the object a reference is for. Raises when there is no such object."""
    subject_type, subject_id = str(body.get("subject_type") or ""), str(body.get("subject_id") or "")
    if not subject_type:
        raise blank("subject_type")
    if not subject_id:
        raise blank("subject_id")
    plurals = [each.plural for each in KINDS.values() if each.subject == subject_type]
    if not plurals:
        raise invalid("subject_type", "Subject type is not included in the list")
    if not any(account.row(each, subject_id) for each in plurals):
        raise invalid("subject_id", "Subject does not exist")
    return subject_type, subject_id


def detach_all(account: Account, kind: Kind, row: Row) -> None:
    """Take an object's references (or, for a reference itself, its places in the indexes) away."""
    if kind.plural == "external_references":
        account.unhang_reference(row)
        return
    if kind.plural == "custom_field_values":
        account.unhang_value(row)
        return
    for each in account.references_on(kind.subject, row.id):
        account.unhang_reference(each)
        account["external_references"].drop(each)
    for each in account.values_on(kind.singular, row.id):
        account.unhang_value(each)
        account["custom_field_values"].drop(each)


def key_of(account: Account, kind: Kind, row: Row) -> str:
    """The ref to journal a row under: Tieout's own, else any; empty when there is none."""
    found = account.references_on(kind.subject, row.id)
    ours = next((each for each in found if each.shown["service_name"] == "Tieout"), found[0] if found else None)
    return "" if ours is None else str(ours.shown["service_model_ref"])
