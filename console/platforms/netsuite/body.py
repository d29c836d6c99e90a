"""Our bodies as NetSuite's fields: names become ids, minutes a duration, an address an entry of the address book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from console.platforms.netsuite.billing_types import BillingTypes
from console.platforms.netsuite.directory import Directory
from console.platforms.netsuite.extras import hours_text, minutes_of
from console.platforms.netsuite.kinds import SOURCES
from console.records.intent import Verb
from console.records.problem import Problem
from console.wire.faults import Refused
from console.wire.fields import FieldFault, number_out
from console.wire.mapping import Mapping as WireMapping
from console.wire.surface import Want
from console.words import _

CUSTOM_PRICE = {"id": "-1"}
"""The price level 'Custom': a rate of our own instead of the item's."""
_PROBLEM_OF: Mapping[str, str] = {
    "subsidiary": "wrong_legal_entity",
    "currency": "currency_mismatch",
    "terms": "missing_billing_terms",
}
_LINE_NAMES: Mapping[str, str] = {
    "expense": "expense",
    "milestone": "milestone",
    "fixed_fee": "fixed",
    "retainer": "retainer",
}


class Bodies:
    """Writes bodies for one account. `items` are the service items for lines that name none, by kind."""

    def __init__(
        self, mapping: WireMapping, directory: Directory, billing_types: BillingTypes, items: Mapping[str, str]
    ) -> None:
        self._mapping = mapping
        self._directory = directory
        self._billing_types = billing_types
        self._items = items

    async def of(self, want: Want) -> dict[str, Any]:
        """The fields to send; raises `Refused` with a Problem when NetSuite has no place or name for a value."""
        await self._directory.ready()
        if want.kind == "time_line":
            await self._directory.learn_people()
        if want.kind == "project":
            await self._billing_types.ready()
        body = self._named(want)
        try:
            fields = self._mapping.to_vendor(want.kind, body, want.links)
        except FieldFault as wrong:
            raise _refusal(want, "refused_by_platform", str(wrong), _("Correct the mapping, then replay.")) from None
        finish = _FINISH.get(want.kind)
        if finish is not None:
            finish(self, want, fields)
        return {name: value for name, value in fields.items() if value is not None or want.verb != Verb.CREATE}

    def _named(self, want: Want) -> dict[str, Any]:
        """The body without what is never written, with names turned into the ids of the account's lists."""
        entries: Mapping[str, Any] = self._mapping.kind(want.kind).table.get("fields") or {}
        body: dict[str, Any] = {}
        for name, value in {**want.body, **dict.fromkeys(want.links)}.items():
            entry = entries.get(name)
            rules: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
            linked, empty = name in want.links, value in (None, "")
            if rules.get("write") is False or (empty and not linked and ("list" in rules or not want.remote_id)):
                continue
            if "list" not in rules or linked:
                body[name] = value
            elif found := self._id_in(want, name, str(value), rules):
                body[name] = found
        return body

    def _id_in(self, want: Want, name: str, value: str, rules: Mapping[str, Any]) -> str:
        listed = str(rules["list"])
        found = self._directory.id_of(listed, value)
        if found or rules.get("lenient") or not self._directory.offers(listed):
            return found
        sentence = _("NetSuite has no {listed} named {name}.", listed=listed, name=value)
        remedy = _("Add it in NetSuite, or correct the name where the record comes from.")
        raise _refusal(want, _PROBLEM_OF.get(listed, "refused_by_platform"), sentence, remedy, name)

    def time_item(self, person: str) -> dict[str, str] | None:
        """The item of a time line that names none: the connection's, one named like the person's title, the only."""
        title = self._directory.title_of(person)
        return self._item("time_line", self._directory.id_of("item", title) if title else "")

    def charge_item(self, line_type: str) -> dict[str, str] | None:
        """The item of a charge that names none: the connection's, one named like its type, the only one."""
        return self._item("charge_line", self._directory.like("item", _LINE_NAMES.get(line_type, line_type)))

    def _item(self, kind: str, likely: str) -> dict[str, str] | None:
        named = self._items.get(kind, "")
        found = self._directory.id_of("item", named) if named else likely or self._directory.only("item")
        return {"id": found} if found else None

    def billing_type(self, ours: str, usual: str) -> dict[str, str] | None:
        found = self._billing_types.theirs(ours, usual)
        return {"id": found} if found else None

    def currency(self, money: Any) -> dict[str, str] | None:
        found = self._directory.id_of("currency", money["currency"]) if isinstance(money, Mapping) else ""
        return {"id": found} if found else None

    def charge_type(self, line_type: str) -> dict[str, str] | None:
        found = self._directory.like("chargetype", _LINE_NAMES.get(line_type, line_type))
        return {"id": found} if found else None


