"""Call times as mergeable sketches: any percentile of any span of hours within two per cent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection


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
    """The calls of one hour, connection, flow, kind and verb. `buckets` is opaque."""

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


def add_many(db: Connection, timings: Iterable[Timing]) -> None: ...


def between(
    db: Connection, since: datetime, until: datetime, connection: str = "", flow: str = "", kind: str = "",
    verb: str = "",
) -> list[SketchRow]: ...


def percentiles(rows: Iterable[SketchRow], qs: Sequence[float]) -> list[float | None]:
    """Milliseconds at each quantile (0.5, 0.99); None when there are no calls."""
    ...
