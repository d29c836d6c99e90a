"""The worker: it runs on its rhythm, serves what people ask once, and takes up what a dead one left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from console.sync.session import Session, now
from console.sync.worker import SEAT, SEAT_SECONDS, Occupied, Rhythm, take_seat, work
from local_db import claims, requests
from local_db.store import Db
from tests.console.sync.firm import Firm


def another(firm: Firm) -> Session:
    """The same workspace in the hands of a second worker."""
    return replace(firm.session, worker="worker 2")


async def until(session: Session, runs: int, every: float = 0.0) -> int:
    """Work until so many times something was done; answers how often it was."""
    stop = asyncio.Event()
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done >= runs:
            stop.set()

    await asyncio.wait_for(work(session, Rhythm(every), stop, count), 30)
    return done


def ask(firm: Firm, kind: str = "plan") -> int:
    number: int = firm.act(lambda db: requests.ask(db, kind, {}, "ann", now()))
    return number


def state(firm: Firm, number: int) -> str:
    row = firm.ask(lambda db: requests.get(db, number))
    assert row is not None
    return str(row.state)


def test_it_runs_at_once_and_again_on_its_rhythm(sold: Firm) -> None:
    assert sold.wait(until(sold.session, 2)) == 2
    assert sold.states("time_line") == {"done": 1}


def test_it_serves_requests_before_it_runs_by_itself(firm: Firm) -> None:
    first, second = ask(firm), ask(firm)
    assert firm.wait(until(firm.session, 1, every=600)) == 1
    assert (state(firm, first), state(firm, second)) == ("answered", "answered")
    assert firm.erp.asked == []
    assert firm.ask(lambda db: claims.holder_of(db, SEAT, now())) is None


def test_there_is_one_worker_a_workspace(firm: Firm) -> None:
    firm.wait(take_seat(firm.session))
    with pytest.raises(Occupied):
        firm.wait(take_seat(another(firm)))
    firm.wait(take_seat(firm.session))


def test_a_seat_nobody_renewed_is_taken_and_what_was_begun_is_taken_up(firm: Firm) -> None:
    number = ask(firm)

    def left_behind(db: Db) -> None:
        long_ago = now() - timedelta(seconds=SEAT_SECONDS + 1)
        workspace = firm.store.workspace_id
        claims.take(db, SEAT, workspace, "worker 1", "ann", "worker", long_ago, SEAT_SECONDS)
        requests.take(db, "worker 1", long_ago)

    firm.act(left_behind)
    assert state(firm, number) == "taken"
    assert firm.wait(until(another(firm), 1, every=600)) == 1
    assert state(firm, number) == "answered"


def test_who_asks_for_something_impossible_is_answered_and_the_worker_goes_on(firm: Firm) -> None:
    wrong, right = ask(firm, "dance"), ask(firm)
    firm.wait(until(firm.session, 1, every=600))
    assert (state(firm, wrong), state(firm, right)) == ("failed", "answered")
