"""The firm's consultants and managers at work inside the account: journalled as done by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from console.sandbox.firm.model import Sheet, Spend, Work
from console.sandbox.journal import PEOPLE
from console.sandbox.kantata import stamps, submissions, work
from console.sandbox.kantata.catalogue import KINDS
from console.sandbox.kantata.envelope import Sight
from console.sandbox.kantata.past import story_values
from console.sandbox.kantata.saving import Saver
from console.sandbox.kantata.seed import Planter
from console.sandbox.kantata.store import Row

_SHEETS, _REPORTS = "timesheet_submissions", "expense_report_submissions"


class Consultants:
    """Log time and money, hand it in, decide on it; the planter knows which row a firm key stands for."""

    def __init__(self, saver: Saver, planter: Planter) -> None:
        self._saver = saver
        self._planter = planter
        self._account = saver.account

    def project(self, title: str) -> str:
        """The id of the workspace with this exact title that is not archived, whoever made it; "" if none."""
        rows = self._account["workspaces"].rows.values()
        return next((row.id for row in rows if row.shown["title"] == title and not row.shown["archived"]), "")

    def log_time(self, project_id: str, works: Sequence[Work]) -> None:
        """Time on the story whose title is the work's task, or on none; nothing is approved yet."""
        stories = self._stories(project_id)
        for done in works:
            person = self._planter.ids[done.person]
            body: dict[str, Any] = {
                "workspace_id": project_id,
                "date_performed": done.on.isoformat(),
                "time_in_minutes": done.minutes,
                "billable": done.billable,
                "notes": done.notes,
                "user_id": person,
                "role_id": self._planter.roles.get(done.role),
                "story_id": stories.get(done.task),
            }
            (row,) = self._saver.create(KINDS["time_entries"], [body], Sight(person), PEOPLE)
            self._planter.ids[done.key] = row.id

    def _stories(self, project_id: str) -> Mapping[str, str]:
        rows = self._account["stories"].linked("workspace_id", project_id)
        return {row.shown["title"]: row.id for row in reversed(rows) if not row.shown["archived"]}

    def settle(self, project_id: str, sheet: Sheet, works: Sequence[str]) -> None:
        """Hand in, and decide as the sheet says; a sheet known already only changes its status."""
        known = self._planter.ids.get(sheet.key)
        if known is None:
            submission = self._hand_in(_SHEETS, [self._planter.ids[each] for each in works])
            self._planter.ids[sheet.key] = submission.id
        else:
            submission = self._account[_SHEETS].rows[known]
            for row in submissions.lines_of(self._account, "time_entries", submission):
                self._account["time_entries"].relink(row, {"active_submission_id": submission.id})
        if sheet.status != submission.shown["status"]:
            self._decide(_SHEETS, submission, sheet.status, sheet.decided_by)

    def _hand_in(self, plural: str, ids: Sequence[str]) -> Row:
        (submission,) = self._saver.create(
            KINDS[plural], [{"line_item_ids": list(ids)}], Sight(self._account.user_id), PEOPLE
        )
        return submission

    def _decide(self, plural: str, submission: Row, status: str, decided_by: str) -> None:
        who = self._planter.ids.get(decided_by, self._account.user_id)
        submissions.resolve(self._saver, plural, submission, status, who)
        self._saver.tell(KINDS[plural], "update", submission, {"status": status}, PEOPLE)

    def reopen(self, sheet: str) -> None:
        """Take an approval back: the entries of this Sheet key are no longer approved and may change."""
        submission = self._account[_SHEETS].rows[self._planter.ids[sheet]]
        self._decide(_SHEETS, submission, "rejected", "")

    def change_time(self, work: str, minutes: int, notes: str) -> None:
        """Change an entry (Work key)."""
        row = self._account["time_entries"].rows[self._planter.ids[work]]
        change_minutes(self._saver, row, minutes, notes)

    def spend(self, project_id: str, spends: Sequence[Spend]) -> None:
        """Expenses with their approval as each says."""
        for each in spends:
            person = self._planter.ids[each.person]
            currency = self._account["workspaces"].rows[project_id].shown["currency"]
            body = {
                "workspace_id": project_id,
                "date": each.on.isoformat(),
                "category": each.category,
                "amount_in_cents": int(each.amount * stamps.BASE_UNITS[currency]),
                "billable": each.billable,
                "notes": each.notes,
                "user_id": person,
            }
            (row,) = self._saver.create(KINDS["expenses"], [body], Sight(person), PEOPLE)
            self._planter.ids[each.key] = row.id
            report = self._hand_in(_REPORTS, [row.id])
            if each.status != "pending":
                self._decide(_REPORTS, report, each.status, each.decided_by)

    def complete_milestone(self, project_id: str, title: str, on: date) -> bool:
        """Complete the task behind a billing milestone and make it due; False when there is no such milestone."""
        rows = self._account["billing_milestones"].linked("workspace_id", project_id)
        row = next((each for each in rows if each.shown["title"] == title), None)
        if row is None:
            return False
        story = self._account.row("stories", row.links["story_id"])
        if story is None:
            links = {"workspace_id": project_id, "creator_id": self._account.user_id}
            story = self._account.build("stories", story_values(title, on.isoformat(), True), links)
        self._saver.amend(KINDS["stories"], story, {"state": "completed", "percentage_complete": 100})
        changes = {"date_to_invoice": on.isoformat()}
        self._saver.amend(KINDS["billing_milestones"], row, changes, {"story_id": story.id})
        self._saver.tell(KINDS["billing_milestones"], "update", row, changes | {"state": "completed"}, PEOPLE)
        return True


def change_minutes(saver: Saver, row: Row, minutes: int, notes: str) -> None:
    """An entry's minutes and notes, its project's budget with them."""
    work.used(saver.account, row, -1)
    changes = {"time_in_minutes": minutes, "notes": notes}
    saver.amend(KINDS["time_entries"], row, changes)
    work.used(saver.account, row, 1)
    saver.tell(KINDS["time_entries"], "update", row, changes, PEOPLE)
