"""Reads a kind batch by batch with the deletions NetSuite lists, by queries or, where they are closed, one by one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.platforms.netsuite.cursor import Cursor
from console.platforms.netsuite.faults import is_permission
from console.platforms.netsuite.kinds import SOURCES, Source
from console.platforms.netsuite.lines import Lines
from console.platforms.netsuite.mapping import Rows, flat
from console.platforms.netsuite.records import Records
from console.platforms.netsuite.settlement import settled, with_invoices, with_subsidiaries
from console.platforms.netsuite.stamps import literal
from console.platforms.netsuite.suiteql import NoTable, Query, Row, SuiteQL
from console.platforms.netsuite.walking import Step, Walk
from console.platforms.netsuite.zone import AccountClock
from console.wire.faults import Refused
from console.wire.surface import Advice, Batch, Remote
from console.words import _

_LETTERS = re.compile(r"[^a-z]")


@dataclass(slots=True)
class Reader:
    """Everything of a kind, batch by batch. `overlap` is re-read each time, for commits that came late."""

    suiteql: SuiteQL
    records: Records
    rows: Rows
    clock: AccountClock
    overlap: timedelta
    notes: dict[str, Advice] = field(default_factory=dict)
    """What reading has shown an administrator must do, by a key that keeps each once."""

    async def read(self, kind: str, since: str) -> AsyncIterator[Batch]:
        """Batches in the order of change; `last` ends a complete pass."""
        source = SOURCES[kind]
        try:
            async for batch in self._pages(source, since):
                yield batch
        except Refused as refused:
            if not isinstance(refused, NoTable) and not is_permission(refused):
                raise
            async for batch in self._one_by_one(source, refused):
                yield batch

    def query(self, kind: str) -> Query:
        source = SOURCES[kind]
        columns = self.rows.columns("invoice" if kind == "invoice_line" else kind)
        return Query(source.table, columns, source.conditions)

    async def probe(self, kind: str) -> None:
        """Ask for one row with every column, to learn what this account lacks. Raises what the query raises."""
        await self.suiteql.page(self.query(kind), limit=1)
        self._note_drift(SOURCES[kind])

    async def _pages(self, source: Source, since: str) -> AsyncIterator[Batch]:
        cursor = Cursor.parse(since)
        began, expected = cursor.since, -2
        async for step in Walk(self.suiteql, self.query(source.kind), self.clock).steps(cursor):
            self._note_drift(source)
            if expected == -2:
                expected = -1 if cursor.inside or source.kind == "invoice_line" else step.total
            records = await self._records(source, step)
            if not step.last:
                yield Batch(source.kind, records, step.cursor.text(), expected=expected)
                continue
            deleted = await self._deleted(source, began)
            ended = step.cursor.ended(self._overlap(step.cursor)).text()
            yield Batch(source.kind, records, ended, last=True, deleted=deleted, expected=expected)

    def _overlap(self, cursor: Cursor) -> timedelta:
        return self.clock.overlap(cursor.newest, self.overlap) if cursor.newest else self.overlap

    async def _records(self, source: Source, step: Step) -> Sequence[Remote]:
        rows = step.rows
        if source.kind == "invoice_line":
            return await Lines(self.suiteql, self.records, self.rows).of_invoices(rows)
        rows = await self.completed(source, rows)
        return await self.rows.remotes(source.kind, rows, step.suspect)

    async def completed(self, source: Source, rows: Sequence[Row]) -> Sequence[Row]:
        """Rows with what NetSuite keeps in other tables: the legal entity, and what money was applied to."""
        if source.kind in ("invoice", "credit_note"):
            rows = await with_subsidiaries(rows, self.suiteql)
        if source.kind in ("credit_note", "payment"):
            rows = await with_invoices(rows, source.record, self.suiteql, self.records)
        return rows

    async def _deleted(self, source: Source, since: datetime | None) -> Sequence[str]:
        """Ids of the kind that NetSuite lists as deleted since then."""
        if since is None or source.kind == "invoice_line":
            return ()
        condition = f"deleteddate >= {literal(since)}"
        query = Query("deletedrecord", ("recordid", "type", "deleteddate"), order="recordid", strict=(condition,))
        try:
            rows = await self._all_deleted(query)
        except Refused as refused:
            self._note(
                "deletions",
                _("Deletions in NetSuite cannot be seen: {why}", why=refused.sentence),
                _("Give the role the permission Lists > Deleted Records, level View."),
            )
            return ()
        return tuple(
            dict.fromkeys(str(row["recordid"]) for row in rows if row.get("recordid") and _name(row) in source.names)
        )

    async def _all_deleted(self, query: Query) -> Sequence[Row]:
        """Several types share an id, so the last id of a page is asked for again."""
        page = await self.suiteql.page(query)
        rows = list(page.rows)
        while page.more:
            page = await self.suiteql.page(query.only(f"recordid >= {int(page.rows[-1]['recordid'])}"))
            rows += page.rows
        return rows

    async def _one_by_one(self, source: Source, refused: Refused) -> AsyncIterator[Batch]:
        """Without SuiteQL: every id from the list of the record API, then each record."""
        self._note(
            f"suiteql {source.table}",
            _("NetSuite does not let this role query {table}: {why}", table=source.table, why=refused.sentence),
            _(
                "Give the role Reports > SuiteAnalytics Workbook and {permission}; reading one by one is slow.",
                permission=source.permission,
            ),
        )
        columns = self.rows.record_columns(source.kind)
        expand = source.kind in ("invoice_line", "credit_note", "payment")
        async for ids in self.records.ids(source.record):
            found = await self.records.many(source.record, ids, expand)
            if source.kind == "invoice_line":
                records = await Lines(self.suiteql, self.records, self.rows).of_records(found)
            else:
                rows = [{**flat(each, columns), "id": identity, **settled(each)} for identity, each in found.items()]
                records = await self.rows.remotes(source.kind, rows)
            yield Batch(source.kind, records, Cursor().text())
        yield Batch(source.kind, (), Cursor().text(), last=True)

    def _note_drift(self, source: Source) -> None:
        gone = self.suiteql.lacking[source.table]
        if not gone or source.kind == "invoice_line":
            return
        for column in sorted(gone & self.rows.essential(source.kind)):
            self._note(
                f"drift {source.table}.{column}",
                _(
                    "NetSuite has no field {field} on {table} any more; it is read without.",
                    field=column,
                    table=source.table,
                ),
                _("Ask the administrator whether it was renamed or the role lost it, then correct the mapping."),
            )

    def _note(self, key: str, sentence: str, instruction: str) -> None:
        self.notes.setdefault(key, Advice(key.split(" ")[0], sentence, instruction))


def _name(row: Row) -> str:
    return _LETTERS.sub("", str(row.get("type", "")).casefold())
