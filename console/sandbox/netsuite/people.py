"""The finance department at work inside the practice NetSuite: nothing of this passes the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from console.sandbox.journal import PEOPLE
from console.sandbox.netsuite.books import Books, exact
from console.sandbox.netsuite.facts import line_type, symbol
from console.sandbox.netsuite.intake import Draft
from console.sandbox.netsuite.lines import COVERS, amount_of, currency_of
from console.sandbox.netsuite.sales import invoiced, settle
from console.sandbox.netsuite.store import Record, Values
from console.sandbox.netsuite.writing import OUR_WORDS, Commit, Writer
from console.sandbox.tenant import PostedLine, Share

_LISTS = {"tax_code": "salesTaxItem", "billing_item": "serviceSaleItem", "resource": "employee", "task": "projectTask"}
_NAMES = {"salesTaxItem": "itemId", "serviceSaleItem": "itemId", "employee": "email", "projectTask": "title"}


class People:
    """See `console.sandbox.tenant.NetsuitePeople`. Raises `LookupError` for what is not there and the platform's
    `Refusal` where its rules hold for people too (a closed period, a line that is already billed)."""

    def __init__(self, books: Books, commit: Commit) -> None:
        self._books = books
        self._commit = commit
        self._writer = Writer(books, commit, PEOPLE)

    def project(self, name: str) -> str:
        """The id of the job with this name, whoever made it; "" if none."""
        jobs = self._books.store.all("job")
        return next((str(each.id) for each in jobs if each.values.get("companyName") == name), "")

    def lines(self, project_id: str) -> Sequence[PostedLine]:
        """All time and charge lines of a job, in the order they were made."""
        job = int(project_id)
        times = (each for each in self._books.store.all("timeBill") if each.values.get("customer") == job)
        charges = (each for each in self._books.store.all("charge") if each.values.get("billTo") == job)
        found = sorted((*times, *charges), key=lambda each: (each.created, each.id))
        return [self._posted(each) for each in found]

    def edit_line(self, line_id: str, minutes: int | None = None, rate: Decimal | None = None) -> None:
        """Change the hours or the price of a line."""
        line = self._line(line_id)
        body: dict[str, Any] = {}
        if minutes is not None and line.type == "timeBill":
            body["hours"] = f"{minutes // 60}:{minutes % 60:02d}"
        if rate is not None:
            body["rate"] = float(rate)
        self._writer.update(line, body)

    def delete_line(self, line_id: str) -> None:
        """Delete a line: it is gone and shows up among deleted records."""
        self._writer.delete(self._line(line_id))

    def bill(self, project_id: str, on: date, shares: Sequence[Share], draft: bool = False) -> str:
        """A billing run: one invoice (a draft waits for approval) covering these shares; its id."""
        job = self._record("job", project_id)
        items: list[Values] = []
        times: list[Values] = []
        for share in shares:
            line = self._line(share.line)
            code = self._tax_code(job)
            if line.type == "timeBill":
                told: Values = {"doc": line.id, "apply": True, "minutes": share.minutes, "amount": float(share.amount)}
                times.append(told if code is None else {**told, "taxCode": code})
            else:
                told = {
                    "line": 1 + len(items),
                    "item": line.values.get("billingItem"),
                    "charge": line.id,
                    "job": job.id,
                }
                told |= {"amount": float(share.amount), "rate": float(share.amount), "quantity": 1}
                told["description"] = line.values.get("description", "")
                items.append(told if code is None else {**told, "taxCode": code})
        values: Values = {"entity": job.values.get("parent", job.id), "job": job.id, "tranDate": on.isoformat()}
        values["approvalStatus"] = "1" if draft else "2"
        return self._sale("invoice", values, {"item": items, "time": times})

    def _sale(self, kind: str, values: Values, lines: dict[str, list[Values]]) -> str:
        made = Draft(kind, values, lines, given=set(values))
        return str(self._writer.keep(made, {"lines": sum(len(each) for each in lines.values()), **values}).id)

    def approve(self, invoice_id: str) -> None:
        """Approve a draft invoice."""
        self._writer.update(self._record("invoice", invoice_id), {"approvalStatus": {"id": "2"}})

    def void(self, invoice_id: str) -> None:
        """Void an invoice: it stays with nothing on it, and the lines it covered are free again."""
        record = self._record("invoice", invoice_id)
        values = {**record.values, "voided": True, "total": 0.0, "subtotal": 0.0, "taxTotal": 0.0}
        settle(self._books, values)
        self._void(record, values)

    def _void(self, record: Record, values: Values) -> None:
        when = self._books.stamp()
        voided = Record(record.type, record.id, values, record.lines, record.external_id, record.created, when)
        self._books.store.put(voided)
        invoiced(self._books, record, voided, when)
        self._commit("invoice", "update", record.external_id, str(record.id), {"voided": True}, PEOPLE)

    def credit(self, invoice_id: str, on: date, amount: Decimal, memo: str) -> str:
        """A credit note (net amount) against an invoice; its id."""
        against = self._record("invoice", invoice_id)
        job = self._books.store.get("job", against.values.get("job"))
        code = self._tax_code(job or against)
        item = self._books.store.named("serviceSaleItem", "Fixed fee") or next(self._books.store.all("serviceSaleItem"))
        line: Values = {"line": 1, "item": item.id, "quantity": 1, "rate": float(amount), "amount": float(amount)}
        line |= {"description": memo} if code is None else {"description": memo, "taxCode": code}
        values: Values = {"entity": against.values["entity"], "tranDate": on.isoformat(), "createdFrom": against.id}
        values |= {"memo": memo, "job": against.values.get("job")}
        applied = [{"doc": against.id, "apply": True}] if against.values["amountRemaining"] > 0 else []
        kept = {name: value for name, value in values.items() if value is not None}
        return self._sale("creditMemo", kept, {"item": [line], "apply": applied})

    def pay(self, invoice_id: str, on: date, amount: Decimal) -> str:
        """A customer payment applied to an invoice; its id."""
        against = self._record("invoice", invoice_id)
        values: Values = {"customer": against.values["entity"], "tranDate": on.isoformat(), "payment": float(amount)}
        lines = {"apply": [{"doc": against.id, "apply": True, "amount": float(amount)}]}
        return self._sale("customerPayment", values, lines)

    def close_period(self, name: str, closed: bool = True) -> None:
        """Close (or open again) the accounting period with this name (`Period.name`)."""
        period = self._books.store.named("accountingPeriod", name)
        if period is None:
            raise LookupError(f"There is no accounting period {name!r}.")
        locked: dict[str, Any] = dict.fromkeys(("closed", "arLocked", "apLocked", "allLocked", "payrollLocked"), closed)
        if closed:
            locked["closedOnDate"] = self._books.today()
        else:
            period.values.pop("closedOnDate", None)
        self._change(period, locked, "update")

    def lock_receivables(self, name: str, locked: bool = True) -> None:
        """Lock (or unlock) only the receivables of a period: no invoice, payment or credit posts to it."""
        period = self._books.store.named("accountingPeriod", name)
        if period is None:
            raise LookupError(f"There is no accounting period {name!r}.")
        self._change(period, {"arLocked": locked}, "update")

    def set_active(self, kind: str, name: str, active: bool, project: str = "") -> None:
        """Activate or inactivate a `tax_code`, `task` (with its project's name), `resource` (email) or
        `billing_item` by name."""
        vendor = _LISTS.get(kind)
        if vendor is None:
            raise LookupError(f"People do not inactivate a {kind!r} here; they do {', '.join(_LISTS)}.")
        job = int(self.project(project) or 0) if vendor == "projectTask" else 0
        for record in self._books.store.all(vendor):
            same = record.values.get(_NAMES[vendor]) == name
            if same and (not job or record.values.get("project") == job):
                return self._change(record, {"isInactive": not active}, "update" if active else "close")
        raise LookupError(f"There is no {kind} {name!r}.")

    def duplicate_customer(self, name: str) -> str:
        """Enter a customer a second time under another number; the new id."""
        record = next((e for e in self._books.store.all("customer") if e.values.get("companyName") == name), None)
        if record is None:
            raise LookupError(f"There is no customer {name!r}.")
        values = {**record.values, "entityId": f"{record.values['entityId']}-B"}
        lines = {each: [dict(line) for line in found] for each, found in record.lines.items()}
        return str(self._writer.keep(Draft("customer", values, lines, given=set(values)), {"companyName": name}).id)

    def _change(self, record: Record, values: Mapping[str, Any], verb: str) -> None:
        record.values.update(values)
        self._books.store.touch(record, self._books.stamp())
        kind = OUR_WORDS.get(record.type, record.type)
        self._commit(kind, verb, record.external_id, str(record.id), dict(values), PEOPLE)

    def _tax_code(self, job: Record) -> int | None:
        """The active tax code of the subsidiary that sells."""
        own = job.values.get("subsidiary")
        codes = self._books.store.all("salesTaxItem")
        found = (
            each.id for each in codes if each.values.get("subsidiary") == own and not each.values.get("isInactive")
        )
        return next(found, None)

    def _record(self, kind: str, number: str) -> Record:
        record = self._books.store.get(kind, int(number))
        if record is None:
            raise LookupError(f"There is no {kind} {number}.")
        return record

    def _line(self, number: str) -> Record:
        record = self._books.store.get("timeBill", int(number)) or self._books.store.get("charge", int(number))
        if record is None:
            raise LookupError(f"There is no billing line {number}.")
        return record

    def _posted(self, record: Record) -> PostedLine:
        values, store = record.values, self._books.store
        is_time = record.type == "timeBill"
        job = store.get("job", values.get("customer" if is_time else "billTo"))
        employee, task = (
            store.get("employee", values.get("employee")),
            store.get("projectTask", values.get("caseTaskEvent")),
        )
        invoice = next(iter(values.get(COVERS, {})), values.get("invoice", ""))
        return PostedLine(
            id=str(record.id),
            key=record.external_id,
            line_type="time" if is_time else line_type(self._books, record),
            project=str(job.values["companyName"]) if job else "",
            person=str(employee.values["email"]) if employee else "",
            task=str(task.values["title"]) if task else "",
            on=date.fromisoformat(values["tranDate" if is_time else "chargeDate"]),
            minutes=int(values.get("hours", 0)),
            rate=exact(values.get("rate")),
            amount=exact(amount_of(self._books, record)),
            currency=symbol(self._books, currency_of(self._books, record)),
            invoice=str(invoice),
        )
