"""The past of the account: time, expenses and milestones of the projects it holds, with their approvals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.sandbox.firm.model import Milestone, Sheet, Spend, Work
from console.sandbox.kantata import prices, stamps, submissions, work
from console.sandbox.kantata.store import Row

if TYPE_CHECKING:
    from console.sandbox.kantata.seed import Planter


class Past:
    """Plants what was done before anybody of Tieout looked; nothing of it is journalled."""

    def __init__(self, planter: Planter) -> None:
        self.planter = planter
        self.account = planter.account
        self.stories = {
            (row.links["workspace_id"], row.shown["title"]): row.id for row in self.account["stories"].rows.values()
        }

    def everything(self) -> None:
        firm = self.planter.firm
        for each in firm.works:
            if each.project in self.planter.ids:
                self.time(each)
        handed_in = by_sheet(firm.works)
        for sheet in firm.sheets:
            self.sheet(sheet, handed_in.get(sheet.key, ()))
        for name in sorted({each.category for each in firm.spends}):
            self.account.build("expense_categories", {"name": name}, {})
        for spend in firm.spends:
            if spend.project in self.planter.ids:
                self.spend(spend)
        for milestone in firm.milestones:
            if milestone.project in self.planter.ids:
                self.milestone(milestone)

    def time(self, done: Work) -> None:
        project = self.account["workspaces"].rows[self.planter.ids[done.project]]
        role = self.planter.roles.get(done.role)
        day = done.on.isoformat()
        values = {
            "date_performed": day,
            "time_in_minutes": done.minutes,
            "billable": done.billable,
            "notes": done.notes,
            "rate_in_cents": prices.hourly(self.account, project, role, day) if done.billable else 0,
            "cost_rate_in_cents": 0,
            "user_can_edit": False,
            "approved": False,
            "taxable": False,
            "is_invoiced": False,
            **stamps.money(project.shown["currency"]),
        }
        person = self.planter.ids[done.person]
        story = self.stories.get((project.id, done.task))
        links: dict[str, Any] = {"workspace_id": project.id, "user_id": person, "creator_id": person}
        links |= {"story_id": story, "role_id": role}
        row = self.account.build("time_entries", values, links, at=self.planter.clock.evening(done.on))
        self.planter.ids[done.key] = row.id
        work.used(self.account, row, 1)

    def sheet(self, sheet: Sheet, works: Sequence[Work]) -> None:
        ids = [self.planter.ids[each.key] for each in works if each.key in self.planter.ids]
        if ids:
            at = self.planter.clock.evening(sheet.decided_on or sheet.ends_on)
            self.submit("timesheet_submissions", ids, sheet, at)

    def submit(self, plural: str, ids: Sequence[str], told: Sheet | Spend, at: datetime) -> None:
        """A submission with the status it came to, its lines stamped with it."""
        lines = submissions.LINES[plural]
        rows = [self.account[lines].rows[each] for each in ids]
        project = self.account["workspaces"].rows[rows[0].links["workspace_id"]]
        decided = told.status != "pending"
        values: dict[str, Any] = {
            **submissions.totals(rows, lines, project),
            "status": told.status,
            "current_resolution_creator_id": self.planter.ids.get(told.decided_by) if decided else None,
            "current_resolution_created_at_date": told.decided_on.isoformat() if told.decided_on else None,
        }
        key = "time_entry_ids" if lines == "time_entries" else "expense_ids"
        links = {"user_id": rows[0].links["user_id"], "workspace_id": project.id, key: list(ids)}
        made = self.account.build(plural, values, links, at=at)
        self.planter.ids[told.key if plural == "timesheet_submissions" else f"report {told.key}"] = made.id
        for row in rows:
            self.settled(lines, row, made, told.status, at)

    def settled(self, lines: str, row: Row, submission: Row, status: str, at: datetime) -> None:
        active = submission.id if status in ("pending", "approved") else None
        collection = self.account[lines]
        collection.relink(row, {"active_submission_id": active, "recent_submission_id": submission.id})
        (row.shown if lines == "time_entries" else row.extra)["approved"] = status == "approved"
        collection.touched(row, at)

    def spend(self, spend: Spend) -> None:
        project = self.account["workspaces"].rows[self.planter.ids[spend.project]]
        values = expense_values(spend, project)
        links = {"workspace_id": project.id, "user_id": self.planter.ids[spend.person]}
        row = self.account.build("expenses", values, links, {"approved": False}, self.planter.clock.evening(spend.on))
        self.planter.ids[spend.key] = row.id
        at = self.planter.clock.evening(spend.decided_on or spend.on)
        self.submit("expense_report_submissions", [row.id], spend, at)

    def milestone(self, milestone: Milestone) -> None:
        """A billing milestone, with the task whose completion says that it is reached."""
        project_id = self.planter.ids[milestone.project]
        done = milestone.completed_on is not None
        at = self.planter.clock.evening(milestone.completed_on or milestone.due_on)
        about = story_values(milestone.title, milestone.due_on.isoformat(), done)
        links = {"workspace_id": project_id, "creator_id": self.account.user_id}
        story = self.account.build("stories", about, links, at=at)
        currency = milestone.currency
        values = {
            "title": milestone.title,
            "date_to_invoice": (milestone.completed_on or milestone.due_on).isoformat(),
            "amount_in_cents": int(milestone.amount * stamps.BASE_UNITS[currency]),
            "billing_type": "milestone",
            **stamps.money(currency),
        }
        row = self.account.build(
            "billing_milestones", values, {"workspace_id": project_id, "story_id": story.id}, at=at
        )
        self.planter.ids[milestone.key] = row.id


def by_sheet(works: Sequence[Work]) -> Mapping[str, list[Work]]:
    """Entries by the key of the sheet that hands them in."""
    found: defaultdict[str, list[Work]] = defaultdict(list)
    for each in works:
        if each.sheet:
            found[each.sheet].append(each)
    return found


def expense_values(spend: Spend, project: Row) -> dict[str, Any]:
    """An expense's attributes as the account keeps them; the amount is in the project's currency."""
    currency = project.shown["currency"]
    return {
        "date": spend.on.isoformat(),
        "notes": spend.notes,
        "category": spend.category,
        "amount_in_cents": int(spend.amount * stamps.BASE_UNITS[currency]),
        "is_billable": spend.billable,
        "taxable": False,
        "reimbursable": True,
        "user_can_edit": False,
        "is_invoiced": False,
        **stamps.money(currency),
    }


def story_values(title: str, due: str, done: bool) -> Mapping[str, Any]:
    """The task of type milestone that stands behind a billing milestone."""
    return {
        "title": title,
        "story_type": "milestone",
        "state": "completed" if done else "not started",
        "percentage_complete": 100 if done else 0,
        "due_date": due,
        "priority": "normal",
        "position": 0,
        "archived": False,
        "sub_story_count": 0,
        "logged_billable_time_in_minutes": 0,
        "logged_nonbillable_time_in_minutes": 0,
        "budget_used_in_cents": 0,
        "billable": True,
        "fixed_fee": True,
        "time_trackable": False,
    }
