"""Where a read stands: the last place, until when everything is settled, and what was handed over since then."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson

from console.wire import soql
from console.wire.faults import Unexpected
from console.words import _

OVERLAP = timedelta(minutes=5)
"""A transaction may commit this much later than the stamp its records carry."""
STAMP = "SystemModstamp"
_MARKS = 1_000
_MARK = 8


class Place(NamedTuple):
    """A record's place in the order of reading."""

    at: datetime
    id: str


BEGINNING = Place(datetime(1900, 1, 1, tzinfo=UTC), "")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A saved cursor.

    Everything stamped before `settled` was visible to the read that made it; `marks` name the versions stamped since
    `start` that were handed over. `deletions` is until when deletions were asked for.
    """

    place: Place
    settled: datetime | None = None
    marks: frozenset[str] = frozenset()
    deletions: datetime | None = None

    def condition(self) -> list[str]:
        """What is left to read, as SOQL."""
        if self.place == BEGINNING:
            return []
        return [f"{STAMP} >= {soql.instant(self.start)}"]

    @property
    def start(self) -> datetime:
        """The earliest stamp still to come; records stamped exactly so were handed over, and their marks are kept."""
        return min(self.settled or self.place.at - OVERLAP, self.place.at)

    def dumps(self) -> str:
        value = {
            "at": self.place.at.isoformat(),
            "id": self.place.id,
            "settled": _text(self.settled),
            "marks": "".join(sorted(self.marks)),
            "deletions": _text(self.deletions),
        }
        return orjson.dumps(value).decode()


def parse_cursor(text: str) -> Cursor:
    """The cursor behind its text; raises `Unexpected` when it is not one of ours."""
    try:
        value = orjson.loads(text)
        marks = value["marks"]
        return Cursor(
            Place(datetime.fromisoformat(value["at"]), str(value["id"])),
            _moment(value["settled"]),
            frozenset(marks[i : i + _MARK] for i in range(0, len(marks), _MARK)),
            _moment(value["deletions"]),
        )
    except (ValueError, KeyError, TypeError):
        raise Unexpected(_("The saved place of reading is damaged."), _("Read the kind from the beginning.")) from None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def mark(remote_id: str, version: str) -> str:
    """Eight letters for one version of one record (48 bits: no two meet within an overlap)."""
    return b64encode(hashlib.blake2b(f"{remote_id} {version}".encode(), digest_size=6).digest()).decode()


def stamp_of(text: object) -> datetime | None:
    """A Salesforce time; None when there is none or it is no time."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment else None


@dataclass(slots=True)
class Track:
    """Follows one read that began after `since` when the server's clock showed `asked_at` (None: it has no clock).

    While rows come out of the order of their stamps, the cursor stays where the read began; only its end moves it.
    """

    since: Cursor
    asked_at: datetime | None
    here: Place = BEGINNING
    ordered: bool = True
    _last: Place = BEGINNING
    _recent: deque[tuple[datetime, str]] = field(default_factory=deque)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._last = self.since.place

    @property
    def settled(self) -> datetime | None:
        return self.asked_at - OVERLAP if self.asked_at else None

    def fresh(self, remote_id: str, version: str) -> bool:
        """Whether this version was not handed over before; notes that it is now."""
        label = mark(remote_id, version)
        if label in self._seen:
            return False
        at = stamp_of(version)
        if at is not None:
            self._move(Place(at, remote_id), label)
        return label not in self.since.marks

    def _move(self, place: Place, label: str) -> None:
        self._seen.add(label)
        self._recent.append((place.at, label))
        self.ordered = self.ordered and place.at >= self.here.at
        self.here = place
        if place.at >= self._last.at:
            self._last = place
        if self._caught_up():
            self._forget(min(self.settled or place.at - OVERLAP, place.at))

    def _caught_up(self) -> bool:
        """Whether this read has passed the place where the one before ended; until then that one's rules hold."""
        return self.here.at > self.since.place.at

    def _forget(self, before: datetime) -> None:
        while self._recent and self._recent[0][0] < before:
            self._seen.discard(self._recent.popleft()[1])

    def cursor(self, end: bool = False, deletions: datetime | None = None) -> Cursor:
        """The cursor to save with the rows so far; `end` when nothing is left to come."""
        if not (self.ordered or end):
            return self.since
        caught_up = end or self._caught_up()
        settled = self.settled if caught_up else self.since.settled
        cursor = Cursor(self._last, settled, frozenset(), deletions or self.since.deletions)
        marks = {label for at, label in self._recent if at >= cursor.start}
        if not caught_up:
            marks |= self.since.marks
        return replace(cursor, marks=frozenset(marks)) if len(marks) <= _MARKS else cursor
