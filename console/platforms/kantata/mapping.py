"""What the mapping file cannot say: odd base units, whose reference a record carries, and the bodies Kantata takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from console.platforms.kantata.envelope import Row
from console.platforms.kantata.joins import SERVICE, our_key
from console.platforms.kantata.resources import Resource
from console.records.firm import Record
from console.records.intent import Verb
from console.records.money import Money, minor_digits
from console.wire.faults import Refused
from console.wire.fields import FieldFault, plain_text
from console.wire.mapping import Mapping
from console.wire.surface import Remote, Want
from console.words import _

_FIXED_AT_CREATION = {"task": ("workspace_id",), "milestone": ("workspace_id", "story_id"), "project": ("currency",)}
"""Fields Kantata takes when a record is made and not afterwards, or that nobody should change later."""
_NEVER_TAKEN = {"project": (), "task": (), "milestone": ("currency",)}
"""Fields of a kind that Kantata shows but never takes: a milestone is in its project's currency."""
_NEVER_SENT = ("legal_entity", "billing_type")
"""What a Kantata project has no place for, unless a workspace's mapping names a custom field."""
_AT_CREATION: dict[str, dict[str, Any]] = {
    "project": {"creator_role": "maven"},
    "task": {"story_type": "task"},
    "milestone": {},
}


def remotes_of(mapping: Mapping, kind: str, rows: Sequence[Row], connection: str, suspect: bool) -> list[Remote]:
    """Joined rows as records; a row that cannot be understood is held with a sentence. Never raises."""
    read = mapping.kind(kind).remote
    remotes = []
    for place, row in enumerate(rows):
        remote = read(row, connection, suspect, place)
        if remote.key:
            remote = replace(remote, key=our_key(row, kind))
        base = row.get("currency_base_unit")
        if base is not None and remote.record is not None and not _usual(str(row.get("currency")), str(base)):
            remote = _rebased(remote, remote.record, base)
        remotes.append(remote)
    return remotes


@lru_cache(maxsize=256)
def _usual(currency: str, base: str) -> bool:
    """Whether the base unit is the smallest coin of the currency, as the mapping takes it to be."""
    return base == str(10 ** minor_digits(currency))


def _rebased(remote: Remote, record: Record, base: Any) -> Remote:
    """Cents are parts of Kantata's own base unit, which need not be the smallest coin of the currency."""
    if not isinstance(base, int) or base <= 0:
        return remote
    money = {name: value for name, value in _moneys(record)}
    scaled: dict[str, Any] = {
        name: Money(value.amount * Decimal(10 ** minor_digits(value.currency)) / base, value.currency)
        for name, value in money.items()
    }
    return replace(remote, record=replace(record, **scaled))


def _moneys(record: Record) -> list[tuple[str, Money]]:
    values = ((each.name, getattr(record, each.name)) for each in fields(record))
    return [(name, value) for name, value in values if isinstance(value, Money)]


def body_of(mapping: Mapping, resource: Resource, want: Want) -> dict[str, Any]:
    """What to send for a create, update or close, with our reference inside; raises `Refused`, nothing sent.

    What is empty is left out: it never clears what a person filled in. So is, of an update, what Kantata fixes at
    creation, and the list of a project's groups, which a person may have added to.
    """
    if want.verb is Verb.CLOSE:
        return {"archived": True}
    body = {name: value for name, value in _translated(mapping, want).items() if value is not None}
    dropped = _NEVER_TAKEN[resource.kind]
    if want.verb is not Verb.CREATE:
        dropped = (*dropped, *_FIXED_AT_CREATION[resource.kind], "custom_fields")
    body = {name: value for name, value in body.items() if name not in dropped}
    if want.verb is not Verb.CREATE:
        return body
    if "primary_workspace_group_id" in body:
        body["workspace_group_ids"] = [body["primary_workspace_group_id"]]
    return {**_AT_CREATION[resource.kind], **body, "external_reference": reference(want.kind, want.key)}


def _translated(mapping: Mapping, want: Want) -> dict[str, Any]:
    """Our fields as Kantata's, ids as the whole numbers its requests ask for."""
    table = mapping.kind(want.kind).table.get("fields") or {}
    ours = {
        name: None if value == "" else value
        for name, value in want.body.items()
        if name in table or name not in _NEVER_SENT
    }
    price = ours.pop("budget", None) if want.kind == "project" else None
    try:
        body = mapping.to_vendor(want.kind, ours, want.links)
    except FieldFault as wrong:
        raise Refused(str(wrong), _("Correct the field, or the mapping of the connection."), sent=False) from None
    if price is not None:
        body["price"] = f"{Decimal(price['amount']):f}"
        body.setdefault("currency", price["currency"])
    return {name: _number(value) if name.endswith("_id") else value for name, value in body.items()}


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def reference(kind: str, key: str) -> dict[str, str]:
    """Our external reference: how a record is found again by its business key."""
    return {
        "service_name": SERVICE,
        "service_model": kind,
        "service_model_ref": plain_text(key),
        "status": "successful",
    }
