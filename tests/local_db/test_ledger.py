"""Plans become standing intents; claims, attempts and results keep rules 1 to 8."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from console.records.intent import Linked, State, Verb
from console.records.money import Money
from console.records.problem import Problem
from local_db import attempts, crosswalk, holds, ledger, subjects
from local_db.ledger import Decision
from local_db.ledger_claims import (
    Claimed,
    Opening,
    accepted,
    claim,
    claim_and_open,
    expire_leases,
    give_back,
    next_due,
    open_attempts,
    renew,
    unknown_due,
)
from local_db.ledger_results import Accepted, Closing, Done, Held, Later, Replan, Result, Tries, Unknown, close_attempts
from local_db.store import Db, Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SOON = timedelta(seconds=30)
CLOSED = Problem("closed_period", "The period is closed.", "Open it or move the day.", "controller", "ns")


def line(key: str = "TO1-time-1", minutes: int = 60, state: State = State.READY, **more: object) -> Decision:
    fields: dict[str, object] = {
        "flow": "work_to_billing",
        "subject": f"kan/time_entry/{key}",
        "target": "ns",
        "kind": "time_line",
        "key": key,
        "body": {"minutes": minutes, "project": Linked("project", "sf/deal/1")},
        "verb": Verb.CREATE,
        "state": state,
        "money": Money(Decimal("150.25"), "EUR"),
        "on": date(2026, 11, 3),
        "legal_entity": "Norrvik Hale GmbH",
    }
    return Decision(**{**fields, **more})  # type: ignore[arg-type]


def send(db: Db, now: datetime = NOW, worker: str = "w1", limit: int = 10) -> list[Claimed]:
    def opening(claimed: Claimed) -> Opening:
        return Opening(claimed, f"{claimed.key}.{claimed.body_hash[:8]}", {"body": claimed.body}, "worker")

    return claim_and_open(db, "ns", limit, worker, 60, now, opening)


def close(db: Db, claimed: Claimed, result: Result, at: datetime = NOW + SOON, tries: Tries | None = None) -> list[int]:
    closing = Closing(claimed.id, claimed.fence, claimed.attempt, result, {"id": "77"}, None, 12)
    return close_attempts(db, [closing], at, tries or Tries())


def row(db: Db, key: str = "TO1-time-1") -> ledger.IntentRow:
    found = ledger.get(db, key)
    assert found is not None
    return found


def test_a_plan_is_kept_as_it_was_said(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW, "plan-1")
        kept = row(db)
    assert kept.body == {"minutes": 60, "project": {"$link": ["project", "sf/deal/1"]}}
    assert kept.links == {"project": ["project", "sf/deal/1"]}
    assert (kept.state, kept.verb, kept.money, kept.on_day) == (
        State.READY,
        Verb.CREATE,
        Money(Decimal("150.25"), "EUR"),
        date(2026, 11, 3),
    )
    assert (kept.plan_id, kept.planned_at, kept.rank) == ("plan-1", NOW, 5)


def test_the_same_plan_again_changes_nothing(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        before = row(db)
        ledger.save_plan(db, [line()], NOW + SOON)
        assert row(db) == before


def test_another_body_replaces_the_plan_and_trying_starts_anew(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        close(db, claimed, Later(600, "busy"))
        assert (row(db).state, row(db).tries, row(db).why) == (State.READY, 1, "busy")
        ledger.save_plan(db, [line(minutes=90)], NOW + SOON)
        assert (row(db).tries, row(db).next_at, row(db).body["minutes"]) == (0, None, 90)


def test_a_write_in_flight_keeps_its_body_and_is_planned_again_when_settled(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        ledger.save_plan(db, [line(minutes=90)], NOW)
        assert (row(db).body["minutes"], row(db).state) == (60, State.SENT)
        noted = row(db).next_body
        assert noted is not None and noted["minutes"] == 90
        assert close(db, claimed, Unknown("no answer")) == []
        assert row(db).next_body is not None
        [again] = unknown_due(db, "ns", NOW + timedelta(minutes=5), "w1", 60)
        assert again.request == {"body": claimed.body} and again.attempt == claimed.attempt
        close(db, again, Done("77", "v1"), NOW + timedelta(minutes=5))
        settled = row(db)
        assert (settled.state, settled.next_body, settled.remote_id) == (State.DONE, None, "77")
        assert settled.confirmed == settled.body and settled.confirmed_hash == settled.body_hash
        assert subjects.take(db, "work_to_billing", 5) == ["kan/time_entry/TO1-time-1"]


def test_a_plan_that_returns_to_what_is_in_flight_is_noted_no_longer(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        ledger.save_plan(db, [line(minutes=90)], NOW)
        ledger.save_plan(db, [line(minutes=60)], NOW)
        assert row(db).next_body is None
        close(db, claimed, Done("77"))
        assert subjects.take(db, "work_to_billing", 5) == []


def test_try_later_with_a_newer_plan_is_not_sent_with_the_old_body(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        ledger.save_plan(db, [line(minutes=90)], NOW)
        close(db, claimed, Later(0))
        assert row(db).state is State.PLANNED
        assert send(db, NOW + timedelta(hours=1)) == []
        ledger.save_plan(db, [line(minutes=90)], NOW + SOON)
        [again] = send(db, NOW + timedelta(hours=1))
        assert again.body["minutes"] == 90


def test_what_a_platform_refused_stays_held_until_the_plan_wants_something_else(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        close(db, claimed, Held(CLOSED))
        ledger.save_plan(db, [line()], NOW + SOON)
        assert (row(db).state, row(db).why, row(db).stopped) == (State.HELD, "closed_period", True)
        assert holds.keep_only(db, "work_to_billing", [row(db).subject], [], NOW + timedelta(minutes=1)) == 0
        [hold] = holds.every(db, problem="closed_period")
        assert hold.as_problem() == CLOSED and hold.money == Money(Decimal("150.25"), "EUR")
        ledger.save_plan(db, [line(on=date(2026, 12, 1), minutes=61)], NOW + timedelta(minutes=2))
        assert row(db).state is State.READY and holds.every(db) == []


def test_a_person_replays_what_was_refused(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        close(db, claimed, Held(CLOSED))
        assert ledger.set_state(db, [claimed.id], State.READY, "replay", NOW + SOON, [State.HELD]) == [claimed.id]
        [again] = send(db, NOW + timedelta(minutes=2))
        assert again.fence == claimed.fence + 1
        close(db, again, Done("77"), NOW + timedelta(minutes=2))
        assert holds.every(db) == [] and [each.outcome for each in attempts.of(db, [again.id])] == ["held", "done"]


def test_what_a_person_dismissed_is_not_planned_again(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line(state=State.HELD, why="closed_period", problems=[CLOSED])], NOW)
        [hold] = holds.every(db)
        holds.dismiss(db, [hold.id], "billed by hand", "anna", NOW + SOON)
        ledger.save_plan(db, [line()], NOW + timedelta(minutes=1))
        assert row(db).state is State.DISMISSED and holds.every(db) == []


def test_holds_of_a_plan_keep_their_age_and_end_with_it(store: Store) -> None:
    held = line(state=State.HELD, why="closed_period", problems=[CLOSED])
    with store.writing() as db:
        ledger.save_plan(db, [held], NOW)
        ledger.save_plan(db, [held], NOW + timedelta(days=1))
        [hold] = holds.every(db)
        assert (hold.opened_at, hold.seen_at) == (NOW, NOW + timedelta(days=1))
        [count] = holds.by_problem(db)
        assert (count.problem, count.number, count.oldest, count.money) == (
            "closed_period",
            1,
            NOW,
            Money(Decimal("150.25"), "EUR"),
        )
        ledger.save_plan(db, [line()], NOW + timedelta(days=2))
        assert holds.every(db) == [] and holds.every(db, ended=True)[0].ended_why == "resolved"


def test_claims_go_by_rank_then_age(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line("late", kind="time_line")], NOW)
        ledger.save_plan(db, [line("job", kind="project"), line("buyer", kind="customer")], NOW + SOON)
        ledger.save_plan(db, [line("early", kind="time_line")], NOW - SOON)
        assert [each.key for each in claim(db, "ns", 10, "w", 60, NOW + SOON)] == ["buyer", "job", "early", "late"]


def test_one_write_in_flight_per_record_of_the_target(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line("a", remote_id="5"), line("b", remote_id="5"), line("c", remote_id="6")], NOW)
        first = send(db)
        assert [each.key for each in first] == ["a", "c"]
        assert send(db) == []
        close(db, first[0], Done("5"))
        assert [each.key for each in send(db, NOW + SOON)] == ["b"]


def test_only_the_holder_of_fence_and_lease_may_record_a_result(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [slow] = send(db, worker="slow")
        late = NOW + timedelta(minutes=2)
        assert close(db, slow, Done("1"), late) == [slow.id]
        assert expire_leases(db, late, 120) == [slow.id]
        assert (row(db).state, row(db).unsure) == (State.UNKNOWN, True)
        assert unknown_due(db, "ns", late, "quick", 60) == []
        [quick] = unknown_due(db, "ns", late + timedelta(minutes=2), "quick", 60)
        assert quick.fence == slow.fence + 1 and quick.token == slow.token
        assert unknown_due(db, "ns", late + timedelta(minutes=2), "third", 60) == []
        assert close(db, slow, Done("1"), late + timedelta(minutes=2)) == [slow.id]
        assert close(db, quick, Done("2"), late + timedelta(minutes=2)) == []
        assert row(db).remote_id == "2"


def test_a_worker_killed_between_claim_and_attempt_costs_no_look_up(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = claim(db, "ns", 1, "w", 60, NOW)
        assert expire_leases(db, NOW + timedelta(minutes=2)) == []
        assert (row(db).state, row(db).tries) == (State.READY, 0)
        assert open_attempts(db, [Opening(claimed, "t", {})], NOW + timedelta(minutes=2)) == [0]


def test_a_claim_given_back_is_no_try(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        assert claim_and_open(db, "ns", 5, "w", 60, NOW, lambda claimed: None) == []
        assert (row(db).state, row(db).tries) == (State.READY, 0)
        [claimed] = claim(db, "ns", 5, "w", 60, NOW)
        give_back(db, [claimed], NOW)
        assert row(db).state is State.READY


def test_a_lease_is_renewed_only_while_it_runs(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        claimed = send(db)
        assert renew(db, claimed, 600, NOW + SOON) == []
        assert expire_leases(db, NOW + timedelta(minutes=5)) == []
        assert renew(db, claimed, 600, NOW + timedelta(hours=1)) == [claimed[0].id]


def test_accepted_work_is_polled_until_it_is_done(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        close(db, claimed, Accepted("job-9", 5))
        assert accepted(db, "ns", NOW + SOON, "w", 60) == []
        [polled] = accepted(db, "ns", NOW + timedelta(minutes=1), "w", 60)
        assert (polled.job, polled.attempt) == ("job-9", claimed.attempt)
        close(db, polled, Done("77", created=True), NOW + timedelta(minutes=1))
        assert (row(db).state, row(db).job, row(db).done_at) == (State.DONE, "", NOW + timedelta(minutes=1))


@pytest.mark.parametrize("result", [Later(0, "Too many requests."), Unknown("No answer.", 0)])
def test_tries_end(store: Store, result: Result) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        close(db, claimed, result)
        at = NOW + timedelta(hours=25)
        [claimed] = [*send(db, at), *unknown_due(db, "ns", at, "w", 60)]
        close(db, claimed, result, at)
        code = "tries_ended" if isinstance(result, Later) else "answer_lost"
        assert (row(db).state, row(db).why, row(db).unsure) == (State.HELD, code, code == "answer_lost")
        assert [each.problem for each in holds.every(db)] == [code]


def test_too_many_tries_end_too(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        for minute in range(2):
            [claimed] = send(db, NOW + timedelta(minutes=minute))
            close(db, claimed, Later(0, "Busy."), NOW + timedelta(minutes=minute), Tries(most=2))
        assert (row(db).state, row(db).why) == (State.HELD, "tries_ended")
        assert "2 tries" in holds.every(db)[0].sentence


def test_a_changed_world_is_planned_again_and_never_sent(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        close(db, claimed, Replan("Changed in NetSuite."))
        assert row(db).state is State.PLANNED and send(db, NOW + timedelta(hours=1)) == []
        assert subjects.take(db, "work_to_billing", 5) == [row(db).subject]


def test_waiting_ends_when_the_last_record_is_linked(store: Store) -> None:
    body = {"project": Linked("project", "sf/deal/1"), "task": Linked("task", "kan/task/2")}
    waits = line(body=body, state=State.WAITING, why=ledger.waiting_for("project", "sf/deal/1"))
    with store.writing() as db:
        ledger.save_plan(db, [waits], NOW)
        crosswalk.link(db, [crosswalk.Link("sf/deal/1", "ns", "project", "9", "written", "worker", NOW)])
        assert ledger.release_waiting(db, "ns", "project", ["sf/deal/1"], NOW) == 0
        assert row(db).why == "task kan/task/2"
        crosswalk.link(db, [crosswalk.Link("kan/task/2", "ns", "task", "8", "written", "worker", NOW)])
        assert ledger.release_waiting(db, "ns", "task", ["kan/task/2"], NOW) == 1
        assert (row(db).state, row(db).why) == (State.READY, "")


def test_writes_to_a_record_are_counted_for_a_day(store: Store) -> None:
    with store.writing() as db:
        for time in range(3):
            ledger.save_plan(db, [line(minutes=60 + time)], NOW + timedelta(hours=12 * time))
            [claimed] = send(db, NOW + timedelta(hours=12 * time))
            close(db, claimed, Done("77"), NOW + timedelta(hours=12 * time))
        assert ledger.writes_today(db, "ns", "time_line", ["77", "78"], NOW + timedelta(hours=25)) == {"77": 2}


def test_intents_are_counted_with_their_money(store: Store) -> None:
    with store.writing() as db:
        ledger.save_plan(db, [line("a"), line("b"), line("c", money=None)], NOW)
        found = {count.currency: (count.number, count.money) for count in ledger.counts(db, "work_to_billing")}
        assert found == {"EUR": (2, Money(Decimal("300.5"), "EUR")), "": (1, None)}
        assert [each.key for each in ledger.intents(db, states=[State.READY], after_id=1, limit=1)] == ["b"]
        assert ledger.intents(db, keys=["a"], target="ns", kind="time_line", flow="other") == []


def test_next_due_tells_when_to_wake(store: Store) -> None:
    with store.writing() as db:
        assert next_due(db, "ns") is None
        ledger.save_plan(db, [line()], NOW)
        [claimed] = send(db)
        close(db, claimed, Later(600), NOW)
        assert next_due(db, "ns") == NOW + timedelta(minutes=10)
