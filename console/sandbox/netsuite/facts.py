"""What a record says in neutral words, for the judge: names, days, minutes and exact money instead of ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.sandbox.netsuite.books import Books, exact
from console.sandbox.netsuite.lines import amount_of, currency_of
from console.sandbox.netsuite.store import Record

Facts = dict[str, str | int]


def facts_of(books: Books, record: Record) -> Facts:
    """See `console.sandbox.journal.Entry`; empty for kinds nobody compares."""
    tell = _TOLD.get(record.type)
    return tell(books, record) if tell else {}


def symbol(books: Books, currency: int | None) -> str:
    """The ISO code of a currency, empty when there is none."""
    record = books.store.get("currency", currency)
    return str(record.values["symbol"]) if record else ""


def money_text(books: Books, amount: float, currency: int | None) -> str:
    return f"{exact(amount):.{books.digits(currency)}f}"


def line_type(books: Books, charge: Record) -> str:
    """expense, milestone, fixed_fee or retainer: the charge's item says which."""
    item = books.store.get("serviceSaleItem", charge.values.get("billingItem"))
    return str(item.values["itemId"]).lower().replace(" ", "_") if item else ""


def project_name(books: Books, number: int | None) -> str:
    record = books.store.one_of(("job", "customer"), number)
    return str(record.values.get("companyName", "")) if record else ""


def _time_line(books: Books, record: Record) -> Facts:
    values = record.values
    employee = books.store.get("employee", values.get("employee"))
    task = books.store.get("projectTask", values.get("caseTaskEvent"))
    currency = currency_of(books, record)
    return {
        "project": project_name(books, values.get("customer")),
        "person": str(employee.values.get("email", "")) if employee else "",
        "task": str(task.values["title"]) if task else "",
        "on": values["tranDate"],
        "minutes": values["hours"],
        "rate": str(exact(values.get("rate"))),
        "amount": money_text(books, amount_of(books, record), currency),
        "currency": symbol(books, currency),
    }


def _charge_line(books: Books, record: Record) -> Facts:
    values = record.values
    return {
        "project": project_name(books, values.get("billTo")),
        "line_type": line_type(books, record),
        "on": values["chargeDate"],
        "amount": money_text(books, values["amount"], values.get("currency")),
        "currency": symbol(books, values.get("currency")),
    }


def _project(books: Books, record: Record) -> Facts:
    return {"name": str(record.values.get("companyName", ""))}


def _task(books: Books, record: Record) -> Facts:
    return {"name": str(record.values["title"]), "project": project_name(books, record.values.get("project"))}


_TOLD: Mapping[str, Callable[[Books, Record], Facts]] = {
    "timeBill": _time_line,
    "charge": _charge_line,
    "job": _project,
    "customer": _project,
    "projectTask": _task,
}
