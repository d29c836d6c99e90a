"""Approved time, expenses, milestones and retainers become billing lines in the ERP, or a hold; never silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from console.records.delivery import Expense, Milestone, TimeEntry
from console.records.intent import Flow, Hold, Linked, Verdict, Wanted
from console.records.keys import business_key, parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.records.selling import BillingType, ContractLine, Deal
from console.rules.amounts import hours, worth
from console.rules.book import Book
from console.rules.cutover import before_every, cutover
from console.rules.engagement import in_order, lacking, missing_terms
from console.rules.periods import open_problem
from console.rules.problems import PROJECT_MANAGER, problem
from console.rules.rates import rate_for
from console.rules.terms import Terms, rate_currency_problem, terms_of
from console.rules.terms import lacking as project_lacks
from console.words import _

FLOW = Flow.WORK_TO_BILLING
Work = TimeEntry | Expense | Milestone | ContractLine
_BY_TIME = (BillingType.TIME_AND_MATERIALS, None)
_BY_MILESTONE = (BillingType.FIXED_FEE, BillingType.MILESTONE, None)


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
    connection, kind, remote_id = subject.ref.split("/", 2)
    return business_key(book.tenants[connection].tag, kind, remote_id, limit=limit)


def _time(entry: TimeEntry, book: Book) -> Verdict:
    if not entry.billable or entry.minutes <= 0:
        return _nothing(entry, book, "not_billable", entry.worked_on)
    terms = terms_of(book, FLOW, entry.project, entry.worked_on)
    if isinstance(terms, Problem):
        return _without_project(entry, book, terms, entry.approved, entry.worked_on)
    if terms.billing_type not in _BY_TIME:
        return _nothing(entry, book, "not_billable", entry.worked_on)
    if not entry.approved:
        return _unapproved(entry, book, terms, entry.worked_on)
    if terms.since is not None and entry.worked_on < terms.since:
        return _nothing(entry, book, "before_cutover", entry.worked_on)
    if not terms.card:
        troubles = [*terms.problems, project_lacks(terms.project, "rate_card", _("rate card in the PSA"))]
        return _held(entry, book, terms, troubles, entry.worked_on)
    rate = rate_for(book, terms.card, entry.role, entry.worked_on, entry.ref)
    if isinstance(rate, Problem):
        return _held(entry, book, terms, [*terms.problems, rate], entry.worked_on)
    return _time_line(entry, book, terms, rate.hourly)


def _time_line(entry: TimeEntry, book: Book, terms: Terms, hourly: Money) -> Verdict:
    amount = worth(entry.minutes, hourly, terms.policy)
    problems = [*terms.problems, *_objections(entry, book, terms, hourly.currency, entry.worked_on)]
    task = book.master(entry.task) if entry.task else ""
    if task:
        problems += _task_problems(book, terms, task, entry)
    resource = book.master(entry.resource)
    problems += _resource_problems(book, terms, resource, entry)
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
        "rate": _json(hourly),
        "amount": _json(amount),
        "billable": True,
        "memo": entry.notes[:200],
    }
    item = _item(book, terms.erp, book.roles.get(entry.role, ""))
    if item:
        body["item"] = item
    return _line(entry, book, terms, "time_line", body, amount, entry.worked_on, problems)


def _expense(expense: Expense, book: Book) -> Verdict:
    if not expense.billable:
        return _nothing(expense, book, "not_billable", expense.spent_on)
    terms = terms_of(book, FLOW, expense.project, expense.spent_on)
    if isinstance(terms, Problem):
        return _without_project(expense, book, terms, expense.approved, expense.spent_on)
    if not expense.approved:
        return _unapproved(expense, book, terms, expense.spent_on)
    return _charge(expense, book, terms, "expense", expense.amount, expense.spent_on, expense.notes or expense.category)


def _milestone(milestone: Milestone, book: Book) -> Verdict:
    day = milestone.completed_on or milestone.due_on
    terms = terms_of(book, FLOW, milestone.project, day)
    if isinstance(terms, Problem):
        return _without_project(milestone, book, terms, milestone.completed, day)
    if terms.billing_type not in _BY_MILESTONE:
        return _nothing(milestone, book, "not_billable", day)
    if not milestone.completed:
        return _unapproved(milestone, book, terms, day)
    if day is None:
        undated = problem(
            "missing_billing_terms",
            milestone.ref,
            "completed_on",
            what=milestone.title,
            missing=_("completion or due date"),
        )
        return _held(milestone, book, terms, [replace(undated, owner="psa", who=PROJECT_MANAGER)], None)
    kind = "fixed_fee" if terms.billing_type == BillingType.FIXED_FEE else "milestone"
    return _charge(milestone, book, terms, kind, milestone.amount, day, milestone.title)


def _retainer(line: ContractLine, book: Book) -> Verdict:
    deal = _retained(line, book)
    if deal is None:
        return _nothing(line, book, "not_billable", line.due_on)
    if line.due_on is None or line.due_on > book.today or not _applies(line, deal, book):
        return _unapproved(line, book, None, line.due_on)
    since = cutover(book, FLOW, deal.legal_entity, line.ref)
    if isinstance(since, date) and line.due_on < since:
        return _nothing(line, book, "before_cutover", line.due_on)
    lost = missing_terms(deal)
    project = _psa_project(book, deal.ref)
    if lost or not project:
        named = _("The project of {deal}", deal=deal.name)
        troubles = lost or [problem("missing_project", line.ref, "deal", project=named)]
        return _held(line, book, None, troubles, line.due_on, line.amount)
    terms = terms_of(book, FLOW, project, line.due_on)
    if isinstance(terms, Problem):
        return _held(line, book, None, [terms], line.due_on, line.amount)
    if line.amount is None:
        return _held(line, book, terms, [_no_amount(line, deal)], line.due_on)
    return _charge(line, book, terms, "retainer", line.amount, line.due_on, line.title)


def _retained(line: ContractLine, book: Book) -> Deal | None:
    """The won retainer deal that a contract line (of it or of a won amendment) belongs to."""
    sold = book.deals.get(line.deal)
    deal = book.deals.get(sold.amends) if sold and sold.amends else sold
    if sold is None or deal is None or not sold.is_won or not deal.is_won:
        return None
    return deal if deal.billing_type == BillingType.RETAINER else None


def _applies(line: ContractLine, deal: Deal, book: Book) -> bool:
    """Whether the line's amendment holds yet: `deal_to_project` says so when it has to wait for an earlier one."""
    if line.deal == deal.ref:
        return True
    applied, _held_back = in_order(book.amendments.get(deal.ref, ()))
    return any(each.ref == line.deal for each in applied)


