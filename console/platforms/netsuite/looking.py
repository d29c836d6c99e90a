"""Finds records by our key or their id: one query for many, and for what it does not show a look at each record."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from console.platforms.netsuite.directory import text_of
from console.platforms.netsuite.kinds import SOURCES, Source
from console.platforms.netsuite.lines import Lines
from console.platforms.netsuite.mapping import flat
from console.platforms.netsuite.reading import Reader
from console.platforms.netsuite.settlement import settled
from console.platforms.netsuite.sight import Sight
from console.platforms.netsuite.suiteql import Query, Row, among
from console.wire.faults import Refused
from console.wire.surface import Remote, Unsure

_AT_ONCE = 500
"""Keys in one query: long lists of long keys stay far below NetSuite's limit of 1,000."""
Found = Mapping[str, Remote | Unsure | None]


class Looker:
    """Looks records up. That a query does not show a record proves nothing; that NetSuite denies it by id does, to a
    role that sees everything."""

    def __init__(self, reader: Reader, sight: Sight) -> None:
        self._reader = reader
        self._sight = sight

    async def by_ids(self, kind: str, remote_ids: Sequence[str]) -> Found:
        """These records as they are now, by remote id."""
        if kind == "invoice_line":
            return await self._doubted(await self._lines(remote_ids))
        return await self._doubted(await self._look(SOURCES[kind], "id", remote_ids))

    async def by_keys(self, kind: str, keys: Sequence[str]) -> Found:
        """The records that carry these external ids, by key."""
        return await self._doubted(await self._look(SOURCES[kind], "externalid", keys))

    async def _doubted(self, found: Found) -> Found:
        """What was found; nothing counts as absent for a role that sees only part of the account."""
        if all(each is not None for each in found.values()):
            return found
        doubt = await self._sight.blind_spot()
        return {name: Unsure(doubt) if doubt and each is None else each for name, each in found.items()}

    async def _look(self, source: Source, column: str, names: Sequence[str]) -> Found:
        wanted = list(dict.fromkeys(names))
        rows = await self._queried(source, column, wanted)
        await self._reader.rows.prepare(source.kind, list(rows.values()))
        shown: dict[str, Remote | Unsure | None] = {
            name: self._reader.rows.remote(source.kind, row) for name, row in rows.items()
        }
        hidden = [each for each in wanted if each not in shown]
        found = await asyncio.gather(*(self._one(source, column, each) for each in hidden))
        return {**shown, **dict(zip(hidden, found, strict=True))}

    async def _queried(self, source: Source, column: str, names: Sequence[str]) -> Mapping[str, Row]:
        """Rows by the name they were asked for; none when the table does not answer: each is then asked for alone."""
        found: dict[str, Row] = {}
        query = self._reader.query(source.kind)
        for start in range(0, len(names), _AT_ONCE):
            asked = Query(query.table, query.columns, strict=(among(column, names[start : start + _AT_ONCE]),))
            try:
                rows: Sequence[Row] = await self._reader.suiteql.all(asked)
            except Refused:
                return {}
            rows = await self._reader.completed(source, rows)
            found |= {text_of(row.get(column)): row for row in rows}
        return {name: row for name, row in found.items() if name in set(names)}

    async def _one(self, source: Source, column: str, name: str) -> Remote | Unsure | None:
        place = name if column == "id" else f"eid:{name}"
        got = await self._reader.records.get(source.record, place)
        if got is None or isinstance(got, Unsure):
            return got
        columns = self._reader.rows.record_columns(source.kind)
        row = {"id": name if column == "id" else None, **flat(got, columns), **settled(got)}
        return (await self._reader.rows.remotes(source.kind, [row]))[0]

    async def _lines(self, remote_ids: Sequence[str]) -> Found:
        """Lines of invoices: one that its invoice does not hold any more is gone."""
        by_invoice: defaultdict[str, list[str]] = defaultdict(list)
        for each in remote_ids:
            by_invoice[each.partition("-")[0]].append(each)
        reader = self._reader
        got = await asyncio.gather(*(reader.records.get("invoice", each, expand=True) for each in by_invoice))
        invoices = dict(zip(by_invoice, got, strict=True))
        there = {identity: each for identity, each in invoices.items() if isinstance(each, Mapping)}
        lines = {
            each.remote_id: each for each in await Lines(reader.suiteql, reader.records, reader.rows).of_records(there)
        }
        found: dict[str, Remote | Unsure | None] = {}
        for invoice, asked in by_invoice.items():
            held = invoices[invoice]
            found |= {each: held if isinstance(held, Unsure) else lines.get(each) for each in asked}
        return found
