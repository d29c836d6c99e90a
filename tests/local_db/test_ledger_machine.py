"""Whatever order plans, answers, lost answers, deaths and time come in: one record per key, and the last body wins."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.records.intent import State, Verb
from console.records.problem import Problem
from local_db import attempts, ledger, subjects
from local_db.ledger_claims import Claimed, Opening, claim_and_open, expire_leases, unknown_due
from local_db.ledger_results import Closing, Done, Held, Later, Result, Tries, Unknown, close_attempts
from local_db.store import Store

KEYS = ["TO1-time-1", "TO1-time-2", "TO1-time-3"]
FATES = st.sampled_from(
    [
        "stored",
        "stored",
        "answer lost",
        "never arrived",
        "late",
        "later",
        "refused",
        "killed after",
        "killed before",
        "slow",
    ]
)
SETTLING = timedelta(seconds=120)
ENDLESS = Tries(most=10**6, hours=10**6)
REFUSED = Problem("refused_by_platform", "No.", "Mend it.", "support", "ns")


@dataclass
class Platform:
    """An ERP that ignores our key when it creates: sent twice is stored twice."""

    records: dict[str, list[int]] = field(default_factory=dict)
    on_the_way: list[tuple[datetime, str, int, bool]] = field(default_factory=list)

    def store(self, key: str, body: int, create: bool) -> None:
        if create:
            self.records.setdefault(key, []).append(body)
        else:
            self.records[key][0] = body

    def arrive(self, now: datetime) -> None:
        for due, key, body, create in [each for each in self.on_the_way if each[0] <= now]:
            self.store(key, body, create)
            self.on_the_way.remove((due, key, body, create))

    def body_of(self, key: str) -> int | None:
        return self.records[key][0] if key in self.records else None


class LedgerMachine(RuleBasedStateMachine):
    """Plans, workers that die or dawdle, a platform that answers, loses answers or commits late, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Path(self.folder.name) / "w.tieout", create=True)
        self.now = datetime(2026, 11, 20, tzinfo=UTC)
        self.platform = Platform()
        self.wanted: dict[str, int] = {}
        self.slow: list[tuple[Claimed, Result]] = []

    @initialize()
    def first_plan(self) -> None:
        for key in KEYS:
            self.plan(key, 0)

    @rule(key=st.sampled_from(KEYS), body=st.integers(1, 4))
    def plan(self, key: str, body: int) -> None:
        """A new wish, planned at once."""
        self.wanted[key] = body
        self._plan([key])

    @rule()
    def plan_again(self) -> None:
        """What was marked while a write was under way."""
        with self.store.reading() as db:
            marked = [each.rpartition("/")[2] for each in subjects.take(db, "f", 10)]
        self._plan(marked)

    def _plan(self, keys: list[str]) -> None:
        with self.store.writing() as db:
            known = ledger.by_keys(db, "ns", "time_line", keys)
            for key in keys:
                row = known.get(key)
                exists = row is not None and row.remote_id
                done = row is not None and row.confirmed == {"minutes": self.wanted[key]}
                ledger.save_plan(
                    db,
                    [
                        ledger.Decision(
                            "f",
                            f"kan/time_entry/{key}",
                            "ns",
                            "time_line",
                            key,
                            {"minutes": self.wanted[key]},
                            Verb.UPDATE if exists else Verb.CREATE,
                            State.DONE if done else State.READY,
                            remote_id=row.remote_id if row else "",
                        )
                    ],
                    self.now,
                )
            subjects.settle(db, "f", [(f"kan/time_entry/{key}", "time_entry", "planned", "") for key in keys], self.now)

    @rule(fate=FATES, limit=st.integers(1, 3))
    def work(self, fate: str, limit: int) -> None:
        """A worker claims, writes its attempts down, sends, and meets its fate."""
        with self.store.writing() as db:
            claimed = claim_and_open(
                db, "ns", limit, "w", 60, self.now, lambda each: Opening(each, each.body_hash, {"body": each.body})
            )
        if fate == "killed before":
            return
        results = [(each, self._send(each, fate)) for each in claimed]
        if fate == "slow":
            self.slow += results
        elif fate != "killed after":
            self._close(results)

    def _send(self, claimed: Claimed, fate: str) -> Result:
        body, create = claimed.body["minutes"], claimed.verb is Verb.CREATE
        if create and self.platform.body_of(claimed.key) is not None:
            return self._look(claimed)
        match fate:
            case "stored" | "slow" | "answer lost" | "killed after":
                self.platform.store(claimed.key, body, create)
            case "late":
                self.platform.on_the_way.append((self.now + SETTLING / 2, claimed.key, body, create))
            case "later":
                return Later(1)
            case "refused":
                return Held(REFUSED)
        return Done(f"id-{claimed.key}") if fate in ("stored", "slow") else Unknown("No answer.", SETTLING.seconds)

    def _look(self, claimed: Claimed) -> Result:
        """A create adopts what it finds; an update counts only when the stored body is the one that was sent."""
        stored = self.platform.body_of(claimed.key)
        if stored is None or (claimed.verb is Verb.UPDATE and stored != claimed.body["minutes"]):
            return Later(0)
        return Done(f"id-{claimed.key}", stored={"minutes": stored})

    @precondition(lambda self: self.slow)
    @rule()
    def slow_worker_wakes(self) -> None:
        late, self.slow = self.slow, []
        self._close(late)

    def _close(self, results: list[tuple[Claimed, Result]]) -> list[int]:
        with self.store.writing() as db:
            return close_attempts(
                db, [Closing(each.id, each.fence, each.attempt, result) for each, result in results], self.now, ENDLESS
            )

    @rule()
    def settle(self) -> None:
        with self.store.writing() as db:
            due = unknown_due(db, "ns", self.now, "settler", 60)
        assert self._close([(each, self._look(each)) for each in due]) == []

    @rule(seconds=st.sampled_from([1, 61, 121, 500]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.platform.arrive(self.now)
        with self.store.writing() as db:
            expire_leases(db, self.now, SETTLING.seconds)

    @rule(key=st.sampled_from(KEYS))
    def person_replays(self, key: str) -> None:
        with self.store.writing() as db:
            row = ledger.get(db, key)
            assert row is not None
            ledger.set_state(db, [row.id], State.READY, "replay", self.now, [State.HELD])

    @invariant()
    def one_record_per_key(self) -> None:
        assert all(len(bodies) == 1 for bodies in self.platform.records.values()), self.platform.records

    @invariant()
    def no_body_changes_under_way(self) -> None:
        with self.store.reading() as db:
            flying = ledger.intents(db, states=[State.SENT, State.UNKNOWN])
            tried = {each.intent: each for each in attempts.of(db, [row.id for row in flying])}
        for row in flying:
            assert row.id not in tried or tried[row.id].body_hash == row.body_hash

    def teardown(self) -> None:
        """Left alone with a platform that behaves, everything comes to rest as it was last wanted."""
        try:
            for _round in range(12):
                self.time_passes(500)
                self.slow = []
                for key in KEYS:
                    self.person_replays(key)
                self.settle()
                self.plan_again()
                self.work("stored", 3)
            rest = {key: self.platform.body_of(key) for key in self.wanted}
            assert rest == self.wanted
            self.one_record_per_key()
            with self.store.reading() as db:
                assert {row.state for row in ledger.intents(db)} == {State.DONE}
        finally:
            self.store.close()
            self.folder.cleanup()


LedgerMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestLedgerMachine = LedgerMachine.TestCase
