"""What the vendor does around the people on a project and what they are booked for."""

from __future__ import annotations

from console.sandbox.kantata.refusal import invalid
from console.sandbox.kantata.saving import Draft, Rule
from console.sandbox.kantata.store import Row


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
