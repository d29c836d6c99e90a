"""Writes what we own: upserts by Tieout's key, one by one or many at once, and updates of our fields on accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from console.platforms.salesforce.bulk_ingest import BulkIngest
from console.platforms.salesforce.faults import row_fault
from console.platforms.salesforce.lookup import Lookup
from console.platforms.salesforce.org import Org
from console.records.intent import Verb
from console.records.problem import Problem
from console.wire.faults import Fault, Refused, SignInAgain, TryLater, Unexpected
from console.wire.fields import FieldFault
from console.wire.surface import Remote, Want, Written
from console.words import _

AT_ONCE = 200
"""Records in one call of the collections resource."""


class Writer:
    """The writing half of the client."""

    def __init__(self, org: Org, lookup: Lookup, ingest: BulkIngest, bulk_above: int = 2_000) -> None:
        self._org = org
        self._lookup = lookup
        self._ingest = ingest
        self._bulk_above = bulk_above

    async def write(self, want: Want) -> Written:
        """One write; the fault says whether anything can have been stored."""
        body = self.body(want)
        if want.kind == "customer":
            return await self._update_account(want, body)
        return await self._upsert(want, body)

    def body(self, want: Want) -> dict[str, Any]:
        """The vendor's fields of one write; raises `Refused` for a field Salesforce has no place for."""
        if want.kind == "customer" and want.verb is not Verb.UPDATE:
            raise _cannot(_("Tieout does not create customers in Salesforce."))
        try:
            return self._org.mapping.to_vendor(want.kind, want.body, want.links)
        except FieldFault as wrong:
            raise _cannot(str(wrong)) from None

    async def _upsert(self, want: Want, body: dict[str, Any]) -> Written:
        """Create or update by key: 201, 200 and the older 204 are all success."""
        mapping = self._org.mapping.kind(want.kind)
        key_field = str(mapping.table["key"])
        body.pop(key_field, None)
        path = f"/sobjects/{mapping.record_name}/{key_field}/{quote(want.key, safe='')}"
        answer = await self._org.ask("PATCH", path, json=body, about=want.key)
        told = answer.json() if answer.body else {}
        told = told if isinstance(told, dict) else {}
        if told.get("success") is False:
            raise row_fault(told.get("errors"), want.key)
        created = told.get("created", answer.status == 201)
        remote_id = str(told.get("id") or want.remote_id)
        if remote_id:
            return Written(want.key, remote_id, created=bool(created), trace_id=answer.trace_id)
        return await self._read_back(want, answer.trace_id)

    async def _read_back(self, want: Want, trace_id: str) -> Written:
        """The id of a record that was updated without an answer body. Never turns a success into a fault."""
        try:
            found = await self._lookup.find(want.kind, want.key)
        except Fault:
            found = None
        if not isinstance(found, Remote):
            return Written(want.key, created=False, trace_id=trace_id)
        return Written(want.key, found.remote_id, found.version, created=False, stored=found, trace_id=trace_id)

    async def _update_account(self, want: Want, body: dict[str, Any]) -> Written:
        """Our own fields on an account that exists: by id, else by the key found on it."""
        remote_id = want.remote_id
        if not remote_id:
            found = await self._lookup.find(want.kind, want.key)
            if not isinstance(found, Remote):
                raise _gone(want.key)
            remote_id = found.remote_id
        mapping = self._org.mapping.kind(want.kind)
        path = f"/sobjects/{mapping.record_name}/{quote(remote_id, safe='')}"
        try:
            answer = await self._org.ask("PATCH", path, json=body | await self._key_of(want), about=want.key)
        except Refused as refused:
            raise _gone(want.key, refused) if refused.vendor_code == "NOT_FOUND" else refused from None
        return Written(want.key, remote_id, created=False, trace_id=answer.trace_id)

    async def _key_of(self, want: Want) -> dict[str, str]:
        """Our key for the record's own field, where there is one we may write."""
        mapping = self._org.mapping.kind(want.kind)
        key_field = str(mapping.table.get("key", ""))
        shape = await self._org.shape(mapping.record_name)
        if not key_field or shape is None or not shape.has(key_field) or shape.says(key_field, "updateable") is False:
            return {}
        return {key_field: want.key}

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        """Many of one kind: collections of 200, or one Bulk job above 2,000 (then all are only accepted)."""
        if not wants:
            return []
        if len(wants) > self._bulk_above and wants[0].kind != "customer":
            return await self._ingest.send(wants, self._bodies(wants))
        outcomes: list[Written | Fault] = []
        for begin in range(0, len(wants), AT_ONCE):
            chunk = wants[begin : begin + AT_ONCE]
            try:
                outcomes += await self._collection(chunk)
            except Fault as fault:
                outcomes += [fault] * len(chunk)
                if isinstance(fault, SignInAgain | TryLater):
                    outcomes += [_not_begun(fault)] * (len(wants) - len(outcomes))
                    return outcomes
        return outcomes

    def _bodies(self, wants: Sequence[Want]) -> list[dict[str, Any] | Fault]:
        bodies: list[dict[str, Any] | Fault] = []
        for want in wants:
            try:
                bodies.append(self.body(want))
            except Refused as refused:
                bodies.append(refused)
        return bodies

    async def _collection(self, wants: Sequence[Want]) -> list[Written | Fault]:
        """One call: rows that fail do so alone, and answers come in the order asked."""
        bodies = self._bodies(wants)
        outcomes: list[Written | Fault | None] = [body if isinstance(body, Fault) else None for body in bodies]
        rows, places = [], []
        for place, (want, body) in enumerate(zip(wants, bodies, strict=True)):
            if isinstance(body, Fault):
                continue
            rows.append(await self._row(want, body))
            places.append(place)
        if rows:
            answered = await self._post_rows(wants[0].kind, rows)
            for place, row in zip(places, answered, strict=True):
                outcomes[place] = _outcome(wants[place], row)
        return [outcome for outcome in outcomes if outcome is not None]

    async def _row(self, want: Want, body: dict[str, Any]) -> dict[str, Any]:
        mapping = self._org.mapping.kind(want.kind)
        head = {"attributes": {"type": mapping.record_name}}
        if want.kind == "customer":
            return {**head, "id": want.remote_id, **body, **await self._key_of(want)}
        return {**head, **body, str(mapping.table["key"]): want.key}

    async def _post_rows(self, kind: str, rows: Sequence[dict[str, Any]]) -> Sequence[Any]:
        mapping = self._org.mapping.kind(kind)
        path = "/composite/sobjects"
        if kind != "customer":
            path += f"/{mapping.record_name}/{mapping.table['key']}"
        answer = await self._org.ask("PATCH", path, json={"allOrNone": False, "records": rows})
        answered = answer.json()
        if not isinstance(answered, list) or len(answered) != len(rows):
            raise Unexpected(
                _("Salesforce answered {count} records with another number.", count=len(rows)),
                _("Nothing to do: each is looked up before anything is sent again."),
                trace_id=answer.trace_id,
            )
        return answered


