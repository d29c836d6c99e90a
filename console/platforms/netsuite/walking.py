"""Walks a table in the order of its changes, so that nothing is lost or repeated whatever changes meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from console.platforms.netsuite.cursor import Cursor
from console.platforms.netsuite.stamps import NotADate, clock_of, literal, tells_time
from console.platforms.netsuite.suiteql import Query, Row, SuiteQL, last_id
from console.platforms.netsuite.zone import AccountClock
from console.wire.faults import Unexpected
from console.words import _

STAMP = "lastmodifieddate"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Some rows, the cursor that covers them, and what NetSuite said matches (-1 when it did not)."""

    rows: Sequence[Row]
    cursor: Cursor
    total: int = -1
    last: bool = False
    suspect: bool = False


class Walk:
    """One pass over one table.

    NetSuite stamps whole seconds and a page may end within one. So a page counts only up to its last second, which
    begins the next page; a second that fills a page alone is read by id.
    """

    def __init__(self, suiteql: SuiteQL, query: Query, clock: AccountClock) -> None:
        self._suiteql = suiteql
        self._query = query
        self._clock = clock

    async def steps(self, cursor: Cursor) -> AsyncIterator[Step]:
        """Steps up to and including the one marked `last`."""
        await self._clock.ready()
        while True:
            if cursor.inside:
                step = await self._inside(cursor)
            elif cursor.after or STAMP in self._suiteql.lacking[self._query.table]:
                step = await self._by_id(cursor)
            else:
                step = await self._by_change(cursor)
            yield step
            if step.last:
                return
            cursor = step.cursor

    async def _by_change(self, cursor: Cursor) -> Step:
        query = replace(self._query, order=f"{STAMP}, id")
        if cursor.position is not None:
            query = query.where(f"{STAMP} >= {literal(cursor.position)}")
        page = await self._suiteql.page(query)
        if STAMP in self._suiteql.lacking[query.table]:
            return await self._by_id(cursor)
        seconds = [stamp for row in page.rows if (stamp := self._stamp(row))]
        cursor = cursor.saw(max(seconds, default=None))
        if not page.more:
            return Step(page.rows, cursor, page.total, last=True, suspect=page.suspect)
        if len(seconds) < len(page.rows):
            return await self._by_id(Cursor())
        self._check_order(seconds, cursor)
        first, last = seconds[0], seconds[-1]
        if first == last:
            return Step((), cursor.within(last), page.total)
        whole = page.rows[: seconds.index(last)]
        return Step(whole, cursor.reached(last), page.total, suspect=page.suspect)

    async def _inside(self, cursor: Cursor) -> Step:
        """The next page of a second that holds more than one."""
        assert cursor.at is not None
        begin, end = literal(cursor.at), literal(cursor.at + _SECOND)
        query = self._query.only(f"{STAMP} >= {begin}").only(f"{STAMP} < {end}").only(f"id > {cursor.after}")
        page = await self._suiteql.page(query)
        following = (
            cursor.within(cursor.at, self._passed(page.rows, cursor.after))
            if page.more
            else cursor.reached(cursor.at + _SECOND)
        )
        return Step(page.rows, following, suspect=page.suspect)

    async def _by_id(self, cursor: Cursor) -> Step:
        """A table whose records have no stamps, or days only, is read whole each time."""
        query = self._query.only(f"id > {cursor.after}") if cursor.after else self._query
        page = await self._suiteql.page(query)
        if not page.more:
            return Step(page.rows, Cursor(), page.total, last=True, suspect=page.suspect)
        following = Cursor(after=self._passed(page.rows, cursor.after))
        return Step(page.rows, following, page.total, suspect=page.suspect)

    def _passed(self, rows: Sequence[Row], after: int) -> int:
        last = last_id(rows, self._query.table)
        if last <= after:
            raise self._repeated()
        return last

    def _check_order(self, seconds: Sequence[datetime], cursor: Cursor) -> None:
        if list(seconds) != sorted(seconds):
            raise Unexpected(
                _("NetSuite sent rows of {table} that are not in order of their change.", table=self._query.table),
                _("Nothing was lost: the read goes on from its last cursor."),
            )
        if cursor.position is not None and seconds[0] < cursor.position:
            raise self._repeated()

    def _repeated(self) -> Unexpected:
        return Unexpected(
            _("NetSuite sent the same page of {table} twice; reading was stopped.", table=self._query.table),
            _("Nothing was lost: the read goes on from its last cursor."),
        )

    def _stamp(self, row: Row) -> datetime | None:
        value = row.get(STAMP)
        if not tells_time(value):
            return None
        try:
            return clock_of(value, self._clock.zone)
        except NotADate:
            return None
