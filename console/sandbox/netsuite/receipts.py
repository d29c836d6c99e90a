"""Customer payments and expense reports, and what may not be deleted."""

from __future__ import annotations

from decimal import Decimal

from console.sandbox.netsuite.books import Books, exact
from console.sandbox.netsuite.entities import active, working_project, working_task
from console.sandbox.netsuite.intake import Draft
from console.sandbox.netsuite.lines import refuse_covered
from console.sandbox.netsuite.refusals import bad_value, missing, user_error
from console.sandbox.netsuite.sales import PAID, apply_lines, bill_to, head, tax, total
from console.sandbox.netsuite.store import Record


def customer_payment(books: Books, draft: Draft) -> None:
    """Money received from a customer, applied to its invoices."""
    values = draft.values
    head(books, draft, "arLocked")
    bill_to(books, draft, "customer")
    values["payment"] = books.rounded(exact(values["payment"]), values["currency"])
    values["total"] = values["payment"]
    applied = apply_lines(books, draft, values["payment"])
    values.update(applied=float(applied), unapplied=float(exact(values["payment"]) - applied))
    values.setdefault("undepFunds", "F" if values.get("account") else "T")
    values["status"] = "C" if values.get("account") else "B"


def expense_report(books: Books, draft: Draft) -> None:
    """What an employee spent, line by line, on active projects."""
    values = draft.values
    head(books, draft, "apLocked")
    employee = active(books, "employee", values["entity"], "entity")
    values.setdefault("subsidiary", employee.values.get("subsidiary") if employee else None)
    own = books.store.get("subsidiary", values.get("subsidiary"))
    values.setdefault("currency", own.values.get("currency") if own else None)
    values.setdefault("expensereportcurrency", values["currency"])
    if not draft.lines.get("expense"):
        raise missing("at least one line item for this transaction", "expense")
    for line in draft.lines["expense"]:
        place = f"expense.items[{int(line['id']) - 1}]"
        line["line"] = str(line["id"])
        line.setdefault("expensedate", values["tranDate"])
        line["amount"] = books.rounded(exact(line["amount"]), values["currency"])
        if line.get("customer") is not None:
            working_project(books, line["customer"], "customer")
            working_task(books, line.get("projecttask"), line["customer"], "projecttask")
        tax(books, draft, line, place)
    total(books, draft)
    values.update(amount=values["total"], reimbursable=values["total"], nonreimbursable=0.0)
    values.setdefault("complete", False)
    approved = values.get("accountingapproval") or values.get("approvalStatus") == "2"
    waiting = "C" if values.get("supervisorapproval") else "B"
    values["status"] = "F" if approved else waiting if values["complete"] else "A"


_DEPENDENTS = {
    "customer": (
        ("job", "parent"),
        ("invoice", "entity"),
        ("charge", "billTo"),
        ("customer", "parent"),
        ("timeBill", "customer"),
    ),
    "job": (("projectTask", "project"), ("timeBill", "customer"), ("charge", "billTo"), ("invoice", "job")),
    "projectTask": (("timeBill", "caseTaskEvent"), ("charge", "projectTask"), ("projectTask", "parent")),
    "employee": (("timeBill", "employee"),),
    "serviceSaleItem": (("timeBill", "item"), ("charge", "billingItem")),
    "timeBill": (("charge", "timeRecord"),),
}
_LOCKS = {"invoice": "arLocked", "creditMemo": "arLocked", "customerPayment": "arLocked", "expenseReport": "apLocked"}


def refuse_delete(books: Books, record: Record) -> None:
    """Raise when the platform would not let go of a record: others need it, it is billed, or its period is shut."""
    refuse_covered(record)
    day = record.values.get("tranDate") or record.values.get("chargeDate")
    if day:
        books.open_period(str(day), _LOCKS.get(record.type, ""))
    if record.values.get(PAID):
        raise user_error("This transaction cannot be deleted because it is linked to by one or more transactions.")
    for kind, name in _DEPENDENTS.get(record.type, ()):
        if any(each.values.get(name) == record.id for each in books.store.all(kind)):
            raise user_error("This record cannot be deleted because it has dependent records.")


def billing_schedule(books: Books, draft: Draft) -> None:
    """A named schedule; its milestones add up to no more than a hundred per cent is not checked here."""
    draft.values.setdefault("scheduleType", "STD")
    draft.values.setdefault("isInactive", False)
    draft.values.setdefault("frequency", "MONTHLY")
    project = draft.values.get("project")
    for place, line in enumerate(draft.lines.get("milestone", [])):
        task = books.store.get("projectTask", line.get("projectTask"))
        if task is not None and project is not None and task.values["project"] != project:
            raise bad_value(task.id, "projecttask", f"milestone.items[{place}].projectTask")
        if exact(line.get("milestoneAmount")) < Decimal(0):
            raise bad_value(line["milestoneAmount"], "milestoneamount", f"milestone.items[{place}].milestoneAmount")
