"""Reads a whole kind with a Bulk API 2.0 query job, page by page of its result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from console.platforms.salesforce.cursor import STAMP
from console.platforms.salesforce.org import Org
from console.platforms.salesforce.shape import Shape
from console.platforms.salesforce.table import rows_of
from console.wire import soql
from console.wire.faults import Refused, TryLater, Unexpected
from console.wire.pacing import backoff
from console.wire.paging import PageGuard
from console.words import _

ROWS_AT_ONCE = 20_000
PATIENCE = 3_600.0
"""Seconds a job may take before the read is given up for now."""
_CSV = {"accept": "text/csv"}
_ENDED = ("JobComplete", "Failed", "Aborted")


class NotForBulk(Exception):
    """Salesforce does not do this by Bulk (or not now): read it by REST."""


async def bulk_pages(org: Org, kind: str) -> AsyncIterator[tuple[list[dict[str, Any]], bool]]:
    """Rows and whether they are the last, oldest change first. Raises `NotForBulk` before the first page only."""
    shape = await org.shape(org.mapping.kind(kind).record_name) or Shape(kind)
    job = await _begin(org, kind)
    await finished(org, f"/jobs/query/{job}", kind)
    guard, locator = PageGuard(kind), ""
    while True:
        params = {"maxRecords": str(ROWS_AT_ONCE), **({"locator": locator} if locator else {})}
        answer = await org.ask("GET", f"/jobs/query/{job}/results", params=params, headers=_CSV)
        rows = list(rows_of(answer.body, shape))
        locator = answer.headers.get("sforce-locator", "")
        last = locator in ("", "null")
        yield rows, last
        if last:
            return
        guard.pass_by(locator)


async def _begin(org: Org, kind: str) -> str:
    record = org.mapping.kind(kind).record_name
    statement = soql.select(await org.columns(kind), record, (), (STAMP, "Id"))
    order = {
        "operation": "query",
        "query": statement,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    try:
        answer = await org.ask("POST", "/jobs/query", json=order, idempotent=True)
    except (Refused, TryLater, Unexpected) as no:
        raise NotForBulk(no.vendor_code) from None
    job = answer.json_object().get("id")
    if not isinstance(job, str) or not job:
        raise NotForBulk("no job id")
    return job


async def finished(org: Org, path: str, kind: str) -> dict[str, Any]:
    """The job once it is complete. Raises `NotForBulk` when it failed, `TryLater` when it takes too long."""
    waited = 0.0
    for attempt in range(10_000):
        job = (await org.ask("GET", path)).json_object()
        state = job.get("state")
        if state == "JobComplete":
            return job
        if state in _ENDED:
            raise NotForBulk(str(job.get("errorMessage") or state))
        pause = backoff(attempt, first=0.1, longest=5.0)
        waited += pause
        if waited > PATIENCE:
            raise TryLater(_("Salesforce takes too long to export {kind}.", kind=kind), wait=600.0)
        await asyncio.sleep(pause)
    raise Unexpected(_("Salesforce's export of {kind} never ends.", kind=kind))
