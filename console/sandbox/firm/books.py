"""The past of the firm in its ERP: billing lines, monthly invoices, payments and a few credit notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from console.sandbox.firm.calendar import add_months, month_end
from console.sandbox.firm.model import (
    FIXED_FEE,
    RETAINER,
    BillLine,
    Credit,
    Invoice,
    InvoiceShare,
    Milestone,
    Payment,
    Project,
    RateCard,
    Sale,
    Spend,
    Work,
)
from console.sandbox.firm.money import rounded, worth
from console.sandbox.firm.tables import ITEM_OF, TAX_PER_CENT

_HOURS = Decimal("0.00001")
_NOT_YET_INVOICED = 3
_CREDIT_EVERY = 12


@dataclass(frozen=True, slots=True)
class Past:
    """What one project delivered before the cut-over, all of it approved or completed."""

    project: Project
    sale: Sale
    works: Sequence[Work]
    spends: Sequence[Spend]
    milestones: Sequence[Milestone]


def lines(past: Past, cards: Mapping[str, RateCard], cutover: date, foreign_keys: bool) -> list[BillLine]:
    """The billing lines another middleware made in the ERP for this past, oldest first."""
    found = sorted((*_time(past, cards), *_charges(past, cutover)), key=lambda line: (line.on, line.source))
    key = past.project.key
    return [
        replace(line, key=f"l-{key}-{n:05}", foreign_key=f"relay-line-{key}-{n:05}" if foreign_keys else "")
        for n, line in enumerate(found)
    ]


def _time(past: Past, cards: Mapping[str, RateCard]) -> Iterator[BillLine]:
    project = past.project
    for work in past.works:
        rate = cards[project.rate_card].hourly(work.role, work.on)
        if not work.billable or rate is None:
            continue
        yield BillLine(
            key="",
            line_type="time",
            source=work.key,
            project=project.key,
            on=work.on,
            quantity=(Decimal(work.minutes) / 60).quantize(_HOURS),
            rate=rate,
            amount=worth(work.minutes, rate, project.currency),
            currency=project.currency,
            item=work.role,
            memo=work.notes,
            minutes=work.minutes,
            task=work.task,
            person=work.person,
        )


def _charges(past: Past, cutover: date) -> Iterator[BillLine]:
    for spend in past.spends:
        if spend.billable:
            yield _charge(past.project, "expense", spend.key, spend.on, spend.amount, spend.notes)
    line_type = "fixed_fee" if past.sale.billing_type == FIXED_FEE else "milestone"
    for milestone in past.milestones:
        if milestone.completed_on and milestone.completed_on < cutover:
            yield _charge(
                past.project, line_type, milestone.key, milestone.completed_on, milestone.amount, milestone.title
            )
    if past.sale.billing_type == RETAINER:
        for line in past.sale.lines:
            if line.due_on and line.due_on < cutover:
                yield _charge(past.project, "retainer", line.key, line.due_on, line.amount, line.title)


def _charge(project: Project, line_type: str, source: str, on: date, amount: Decimal, memo: str) -> BillLine:
    return BillLine(
        key="",
        line_type=line_type,
        source=source,
        project=project.key,
        on=on,
        quantity=Decimal(1),
        rate=amount,
        amount=amount,
        currency=project.currency,
        item=ITEM_OF[line_type],
        memo=memo,
    )


@dataclass(frozen=True, slots=True)
class Ledger:
    """The invoices of the past, and the lines as they stand after invoicing."""

    lines: tuple[BillLine, ...]
    invoices: tuple[Invoice, ...]
    credits: tuple[Credit, ...]
    payments: tuple[Payment, ...]


def invoiced(projects: Mapping[str, Project], found: Iterable[BillLine], cutover: date) -> Ledger:
    """Invoice the lines month by month and project by project.

    The invoice of a project's last month before the cut-over leaves its last lines out and covers one line only
    half; older invoices cover everything. Those of more than two months ago are paid.
    """
    months: defaultdict[tuple[date, str], list[BillLine]] = defaultdict(list)
    for line in found:
        months[month_end(line.on), line.project].append(line)
    invoices, kept = [], []
    for n, ((on, key), month) in enumerate(sorted(months.items(), key=lambda each: each[0])):
        shares = _shares(month, partly=add_months(on, 1) == cutover)
        invoice = _invoice(n, on, projects[key], shares, cutover)
        invoices.append(invoice)
        covered = {share.line for share in shares}
        kept += [replace(line, invoice=invoice.key) if line.key in covered else line for line in month]
    return Ledger(tuple(kept), tuple(invoices), tuple(_credits(invoices)), tuple(_payments(invoices)))


def _shares(month: Sequence[BillLine], partly: bool) -> tuple[InvoiceShare, ...]:
    if not partly or len(month) <= _NOT_YET_INVOICED + 1:
        return tuple(InvoiceShare(line.key, line.minutes, line.amount) for line in month)
    *whole, half = month[:-_NOT_YET_INVOICED]
    shares = [InvoiceShare(line.key, line.minutes, line.amount) for line in whole]
    minutes = half.minutes // 40 * 20
    part = Decimal(minutes) / half.minutes if half.minutes else Decimal("0.5")
    return (*shares, InvoiceShare(half.key, minutes, rounded(half.amount * part, half.currency)))


def _invoice(n: int, on: date, project: Project, shares: tuple[InvoiceShare, ...], cutover: date) -> Invoice:
    net = sum((share.amount for share in shares), Decimal(0))
    return Invoice(
        key=f"i-{n:05}",
        number=f"INV{10_000 + n}",
        project=project.key,
        company=project.company,
        entity=project.entity,
        currency=project.currency,
        on=on,
        due_on=on + timedelta(days=30),
        status="paid" if on < add_months(cutover, -2) else "open",
        net=net,
        tax=rounded(net * TAX_PER_CENT[project.entity] / 100, project.currency),
        shares=shares,
    )


def _credits(invoices: Sequence[Invoice]) -> Iterator[Credit]:
    for n, invoice in enumerate(invoices[_CREDIT_EVERY - 1 :: _CREDIT_EVERY]):
        net = rounded(invoice.net / 10, invoice.currency)
        tax = rounded(net * TAX_PER_CENT[invoice.entity] / 100, invoice.currency)
        on = invoice.on + timedelta(days=12)
        yield Credit(f"k-{n:04}", f"CM{5_000 + n}", invoice.key, on, net, tax, "Agreed reduction")


def _payments(invoices: Sequence[Invoice]) -> Iterator[Payment]:
    for n, invoice in enumerate(invoices):
        if invoice.status == "paid":
            yield Payment(f"y-{n:05}", invoice.key, invoice.due_on, invoice.net + invoice.tax)
