"""The change feed: nine days of events, told in no order and sometimes twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import timedelta

import orjson

from console.sandbox.kantata import stamps
from console.sandbox.kantata.catalogue import KINDS
from console.sandbox.kantata.kinds import Kind
from console.sandbox.kantata.store import Account, Row

KEPT = timedelta(days=9)
_MOST = 100_000
_WORDS = {"create": "created", "update": "updated", "close": "updated", "delete": "deleted"}
_NAMES = {"timesheet_submissions": "timesheet", "expense_report_submissions": "expense_report"}
_TOLD = (
    "workspaces",
    "stories",
    "time_entries",
    "expenses",
    "invoices",
    "assignments",
    "workspace_allocations",
    "workspace_resources",
    "participations",
    "billing_milestones",
    "users",
    "account_memberships",
    "skill_memberships",
    "time_off_entries",
    "timesheet_submissions",
    "expense_report_submissions",
    "line_item_locks",
)
_SWAP, _REPEAT = 7, 11


def event_types() -> list[str]:
    """Every type of event the feed tells of."""
    named = [_NAMES.get(each, KINDS[each].singular) for each in _TOLD]
    extra = ["timesheet:time_entry_added", "expense_report:expense_added"]
    values = [
        f"{subject}:custom_field_value_{verb}"
        for subject in ("workspace", "story", "user", "workspace_group")
        for verb in ("created", "updated", "deleted")
    ]
    return [f"{name}:{verb}" for name in named for verb in ("created", "updated", "deleted")] + extra + values


class Feed:
    """Writes an event for every change, and forgets it after nine days."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._order: deque[str] = deque()

    def announce(self, kind: Kind, verb: str, row: Row) -> None:
        """One event about a row, as it is now."""
        if kind.plural == "custom_field_values":
            return self._tell(f"{row.shown['subject_type']}:custom_field_value_{_WORDS[verb]}", kind, row)
        if kind.plural in _TOLD and verb in _WORDS:
            self._tell(f"{_NAMES.get(kind.plural, kind.singular)}:{_WORDS[verb]}", kind, row)

    def _tell(self, event_type: str, kind: Kind, row: Row) -> None:
        now = self.account.now()
        workspace = row.id if kind.plural == "workspaces" else row.links.get("workspace_id")
        event = self.account.build(
            "subscribed_events",
            {
                "event_type": event_type,
                "subject_type": kind.subject,
                "subject_id": row.id,
                "subject_ref": {"key": kind.plural, "id": row.id},
                "subject_changed_at": stamps.shown(now),
                "user_id": self.account.user_id,
                "account_id": self.account.id,
                "context_workspace_id": workspace,
            },
            {},
            {"current_payload": orjson.dumps(row.shown).decode(), "previous_payload": None, "payload_changes": None},
            now,
        )
        self._order.append(event.id)
        self._forget(stamps.ticks(now - KEPT))

    def _forget(self, before: int) -> None:
        events = self.account["subscribed_events"]
        while self._order and (len(self._order) > _MOST or events.rows[self._order[0]].created < before):
            events.drop(events.rows[self._order.popleft()])


def untidy(rows: Sequence[Row]) -> list[Row]:
    """Events as the vendor tells them: neighbours change places, some come twice."""
    told: list[Row] = []
    for place, row in enumerate(rows):
        told.append(row)
        if place % _SWAP == _SWAP - 1:
            told[-1], told[-2] = told[-2], told[-1]
        if place % _REPEAT == _REPEAT - 1:
            told.append(row)
    return told