def _no_amount(line: ContractLine, deal: Deal) -> Problem:
    return replace(lacking(deal, "amount", _("amount on its line {line}", line=line.title)), ref=line.ref)


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
        return _nothing(subject, book, "before_cutover", day)
    rounded = amount.rounded(terms.policy.rounding, terms.policy.digits)
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
    item = _item(book, terms.erp, line_type.replace("_", " "))
    if item:
        body["item"] = item
    return _line(subject, book, terms, "charge_line", body, rounded, day, problems)


def _objections(subject: Work, book: Book, terms: Terms, currency: str, day: date) -> list[Problem]:
    found = [
        rate_currency_problem(terms, currency, _priced(subject)),
        open_problem(book, terms.erp, terms.legal_entity, day, subject.ref),
    ]
    if subject.ref in book.over_cap:
        total, cap = book.over_cap[subject.ref]
        found.append(problem("cap_exceeded", subject.ref, "minutes", project=terms.project.name, total=total, cap=cap))
    return [each for each in found if each is not None]


def _priced(subject: Work) -> str:
    """What names the price of a piece of work."""
    match subject:
        case TimeEntry():
            return ""
        case Expense():
            return _("The expense")
        case Milestone():
            return _("The milestone")
        case ContractLine():
            return _("The contract line")


def _task_problems(book: Book, terms: Terms, task: str, entry: TimeEntry) -> list[Problem]:
    """A task of a deal is still being made there; any other one has to be known."""
    ref = book.there(terms.erp, "task", task)
    if not ref and terms.twin is not None and parse_ref(task).kind == "task":
        own = book.tasks.get(entry.task)
        named = _("The task {name}", name=own.name) if own else _("The task of this entry")
        return [problem("missing_task", entry.ref, "task", task=named, project=terms.project.name)]
    there = book.tasks.get(ref)
    if there is None or there.active:
        return []
    return [problem("inactive_task", entry.ref, "task", task=there.name)]


def _resource_problems(book: Book, terms: Terms, resource: str, entry: TimeEntry) -> list[Problem]:
    there = book.resources.get(book.there(terms.erp, "resource", resource))
    if there is not None and there.active:
        return []
    person = book.resources.get(entry.resource) or there
    name = person.name if person else _("The person who did the work")
    return [problem("unknown_resource", entry.ref, "resource", resource=name)]


def _item(book: Book, erp: str, name: str) -> str:
    """The ERP's active service item of this name (in any case), or ''."""
    asked = ("item", erp, name)
    if asked not in book.memo:
        own = (each.name for each in book.items.get(erp, ()) if each.active)
        book.memo[asked] = next((each for each in own if name and each.casefold() == name.casefold()), "")
    return str(book.memo[asked])


def _without_project(subject: Work, book: Book, trouble: Problem, ready: bool, day: date | None) -> Verdict:
    """Work of a project that is not known: held once it is ready to bill, unless it is too old to count for anybody."""
    if not ready:
        return _unapproved(subject, book, None, day)
    if day is not None and before_every(book, FLOW, day):
        return _nothing(subject, book, "before_cutover", day)
    return _held(subject, book, None, [trouble], day)


def _unapproved(subject: Work, book: Book, terms: Terms | None, day: date | None) -> Verdict:
    if not _posted(subject, book):
        return Verdict(subject.ref, rest="not_yet")
    return _held(subject, book, terms, [problem("reopened_approval", subject.ref, "approved")], day)


def _nothing(subject: Work, book: Book, rest: str, day: date | None) -> Verdict:
    """Nothing is to be billed; a line that is in the ERP all the same is not passed over."""
    if not _posted(subject, book):
        return Verdict(subject.ref, rest=rest)
    return _held(subject, book, None, [problem("no_longer_billable", subject.ref, "billable")], day)


def _posted(subject: Work, book: Book) -> bool:
    """Whether the line was written to any ERP before."""
    return bool(book.posted) and any(
        key_of(subject, book, erp.key_limit) in book.posted for erp in book.with_role("erp")
    )


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
    return Linked("tax_code", ref) if ref else ""
