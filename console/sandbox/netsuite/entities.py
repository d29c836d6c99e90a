"""What the platform insists on for customers, contacts, projects and their tasks."""

from __future__ import annotations

from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.intake import Draft
from console.sandbox.netsuite.refusals import bad_value, missing, user_error
from console.sandbox.netsuite.store import Record

_CLOSED_JOB = "1"


def customer(books: Books, draft: Draft) -> None:
    """A name that no other customer has, a subsidiary for good, and a currency."""
    values = draft.values
    if values.get("isPerson"):
        if not (values.get("firstName") and values.get("lastName")):
            raise missing("First Name" if not values.get("firstName") else "Last Name")
    elif not values.get("companyName"):
        raise missing("Company Name", "companyName")
    shown = values.get("companyName") or f"{values.get('firstName')} {values.get('lastName')}"
    if not values.get("entityId") or (draft.before and draft.changed("companyName") and "entityId" not in draft.given):
        values["entityId"] = shown
    _unique_name(books, draft)
    if draft.before and draft.changed("subsidiary"):
        raise bad_value(values["subsidiary"], "subsidiary")
    own = books.store.get("subsidiary", values["subsidiary"])
    values.setdefault("currency", own.values.get("currency") if own else None)
    values.setdefault("isPerson", False)
    values.setdefault("isInactive", False)
    values.setdefault("taxable", False)
    values.setdefault("autoName", False)
    values.setdefault("balance", 0.0)
    values.setdefault("overdueBalance", 0.0)
    values.setdefault("unbilledOrders", 0.0)
    values.setdefault("entityStatus", 13)
    if values.get("parent") is not None and draft.before and values["parent"] == draft.before.id:
        raise bad_value(values["parent"], "parent")
    if not draft.lines.get("currencyList"):
        draft.lines["currencyList"] = [{"currency": values["currency"], "balance": 0.0}]


def _unique_name(books: Books, draft: Draft) -> None:
    name = str(draft.values["entityId"]).casefold()
    own = draft.before.id if draft.before else 0
    if not draft.changed("entityId"):
        return
    for other in books.store.all("customer"):
        if other.id != own and str(other.values.get("entityId", "")).casefold() == name:
            raise user_error("This entity already exists.", "entityId")


def contact(books: Books, draft: Draft) -> None:
    values = draft.values
    name = values.get("entityId") or " ".join(
        str(values[each]) for each in ("firstName", "lastName") if values.get(each)
    )
    if not name:
        raise missing("Contact Name", "entityId")
    values["entityId"] = name
    values.setdefault("isInactive", False)


def job(books: Books, draft: Draft) -> None:
    """A project of a customer: in that customer's subsidiary and in one of its currencies."""
    values, store = draft.values, books.store
    parent = store.get("customer", values.get("parent"))
    if parent is not None:
        if draft.changed("parent") and parent.values.get("isInactive"):
            raise bad_value(parent.id, "parent")
        values.setdefault("subsidiary", parent.values.get("subsidiary"))
        values.setdefault("currency", parent.values.get("currency"))
        if values["subsidiary"] != parent.values.get("subsidiary"):
            raise bad_value(values["subsidiary"], "subsidiary")
        if values["currency"] not in {line.get("currency") for line in parent.lines.get("currencyList", [])}:
            raise bad_value(values["currency"], "currency")
    if values.get("subsidiary") is None:
        raise missing("Subsidiary", "subsidiary")
    if draft.before is None and not values.get("entityId"):
        values["entityId"] = f"PRJ-{1 + len(store.records['job']):05d}"
    for name, usual in _NEW_JOB.items():
        values.setdefault(name, usual)


_NEW_JOB = {
    "isInactive": False,
    "allowTime": True,
    "allowExpenses": True,
    "limitTimeToAssignees": False,
    "autoName": True,
    "entityStatus": "2",
}


def project_task(books: Books, draft: Draft) -> None:
    values = draft.values
    project = books.store.get("job", values["project"])
    if draft.before and draft.changed("project"):
        raise bad_value(values["project"], "project")
    if draft.before is None and project is not None and project.values.get("isInactive"):
        raise bad_value(project.id, "project")
    parent = books.store.get("projectTask", values.get("parent"))
    if parent is not None and parent.values["project"] != values["project"]:
        raise bad_value(parent.id, "parent")
    values.setdefault("status", "NOTSTART")
    values.setdefault("nonBillableTask", False)
    values.setdefault("isInactive", False)
    values.setdefault("priority", "MEDIUM")
    values.setdefault("constraintType", "ASAP")


def working_project(books: Books, number: int, name: str) -> Record:
    """The active project (or customer) that time or a charge is for; raises the platform's words when there is none."""
    found = books.store.one_of(("job", "customer"), number)
    if found is None or found.values.get("isInactive") or found.values.get("entityStatus") == _CLOSED_JOB:
        raise bad_value(number, name)
    return found


def working_task(books: Books, number: int | None, project: int, name: str) -> Record | None:
    """The active task of that project; raises when it is another project's or inactive."""
    found = books.store.get("projectTask", number)
    if found is not None and (found.values["project"] != project or found.values.get("isInactive")):
        raise bad_value(number, name)
    return found


def active(books: Books, kind: str, number: int | None, name: str) -> Record | None:
    """The record of a list that a new line may still use; raises when it has been inactivated."""
    found = books.store.get(kind, number)
    if found is not None and found.values.get("isInactive"):
        raise bad_value(number, name)
    return found
