"""Timesheets and expense reports: handed in, approved, rejected, cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from console.sandbox.kantata import stamps
from console.sandbox.kantata.catalogue import KINDS
from console.sandbox.kantata.refusal import Refusal, blank, invalid
from console.sandbox.kantata.saving import Draft, Rule, Saver
from console.sandbox.kantata.store import Account, Row

LINES = {"timesheet_submissions": "time_entries", "expense_report_submissions": "expenses"}
DAYS = {"time_entries": "date_performed", "expenses": "date"}
DECISIONS = {"approve": "approved", "reject": "rejected", "cancel": "cancelled"}
BULK = {
    "timesheet_approvals": ("timesheet_submissions", "approve"),
    "timesheet_rejections": ("timesheet_submissions", "reject"),
    "timesheet_cancellations": ("timesheet_submissions", "cancel"),
    "expense_report_approvals": ("expense_report_submissions", "approve"),
    "expense_report_rejections": ("expense_report_submissions", "reject"),
    "expense_report_cancellations": ("expense_report_submissions", "cancel"),
}
_FROM = {"approve": ("pending",), "reject": ("pending", "approved"), "cancel": ("pending",)}


class SubmissionRule(Rule):
    """One person, one project, one week of lines that are not handed in yet."""

    def __init__(self, account: Account, plural: str) -> None:
        super().__init__(account)
        self.lines = LINES[plural]
        self.key = "time_entry_ids" if self.lines == "time_entries" else "expense_ids"

    def draft(self, draft: Draft) -> None:
        given = draft.body.get("line_item_ids")
        ids = [str(each) for each in given] if isinstance(given, list) else []
        rows = [row for each in ids if (row := self.account.row(self.lines, each)) is not None]
        if not rows or len(rows) != len(ids):
            raise blank("line_item_ids")
        places = {(row.links["workspace_id"], row.links["user_id"]) for row in rows}
        if len(places) > 1:
            raise invalid("line_item_ids", "Line items must belong to one person on one project")
        if any(row.links["active_submission_id"] is not None for row in rows):
            raise invalid("line_item_ids", "A line item has already been submitted")
        workspace_id, user_id = places.pop()
        draft.links |= {"workspace_id": workspace_id, "user_id": user_id, self.key: ids}
        project = self.account["workspaces"].rows[workspace_id]
        draft.values = {**totals(rows, self.lines, project), **draft.values, "status": "pending"}

    def made(self, row: Row, draft: Draft) -> None:
        link_lines(self.account, self.lines, row, draft.links[self.key])

    def remove(self, row: Row) -> None:
        if row.shown["status"] == "approved":
            raise invalid("base", "An approved submission cannot be deleted")
        for each in lines_of(self.account, self.lines, row):
            self.account[self.lines].relink(each, {"active_submission_id": None, "recent_submission_id": None})


def totals(rows: Sequence[Row], lines: str, project: Row) -> dict[str, Any]:
    """What a submission says of its lines: the week, the sum and the currency."""
    days = sorted(row.shown[DAYS[lines]] for row in rows)
    first = date.fromisoformat(days[0])
    start = first - timedelta(days=first.weekday())
    if lines == "time_entries":
        total = sum(round(row.shown["time_in_minutes"] * (row.shown["rate_in_cents"] or 0) / 60) for row in rows)
    else:
        total = sum(row.shown["amount_in_cents"] for row in rows)
    currency = project.shown["currency"]
    return {
        "title": f"{project.shown['title']}: {start.isoformat()}",
        "type": "Submission",
        "start_date": start.isoformat(),
        "end_date": (start + timedelta(days=6)).isoformat(),
        "line_item_total_in_cents": total,
        "line_item_total_formatted": stamps.formatted(total, currency),
        "permissions": {"can_approve_submission": True, "can_reject_submission": True, "can_cancel_submission": True},
        "locked": False,
        **stamps.money(currency),
    }


def lines_of(account: Account, lines: str, submission: Row) -> list[Row]:
    key = "time_entry_ids" if lines == "time_entries" else "expense_ids"
    return [row for each in submission.links[key] if (row := account.row(lines, each)) is not None]


def link_lines(account: Account, lines: str, submission: Row, ids: Sequence[str]) -> None:
    """Lines know the submission they are on; they are stamped with it."""
    for each in ids:
        row = account[lines].rows[each]
        account[lines].relink(row, {"active_submission_id": submission.id, "recent_submission_id": submission.id})
        settle_line(account, lines, row, submission.shown["status"])


def settle_line(account: Account, lines: str, row: Row, status: str) -> None:
    """A line is approved when its submission is, or where its project asks for no approval."""
    project = account["workspaces"].rows[row.links["workspace_id"]]
    needed = project.shown["require_time_approvals" if lines == "time_entries" else "require_expense_approvals"]
    approved = status == "approved" or not needed
    (row.shown if lines == "time_entries" else row.extra)["approved"] = approved
    row.shown["user_can_edit"] = status in ("rejected", "cancelled")
    if status in ("rejected", "cancelled"):
        account[lines].relink(row, {"active_submission_id": None})
    account[lines].touched(row, account.now())


def decide(
    saver: Saver, plural: str, submission: Row, act: str, user_id: str, body: Mapping[str, Any], by: str = "api"
) -> None:
    """Approve, reject or cancel. Raises when it is not in a state for that: what is approved can only be rejected."""
    status = submission.shown["status"]
    if status not in _FROM[act]:
        raise Refusal(422, "validation", f"A submission that is {status} cannot be {DECISIONS[act]}", "status")
    resolve(saver, plural, submission, DECISIONS[act], user_id, str(body.get("resolution_description") or ""))
    saver.tell(KINDS[plural], "update", submission, {"status": DECISIONS[act]} | dict(body), by)


def resolve(saver: Saver, plural: str, submission: Row, status: str, user_id: str, words: str = "") -> None:
    """Give a submission a status, and its lines with it; both are stamped."""
    account = saver.account
    for row in lines_of(account, LINES[plural], submission):
        settle_line(account, LINES[plural], row, status)
    decided = status != "pending"
    saver.amend(
        KINDS[plural],
        submission,
        {
            "status": status,
            "current_resolution_creator_id": user_id if decided else None,
            "current_resolution_created_at_date": stamps.shown(account.now())[:10] if decided else None,
            "current_resolution_description": words or None,
            "resolution_description": words or None,
        },
    )
