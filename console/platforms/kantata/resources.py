"""Where each kind lives in Kantata: its path, what must be included to see it whole, and how it can be walked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PAGE = 200
"""Rows of one page; Kantata gives no more whatever is asked for."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One collection of the API.

    `singular` wraps a single body. `include` names the associations without which foreign keys are absent. `order`
    is one the vendor documents for this collection; `by_change` says that it is the order of change. `since` says
    that `updated_after` is documented here. `filters` undo default filters that would hide rows; those in `doubtful`
    are worded so that they might narrow instead, which is tried before they are used. `events` is the word of the
    event feed for these records, empty where it has none. `bulk` is the most records one POST may create.
    """

    kind: str
    path: str
    singular: str
    include: str
    order: str
    by_change: bool = False
    since: bool = True
    filters: Mapping[str, str] = field(default_factory=dict)
    doubtful: Mapping[str, str] = field(default_factory=dict)
    events: str = ""
    bulk: int = 1


CUSTOMERS = Resource(
    "customer",
    "workspace_groups",
    "workspace_group",
    "external_references",
    "updated_at:asc",
    by_change=True,
)
USERS = Resource(
    "resource",
    "users",
    "user",
    "role,account_membership,external_references",
    "alphabetical:asc",
    since=False,
    filters={"on_my_account": "true", "show_disabled": "true"},
    events="user",
)
ROLES = Resource(
    "role",
    "roles",
    "role",
    "external_references",
    "alphabetical:asc",
    since=False,
    filters={"only_active": "false"},
)
RATE_CARDS = Resource("rate_card", "rate_cards", "rate_card", "rate_card_set", "created_at:asc", since=False)
RATES = Resource(
    "rate",
    "rate_card_versions",
    "rate_card_version",
    "rate_card,rate_card_roles,rate_card_set_version",
    "created_at:asc",
    since=False,
)
RATE_ROLES = Resource(
    "rate", "rate_card_roles", "rate_card_role", "role,rate_card_version", "created_at:asc", since=False
)
"""Prices beside a version do not say whose they are; listed by themselves they do."""
PROJECTS = Resource(
    "project",
    "workspaces",
    "workspace",
    "workspace_groups,primary_workspace_group,external_references,custom_field_values",
    "updated_at:asc",
    by_change=True,
    filters={"include_archived": "true"},
    events="workspace",
    bulk=1,
)
TASKS = Resource(
    "task",
    "stories",
    "story",
    "workspace,parent,external_references",
    "updated_at:asc",
    by_change=True,
    filters={"show_archived": "true", "show_deleted": "true"},
    doubtful={"show_from_archived_workspaces": "true"},
    events="story",
    bulk=100,
)
MILESTONES = Resource(
    "milestone",
    "billing_milestones",
    "billing_milestone",
    "workspace,story,invoices,external_references",
    "created_at:asc",
    since=False,
    events="billing_milestone",
    bulk=100,
)
TIMESHEETS = Resource("approval", "timesheet_submissions", "timesheet_submission", "workspace,user", "date:asc")
EXPENSE_REPORTS = Resource(
    "approval", "expense_report_submissions", "expense_report_submission", "workspace,user", "date:asc"
)
TIME = Resource(
    "time_entry",
    "time_entries",
    "time_entry",
    "workspace,user,story,role,active_submission,recent_submission,external_references",
    "updated_at:asc",
    by_change=True,
    filters={"from_archived_workspaces": "true"},
    events="time_entry",
)
EXPENSES = Resource(
    "expense",
    "expenses",
    "expense",
    "workspace,user,story,expense_category,active_submission,recent_submission,external_references",
    "created_at:asc",
    doubtful={"from_archived_workspaces": "true"},
    events="expense",
)

RESOURCES: dict[str, tuple[Resource, ...]] = {
    "customer": (CUSTOMERS,),
    "resource": (USERS,),
    "role": (ROLES,),
    "rate_card": (RATE_CARDS,),
    "rate": (RATES,),
    "project": (PROJECTS,),
    "task": (TASKS,),
    "milestone": (MILESTONES,),
    "approval": (TIMESHEETS, EXPENSE_REPORTS),
    "time_entry": (TIME,),
    "expense": (EXPENSES,),
}
"""The collections that make up a kind, in the order the card reads them."""

SUBMISSIONS: dict[str, tuple[Resource, str]] = {
    "time_entry": (TIMESHEETS, "time_entries"),
    "expense": (EXPENSE_REPORTS, "expenses"),
}
"""Where approval of a kind is decided, and the association that lists what was decided on."""
