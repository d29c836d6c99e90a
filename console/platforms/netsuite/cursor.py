"""How far a read has come: a NetSuite read walks by id, so that rows which change meanwhile move nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import orjson


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a pass stands. Instants are UTC.

    `since` is the change from which the pass reads (None is from the beginning), `after` the last id it has passed,
    `began` when it began (epoch seconds), `high` the instant from which the next pass must read: proven by the
    stamps seen to lie before this pass began.
    """

    since: datetime | None = None
    after: int = 0
    began: float = 0.0
    high: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The cursor behind its text; anything that is none begins at the beginning, which loses nothing."""
        try:
            stored = orjson.loads(text)
            return cls(_when(stored["since"]), int(stored["after"]), float(stored["began"]), _when(stored["high"]))
        except (ValueError, TypeError, KeyError):
            return cls()

    def text(self) -> str:
        parts = {"since": _text(self.since), "after": self.after, "began": self.began, "high": _text(self.high)}
        return orjson.dumps(parts).decode()

    def started(self) -> Cursor:
        """The same pass going on, or a new one when none is under way."""
        return self if self.began else replace(self, began=time.time(), after=0)

    def passed(self, after: int, newest: datetime | None) -> Cursor:
        """A page was read up to id `after`, its newest change being `newest`.

        The platform's clock showed at least `newest` when the page came, so it showed at least `newest` less the
        age of the pass when the pass began: changes up to then cannot have been missed.
        """
        high = self.high
        if newest is not None:
            proven = newest - timedelta(seconds=max(0.0, time.time() - self.began))
            high = proven if high is None else max(high, proven)
        return replace(self, after=max(after, self.after), high=high)

    def ended(self, overlap: timedelta) -> Cursor:
        """The pass is complete: the next one reads from where this began, less an overlap for late commits."""
        if self.high is None:
            return Cursor(since=self.since)
        since = self.high - overlap
        return Cursor(since=since if self.since is None else max(since, self.since))


def _when(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _text(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat() if value else None
