"""When a record changes, the subjects that hang on it are planned again, and no others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from console.records.delivery import Project, TimeEntry
from console.records.firm import Customer, Record
from console.records.intent import State, Verb
from console.records.keys import parse_ref
from console.records.money import Money
from console.records.selling import ContractLine, Deal, Rate
from console.wire.surface import Batch, Remote
from local_db import crosswalk, ledger, replica, subjects
from local_db.questions import matching
from local_db.questions.dependents import fell_due, of_target, touched
from local_db.questions.matching import DOUBLE, Candidate
from local_db.store import Db, Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def learn(db: Db, *records: Record) -> None:
    for record in records:
        connection, kind, remote_id = parse_ref(record.ref)
        replica.save_batch(db, connection, Batch(kind, [Remote(kind, remote_id, {}, record.ref, record)], ""), 1, NOW)


def entry(number: int, project: int) -> TimeEntry:
    return TimeEntry(
        ref=f"kan/time_entry/{number}",
        project=f"kan/project/{project}",
        resource="kan/resource/1",
        worked_on=date(2026, 11, 3),
        minutes=60,
    )


@pytest.fixture
def firm(store: Store) -> Store:
    with store.writing() as db:
        learn(
            db,
            Customer(ref="sf/customer/1", name="A"),
            Deal(ref="sf/deal/1", name="D", customer="sf/customer/1"),
            Deal(ref="sf/deal/2", name="Amendment", customer="sf/customer/1", amends="sf/deal/1"),
            ContractLine(ref="sf/contract_line/1", deal="sf/deal/2", title="L", due_on=date(2026, 11, 1)),
            Rate(ref="kan/rate/1", rate_card="kan/rate_card/1", role="r", hourly=Money(Decimal(9), "EUR")),
            Project(ref="kan/project/1", name="P", rate_card="kan/rate_card/1"),
            Project(ref="kan/project/2", name="Q"),
            entry(1, 1),
            entry(2, 1),
            entry(3, 2),
        )
        crosswalk.link(db, [crosswalk.Link("sf/deal/1", "kan", "project", "1", "written", "w", NOW)])
    return store


WORK_OF_1 = {"kan/time_entry/1", "kan/time_entry/2"}


@pytest.mark.parametrize(
    ("kind", "ref", "deals", "work"),
    [
        ("time_entry", "kan/time_entry/3", set(), {"kan/time_entry/3"}),
        ("rate", "kan/rate/1", set(), WORK_OF_1),
        ("project", "kan/project/2", set(), {"kan/time_entry/3"}),
        ("deal", "sf/deal/2", {"sf/deal/1"}, WORK_OF_1),
        ("contract_line", "sf/contract_line/1", {"sf/deal/1"}, WORK_OF_1),
        ("customer", "sf/customer/1", {"sf/deal/1"}, WORK_OF_1),
        ("invoice", "ns/invoice/1", set(), set()),
    ],
)
def test_only_what_hangs_on_a_record_is_touched(
    firm: Store, kind: str, ref: str, deals: set[str], work: set[str]
) -> None:
    with firm.reading() as db:
        found = touched(db, kind, [ref])
    assert found.get("deal_to_project", set()) == deals and found.get("work_to_billing", set()) == work


def test_a_record_we_wrote_touches_what_it_was_written_for(firm: Store) -> None:
    decision = ledger.Decision(
        "work_to_billing", "kan/time_entry/1", "ns", "time_line", "k", {}, Verb.UPDATE, State.READY, remote_id="55"
    )
    with firm.writing() as db:
        ledger.save_plan(db, [decision], NOW)
        assert touched(db, "time_line", ["ns/time_line/55"])["work_to_billing"] == {"kan/time_entry/1"}
        assert of_target(db, "work_to_billing", "ns") == {"kan/time_entry/1"}
        assert of_target(db, "work_to_billing", "sf") == set()


def test_lines_fall_due(firm: Store) -> None:
    with firm.writing() as db:
        subjects.settle(db, "work_to_billing", [("sf/contract_line/1", "contract_line", "not_yet", "")], NOW)
        assert fell_due(db, date(2026, 10, 31)) == set()
        assert fell_due(db, date(2026, 11, 1)) == {"sf/contract_line/1"}
        assert [(each.outcome, each.number) for each in subjects.reasons(db, ["not_yet"])] == [("not_yet", 1)]
        subjects.mark(db, "work_to_billing", ["sf/contract_line/1"], "due", NOW)
        assert subjects.dirty(db, ["sf/contract_line/1", "sf/deal/1"]) == {"sf/contract_line/1"}


def test_candidates_of_matching_are_replaced_as_a_whole(store: Store) -> None:
    first = Candidate("ns", "customer", "9", "sf/customer/1", "likeness", "Nearly the same name.", 80, NOW)
    double = Candidate("ns", "customer", "8", "sf/customer/2", DOUBLE, "Two of one tax number.", 100, NOW)
    with store.writing() as db:
        matching.replace(db, "ns", "customer", [first, double])
        assert matching.every(db, "ns", "customer") == [double, first] and matching.every(db, "kan") == []
        assert matching.doubles(db, "customer", ["sf/customer/1", "sf/customer/2"]) == {("ns", "sf/customer/2"): 1}
        matching.replace(db, "ns", "customer", [first])
        assert matching.every(db) == [first]
