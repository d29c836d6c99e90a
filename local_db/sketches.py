"""Call times as mergeable sketches: any percentile of any span of hours within two per cent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from local_db import rows
from local_db.columns import stamp
from local_db.rows import Shape, among
from local_db.tables.acts import call_sketch

ACCURACY = 0.02
"""A percentile is at most this share away from the true call time."""
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_BUCKETS = 1024
"""Bucket `i` holds call times up to `_GAMMA ** i` microseconds; the last reaches beyond any."""
_START = 2

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timing:
    """One call or hop that took `ms`."""

    at: datetime
    connection: str
    flow: str
    kind: str
    verb: str
    ms: float
    ok: bool = True


@dataclass(frozen=True, slots=True)
class SketchRow:
    """The calls of one hour (`2026-11-20T09`), connection, flow, kind and verb; times in microseconds.

    `buckets` is the first bucket that is not empty (two bytes, little-endian) and the counts from there (four each).
    """

    hour: str
    connection: str
    flow: str
    kind: str
    verb: str
    count: int
    failed: int
    total_us: int
    longest_us: int
    buckets: bytes

    @property
    def of(self) -> tuple[str, str, str, str, str]:
        return self.hour, self.connection, self.flow, self.kind, self.verb


_SHAPE = Shape(SketchRow)
_KEYS = ("hour", "connection", "flow", "kind", "verb")


def _packed(counts: Counts) -> bytes:
    used = np.flatnonzero(counts)
    first, last = int(used[0]), int(used[-1])
    return first.to_bytes(_START, "little") + counts[first : last + 1].astype("<u4").tobytes()


def _pour(total: Counts, buckets: bytes) -> None:
    first = int.from_bytes(buckets[:_START], "little")
    counts = np.frombuffer(buckets, "<u4", offset=_START)
    total[first : first + len(counts)] += counts


def _sketch(of: tuple[str, str, str, str, str], timings: Sequence[Timing]) -> SketchRow:
    times = np.maximum(np.array([each.ms for each in timings]) * 1000, 1.0)
    places = np.ceil(np.log(times) / math.log(_GAMMA)).astype(np.int64)
    counts = np.bincount(np.clip(places, 0, _BUCKETS - 1), minlength=_BUCKETS)
    failed = sum(not each.ok for each in timings)
    return SketchRow(*of, len(timings), failed, round(float(times.sum())), round(float(times.max())), _packed(counts))


def _merged(one: SketchRow, other: SketchRow) -> SketchRow:
    total = np.zeros(_BUCKETS, np.int64)
    for each in (one, other):
        _pour(total, each.buckets)
    return replace(
        one,
        count=one.count + other.count,
        failed=one.failed + other.failed,
        total_us=one.total_us + other.total_us,
        longest_us=max(one.longest_us, other.longest_us),
        buckets=_packed(total),
    )


def add_many(db: Connection, timings: Iterable[Timing]) -> None:
    """Add calls to the sketches of their hours."""
    groups: dict[tuple[str, str, str, str, str], list[Timing]] = {}
    for each in timings:
        of = (stamp(each.at)[:13], each.connection, each.flow, each.kind, each.verb)
        groups.setdefault(of, []).append(each)
    if not groups:
        return
    asked = select(*_SHAPE.selected(call_sketch)).where(among(db, call_sketch.c.hour, {of[0] for of in groups}))
    there = {row.of: row for row in _SHAPE.of(db.execute(asked.with_for_update()))}
    new = [_sketch(of, some) for of, some in groups.items()]
    merged = [_merged(there[each.of], each) if each.of in there else each for each in new]
    rows.insert(db, call_sketch, _SHAPE, merged, keys=_KEYS)


def between(
    db: Connection,
    since: datetime,
    until: datetime,
    connection: str = "",
    flow: str = "",
    kind: str = "",
    verb: str = "",
) -> list[SketchRow]:
    """Sketches of the hours from `since` to `until` (both included), narrowed by whatever is given."""
    c = call_sketch.c
    asked = select(*_SHAPE.selected(call_sketch)).where(c.hour.between(stamp(since)[:13], stamp(until)[:13]))
    for column, wanted in ((c.connection, connection), (c.flow, flow), (c.kind, kind), (c.verb, verb)):
        asked = asked.where(column == wanted) if wanted else asked
    return _SHAPE.of(db.execute(asked.order_by(c.hour)))


def percentiles(sketches: Iterable[SketchRow], qs: Sequence[float]) -> list[float | None]:
    """Milliseconds at each quantile (0.5, 0.99); None when there are no calls."""
    total = np.zeros(_BUCKETS, np.int64)
    for each in sketches:
        _pour(total, each.buckets)
    reached = np.cumsum(total)
    if not reached[-1]:
        return [None for _ in qs]
    ranks = np.array(qs) * (int(reached[-1]) - 1)
    middle = 2 / (_GAMMA + 1)
    return [middle * _GAMMA ** int(place) / 1000 for place in np.searchsorted(reached, ranks, side="right")]
