"""What the vendor does around invoices and the money received for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from console.sandbox.kantata import stamps
from console.sandbox.kantata.refusal import blank, invalid
from console.sandbox.kantata.saving import Draft, Rule
from console.sandbox.kantata.store import Account, Row

_LISTS = {"time_entry_ids": "time_entries", "expense_ids": "expenses", "billing_milestone_ids": "billing_milestones"}
NEW, CANCELLED, PAID = "new", "cancelled", "accepted payment"


class InvoiceRule(Rule):
    def draft(self, draft: Draft) -> None:
        given = draft.body.get("workspace_id")
        if given and not draft.links.get("workspace_ids"):
            draft.links["workspace_ids"] = [str(given)]
        rows = _lines(self.account, draft.links)
        if not rows and not draft.extra.get("fixed_fee_items") and not draft.extra.get("additional_items"):
            raise blank("line_items")
        projects = draft.links.get("workspace_ids") or sorted({row.links["workspace_id"] for row in rows})
        if not projects or self.account.row("workspaces", projects[0]) is None:
            raise blank("workspace_ids")
        self._free(rows, "")
        project = self.account["workspaces"].rows[projects[0]]
        draft.links |= {"workspace_ids": projects, "user_id": draft.sight.user_id}
        defaults = {"draft": False, "status": NEW, "title": project.shown["title"]}
        draft.values = {**defaults, **draft.values, **stamps.money(project.shown["currency"])}
        draft.values["balance_in_cents"] = _total(rows, draft.extra)
        draft.values["due_date"] = draft.values.get("invoice_date")

    def made(self, row: Row, draft: Draft) -> None:
        mark(self.account, row, True)

    def change(self, row: Row, draft: Draft) -> None:
        if row.shown["status"] == CANCELLED:
            raise invalid("status", "A cancelled invoice cannot be changed")
        self._free(_lines(self.account, draft.links), row.id)
        mark(self.account, row, False)

    def changed(self, row: Row, draft: Draft) -> None:
        mark(self.account, row, True)
        row.shown["balance_in_cents"] = _total(_lines(self.account, row.links), row.extra)

    def remove(self, row: Row) -> None:
        if not row.shown["draft"]:
            raise invalid("base", "Only draft invoices can be deleted")
        mark(self.account, row, False)

    def _free(self, rows: Sequence[Row], own: str) -> None:
        if any(_invoice_of(row) not in (None, own) for row in rows):
            raise invalid("line_items", "A line item is already on another invoice")


def _invoice_of(row: Row) -> str | None:
    if "invoice_ids" in row.links:
        found: list[str] = row.links["invoice_ids"]
        return found[0] if found else None
    linked: str | None = row.links["invoice_id"]
    return linked


def _lines(account: Account, links: dict[str, Any]) -> list[Row]:
    return [account[plural].rows[each] for key, plural in _LISTS.items() for each in links.get(key) or ()]


def _total(rows: Sequence[Row], extra: dict[str, Any]) -> int:
    total = 0
    for row in rows:
        if "time_in_minutes" in row.shown:
            total += round(row.shown["time_in_minutes"] * (row.shown["rate_in_cents"] or 0) / 60)
        else:
            total += row.shown["amount_in_cents"]
    for name in ("fixed_fee_items", "additional_items"):
        items = extra.get(name)
        priced = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        total += sum(int(each.get("amount_in_cents") or 0) for each in priced)
    return total


def mark(account: Account, invoice: Row, on: bool) -> None:
    """Tell the lines of an invoice that they are on it, or no longer."""
    for key, plural in _LISTS.items():
        for each in invoice.links[key]:
            row = account[plural].rows.get(each)
            if row is None:
                continue
            if plural == "billing_milestones":
                row.links["invoice_ids"] = [invoice.id] if on else []
            else:
                row.shown["is_invoiced"] = on
                account[plural].relink(row, {"invoice_id": invoice.id if on else None})
            account[plural].touched(row, account.now())


def cancel(account: Account, invoice: Row) -> None:
    """Cancel an invoice that is no draft: its lines are free again."""
    if invoice.shown["status"] == CANCELLED:
        raise invalid("status", "Invoice has already been cancelled")
    mark(account, invoice, False)
    invoice.shown |= {"status": CANCELLED, "balance_in_cents": 0}
    account["invoices"].touched(invoice, account.now())


class PaymentRule(Rule):
    """Money received elsewhere lowers what is left to pay."""

    def draft(self, draft: Draft) -> None:
        invoice = self.account["invoices"].rows[draft.links["invoice_id"]]
        if draft.values["amount_in_cents"] > invoice.shown["balance_in_cents"]:
            raise invalid("amount_in_cents", "Amount is more than the balance of the invoice")
        draft.links["user_id"] = draft.sight.user_id

    def made(self, row: Row, draft: Draft) -> None:
        invoice = self.account["invoices"].rows[row.links["invoice_id"]]
        invoice.shown["balance_in_cents"] -= row.shown["amount_in_cents"]
        if invoice.shown["balance_in_cents"] == 0:
            invoice.shown["status"] = PAID
        self.account["invoices"].touched(invoice, self.account.now())
