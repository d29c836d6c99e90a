"""Connections, modes, cut-overs, routes, overrides, requests, jobs, claims, notes, schedules and settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from console.records.intent import Mode
from local_db import (
    claims,
    connections,
    coverage,
    cutovers,
    jobs,
    modes,
    notes,
    overrides,
    preferences,
    requests,
    routes,
    schedules,
)
from local_db.connections import ConnectionRow
from local_db.overrides import Override
from local_db.store import Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NETSUITE = ConnectionRow(
    "ns",
    "netsuite",
    "NetSuite",
    "T1",
    "abcd1234",
    "test",
    "https://x",
    "token_based",
    {"account": "T1"},
    "vault/ns",
    "2026.1",
    "well",
    "",
    NOW,
    False,
    [{"code": "missing_field"}],
)


def test_a_connection_is_added_once_replaced_and_removed(store: Store) -> None:
    with store.writing() as db:
        connections.add(db, NETSUITE)
        assert connections.get(db, "ns") == NETSUITE and connections.get(db, "sf") is None
        newer = replace(NETSUITE, state="sign_in", sentence="Sign in again.")
        connections.replace(db, newer)
        connections.replace(db, replace(NETSUITE, id="eu"))
        assert [each.id for each in connections.every(db)] == ["eu", "ns"] and connections.get(db, "ns") == newer
        connections.remove(db, "eu")
        assert connections.every(db) == [newer]
    with pytest.raises(IntegrityError), store.writing() as db:
        connections.add(db, NETSUITE)


def test_nothing_may_be_written_until_somebody_says_so(store: Store) -> None:
    with store.writing() as db:
        connections.add(db, NETSUITE)
        assert modes.mode_of(db, "ns", "work_to_billing", "time_line") is Mode.READ
        modes.set_mode(db, "ns", "work_to_billing", "*", Mode.PROPOSE, "anna", "trial")
        modes.set_mode(db, "ns", "work_to_billing", "time_line", Mode.WRITE, "anna", "adopted")
        assert modes.mode_of(db, "ns", "work_to_billing", "time_line") is Mode.WRITE
        assert modes.mode_of(db, "ns", "work_to_billing", "charge_line") is Mode.PROPOSE
        assert modes.mode_of(db, "ns", "deal_to_project", "time_line") is Mode.READ
        assert modes.mode_of(db, "sf", "work_to_billing", "time_line") is Mode.READ
        assert [(each.kind, each.mode, each.actor) for each in modes.every(db)] == [
            ("*", Mode.PROPOSE, "anna"),
            ("time_line", Mode.WRITE, "anna"),
        ]


@pytest.mark.parametrize(
    ("set_to", "holds"),
    [(Mode.WRITE, Mode.PROPOSE), (Mode.OBSERVED, Mode.OBSERVED), (Mode.READ, Mode.READ), (Mode.PROPOSE, Mode.PROPOSE)],
)
def test_a_connection_in_quarantine_proposes_at_most(store: Store, set_to: Mode, holds: Mode) -> None:
    with store.writing() as db:
        connections.add(db, replace(NETSUITE, quarantined=True))
        modes.set_mode(db, "ns", "f", "k", set_to, "anna", "")
        assert modes.mode_of(db, "ns", "f", "k") is holds


def test_cutovers_and_routes(store: Store) -> None:
    with store.writing() as db:
        cutovers.set_cutover(db, "f", "Norrvik Hale KK", date(2026, 6, 1), "anna", "go-live")
        cutovers.set_cutover(db, "f", "Norrvik Hale KK", date(2026, 7, 1), "bob", "later")
        assert cutovers.every(db) == {("f", "Norrvik Hale KK"): date(2026, 7, 1)}
        assert cutovers.rows_of(db)[0].actor == "bob"
        first = routes.Route("*", "Norrvik Hale KK", "", "", date(2026, 6, 1), None, "ns")
        id = routes.add(db, first)
        routes.add(db, replace(first, connection="eu"))
        assert routes.every(db)[0] == replace(first, id=id)
        routes.remove(db, id)
        assert [each.connection for each in routes.every(db)] == ["eu"]


def test_overrides_stand_until_replaced_ended_or_out_of_date(store: Store) -> None:
    first = Override("kan/time_entry/1", "minutes", 40, "typo", "anna", NOW, until=date(2026, 12, 31))
    with store.writing() as db:
        overrides.put(db, [first, replace(first, field="task", value="kan/task/2", until=None)])
        overrides.put(db, [replace(first, value=45, recorded_at=NOW + timedelta(hours=1))])
        standing = overrides.of(db, [first.ref])[first.ref]
        assert [(each.field, each.value) for each in standing] == [("task", "kan/task/2"), ("minutes", 45)]
        assert [each.field for each in overrides.of(db, on=date(2027, 1, 1))[first.ref]] == ["task"]
        assert len(overrides.of(db, on=date(2026, 12, 31))[first.ref]) == 2
        overrides.end(db, [each.id for each in standing], "source corrected", NOW)
        assert overrides.of(db) == {}
        assert [each.ended_why for each in overrides.history(db, first.ref)] == [
            "replaced",
            "source corrected",
            "source corrected",
        ]


def test_requests_are_taken_once_and_answered(store: Store) -> None:
    with store.writing() as db:
        first = requests.ask(db, "sync", {"record": "x"}, "anna", NOW)
        second = requests.ask(db, "plan", {}, "anna", NOW)
        assert [each.id for each in requests.take(db, "w1", NOW, limit=1)] == [first]
        assert [each.id for each in requests.take(db, "w2", NOW)] == [second]
        assert requests.take(db, "w3", NOW) == []
        assert requests.give_back(db, "w2") == 1 and requests.take(db, "w1", NOW)[0].id == second
        requests.answer(db, first, {"sentence": "Done."}, NOW)
        requests.answer(db, second, {"sentence": "No."}, NOW, failed=True)
        rows = [requests.get(db, id) for id in (first, second)]
        assert [(row.state, row.answered_at) for row in rows if row] == [("answered", NOW), ("failed", NOW)]
        assert requests.open_ones(db) == [] and requests.get(db, 99) is None


def test_jobs_show_progress_and_can_be_stopped(store: Store) -> None:
    with store.writing() as db:
        id = jobs.start(db, "pull", "Reading Kantata", NOW, 100, "w1")
        assert not jobs.progress(db, id, 10, NOW)
        jobs.cancel(db, id)
        assert jobs.progress(db, id, 20, NOW, 200, "Half way.")
        [row] = jobs.every(db, running=True)
        assert (row.done, row.total, row.sentence, row.cancel_asked) == (20, 200, "Half way.", True)
        jobs.end(db, id, "cancelled", "Stopped.", NOW)
        assert jobs.every(db, running=True) == [] and jobs.every(db)[0].ended_at == NOW


def test_one_workspace_at_a_time_writes_to_a_tenant(store: Store) -> None:
    later = NOW + timedelta(minutes=10)
    with store.writing() as db:
        mine = claims.take(db, "tag1", "ws1", "w1", "anna", "worker", NOW, 60)
        assert mine is not None and (mine.fence, mine.until) == (1, NOW + timedelta(seconds=60))
        assert claims.take(db, "tag1", "ws2", "w2", "bob", "worker", NOW, 60) is None
        holder = claims.holder_of(db, "tag1", NOW)
        assert holder is not None and (holder.holder, holder.actor) == ("w1", "anna")
        renewed = claims.take(db, "tag1", "ws1", "w1", "anna", "worker", NOW + timedelta(seconds=30), 60)
        assert renewed is not None and (renewed.fence, renewed.taken_at) == (1, NOW)
        taken = claims.take(db, "tag1", "ws2", "w2", "bob", "worker", later, 60)
        assert taken is not None and (taken.fence, taken.taken_at, taken.workspace) == (2, later, "ws2")
        assert not claims.release(db, "tag1", "w1") and claims.release(db, "tag1", "w2")
        assert claims.holder_of(db, "tag1", later) is None


def test_notes_drafts_schedules_and_settings(store: Store) -> None:
    with store.writing() as db:
        notes.add(db, notes.Note("hold/1", "Asked the PM.", "anna", NOW))
        assert [each.text for each in notes.about(db, "hold/1")] == ["Asked the PM."]
        notes.save_draft(db, "hold/1", "anna", {"minutes": 40}, NOW)
        notes.save_draft(db, "hold/1", "anna", {"minutes": 45}, NOW)
        assert notes.draft(db, "hold/1", "anna") == {"minutes": 45} and notes.draft(db, "hold/1", "bob") is None
        notes.drop_draft(db, "hold/1", "anna")
        assert notes.draft(db, "hold/1", "anna") is None
        plan = schedules.Schedule("f", "e", "every", {"minutes": 15}, "Europe/Berlin")
        schedules.put(db, plan)
        schedules.ran(db, "f", "e", NOW, NOW + timedelta(minutes=15))
        assert schedules.every(db) == [replace(plan, last_run_at=NOW, next_run_at=NOW + timedelta(minutes=15))]
        setting = preferences.Setting("rounding", "entity/KK", "half_even", "anna", "auditor", NOW)
        preferences.put(db, setting)
        assert preferences.settings(db) == [setting]
        preferences.drop(db, "rounding", "entity/KK")
        mapped = preferences.MappingOverride("sf", "deal", "cap", "Limit__c", "anna", "own field", NOW)
        coverage.begin(db, "sf", "deal", "*", NOW)
        coverage.advance(db, "sf", "deal", "*", 1, "here", 5, -1)
        coverage.begin(db, "sf", "customer", "*", NOW)
        coverage.advance(db, "sf", "customer", "*", 1, "there", 5, -1)
        plain = connections.meaning(db, "sf")
        preferences.put_mapping(db, mapped)
        assert [each.cursor for each in coverage.every(db)] == ["there", ""], "the kind is read again"
        assert connections.meaning(db, "sf") != plain
        assert preferences.mapping_overrides(db, "sf") == [mapped] and preferences.mapping_overrides(db, "ns") == []
        preferences.drop_mapping(db, "sf", "deal", "cap")
        assert connections.meaning(db, "sf") == plain
        assert preferences.settings(db) == [] and preferences.mapping_overrides(db) == []
