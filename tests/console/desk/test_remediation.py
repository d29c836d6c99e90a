"""The queue: one line a hold, the same failure once, and one record with all that is known of it."""

from __future__ import annotations

from console.desk import explaining, remediation
from console.sync import acts
from tests.console.sync.firm import Firm, an_entry

ROW = {
    "id",
    "problem",
    "sentence",
    "remedy",
    "who",
    "owner",
    "flow",
    "subject",
    "target",
    "kind",
    "key",
    "field",
    "money",
    "on",
    "legal_entity",
    "opened_at",
    "assignee",
}
SHOWN = ROW | {"ended", "record", "fields", "edits", "wanted", "confirmed", "state", "attempts", "notes"}


def without_rate(firm: Firm, count: int = 1) -> int:
    """Entries that nobody has a price for; answers the hold of the first."""
    project = next(iter(firm.psa.shelves["project"]))
    for number in range(count):
        an_entry(firm, f"n{number}", f"kantata/project/{project}", role="kantata/role/none")
    firm.run()
    return next(row.id for row in firm.held("missing_rate") if row.subject == "kantata/time_entry/n0")


def test_a_line_of_the_queue_has_its_keys(sold: Firm) -> None:
    without_rate(sold)
    (row,) = sold.ask(remediation.queue)
    assert set(row) == ROW
    assert (row["problem"], row["subject"], row["kind"]) == ("missing_rate", "kantata/time_entry/n0", "time_line")
    assert row["remedy"] and row["who"] == "controller"


def test_the_queue_can_be_narrowed(sold: Firm) -> None:
    without_rate(sold, 3)
    assert len(sold.ask(lambda db: remediation.queue(db, "missing_rate"))) == 3
    assert len(sold.ask(lambda db: remediation.queue(db, limit=2))) == 2
    assert sold.ask(lambda db: remediation.queue(db, "closed_period")) == []


def test_the_same_failure_is_shown_once_with_its_count(sold: Firm) -> None:
    without_rate(sold, 3)
    (problem,) = sold.ask(remediation.problems)
    assert (problem["problem"], problem["count"], problem["money"]) == ("missing_rate", 3, None)


def test_one_record_shows_its_edits_and_what_was_tried(sold: Firm) -> None:
    sold.run()
    id, _line = sold.erp.only("time_line")
    sold.erp.edit("time_line", id, minutes=90)
    sold.run()
    hold = sold.one_held("changed_by_person")
    sold.act(lambda db: acts.edit(db, hold.id, {"notes": "seen"}, "agreed", "ann"))
    shown = sold.ask(lambda db: remediation.show(db, hold.id))
    assert shown is not None and set(shown) == SHOWN
    assert shown["edits"] == [{"field": "notes", "value": "seen", "reason": "agreed", "by": "ann"}]
    assert [each["outcome"] for each in shown["attempts"]] == ["done"]
    assert shown["record"]["minutes"] == 120 and "minutes" in shown["fields"]
    assert shown["confirmed"]["stored"]["minutes"] == 120
    assert sold.ask(lambda db: remediation.show(db, 999)) is None


def test_a_hold_is_found_by_every_name_people_have_for_it(sold: Firm) -> None:
    id = without_rate(sold)
    key = sold.one_held("missing_rate").key
    for name in (str(id), "kantata/time_entry/n0", "n0", key, "missing_rate"):
        assert [row.id for row in sold.ask(lambda db, name=name: remediation.open_of(db, name))] == [id]
    assert sold.ask(lambda db: remediation.open_of(db, "nothing")) == []


def test_a_record_is_explained_by_what_holds_it_or_by_where_it_stands(sold: Firm) -> None:
    without_rate(sold)
    held = sold.ask(lambda db: explaining.record(db, "kantata/time_entry/n0"))
    assert held is not None and held["problems"] == ["missing_rate"]
    assert "There is no rate" in held["text"]
    done = sold.ask(lambda db: explaining.record(db, "kantata/time_entry/t1"))
    assert done is not None
    assert (done["problems"], done["text"]) == ([], "time_line on netsuite: done.")
    assert sold.ask(lambda db: explaining.record(db, "nothing")) is None


def test_a_problem_is_explained_by_its_page() -> None:
    page = explaining.problem_page("missing_rate")
    assert page is not None and set(page) == {"problem", "who", "owner", "text"}
    assert explaining.problem_page("no_such_problem") is None
