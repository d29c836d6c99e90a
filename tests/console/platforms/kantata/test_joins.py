from typing import Any

from console.platforms.kantata.joins import digest, joined, our_key

REFERENCES = {
    "1": {"service_name": "Relay", "service_model": "job", "service_model_ref": "55"},
    "2": {"service_name": "Tieout", "service_model": "project", "service_model_ref": "TOp-1"},
}


def completed(path: str, row: dict[str, Any], **beside: dict[str, Any]) -> dict[str, Any]:
    joined(path, [row], beside)
    return row


def test_our_reference_goes_before_another_middlewares_and_both_stay() -> None:
    row = completed("workspaces", {"id": "30", "external_reference_ids": [1, "2"]}, external_references=REFERENCES)
    assert row["external_key"] == "TOp-1"
    assert our_key(row, "project") == "TOp-1"
    assert our_key(row, "task") == ""
    assert len(row["external_references"]) == 2


def test_another_middlewares_key_is_shown_but_is_not_ours() -> None:
    row = completed("stories", {"id": "40", "external_reference_ids": ["1"]}, external_references=REFERENCES)
    assert row["external_key"] == "55"
    assert our_key(row, "task") == ""


def test_the_client_is_the_primary_group_or_the_only_one() -> None:
    assert (
        completed("workspaces", {"id": "1", "primary_workspace_group_id": 7, "workspace_group_ids": [8]})["client_id"]
        == 7
    )
    assert completed("workspaces", {"id": "1", "workspace_group_ids": ["8"]})["client_id"] == "8"
    assert completed("workspaces", {"id": "1", "workspace_group_ids": ["8", "9"]})["client_id"] is None


def test_custom_fields_are_found_by_their_name() -> None:
    values = {
        "1": {"custom_field_name": "Entity", "value": "Northlight GmbH"},
        "2": {"custom_field_name": "Kind", "value": ["301"], "display_value": "Retainer"},
    }
    row = completed("workspaces", {"id": "30", "custom_field_value_ids": ["1", 2]}, custom_field_values=values)
    assert row["custom_fields"] == {"Entity": "Northlight GmbH", "Kind": "Retainer"}


def test_a_person_is_disabled_by_the_membership_however_it_is_named() -> None:
    memberships = {"9": {"id": "9", "user_id": "1", "disabled_at": "2026-01-01"}}
    for row in ({"account_membership_id": "9"}, {"account_membership_ids": [9]}, {}):
        assert completed("users", {"id": "1", **row}, account_memberships=memberships)["disabled_now"]
    assert not completed("users", {"id": "2"}, account_memberships=memberships)["disabled_now"]


def test_an_expense_is_approved_by_its_report() -> None:
    reports = {"7": {"status": "approved"}}
    row = completed("expenses", {"id": "1", "active_submission_id": 7}, expense_report_submissions=reports)
    assert row["approved_now"] and row["approval_id"] == "expense_report-7"
    strict = {"30": {"require_expense_approvals": True, "currency": "EUR"}}
    row = completed("expenses", {"id": "1", "workspace_id": "30"}, workspaces=strict)
    assert not row["approved_now"] and row["currency"] == "EUR"


def test_a_decision_changes_the_version_of_what_it_is_about() -> None:
    versions = {
        completed(
            "time_entries",
            {"id": "1", "updated_at": "2026-03-01T10:00:00Z", "approved": True, "active_submission_id": "7"},
            timesheet_submissions={"7": {"status": status}},
        )["version"]
        for status in ("pending", "approved")
    }
    assert len(versions) == 2


def test_a_digest_changes_with_anything() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})
