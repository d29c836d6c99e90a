"""Walks a collection in order of change, so that rows changing meanwhile are neither missed nor given twice."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from console.platforms.kantata.envelope import Page, Row, id_of
from console.platforms.kantata.position import instant, stamp_of
from console.platforms.kantata.resources import PAGE
from console.wire.faults import Unexpected
from console.words import _

STEP_BACK_MS = 1_000
"""`updated_after` may or may not include its own second, and stamps are kept to the second."""
_REPEATS = 40
_DEPTH = 25 * PAGE
_PATIENCE = 20


class NotInOrder(Exception):
    """The rows do not come in order of change: this walk cannot be trusted here."""


@dataclass(slots=True)
class Window:
    """All rows changed since `after`, oldest change first; it moves on to the last row's change as soon as it can.

    A row that changes while we read leaves its place for the end, so all rows behind it move up. A window of one page
    cannot lose a row by that. Deeper ones (hundreds of rows changed within a second) overlap by one row to prove that
    nothing moved, and start over at the last proven row when something did. Where offsets are not understood
    (`by_page`) windows are kept to one page even if that repeats rows.
    """

    after: int = 0
    taken: int = 0
    edge: tuple[str, int] = ("", 0)
    by_page: bool = False
    total: int = -1
    size: int = PAGE
    marks: Sequence[int] = ()
    _first: str = ""
    _backs: int = 0
    _gave: int = 0
    _last_ids: tuple[str, ...] = ()

    def params(self) -> dict[str, str]:
        """The query for the next page of this window."""
        since = {"updated_after": stamp_of(self.after)} if self.after else {}
        if not self.taken:
            return {**since, "page": "1", "per_page": str(PAGE)}
        if self.by_page:
            return {**since, "page": str(self.taken // self.size + 1), "per_page": str(PAGE)}
        return {**since, "limit": str(PAGE), "offset": str(self.taken - 1)}

    def take(self, page: Page) -> Sequence[Row] | None:
        """The rows of an answer that continue this window, their instants in `marks`.

        None when the walk had to step back and asks again; raises `NotInOrder` and `Unexpected`.
        """
        rows = page.rows
        marks = [instant(row.get("updated_at")) for row in rows]
        _check_order(marks)
        if self.taken and not self.by_page:
            if not rows or (id_of(rows[0].get("id")), marks[0]) != self.edge:
                self._step_back(rows)
                return None
            rows, marks = rows[1:], marks[1:]
        self._check_new(rows)
        if not self.taken:
            self.size, self._first = max(1, len(rows)), id_of(rows[0].get("id")) if rows else ""
        self._gave = len(rows)
        self.taken += self._gave
        self.marks = marks
        self.total = page.total
        if rows:
            self.edge = (id_of(rows[-1].get("id")), marks[-1])
        return rows

    def ended(self, page: Page) -> bool:
        """Whether nothing is left behind the page just taken."""
        if self.total < 0:
            return len(page.rows) < self.size or not self._gave
        if not self._gave and self.taken < self.total:
            raise Unexpected(
                _("Kantata announced {total} rows and gave {given}.", total=self.total, given=self.taken),
                _("Nothing was lost: the read goes on from its last cursor. If it stays, tell Kantata's support."),
                sent=False,
            )
        return self.taken >= self.total

    def move(self) -> None:
        """Begin anew at the last row's change when that repeats few rows, or when this window has become deep."""
        target = self.edge[1] - STEP_BACK_MS
        if target // 1000 <= self.after // 1000:
            return
        repeats = len(self.marks) - bisect_left(self.marks, target)
        if repeats <= _REPEATS or self.taken >= _DEPTH or self.by_page:
            self._restart(target)

    def _step_back(self, rows: Sequence[Row]) -> None:
        """Rows moved up: begin again where all was proven. A server that ignores offsets is asked for pages."""
        ignored = bool(rows) and id_of(rows[0].get("id")) == self._first
        self.by_page = self.by_page or ignored or self._backs >= _PATIENCE
        target = self.edge[1] - STEP_BACK_MS
        if target // 1000 > self.after // 1000:
            self._backs = 0
            self._restart(target)
        elif self.by_page:
            self.taken = self.taken // self.size * self.size
        else:
            self._backs += 1
            self._restart(self.after)

    def _restart(self, after: int) -> None:
        self.after, self.taken, self._last_ids = after, 0, ()

    def _check_new(self, rows: Sequence[Row]) -> None:
        ids = tuple(id_of(row.get("id")) for row in rows)
        if ids and ids == self._last_ids:
            raise same_page_twice()
        self._last_ids = ids


def same_page_twice() -> Unexpected:
    """The fault of a platform whose pages would never end."""
    return Unexpected(
        _("Kantata sent the same page twice; reading was stopped."),
        _("Nothing was lost: the read goes on from its last cursor. If it stays, tell Kantata's support."),
        sent=False,
    )


def _check_order(marks: Sequence[int]) -> None:
    """Raises `NotInOrder` unless the stamps rise; single rows without one (a broken record) do not matter."""
    stamped = [mark for mark in marks if mark]
    if len(stamped) * 2 < len(marks) or any(a > b for a, b in pairwise(stamped)):
        raise NotInOrder
