"""Subjects are marked, taken oldest first, settled by the snapshot they were planned on, and counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from console.records.money import Money
from local_db import subjects
from local_db.store import Store
from local_db.subjects import Outcome, Tally

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FLOW = "work_to_billing"


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_the_oldest_mark_is_taken_first_and_keeps_its_age(store: Store) -> None:
    with store.writing() as db:
        subjects.mark(db, FLOW, ["kan/time_entry/2"], "changed", at(1))
        subjects.mark(db, FLOW, ["kan/time_entry/1"], "new", at(2))
        subjects.mark(db, FLOW, ["kan/time_entry/2"], "rate", at(3))
        subjects.mark(db, "other", ["kan/time_entry/3"], "new", at(0))
        assert subjects.take(db, FLOW, 10) == ["kan/time_entry/2", "kan/time_entry/1"]
        assert subjects.take(db, FLOW, 1) == ["kan/time_entry/2"]
        row = subjects.get(db, FLOW, "kan/time_entry/2")
        assert row is not None
        assert (row.dirty_since, row.marked_at, row.marked_why, row.kind) == (at(1), at(3), "rate", "time_entry")
        assert subjects.waiting(db) == {FLOW: 2, "other": 1}


def test_a_mark_made_after_the_snapshot_stands(store: Store) -> None:
    with store.writing() as db:
        subjects.mark(db, FLOW, ["a/b/1", "a/b/2"], "new", at(0))
        subjects.mark(db, FLOW, ["a/b/2"], "changed", at(6))
        money = Money(Decimal("12.5"), "EUR")
        subjects.settle(db, FLOW, [Outcome("a/b/1", "b", "planned", "", money), ("a/b/2", "b", "held", "cap")], at(5))
        assert subjects.take(db, FLOW, 10) == ["a/b/2"]
        first, second = subjects.get(db, FLOW, "a/b/1"), subjects.get(db, FLOW, "a/b/2")
        assert first is not None and second is not None
        assert (first.outcome, first.money, first.planned_at, first.dirty_since) == ("planned", money, at(5), None)
        assert (second.outcome, second.why, second.dirty_since) == ("held", "cap", at(6))


def test_outcomes_are_counted(store: Store) -> None:
    with store.writing() as db:
        subjects.settle(db, FLOW, [(f"a/b/{n}", "b", "held" if n else "planned", "") for n in range(4)], at(0))
        subjects.mark(db, FLOW, ["a/b/9"], "new", at(1))
        assert subjects.tally(db) == [Tally(FLOW, "b", "held", 3), Tally(FLOW, "b", "planned", 1)]
        assert subjects.tally(db, "other") == []
        subjects.forget(db, FLOW, ["a/b/0", "a/b/9"])
        assert subjects.waiting(db) == {} and subjects.get(db, FLOW, "a/b/9") is None
