"""A transaction's life is found by any name it ever had."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from console.records.intent import State, Verb
from console.records.money import Money
from local_db import crosswalk, ledger, trace
from local_db.ledger_claims import Opening, claim_and_open
from local_db.ledger_results import Closing, Done, close_attempts
from local_db.store import Store
from local_db.trace import TraceEvent

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ENTRY = "kan/time_entry/123"


@pytest.fixture
def told(store: Store) -> Store:
    wanted = ledger.Decision(
        "work_to_billing", ENTRY, "ns", "time_line", "TOabc-time-123", {"minutes": 5}, Verb.CREATE, State.READY
    )
    with store.writing() as db:
        ledger.save_plan(db, [wanted], NOW)
        [mine] = claim_and_open(db, "ns", 1, "w", 60, NOW, lambda each: Opening(each, "t", {}))
        close_attempts(db, [Closing(mine.id, mine.fence, mine.attempt, Done("77001"))], NOW)
        crosswalk.link(db, [crosswalk.Link(ENTRY, "ns", "time_line", "77001", "written", "w", NOW)])
        trace.record(
            db,
            [
                TraceEvent(
                    "deal-1",
                    NOW + timedelta(minutes=n),
                    "work_to_billing",
                    ENTRY,
                    "kan-ns",
                    "ns",
                    "time_line",
                    what,
                    "Sentence.",
                    Money(Decimal("10.5"), "EUR"),
                    120,
                    mine.attempt,
                )
                for n, what in ((2, "confirmed"), (1, "sent"))
            ],
        )
        won = TraceEvent("deal-1", NOW, "deal_to_project", "sf/deal/9", "sf", "sf", "deal", "read", "Won.")
        trace.record(db, [won])
    return store


@pytest.mark.parametrize("name", ["deal-1", ENTRY, "TOabc-time-123", "77001", "1", "sf/deal/9"])
def test_a_trace_is_found_by_any_id(told: Store, name: str) -> None:
    with told.reading() as db:
        events = trace.of(db, name)
        assert [each.what for each in events] == ["read", "sent", "confirmed"]
        assert events[1].money == Money(Decimal("10.5"), "EUR") and events[0].money is None


def test_an_unknown_id_has_no_trace(told: Store) -> None:
    with told.reading() as db:
        assert trace.of(db, "nothing") == [] and trace.find(db, "nothing") == []


@pytest.mark.parametrize(
    ("text", "what"),
    [("TOabc", "intent"), ("kan/time_e", "trace"), ("77001", "record"), ("deal-", "trace"), ("77001", "link")],
)
def test_search_finds_beginnings_and_ids(told: Store, text: str, what: str) -> None:
    with told.reading() as db:
        found = trace.find(db, text)
    assert what in {each.what for each in found} and {each.trace for each in found} == {"deal-1"}


def test_search_takes_signs_as_they_are(told: Store) -> None:
    with told.reading() as db:
        assert trace.find(db, "%") == [] and trace.find(db, "TO_bc") == []
