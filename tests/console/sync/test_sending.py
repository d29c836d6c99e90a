"""The one door: what may leave, when it may, and what is looked at again before it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from console.records.intent import Mode, State
from console.sync.cycle import plan
from console.sync.pull import pull, pull_all
from console.sync.sending import drain
from console.sync.session import now
from local_db import attempts, modes, subjects, trace
from tests.console.sync.firm import TODAY, Firm, a_customer, a_deal, an_entry, euros


def with_many_lines(firm: Firm) -> None:
    """Lines of others, so that a read that brings only a third of them is noticed."""
    for number in range(6):
        firm.erp.put("time_line", f"9{number}", line_type="time")
    firm.wait(pull(firm.session, "netsuite", ["time_line"], whole=True))


def read_half(firm: Firm) -> str:
    """The ERP's role sees a third of the lines; answers what is said of that read."""
    firm.erp.tricks.hide.add("time_line")
    (half,) = firm.wait(pull(firm.session, "netsuite", ["time_line"], whole=True))
    return half.suspect


def planned(firm: Firm) -> None:
    """Plan again without sending anything."""
    firm.wait(plan(firm.session, TODAY))


@pytest.mark.parametrize("mode", [Mode.READ, Mode.PROPOSE, Mode.OBSERVED])
def test_the_door_refuses_every_mode_but_write(sold: Firm, mode: Mode) -> None:
    sold.run(send=False)
    assert sold.intent("time_line").state == State.READY
    for flow in ("deal_to_project", "work_to_billing"):
        sold.act(lambda db, flow=flow: modes.set_mode(db, "netsuite", flow, "*", mode, "ann", "a test"))
    before = len(sold.erp.commits)
    sent = sold.wait(drain(sold.session, "netsuite"))
    assert (sent.replanned, sent.done, len(sold.erp.commits)) == (1, 0, before)
    planned(sold)
    assert (sold.intent("time_line").state, sold.intent("time_line").why) == (State.PLANNED, f"mode is {mode}")


def test_propose_plans_everything_and_writes_nothing(firm: Firm) -> None:
    a_deal(firm, a_customer(firm))
    firm.cutover()
    firm.run(send=False)
    firm.adopt()
    for connection in ("kantata", "netsuite"):
        firm.mode(connection, Mode.PROPOSE)
    firm.run()
    assert firm.erp.commits == firm.psa.commits == []
    assert firm.intent("customer").state == State.PLANNED
    assert firm.intent("customer").body["name"] == "Lindqvist Freight"


def test_a_create_waits_until_the_kind_was_read_after_the_last_write(sold: Firm) -> None:
    sold.run(send=False)
    sold.wait(drain(sold.session, "netsuite"))
    project = next(iter(sold.psa.shelves["project"]))
    an_entry(sold, "t2", f"kantata/project/{project}")
    sold.wait(pull(sold.session, "kantata"))
    planned(sold)
    (waiting,) = [row for row in sold.intents("time_line") if row.state != State.DONE]
    assert (waiting.state, waiting.why) == (State.WAITING, "not read yet")
    sold.run()
    assert sold.states("time_line") == {"done": 2}


def test_nothing_is_created_while_a_read_is_doubted(sold: Firm) -> None:
    with_many_lines(sold)
    sold.run(send=False)
    assert sold.intent("time_line").state == State.READY
    doubt = read_half(sold)
    assert "6" in doubt and "2" in doubt
    assert sold.wait(drain(sold.session, "netsuite")).replanned == 1
    planned(sold)
    assert (sold.intent("time_line").state, sold.intent("time_line").why) == (State.WAITING, doubt)
    assert sold.erp.wrote("time_line") == []
    sold.erp.tricks.hide.clear()
    sold.run()
    assert sold.states("time_line") == {"done": 1}


def test_an_update_waits_too_while_a_read_is_doubted(sold: Firm) -> None:
    sold.run()
    with_many_lines(sold)
    sold.psa.edit("time_entry", "t1", minutes=180)
    sold.run(send=False)
    assert sold.intent("time_line").state == State.READY
    doubt = read_half(sold)
    assert sold.wait(drain(sold.session, "netsuite")).replanned == 1
    planned(sold)
    assert (sold.intent("time_line").state, sold.intent("time_line").why) == (State.WAITING, doubt)