def _outcome(want: Want, row: Any) -> Written | Fault:
    if not isinstance(row, dict):
        return Unexpected(_("Salesforce's answer for {key} has another form than documented.", key=want.key))
    if row.get("success") is not True:
        return row_fault(row.get("errors"), want.key)
    created = row.get("created")
    return Written(
        want.key, str(row.get("id") or want.remote_id), created=created if created is None else bool(created)
    )


def _not_begun(fault: Fault) -> Fault:
    """The same reason for records that were never sent."""
    later = type(fault)(fault.sentence, fault.remedy, vendor_code=fault.vendor_code, sent=False)
    if isinstance(later, TryLater) and isinstance(fault, TryLater):
        later.wait = fault.wait
    return later


def _cannot(sentence: str) -> Refused:
    remedy = _("Correct the mapping of this workspace, or leave the field out.")
    problem = Problem("refused_by_platform", sentence, remedy, "administrator", "crm")
    return Refused(sentence, remedy, problem=problem, sent=False)


def _gone(key: str, cause: Refused | None = None) -> Refused:
    sentence = _("The account that {key} was written to is gone from Salesforce, or hidden.", key=key)
    remedy = _("Restore it there, or link the right account in Matching.")
    problem = Problem("gone_at_target", sentence, remedy, "account owner", "crm")
    return Refused(
        sentence,
        remedy,
        vendor_code=cause.vendor_code if cause else "",
        vendor_text=cause.vendor_text if cause else "",
        problem=problem,
    )
