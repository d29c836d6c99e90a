"""What the vendor does around projects: currencies, budgets, groups, tasks, people and their bookings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from console.sandbox.kantata import stamps
from console.sandbox.kantata.custom import set_values
from console.sandbox.kantata.refusal import blank, invalid
from console.sandbox.kantata.saving import Draft, Rule
from console.sandbox.kantata.store import Row

STATUSES: Mapping[str, tuple[str, str]] = {
    "100": ("light", "Estimate"),
    "210": ("grey", "In Setup"),
    "300": ("green", "Active"),
    "400": ("yellow", "Needs Attention"),
    "500": ("red", "In Trouble"),
    "600": ("blue", "Completed"),
}
STORY_TYPES = ("task", "deliverable", "milestone", "issue")
STATES = (
    "not started",
    "started",
    "needs info",
    "completed",
    "reopened",
    "resolved",
    "fixed",
    "duplicate",
    "can't repro",
    "won't fix",
    "blocked",
)
_ACCESS = ("invitation", "open", "admin")


def status_of(key: str) -> dict[str, Any]:
    color, message = STATUSES[key]
    return {"color": color, "key": int(key), "message": message}


class WorkspaceRule(Rule):
    def draft(self, draft: Draft) -> None:
        given = draft.values
        if given.get("creator_role") not in ("maven", "buyer"):
            raise invalid("creator_role", "Creator role is not included in the list")
        currency = given.get("currency") or "USD"
        self._checked(draft, currency)
        defaults: dict[str, Any] = {
            "account_id": self.account.id,
            "archived": False,
            "description": "",
            "budgeted": True,
            "change_orders_enabled": False,
            "consultant_role_name": "Consultants",
            "client_role_name": "Clients",
            "can_create_line_items": True,
            "default_rate": "0.00",
            "can_invite": True,
            "has_budget_access": True,
            "price": "TBD",
            "budget_used": stamps.formatted(0, currency),
            "budget_used_in_cents": 0,
            "over_budget": False,
            "status": status_of(str(given.get("status_key") or "300")),
            "stories_are_fixed_fee_by_default": False,
            "require_time_approvals": True,
            "require_expense_approvals": True,
            "percentage_complete": 0,
            "access_level": "invitation",
            "tasks_default_non_billable": False,
            "stage": "project",
        }
        draft.values = {**defaults, **stamps.money(currency), **given}
        self._priced(draft, currency)
        draft.values["effective_due_date"] = draft.values.get("due_date")
        draft.links["creator_id"] = draft.links["primary_maven_id"] = draft.sight.user_id
        draft.links["participant_ids"] = [draft.sight.user_id]
        _grouped(draft)

    def made(self, row: Row, draft: Draft) -> None:
        values = {"role": draft.values["creator_role"], "is_team_lead": True, "can_edit": True, "can_invite": True}
        links = {"user_id": draft.sight.user_id, "workspace_id": row.id}
        self.account.build("participations", values, links)
        set_values(self.account, "workspace", row, draft.body.get("custom_fields"))

    def change(self, row: Row, draft: Draft) -> None:
        currency = draft.values.get("currency") or row.shown["currency"]
        self._checked(draft, currency)
        if currency != row.shown["currency"]:
            if self.account["time_entries"].linked("workspace_id", row.id):
                raise invalid("currency", "Currency cannot be changed once time has been logged")
            draft.values |= stamps.money(currency)
        if "status_key" in draft.values:
            draft.values["status"] = status_of(str(draft.values["status_key"]))
        if "due_date" in draft.values:
            draft.values["effective_due_date"] = draft.values["due_date"]
        if "require_time_approvals" in draft.values:
            _approvals(self, row, draft.values["require_time_approvals"])
        self._priced(draft, currency)
        _grouped(draft)

    def changed(self, row: Row, draft: Draft) -> None:
        set_values(self.account, "workspace", row, draft.body.get("custom_fields"))

    def remove(self, row: Row) -> None:
        if self.account["invoices"].linked("workspace_ids", row.id):
            raise invalid("base", "A project with invoices cannot be deleted")
        for plural in ("time_entries", "expenses", "billing_milestones", "stories", "participations"):
            for each in list(self.account[plural].linked("workspace_id", row.id)):
                self.account[plural].drop(each)

    def _checked(self, draft: Draft, currency: str) -> None:
        given = draft.values
        if currency not in stamps.BASE_UNITS:
            raise invalid("currency", "Currency is not included in the list")
        if given.get("status_key") and str(given["status_key"]) not in STATUSES:
            raise invalid("status_key", "Status key is not included in the list")
        if given.get("access_level") and given["access_level"] not in _ACCESS:
            raise invalid("access_level", "Access level is not included in the list")
        card = given.get("rate_card_id")
        if card is not None and self.account.row("rate_cards", card) is None:
            raise invalid("rate_card_id", "Rate card does not exist")
        first, last = given.get("start_date"), given.get("due_date")
        if first and last and last < first:
            raise invalid("due_date", "Due date must be after the start date")

    def _priced(self, draft: Draft, currency: str) -> None:
        """`price` is written in major units, with or without signs; shown again both ways."""
        if "price" not in draft.body:
            return
        text = str(draft.body["price"] if draft.body["price"] is not None else "")
        clean = "".join(each for each in text if each.isdigit() or each in ".-")
        try:
            subunits = int((Decimal(clean) * stamps.BASE_UNITS[currency]).to_integral_value()) if clean else None
        except InvalidOperation:
            raise invalid("price", "Price is not a number") from None
        draft.values["price_in_cents"] = subunits
        draft.values["price"] = "TBD" if subunits is None else stamps.formatted(subunits, currency)


def _approvals(rule: Rule, row: Row, wanted: bool) -> None:
    """A project that needs no approval has only approved time."""
    for entry in rule.account["time_entries"].linked("workspace_id", row.id):
        sheet = rule.account.row("timesheet_submissions", entry.links["active_submission_id"])
        entry.shown["approved"] = not wanted or (sheet is not None and sheet.shown["status"] == "approved")
        rule.account["time_entries"].touched(entry, rule.account.now())


def _grouped(draft: Draft) -> None:
    """The primary group is one of the groups; the first group is primary when none is named."""
    groups = draft.links.get("workspace_group_ids")
    primary = draft.links.get("primary_workspace_group_id")
    if primary and primary not in (groups or []):
        draft.links["workspace_group_ids"] = [*(groups or []), primary]
    elif groups and not primary:
        draft.links["primary_workspace_group_id"] = groups[0]


class StoryRule(Rule):
    def draft(self, draft: Draft) -> None:
        given = draft.values
        if given["story_type"] not in STORY_TYPES:
            raise invalid("story_type", "Story type is not included in the list")
        project = self.account["workspaces"].rows[draft.links["workspace_id"]]
        defaults: dict[str, Any] = {
            "state": "not started",
            "priority": "normal",
            "position": len(self.account["stories"].linked("workspace_id", project.id)) + 1,
            "archived": False,
            "sub_story_count": 0,
            "percentage_complete": 0,
            "logged_billable_time_in_minutes": 0,
            "logged_nonbillable_time_in_minutes": 0,
            "budget_used_in_cents": 0,
            "billable": not project.shown["tasks_default_non_billable"],
            "fixed_fee": project.shown["stories_are_fixed_fee_by_default"],
            "time_trackable": True,
        }
        draft.values = {**defaults, **given}
        draft.links["creator_id"] = draft.sight.user_id
        self._checked(draft, project.id)
        assigned = draft.body.get("assignments")
        if isinstance(assigned, list):
            named = [each.get("assignee_id") for each in assigned if isinstance(each, dict)]
            draft.links["assignee_ids"] = [str(each) for each in named if self.account.row("users", each)]

    def _checked(self, draft: Draft, project_id: str) -> None:
        if draft.values.get("state") is not None and draft.values["state"] not in STATES:
            raise invalid("state", "State is not included in the list")
        parent = self.account.row("stories", draft.links.get("parent_id"))
        if parent is not None:
            if parent.links["workspace_id"] != project_id:
                raise invalid("parent_id", "Parent must be in the same project")
            draft.links["root_id"] = parent.links["root_id"] or parent.id

    def made(self, row: Row, draft: Draft) -> None:
        for each in row.links["assignee_ids"]:
            links = {"story_id": row.id, "assignee_id": each}
            self.account.build("assignments", {"current": True, "estimated_minutes": 0, "allocated_minutes": 0}, links)
        parent = self.account.row("stories", row.links["parent_id"])
        if parent is not None:
            parent.shown["sub_story_count"] += 1

    def change(self, row: Row, draft: Draft) -> None:
        self._checked(draft, row.links["workspace_id"])
        if draft.values.get("state") == "completed":
            draft.values.setdefault("percentage_complete", 100)

    def remove(self, row: Row) -> None:
        if self.account["time_entries"].linked("story_id", row.id):
            raise invalid("base", "A task with logged time cannot be deleted")


class GroupRule(Rule):
    def draft(self, draft: Draft) -> None:
        draft.values = {"company": True, **draft.values}
        name = str(draft.values["name"]).lower()
        if any(str(each.shown["name"]).lower() == name for each in self.account["workspace_groups"].rows.values()):
            raise invalid("name", "Name has already been taken")

    def made(self, row: Row, draft: Draft) -> None:
        self._join(row, draft, "add_workspace_ids")

    def changed(self, row: Row, draft: Draft) -> None:
        self._join(row, draft, "add_workspace_ids")
        for each in self._named(draft, "remove_workspace_ids"):
            left = [group for group in each.links["workspace_group_ids"] if group != row.id]
            each.links["workspace_group_ids"] = left

    def _join(self, row: Row, draft: Draft, name: str) -> None:
        for each in self._named(draft, name):
            if row.id not in each.links["workspace_group_ids"]:
                each.links["workspace_group_ids"] = [*each.links["workspace_group_ids"], row.id]

    def _named(self, draft: Draft, name: str) -> list[Row]:
        given = draft.body.get(name)
        found = [self.account.row("workspaces", each) for each in given] if isinstance(given, list) else []
        return [each for each in found if each is not None]


class ParticipationRule(Rule):
    def draft(self, draft: Draft) -> None:
        defaults = {"role": "maven", "is_team_lead": False, "can_edit": True, "can_invite": False}
        draft.values = {**defaults, **draft.values}
        project = self.account["workspaces"].rows[draft.links["workspace_id"]]
        if draft.links["user_id"] in project.links["participant_ids"]:
            raise invalid("user_id", "User is already a participant")
        project.links["participant_ids"] = [*project.links["participant_ids"], draft.links["user_id"]]


class ResourceRule(Rule):
    """A place on a project's team; without a user it is unnamed and waits for one."""

    def draft(self, draft: Draft) -> None:
        user = self.account.row("users", draft.links.get("user_id"))
        role = self.account.row("roles", draft.links.get("role_id"))
        name = user.shown["full_name"] if user else role.shown["name"] if role else "Unnamed Resource"
        draft.values |= {"label": name, "full_name": user.shown["full_name"] if user else None, "display_label": name}
        draft.values |= {"role_name": role.shown["name"] if role else None}
        draft.values |= {"allocations_count": 0, "total_allocated_minutes": 0}


