"""Puts what Kantata sends beside a row onto the row, so that it can be understood, stored and compared alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from console.platforms.kantata.envelope import Beside, Row, id_of

SERVICE = "Tieout"
"""The `service_name` of our external references; one of each name fits on an object."""
REPORT_PREFIX = "expense_report-"
"""Expense reports and timesheets number themselves apart: this keeps their ids apart as approvals."""
_NONE: dict[str, Any] = {}

Join = Callable[[Row, Beside], None]


def joined(path: str, rows: Sequence[Row], beside: Beside) -> None:
    """Complete every row of a page of the collection `path`, in place."""
    join = JOINS[path]
    references = beside.get("external_references") or _NONE
    for row in rows:
        if row:
            if references:
                _references(row, references)
            join(row, beside)


def digest(row: Row) -> str:
    """A short text that changes with anything on the row."""
    return blake2b(orjson.dumps(row, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def our_key(row: Row, kind: str) -> str:
    """Our business key on the row, empty when its references are all another's."""
    for each in row.get("external_references") or ():
        if each.get("service_name") == SERVICE and each.get("service_model") == kind:
            return id_of(each.get("service_model_ref"))
    return ""


def _references(row: Row, references: Mapping[str, Row]) -> None:
    found = [references[name] for each in row.get("external_reference_ids") or () if (name := str(each)) in references]
    if not found:
        return
    row["external_references"] = found
    ours = next((each for each in found if each.get("service_name") == SERVICE), found[0])
    row["external_key"] = id_of(ours.get("service_model_ref"))


def _as_it_is(row: Row, beside: Beside) -> None:
    """Nothing beside these rows says more of them."""


def _stamped(row: Row, beside: Beside) -> None:
    row["version"] = row.get("updated_at") or digest(row)


def _digested(row: Row, beside: Beside) -> None:
    row["version"] = digest(row)


def membership_of(row: Row, beside: Beside) -> Mapping[str, Any]:
    """The account membership of a user, however the user names it; empty when it is not shown."""
    memberships = beside.get("account_memberships") or _NONE
    number = row.get("account_membership_id") or next(iter(row.get("account_membership_ids") or ()), None)
    found = memberships.get(id_of(number))
    same = (each for each in memberships.values() if id_of(each.get("user_id")) == id_of(row.get("id")))
    return found or next(same, _NONE)


def _person(row: Row, beside: Beside) -> None:
    row["disabled_now"] = bool(row.get("disabled") or membership_of(row, beside).get("disabled_at"))
    row["version"] = digest(row)


def _rate_card(row: Row, beside: Beside) -> None:
    group = (beside.get("rate_card_sets") or _NONE).get(id_of(row.get("rate_card_set_id")), {})
    row["title"] = row.get("title") or group.get("title") or row.get("name")
    row["version"] = digest(row)


def _rate_card_version(row: Row, beside: Beside) -> None:
    roles = beside.get("rate_card_roles") or _NONE
    row["roles"] = [roles[name] for each in row.get("rate_card_role_ids") or () if (name := str(each)) in roles]
    card = (beside.get("rate_cards") or _NONE).get(id_of(row.get("rate_card_id")), {})
    period = (beside.get("rate_card_set_versions") or _NONE).get(id_of(row.get("rate_card_set_version_id")), {})
    row["currency"] = row.get("currency") or card.get("currency")
    row["effective_date"] = row.get("effective_date") or period.get("effective_date")
    row["version"] = digest(row)


def _project(row: Row, beside: Beside) -> None:
    groups = row.get("workspace_group_ids")
    client = row.get("primary_workspace_group_id")
    if client is None and isinstance(groups, list) and len(groups) == 1:
        client = groups[0]
    row["client_id"] = client
    values = beside.get("custom_field_values") or _NONE
    named = [values[name] for each in row.get("custom_field_value_ids") or () if (name := str(each)) in values]
    if named:
        row["custom_fields"] = {str(each.get("custom_field_name")): _shown(each) for each in named}
    _stamped(row, beside)


def _shown(value: Row) -> Any:
    """A choice field's value is a list of ids; what people read is its display value."""
    plain = value.get("value")
    return value.get("display_value") if isinstance(plain, list | dict) or plain is None else plain


def _milestone(row: Row, beside: Beside) -> None:
    story = (beside.get("stories") or _NONE).get(id_of(row.get("story_id")), {})
    workspace = (beside.get("workspaces") or _NONE).get(id_of(row.get("workspace_id")), {})
    row["currency"] = row.get("currency") or workspace.get("currency")
    row.setdefault("currency_base_unit", workspace.get("currency_base_unit"))
    completed = row.get("completed")
    row["completed_now"] = completed if isinstance(completed, bool) else story.get("state") == "completed"
    if row["completed_now"]:
        row["completed_day"] = row.get("completed_at") or story.get("completed_at") or row.get("date_to_invoice")
    row["version"] = digest(row)


def _timesheet(row: Row, beside: Beside) -> None:
    row["approval_id"] = id_of(row.get("id"))
    row["version"] = f"{row.get('updated_at')} {row.get('status')}"


def _expense_report(row: Row, beside: Beside) -> None:
    row["approval_id"] = f"{REPORT_PREFIX}{id_of(row.get('id'))}"
    row["version"] = f"{row.get('updated_at')} {row.get('status')}"


def _time_entry(row: Row, beside: Beside) -> None:
    _judge(row, beside, "timesheet_submissions", "require_time_approvals", "")


def _expense(row: Row, beside: Beside) -> None:
    _judge(row, beside, "expense_report_submissions", "require_expense_approvals", REPORT_PREFIX)
    category = (beside.get("expense_categories") or _NONE).get(id_of(row.get("expense_category_id")), {})
    if category:
        row["expense_category_name"] = category.get("name")


def _judge(row: Row, beside: Beside, submissions: str, requirement: str, prefix: str) -> None:
    """Whether the row is approved: it says so of itself, and so does the submission it is on, where there is one.

    Without a submission `approved` is Kantata's answer for projects that ask for no approval; in one that does, a
    row on no submission is not approved whatever it says.
    """
    number = row.get("active_submission_id") or row.get("recent_submission_id")
    said = row.get("approved")
    project = (beside.get("workspaces") or _NONE).get(id_of(row.get("workspace_id")), _NONE)
    if row.get("currency") is None and project.get("currency"):
        row["currency"] = project["currency"]
    if number is None:
        required = project.get(requirement)
        row["approved_now"] = (said is not False and required is False) or (bool(said) and required is not True)
        row["version"] = f"{row.get('updated_at')} {row['approved_now']}"
        return
    name = id_of(number)
    decided = (beside.get(submissions) or _NONE).get(name)
    status = decided.get("status") if decided else None
    row["approval_id"] = prefix + name
    if status is None:
        row["approved_now"] = bool(said)
    else:
        row["approval_status"] = status
        row["approved_now"] = status == "approved" and said is not False
    row["version"] = f"{row.get('updated_at')} {row['approved_now']}"


JOINS: dict[str, Join] = {
    "workspace_groups": _stamped,
    "users": _person,
    "roles": _digested,
    "rate_card_roles": _as_it_is,
    "rate_cards": _rate_card,
    "rate_card_versions": _rate_card_version,
    "workspaces": _project,
    "stories": _stamped,
    "billing_milestones": _milestone,
    "timesheet_submissions": _timesheet,
    "expense_report_submissions": _expense_report,
    "time_entries": _time_entry,
    "expenses": _expense,
    "subscribed_events": _as_it_is,
    "custom_fields": _as_it_is,
}
"""How the rows of each collection are completed."""
