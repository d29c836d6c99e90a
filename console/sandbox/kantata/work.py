"""What the vendor does around time and expenses: locks, prices, currencies, and who may write for whom."""

from __future__ import annotations

from console.sandbox.kantata import prices, stamps
from console.sandbox.kantata.refusal import invalid
from console.sandbox.kantata.saving import Draft, Rule
from console.sandbox.kantata.store import Account, Row

_DAY_OF_MINUTES = 24 * 60


class WorkRule(Rule):
    """What time entries and expenses share. `day` names the attribute the period lock goes by."""

    day = "date_performed"
    word = "Time entry"

    def project(self, draft: Draft, row: Row | None = None) -> Row:
        return self.account["workspaces"].rows[row.links["workspace_id"] if row else draft.links["workspace_id"]]

    def unlocked(self, day: str | None) -> None:
        """Raises for a day that the account has locked."""
        if day is not None and self.account.locked_to and day < self.account.locked_to:
            raise invalid(self.day, f"{self.word} is before the lock date {self.account.locked_to}")

    def editable(self, row: Row) -> None:
        """Raises for what is locked, invoiced or handed in."""
        self.unlocked(row.shown[self.day])
        if row.shown["is_invoiced"]:
            raise invalid("base", f"{self.word} has been invoiced")
        if row.links["active_submission_id"] is not None:
            raise invalid("base", f"{self.word} has been submitted for approval")

    def owned(self, draft: Draft) -> None:
        """Whose work it is: another's only with financial access, else the wish is ignored without a word."""
        if not draft.sight.financial or not draft.links.get("user_id"):
            draft.links["user_id"] = draft.sight.user_id
        story = self.account.row("stories", draft.links.get("story_id"))
        if story is not None and story.links["workspace_id"] != draft.links["workspace_id"]:
            raise invalid("story_id", "Story must be in the same project")

    def change(self, row: Row, draft: Draft) -> None:
        self.editable(row)
        self.unlocked(draft.values.get(self.day))
        if not draft.sight.financial:
            draft.links.pop("user_id", None)
        story = self.account.row("stories", draft.links.get("story_id"))
        if story is not None and story.links["workspace_id"] != row.links["workspace_id"]:
            raise invalid("story_id", "Story must be in the same project")

    def remove(self, row: Row) -> None:
        self.editable(row)


class TimeRule(WorkRule):
    def draft(self, draft: Draft) -> None:
        project = self.project(draft)
        self.unlocked(draft.values["date_performed"])
        self._some_minutes(draft)
        self.owned(draft)
        story = self.account.row("stories", draft.links.get("story_id"))
        user = self.account["users"].rows[draft.links["user_id"]]
        draft.links["role_id"] = draft.links.get("role_id") or user.links["role_id"]
        draft.links["creator_id"] = draft.sight.user_id
        billable = draft.values.get("billable", True if story is None else story.shown["billable"])
        draft.values = {"notes": None, "location": None, **draft.values, "billable": billable}
        if not draft.sight.financial or draft.values.get("rate_in_cents") is None:
            day, role = draft.values["date_performed"], draft.links["role_id"]
            draft.values["rate_in_cents"] = prices.hourly(self.account, project, role, day) if billable else 0
        draft.values |= {
            **stamps.money(project.shown["currency"]),
            "cost_rate_in_cents": draft.values.get("cost_rate_in_cents") or 0,
            "user_can_edit": True,
            "approved": not project.shown["require_time_approvals"],
            "taxable": False,
            "is_invoiced": False,
        }

    def _some_minutes(self, draft: Draft) -> None:
        minutes = draft.values.get("time_in_minutes")
        if minutes is not None and not 0 < minutes <= _DAY_OF_MINUTES:
            raise invalid("time_in_minutes", "Time in minutes must be between 1 and 1440")

    def made(self, row: Row, draft: Draft) -> None:
        used(self.account, row, 1)

    def change(self, row: Row, draft: Draft) -> None:
        super().change(row, draft)
        self._some_minutes(draft)
        if draft.values.get("billable") is False:
            draft.values["rate_in_cents"] = 0
        used(self.account, row, -1)

    def changed(self, row: Row, draft: Draft) -> None:
        used(self.account, row, 1)

    def remove(self, row: Row) -> None:
        super().remove(row)
        used(self.account, row, -1)


def used(account: Account, entry: Row, sign: int) -> None:
    """Count an entry in (1) or out (-1) of its project's and task's budget."""
    minutes = entry.shown["time_in_minutes"]
    cost = sign * round(minutes * (entry.shown["rate_in_cents"] or 0) / 60)
    project = account["workspaces"].rows[entry.links["workspace_id"]]
    spent = project.shown["budget_used_in_cents"] + cost
    price = project.shown["price_in_cents"]
    project.shown["budget_used_in_cents"] = spent
    project.shown["budget_used"] = stamps.formatted(spent, project.shown["currency"])
    project.shown["over_budget"] = price is not None and spent > price
    story = account.row("stories", entry.links["story_id"])
    if story is not None:
        name = "logged_billable_time_in_minutes" if entry.shown["billable"] else "logged_nonbillable_time_in_minutes"
        story.shown[name] += sign * minutes
        story.shown["budget_used_in_cents"] += cost


class ExpenseRule(WorkRule):
    day = "date"
    word = "Expense"

    def draft(self, draft: Draft) -> None:
        project = self.project(draft)
        self.unlocked(draft.values["date"])
        self.owned(draft)
        defaults = {"notes": None, "is_billable": True, "taxable": False, "reimbursable": True}
        draft.values = {**defaults, **draft.values, **stamps.money(project.shown["currency"])}
        draft.values |= {"user_can_edit": True, "is_invoiced": False}
        draft.extra["approved"] = not project.shown["require_expense_approvals"]


class LockRule(Rule):
    """Closing the past: `locked_to` is a Saturday; nothing dated before it can change."""

    def draft(self, draft: Draft) -> None:
        day = stamps.day_of(draft.values["locked_to"])
        if day.isoweekday() != 6:
            raise invalid("locked_to", "Locked to must be a Saturday")
        draft.links["user_id"] = draft.sight.user_id

    def made(self, row: Row, draft: Draft) -> None:
        self.account.locked_to = max(self.account.locked_to, row.shown["locked_to"])