def test_what_waited_for_a_read_goes_on_after_it_though_nothing_changed_there(sold: Firm) -> None:
    with_many_lines(sold)
    read_half(sold)
    sold.wait(pull(sold.session, "kantata"))
    planned(sold)
    assert sold.intent("time_line").state == State.WAITING
    sold.erp.tricks.hide.clear()
    sold.wait(pull(sold.session, "netsuite"))
    planned(sold)
    assert sold.intent("time_line").state == State.READY


def test_a_record_missing_from_a_whole_read_is_asked_for_by_id_before_it_counts_as_gone(sold: Firm) -> None:
    sold.run()
    remote_id, _line = sold.erp.only("time_line")
    with_many_lines(sold)
    kept = sold.erp.shelves["time_line"].pop(remote_id)
    sold.wait(pull(sold.session, "netsuite", ["time_line"]))
    planned(sold)
    assert sold.held("voided_by_person") == []
    sold.wait(pull(sold.session, "netsuite", ["time_line"], whole=True))
    planned(sold)
    assert sold.one_held("voided_by_person").key == kept.key


def test_money_is_not_sent_for_a_source_that_moved_meanwhile(sold: Firm) -> None:
    sold.run(send=False)
    sold.psa.edit("time_entry", "t1", minutes=180)
    sent = sold.wait(drain(sold.session, "netsuite"))
    assert (sent.replanned, sold.erp.wrote("time_line")) == (1, [])
    planned(sold)
    assert sold.intent("time_line").money == euros("450.00")
    sold.wait(drain(sold.session, "netsuite"))
    assert sold.erp.only("time_line")[1].minutes == 180


def test_money_is_not_sent_for_a_source_that_is_gone(sold: Firm) -> None:
    sold.run(send=False)
    sold.psa.delete("time_entry", "t1")
    assert sold.wait(drain(sold.session, "netsuite")).replanned == 1
    planned(sold)
    assert sold.intent("time_line").state == State.WITHDRAWN
    assert sold.erp.wrote("time_line") == []


def test_an_update_of_money_is_not_sent_to_a_line_that_moved_meanwhile(sold: Firm) -> None:
    sold.run()
    remote_id, _line = sold.erp.only("time_line")
    sold.psa.edit("time_entry", "t1", minutes=180)
    sold.run(send=False)
    assert sold.intent("time_line").state == State.READY
    sold.erp.edit("time_line", remote_id, amount=euros("1.00"), modified_by="Bo")
    sent = sold.wait(drain(sold.session, "netsuite"))
    assert (sent.replanned, len(sold.erp.wrote("time_line"))) == (1, 1)
    planned(sold)
    assert sold.one_held("changed_by_person").key == sold.intent("time_line").key
    assert sold.erp.only("time_line")[1].amount == euros("1.00")


def test_an_update_of_money_is_not_sent_to_a_line_that_was_deleted_meanwhile(sold: Firm) -> None:
    sold.run()
    remote_id, _line = sold.erp.only("time_line")
    sold.psa.edit("time_entry", "t1", minutes=180)
    sold.run(send=False)
    sold.erp.delete("time_line", remote_id)
    assert sold.wait(drain(sold.session, "netsuite")).replanned == 1
    planned(sold)
    assert sold.one_held("voided_by_person")


def test_a_plan_older_than_the_freshness_limit_is_made_again_first(sold: Firm) -> None:
    sold.run(send=False)
    old = now() - timedelta(seconds=901)
    subject = sold.intent("time_line").subject
    sold.act(lambda db: subjects.settle(db, "work_to_billing", [(subject, "time_entry", "create", "")], old))
    assert sold.wait(drain(sold.session, "netsuite")).replanned == 1
    assert sold.erp.wrote("time_line") == []
    planned(sold)
    assert sold.wait(drain(sold.session, "netsuite")).done == 1


def test_a_target_that_was_not_read_lately_is_read_first(sold: Firm) -> None:
    sold.run(send=False)
    sold.erp.card = replace(sold.erp.card, freshness=0.0)
    assert sold.wait(drain(sold.session, "netsuite")).replanned == 1
    assert sold.erp.wrote("time_line") == []


def test_a_record_written_five_times_today_is_held_as_a_loop(sold: Firm) -> None:
    sold.run()
    for minutes in (130, 140, 150, 160, 170):
        sold.psa.edit("time_entry", "t1", minutes=minutes)
        sold.run()
    assert len(sold.erp.wrote("time_line")) == 5
    assert sold.one_held("loop").subject == "kantata/time_entry/t1"
    assert sold.erp.only("time_line")[1].minutes == 160


