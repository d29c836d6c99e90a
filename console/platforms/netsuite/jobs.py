"""Writes thousands at once: NetSuite takes the whole list, works it off, and is asked later what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from console.platforms.netsuite.body import WRITTEN, Bodies
from console.platforms.netsuite.extras import OURS
from console.platforms.netsuite.faults import details_of, fault_of
from console.platforms.netsuite.reading import Reader
from console.platforms.netsuite.records import BASE, STRICT
from console.platforms.netsuite.stamps import literal
from console.records.intent import Verb
from console.wire.answer import Answer
from console.wire.faults import Fault, Refused, Unexpected
from console.wire.http import Wire
from console.wire.surface import Want, Written
from console.words import _

THRESHOLD = 2000
"""Above this many creates the whole list is handed over as one job."""
_JOBS = "/services/rest/async/v1/job"
_LIST = {**STRICT, "content-type": "application/vnd.oracle.resource+json; type=collection", "prefer": "respond-async"}
_LOOK_BACK = timedelta(minutes=10)
_UNSUPPORTED = frozenset((404, 405, 406, 415, 501))


class Jobs:
    """Asynchronous writes of one account."""

    def __init__(self, wire: Wire, bodies: Bodies, reader: Reader) -> None:
        self._wire = wire
        self._bodies = bodies
        self._reader = reader

    async def hand_over(self, wants: Sequence[Want]) -> str:
        """The job that NetSuite makes of these creates; empty when it does not take lists. Raises the five faults.

        The idempotency key follows from the attempts, so a repeated hand-over is answered with the first job.
        """
        kind = wants[0].kind
        items = [{**await self._bodies.of(each), "externalId": each.key} for each in wants]
        token = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(each.token for each in wants))
        await self._reader.clock.ready()
        began = datetime.now(self._reader.clock.zone).replace(tzinfo=None) - _LOOK_BACK
        answer = await self._wire.send(
            "PUT",
            f"{BASE}/{WRITTEN[kind]}",
            json={"items": items},
            headers={**_LIST, "x-netsuite-idempotency-key": str(token)},
            idempotent=True,
        )
        job = _job_of(answer)
        if job and (answer.status == 202 or _is_repeated(answer)):
            return f"{job}/{kind}/{began.isoformat(timespec='seconds')}"
        if answer.status in _UNSUPPORTED:
            return ""
        if answer.ok:
            raise Unexpected(_("NetSuite took a list without saying which job it became."), trace_id=answer.trace_id)
        raise fault_of(answer, kind)

    async def outcome(self, job: str) -> Mapping[str, Written | Fault] | None:
        """By business key: what the job stored, and what it refused where NetSuite says so; None while it runs."""
        number, kind, began = job.split("/", 2)
        answer = await self._wire.send("GET", f"{_JOBS}/{number}")
        if not answer.ok:
            raise fault_of(answer, kind)
        if not answer.json_object().get("completed"):
            return None
        stored = await self._stored(kind, datetime.fromisoformat(began).replace(tzinfo=None))
        refused = await self._refused(number, kind)
        return {**refused, **stored}

    async def _stored(self, kind: str, began: datetime) -> dict[str, Written | Fault]:
        """Every record of the kind that carries a key of ours and was stored since the job was handed over."""
        reader = self._reader
        changed = f"lastmodifieddate >= {literal(began)}"
        query = reader.query(kind)
        rows = await reader.suiteql.all(query.where(changed).only("externalid IS NOT NULL"))
        remotes = await reader.rows.remotes(kind, rows)
        return {
            each.key: Written(each.key, each.remote_id, each.version, stored=each)
            for each in remotes
            if OURS.match(each.key)
        }

    async def _refused(self, number: str, kind: str) -> dict[str, Written | Fault]:
        """Refusals that name an external id of ours; the rest is found missing by whoever looks."""
        tasks = await self._wire.send("GET", f"{_JOBS}/{number}/task")
        if not tasks.ok:
            return {}
        listed = tasks.json_object().get("items")
        refused: dict[str, Written | Fault] = {}
        for task in listed if isinstance(listed, list) else ():
            result = await self._wire.send("GET", f"{_JOBS}/{number}/task/{task.get('id')}/result")
            refused |= _refusals(result, kind)
        return refused


def _refusals(answer: Answer, kind: str) -> dict[str, Written | Fault]:
    try:
        body: Any = answer.json()
    except Fault:
        return {}
    items = body.get("items") if isinstance(body, Mapping) else body
    return {
        str(item["externalId"]): Refused(
            _("NetSuite refused it: {text}", text=item.get("detail") or item.get("title") or ""),
            _("Correct what it names, then replay."),
            vendor_code=str(item.get("o:errorCode") or ""),
        )
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, Mapping) and item.get("externalId") and (item.get("detail") or item.get("o:errorCode"))
    }


def _job_of(answer: Answer) -> str:
    path = urlsplit(answer.headers.get("location", "")).path.rstrip("/")
    return path.rpartition("/")[2] if "/async/" in path else ""


def _is_repeated(answer: Answer) -> bool:
    return not answer.ok and any(each.code == "IDEMPOTENCY_ERROR" for each in details_of(answer))


def fits(wants: Sequence[Want]) -> bool:
    """Whether these writes go as one job: many creates of records whose id is not known."""
    return len(wants) > THRESHOLD and all(each.verb == Verb.CREATE and not each.remote_id for each in wants)
