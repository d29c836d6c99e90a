"""Reads each kind in batches that neither miss nor repeat a change, with the cursor that covers them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from console.platforms.kantata.client import Client, including
from console.platforms.kantata.deletions import Deletions
from console.platforms.kantata.envelope import Page, Row, id_of
from console.platforms.kantata.joins import digest
from console.platforms.kantata.passes import Step, shape_of_rates, whole
from console.platforms.kantata.position import Cursor, Position, parse_cursor
from console.platforms.kantata.resources import PAGE, RATES, RESOURCES, SUBMISSIONS, Resource
from console.platforms.kantata.window import NotInOrder, Window
from console.wire.faults import ChangedMeanwhile, Refused
from console.wire.surface import Batch, Remote

_LISTS = {"time_entries": "time_entry_ids", "expenses": "expense_ids"}
"""The field in which a submission lists the ids of an association."""


@dataclass(slots=True)
class _Held:
    """A batch that waits to know whether it is the last."""

    records: Sequence[Remote] = ()
    cursor: str = ""
    expected: int = -1
    deleted: Sequence[str] = ()


class Reader:
    """Reads one account."""

    def __init__(self, client: Client, deletions: Deletions) -> None:
        self._client = client
        self._deletions = deletions

    async def read(self, kind: str, since: str) -> AsyncIterator[Batch]:
        """Everything of a kind changed since the cursor; the last batch also tells what the event feed calls gone."""
        cursor, safe = parse_cursor(since), since or Cursor().text
        first = not cursor.positions
        held: _Held | None = None
        marked = 0
        async for records, deleted, step in self._understood(kind, cursor, first):
            if held is not None:
                yield Batch(kind, held.records, held.cursor, deleted=held.deleted, expected=held.expected)
            safe = cursor.text if step.safe else safe
            marked += len(deleted)
            expected = step.total - marked if step.total >= 0 and first else -1
            held = _Held(records, safe, expected, deleted)
        gone = await self._deletions.since(RESOURCES[kind][0], cursor, first)
        held = held or _Held()
        told = tuple(dict.fromkeys((*held.deleted, *gone)))
        yield Batch(kind, held.records, cursor.text, last=True, deleted=told, expected=held.expected)

    async def _understood(
        self, kind: str, cursor: Cursor, first: bool
    ) -> AsyncIterator[tuple[Sequence[Remote], Sequence[str], Step]]:
        """Records, ids of rows that say themselves that they were deleted (tasks do), and the step they came in."""
        together: list[Remote] = []
        several = len(RESOURCES[kind]) > 1
        async for resource, step in self._steps(kind, cursor, first):
            rows, deleted = _parted(resource, step.rows)
            records = self._client.remotes(resource, rows, step.suspect)
            if several:
                together += records
            else:
                yield records, deleted, step
        together.sort(key=_changed)
        for start in range(0, len(together), PAGE):
            yield together[start : start + PAGE], (), Step((), safe=start + PAGE >= len(together))

    async def _steps(self, kind: str, cursor: Cursor, first: bool) -> AsyncIterator[tuple[Resource, Step]]:
        given: set[tuple[str, str]] = set()
        began = int(self._client.served_at.timestamp() * 1000)
        for resource in RESOURCES[kind]:
            async for step in self._walk(resource, cursor.of(resource.path)):
                if not first:
                    given.update((id_of(row.get("id")), str(row.get("version"))) for row in step.rows)
                yield resource, step
        if kind in SUBMISSIONS and first:
            cursor.of(SUBMISSIONS[kind][0].path).at = min(began, cursor.of(RESOURCES[kind][0].path).at)
        elif kind in SUBMISSIONS:
            async for step in self._decided(kind, cursor, given):
                yield RESOURCES[kind][0], step

    async def _walk(self, resource: Resource, position: Position) -> AsyncIterator[Step]:
        began = position.at
        if resource.by_change:
            try:
                async for step in self._by_change(resource, position):
                    yield step
                return
            except (NotInOrder, Refused):
                position.at = began
        shape = await shape_of_rates(self._client) if resource is RATES else None
        async for step in _in_pages(whole(self._client, resource, position, shape)):
            yield step

    async def _by_change(self, resource: Resource, position: Position) -> AsyncIterator[Step]:
        """Along the order of change; the next page is on its way while this one is understood."""
        window, total = Window(after=position.since), -1
        ahead = self._ahead(resource, window)
        try:
            while True:
                page = await ahead
                rows = window.take(page)
                ended = rows is not None and window.ended(page)
                total = page.total if total < 0 else total
                if not ended:
                    if rows is not None:
                        window.move()
                    ahead = self._ahead(resource, window)
                if rows is not None:
                    yield Step(_unseen(rows, window.marks, position, self._client.settled_at), total, page.suspect)
                    position.forget(window.after)
                if ended:
                    return
        finally:
            ahead.cancel()

    def _ahead(self, resource: Resource, window: Window) -> asyncio.Task[Page]:
        params = {"order": resource.order, **window.params()}
        return asyncio.create_task(self._client.page(resource, params))

    async def _decided(self, kind: str, cursor: Cursor, given: set[tuple[str, str]]) -> AsyncIterator[Step]:
        """Rows whose approval was decided since the last read: Kantata need not touch the rows themselves for that."""
        submissions, association = SUBMISSIONS[kind]
        position = cursor.of(submissions.path)
        resource, names = RESOURCES[kind][0], list[str]()
        try:
            async for step in whole(self._client, including(submissions, association), position):
                for row in step.rows:
                    names += map(id_of, row.get(_LISTS[association]) or ())
        except (Refused, ChangedMeanwhile):
            return
        for start in range(0, len(names), PAGE):
            rows = await self._client.rows_by_id(resource, names[start : start + PAGE])
            fresh = [row for row in rows if (id_of(row.get("id")), str(row.get("version"))) not in given]
            if fresh:
                yield Step(fresh, safe=False)


def _parted(resource: Resource, rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[str]]:
    """Rows that are there, and the ids of those that are not: a deleted role stays a name, a deleted task is gone."""
    gone = [id_of(row.get("id")) for row in rows if row.get("deleted_at")] if resource.path == "stories" else []
    return [row for row in rows if not row.get("deleted_at")] if gone else rows, gone


def _changed(remote: Remote) -> str:
    return remote.record.modified_at if remote.record else ""


async def _in_pages(steps: AsyncIterator[Step]) -> AsyncIterator[Step]:
    """The same rows in steps of at most a page; only the end of a step is covered by its positions."""
    async for step in steps:
        for start in range(0, max(len(step.rows), 1), PAGE):
            rows = step.rows[start : start + PAGE]
            ended = start + PAGE >= len(step.rows)
            yield Step(rows, step.total, step.suspect, safe=step.safe and ended)


def _unseen(rows: Sequence[Row], marks: Sequence[int], position: Position, settled: int) -> list[Row]:
    fresh: list[Row] = []
    for row, mark in zip(rows, marks, strict=True):
        name = id_of(row.get("id"))
        if not name or position.fresh(name, mark if 0 < mark < settled else digest(row), mark):
            fresh.append(row)
    return fresh