def test_work_that_is_approved_no_longer_never_leaves(sold: Firm) -> None:
    sold.run(send=False)
    sold.psa.edit("time_entry", "t1", approved=False)
    sold.wait(pull_all(sold.session))
    planned(sold)
    assert sold.intent("time_line").state == State.WITHDRAWN
    assert sold.wait(drain(sold.session, "netsuite")).total == 0
    assert sold.erp.wrote("time_line") == []


def test_work_that_came_to_be_held_never_leaves(sold: Firm) -> None:
    sold.run(send=False)
    sold.psa.delete("rate", "1")
    sold.wait(pull_all(sold.session))
    planned(sold)
    assert sold.one_held("missing_rate")
    assert sold.intent("time_line").state == State.HELD
    sold.psa.put("rate", "1", rate_card="kantata/rate_card/std", role="kantata/role/senior", hourly=euros("150.00"))
    sold.psa.deleted["rate"].clear()
    sold.run()
    assert sold.held() == []
    assert sold.states("time_line") == {"done": 1}


def test_what_the_platform_refuses_is_held_in_its_own_words_and_goes_on_when_replayed(sold: Firm) -> None:
    sold.erp.tricks.refuse = "The project is not open."
    sold.run()
    hold = sold.one_held("refused_by_platform")
    assert "The project is not open." in hold.sentence
    sold.erp.tricks.refuse = ""
    sold.run()
    assert sold.erp.wrote("time_line") == []


def test_a_creating_write_that_only_can_be_looked_up_looks_first(findable: Firm) -> None:
    firm = findable
    a_deal(firm, a_customer(firm))
    firm.live()
    firm.run()
    assert "find customer" in firm.erp.asked
    assert firm.erp.wrote("customer") == [("customer", "create", firm.intent("customer").key)]


def test_an_answer_to_a_lost_fence_is_not_sent_for(sold: Firm) -> None:
    """An intent whose lease ran out between claim and sending belongs to somebody else."""
    from console.sync import sending

    sold.run(send=False)
    claim = partial(sending.ledger_claims.claim, target="netsuite", limit=10, worker="w", lease_seconds=-1.0, now=now())
    claimed = sold.act(claim)
    sold.wait(sending.through_the_door(sold.session, "netsuite", claimed))
    assert sold.erp.wrote("time_line") == []


def test_every_step_of_a_write_is_traced_with_its_money(sold: Firm) -> None:
    sold.run()
    events = sold.ask(lambda db: trace.of(db, "kantata/time_entry/t1"))
    assert [each.what for each in events] == ["ready", "done"]
    assert {each.money for each in events} == {euros("300.00")}
    (attempt,) = sold.ask(lambda db: attempts.of(db, [sold.intent("time_line").id]))
    assert (attempt.outcome, attempt.actor, attempt.request["body"]["minutes"]) == ("done", "ann", 120)
    assert attempt.opened_at <= attempt.closed_at


def test_a_hold_is_traced_with_its_sentence(sold: Firm) -> None:
    sold.psa.edit("time_entry", "t1", role="kantata/role/none")
    sold.run()
    events = sold.ask(lambda db: trace.of(db, "kantata/time_entry/t1"))
    assert events[-1].what == "held"
    assert events[-1].sentence == sold.one_held("missing_rate").sentence


def test_an_adjustment_of_a_billed_line_waits_for_a_person_and_counts_from_then_on(sold: Firm) -> None:
    sold.run()
    remote_id, _line = sold.erp.only("time_line")
    sold.erp.edit("time_line", remote_id, stage="invoiced")
    sold.psa.edit("time_entry", "t1", minutes=140)
    sold.run()
    hold = sold.one_held("invoiced_change")
    assert sold.erp.wrote("charge_line") == []
    from console.sync import acts

    sold.act(lambda db: acts.replay(db, [hold.id], "ann"))
    sold.run()
    assert [each.amount for each in _charges(sold)] == [euros("50.00")]
    sold.run()
    sold.psa.edit("time_entry", "t1", minutes=150)
    sold.run()
    sold.act(lambda db: acts.replay(db, [sold.one_held("invoiced_change").id], "ann"))
    sold.run()
    assert [each.amount for each in _charges(sold)] == [euros("50.00"), euros("25.00")]
    sold.psa.edit("time_entry", "t1", minutes=120)
    sold.run()
    assert "-75" in sold.one_held("invoiced_change").sentence


def _charges(firm: Firm) -> list:  # type: ignore[type-arg]
    from tests.console.sync.stand_in import lines_of

    return list(lines_of(firm.erp, "charge_line"))
