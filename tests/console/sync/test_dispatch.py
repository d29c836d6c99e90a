"""Requests of people: carried out once, answered once, and refused in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from console.records.intent import Flow, Mode, State
from console.sync.dispatch import HANDLERS, serve_requests
from console.sync.session import now
from local_db import audit, coverage, holds, modes, requests
from local_db.coverage import CoverageState
from tests.console.sync.firm import ENTITY, FLOWS, Firm, a_customer, a_deal


def ask(firm: Firm, what: str, /, **body: Any) -> Mapping[str, Any]:
    """Ask and let the worker answer; what it wrote down."""
    number = firm.act(lambda db: requests.ask(db, what, body, "ann", now()))
    assert firm.wait(serve_requests(firm.session)) == 1
    row = firm.ask(lambda db: requests.get(db, number))
    assert row is not None and row.state in ("answered", "failed")
    return {**row.answer, "failed": row.state == "failed"}


def mode_of(firm: Firm, kind: str = "time_line") -> Mode:
    found: Mode = firm.ask(lambda db: modes.mode_of(db, "netsuite", Flow.WORK_TO_BILLING, kind))
    return found


def wish(mode: Mode, **more: Any) -> dict[str, Any]:
    return {"connection": "netsuite", "flow": "work_to_billing", "kind": "*", "mode": mode, "reason": "go live", **more}


# raising a mode


def test_every_mode_is_read_until_somebody_says_more(firm: Firm) -> None:
    assert mode_of(firm) == Mode.READ


def test_raising_a_mode_takes_a_reason(firm: Firm) -> None:
    firm.cutover()
    firm.run(send=False)
    firm.adopt()
    for mode in (Mode.OBSERVED, Mode.PROPOSE, Mode.WRITE):
        answer = ask(firm, "mode", **wish(mode, reason="  "))
        assert answer["failed"] and "reason" in answer["sentence"]
    assert mode_of(firm) == Mode.READ


@pytest.mark.parametrize("mode", [Mode.PROPOSE, Mode.WRITE])
def test_raising_a_mode_takes_everything_read_to_its_end(firm: Firm, mode: Mode) -> None:
    firm.cutover()
    firm.adopt()
    answer = ask(firm, "mode", **wish(mode))
    assert answer["failed"] and "has not been read to its end" in answer["sentence"]


@pytest.mark.parametrize("mode", [Mode.PROPOSE, Mode.WRITE])
def test_raising_a_mode_takes_a_matching_of_that_connection(firm: Firm, mode: Mode) -> None:
    firm.cutover()
    firm.run(send=False)
    answer = ask(firm, "mode", **wish(mode))
    assert answer["failed"] and "netsuite" in answer["sentence"] and "adopt" in answer["sentence"]


def test_writing_takes_a_cut_over_day(firm: Firm) -> None:
    firm.run(send=False)
    firm.adopt()
    answer = ask(firm, "mode", **wish(Mode.WRITE))
    assert answer["failed"] and "cut-over" in answer["sentence"]
    assert not ask(firm, "mode", **wish(Mode.PROPOSE))["failed"]


def test_a_doubted_read_lets_no_mode_rise(firm: Firm) -> None:
    firm.cutover()
    firm.run(send=False)
    firm.adopt()

    def doubt(db) -> None:  # type: ignore[no-untyped-def]
        from dataclasses import replace

        known = coverage.of(db, "netsuite", "project")
        assert known is not None
        coverage._save(db, replace(known, state=CoverageState.SUSPECT, sentence="Only 3 of 40 came."))

    firm.act(doubt)
    assert "project" in ask(firm, "mode", **wish(Mode.WRITE))["sentence"]


def test_a_mode_that_may_rise_is_set_and_audited_and_what_was_planned_goes(firm: Firm) -> None:
    a_deal(firm, a_customer(firm))
    firm.cutover()
    firm.run(send=False)
    firm.adopt()
    firm.mode("kantata", Mode.PROPOSE)
    firm.mode("netsuite", Mode.PROPOSE)
    firm.run()
    assert firm.intent("customer").state == State.PLANNED
    answer = ask(firm, "mode", **wish(Mode.WRITE, flow="deal_to_project"))
    assert answer["sentence"] == "netsuite * in deal_to_project is now write."
    last = firm.ask(audit.every)[-1]
    assert (last.actor, last.act, last.subject) == ("ann", "set mode", "netsuite/deal_to_project/*")
    assert last.values == {"mode": "write", "reason": "go live"}
    firm.run()
    assert firm.intent("customer").state == State.DONE


def test_lowering_a_mode_asks_nothing_and_stops_at_once(sold: Firm) -> None:
    sold.run(send=False)
    assert not ask(sold, "mode", **wish(Mode.READ, reason=""))["failed"]
    sold.run()
    assert sold.erp.wrote("time_line") == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"connection": "sap"}, "There is no connection sap"),
        ({"flow": "wishes"}, "There is no flow wishes"),
        ({"kind": "wishes"}, "has no kind wishes"),
    ],
)
def test_a_mode_of_something_unknown_is_refused(firm: Firm, wrong: dict[str, str], said: str) -> None:
    answer = ask(firm, "mode", **wish(Mode.READ, **wrong))
    assert answer["failed"] and said in answer["sentence"]


# observed


def test_observed_links_what_another_writes_and_never_writes_itself(sold: Firm) -> None:
    for flow in FLOWS:
        assert not ask(sold, "mode", **wish(Mode.OBSERVED, flow=flow))["failed"]
    sold.run()
    assert sold.erp.wrote("time_line") == []
    assert (sold.intent("time_line").state, sold.intent("time_line").why) == (State.PLANNED, "mode is observed")
    sold.psa.edit("time_entry", "t1", external_key="relay-77812345")
    sold.erp.put("time_line", "55", line_type="time", minutes=120, external_key="relay-77812345")
    sold.run()
    sold.adopt()
    sold.run()
    assert (sold.intent("time_line").remote_id, sold.intent("time_line").state) == ("55", State.DONE)
    assert sold.erp.wrote("time_line") == []


# cut-over and routes


def test_a_cut_over_day_lets_what_waited_for_it_go_on(firm: Firm) -> None:
    a_deal(firm, a_customer(firm))
    firm.run()
    assert firm.one_held("no_cutover")
    for flow in FLOWS:
        ask(firm, "cutover", flow=flow, entity=ENTITY, day="2026-06-01", reason="go live")
    firm.run()
    assert firm.held() == []
    assert firm.intent("customer").state == State.PLANNED
    assert [each.act for each in firm.ask(audit.every)] == ["set cut-over", "set cut-over"]


def test_a_later_cut_over_day_takes_back_what_was_planned(sold: Firm) -> None:
    sold.run(send=False)
    ask(sold, "cutover", flow="work_to_billing", entity=ENTITY, day="2026-11-15", reason="later after all")
    sold.run()
    assert sold.intent("time_line").state == State.WITHDRAWN
    assert sold.erp.wrote("time_line") == []


def test_a_route_plans_everything_again(sold: Firm) -> None:
    answer = ask(sold, "route", connection="netsuite", kind="*", entity="Somebody Else Ltd")
    assert answer["sentence"] == "* of Somebody Else Ltd goes to netsuite."
    sold.run()
    assert {row.problem for row in sold.ask(holds.every)} == {"no_route"}


def test_planning_on_request_sends_nothing(sold: Firm) -> None:
    sold.run(send=False)
    answer = ask(sold, "plan")
    assert answer == {"planned": 0, "stopped": 0, "failed": False}
    assert sold.erp.wrote("time_line") == []


# answering


def test_a_request_nobody_knows_is_answered_too(firm: Firm) -> None:
    answer = ask(firm, "dance")
    assert answer["failed"] and "dance" in answer["sentence"]


def test_a_request_is_served_once(firm: Firm) -> None:
    ask(firm, "plan")
    assert firm.wait(serve_requests(firm.session)) == 0


def test_a_refused_act_is_answered_with_its_sentence(firm: Firm) -> None:
    answer = ask(firm, "dismiss", id=7, reason="no")
    assert answer == {"sentence": "There is no hold 7.", "failed": True}


def test_a_request_that_a_dead_worker_had_taken_is_served_after_all(firm: Firm) -> None:
    number = firm.act(lambda db: requests.ask(db, "plan", {}, "ann", now()))
    firm.act(lambda db: requests.take(db, "dead", now()))
    assert firm.wait(serve_requests(firm.session)) == 0
    firm.act(lambda db: requests.give_back(db, "dead"))
    assert firm.wait(serve_requests(firm.session)) == 1
    assert firm.ask(lambda db: requests.get(db, number)).state == "answered"


def test_every_request_of_the_verbs_has_a_handler() -> None:
    assert set(HANDLERS) >= {
        "sync",
        "plan",
        "adopt",
        "match",
        "mode",
        "cutover",
        "route",
        "confirm",
        "edit",
        "link",
        "dismiss",
        "replay",
        "preview",
    }


def test_a_sync_of_one_record_says_what_it_found(sold: Firm) -> None:
    assert ask(sold, "sync", record="kantata/time_entry/t1")["sentence"] == "kantata/time_entry/t1 was read again."
    sold.psa.delete("time_entry", "t1")
    assert "is gone" in ask(sold, "sync", record="kantata/time_entry/t1")["sentence"]
    assert ask(sold, "sync", record="nonsense")["failed"]


def test_a_preview_over_the_wire_is_json(sold: Firm) -> None:
    sold.psa.edit("time_entry", "t1", role="kantata/role/none")
    sold.run()
    id = sold.one_held("missing_rate").id
    sold.psa.put("role", "none", name="Nobody")
    answer = ask(sold, "preview", id=id)
    assert answer["does"] == "hold"
