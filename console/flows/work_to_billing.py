"""Approved time, expenses, milestones and retainers become billing lines in the ERP, or a hold; never silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from console.records.delivery import Expense, Milestone, TimeEntry
from console.records.intent import Flow, Hold, Linked, Verdict, Wanted
from console.records.keys import business_key, parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.records.selling import BillingType, ContractLine
from console.rules.amounts import hours, worth
from console.rules.book import Book
from console.rules.engagement import missing_terms
from console.rules.periods import open_problem
from console.rules.problems import problem
from console.rules.rates import rate_for
from console.rules.terms import Terms, rate_currency_problem, terms_of

FLOW = Flow.WORK_TO_BILLING
Work = TimeEntry | Expense | Milestone | ContractLine


def work_to_billing(subject: Work, book: Book) -> Verdict:
    """The billing line that one piece of work ought to have in the ERP."""
    match subject:
        case TimeEntry():
            return _time(subject, book)
        case Expense():
            return _expense(subject, book)
        case Milestone():
            return _milestone(subject, book)
        case ContractLine():
            return _retainer(subject, book)


def key_of(subject: Work, book: Book, limit: int = 64) -> str:
    """The business key of the line a piece of work becomes: source tenant, kind and id, nothing else."""
    ref = parse_ref(subject.ref)
    return business_key(book.tenants[ref.connection].tag, ref.kind, ref.remote_id, limit=limit)


def _time(entry: TimeEntry, book: Book) -> Verdict:
    terms = terms_of(book, FLOW, entry.project)
    if isinstance(terms, Problem):
        return _held(entry, book, None, [terms], entry.worked_on)
    if not entry.billable or terms.billing_type not in (BillingType.TIME_AND_MATERIALS, None):
        return Verdict(entry.ref, rest="not_billable")
    if not entry.approved:
        return _unapproved(entry, book, terms, entry.worked_on)
    if terms.since is not None and entry.worked_on < terms.since:
        return Verdict(entry.ref, rest="before_cutover")
    rate = rate_for(book, terms.card, entry.role, entry.worked_on, entry.ref)
    if isinstance(rate, Problem):
        return _held(entry, book, terms, [*terms.problems, rate], entry.worked_on)
    amount = worth(entry.minutes, rate.hourly)
    problems = [*terms.problems, *_objections(entry, book, terms, rate.hourly.currency, entry.worked_on)]
    if entry.ref in book.over_cap:
        total, cap = book.over_cap[entry.ref]
        problems.append(problem("cap_exceeded", entry.ref, "minutes", project=terms.project.name, total=total, cap=cap))
    task = book.master(entry.task) if entry.task else ""
    if task:
        problems += _task_problems(book, terms, task, entry)
    resource, unknown = _resource(book, terms, entry)
    problems += unknown
    body: dict[str, Any] = {
        "line_type": "time",
        "project": Linked("project", terms.master),
        "task": Linked("task", task) if task else "",
        "resource": Linked("resource", resource),
        "legal_entity": terms.legal_entity,
        "tax_code": _own(terms.tax_code),
        "on": entry.worked_on.isoformat(),
        "minutes": entry.minutes,
        "quantity": str(hours(entry.minutes)),
        "rate": _json(rate.hourly),
        "amount": _json(amount),
        "billable": True,
        "memo": entry.notes[:200],
    }
    return _line(entry, book, terms, "time_line", body, amount, entry.worked_on, problems)


def _expense(expense: Expense, book: Book) -> Verdict:
    terms = terms_of(book, FLOW, expense.project)
    if isinstance(terms, Problem):
        return _held(expense, book, None, [terms], expense.spent_on)
    if not expense.billable:
        return Verdict(expense.ref, rest="not_billable")
    if not expense.approved:
        return _unapproved(expense, book, terms, expense.spent_on)
    return _charge(expense, book, terms, "expense", expense.amount, expense.spent_on, expense.notes or expense.category)


def _milestone(milestone: Milestone, book: Book) -> Verdict:
    terms = terms_of(book, FLOW, milestone.project)
    if isinstance(terms, Problem):
        return _held(milestone, book, None, [terms], milestone.completed_on)
    day = milestone.completed_on or milestone.due_on
    if not milestone.completed or day is None:
        return _unapproved(milestone, book, terms, day)
    fixed = terms.billing_type == BillingType.FIXED_FEE
    return _charge(milestone, book, terms, "fixed_fee" if fixed else "milestone", milestone.amount, day, milestone.title)


def _retainer(line: ContractLine, book: Book) -> Verdict:
    sold = book.deals.get(line.deal)
    deal = book.deals.get(sold.amends) if sold and sold.amends else sold
    if deal is None or sold is None or not sold.is_won or deal.billing_type != BillingType.RETAINER:
        return Verdict(line.ref, rest="not_billable")
    if line.due_on is None or line.due_on > book.today:
        return Verdict(line.ref, rest="not_yet")
    project = _psa_project(book, deal.ref)
    if not project or missing_terms(deal):
        return _held(line, book, None, [problem("missing_project", line.ref, "deal", project=deal.name)], line.due_on)
    terms = terms_of(book, FLOW, project)
    if isinstance(terms, Problem) or line.amount is None:
        trouble = terms if isinstance(terms, Problem) else problem(
            "missing_billing_terms", line.ref, "amount", what=line.title, missing="amount"
        )
        return _held(line, book, None, [trouble], line.due_on)
    return _charge(line, book, terms, "retainer", line.amount, line.due_on, line.title)


def _psa_project(book: Book, deal: str) -> str:
    found = (book.there(tenant.connection, "project", deal) for tenant in book.with_role("psa"))
    return next((ref for ref in found if ref), "")


def _charge(
    subject: Expense | Milestone | ContractLine,
    book: Book,
    terms: Terms,
    line_type: str,
    amount: Money,
    day: date,
    memo: str,
) -> Verdict:
    if terms.since is not None and day < terms.since:
        return Verdict(subject.ref, rest="before_cutover")
    rounded = amount.rounded()
    problems = [*terms.problems, *_objections(subject, book, terms, amount.currency, day)]
    body: dict[str, Any] = {
        "line_type": line_type,
        "project": Linked("project", terms.master),
        "customer": Linked("customer", terms.customer) if terms.customer else "",
        "legal_entity": terms.legal_entity,
        "tax_code": _own(terms.tax_code),
        "on": day.isoformat(),
        "quantity": "1",
        "rate": _json(rounded),
        "amount": _json(rounded),
        "billable": True,
        "memo": memo[:200],
    }
    return _line(subject, book, terms, "charge_line", body, rounded, day, problems)


def _objections(subject: Work, book: Book, terms: Terms, currency: str, day: date) -> list[Problem]:
    found = (
        rate_currency_problem(terms, currency),
        open_problem(book, terms.erp, terms.legal_entity, day, subject.ref),
    )
    return [each for each in found if each is not None]


def _task_problems(book: Book, terms: Terms, task: str, entry: TimeEntry) -> list[Problem]:
    there = book.tasks.get(book.there(terms.erp, "task", task))
    if there is None or there.active:
        return []
    return [problem("inactive_task", entry.ref, "task", task=there.name)]


def _resource(book: Book, terms: Terms, entry: TimeEntry) -> tuple[str, list[Problem]]:
    master = book.master(entry.resource)
    there = book.resources.get(book.there(terms.erp, "resource", master))
    if there is not None and there.active:
        return master, []
    person = book.resources.get(entry.resource)
    name = person.name if person else entry.resource
    return master, [problem("unknown_resource", entry.ref, "resource", resource=name)]


def _unapproved(subject: Work, book: Book, terms: Terms, day: date | None) -> Verdict:
    if key_of(subject, book, book.tenants[terms.erp].key_limit if terms.erp else 64) not in book.posted:
        return Verdict(subject.ref, rest="not_yet")
    return _held(subject, book, terms, [problem("reopened_approval", subject.ref, "approved")], day)


def _line(
    subject: Work,
    book: Book,
    terms: Terms,
    kind: str,
    body: dict[str, Any],
    amount: Money,
    day: date,
    problems: Sequence[Problem],
) -> Verdict:
    if not terms.erp:
        return _held(subject, book, terms, problems, day, amount)
    wanted = Wanted(
        flow=FLOW,
        subject=subject.ref,
        ref=subject.ref,
        target=terms.erp,
        kind=kind,
        key=key_of(subject, book, book.tenants[terms.erp].key_limit),
        body=body,
        legal_entity=terms.legal_entity,
        money=amount,
        on=day,
        problems=tuple(problems),
    )
    return Verdict(subject.ref, wanted=(wanted,))


def _held(
    subject: Work,
    book: Book,
    terms: Terms | None,
    problems: Sequence[Problem],
    day: date | None,
    money: Money | None = None,
) -> Verdict:
    erp = terms.erp if terms else ""
    hold = Hold(
        flow=FLOW,
        subject=subject.ref,
        problems=tuple(problems),
        target=erp,
        kind="time_line" if isinstance(subject, TimeEntry) else "charge_line",
        key=key_of(subject, book, book.tenants[erp].key_limit if erp else 64),
        money=money,
        on=day,
        legal_entity=terms.legal_entity if terms else "",
    )
    return Verdict(subject.ref, holds=(hold,))


def _json(money: Money) -> dict[str, str]:
    return {"amount": f"{money.amount:f}", "currency": money.currency}


def _own(ref: str) -> Linked | str:
    return Linked(parse_ref(ref).kind, ref) if ref else ""
