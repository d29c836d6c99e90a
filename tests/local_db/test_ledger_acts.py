"""People's acts on standing intents, dead workers, and the attempts one can read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console.records.intent import State, Verb
from local_db import attempts, ledger, ledger_acts
from local_db.ledger_claims import Claimed, Opening, claim_and_open, end_leases, expire_leases
from local_db.ledger_results import Closing, Done, close_attempts
from local_db.questions.writes import last_write
from local_db.store import Db, Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def sent(db: Db, worker: str = "w1") -> Claimed:
    ledger.save_plan(
        db, [ledger.Decision("f", "a/b/1", "ns", "project", "k1", {"name": "x"}, Verb.CREATE, State.READY)], NOW
    )
    [claimed] = claim_and_open(db, "ns", 1, worker, 600, NOW, lambda each: Opening(each, "t", {"to": "ns"}, "anna"))
    return claimed


def state(db: Db) -> State:
    row = ledger.get(db, "k1")
    assert row is not None
    return row.state


def test_nothing_a_person_does_touches_a_write_in_flight(store: Store) -> None:
    with store.writing() as db:
        claimed = sent(db)
        before = ledger.get(db, claimed.id)
        ledger_acts.rebase(db, claimed.id, {"name": "y"}, NOW)
        ledger_acts.disown(db, claimed.id, NOW)
        assert ledger.set_state(db, [claimed.id], State.READY, "", NOW) == []
        assert ledger.get(db, claimed.id) == before


def test_what_is_there_can_be_taken_as_agreed_or_let_go(store: Store) -> None:
    with store.writing() as db:
        claimed = sent(db)
        close_attempts(db, [Closing(claimed.id, claimed.fence, claimed.attempt, Done("7", "v1"))], NOW)
        ledger_acts.rebase(db, claimed.id, {"name": "theirs"}, NOW)
        row = ledger.get(db, claimed.id)
        assert row is not None and (row.confirmed, row.remote_id) == ({"name": "theirs"}, "7")
        ledger_acts.disown(db, claimed.id, NOW)
        row = ledger.get(db, claimed.id)
        assert row is not None and (row.confirmed, row.remote_id, row.state) == (None, "", State.PLANNED)


def test_the_leases_of_a_dead_worker_end_at_once(store: Store) -> None:
    with store.writing() as db:
        claimed = sent(db, "dead")
        end_leases(db, "alive", NOW)
        assert expire_leases(db, NOW + timedelta(seconds=1)) == []
        end_leases(db, "dead", NOW)
        assert expire_leases(db, NOW + timedelta(seconds=1)) == [claimed.id] and state(db) is State.UNKNOWN


def test_attempts_are_read_newest_first(store: Store) -> None:
    with store.writing() as db:
        assert last_write(db, "ns", "project") is None
        claimed = sent(db)
        [attempt] = attempts.recent(db, target="ns")
        assert (attempt.intent, attempt.number, attempt.token, attempt.request, attempt.actor) == (
            claimed.id,
            1,
            "t",
            {"to": "ns"},
            "anna",
        )
        assert (attempt.opened_at, attempt.closed_at, attempt.outcome) == (NOW, None, "")
        assert attempts.recent(db, target="sf") == [] and last_write(db, "ns", "project") == NOW
