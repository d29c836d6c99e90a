"""Invoices and credit memos: whom they bill, their lines, tax and totals, and the billing lines they cover."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from console.sandbox.netsuite.books import Books, exact
from console.sandbox.netsuite.entities import active, working_project
from console.sandbox.netsuite.intake import Draft
from console.sandbox.netsuite.lines import (
    amount_of,
    cover,
    currency_of,
    is_billable,
    open_minutes,
    quantity_of,
    share_of,
    uncover,
)
from console.sandbox.netsuite.refusals import bad_value, missing, outside_period, user_error
from console.sandbox.netsuite.store import Record, Values

PAID = "_paid"
"""Hidden value of an invoice: payment or credit memo id -> amount applied."""
_PREFIX = {"invoice": "INV", "creditMemo": "CM", "customerPayment": "PYMT", "expenseReport": "EXP"}


def head(books: Books, draft: Draft, lock: str) -> None:
    """What every transaction needs: a day in an open period that fits the posting period, and a number."""
    values, before = draft.values, draft.before
    if before is not None:
        books.open_period(before.values["tranDate"], lock)
        if before.values.get("voided"):
            raise user_error("This transaction has been voided and cannot be changed.")
    values.setdefault("tranDate", books.today())
    period = books.open_period(values["tranDate"], lock)
    if "postingPeriod" in draft.given and values["postingPeriod"] != period.id:
        raise outside_period()
    values["postingPeriod"] = period.id
    values.setdefault("voided", False)
    values.setdefault("exchangeRate", 1.0)
    if not values.get("tranId"):
        kept = books.store.records[draft.kind]
        values["tranId"] = f"{_PREFIX[draft.kind]}{1 + len(kept):06d}"
        values["transactionNumber"] = values["tranId"]


def bill_to(books: Books, draft: Draft, name: str = "entity") -> Record:
    """The active customer (or project) a transaction is for; subsidiary and currency are theirs."""
    values = draft.values
    entity = working_project(books, values[name], name) if draft.changed(name) else _entity(books, values[name])
    for field in ("subsidiary", "currency"):
        own = entity.values.get(field)
        if values.setdefault(field, own) != own:
            raise bad_value(values[field], field)
    return entity


def _entity(books: Books, number: int) -> Record:
    found = books.store.one_of(("job", "customer"), number)
    if found is None:
        raise bad_value(number, "entity")
    return found


def invoice(books: Books, draft: Draft) -> None:
    """A sale: its lines priced and taxed, its totals summed; approval pending makes it a draft."""
    values = draft.values
    head(books, draft, "arLocked")
    entity = bill_to(books, draft)
    if entity.type == "job":
        values.setdefault("job", entity.id)
    if values.get("job") is not None:
        _own_job(books, values["job"], entity)
    for line in draft.lines.get("item", []):
        _item_line(books, draft, line)
    draft.lines["time"] = [line for line in draft.lines.get("time", []) if line.get("apply", True)]
    for number, line in enumerate(draft.lines["time"], start=1 + len(draft.lines.get("item", []))):
        _time_line(books, draft, line, number)
    if not draft.lines.get("item") and not draft.lines["time"]:
        raise missing("at least one line item for this transaction", "item")
    values.setdefault("approvalStatus", "2")
    values.setdefault("dueDate", _due(books, values))
    total(books, draft)
    settle(books, values)


def _own_job(books: Books, number: int, entity: Record) -> None:
    job = books.store.get("job", number)
    if job is None or entity.id not in (job.id, job.values.get("parent")):
        raise bad_value(number, "job")


def _due(books: Books, values: Values) -> str:
    term = books.store.get("term", values.get("terms"))
    days = int(term.values.get("daysUntilNetDue", 30)) if term else 30
    return (date.fromisoformat(values["tranDate"]) + timedelta(days=days)).isoformat()


def _item_line(books: Books, draft: Draft, line: Values) -> None:
    place = f"item.items[{int(line['line']) - 1}]"
    if draft.before is None:
        active(books, "serviceSaleItem", line["item"], "item")
    charge = books.store.get("charge", line.get("charge"))
    if charge is not None and draft.before is None and not is_billable(charge):
        raise bad_value(charge.id, "charge", f"{place}.charge")
    if charge is not None and line.get("amount") is None and line.get("rate") is None:
        line["amount"] = amount_of(books, charge)
    if line.get("amount") is None:
        worth = exact(line.get("rate")) * exact(line.get("quantity", 1))
        line["amount"] = books.rounded(worth, draft.values.get("currency"))
    line.setdefault("quantity", 1)
    line["lineUniqueKey"] = f"{draft.values['tranId']}-{line['line']}"
    tax(books, draft, line, place)


def _time_line(books: Books, draft: Draft, line: Values, number: int) -> None:
    place = f"time.items[{number - 1}]"
    time = books.store.get("timeBill", line["doc"])
    if time is None:
        raise bad_value(line["doc"], "doc", place)
    fresh = "minutes" not in line
    if fresh and not is_billable(time):
        raise bad_value(time.id, "doc", place)
    if currency_of(books, time) != draft.values.get("currency"):
        raise bad_value(time.id, "doc", place)
    line["minutes"] = line.get("minutes", open_minutes(time))
    line.setdefault("amount", share_of(books, time, line["minutes"]))
    line["line"], line["apply"] = number, True
    line["quantity"] = quantity_of(line["minutes"])
    line["rate"] = time.values.get("rate", 0)
    for ours, theirs in (
        ("item", "item"),
        ("job", "customer"),
        ("employee", "employee"),
        ("memo", "memo"),
        ("billedDate", "tranDate"),
    ):
        if time.values.get(theirs) is not None:
            line[ours] = time.values[theirs]
    tax(books, draft, line, place)


def tax(books: Books, draft: Draft, line: Values, place: str) -> None:
    """A line's tax at its code's rate; where the subsidiary needs a code, there is no line without one."""
    code = active(books, "salesTaxItem", line.get("taxCode"), "taxcode")
    if code is None:
        if books.needs_tax_code(draft.values.get("subsidiary")):
            raise user_error("Please enter value(s) for: Tax Code", f"{place}.taxCode")
        line.update(taxRate1=0.0, tax1Amt=0.0, grossAmt=line["amount"])
        return
    rate = exact(code.values.get("rate"))
    due = books.rounded(exact(line["amount"]) * rate / 100, draft.values.get("currency"))
    line.update(taxRate1=float(rate), tax1Amt=due, grossAmt=float(exact(line["amount"]) + exact(due)))


def total(books: Books, draft: Draft) -> None:
    """Sum the lines into subtotal, tax and total."""
    lines = [line for name in ("item", "time", "expense") for line in draft.lines.get(name, [])]
    net = sum((exact(line["amount"]) for line in lines), Decimal(0))
    due = sum((exact(line.get("tax1Amt")) for line in lines), Decimal(0))
    draft.values.update(subtotal=float(net), taxTotal=float(due), total=float(net + due))


def settle(books: Books, values: Values) -> None:
    """What is paid and what remains of an invoice, and the status that follows."""
    paid = sum((exact(each) for each in values.get(PAID, {}).values()), Decimal(0))
    remaining = exact(values["total"]) - paid
    values.update(amountPaid=float(paid), amountRemaining=float(remaining))
    if values.get("voided"):
        values["status"] = "V"
    elif values.get("approvalStatus") == "1":
        values["status"] = "D"
    else:
        values["status"] = "A" if remaining > 0 or not values["total"] else "B"


def invoiced(books: Books, before: Record | None, record: Record, when: int) -> None:
    """After an invoice was stored: the lines it covers know it, those it no longer covers are free again."""
    for line in covered_lines(books, before or record):
        uncover(books, line, record.id, when)
    if record.values.get("voided"):
        return
    for each in record.lines.get("time", []):
        time = books.store.get("timeBill", each["doc"])
        if time is not None:
            cover(books, time, record.id, int(each["minutes"]), int(each["line"]), when)
    for each in record.lines.get("item", []):
        charge = books.store.get("charge", each.get("charge"))
        if charge is not None:
            cover(books, charge, record.id, 0, int(each["line"]), when)


def covered_lines(books: Books, record: Record) -> list[Record]:
    """The time bills and charges that stand on an invoice."""
    times = (books.store.get("timeBill", each["doc"]) for each in record.lines.get("time", []))
    charges = (books.store.get("charge", each.get("charge")) for each in record.lines.get("item", []))
    return [each for each in (*times, *charges) if each is not None]


def credit_memo(books: Books, draft: Draft) -> None:
    """Money given back: taxed like a sale, applied to invoices of the same customer."""
    values = draft.values
    head(books, draft, "arLocked")
    entity = bill_to(books, draft)
    if entity.type == "job":
        values.setdefault("job", entity.id)
    for line in draft.lines.get("item", []):
        _item_line(books, draft, line)
    if not draft.lines.get("item"):
        raise missing("at least one line item for this transaction", "item")
    total(books, draft)
    applied = apply_lines(books, draft, values["total"])
    values.update(applied=float(applied), unapplied=float(exact(values["total"]) - applied))
    values["amountRemaining"] = values["unapplied"]
    values["status"] = "V" if values.get("voided") else "A" if values["unapplied"] else "B"


def apply_lines(books: Books, draft: Draft, available: float) -> Decimal:
    """Check what a payment or credit applies to invoices; answers the sum."""
    draft.lines["apply"] = [line for line in draft.lines.get("apply", []) if line.get("apply", True)]
    applied = Decimal(0)
    for number, line in enumerate(draft.lines["apply"], start=1):
        found = books.store.get("invoice", line["doc"])
        place = f"apply.items[{number - 1}]"
        if found is None or found.values.get("voided") or found.values["currency"] != draft.values["currency"]:
            raise bad_value(line["doc"], "doc", place)
        own = found.values.get(PAID, {}).get(draft.before.id if draft.before else 0, 0.0)
        due = exact(found.values["amountRemaining"]) + exact(own)
        wanted = exact(line["amount"]) if line.get("amount") is not None else min(due, exact(available) - applied)
        if wanted > due or applied + wanted > exact(available):
            raise bad_value(float(wanted), "amount", place)
        applied += wanted
        line.update(amount=float(wanted), due=float(due), total=found.values["total"], type="Invoice")
        line.update(line=number, apply=True, refNum=found.values["tranId"], applyDate=draft.values["tranDate"])
    return applied


def applied(books: Books, before: Record | None, record: Record, when: int) -> None:
    """After a payment or credit was stored: its invoices know what is paid."""
    touched = {line["doc"] for kept in (before, record) if kept for line in kept.lines.get("apply", [])}
    amounts = (
        {} if record.values.get("voided") else {line["doc"]: line["amount"] for line in record.lines.get("apply", [])}
    )
    for number in touched:
        found = books.store.get("invoice", number)
        if found is None:
            continue
        paid = found.values.setdefault(PAID, {})
        paid.pop(record.id, None)
        if number in amounts:
            paid[record.id] = amounts[number]
        settle(books, found.values)
        books.store.touch(found, when)
