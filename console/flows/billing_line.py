"""One piece of work on its way to the ERP: the key and body of its billing line, or the hold in its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from console.records.delivery import Expense, Milestone, TimeEntry
from console.records.intent import Flow, Hold, Linked, Verdict, Wanted
from console.records.keys import business_key
from console.records.money import Money
from console.records.problem import Problem
from console.records.selling import ContractLine
from console.rules.amounts import hours
from console.rules.book import Book
from console.rules.terms import Terms

FLOW = Flow.WORK_TO_BILLING
Work = TimeEntry | Expense | Milestone | ContractLine
MEMO = 200
"""Characters of a note that go on a line."""


def key_of(subject: Work, book: Book, limit: int = 64) -> str:
    """The business key of the line a piece of work becomes: source tenant, kind and id, nothing else."""
    connection, kind, remote_id = subject.ref.split("/", 2)
    return business_key(book.tenants[connection].tag, kind, remote_id, limit=limit)


def posted(subject: Work, book: Book) -> bool:
    """Whether the line was written to any ERP before."""
    return bool(book.posted) and any(
        key_of(subject, book, erp.key_limit) in book.posted for erp in book.with_role("erp")
    )


def time_body(entry: TimeEntry, book: Book, terms: Terms, hourly: Money, amount: Money) -> dict[str, Any]:
    """The line of a time entry: exact minutes, hours to four digits, the rate and what it comes to."""
    task = book.master(entry.task) if entry.task else ""
    body: dict[str, Any] = {
        "line_type": "time",
        "project": Linked("project", terms.master),
        "task": Linked("task", task) if task else "",
        "resource": Linked("resource", book.master(entry.resource)),
        "legal_entity": terms.legal_entity,
        "tax_code": Linked("tax_code", terms.tax_code) if terms.tax_code else "",
        "on": entry.worked_on.isoformat(),
        "minutes": entry.minutes,
        "quantity": str(hours(entry.minutes)),
        "rate": _json(hourly),
        "amount": _json(amount),
        "billable": True,
        "memo": entry.notes[:MEMO],
    }
    item = _item(book, terms.erp, book.roles.get(entry.role, ""))
    if item:
        body["item"] = item
    return body


def charge_body(book: Book, terms: Terms, line_type: str, amount: Money, day: date, memo: str) -> dict[str, Any]:
    """A line of one piece at its whole amount."""
    body: dict[str, Any] = {
        "line_type": line_type,
        "project": Linked("project", terms.master),
        "customer": Linked("customer", terms.customer) if terms.customer else "",
        "legal_entity": terms.legal_entity,
        "tax_code": Linked("tax_code", terms.tax_code) if terms.tax_code else "",
        "on": day.isoformat(),
        "quantity": "1",
        "rate": _json(amount),
        "amount": _json(amount),
        "billable": True,
        "memo": memo[:MEMO],
    }
    item = _item(book, terms.erp, line_type.replace("_", " "))
    if item:
        body["item"] = item
    return body


def _item(book: Book, erp: str, name: str) -> str:
    """The ERP's active service item of this name (in any case), or ''."""
    asked = ("item", erp, name)
    if asked not in book.memo:
        own = (each.name for each in book.items.get(erp, ()) if each.active)
        book.memo[asked] = next((each for each in own if name and each.casefold() == name.casefold()), "")
    return str(book.memo[asked])


def _json(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:f}", "currency": money.currency}


def line(
    subject: Work, book: Book, terms: Terms, body: dict[str, Any], amount: Money, day: date, problems: Sequence[Problem]
) -> Verdict:
    """The line is wanted, or held as a whole when no ERP takes it."""
    if not terms.erp:
        return held(subject, book, terms, problems, day, amount)
    wanted = Wanted(
        flow=FLOW,
        subject=subject.ref,
        ref=subject.ref,
        target=terms.erp,
        kind=_kind(subject),
        key=key_of(subject, book, book.tenants[terms.erp].key_limit),
        body=body,
        legal_entity=terms.legal_entity,
        money=amount,
        on=day,
        problems=tuple(problems),
    )
    return Verdict(subject.ref, wanted=(wanted,))


def held(
    subject: Work,
    book: Book,
    terms: Terms | None,
    problems: Sequence[Problem],
    day: date | None,
    money: Money | None = None,
) -> Verdict:
    """Nothing can be said of the line until `problems` end; `terms` where the project is known."""
    erp = terms.erp if terms else ""
    hold = Hold(
        flow=FLOW,
        subject=subject.ref,
        problems=tuple(problems),
        target=erp,
        kind=_kind(subject),
        key=key_of(subject, book, book.tenants[erp].key_limit if erp else 64),
        money=money,
        on=day,
        legal_entity=terms.legal_entity if terms else "",
    )
    return Verdict(subject.ref, holds=(hold,))


def _kind(subject: Work) -> str:
    return "time_line" if isinstance(subject, TimeEntry) else "charge_line"
