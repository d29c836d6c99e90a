"""Reads kinds in batches, oldest change first: SOQL pages, or a Bulk job above 2,000 records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

from console.platforms.salesforce.bulk_query import NotForBulk, bulk_pages
from console.platforms.salesforce.cursor import BEGINNING, STAMP, Cursor, Track, parse_cursor
from console.platforms.salesforce.faults import DEAD_LOCATOR
from console.platforms.salesforce.lookup import Lookup
from console.platforms.salesforce.org import Org, plain_row
from console.wire import soql
from console.wire.faults import Fault, Refused, Unexpected
from console.wire.paging import PageGuard
from console.wire.surface import Batch, Remote
from console.words import _

BULK_ABOVE = 2_000
"""Records above which a Bulk query job is worth its overhead."""
_RESTARTS = 5


class Page(NamedTuple):
    """Some rows as Salesforce gave them; `total` as announced (-1: not), `suspect` as the answer says."""

    rows: Sequence[Any]
    total: int
    last: bool
    suspect: bool = False


class Reader:
    """The reading half of the client."""

    def __init__(self, org: Org, lookup: Lookup, bulk_above: int = BULK_ABOVE) -> None:
        self._org = org
        self._lookup = lookup
        self._bulk_above = bulk_above

    async def read(self, kind: str, since: str = "") -> AsyncIterator[Batch]:
        """Everything of a kind changed since a cursor; the last batch also names what was deleted."""
        began = parse_cursor(since) if since else Cursor(BEGINNING)
        await self._org.columns(kind)
        track = Track(began, self._org.server_clock())
        count, total, waiting = 0, -1, False
        async for page in self._pages(kind, track):
            count += len(page.rows)
            total = max(total, page.total)
            records = self._records(kind, page, track)
            if page.last:
                await self._whole(kind, began, count, total)
                yield await self._last_batch(kind, track, records, total if not since else -1)
                return
            yield Batch(kind, records, track.cursor().dumps(), expected=total if not since else -1)
            waiting = True
        raise Unexpected(_("Salesforce ended {kind} without its last page.", kind=kind), facts={"begun": waiting})

    async def _last_batch(self, kind: str, track: Track, records: Sequence[Remote], total: int) -> Batch:
        asked = self._org.server_now()
        deleted = await self._lookup.deletions(kind, track.since.deletions, asked) if track.since.deletions else ()
        cursor = track.cursor(end=True, deletions=asked)
        return Batch(kind, records, cursor.dumps(), last=True, deleted=deleted, expected=total)

    def _records(self, kind: str, page: Page, track: Track) -> list[Remote]:
        mapping, connection = self._org.mapping.kind(kind), self._org.connection
        records = []
        for position, row in enumerate(page.rows):
            remote = mapping.remote(plain_row(row), connection, page.suspect, position)
            if not remote.remote_id or track.fresh(remote.remote_id, remote.version):
                records.append(remote)
        return records

    async def _pages(self, kind: str, track: Track) -> AsyncIterator[Page]:
        """Every page of a read; begins again behind the last record when Salesforce forgot its place."""
        count = await self._count(kind, track.since) if track.since.place == BEGINNING else 0
        if count > self._bulk_above:
            try:
                async for rows, last in bulk_pages(self._org, kind):
                    yield Page(rows, count, last)
                return
            except NotForBulk:
                pass
        for _attempt in range(_RESTARTS):
            rest = track.since if track.here == BEGINNING else _behind(track)
            try:
                async for page in self._rest_pages(kind, rest):
                    yield page
                return
            except Fault as fault:
                if fault.vendor_code != DEAD_LOCATOR:
                    raise
        raise Unexpected(_("Salesforce forgot its place in {kind} again and again.", kind=kind), sent=False)

    async def _count(self, kind: str, since: Cursor) -> int:
        """How many records there are to read, or -1 when Salesforce does not say."""
        record = self._org.mapping.kind(kind).record_name
        try:
            page = await self._org.query(soql.select(["COUNT()"], record, since.condition()))
        except Refused:
            return -1
        total = page.get("totalSize")
        return total if isinstance(total, int) else -1

    async def _rest_pages(self, kind: str, since: Cursor) -> AsyncIterator[Page]:
        guard = PageGuard(kind)
        answer = await self._org.select(kind, since.condition(), (STAMP, "Id"))
        while True:
            body = answer.json_object()
            rows = body.get("records")
            if not isinstance(rows, list):
                raise Unexpected(_("Salesforce answered a query without records."), trace_id=answer.trace_id)
            forward = body.get("nextRecordsUrl") or ""
            total = body.get("totalSize")
            done = body.get("done", not forward) is not False and not forward
            if not done and not forward:
                raise Unexpected(_("Salesforce ended {kind} without its last page.", kind=kind), sent=False)
            yield Page(rows, total if isinstance(total, int) else -1, done, answer.suspect)
            if done:
                return
            answer = await self._org.query_answer(guard.pass_by(str(forward)))

    async def _whole(self, kind: str, since: Cursor, count: int, total: int) -> None:
        """Refuse half a read: fewer rows than announced, and as many as that still there."""
        if count >= total:
            return
        there = await self._count(kind, since)
        if there > count:
            raise Unexpected(
                _(
                    "Salesforce announced {total} records of {kind} and sent {count}.",
                    total=total,
                    kind=kind,
                    count=count,
                ),
                _("Nothing was lost: the read goes on from its last cursor."),
                sent=False,
            )


def _behind(track: Track) -> Cursor:
    """What comes from the last row of this read on; what was handed over is recognised."""
    return Cursor(track.here, track.here.at)
