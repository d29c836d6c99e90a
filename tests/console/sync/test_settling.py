"""Writes whose answer was lost: they wait, are looked up twice, and are never made twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from console.records.intent import State
from console.sync import acts
from console.sync.flights import flight_of, resolved_links
from console.sync.sending import drain
from console.sync.session import now
from console.sync.settling import settle
from local_db import attempts, crosswalk, ledger_claims
from local_db.ledger_claims import Claimed, Opening
from local_db.store import Db
from local_db.tables.ledger import intent
from tests.console.sync.firm import Firm, a_customer, a_deal, set_up


def lost(firm: Firm, **tricks: int) -> None:
    """Send the line of the entry while the ERP plays a trick."""
    firm.run(send=False)
    for name, count in tricks.items():
        setattr(firm.erp.tricks, name, count)
    assert firm.wait(drain(firm.session, "netsuite")).unknown == 1
    assert firm.intent("time_line").state == State.UNKNOWN


def outcomes(firm: Firm) -> list[str]:
    rows = firm.ask(lambda db: attempts.of(db, [firm.intent("time_line").id]))
    return [each.outcome for each in rows]


def test_a_create_that_was_stored_is_found_and_linked_without_a_second_write(sold: Firm) -> None:
    lost(sold, lost_answers=1)
    assert sold.wait(settle(sold.session, "netsuite")).done == 1
    remote_id, _line = sold.erp.only("time_line")
    row = sold.intent("time_line")
    assert (row.state, row.remote_id) == (State.DONE, remote_id)
    (link,) = sold.ask(lambda db: crosswalk.links(db, "netsuite", "time_line"))
    assert (link.ref, link.remote_id) == ("kantata/time_entry/t1", remote_id)
    sold.run()
    assert len(sold.erp.wrote("time_line")) == 1
    assert outcomes(sold) == ["done"]


def test_a_create_that_was_not_stored_is_looked_for_twice_and_sent_again(sold: Firm) -> None:
    lost(sold, lost_requests=1)
    sold.erp.asked.clear()
    assert sold.wait(settle(sold.session, "netsuite")).later == 1
    assert sold.erp.asked == ["find time_line", "find time_line"]
    sold.run()
    assert sold.states("time_line") == {"done": 1}
    assert len(sold.erp.wrote("time_line")) == 1


def test_a_create_stored_late_is_found_once_its_time_has_passed(sold: Firm) -> None:
    lost(sold, late=1)
    sold.erp.land()
    sold.run()
    assert len(sold.erp.wrote("time_line")) == 1
    assert sold.states("time_line") == {"done": 1}


def test_a_write_stored_after_it_was_sent_again_makes_no_second_record_where_keys_are_kept(sold: Firm) -> None:
    lost(sold, late=1)
    sold.run()
    sold.erp.land()
    sold.run()
    assert len(sold.erp.shelves["time_line"]) == 1


def test_nothing_is_looked_up_before_the_settling_time_has_passed(sold: Firm) -> None:
    sold.erp.card = replace(sold.erp.card, settling=120.0)
    lost(sold, lost_answers=1)
    assert sold.wait(settle(sold.session, "netsuite")).total == 0
    sold.due_now()
    assert sold.wait(settle(sold.session, "netsuite")).done == 1


def test_a_connection_may_have_a_settling_time_of_its_own(sold: Firm) -> None:
    sold.erp.card = replace(sold.erp.card, settling=120.0)
    rows = dict(sold.session.rows)
    rows["netsuite"] = replace(rows["netsuite"], fields={"settling_seconds": "0"})
    sold.session.rows = rows
    assert (sold.session.settling("netsuite"), sold.session.settling("kantata")) == (0.0, 0.0)
    lost(sold, lost_answers=1)
    assert sold.wait(settle(sold.session, "netsuite")).done == 1


@pytest.mark.parametrize("said", ["", "soon", "-1", "1e9"])
def test_a_settling_time_that_is_no_number_of_seconds_counts_as_none(sold: Firm, said: str) -> None:
    sold.erp.card = replace(sold.erp.card, settling=120.0)
    rows = dict(sold.session.rows)
    rows["netsuite"] = replace(rows["netsuite"], fields={"settling_seconds": said})
    sold.session.rows = rows
    assert sold.session.settling("netsuite") == 120.0


def test_a_look_that_cannot_tell_proves_nothing(sold: Firm) -> None:
    lost(sold, lost_requests=1)
    sold.erp.tricks.unsure = True
    assert sold.wait(settle(sold.session, "netsuite")).unknown == 1
    sold.run()
    assert sold.erp.wrote("time_line") == []


def test_an_update_counts_only_when_its_fields_are_there(sold: Firm) -> None:
    sold.run()
    sold.psa.edit("time_entry", "t1", minutes=180)
    lost(sold, lost_requests=1)
    assert sold.wait(settle(sold.session, "netsuite")).later == 1
    sold.run()
    assert sold.erp.only("time_line")[1].minutes == 180
    assert [verb for _kind, verb, _key in sold.erp.wrote("time_line")] == ["create", "update"]


def test_an_update_whose_fields_are_there_is_done(sold: Firm) -> None:
    sold.run()
    sold.psa.edit("time_entry", "t1", minutes=180)
    lost(sold, lost_answers=1)
    assert sold.wait(settle(sold.session, "netsuite")).done == 1
    sold.run()
    assert [verb for _kind, verb, _key in sold.erp.wrote("time_line")] == ["create", "update"]


def test_an_update_stored_between_two_looks_is_not_sent_again(sold: Firm) -> None:
    sold.run()
    sold.psa.edit("time_entry", "t1", minutes=180)
    lost(sold, late=1)
    sold.erp.tricks.lands_at_look = 2
    assert sold.wait(settle(sold.session, "netsuite")).done == 1


def test_the_body_does_not_change_while_an_answer_is_missing_and_the_last_one_wins(sold: Firm) -> None:
    lost(sold, lost_answers=1)
    sold.psa.edit("time_entry", "t1", minutes=180)
    sold.run(send=False)
    row = sold.intent("time_line")
    assert (row.state, row.body["minutes"]) == (State.UNKNOWN, 120)
    assert row.next_body is not None and row.next_body["minutes"] == 180
    sold.run()
    assert sold.erp.only("time_line")[1].minutes == 180
    assert [verb for _kind, verb, _key in sold.erp.wrote("time_line")] == ["create", "update"]


def test_a_record_made_from_an_older_body_is_taken_over_and_then_brought_up_to_date(findable: Firm) -> None:
    """The worker died after the create was stored; meanwhile the customer got another name."""
    firm = findable
    customer = a_customer(firm)
    a_deal(firm, customer)
    firm.live()
    firm.run(send=False)
    key = firm.intent("customer").key
    firm.erp.put("customer", "77", key, name="Lindqvist", legal_entity="Norrvik Hale GmbH", currency="EUR")
    firm.run()
    assert firm.intent("customer").remote_id == "77"
    assert [verb for _kind, verb, _key in firm.erp.wrote("customer")] == ["update"]
    assert firm.erp.only("customer")[1].name == "Lindqvist Freight"
    firm.run()
    assert len(firm.erp.wrote("customer")) == 1


def test_a_blind_write_without_an_answer_is_held_and_never_sent_again_by_itself(blind: Firm) -> None:
    firm = blind
    a_deal(firm, a_customer(firm))
    firm.live()
    firm.erp.tricks.lost_answers = 1
    firm.run()
    for _number in range(3):
        firm.run()
    assert firm.one_held("answer_lost").key == firm.intent("customer").key
    assert len(firm.erp.wrote("customer")) == 1


def test_a_person_may_send_a_blind_write_again(blind: Firm) -> None:
    firm = blind
    a_deal(firm, a_customer(firm))
    firm.live()
    firm.erp.tricks.lost_requests = 1
    firm.run()
    firm.run()
    firm.act(lambda db: acts.replay(db, [firm.one_held("answer_lost").id], "ann"))
    firm.run()
    assert firm.held("answer_lost") == []
    assert (firm.intent("customer").state, len(firm.erp.wrote("customer"))) == (State.DONE, 1)


def test_a_worker_that_died_leaves_its_write_to_be_looked_up(sold: Firm) -> None:
    """The attempt was written down and stored there; nobody was left to hear the answer."""
    sold.run(send=False)

    def half_sent(db: Db) -> Claimed:
        (claimed,) = ledger_claims.claim(db, "netsuite", 10, "dead", 0.05, now())
        want = flight_of(claimed, resolved_links(db, "netsuite", [claimed])).want
        ledger_claims.open_attempts(db, [Opening(claimed, "t", {"body": want.body, "links": want.links})], now())
        return claimed

    claimed = sold.act(half_sent)
    sold.erp.put("time_line", "700", claimed.key, line_type="time", minutes=120)
    sold.wait(asyncio.sleep(0.06))
    sold.run()
    assert (sold.intent("time_line").state, sold.intent("time_line").remote_id) == (State.DONE, "700")
    assert sold.erp.wrote("time_line") == []


def test_what_cannot_be_read_back_is_taken_as_kept_once_it_is_read(sold: Firm) -> None:
    """A platform that trims is not accused of an edit because reading back failed once."""
    sold.psa.edit("time_entry", "t1", notes="workshop  ")
    sold.run(send=False)
    sold.erp.tricks.blind_reads = True
    sold.psa.tricks.blind_reads = False
    assert sold.wait(drain(sold.session, "netsuite")).done == 1
    assert "stored" not in (sold.intent("time_line").confirmed or {})
    sold.erp.tricks.blind_reads = False
    sold.run()
    assert sold.erp.only("time_line")[1].memo == "workshop"
    assert sold.held() == []
    row = sold.intent("time_line")
    assert row.state == State.DONE
    assert row.confirmed is not None and row.confirmed["stored"]["memo"] == "workshop"
    assert len(sold.erp.wrote("time_line")) == 1


def test_an_edit_made_while_it_could_not_be_read_back_is_not_lost(sold: Firm) -> None:
    sold.run(send=False)
    sold.erp.tricks.blind_reads = True
    sold.wait(drain(sold.session, "netsuite"))
    sold.psa.edit("time_entry", "t1", minutes=180)
    sold.erp.tricks.blind_reads = False
    sold.run()
    assert sold.erp.only("time_line")[1].minutes == 180


def test_set_up_is_the_same_on_platforms_that_can_only_be_looked_up(findable: Firm) -> None:
    firm = set_up(findable)
    firm.run()
    assert firm.states() == {"done": 6}
    before = len(firm.erp.commits) + len(firm.psa.commits)
    firm.run()
    assert len(firm.erp.commits) + len(firm.psa.commits) == before


# accepted, not processed yet


def accepted(firm: Firm) -> None:
    firm.run(send=False)
    firm.erp.tricks.queues = True
    assert firm.wait(drain(firm.session, "netsuite")).accepted == 1
    assert firm.intent("time_line").state == State.ACCEPTED
    firm.due_now()


def test_a_job_counts_only_when_it_has_ended(sold: Firm) -> None:
    accepted(sold)
    assert sold.wait(settle(sold.session, "netsuite")).accepted == 1
    assert sold.intent("time_line").state == State.ACCEPTED
    sold.erp.finish()
    sold.due_now()
    assert sold.wait(settle(sold.session, "netsuite")).done == 1
    assert sold.intent("time_line").remote_id == sold.erp.only("time_line")[0]


def test_a_job_that_ends_without_a_word_is_looked_up(sold: Firm) -> None:
    accepted(sold)
    sold.erp.finish(silent=True)
    assert sold.wait(settle(sold.session, "netsuite")).unknown == 1
    sold.run()
    assert sold.states("time_line") == {"done": 1}
    assert len(sold.erp.wrote("time_line")) == 1


def test_a_job_that_never_ends_is_held_after_a_day(sold: Firm) -> None:
    accepted(sold)
    a_day_ago = now() - timedelta(hours=25)
    sold.act(lambda db: db.execute(intent.update().values(first_tried_at=a_day_ago)))
    sold.wait(settle(sold.session, "netsuite"))
    assert sold.one_held("answer_lost").key == sold.intent("time_line").key
