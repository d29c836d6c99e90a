"""A Kantata account nobody prepared for Tieout: short pages, no totals, ids now texts and now numbers, add-ons off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.loopback import Asked, Reply, told

TOKEN = "psa-token-5d83"
PAGE = 3
Row = dict[str, Any]


def _day(number: int) -> str:
    return f"2026-03-{number:02d}T09:30:0{number % 10}-07:00"


GROUPS: list[Row] = [
    {"id": "71", "name": "Fjordline AS", "website": "https://fjordline.example/no", "company": True},
    {"id": "72", "name": "Bauer & Söhne", "website": None, "company": False},
]
USERS: list[Row] = [
    {"id": str(number), "full_name": f"Person {number}", "email_address": f"p{number}@lind.example", "disabled": False}
    for number in (501, 502, 503, 504)
]
ROLES: list[Row] = [{"id": "31", "name": "Consultant", "deleted_at": None}]
WORKSPACES: list[Row] = [
    {
        "id": str(900 + number),
        "title": f"Fjordline {number}",
        "account_id": 4410,
        "archived": number == 2,
        "currency": "NOK" if number == 3 else "EUR",
        "currency_base_unit": 100,
        "price_in_cents": 1200050,
        "price": "€12,000.50",
        "start_date": "2026-03-01",
        "due_date": None,
        "status": {"color": "green", "key": 300, "message": "In Progress"},
        "require_time_approvals": False,
        "updated_at": _day(number),
        "workspace_group_ids": [71] if number == 1 else ["72"],
        "mood": "unheard of",
    }
    for number in range(1, 6)
]
STORIES: list[Row] = [
    {
        "id": str(7000 + number),
        "workspace_id": 901 if number % 2 else "902",
        "parent_id": None,
        "title": f"Task {number}",
        "story_type": "deliverable",
        "billable": True,
        "archived": False,
        "deleted_at": None,
        "time_estimate_in_minutes": 600,
        "state": "started",
        "updated_at": _day(1 + number // 3),
    }
    for number in range(1, 9)
]
TIME: list[Row] = [
    {
        "id": str(80000 + number),
        "workspace_id": "901",
        "story_id": 7001,
        "user_id": 501 if number % 2 else "502",
        "role_id": None,
        "date_performed": f"2026-03-{number:02d}",
        "time_in_minutes": 20 * number,
        "billable": number != 4,
        "approved": number != 5,
        "is_invoiced": False,
        "notes": "<b>bold</b>",
        "rate_in_cents": 15000,
        "currency": "EUR",
        "currency_base_unit": 100,
        "updated_at": _day(number),
    }
    for number in range(1, 8)
]
EXPENSES: list[Row] = [
    {
        "id": "9901",
        "workspace_id": "901",
        "user_id": 501,
        "date": "2026-03-04",
        "category": "Travel",
        "amount_in_cents": 4210,
        "currency": "EUR",
        "currency_base_unit": 100,
        "is_billable": True,
        "is_invoiced": False,
        "updated_at": _day(4),
        "created_at": _day(4),
    }
]
_BEHIND: Mapping[str, Sequence[str]] = {
    "workspaces": ("workspace_group_ids",),
    "stories": ("workspace_id", "parent_id"),
    "time_entries": ("workspace_id", "user_id", "story_id", "role_id"),
    "expenses": ("workspace_id", "user_id"),
}
"""Foreign keys that are shown only when their association is asked for."""
_NEEDS = {"workspace_group_ids": "workspace_groups"}


@dataclass
class Psa:
    """One account. `written` are requests that would have changed something."""

    collections: dict[str, list[Row]] = field(
        default_factory=lambda: {
            "workspace_groups": GROUPS,
            "users": USERS,
            "roles": ROLES,
            "workspaces": WORKSPACES,
            "stories": STORIES,
            "time_entries": TIME,
            "expenses": EXPENSES,
            "rate_cards": [],
            "rate_card_roles": [],
            "rate_card_versions": [],
            "timesheet_submissions": [],
            "expense_report_submissions": [],
            "billing_milestones": [],
            "custom_fields": [],
        }
    )
    missing: Mapping[str, int] = field(default_factory=lambda: {"rate_card_versions": 403, "subscribed_events": 404})
    written: list[str] = field(default_factory=list)
    calls: int = 0

    def answer(self, asked: Asked) -> Reply:
        self.calls += 1
        path = asked.path.removeprefix("/api/v1/").removesuffix(".json")
        if not asked.path.startswith("/api/v1/"):
            return Reply(404, b"<html><body>nothing here</body></html>", {"content-type": "text/html; charset=utf-8"})
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return _refused(401, "oauth", "Invalid OAuth 2 Request")
        if self.calls in (4, 11):
            return _refused(429, "system", "Too many requests")
        if asked.method != "GET":
            self.written.append(f"{asked.method} {asked.path}")
            return _refused(403, "system", "You may not do this")
        name, _slash, row_id = path.partition("/")
        if name in self.missing or name not in self.collections:
            return _refused(self.missing.get(name, 404), "system", "Not found")
        if (name, row_id) == ("users", "me"):
            return _envelope(name, [self.collections[name][0]], ())
        rows = self.collections[name]
        if row_id:
            found = [row for row in rows if row["id"] == row_id]
            return _envelope(name, found, _listed(asked, "include")) if found else _refused(404, "system", "Not found")
        return self._list(asked, name, rows)

    def _list(self, asked: Asked, name: str, rows: list[Row]) -> Reply:
        """Three rows a page whatever is asked for; an order by a field the rows have not is refused."""
        order, _colon, way = asked.query.get("order", "").partition(":")
        if order and rows and order not in rows[0] and order != "alphabetical":
            return _refused(422, "validation", "is not a valid order", field="order")
        if only := _listed(asked, "only"):
            rows = [row for row in rows if row["id"] in only]
        if after := asked.query.get("updated_after"):
            rows = [row for row in rows if _instant(row.get("updated_at")) > _instant(after)]
        if asked.query.get("external_reference_service_name"):
            rows = []
        if order in ("updated_at", "created_at"):
            rows = sorted(rows, key=lambda row: _instant(row[order]), reverse=way == "desc")
        size = min(PAGE, int(asked.query.get("per_page") or asked.query.get("limit") or 20))
        start = size * (int(asked.query.get("page", "1")) - 1)
        if "offset" in asked.query:
            start = int(asked.query["offset"])
        return _envelope(name, rows[start : start + size], _listed(asked, "include"))


def _envelope(name: str, rows: Sequence[Row], include: Sequence[str]) -> Reply:
    """Side-loaded, without a count; `results` name ids as numbers, the collection as texts."""
    body: dict[str, Any] = {"results": [{"key": name, "id": int(row["id"])} for row in rows]}
    body[name] = {row["id"]: _shown(name, row, include) for row in rows}
    if "workspace" in include:
        body["workspaces"] = {row["id"]: _shown("workspaces", row, ()) for row in WORKSPACES}
    if "external_references" in include:
        body["external_references"] = {}
    body["meta"] = {"page_size": len(rows), "served_by": "somewhere"}
    return told(body)


def _shown(name: str, row: Row, include: Sequence[str]) -> Row:
    gated = _BEHIND.get(name, ())
    shown = {key: value for key, value in row.items() if key not in gated or _association(key) in include}
    if "external_references" in include:
        shown["external_reference_ids"] = []
    return shown


def _association(key: str) -> str:
    return _NEEDS.get(key, key.removesuffix("_id"))


def _listed(asked: Asked, name: str) -> list[str]:
    return [each for each in asked.query.get(name, "").split(",") if each]


def _instant(stamp: Any) -> float:
    return datetime.fromisoformat(str(stamp).replace("Z", "+00:00")).timestamp() if stamp else 0.0


def _refused(status: int, kind: str, message: str, **more: str) -> Reply:
    return told({"errors": [{"type": kind, "message": message, **more}]}, status)
