"""What the vendor does around projects and the clients they are for: currencies, prices, states, groups."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from console.sandbox.kantata import stamps
from console.sandbox.kantata.custom import set_values
from console.sandbox.kantata.refusal import invalid
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
DEFAULTS: dict[str, Any] = {
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
    "budget_used_in_cents": 0,
    "over_budget": False,
    "stories_are_fixed_fee_by_default": False,
    "require_time_approvals": True,
    "require_expense_approvals": True,
    "percentage_complete": 0,
    "access_level": "invitation",
    "tasks_default_non_billable": False,
    "stage": "project",
}
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
        defaults = DEFAULTS | {"account_id": self.account.id, "budget_used": stamps.formatted(0, currency)}
        defaults["status"] = status_of(str(given.get("status_key") or "300"))
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
