"""How the work stands: what the plan, the workspace and its connections say of themselves."""

from __future__ import annotations

from decimal import Decimal

from console.desk import connecting, standing, unbilled
from console.sync.pull import pull
from tests.console.sync.firm import ENTITY, Firm, an_entry

PLAN = {
    "flow",
    "kind",
    "create",
    "update",
    "close",
    "hold",
    "waiting",
    "unchanged",
    "before_cutover",
    "not_billable",
    "not_yet",
    "dismissed",
    "read",
    "equation",
    "conserves",
    "intents",
}
STATUS = {"connections", "doubtful", "intents", "held", "held_money", "to_plan", "latency"}
CONNECTION = {
    "id",
    "platform",
    "title",
    "tenant",
    "environment",
    "base_url",
    "sign_in",
    "state",
    "sentence",
    "last_success",
    "advice",
    "modes",
    "coverage",
}


def test_a_plan_has_its_keys_and_counts_what_is_to_be_written(sold: Firm) -> None:
    sold.run(send=False)
    rows = {row["kind"]: row for row in sold.ask(standing.plan_rows)}
    assert all(set(row) >= PLAN for row in rows.values())
    assert (rows["time_entry"]["create"], rows["time_entry"]["read"]) == (1, 1)
    (line,) = [each for each in rows["time_entry"]["intents"] if each["kind"] == "time_line"]
    assert (line["verb"], line["state"], line["count"], line["money"]) == ("create", "ready", 1, {"EUR": "300"})


def test_the_status_counts_intents_holds_and_their_money(sold: Firm) -> None:
    sold.erp.edit("tax_code", "7", active=False)
    sold.run()
    found = sold.ask(standing.status)
    assert set(found) >= STATUS
    assert found["intents"] == {"done": 5, "held": 1}
    assert (found["held"], found["held_money"]) == ({"missing_tax_code": 1}, {"missing_tax_code": {"EUR": "300"}})
    assert found["to_plan"] == {}
    assert {each["state"] for each in found["connections"]} == {"connected"}


def test_a_doubted_read_is_in_the_status(sold: Firm) -> None:
    for number in range(6):
        sold.erp.put("time_line", f"9{number}", line_type="time")
    sold.wait(pull(sold.session, "netsuite", ["time_line"], whole=True))
    sold.erp.tricks.hide.add("time_line")
    sold.wait(pull(sold.session, "netsuite", ["time_line"], whole=True))
    (doubt,) = sold.ask(standing.status)["doubtful"]
    assert (doubt["connection"], doubt["kind"]) == ("netsuite", "time_line")
    assert "nothing is planned on it" in doubt["sentence"]


def test_a_connection_shows_its_modes_and_what_was_read(sold: Firm) -> None:
    rows = {row["id"]: row for row in sold.ask(connecting.connection_rows)}
    assert set(rows) == {"salesforce", "kantata", "netsuite"}
    assert all(set(row) >= CONNECTION for row in rows.values())
    assert rows["salesforce"]["modes"] == []
    assert {(each["mode"], each["by"], each["reason"]) for each in rows["netsuite"]["modes"]} == {
        ("write", "ann", "a test")
    }
    covered = {each["kind"]: each["state"] for each in rows["kantata"]["coverage"]}
    assert covered["time_entry"] == "complete"


def test_unbilled_work_moves_from_one_column_to_the_other(sold: Firm) -> None:
    project = next(iter(sold.psa.shelves["project"]))
    an_entry(sold, "t2", f"kantata/project/{project}", role="kantata/role/none")
    sold.run(send=False)
    (row,) = sold.ask(lambda db: unbilled.rows(db, "project"))
    assert (Decimal(row["not_in_erp"]), Decimal(row["in_erp_not_invoiced"])) == (300, 0)
    sold.run()
    for way, name in (("project", "Engagement d1"), ("customer", "Lindqvist Freight"), ("legal_entity", ENTITY)):
        (row,) = sold.ask(lambda db, way=way: unbilled.rows(db, way))
        assert (row[way], row["currency"]) == (name, "EUR")
        assert (Decimal(row["not_in_erp"]), Decimal(row["in_erp_not_invoiced"])) == (0, 300)
