"""Mappings: vendor records to ours and our bodies back, and records that cannot be understood held alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from console.records.billing import Invoice
from console.records.delivery import Project, TimeEntry
from console.records.money import Money
from console.wire.fields import FieldFault
from console.wire.mapping import BadMapping, Mapping, load, merged

TABLE: dict[str, Any] = {
    "time_entry": {
        "record": "time_entries",
        "id": "id",
        "version": "updated_at",
        "key": "reference.key",
        "modified_at": "updated_at",
        "currency": "currency",
        "fields": {
            "project": {"link": "workspace_id", "kind": "project"},
            "resource": {"link": "user.id", "kind": "resource"},
            "worked_on": "date_performed",
            "minutes": "time_in_minutes",
            "billable": "billable",
            "approved": {"path": "pending", "not": True},
            "rate": {"path": "rate_in_cents", "unit": "minor"},
            "notes": {"path": ["notes", "story.title"]},
        },
    },
    "project": {
        "currency": "currency",
        "fields": {
            "name": "title",
            "customer": {"link": "entity.id", "kind": "customer", "write": "entity", "form": "reference"},
            "billing_type": {"path": "type", "values": {"Fixed Fee": "fixed_fee"}, "otherwise": "refuse"},
            "status": {"always": "open", "write": False},
            "starts_on": {"path": "dates.start"},
            "budget": "price",
            "active": {"path": "archived", "not": True},
            "currency": "currency",
        },
    },
}
MAPPING = Mapping(TABLE)


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "id": 17,
        "workspace_id": "4",
        "user": {"id": 9},
        "date_performed": "2025-01-31",
        "time_in_minutes": 20,
        "billable": True,
        "pending": False,
        "rate_in_cents": 15050,
        "currency": "EUR",
        "notes": "",
        "story": {"title": "Design"},
        "updated_at": "2025-02-01T10:00:00+01:00",
        "reference": {"key": "TO-1"},
        **changes,
    }


def test_a_record_is_read_in_our_words() -> None:
    remote = MAPPING.remote("time_entry", entry(), "psa")
    assert (remote.remote_id, remote.version, remote.key, remote.fault) == (
        "17",
        "2025-02-01T10:00:00+01:00",
        "TO-1",
        "",
    )
    assert remote.record == TimeEntry(
        ref="psa/time_entry/17",
        external_key="TO-1",
        modified_at="2025-02-01T09:00:00+00:00",
        project="psa/project/4",
        resource="psa/resource/9",
        worked_on=date(2025, 1, 31),
        minutes=20,
        billable=True,
        approved=True,
        rate=Money(Decimal("150.50"), "EUR"),
        notes="Design",
    )


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"date_performed": "soon"}, "worked_on"),
        ({"date_performed": None}, "worked_on"),
        ({"rate_in_cents": "NaN"}, "rate"),
        ({"rate_in_cents": 1e300}, "rate"),
        ({"currency": None}, "without a currency"),
        ({"time_in_minutes": "lots"}, "minutes"),
        ({"billable": "perhaps"}, "billable"),
        ({"updated_at": "yesterday"}, "modified_at"),
        ({"workspace_id": {"id": 1}}, "project has another form"),
        ({"deep": [[]] * 1 + [__import__("functools").reduce(lambda inner, _n: [inner], range(300), [])]}, "nested"),
    ],
)
def test_a_record_that_cannot_be_understood_says_why(changes: dict[str, Any], names: str) -> None:
    remote = MAPPING.remote("time_entry", entry(**changes), "psa")
    assert remote.record is None and names in remote.fault and remote.remote_id == "17"
    assert MAPPING.remote("time_entry", entry(), "psa").record is not None


@pytest.mark.parametrize("nameless", [{}, {"id": None}, {"id": ""}, {"id": {"x": 1}}, [1], "text", None])
def test_a_record_without_id_is_named_by_its_place(nameless: Any) -> None:
    remote = MAPPING.remote("time_entry", nameless, "psa", position=6)
    assert remote.remote_id == "" and remote.record is None and "7" in remote.fault


def test_a_large_record_is_held_when_the_answer_was_suspect() -> None:
    remote = MAPPING.remote("time_entry", entry(notes="x" * 11_000_000), "psa", suspect=True)
    assert remote.record is None and "MB" in remote.fault


def test_html_and_right_to_left_names_are_kept_as_they_are() -> None:
    name = "<b>\u202e\u05e9\u05dc\u05d5\u05dd</b>"
    record = MAPPING.to_record("project", {"id": "1", "title": name}, "psa")
    assert isinstance(record, Project) and record.name == name


def test_a_body_goes_out_in_the_vendors_fields() -> None:
    body = {
        "name": "Alpha",
        "customer": {"$link": ["customer", "crm/customer/1"]},
        "billing_type": "fixed_fee",
        "starts_on": "2025-01-01",
        "budget": {"amount": "1200.10", "currency": "USD"},
        "active": True,
    }
    assert MAPPING.to_vendor("project", body, {"customer": "77"}) == {
        "title": "Alpha",
        "entity": {"id": "77"},
        "type": "Fixed Fee",
        "dates": {"start": "2025-01-01"},
        "price": 1200.1,
        "currency": "USD",
        "archived": False,
    }


def test_minor_units_and_nothing_go_out_too() -> None:
    body = {"rate": {"amount": "150.5", "currency": "EUR"}, "notes": None}
    assert Mapping(
        {"time_entry": {**TABLE["time_entry"], "fields": {**TABLE["time_entry"]["fields"], "notes": "notes"}}}
    ).to_vendor("time_entry", body) == {"rate_in_cents": 15050, "currency": "EUR", "notes": None}


@pytest.mark.parametrize("body", [{"status": "open"}, {"colour": "red"}, {"customer": {"$link": ["customer", "x"]}}])
def test_what_has_no_place_or_no_link_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(FieldFault):
        MAPPING.to_vendor("project", body)


def test_a_value_outside_its_table_is_refused_where_the_mapping_says_so() -> None:
    remote = MAPPING.remote("project", {"id": 1, "type": "Barter"}, "psa")
    assert "Barter" in remote.fault


def test_a_workspace_mapping_lies_over_the_file() -> None:
    below = {"project": {"fields": {"name": "title", "status": "state"}, "id": "id"}}
    above = {"project": {"fields": {"name": {"path": "label"}, "status": None}}}
    assert merged(below, above) == {"project": {"fields": {"name": {"path": "label"}}, "id": "id"}}
    record = load("salesforce", {"invoice": {"fields": {"number": "ERP_No__c"}}}).to_record(
        "invoice", {"Id": "a1", "ERP_No__c": "17"}, "crm"
    )
    assert isinstance(record, Invoice) and record.number == "17"


@pytest.mark.parametrize(
    "table",
    [
        {"unicorn": {"fields": {}}},
        {"project": {"fields": {"colour": "x"}}},
        {"project": {"fields": {"budget": {"path": "x", "unit": "gold"}}}},
        {"project": {"fields": {"name": {"path": "x", "type": "song"}}}},
        {"project": {"fields": {"name": {"values": {}}}}},
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(BadMapping):
        Mapping(table)


def test_every_path_is_known_for_asking() -> None:
    assert MAPPING.kind("time_entry").paths["notes"] == ("notes", "story.title")
    assert MAPPING.kind("time_entry").paths["@key"] == ("reference.key",)
