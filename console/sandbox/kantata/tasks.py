"""What the vendor does around tasks, who is on them, and the billing milestones of a project."""

from __future__ import annotations

from typing import Any

from console.sandbox.kantata import stamps
from console.sandbox.kantata.refusal import blank, invalid
from console.sandbox.kantata.saving import Draft, Rule
from console.sandbox.kantata.store import Row

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
