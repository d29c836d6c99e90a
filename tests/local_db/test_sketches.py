"""Percentiles of merged sketches are within two per cent of the true ones, at any number of calls."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from local_db import sketches
from local_db.sketches import SketchRow, Timing
from local_db.store import Store

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TIMES = st.lists(st.floats(0.001, 10**8), min_size=1, max_size=200)


def timing(ms: float, hours: int = 0, ok: bool = True, connection: str = "ns") -> Timing:
    return Timing(NOW + timedelta(hours=hours), connection, "work_to_billing", "time_line", "create", ms, ok)


def row(times: list[float]) -> SketchRow:
    return sketches._sketch(("h", "c", "f", "k", "v"), [timing(ms) for ms in times])


@given(TIMES, st.floats(0, 1))
def test_a_percentile_is_within_two_per_cent(times: list[float], q: float) -> None:
    [found] = sketches.percentiles([row(times)], [q])
    true = sorted(times)[int(q * (len(times) - 1))]
    assert found is not None and abs(found - true) <= true * (sketches.ACCURACY + 1e-6)


@given(TIMES, TIMES)
def test_merging_is_the_same_as_counting_together(some: list[float], others: list[float]) -> None:
    merged = sketches._merged(row(some), row(others))
    together = row(some + others)
    assert merged.buckets == together.buckets and merged.count == together.count
    assert merged.longest_us == together.longest_us


def test_calls_are_kept_by_hour_and_asked_by_span(store: Store) -> None:
    with store.writing() as db:
        sketches.add_many(db, [timing(10), timing(20, ok=False), timing(1000, hours=1)])
        sketches.add_many(db, [timing(30), timing(5, connection="sf")])
        sketches.add_many(db, [])
        first = sketches.between(db, NOW, NOW, connection="ns")
        assert [(each.hour, each.count, each.failed, each.total_us, each.longest_us) for each in first] == [
            ("2026-11-20T09", 3, 1, 60000, 30000)
        ]
        both = sketches.between(db, NOW, NOW + timedelta(hours=1), connection="ns", verb="create")
        low, high = sketches.percentiles(both, [0, 1])
        assert low is not None and high is not None and abs(low - 10) < 0.2 and abs(high - 1000) < 20
        assert sketches.between(db, NOW, NOW, kind="invoice") == []
    assert sketches.percentiles([], [0.5, 0.99]) == [None, None]


def test_ten_million_calls_are_asked_quickly(store: Store) -> None:
    rng = np.random.default_rng(7)
    some = row(list(rng.lognormal(4, 1, 700)))
    hours = [(NOW + timedelta(hours=n)).isoformat()[:13] for n in range(720)]
    many = [SketchRow(hour, f"c{n}", "f", "k", "v", 700, 0, 1, 1, some.buckets) for hour in hours for n in range(20)]
    with store.writing() as db:
        sketches.rows.append(db, sketches.call_sketch, sketches._SHAPE.columns, [sketches._SHAPE.row(e) for e in many])
    with store.reading() as db:
        began = time.perf_counter()
        found = sketches.between(db, NOW, NOW + timedelta(days=30))
        [middle] = sketches.percentiles(found, [0.5])
        took = time.perf_counter() - began
    assert sum(each.count for each in found) >= 10_000_000 and middle is not None
    assert took < 1.0, "the bar of 150 ms is measured by bench; this only catches a wrong order of magnitude"
