"""Holds keep their age, belong to the plan or to an answer, and can be given, snoozed and talked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from console.records.intent import Hold
from console.records.money import Money
from console.records.problem import Problem
from local_db import holds, notes
from local_db.store import Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
CAP = Problem("cap_exceeded", "The cap is reached.", "Raise it.", "controller", "crm", "cap", "sf/deal/1", {"cap": "9"})
TAX = Problem("missing_tax_code", "No tax code.", "Set one.", "controller", "ns")


def held(*problems: Problem, subject: str = "kan/time_entry/1", money: str = "12.50") -> Hold:
    return Hold(
        "f",
        subject,
        problems,
        "ns",
        "time_line",
        subject,
        Money(Decimal(money), "EUR"),
        date(2026, 11, 3),
        "Norrvik Hale Ltd",
        {"minutes": 60},
    )


def test_a_hold_is_a_row_per_problem(store: Store) -> None:
    with store.writing() as db:
        holds.put(db, holds.rows_of(held(CAP, TAX), NOW))
        kept = holds.every(db, subjects=["kan/time_entry/1"])
        assert [each.as_problem() for each in kept] == [CAP, TAX]
        assert (kept[0].money, kept[0].on_day, kept[0].body, kept[0].source) == (
            Money(Decimal("12.5"), "EUR"),
            date(2026, 11, 3),
            {"minutes": 60},
            holds.PLAN,
        )
        assert holds.get(db, kept[0].id) == kept[0] and holds.get(db, 99) is None


def test_a_newer_plan_keeps_the_age_and_takes_the_news(store: Store) -> None:
    with store.writing() as db:
        holds.put(db, holds.rows_of(held(CAP, TAX), NOW))
        assert holds.keep_only(db, "f", ["kan/time_entry/1"], holds.rows_of(held(CAP, money="20"), LATER), LATER) == 1
        [kept] = holds.every(db)
        assert (kept.problem, kept.opened_at, kept.seen_at, kept.money) == (
            "cap_exceeded",
            NOW,
            LATER,
            Money(Decimal(20), "EUR"),
        )
        assert holds.keep_only(db, "f", ["kan/time_entry/1"], [], LATER + timedelta(days=1)) == 1
        assert holds.every(db) == [] and len(holds.every(db, ended=True)) == 2


def test_what_an_answer_held_a_plan_does_not_end(store: Store) -> None:
    with store.writing() as db:
        [refused] = holds.rows_of(held(CAP), NOW)
        holds.put(db, [replace(refused, source=holds.ANSWER)])
        assert holds.end(db, "f", ["kan/time_entry/1"], at=LATER) == 0
        assert holds.end(db, "f", ["kan/time_entry/1"], "replayed", "anna", LATER, answers=True) == 1
        [ended] = holds.every(db, ended=True)
        assert (ended.ended_why, ended.ended_by, ended.ended_at) == ("replayed", "anna", LATER)


def test_holds_are_given_snoozed_and_talked_about(store: Store) -> None:
    with store.writing() as db:
        holds.put(db, [*holds.rows_of(held(CAP), NOW), *holds.rows_of(held(CAP, subject="kan/time_entry/2"), NOW)])
        first, second = holds.every(db)
        holds.assign(db, [first.id], "anna")
        holds.snooze(db, [second.id], LATER)
        holds.comment(db, first.id, "Asked the PM.", "anna", NOW)
        assert [each.id for each in holds.every(db, assignee="anna")] == [first.id]
        assert [each.id for each in holds.every(db, snoozed_at=NOW)] == [first.id]
        assert len(holds.every(db, snoozed_at=LATER)) == 2 and len(holds.every(db, limit=1)) == 1
        assert [each.text for each in notes.about(db, f"hold/{first.id}")] == ["Asked the PM."]


def test_money_on_hold_is_summed_by_problem_and_currency(store: Store) -> None:
    with store.writing() as db:
        for number, money in enumerate(["0.1", "0.2", "0.000001"]):
            holds.put(db, holds.rows_of(held(CAP, subject=f"kan/time_entry/{number}", money=money), NOW))
        holds.put(db, [replace(holds.rows_of(held(TAX), LATER)[0], money=None)])
        found = {each.problem: each for each in holds.by_problem(db, "f")}
        assert (found["cap_exceeded"].number, found["cap_exceeded"].money) == (3, Money(Decimal("0.300001"), "EUR"))
        assert (found["missing_tax_code"].money, found["missing_tax_code"].oldest) == (None, LATER)
        assert holds.by_problem(db, "other") == []
