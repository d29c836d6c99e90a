"""What the firm's past left in the books: time bills, charges, invoices that cover them, credits and payments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from console.sandbox.firm.model import BillLine, Credit, Firm, Invoice, InvoiceShare, Payment
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.lines import cover, quantity_of
from console.sandbox.netsuite.sales import PAID, settle
from console.sandbox.netsuite.seed import Seeder
from console.sandbox.netsuite.store import Record, Values


def take_over(books: Books, firm: Firm) -> None:
    """All of the firm that the ERP holds, lists, customers, projects and past."""
    seeder = Seeder(books, firm)
    seeder.lists()
    seeder.customers()
    seeder.projects()
    Past(seeder).fill()


class Past:
    """Fills in the past once lists, customers and projects are known."""

    def __init__(self, seeder: Seeder) -> None:
        self._seeder = seeder
        self._books = seeder.books
        self._known = seeder.known
        self._lines: dict[str, Record] = {}
        self._invoices: dict[str, Record] = {}

    def fill(self) -> None:
        firm = self._seeder.firm
        for line in firm.lines:
            self._lines[line.key] = self._time(line) if line.line_type == "time" else self._charge(line)
        for invoice in firm.invoices:
            self._invoices[invoice.key] = self._invoice(invoice)
        for credit in firm.credits:
            self._credit(credit)
        for payment in firm.payments:
            self._payment(payment)

    def _time(self, line: BillLine) -> Record:
        project = self._known.projects[line.project]
        values: Values = {
            "employee": self._known.people.get(line.person),
            "tranDate": line.on.isoformat(),
            "hours": line.minutes,
            "customer": project,
            "caseTaskEvent": self._known.tasks.get((line.project, line.task)),
            "item": self._known.items.get(line.item),
            "isBillable": True,
            "rate": float(line.rate),
            "overrideRate": True,
            "approvalStatus": "3",
            "subsidiary": self._subsidiary(project),
            "memo": line.memo or None,
            "posted": True,
            "timeType": "A",
            "timeModified": False,
        }
        return self._seeder.put("timeBill", values, line.on, external=line.foreign_key)

    def _charge(self, line: BillLine) -> Record:
        project = self._known.projects[line.project]
        values: Values = {
            "billTo": project,
            "chargeDate": line.on.isoformat(),
            "billDate": line.on.isoformat(),
            "quantity": float(line.quantity),
            "rate": float(line.rate),
            "amount": float(line.amount),
            "stage": "READY_FOR_BILLING",
            "use": "Actual",
            "billingItem": self._known.items.get(line.item),
            "currency": self._known.currencies[line.currency],
            "subsidiary": self._subsidiary(project),
            "description": line.memo or None,
            "memo": line.memo or None,
        }
        return self._seeder.put("charge", values, line.on, external=line.foreign_key)

    def _subsidiary(self, project: int) -> int | None:
        record = self._books.store.get("job", project)
        return record.values.get("subsidiary") if record else None

    def _head(self, on: date, number: str, project: str) -> Values:
        job = self._known.projects[project]
        record = self._books.store.get("job", job)
        period = self._books.period_of(on.isoformat())
        return {
            "tranId": number,
            "transactionNumber": number,
            "tranDate": on.isoformat(),
            "postingPeriod": period.id if period else None,
            "subsidiary": record.values["subsidiary"] if record else None,
            "currency": record.values["currency"] if record else None,
            "exchangeRate": 1.0,
            "job": job,
            "voided": False,
        }

    def _tax_of(self, entity: str, amount: Decimal, currency: str) -> Values:
        code = next((each for each in self._seeder.firm.tax_codes if each.entity == entity), None)
        if code is None:
            return {"taxRate1": 0.0, "tax1Amt": 0.0, "grossAmt": float(amount)}
        due = self._books.rounded(amount * code.per_cent / 100, self._known.currencies[currency])
        gross = float(amount + Decimal(str(due)))
        return {
            "taxCode": self._known.taxes[code.name],
            "taxRate1": float(code.per_cent),
            "tax1Amt": due,
            "grossAmt": gross,
        }

    def _invoice(self, invoice: Invoice) -> Record:
        """An invoice whose total is the firm's own: lines and tax as they were made then."""
        values = self._head(invoice.on, invoice.number, invoice.project)
        values |= {
            "entity": self._known.companies[invoice.company],
            "dueDate": invoice.due_on.isoformat(),
            "approvalStatus": "1" if invoice.status == "draft" else "2",
            "voided": invoice.status == "voided",
            "subtotal": float(invoice.net),
            "taxTotal": float(invoice.tax),
            "total": float(invoice.net + invoice.tax),
        }
        items: list[Values] = []
        times: list[Values] = []
        for number, share in enumerate(invoice.shares, start=1):
            line = self._lines[share.line]
            told = self._share(line, share, number) | self._tax_of(invoice.entity, share.amount, invoice.currency)
            (times if line.type == "timeBill" else items).append(told)
        settle(self._books, values)
        record = self._seeder.put("invoice", values, invoice.on, lines={"item": items, "time": times})
        if invoice.status != "voided":
            when = self._seeder.evening(invoice.on)
            for told, share in zip((*items, *times), _in_order(invoice, self._lines), strict=True):
                cover(self._books, self._lines[share.line], record.id, share.minutes, told["line"], when)
        return record

    def _share(self, line: Record, share: InvoiceShare, number: int) -> Values:
        values = line.values
        if line.type == "timeBill":
            told: Values = {
                "doc": line.id,
                "apply": True,
                "minutes": share.minutes,
                "quantity": quantity_of(share.minutes),
            }
            told |= {"employee": values.get("employee"), "billedDate": values["tranDate"], "memo": values.get("memo")}
            return {**told, "line": number, "rate": values.get("rate"), "amount": float(share.amount),
                    "item": values.get("item"), "job": values.get("customer")}  # fmt: skip
        return {
            "line": number,
            "item": values.get("billingItem"),
            "description": values.get("description"),
            "quantity": 1,
            "rate": float(share.amount),
            "amount": float(share.amount),
            "job": values.get("billTo"),
            "charge": line.id,
        }

    def _credit(self, credit: Credit) -> None:
        against = self._invoices[credit.invoice]
        told = next(each for each in self._seeder.firm.invoices if each.key == credit.invoice)
        values = self._head(credit.on, credit.number, told.project)
        total = float(credit.net + credit.tax)
        values |= {"entity": against.values["entity"], "createdFrom": against.id, "memo": credit.memo or None}
        values |= {"subtotal": float(credit.net), "taxTotal": float(credit.tax), "total": total}
        line: Values = {
            "line": 1,
            "item": self._known.items.get("Fixed fee"),
            "description": credit.memo,
            "quantity": 1,
        }
        line |= {"rate": float(credit.net), "amount": float(credit.net)}
        line |= self._tax_of(told.entity, credit.net, told.currency)
        applied = min(total, float(against.values["amountRemaining"]), self._unpaid(credit.invoice, total))
        record = self._apply("creditMemo", values, credit.on, against, applied, {"item": [line]})
        left = float(Decimal(str(total)) - Decimal(str(applied)))
        record.values.update(applied=applied, unapplied=left, amountRemaining=left, status="A" if left else "B")

    def _unpaid(self, invoice: str, total: float) -> float:
        """What payments of the same invoice leave for a credit; the rest of it stays open."""
        told = self._invoices[invoice].values["total"]
        paid = sum((each.amount for each in self._seeder.firm.payments if each.invoice == invoice), Decimal(0))
        return max(0.0, min(total, float(Decimal(str(told)) - paid)))

    def _payment(self, payment: Payment) -> None:
        against = self._invoices[payment.invoice]
        told = next(each for each in self._seeder.firm.invoices if each.key == payment.invoice)
        number = f"PYMT{1 + len(self._books.store.records['customerPayment']):06d}"
        values = self._head(payment.on, number, told.project)
        values.pop("job")
        amount = float(payment.amount)
        values |= {
            "customer": against.values["entity"],
            "payment": amount,
            "total": amount,
            "undepFunds": "T",
            "status": "C",
        }
        record = self._apply("customerPayment", values, payment.on, against, amount, {})
        record.values.update(applied=amount, unapplied=0.0)

    def _apply(
        self, kind: str, values: Values, on: date, against: Record, amount: float, lines: dict[str, list[Values]]
    ) -> Record:
        day = on.isoformat()
        line: Values = {"line": 1, "doc": against.id, "apply": True, "amount": amount, "total": against.values["total"]}
        line |= {
            "due": against.values["amountRemaining"],
            "refNum": against.values["tranId"],
            "type": "Invoice",
            "applyDate": day,
        }
        lines = {**lines, "apply": [line] if amount else []}
        record = self._seeder.put(kind, values, on, lines=lines)
        if amount:
            against.values.setdefault(PAID, {})[record.id] = amount
            settle(self._books, against.values)
            self._books.store.touch(against, self._seeder.evening(on))
        return record


def _in_order(invoice: Invoice, lines: dict[str, Record]) -> list[InvoiceShare]:
    """The shares as the record keeps them: charges first, then time."""
    charges = [share for share in invoice.shares if lines[share.line].type == "charge"]
    times = [share for share in invoice.shares if lines[share.line].type == "timeBill"]
    return [*charges, *times]