class AllocationRule(Rule):
    def draft(self, draft: Draft) -> None:
        resource = self.account["workspace_resources"].rows[draft.links["workspace_resource_id"]]
        draft.values = {"hard": False, **draft.values}
        draft.links |= {"workspace_id": resource.links["workspace_id"], "creator_id": draft.sight.user_id}
        self._in_order(draft.values["start_date"], draft.values["end_date"])
        resource.shown["allocations_count"] += 1
        resource.shown["total_allocated_minutes"] += draft.values["minutes"]

    def change(self, row: Row, draft: Draft) -> None:
        first, last = (draft.values.get(name, row.shown[name]) for name in ("start_date", "end_date"))
        self._in_order(first, last)
        draft.links["updater_id"] = draft.sight.user_id

    def _in_order(self, first: str, last: str) -> None:
        if last < first:
            raise invalid("end_date", "End date must be on or after the start date")


class AssignmentRule(Rule):
    def draft(self, draft: Draft) -> None:
        if not draft.links.get("assignee_id") and not draft.links.get("resource_id"):
            raise blank("assignee_id")
        draft.values = {"current": True, "estimated_minutes": 0, "allocated_minutes": 0, **draft.values}


class MilestoneRule(Rule):
    def draft(self, draft: Draft) -> None:
        project = self.account["workspaces"].rows[draft.links["workspace_id"]]
        story = self.account.row("stories", draft.links.get("story_id"))
        if story is not None and story.links["workspace_id"] != project.id:
            raise invalid("story_id", "Story must be in the same project")
        draft.values |= {"billing_type": "milestone", **stamps.money(project.shown["currency"])}

    def change(self, row: Row, draft: Draft) -> None:
        if row.links["invoice_ids"]:
            raise invalid("base", "A billing milestone that has been invoiced cannot be changed")

    def remove(self, row: Row) -> None:
        if row.links["invoice_ids"]:
            raise invalid("base", "A billing milestone that has been invoiced cannot be deleted")
