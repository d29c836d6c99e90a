"""Billing lines before they are invoiced: time bills and charges, and how much of each an invoice covers."""

from __future__ import annotations

from decimal import Decimal

from console.sandbox.netsuite.books import Books, exact, hours_of
from console.sandbox.netsuite.entities import active, working_project, working_task
from console.sandbox.netsuite.intake import Draft
from console.sandbox.netsuite.refusals import bad_value, missing, user_error
from console.sandbox.netsuite.store import Record

COVERS = "_covers"
"""Hidden value of a line: invoice id -> minutes it covers (0 for a charge)."""


def time_bill(books: Books, draft: Draft) -> None:
    """Time of an active employee on an active project, in an open period, not yet invoiced."""
    values, before = draft.values, draft.before
    if before is not None:
        refuse_covered(before)
        books.open_period(before.values["tranDate"])
    books.open_period(values["tranDate"])
    if values["hours"] <= 0:
        raise bad_value(values["hours"], "hours")
    if draft.changed("employee"):
        active(books, "employee", values["employee"], "employee")
    active(books, "serviceSaleItem", values.get("item"), "item")
    if values.get("customer") is not None:
        _time_on_project(books, draft, values["customer"])
    values.setdefault("subsidiary", _home_of(books, values["employee"]))
    values.setdefault("isBillable", False)
    values.setdefault("approvalStatus", "3")
    values.setdefault("posted", False)
    values.setdefault("timeType", "A")
    values.setdefault("overrideRate", "rate" in draft.given)
    values["timeModified"] = before is not None


def _time_on_project(books: Books, draft: Draft, number: int) -> None:
    values = draft.values
    project = working_project(books, number, "customer")
    if project.type == "job" and project.values.get("allowTime") is False:
        raise bad_value(number, "customer")
    task = working_task(books, values.get("caseTaskEvent"), number, "casetaskevent")
    if project.values.get("limitTimeToAssignees") and not _is_assigned(books, project, task, values["employee"]):
        raise bad_value(number, "customer")
    if values.get("item") is None:
        values["item"] = _usual_item(task, project, values["employee"])
        if values["item"] is None:
            raise missing("Service Item", "item")
    own = project.values.get("subsidiary")
    if values.setdefault("subsidiary", own) != own:
        raise bad_value(values["subsidiary"], "subsidiary")
    if "isBillable" not in values:
        values["isBillable"] = not (task is not None and task.values.get("nonBillableTask"))


def _is_assigned(books: Books, project: Record, task: Record | None, employee: int) -> bool:
    people = {line.get("jobResource") for line in project.lines.get("jobResources", [])}
    if task is not None:
        people |= {line.get("resource") for line in task.lines.get("assignee", [])}
    return employee in people


def _usual_item(task: Record | None, project: Record, employee: int) -> int | None:
    assigned = task.lines.get("assignee", []) if task else []
    own = next((line.get("serviceItem") for line in assigned if line.get("resource") == employee), None)
    return own if own is not None else project.values.get("jobItem")


def _home_of(books: Books, employee: int) -> int | None:
    record = books.store.get("employee", employee)
    return record.values.get("subsidiary") if record else None


def charge(books: Books, draft: Draft) -> None:
    """Something to bill that is not time of its own: priced in the project's currency, in an open period."""
    values, before = draft.values, draft.before
    if before is not None:
        refuse_covered(before)
        books.open_period(before.values["chargeDate"])
    books.open_period(values["chargeDate"])
    project = working_project(books, values["billTo"], "billto")
    working_task(books, values.get("projectTask"), project.id, "projecttask")
    active(books, "serviceSaleItem", values.get("billingItem"), "billingitem")
    for name in ("subsidiary", "currency"):
        own = project.values.get(name)
        if values.setdefault(name, own) != own:
            raise bad_value(values[name], name)
    _price(books, draft)
    values.setdefault("stage", "READY_FOR_BILLING")
    values.setdefault("use", "Actual")
    values.setdefault("billDate", values["chargeDate"])


def _price(books: Books, draft: Draft) -> None:
    """The amount that was given, else quantity times rate; without either there is nothing to charge."""
    values = draft.values
    repriced = {"rate", "quantity"} & draft.given and "amount" not in draft.given
    if values.get("rate") is not None and (values.get("amount") is None or repriced):
        values.setdefault("quantity", 1)
        values["amount"] = books.rounded(exact(values["rate"]) * exact(values["quantity"]), values["currency"])
    elif values.get("amount") is not None:
        values["amount"] = books.rounded(exact(values["amount"]), values["currency"])
    else:
        raise missing("Amount", "amount")


def refuse_covered(record: Record) -> None:
    """A line that stands on an invoice cannot be changed or deleted any more."""
    if record.values.get(COVERS):
        what = "time record" if record.type == "timeBill" else "charge"
        raise user_error(f"You cannot change or delete this {what} because it has been billed.")


def currency_of(books: Books, line: Record) -> int | None:
    """The currency a line is billed in: its project's."""
    if line.type == "charge":
        return line.values.get("currency")
    project = books.store.one_of(("job", "customer"), line.values.get("customer"))
    return project.values.get("currency") if project else None


def amount_of(books: Books, line: Record) -> float:
    """What a whole line is worth: hours times rate, or the charge's amount."""
    if line.type == "charge":
        return float(line.values["amount"])
    worth = hours_of(line.values["hours"]) * exact(line.values.get("rate"))
    return books.rounded(worth, currency_of(books, line))


def open_minutes(line: Record) -> int:
    """Minutes of a time bill that no invoice covers yet."""
    covered: dict[int, int] = line.values.get(COVERS, {})
    return int(line.values["hours"]) - sum(covered.values())


def is_billable(line: Record) -> bool:
    """Whether a billing run would take the line."""
    values = line.values
    if line.type == "charge":
        return values.get("stage") == "READY_FOR_BILLING" and values.get("use") == "Actual" and not values.get(COVERS)
    return bool(values.get("isBillable")) and values.get("approvalStatus") == "3" and open_minutes(line) > 0


def cover(books: Books, line: Record, invoice: int, minutes: int, number: int, when: int) -> None:
    """Say that an invoice's line `number` takes these minutes of a line."""
    line.values.setdefault(COVERS, {})[invoice] = minutes
    if line.type == "charge":
        line.values.update(invoice=invoice, invoiceLine=str(number), transaction=invoice, transactionLine=str(number))
    else:
        line.values["posted"] = True
    books.store.touch(line, when)


def uncover(books: Books, line: Record, invoice: int, when: int) -> None:
    """Say that an invoice (voided, deleted or rewritten) no longer takes anything of a line."""
    covers = line.values.get(COVERS, {})
    covers.pop(invoice, None)
    if not covers:
        line.values.pop(COVERS, None)
    if line.type == "charge" and line.values.get("invoice") == invoice:
        for name in ("invoice", "invoiceLine", "transaction", "transactionLine"):
            line.values.pop(name, None)
    books.store.touch(line, when)


def share_of(books: Books, line: Record, minutes: int) -> float:
    """The money of some minutes of a time bill."""
    worth = hours_of(minutes) * exact(line.values.get("rate"))
    return books.rounded(worth, currency_of(books, line))


def quantity_of(minutes: int) -> float:
    """Minutes as the hours an invoice line shows (five digits behind the point)."""
    return float(round(Decimal(minutes) / 60, 5))
