"""How far a read has come: changes are read in their order, a whole second at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a pass stands, in times of the account's clock (without zone).

    `since` is the change from which the pass reads (None is from the beginning), `at` the second it has come to and
    `after` the last id passed: inside that second when `inside`, else in a table whose records carry no stamp.
    `newest` is the latest change seen.
    """

    since: datetime | None = None
    at: datetime | None = None
    after: int = 0
    inside: bool = False
    newest: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The cursor behind its text; anything that is none begins at the beginning, which loses nothing."""
        try:
            stored = orjson.loads(text)
            return cls(
                _when(stored["since"]),
                _when(stored["at"]),
                int(stored["after"]),
                bool(stored["inside"]),
                _when(stored["newest"]),
            )
        except (ValueError, TypeError, KeyError):
            return cls()

    def text(self) -> str:
        parts: dict[str, Any] = {
            "since": _text(self.since),
            "at": _text(self.at),
            "after": self.after,
            "inside": self.inside,
            "newest": _text(self.newest),
        }
        return orjson.dumps(parts).decode()

    @property
    def position(self) -> datetime | None:
        """The second to go on from; None is the beginning."""
        return self.at or self.since

    def reached(self, second: datetime) -> Cursor:
        """Everything before this second was read."""
        return replace(self, at=second, after=0, inside=False)

    def within(self, second: datetime, after: int = 0) -> Cursor:
        """This second holds more than a page: it is read by id."""
        return replace(self, at=second, after=after, inside=True)

    def saw(self, newest: datetime | None) -> Cursor:
        if newest is None or (self.newest is not None and newest <= self.newest):
            return self
        return replace(self, newest=newest)

    def ended(self, overlap: timedelta) -> Cursor:
        """The pass is complete: the next reads from its latest change, less an overlap for late commits."""
        if self.newest is None:
            return Cursor(since=self.since)
        since = self.newest - overlap
        return Cursor(since=since if self.since is None else max(since, self.since))


def _when(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).replace(tzinfo=None) if value else None


def _text(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
