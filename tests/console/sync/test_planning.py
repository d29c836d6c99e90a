"""Planning: what is wanted against what is there, on both databases, with every record in one bucket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.desk.standing import plan_rows
from console.records.intent import Mode, State
from console.sync import acts
from console.sync.cycle import plan
from local_db import holds, subjects
from local_db.store import Store
from tests.console.sync.firm import (
    ENTITY,
    FLOWS,
    TODAY,
    Firm,
    a_customer,
    a_deal,
    an_entry,
    firm_of,
    furnished,
    set_up,
)
from tests.console.sync.stand_in import Platform, card_of

OTHER = "Norrvik Hale Ltd"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path, runner: asyncio.Runner) -> Iterator[Firm]:
    """A furnished firm on each of the two databases."""
    place = str(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else tmp_path / "w.tieout"
    store = Store.open(place, create=True, environment="practice")
    yield furnished(store, runner)
    store.close()


def test_a_won_deal_comes_to_a_billed_hour_on_both_databases(either: Firm) -> None:
    firm = set_up(either)
    firm.run()
    assert firm.states() == {"done": 6}
    remote_id, line = firm.erp.only("time_line")
    assert (line.project, line.resource, line.tax_code) == (
        f"netsuite/project/{firm.erp.only('project')[0]}",
        "netsuite/resource/5",
        "netsuite/tax_code/7",
    )
    firm.erp.edit("time_line", remote_id, minutes=60)
    firm.run()
    firm.act(lambda db: acts.replay(db, [firm.one_held("changed_by_person").id], "ann"))
    firm.run()
    assert firm.erp.only("time_line")[1].minutes == 120
    firm.erp.tricks.lost_answers = 1
    firm.psa.edit("time_entry", "t1", minutes=90)
    firm.run()
    firm.run()
    assert firm.states() == {"done": 6}
    assert len(firm.erp.wrote("time_line")) == 3
    assert all(row["conserves"] for row in firm.ask(plan_rows))


def test_every_subject_is_in_one_bucket_and_the_sum_is_what_was_read(sold: Firm) -> None:
    project = f"kantata/project/{next(iter(sold.psa.shelves['project']))}"
    an_entry(sold, "t2", project, billable=False)
    an_entry(sold, "t3", project, approved=False)
    an_entry(sold, "t4", project, role="kantata/role/none")
    an_entry(sold, "t5", project, worked_on=TODAY.replace(year=2025))
    an_entry(sold, "t6", "kantata/project/none")
    a_deal(sold, "salesforce/customer/c1", "d2", is_won=False, is_closed=False)
    sold.run()
    rows = {(row["flow"], row["kind"]): row for row in sold.ask(plan_rows)}
    entries = rows["work_to_billing", "time_entry"]
    assert entries["hold"] == {"missing_rate": 1, "missing_project": 1}
    counted = {name: entries[name] for name in ("unchanged", "not_billable", "not_yet", "before_cutover", "read")}
    assert counted == {"unchanged": 1, "not_billable": 1, "not_yet": 1, "before_cutover": 1, "read": 6}
    assert entries["equation"] == (
        "6 read = 0 planned + 2 held + 0 waiting + 1 unchanged + 1 not billable + 1 before cut-over + 1 not yet"
    )
    deals = rows["deal_to_project", "deal"]
    assert (deals["unchanged"], deals["not_yet"], deals["read"]) == (1, 1, 2)
    assert all(row["conserves"] for row in rows.values())


def test_a_record_that_no_flow_looked_at_breaks_the_equation(sold: Firm) -> None:
    sold.run()
    sold.act(lambda db: subjects.forget(db, "work_to_billing", ["kantata/time_entry/t1"]))
    assert [row["conserves"] for row in sold.ask(plan_rows) if row["kind"] == "deal"] == [True]
    broken = [row for row in sold.ask(plan_rows) if row["kind"] == "time_entry"]
    assert [(row["read"], row["conserves"]) for row in broken] == [(1, False)]


def test_a_refusal_of_one_platform_does_not_hold_its_twin_on_another(firm: Firm) -> None:
    """The project of a deal has the same key in the PSA and in the ERP."""
    a_deal(firm, a_customer(firm))
    firm.live()
    firm.psa.tricks.refuse = "The template is missing."
    firm.run()
    firm.crm.edit("deal", "d1", probability=100)
    firm.run()
    assert firm.intent("project", "kantata").state == State.HELD
    assert firm.intent("project", "netsuite").state == State.DONE
    assert {row.target for row in firm.held("refused_by_platform")} == {"kantata"}


def test_a_customer_of_two_deals_is_made_once_and_kept_up_by_either(firm: Firm) -> None:
    customer = a_customer(firm)
    a_deal(firm, customer, "d1")
    a_deal(firm, customer, "d2")
    firm.live()
    firm.run()
    assert len(firm.erp.wrote("customer")) == 1
    assert len(firm.erp.wrote("project")) == 2
    owner = firm.intent("customer").subject.rpartition("/")[2]
    firm.crm.edit("deal", owner, is_won=False)
    firm.run()
    firm.crm.edit("customer", "c1", city="Bremen")
    firm.run()
    assert firm.erp.only("customer")[1].city == "Bremen"


def test_a_customer_that_its_first_deal_gives_up_is_made_for_the_other(firm: Firm) -> None:
    customer = a_customer(firm)
    a_deal(firm, customer, "d1")
    a_deal(firm, customer, "d2")
    firm.live()
    firm.run(send=False)
    owner = firm.intent("customer").subject.rpartition("/")[2]
    firm.crm.edit("deal", owner, is_won=False, is_closed=False)
    firm.run()
    assert firm.intent("customer").state == State.DONE
    assert len(firm.erp.wrote("customer")) == 1


def test_a_deal_lost_before_anything_was_sent_leaves_nothing_behind(firm: Firm) -> None:
    a_deal(firm, a_customer(firm))
    firm.live()
    firm.run(send=False)
    firm.crm.edit("deal", "d1", is_won=False)
    firm.run()
    assert firm.states() == {"withdrawn": 5}
    assert (firm.erp.commits, firm.psa.commits) == ([], [])


def test_work_deleted_at_its_source_after_it_was_billed_is_held(sold: Firm) -> None:
    sold.run()
    sold.psa.delete("time_entry", "t1")
    sold.run()
    assert sold.one_held("gone_at_source").key == sold.intent("time_line").key
    assert len(sold.erp.shelves["time_line"]) == 1


def test_a_plan_of_nothing_but_vanished_records_does_not_hide_the_rest(sold: Firm) -> None:
    """What is no subject any more is forgotten, and planning goes on behind it."""
    from console.sync.session import now

    def mark(db) -> None:  # type: ignore[no-untyped-def]
        subjects.mark(db, "work_to_billing", ["kantata/time_entry/ghost"], "a test", now().replace(year=2020))

    sold.run(send=False)
    sold.act(mark)
    sold.wait(plan(sold.session, TODAY))
    assert sold.ask(subjects.waiting) == {}


def test_records_of_a_mode_that_forbids_writing_are_counted_as_planned(firm: Firm) -> None:
    a_deal(firm, a_customer(firm))
    firm.cutover()
    firm.run()
    (row,) = firm.ask(plan_rows)
    assert (row["hold"], row["waiting"], row["create"], row["conserves"]) == (
        {},
        {"waits for its customer": 1},
        0,
        True,
    )
    assert {each["why"] for each in row["intents"] if each["kind"] == "customer"} == {"mode is read"}


# two ERPs


def two_erps(store: Store, runner: asyncio.Runner) -> tuple[Firm, Platform]:
    """A second tenant of the same ERP, for a second legal entity."""
    second = Platform("netsuite_eu", card_of("netsuite"))
    firm = furnished(store, runner)
    firm = firm_of(store, runner, firm.crm, firm.psa, firm.erp, second)
    second.put("legal_entity", "1", name=OTHER, country="GB", currency="GBP")
    second.put("tax_code", "3", name="VAT 20", legal_entity=OTHER, country="GB", per_cent="20")
    second.put("resource", "8", name="Ines Adler", email="ines@norrvik.example")
    return firm, second


def routed(firm: Firm, *ways: tuple[str, str]) -> None:
    from console.sync.permissions import add_route, set_cutover

    for connection, entity in ways:
        body = {"connection": connection, "kind": "*", "entity": entity}
        firm.act(lambda db, body=body: add_route(db, firm.session, body, "ann"))
    for flow in FLOWS:
        body = {"flow": flow, "entity": "*", "day": "2026-06-01"}
        firm.act(lambda db, body=body: set_cutover(db, body, "ann"))


def all_live(firm: Firm) -> None:
    firm.run(send=False)
    firm.adopt()
    for connection in ("kantata", "netsuite", "netsuite_eu"):
        firm.mode(connection, Mode.WRITE)


def test_two_erps_without_a_route_hold(store: Store, runner: asyncio.Runner) -> None:
    firm, _second = two_erps(store, runner)
    a_deal(firm, a_customer(firm))
    routed(firm)
    all_live(firm)
    firm.run()
    assert {row.problem for row in firm.held()} == {"no_route"}
    assert firm.erp.commits == []


def test_two_routes_to_two_erps_hold(store: Store, runner: asyncio.Runner) -> None:
    firm, second = two_erps(store, runner)
    a_deal(firm, a_customer(firm))
    routed(firm, ("netsuite", ENTITY), ("netsuite_eu", "*"))
    all_live(firm)
    firm.run()
    assert "netsuite, netsuite_eu" in firm.one_held("two_routes").sentence
    assert firm.erp.commits == second.commits == []


def test_each_entity_is_billed_in_its_own_erp(store: Store, runner: asyncio.Runner) -> None:
    firm, second = two_erps(store, runner)
    customer = a_customer(firm, legal_entity="", currency="EUR")
    a_deal(firm, customer, "d1")
    a_deal(firm, customer, "d2", legal_entity=OTHER)
    routed(firm, ("netsuite", ENTITY), ("netsuite_eu", OTHER))
    all_live(firm)
    firm.run()
    assert [len(each.shelves["customer"]) for each in (firm.erp, second)] == [1, 1]
    assert firm.erp.only("project")[1].legal_entity == ENTITY
    assert second.only("project")[1].legal_entity == OTHER
    for number, name in enumerate(firm.psa.shelves["project"]):
        an_entry(firm, f"t{number}", f"kantata/project/{name}")
    firm.run()
    assert firm.held() == []
    assert firm.erp.only("time_line")[1].tax_code == "netsuite/tax_code/7"
    assert second.only("time_line")[1].tax_code == "netsuite_eu/tax_code/3"
    assert second.only("time_line")[1].resource == "netsuite_eu/resource/8"
    before = len(firm.erp.commits) + len(second.commits)
    firm.run()
    assert len(firm.erp.commits) + len(second.commits) == before
    assert firm.ask(holds.every) == []
