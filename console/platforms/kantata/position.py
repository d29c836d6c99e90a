"""How far a read has come, as the text of its cursor: where each collection stands and what was last given of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import orjson

from console.wire.faults import Unexpected
from console.words import _

OVERLAP_MS = 300_000
"""Changes older than the cursor by less than this are read again: Kantata runs a request for up to three minutes,
so a change may become visible that long after its own `updated_at`."""
YOUNG_MS = 5_000
"""Stamps are whole seconds: a row stamped this shortly before Kantata's clock may change again under the same stamp."""
_KEPT = 1_000
_KEPT_DIGESTS = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Mark = int | str


def instant(stamp: Any) -> int:
    """Milliseconds since 1970 of an ISO 8601 time with offset; 0 for nothing or nonsense. No zone means UTC."""
    if type(stamp) is not str or not stamp:
        return 0
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def stamp_of(ms: int) -> str:
    """The same instant as Kantata's filters take it, in UTC and down to the second."""
    moment = _EPOCH + timedelta(seconds=ms // 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Position:
    """Where one collection stands: `at` is the newest change given (ms), `given` what the overlap will show again.

    `given` maps a row's id to its mark: the instant of its change, or a digest where that does not tell all.
    """

    at: int = 0
    given: dict[str, Mark] = field(default_factory=dict)
    _bound: int = 4 * _KEPT

    @property
    def since(self) -> int:
        """The instant to read from; 0 reads everything."""
        return max(0, self.at - OVERLAP_MS)

    def fresh(self, row_id: str, mark: Mark, at: int = 0) -> bool:
        """Whether this state of the row was not given before; remembers that it now was.

        `at` is the instant of its change where the mark is a digest.
        """
        if self.given.get(row_id) == mark:
            return False
        self.given[row_id] = mark
        self.at = max(self.at, mark if isinstance(mark, int) else at)
        return True

    def settle(self, at: int) -> None:
        """End a pass that did not follow the order of change: `at` is what it covers."""
        self.at = at
        self.given = dict(sorted(self.given.items(), key=lambda pair: pair[1] if isinstance(pair[1], int) else 0))

    def forget(self, floor: int) -> None:
        """Forget rows changed before `floor`, except the newest thousand; now and then, so that it costs little."""
        if len(self.given) < self._bound:
            return
        kept = {name: mark for name, mark in self.given.items() if isinstance(mark, str) or mark >= floor}
        self.given = kept | dict(self._newest())
        self._bound = max(4 * _KEPT, 2 * len(self.given))

    def state(self) -> tuple[int, dict[str, Mark]]:
        """What the cursor keeps: `at`, and of `given` what the overlap can show again, oldest first."""
        since = self.since
        kept = [pair for pair in self._newest() if isinstance(pair[1], str) or pair[1] >= since]
        return self.at, dict(reversed(kept))

    def _newest(self) -> list[tuple[str, Mark]]:
        """The last rows given: more of them where digests have to stand in for stamps."""
        last = next(reversed(self.given.values()), 0)
        return list(islice(reversed(self.given.items()), _KEPT_DIGESTS if isinstance(last, str) else _KEPT))


@dataclass(slots=True)
class Cursor:
    """The positions of every collection a read of one kind touches, by the collection's path."""

    positions: dict[str, Position] = field(default_factory=dict)

    def of(self, path: str) -> Position:
        return self.positions.setdefault(path, Position())

    @property
    def text(self) -> str:
        body = {path: each.state() for path, each in self.positions.items()}
        return orjson.dumps(body).decode()


def parse_cursor(text: str) -> Cursor:
    """The cursor behind its text; raises `Unexpected` when it is none of ours."""
    if not text:
        return Cursor()
    try:
        body = orjson.loads(text)
        pairs = ((path, at, given) for path, (at, given) in body.items())
        return Cursor({path: Position(int(at), _marks(given)) for path, at, given in pairs})
    except (ValueError, TypeError, AttributeError):
        raise Unexpected(
            _("The place where the last read of Kantata ended cannot be understood."),
            _("Read this kind again from the beginning."),
            sent=False,
        ) from None


def _marks(given: Mapping[str, Mark] | Iterable[Any]) -> dict[str, Mark]:
    return {str(name): mark for name, mark in dict(given).items() if isinstance(mark, int | str)}