def _refusal(want: Want, code: str, sentence: str, remedy: str, field: str = "") -> Refused:
    trouble = Problem(code, sentence, remedy, "controller", "erp", field=field, ref=want.key)
    return Refused(sentence, remedy, problem=trouble, sent=False)


def _customer(bodies: Bodies, want: Want, fields: dict[str, Any]) -> None:
    """An address is sent once, with the customer's creation: later ones are the ERP's own."""
    address = {name: value for name, value in fields.pop("address", {}).items() if value}
    if "country" in address:
        address["country"] = {"id": str(address["country"]).upper()}
    if want.verb == Verb.CREATE:
        fields["isPerson"] = False
        if address:
            entry = {"defaultBilling": True, "defaultShipping": True, "addressBookAddress": address}
            fields["addressBook"] = {"items": [entry]}
    if fields.get("url"):
        fields["url"] = f"https://{fields['url']}"


def _project(bodies: Bodies, want: Want, fields: dict[str, Any]) -> None:
    """Time and expenses come from outside, so the project must take them from anybody."""
    if want.verb == Verb.CREATE:
        fields |= {"allowTime": True, "allowExpenses": True, "limitTimeToAssignees": False}
    usual = (fields.pop("jobBillingType", None) or {}).get("id")
    if usual and (billing_type := bodies.billing_type(str(want.body["billing_type"]), str(usual))):
        fields["jobBillingType"] = billing_type


def _task(bodies: Bodies, want: Want, fields: dict[str, Any]) -> None:
    if (minutes := want.body.get("estimate_minutes")) is not None:
        fields["estimatedWork"] = _hours(int(minutes))


def _time(bodies: Bodies, want: Want, fields: dict[str, Any]) -> None:
    """Hours exactly, our own rate, and the item the line is billed as."""
    minutes = want.body.get("minutes") or minutes_of(want.body.get("quantity") or "0")
    if minutes:
        fields["hours"] = hours_text(int(minutes))
    if fields.get("rate") is not None:
        fields |= {"overrideRate": True, "price": CUSTOM_PRICE}
    if (
        want.verb == Verb.CREATE
        and not fields.get("item")
        and (item := bodies.time_item(want.links.get("resource", "")))
    ):
        fields["item"] = item


def _charge(bodies: Bodies, want: Want, fields: dict[str, Any]) -> None:
    """An actual charge, ready for the billing run, in the currency of its amount."""
    line_type = fields.pop("chargeType", "")
    if line_type and (charge_type := bodies.charge_type(line_type)):
        fields["chargeType"] = charge_type
    if currency := bodies.currency(want.body.get("amount")):
        fields["currency"] = currency
    if "memo" in fields:
        fields["description"] = fields["memo"]
    if want.verb == Verb.CREATE:
        fields["use"] = {"id": "Actual"}
        fields.setdefault("stage", {"id": "READY_FOR_BILLING"})
        if not fields.get("billingItem") and (item := bodies.charge_item(line_type)):
            fields["billingItem"] = item


def _hours(minutes: int) -> int | float | str:
    """Hours as a JSON number, to four digits behind the point."""
    return number_out((Decimal(minutes) / 60).quantize(Decimal("0.0001")))


_FINISH: Mapping[str, Callable[[Bodies, Want, dict[str, Any]], None]] = {
    "customer": _customer,
    "project": _project,
    "task": _task,
    "time_line": _time,
    "charge_line": _charge,
}
WRITTEN: Mapping[str, str] = {kind: SOURCES[kind].record for kind in _FINISH}
"""Kinds that are written -> their record."""
