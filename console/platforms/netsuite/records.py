"""The record API: one record by id or external id, lists of ids, and writes; any answer as a value or a fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from console.platforms.netsuite.faults import fault_of, is_permission
from console.wire.answer import Answer
from console.wire.faults import ChangedMeanwhile, Fault, Refused, Unexpected
from console.wire.http import Wire
from console.wire.paging import PageGuard
from console.wire.surface import Unsure
from console.words import _

BASE = "/services/rest/record/v1"
PAGE = 1000
STRICT = {
    "content-type": "application/vnd.oracle.resource+json; type=singular",
    "x-netsuite-propertynamevalidation": "Error",
    "x-netsuite-propertyvaluevalidation": "Error",
}
"""NetSuite leaves fields out silently when their name is wrong, unless it is told to refuse."""


def path_of(record: str, place: str) -> str:
    """The path of one record; `place` is an internal id or `eid:KEY`."""
    return f"{BASE}/{record}/{quote(place, safe=':')}"


def id_behind(answer: Answer) -> str:
    """The internal id at the end of the Location header, absolute or relative; empty when there is none."""
    last = urlsplit(answer.headers.get("location", "")).path.rstrip("/").rpartition("/")[2]
    return "" if last.startswith("eid:") else last


def _unlisted(answer: Answer, record: str) -> Fault:
    """The fault of a list that was not given: a type that is not known is refused, no record of it is gone for that."""
    fault = fault_of(answer)
    if answer.status != 404:
        return fault
    return Refused(
        _("NetSuite has no {record} records for this role.", record=record),
        _("Ask the NetSuite administrator whether the feature behind them is on and the role may see it."),
        vendor_code=fault.vendor_code,
        vendor_text=fault.vendor_text,
        trace_id=fault.trace_id,
    )


class Records:
    """The record API of one account."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def get(self, record: str, place: str, expand: bool = False) -> Mapping[str, Any] | Unsure | None:
        """The record as it is now: None only when NetSuite says that it does not exist."""
        query = "?expandSubResources=true" if expand else ""
        answer = await self._wire.send("GET", path_of(record, place) + query)
        if answer.ok:
            return answer.json_object()
        fault = fault_of(answer)
        if isinstance(fault, ChangedMeanwhile):
            return None
        if is_permission(fault):
            return Unsure(fault.sentence)
        raise fault

    async def ids(self, record: str) -> AsyncIterator[Sequence[str]]:
        """All ids of a record type, in pages."""
        guard, offset = PageGuard(record), 0
        while True:
            answer = await self._wire.send("GET", f"{BASE}/{record}?limit={PAGE}&offset={offset}")
            if not answer.ok:
                raise _unlisted(answer, record)
            body = answer.json_object()
            items = body.get("items")
            if not isinstance(items, list):
                raise Unexpected(_("NetSuite's list of {record} has no items.", record=record))
            ids = [str(each.get("id", "")) for each in items if isinstance(each, Mapping)]
            if ids:
                guard.pass_by(ids[0])
            yield [each for each in ids if each]
            if not ids or not body.get("hasMore", len(ids) >= PAGE):
                return
            offset += len(ids)

    async def peek(self, record: str) -> None:
        """Whether records of a type can be listed at all; raises the faults of a refusal."""
        answer = await self._wire.send("GET", f"{BASE}/{record}?limit=1&offset=0")
        if not answer.ok:
            raise _unlisted(answer, record)

    async def many(self, record: str, ids: Sequence[str], expand: bool = False) -> Mapping[str, Any]:
        """Several records at once, by id; those that are gone or not visible are left out."""
        found = await asyncio.gather(*(self.get(record, each, expand) for each in ids))
        return {each: got for each, got in zip(ids, found, strict=True) if isinstance(got, Mapping)}

    async def write(self, method: str, path: str, body: Mapping[str, Any] | None, kind: str, key: str) -> Answer:
        """One write that may be repeated safely (an upsert, a PATCH or DELETE by id); raises the five faults."""
        answer = await self._wire.send(
            method, path, json=body, headers=STRICT if body is not None else None, idempotent=False
        )
        if answer.ok:
            return answer
        fault: Fault = fault_of(answer, kind, key)
        raise fault
