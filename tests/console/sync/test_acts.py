"""What a person does to a held record, seen through to the platform."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from console.records.intent import State
from console.sync import acts
from console.sync.acts import NotPossible
from console.sync.linking import link_held
from console.sync.loading import tenants_of
from console.sync.overlays import end_overdue
from console.sync.previewing import Preview
from console.sync.previewing import preview as preview_of
from local_db import audit, crosswalk, subjects, trace
from tests.console.sync.firm import TODAY, Firm, a_customer, a_deal, an_entry, euros

LINE = "time_line"


def changed_there(firm: Firm, **changes: object) -> str:
    """The line was written, then somebody edited it in the ERP; answers its id."""
    firm.run()
    remote_id, _line = firm.erp.only(LINE)
    firm.erp.edit(LINE, remote_id, modified_by="Bo", **changes)
    firm.run()
    return str(remote_id)


def preview(firm: Firm, id: int) -> Preview:
    cards = {each.card.key: each.card for each in firm.session.connectors.values()}
    tenants = tenants_of(firm.session.rows.values(), cards)
    found: Preview = firm.act(lambda db: preview_of(db, id, tenants, TODAY))
    return found


def replay(firm: Firm, *ids: int) -> None:
    firm.act(lambda db: acts.replay(db, list(ids), "ann"))
    firm.run()


def dismiss(firm: Firm, id: int) -> None:
    firm.act(lambda db: acts.dismiss(db, id, "theirs is right", "ann"))
    firm.run()


def edit(firm: Firm, id: int, until: date | None = None, **changes: str) -> None:
    firm.act(lambda db: acts.edit(db, id, changes, "agreed", "ann", until))
    firm.run()


# three ways


def test_our_own_write_comes_back_as_no_change(sold: Firm) -> None:
    sold.run()
    before = sold.ask(lambda db: subjects.get(db, "work_to_billing", "kantata/time_entry/t1")).planned_at
    for _number in range(3):
        sold.run()
    assert len(sold.erp.wrote(LINE)) == 1
    assert sold.ask(lambda db: subjects.get(db, "work_to_billing", "kantata/time_entry/t1")).planned_at == before


def test_what_the_platform_rounds_and_trims_is_no_difference(sold: Firm) -> None:
    sold.psa.edit("time_entry", "t1", notes="  workshop  ")
    sold.run()
    sold.run()
    assert sold.erp.only(LINE)[1].memo == "workshop"
    assert (len(sold.erp.wrote(LINE)), sold.held()) == (1, [])


def test_what_somebody_changed_on_a_project_stays(sold: Firm) -> None:
    remote_id, _project = sold.erp.only("project")
    sold.erp.edit("project", remote_id, name="Renamed by Bo")
    sold.run()
    assert (sold.held(), sold.erp.only("project")[1].name) == ([], "Renamed by Bo")


def test_what_both_changed_is_held_with_both_values(sold: Firm) -> None:
    remote_id, _project = sold.erp.only("project")
    sold.erp.edit("project", remote_id, name="Theirs", modified_by="Bo")
    sold.crm.edit("deal", "d1", name="Ours")
    sold.run()
    sentence = sold.one_held("changed_by_person").sentence
    assert "Theirs" in sentence and "Ours" in sentence and "Bo" in sentence
    assert sold.erp.only("project")[1].name == "Theirs"


def test_replay_of_what_both_changed_sets_ours_and_keeps_their_other_edits(sold: Firm) -> None:
    remote_id, _project = sold.erp.only("project")
    sold.erp.edit("project", remote_id, name="Theirs", starts_on=date(2026, 8, 1))
    sold.crm.edit("deal", "d1", name="Ours")
    sold.run()
    replay(sold, sold.one_held("changed_by_person").id)
    project = sold.erp.only("project")[1]
    assert (project.name, project.starts_on) == ("Ours", date(2026, 8, 1))
    assert sold.held() == []


def test_dismissing_what_both_changed_keeps_theirs_for_good(sold: Firm) -> None:
    remote_id, _project = sold.erp.only("project")
    sold.erp.edit("project", remote_id, name="Theirs")
    sold.crm.edit("deal", "d1", name="Ours")
    sold.run()
    dismiss(sold, sold.one_held("changed_by_person").id)
    sold.run()
    assert (sold.erp.only("project")[1].name, sold.held()) == ("Theirs", [])


def test_a_line_somebody_changed_is_held_and_replay_sets_ours(sold: Firm) -> None:
    changed_there(sold, minutes=90)
    hold = sold.one_held("changed_by_person")
    found = preview(sold, hold.id)
    assert (found.does, dict(found.differences)) == ("update", {"minutes": (90, 120)})
    assert sold.one_held("changed_by_person").id == hold.id
    replay(sold, hold.id)
    assert (sold.erp.only(LINE)[1].minutes, sold.held()) == (120, [])


def test_dismissing_a_line_somebody_changed_keeps_theirs(sold: Firm) -> None:
    changed_there(sold, minutes=90)
    dismiss(sold, sold.one_held("changed_by_person").id)
    sold.run()
    assert (sold.erp.only(LINE)[1].minutes, sold.held()) == (90, [])
    assert len(sold.erp.wrote(LINE)) == 1


def test_a_line_somebody_deleted_is_made_again_once_and_only_by_a_person(sold: Firm) -> None:
    sold.run()
    remote_id, _line = sold.erp.only(LINE)
    sold.erp.delete(LINE, remote_id)
    for _number in range(3):
        sold.run()
    hold = sold.one_held("voided_by_person")
    assert len(sold.erp.wrote(LINE)) == 1
    assert preview(sold, hold.id).does == "create"
    replay(sold, hold.id)
    sold.run()
    assert len(sold.erp.wrote(LINE)) == 2
    assert sold.erp.only(LINE)[1].minutes == 120
    assert sold.held() == []


def test_a_line_somebody_deleted_stays_away_when_dismissed(sold: Firm) -> None:
    sold.run()
    sold.erp.delete(LINE, sold.erp.only(LINE)[0])
    sold.run()
    dismiss(sold, sold.one_held("voided_by_person").id)
    for _number in range(2):
        sold.run()
    assert (len(sold.erp.wrote(LINE)), sold.held()) == (1, [])


# dismissing and replaying


def test_a_dismissed_problem_of_a_source_stays_dismissed_until_the_source_changes(sold: Firm) -> None:
    sold.psa.edit("time_entry", "t1", role="kantata/role/none")
    sold.run()
    dismiss(sold, sold.one_held("missing_rate").id)
    sold.psa.edit("rate", "1", hourly=euros("151.00"))
    sold.run()
    assert sold.held() == []
    row = sold.ask(lambda db: subjects.get(db, "work_to_billing", "kantata/time_entry/t1"))
    assert row.outcome == "dismissed"
    sold.psa.edit("time_entry", "t1", minutes=60)
    sold.run()
    assert sold.one_held("missing_rate")


def test_every_hold_of_a_record_can_be_replayed_at_once(sold: Firm) -> None:
    project = next(iter(sold.psa.shelves["project"]))
    sold.psa.edit("time_entry", "t1", resource="kantata/resource/none", task="kantata/task/none")
    sold.erp.edit("tax_code", "7", active=False)
    sold.run()
    ids = [row.id for row in sold.held() if row.subject == "kantata/time_entry/t1"]
    assert len(ids) >= 2
    assert project
    replay(sold, *ids)
    assert len(sold.held()) == len(ids)


def test_an_act_on_a_hold_that_ended_says_so(sold: Firm) -> None:
    changed_there(sold, minutes=90)
    id = sold.one_held("changed_by_person").id
    dismiss(sold, id)
    with pytest.raises(NotPossible, match="has ended already"):
        sold.act(lambda db: acts.dismiss(db, id, "again", "ann"))
    with pytest.raises(NotPossible, match="There is no hold 999"):
        sold.act(lambda db: acts.replay(db, [999], "ann"))


def test_a_preview_leaves_nothing_behind(sold: Firm) -> None:
    changed_there(sold, minutes=90)
    before = sold.ask(lambda db: (audit.every(db), trace.of(db, "kantata/time_entry/t1"), sold.intents()))
    preview(sold, sold.one_held("changed_by_person").id)
    assert sold.ask(lambda db: (audit.every(db), trace.of(db, "kantata/time_entry/t1"), sold.intents())) == before


def test_a_preview_says_what_would_be_written_where_the_mode_forbids_it_still(firm: Firm) -> None:
    from console.records.intent import Mode

    deal = a_deal(firm, a_customer(firm), billing_type="")
    firm.cutover()
    firm.run(send=False)
    firm.adopt()
    firm.mode("netsuite", Mode.PROPOSE)
    firm.run()
    hold = firm.one_held("missing_billing_terms")
    edit(firm, hold.id, billing_type="time_and_materials")
    assert firm.held() == []
    assert firm.intent("customer").state == State.PLANNED
    assert deal == hold.subject


def test_every_act_is_in_the_audit_chain_with_who_and_why(sold: Firm) -> None:
    changed_there(sold, minutes=90)
    dismiss(sold, sold.one_held("changed_by_person").id)
    rows = sold.ask(audit.every)
    last = rows[-1]
    assert (last.actor, last.act, last.subject) == ("ann", "dismiss", "kantata/time_entry/t1")
    assert last.values == {"problem": "changed_by_person", "why": "theirs is right"}
    assert {each.act for each in rows} >= {"set mode", "adopt", "dismiss"}
    assert sold.ask(audit.verify) is None


# edits


def test_an_edit_feeds_the_flow_and_outlives_every_plan(sold: Firm) -> None:
    sold.psa.edit("time_entry", "t1", worked_on=date(2026, 10, 30))
    sold.erp.put(
        "accounting_period", "10", name="Oct 2026", starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 31), closed=True
    )
    sold.run()
    edit(sold, sold.one_held("closed_period").id, worked_on="2026-11-02")
    sold.psa.edit("time_entry", "t1", notes="more about it")
    sold.run()
    line = sold.erp.only(LINE)[1]
    assert (line.on, line.memo) == (date(2026, 11, 2), "more about it")
    assert sold.held() == []


def test_an_edit_ends_when_its_source_is_corrected(sold: Firm) -> None:
    sold.psa.edit("time_entry", "t1", minutes=0, role="kantata/role/none")
    sold.psa.edit("time_entry", "t1", minutes=120)
    sold.run()
    edit(sold, sold.one_held("missing_rate").id, role="kantata/role/senior", minutes="60")
    assert sold.erp.only(LINE)[1].minutes == 60
    sold.psa.edit("time_entry", "t1", minutes=90)
    sold.run()
    assert sold.erp.only(LINE)[1].minutes == 90
    (left,) = sold.overrides()["kantata/time_entry/t1"]
    assert left.field == "role"
    events = sold.ask(lambda db: trace.of(db, "kantata/time_entry/t1"))
    (ended,) = [each for each in events if each.what == "edit ended"]
    assert "minutes" in ended.sentence and "ann" in ended.sentence


def test_an_edit_holds_until_its_last_day(sold: Firm) -> None:
    sold.psa.edit("time_entry", "t1", role="kantata/role/none")
    sold.run()
    edit(sold, sold.one_held("missing_rate").id, until=TODAY, role="kantata/role/senior")
    assert sold.erp.only(LINE)[1].minutes == 120
    sold.act(lambda db: end_overdue(db, TODAY))
    assert len(sold.overrides()) == 1
    sold.act(lambda db: end_overdue(db, TODAY + timedelta(days=1)))
    assert sold.overrides() == {}
    sold.run()
    assert sold.one_held("missing_rate")


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("minutes", "two hours", "two hours is not a value"),
        ("worked_on", "yesterday", "yesterday is not a value"),
        ("approved", "perhaps", "perhaps is not a value"),
        ("hourly", "1", "has no field hourly"),
        ("ref", "x", "has no field ref"),
        ("rate", "1.5", "is not a value"),
    ],
)
def test_what_cannot_be_a_value_is_refused_in_one_sentence(sold: Firm, field: str, text: str, said: str) -> None:
    sold.psa.edit("time_entry", "t1", role="kantata/role/none")
    sold.run()
    id = sold.one_held("missing_rate").id
    with pytest.raises(NotPossible, match=said):
        sold.act(lambda db: acts.edit(db, id, {field: text}, "agreed", "ann"))
    assert sold.overrides() == {}


# linking


def test_a_record_that_is_there_already_is_linked_instead_of_made(sold: Firm) -> None:
    sold.erp.edit("tax_code", "7", active=False)
    sold.erp.put("time_line", "55", line_type="time", minutes=120, amount=euros("300.00"))
    sold.run()
    hold = sold.one_held("missing_tax_code")
    sold.act(lambda db: link_held(db, hold.id, "netsuite/time_line/55", "typed in by Bo", "ann"))
    sold.erp.edit("tax_code", "7", active=True)
    sold.run()
    assert (sold.held(), sold.erp.wrote(LINE)) == ([], [])
    assert sold.intent(LINE).remote_id == "55"
    (link,) = sold.ask(lambda db: crosswalk.links(db, refs=["kantata/time_entry/t1"]))
    assert (link.method, link.actor, link.why) == ("person", "ann", "typed in by Bo")


def test_linking_the_person_of_an_entry_links_the_person_and_not_the_entry(sold: Firm) -> None:
    sold.psa.put("resource", "r2", name="Jo Beck")
    sold.psa.edit("time_entry", "t1", resource="kantata/resource/r2")
    sold.erp.put("resource", "6", name="Joanna Beck")
    sold.run()
    hold = sold.one_held("unknown_resource")
    sold.act(lambda db: link_held(db, hold.id, "netsuite/resource/6", "same person", "ann"))
    sold.run()
    assert sold.held() == []
    assert sold.erp.only(LINE)[1].resource == "netsuite/resource/6"


def test_linking_the_customer_of_a_deal_ends_its_double(firm: Firm) -> None:
    customer = a_customer(firm, tax_number="DE811")
    for number in ("31", "32"):
        firm.erp.put("customer", number, name="Lindqvist Freight", tax_number="DE811", currency="EUR")
    a_deal(firm, customer)
    firm.live()
    firm.run()
    hold = firm.one_held("duplicate_customer")
    firm.act(lambda db: link_held(db, hold.id, "netsuite/customer/32", "31 is dead", "ann"))
    firm.run()
    assert firm.held() == []
    assert firm.erp.wrote("customer") == []
    assert firm.erp.only("project")[1].customer == "netsuite/customer/32"


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("netsuite/time_line/404", "has not been read"),
        ("kantata/time_entry/t1", "not a record of the platform it waits for"),
        ("nonsense", "names no record"),
        ("netsuite/legal_entity/1", "is no record that this could be"),
    ],
)
def test_a_link_that_makes_no_sense_is_refused(sold: Firm, there: str, said: str) -> None:
    sold.erp.edit("tax_code", "7", active=False)
    sold.run()
    id = sold.one_held("missing_tax_code").id
    with pytest.raises(NotPossible, match=said):
        sold.act(lambda db: link_held(db, id, there, "why not", "ann"))


def test_a_record_that_is_another_one_already_is_not_linked_twice(sold: Firm) -> None:
    sold.run()
    taken = f"netsuite/time_line/{sold.erp.only(LINE)[0]}"
    project = next(iter(sold.psa.shelves["project"]))
    an_entry(sold, "t2", f"kantata/project/{project}", role="kantata/role/none")
    sold.run()
    id = sold.one_held("missing_rate").id
    with pytest.raises(NotPossible, match="is linked to kantata/time_entry/t1 already"):
        sold.act(lambda db: link_held(db, id, taken, "why not", "ann"))
