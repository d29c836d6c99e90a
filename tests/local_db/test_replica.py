"""A batch lands in replica, book and coverage in one step, and only what changed makes a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from console.records.billing import BillingLine, Stage
from console.records.delivery import TimeEntry
from console.records.firm import Record
from console.records.money import Money
from console.wire.surface import Batch, Remote
from local_db import book, coverage, replica
from local_db.coverage import CoverageState
from local_db.replica import Changes
from local_db.store import Db, Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def entry(id: str, minutes: int = 60, **more: Any) -> TimeEntry:
    fields: dict[str, Any] = {
        "ref": f"kan/time_entry/{id}",
        "project": "kan/project/1",
        "resource": "kan/resource/1",
        "worked_on": date(2026, 11, 3),
        "minutes": minutes,
        "modified_at": "2026-11-03T10:00:00-07:00",
        "rate": Money(Decimal("150.5"), "EUR"),
    }
    return TimeEntry(**{**fields, **more})


def remote(id: str, minutes: int = 60, record: Record | None = None, **more: Any) -> Remote:
    payload = more.pop("payload", {"id": id, "time_in_minutes": minutes})
    return Remote("time_entry", id, payload, more.pop("version", "1"), record or entry(id, minutes), **more)


def save(db: Db, remotes: Sequence[Remote], at: datetime = NOW, **more: Any) -> Changes:
    mapping = more.pop("mapping", "")
    batch = Batch("time_entry", remotes, more.pop("cursor", "c1"), **more)
    return replica.save_batch(db, "kan", batch, 1, at, mapping)


def current(db: Db) -> list[Record]:
    return list(book.current(db, "time_entry"))


def test_new_records_land_in_replica_and_book(store: Store) -> None:
    with store.writing() as db:
        changes = save(db, [remote("1"), remote("2", 30)])
        assert changes == Changes(
            new=["kan/time_entry/1", "kan/time_entry/2"], changed=[], touched=[], deleted=[], faulty=[], unchanged=0
        )
        assert current(db) == [entry("1"), entry("2", 30)]
        assert book.get(db, "kan/time_entry/2") == entry("2", 30)
        assert replica.payload(db, "kan/time_entry/2") == {"id": "2", "time_in_minutes": 30}
        assert book.count(db, "time_entry") == book.count(db, "time_entry", "kan") == 2
        assert book.count(db, "time_entry", "other") == 0 and book.last_change(db, "time_entry") == NOW


def test_the_same_again_is_unchanged(store: Store) -> None:
    with store.writing() as db:
        save(db, [remote("1"), remote("2")])
        changes = save(db, [remote("1"), remote("2"), remote("3")], LATER)
        assert (list(changes.new), changes.unchanged) == (["kan/time_entry/3"], 2)
        assert len(book.history(db, "kan/time_entry/1")) == 1


def test_a_changed_record_supersedes_the_one_before(store: Store) -> None:
    with store.writing() as db:
        save(db, [remote("1"), remote("2")])
        newer = entry("1", 90, modified_at="2026-11-04T10:00:00Z")
        assert save(db, [remote("1", 90, newer)], LATER).changed == ["kan/time_entry/1"]
        assert book.get(db, "kan/time_entry/1") == newer
        assert book.history(db, "kan/time_entry/1") == [(NOW, LATER, entry("1")), (LATER, None, newer)]
        assert list(book.as_known_at(db, "time_entry", NOW)) == [entry("1"), entry("2")]
        assert sorted(book.as_known_at(db, "time_entry", LATER), key=lambda each: each.ref) == [newer, entry("2")]
        assert list(book.as_known_at(db, "time_entry", NOW - timedelta(seconds=1))) == []


def test_a_payload_that_means_the_same_only_touches(store: Store) -> None:
    with store.writing() as db:
        save(db, [remote("1")])
        before = book.versions(db, ["kan/time_entry/1"])
        changes = save(db, [remote("1", payload={"id": "1", "colour": "red"}, version="2")], LATER)
        assert (changes.touched, changes.changed, changes.unchanged) == (["kan/time_entry/1"], [], 0)
        kept = replica.get(db, ["kan/time_entry/1"])["kan/time_entry/1"]
        assert (kept.version, kept.payload["colour"]) == ("2", "red")
        assert book.versions(db, ["kan/time_entry/1"]) == before


def test_a_new_mapping_reads_every_payload_anew(store: Store) -> None:
    with store.writing() as db:
        save(db, [remote("1"), remote("2")], mapping="m1")
        changes = save(db, [remote("1"), remote("2", record=entry("2", 99))], LATER, mapping="m2")
        assert (changes.touched, changes.changed) == (["kan/time_entry/1"], ["kan/time_entry/2"])


def test_the_last_of_a_record_that_comes_twice_counts(store: Store) -> None:
    with store.writing() as db:
        changes = save(db, [remote("1", 10), remote("1", 20)])
        assert changes.new == ["kan/time_entry/1"] and current(db) == [entry("1", 20)]


def test_a_record_that_could_not_be_understood_is_kept_with_its_fault(store: Store) -> None:
    with store.writing() as db:
        save(db, [remote("1")])
        payload = {"id": "1", "time_in_minutes": "NaN"}
        bad = Remote("time_entry", "1", payload, "2", None, fault="Minutes are no number.")
        assert save(db, [bad, remote("2")], LATER).faulty == ["kan/time_entry/1"]
        assert book.get(db, "kan/time_entry/1") == entry("1")
        [kept] = replica.with_fault(db)
        assert (kept.ref, kept.fault, kept.payload["time_in_minutes"]) == (
            "kan/time_entry/1",
            "Minutes are no number.",
            "NaN",
        )
        assert replica.with_fault(db, "other") == [] and len(replica.with_fault(db, "kan", "time_entry")) == 1
        save(db, [remote("1", 75)], LATER)
        assert replica.with_fault(db) == [] and book.get(db, "kan/time_entry/1") == entry("1", 75)


UNKEEPABLE: list[Any] = [
    {"minutes": 2**63},
    {"minutes": "sixty"},
    {"rate": Money(Decimal("0.0000001"), "EUR")},
    {"rate": Money(Decimal("NaN"), "EUR")},
    {"notes": "\ud800"},
    {"notes": None},
    {"worked_on": "2026-11-03"},
    {"billable": "perhaps"},
]


@pytest.mark.parametrize("fields", UNKEEPABLE, ids=str)
def test_a_record_the_store_cannot_keep_holds_only_itself(store: Store, fields: dict[str, Any]) -> None:
    with store.writing() as db:
        changes = save(db, [remote("1"), remote("2", record=entry("2", **fields)), remote("3")])
        assert (changes.new, changes.faulty) == (["kan/time_entry/1", "kan/time_entry/3"], ["kan/time_entry/2"])
        [kept] = replica.with_fault(db)
        assert next(iter(fields)) in kept.fault and kept.payload["id"] == "2"


def test_payloads_from_hell(store: Store) -> None:
    deep: Any = []
    for _level in range(400):
        deep = [deep]
    hostile = "\u202e<script>alert(1)</script> \0 ' OR 1=1 --"
    with store.writing() as db:
        changes = save(
            db,
            [
                remote("1", payload={"id": "1", "deep": deep}),
                remote("2", payload={"notes": hostile}, record=entry("2", notes=hostile)),
                remote("3", payload={"big": "x" * 10_000_000}),
            ],
        )
        assert changes.faulty == ["kan/time_entry/1"]
        found = book.get(db, "kan/time_entry/2")
        assert isinstance(found, TimeEntry) and found.notes == hostile.replace("\0", "\ufffd")
        assert replica.payload(db, "kan/time_entry/2") == {"notes": hostile}
        kept = replica.payload(db, "kan/time_entry/3")
        assert kept is not None and len(kept["big"]) == 10_000_000


def test_an_explicit_deletion_ends_the_book_row(store: Store) -> None:
    with store.writing() as db:
        save(db, [remote("1"), remote("2")])
        assert save(db, [], LATER, deleted=["1", "404"]).deleted == ["kan/time_entry/1"]
        assert current(db) == [entry("2")] and book.get(db, "kan/time_entry/1") is None
        kept = replica.get(db, ["kan/time_entry/1"])["kan/time_entry/1"]
        assert (kept.deletion, kept.deleted_at, kept.payload["id"]) == ("explicit", LATER, "1")
        assert replica.mark_deleted(db, ["kan/time_entry/1"], "reread", LATER) == []
        assert save(db, [remote("1")], LATER).new == ["kan/time_entry/1"]
        assert replica.get(db, ["kan/time_entry/1"])["kan/time_entry/1"].deleted_at is None


def test_records_are_found_by_our_key(store: Store) -> None:
    with store.writing() as db:
        save(db, [remote("1", key="TO1"), remote("2", key="TO2"), remote("3")])
        replica.mark_deleted(db, ["kan/time_entry/2"], "reread", LATER)
        assert [each.remote_id for each in replica.by_key(db, "kan", "time_entry", ["TO1", "TO2"]).values()] == ["1"]


def test_two_kinds_of_a_platform_share_a_book_table(store: Store) -> None:
    def posted(kind: str, line_type: str) -> Remote:
        line = BillingLine(ref=f"ns/{kind}/5", line_type=line_type, stage=Stage.INVOICED, on=date(2026, 1, 2))
        return Remote(kind, "5", {"id": 5}, "1", line)

    with store.writing() as db:
        for kind, line_type in (("time_line", "time"), ("charge_line", "expense")):
            replica.save_batch(db, "ns", Batch(kind, [posted(kind, line_type)], ""), 1, NOW)
        assert [each.ref for each in book.current(db, "time_line")] == ["ns/time_line/5"]
        assert book.count(db, "billing_line") == 2 and book.count(db, "charge_line", "ns") == 1
        assert book.get(db, "ns/charge_line/5") == posted("charge_line", "expense").record
        refs = ["ns/charge_line/5", "ns/time_line/5"]
        assert sorted(book.versions(db, refs)) == refs


def test_the_book_answers_by_field(store: Store) -> None:
    with store.writing() as db:
        save(db, [remote(str(n), record=entry(str(n), project=f"kan/project/{n % 3}")) for n in range(9)])
        found = book.current(db, "time_entry", "kan", {"project": ["kan/project/1", "kan/project/2"], "billable": True})
        assert len(list(found)) == 6
        assert len(list(book.current(db, "time_entry", where={"worked_on": date(2026, 11, 3)}))) == 9
        assert len(list(book.current(db, "time_entry", where={"worked_on": [date(2026, 11, 4)]}))) == 0
        assert [each.ref for each in book.current(db, "time_entry", refs=["kan/time_entry/4"])] == ["kan/time_entry/4"]


def test_rows_and_cursor_are_saved_together_or_not_at_all(store: Store) -> None:
    with store.writing() as db:
        read_id = coverage.begin(db, "kan", "time_entry", "*", NOW)
    with pytest.raises(KeyboardInterrupt), store.writing() as db:
        save(db, [remote("1")], cursor="c9")
        raise KeyboardInterrupt
    with store.writing() as db:
        kept = coverage.of(db, "kan", "time_entry")
        assert kept is not None and (kept.cursor, kept.rows, kept.read_id, current(db)) == ("", 0, read_id, [])
        save(db, [remote("1")], cursor="c9", expected=5)
        kept = coverage.of(db, "kan", "time_entry")
        assert kept is not None and (kept.cursor, kept.rows, kept.expected) == ("c9", 1, 5)


def read(db: Db, ids: Sequence[int], at: datetime = NOW, whole: bool | None = None, expected: int = -1) -> int:
    read_id = coverage.begin(db, "kan", "time_entry", "*", at, whole)
    batch = Batch("time_entry", [remote(str(id)) for id in ids], f"until {at}", last=True, expected=expected)
    replica.save_batch(db, "kan", batch, read_id, at)
    return read_id


def test_a_complete_read_covers_what_was_before_it_began(store: Store) -> None:
    with store.writing() as db:
        read(db, range(10))
        done = coverage.finish(db, "kan", "time_entry", "*", LATER)
        assert (done.state, done.complete_until, done.finished_at, done.rows, done.whole) == (
            CoverageState.COMPLETE,
            NOW,
            LATER,
            10,
            True,
        )
        assert read(db, [11], LATER) == done.read_id + 1
        under_way = coverage.of(db, "kan", "time_entry")
        assert under_way is not None
        assert (under_way.state, under_way.complete_until, under_way.whole, under_way.rows) == (
            CoverageState.READING,
            NOW,
            False,
            10,
        )
        assert coverage.finish(db, "kan", "time_entry", "*", LATER).complete_until == LATER
        assert [each.kind for each in coverage.every(db)] == ["time_entry"]


def test_a_read_that_was_cut_off_goes_on(store: Store) -> None:
    with store.writing() as db:
        read_id = read(db, range(5))
        assert coverage.begin(db, "kan", "time_entry", "*", LATER) == read_id
        kept = coverage.of(db, "kan", "time_entry")
        assert kept is not None and (kept.cursor, kept.started_at, kept.complete_until) == (f"until {NOW}", NOW, None)


def test_a_read_with_far_fewer_rows_is_not_believed(store: Store) -> None:
    with store.writing() as db:
        read(db, range(10))
        coverage.finish(db, "kan", "time_entry", "*", NOW)
        for hours in (1, 2):
            at = NOW + timedelta(hours=hours)
            read(db, range(6), at, whole=True if hours == 1 else None)
            half = coverage.finish(db, "kan", "time_entry", "*", at)
            assert (half.state, half.complete_until, half.previous_rows, half.whole) == (
                CoverageState.SUSPECT,
                NOW,
                10,
                True,
            )
            assert "6" in half.sentence and "10" in half.sentence
        assert len(replica.unseen(db, "kan", "time_entry", half.read_id)) == 4
        coverage.accept(db, "kan", "time_entry", "*")
        kept = coverage.of(db, "kan", "time_entry")
        assert kept is not None and (kept.state, kept.complete_until) == (CoverageState.COMPLETE, at)
        read(db, range(6), LATER, whole=True)
        assert coverage.finish(db, "kan", "time_entry", "*", LATER).state is CoverageState.COMPLETE


def test_a_read_short_of_what_was_announced_is_not_believed(store: Store) -> None:
    with store.writing() as db:
        read(db, range(10), expected=100)
        assert coverage.finish(db, "kan", "time_entry", "*", NOW).state is CoverageState.SUSPECT
        read(db, range(100), LATER, expected=100)
        assert coverage.finish(db, "kan", "time_entry", "*", LATER).state is CoverageState.COMPLETE
        assert replica.unseen(db, "kan", "time_entry", 2) == []


def test_finishing_what_was_never_begun_is_a_bug(store: Store) -> None:
    with pytest.raises(KeyError), store.writing() as db:
        coverage.finish(db, "kan", "nothing", "*", NOW)


def test_a_record_written_back_by_us_moves_no_cursor(store: Store) -> None:
    with store.writing() as db:
        read(db, range(3))
        replica.save_batch(db, "kan", Batch("time_entry", [remote("9")], "x", scope="own"), 0, LATER)
        kept = coverage.of(db, "kan", "time_entry")
        assert kept is not None and (kept.cursor, kept.rows) == (f"until {NOW}", 3)


def test_every_kind_of_record_comes_back_as_it_was(store: Store) -> None:
    from console.records.kinds import RECORDS

    with store.writing() as db:
        for kind, record_type in RECORDS.items():
            record = _filled(kind, record_type)
            bare = replace(record, ref=f"x/{kind}/2", external_key="", modified_at="", modified_by="")
            remotes = [Remote(kind, "1", {"id": 1}, "", record), Remote(kind, "2", {"id": 2}, "", bare)]
            replica.save_batch(db, "x", Batch(kind, remotes, ""), 1, NOW)
            assert list(book.current(db, kind)) == [record, bare]


def _filled(kind: str, record_type: type[Record]) -> Record:
    from console.records.selling import BillingType
    from local_db.rows import fields_of

    values = {
        str: "ä",
        int: 7,
        bool: True,
        date: date(2026, 1, 2),
        Money: Money(Decimal("-12.345678"), "JPY"),
        BillingType: BillingType.RETAINER,
    }
    fields = {each.name: values[each.type] for each in fields_of(record_type)}
    return record_type(**{**fields, "ref": f"x/{kind}/1"})
