"""Whether a role sees everything: records that point to records it does not show prove that it does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from console.platforms.netsuite.directory import text_of
from console.platforms.netsuite.suiteql import Query, SuiteQL, among
from console.wire.faults import Refused
from console.words import _

_FRESH = 600.0
_SAMPLE = 200
_POINTERS = (("timebill", "customer"), ("projecttask", "project"), ("job", "parent"))
"""Columns that name a project or a customer; NetSuite lets either stand in each."""
_POINTED = ("job", "customer")


@dataclass(slots=True)
class Sight:
    """A look at the newest records of an account, believed for ten minutes.

    NetSuite says of a record that a role may not see that it does not exist, so for such a role absence proves
    nothing.
    """

    suiteql: SuiteQL
    _partial: bool = False
    _looked_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def blind_spot(self) -> str:
        """A sentence when the role sees only part of the account, else empty."""
        async with self._lock:
            if time.monotonic() - self._looked_at > _FRESH:
                self._partial = await self._points_to_hidden()
                self._looked_at = time.monotonic()
        if not self._partial:
            return ""
        return _(
            "The NetSuite role of this connection sees only part of the records, so this one may be hidden from it."
        )

    async def _points_to_hidden(self) -> bool:
        for table, column in _POINTERS:
            try:
                if await self._hidden(await self._pointed_to(table, column)):
                    return True
            except Refused:
                continue
        return False

    async def _pointed_to(self, table: str, column: str) -> Sequence[str]:
        query = Query(table, ("id", column), order="id DESC", strict=(f"{column} IS NOT NULL",))
        page = await self.suiteql.page(query, limit=_SAMPLE)
        return sorted({text_of(row.get(column)) for row in page.rows} - {""})

    async def _hidden(self, ids: Sequence[str]) -> bool:
        """Whether some of these are neither a visible project nor a visible customer."""
        left = list(ids)
        for table in _POINTED:
            if left:
                rows = await self.suiteql.all(Query(table, ("id",), strict=(among("id", left),)))
                seen = {text_of(row.get("id")) for row in rows}
                left = [each for each in left if each not in seen]
        return bool(left)
