"""Reads a collection as a whole, again if need be, where Kantata offers no order of change to walk along."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from console.platforms.kantata.client import Client
from console.platforms.kantata.envelope import Page, Row, id_of
from console.platforms.kantata.joins import digest
from console.platforms.kantata.position import Mark, Position, instant, stamp_of
from console.platforms.kantata.rates import rates_of
from console.platforms.kantata.resources import RATE_ROLES, Resource
from console.wire.faults import Refused, TryLater
from console.words import _

HELD = 5_000
"""Rows kept back to be given in order of change; a larger collection is given as it comes."""
_TRIES = 4

Shape = Callable[[Sequence[Row]], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Step:
    """Some rows not given before. `safe` says that the positions as they are now cover everything given so far."""

    rows: Sequence[Row]
    total: int = -1
    suspect: bool = False
    safe: bool = True


@dataclass(slots=True)
class _Seen:
    """What one pass has shown."""

    ids: set[str] = field(default_factory=set)
    total: int = -1
    most: int = -1
    suspect: bool = False

    def note(self, page: Page) -> None:
        self.ids.update(id_of(row.get("id")) for row in page.rows)
        self.total, self.most = page.total, max(self.most, page.total)
        self.suspect = self.suspect or page.suspect

    @property
    def whole(self) -> bool:
        """Whether every announced row was shown, and none left the list while its pages were turned."""
        return len(self.ids) >= self.total and self.total == self.most


async def shape_of_rates(client: Client) -> Shape:
    """How versions of rate cards become rates; whose price is whose is asked for first."""
    roles: dict[str, str] = {}
    with suppress(Refused):
        async for page in client.pages(RATE_ROLES, {}):
            roles.update((id_of(row.get("id")), id_of(row.get("role_id"))) for row in page.rows)
    return partial(rates_of, roles=roles)


async def whole(
    client: Client, resource: Resource, position: Position, shape: Shape | None = None
) -> AsyncIterator[Step]:
    """Every row of a collection changed since the position, in passes that are repeated until one was undisturbed.

    Rows changed while a pass runs may show up again: what was given is remembered. The position ends before the
    pass began, for a row may have changed right after it was read. Raises `TryLater` when rows never settle.
    """
    since, before, began = position.since, position.at, time.monotonic()
    query = {"updated_after": stamp_of(since)} if resource.since and since else {}
    for _attempt in range(_TRIES):
        seen, held = _Seen(), list[Row]()
        async for page in client.pages(resource, query):
            seen.note(page)
            if page.total > HELD and shape is None:
                rows = _fresh(page.rows, resource, position, since, client.settled_at)
                yield Step(rows, page.total, page.suspect, safe=False)
            else:
                held += page.rows
        if seen.whole:
            rows = _fresh(shape(held) if shape else held, resource, position, since, client.settled_at)
            elapsed = int((time.monotonic() - began) * 1000)
            position.settle(max(before, position.at - elapsed))
            yield Step(sorted(rows, key=_changed), -1 if shape else seen.total, seen.suspect)
            return
    raise TryLater(
        _("Rows of {path} keep disappearing from Kantata while they are read.", path=resource.path),
        _("Reading starts again by itself; if it stays, the list and its own count disagree: tell Kantata's support."),
        sent=False,
    )


def mark_of(row: Row, resource: Resource, settled: int) -> Mark:
    """What changes with the row: the instant of its change, or a digest where that does not tell all (yet)."""
    stamp = instant(row.get("updated_at")) if resource.since else 0
    if not stamp:
        return str(row.get("version") or digest(row))
    return stamp if stamp < settled else digest(row)


def _fresh(rows: Sequence[Row], resource: Resource, position: Position, since: int, settled: int) -> list[Row]:
    fresh: list[Row] = []
    for row in rows:
        name, mark = id_of(row.get("id")), mark_of(row, resource, settled)
        if type(mark) is int and mark < since:
            continue
        if not name or position.fresh(name, mark, _changed(row) if resource.since else 0):
            fresh.append(row)
    return fresh


def _changed(row: Row) -> int:
    return instant(row.get("updated_at"))
