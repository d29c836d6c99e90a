"""The rows that invoices, credit memos, payments and expense reports make in SuiteQL's transaction tables.

As with the vendor, quantities and amounts on the lines of a sale are negative, `mainline` and `taxline` tell the rows
apart, and `transaction` has no subsidiary (its lines have one). A line that bills a time bill or charge names it in
`createdfrom` (their ids never meet) and in `timebill` or `charge`; the same pairs stand in
`previoustransactionlinelink`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from console.sandbox.netsuite import days
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.catalogue import TRANSACTIONS
from console.sandbox.netsuite.store import Record, Values

Row = Mapping[str, Any]

TRANSACTION_COLUMNS = """
    id externalid lastmodifieddate createddate tranid transactionnumber type recordtype abbrevtype trandate entity
    currency exchangerate postingperiod status status__cf approvalstatus duedate memo terms foreigntotal
    foreignamountpaid foreignamountunpaid foreignpaymentamountused posting voided otherrefnum employee
"""
LINE_COLUMNS = """
    transaction id uniquekey linesequencenumber mainline taxline item itemtype quantity rate netamount foreignamount
    memo entity subsidiary department class location createdfrom timebill charge taxcode employee isbillable
    accountinglinetype linecreateddate linelastmodifieddate
"""
LINK_COLUMNS = """
    previousdoc previousline previoustype nextdoc nextline nexttype linktype foreignamount lastmodifieddate
"""
_ABBREVIATED = {"invoice": "INV", "creditMemo": "CREDMEM", "customerPayment": "PYMT", "expenseReport": "EXPRPT"}
_TAX_LINE = 9000


def transaction_rows(books: Books, record: Record) -> Iterable[Row]:
    values, kind = record.values, TRANSACTIONS[record.type]
    status, due = values.get("status"), values.get("dueDate") or values.get("duedate")
    yield {
        "id": record.id,
        "externalid": record.external_id or None,
        "lastmodifieddate": days.of_stamp(record.modified, books.zone),
        "createddate": days.of_stamp(record.created, books.zone),
        "tranid": values.get("tranId"),
        "transactionnumber": values.get("transactionNumber"),
        "type": kind,
        "recordtype": record.type.lower(),
        "abbrevtype": _ABBREVIATED[record.type],
        "trandate": days.of_day(values["tranDate"]),
        "entity": values.get("entity", values.get("customer")),
        "currency": values.get("currency"),
        "exchangerate": values.get("exchangeRate", 1.0),
        "postingperiod": values.get("postingPeriod"),
        "status": status,
        "status__cf": f"{kind}:{status}",
        "approvalstatus": values.get("approvalStatus"),
        "duedate": days.of_day(due) if due else None,
        "memo": values.get("memo") or None,
        "terms": values.get("terms"),
        "foreigntotal": values.get("total"),
        "foreignamountpaid": values.get("amountPaid"),
        "foreignamountunpaid": values.get("amountRemaining"),
        "foreignpaymentamountused": values.get("applied"),
        "posting": "F" if status == "D" else "T",
        "voided": "T" if values.get("voided") else "F",
        "otherrefnum": values.get("otherRefNum"),
        "employee": values.get("entity") if record.type == "expenseReport" else None,
    }


def line_rows(books: Books, record: Record) -> Iterable[Row]:
    """The main line with the total, the item, time and expense lines, and one tax line when there is tax."""
    values = record.values
    sign = _sign(record)
    entity = values.get("entity", values.get("customer"))
    yield _row(
        books, record, 0, mainline="T", amount=-sign * values.get("total", 0.0), memo=values.get("memo"), entity=entity
    )
    for line in billed_lines(record):
        billed = _billed_row(books, record, line)
        yield {**billed, "entity": billed["entity"] or values.get("job") or entity}
    if values.get("taxTotal"):
        yield _row(books, record, _TAX_LINE, taxline="T", amount=sign * values["taxTotal"], entity=entity)


def billed_lines(record: Record) -> Iterable[Values]:
    """Everything on a transaction that was sold or spent."""
    return (*record.lines.get("item", ()), *record.lines.get("time", ()), *record.lines.get("expense", ()))


def _sign(record: Record) -> int:
    return -1 if record.type in ("invoice", "customerPayment") else 1


def _billed_row(books: Books, record: Record, line: Values) -> Row:
    sign, quantity = _sign(record), line.get("quantity")
    return _row(
        books,
        record,
        int(line.get("line", 0)),
        amount=sign * line["amount"],
        item=line.get("item"),
        itemtype="Service" if line.get("item") else None,
        quantity=None if quantity is None else sign * quantity,
        rate=line.get("rate"),
        memo=line.get("description") or line.get("memo"),
        entity=line.get("job") or line.get("customer"),
        createdfrom=line.get("doc") or line.get("charge") or record.values.get("createdFrom"),
        timebill=line.get("doc"),
        charge=line.get("charge"),
        taxcode=line.get("taxCode"),
        employee=line.get("employee"),
        accountinglinetype="INCOME",
    )


def _row(books: Books, record: Record, number: int, *, amount: float, **more: Any) -> Row:
    values = record.values
    return {
        "transaction": record.id,
        "id": number,
        "uniquekey": record.id * 10_000 + number,
        "linesequencenumber": number,
        "mainline": "F",
        "taxline": "F",
        "netamount": amount,
        "foreignamount": amount,
        "subsidiary": values.get("subsidiary"),
        "department": values.get("department"),
        "class": values.get("class"),
        "location": values.get("location"),
        "isbillable": "F",
        "linecreateddate": days.of_stamp(record.created, books.zone),
        "linelastmodifieddate": days.of_stamp(record.modified, books.zone),
        **more,
    }


def link_rows(books: Books, record: Record) -> Iterable[Row]:
    """From what was billed to the invoice line, and from the invoice to what paid or credited it."""
    kind = TRANSACTIONS[record.type]
    shared = {"nextdoc": record.id, "nexttype": kind, "lastmodifieddate": days.of_stamp(record.modified, books.zone)}
    for line in billed_lines(record):
        source, name = (line.get("doc"), "TimeBill") if line.get("doc") else (line.get("charge"), "Charge")
        if source is not None:
            told = {"previousdoc": source, "previousline": 0, "previoustype": name, "linktype": "Billing"}
            yield {**shared, **told, "nextline": line["line"], "foreignamount": line["amount"]}
    for applied in record.lines.get("apply", ()):
        told = {"previousdoc": applied["doc"], "previousline": 0, "previoustype": "CustInvc", "linktype": "Payment"}
        yield {**shared, **told, "nextline": 0, "foreignamount": applied["amount"]}
