"""Approved time, expenses, milestones and retainers become billing lines in the ERP, or a hold; never silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from console.flows.billing_line import FLOW, Work, charge_body, held, line, posted, time_body
from console.records.delivery import Expense, Milestone, TimeEntry
from console.records.intent import Verdict
from console.records.keys import parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.records.selling import BillingType, ContractLine, Deal
from console.rules import engagement, terms
from console.rules.amounts import worth
from console.rules.book import Book
from console.rules.cutover import before_every, cutover
from console.rules.periods import open_problem
from console.rules.problems import PROJECT_MANAGER, problem
from console.rules.rates import rate_for
from console.rules.terms import Terms, rate_currency_problem, terms_of
from console.words import _

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


def _time(entry: TimeEntry, book: Book) -> Verdict:
    if not entry.billable or entry.minutes <= 0:
        return _nothing(entry, book, "not_billable", entry.worked_on)
    found = terms_of(book, FLOW, entry.project, entry.worked_on)
    if isinstance(found, Problem):
        return _without_project(entry, book, found, entry.approved, entry.worked_on)
    if found.billing_type not in _BY_TIME:
        return _nothing(entry, book, "not_billable", entry.worked_on)
    if not entry.approved:
        return _unapproved(entry, book, found, entry.worked_on)
    return _approved_time(entry, book, found)


def _approved_time(entry: TimeEntry, book: Book, found: Terms) -> Verdict:
    day = entry.worked_on
    if found.since is not None and day < found.since:
        return _nothing(entry, book, "before_cutover", day)
    lacking = None if found.card else terms.lacking(found.project, "rate_card", _("rate card in the PSA"))
    rate = lacking or rate_for(book, found.card, entry.role, day, entry.ref)
    if isinstance(rate, Problem):
        return held(entry, book, found, [*found.problems, rate], day)
    amount = worth(entry.minutes, rate.hourly, found.policy)
    problems = [
        *found.problems,
        *_objections(entry, book, found, rate.hourly.currency, day),
        *_task_problems(entry, book, found),
        *_resource_problems(entry, book, found),
    ]
    return line(entry, book, found, time_body(entry, book, found, rate.hourly, amount), amount, day, problems)


def _expense(expense: Expense, book: Book) -> Verdict:
    if not expense.billable:
        return _nothing(expense, book, "not_billable", expense.spent_on)
    found = terms_of(book, FLOW, expense.project, expense.spent_on)
    if isinstance(found, Problem):
        return _without_project(expense, book, found, expense.approved, expense.spent_on)
    if not expense.approved:
        return _unapproved(expense, book, found, expense.spent_on)
    return _charge(expense, book, found, "expense", expense.amount, expense.spent_on, expense.notes or expense.category)


def _milestone(milestone: Milestone, book: Book) -> Verdict:
    day = milestone.completed_on or milestone.due_on
    found = terms_of(book, FLOW, milestone.project, day)
    if isinstance(found, Problem):
        return _without_project(milestone, book, found, milestone.completed, day)
    if found.billing_type not in _BY_MILESTONE:
        return _nothing(milestone, book, "not_billable", day)
    if not milestone.completed:
        return _unapproved(milestone, book, found, day)
    if day is None:
        return held(milestone, book, found, [_undated(milestone)], None, milestone.amount)
    line_type = "fixed_fee" if found.billing_type == BillingType.FIXED_FEE else "milestone"
    return _charge(milestone, book, found, line_type, milestone.amount, day, milestone.title)


def _undated(milestone: Milestone) -> Problem:
    missing = _("completion or due date")
    trouble = problem("missing_billing_terms", milestone.ref, "completed_on", what=milestone.title, missing=missing)
    return replace(trouble, owner="psa", who=PROJECT_MANAGER)


def _retainer(sold: ContractLine, book: Book) -> Verdict:
    deal = _retained(sold, book)
    if deal is None:
        return _nothing(sold, book, "not_billable", sold.due_on)
    if sold.due_on is None or sold.due_on > book.today or not _applies(sold, deal, book):
        return _unapproved(sold, book, None, sold.due_on)
    since = cutover(book, FLOW, deal.legal_entity, sold.ref)
    if isinstance(since, date) and sold.due_on < since:
        return _nothing(sold, book, "before_cutover", sold.due_on)
    found = _retainer_terms(sold, deal, book, sold.due_on)
    if isinstance(found, Terms) and sold.amount is not None:
        return _charge(sold, book, found, "retainer", sold.amount, sold.due_on, sold.title)
    troubles = [_no_amount(sold, deal)] if isinstance(found, Terms) else found
    return held(sold, book, None, troubles, sold.due_on, sold.amount)


def _retained(sold: ContractLine, book: Book) -> Deal | None:
    """The won retainer deal that a contract line (of it or of a won amendment) belongs to."""
    own = book.deals.get(sold.deal)
    deal = book.deals.get(own.amends) if own and own.amends else own
    if own is None or deal is None or not own.is_won or not deal.is_won:
        return None
    return deal if deal.billing_type == BillingType.RETAINER else None


def _applies(sold: ContractLine, deal: Deal, book: Book) -> bool:
    """Whether the line's amendment holds yet: `deal_to_project` says so when it has to wait for an earlier one."""
    if sold.deal == deal.ref:
        return True
    applied, _waiting = engagement.in_order(book.amendments.get(deal.ref, ()))
    return any(each.ref == sold.deal for each in applied)


def _retainer_terms(sold: ContractLine, deal: Deal, book: Book, day: date) -> Terms | Sequence[Problem]:
    project = _psa_project(book, deal.ref)
    if not project:
        named = _("The project of {deal}", deal=deal.name)
        return engagement.missing_terms(deal) or [problem("missing_project", sold.ref, "deal", project=named)]
    found = terms_of(book, FLOW, project, day)
    return [found] if isinstance(found, Problem) else found


def _no_amount(sold: ContractLine, deal: Deal) -> Problem:
    return replace(engagement.lacking(deal, "amount", _("amount on its line {line}", line=sold.title)), ref=sold.ref)


def _psa_project(book: Book, deal: str) -> str:
    found = (book.there(tenant.connection, "project", deal) for tenant in book.with_role("psa"))
    return next((ref for ref in found if ref), "")


def _charge(
    subject: Expense | Milestone | ContractLine,
    book: Book,
    found: Terms,
    line_type: str,
    amount: Money,
    day: date,
    memo: str,
) -> Verdict:
    if found.since is not None and day < found.since:
        return _nothing(subject, book, "before_cutover", day)
    rounded = amount.rounded(found.policy.rounding, found.policy.digits)
    problems = [*found.problems, *_objections(subject, book, found, amount.currency, day)]
    return line(subject, book, found, charge_body(book, found, line_type, rounded, day, memo), rounded, day, problems)


def _objections(subject: Work, book: Book, found: Terms, currency: str, day: date) -> list[Problem]:
    troubles = [
        rate_currency_problem(found, currency, _priced(subject)),
        open_problem(book, found.erp, found.legal_entity, day, subject.ref),
    ]
    if subject.ref in book.over_cap:
        total, cap = book.over_cap[subject.ref]
        name = found.project.name
        troubles.append(problem("cap_exceeded", subject.ref, "minutes", project=name, total=total, cap=cap))
    return [each for each in troubles if each is not None]


def _priced(subject: Work) -> str:
    """What names the price of a piece of work; empty: its rate card."""
    match subject:
        case TimeEntry():
            return ""
        case Expense():
            return _("The expense")
        case Milestone():
            return _("The milestone")
        case ContractLine():
            return _("The contract line")


def _task_problems(entry: TimeEntry, book: Book, found: Terms) -> list[Problem]:
    """A task of a deal is still being made there; any other one has to be known."""
    if not entry.task:
        return []
    ref = book.there(found.erp, "task", entry.task)
    if not ref and found.twin is not None and parse_ref(book.master(entry.task)).kind == "task":
        own = book.tasks.get(entry.task)
        named = _("The task {name}", name=own.name) if own else _("The task of this entry")
        return [problem("missing_task", entry.ref, "task", task=named, project=found.project.name)]
    there = book.tasks.get(ref)
    if there is None or there.active:
        return []
    return [problem("inactive_task", entry.ref, "task", task=there.name)]


def _resource_problems(entry: TimeEntry, book: Book, found: Terms) -> list[Problem]:
    there = book.resources.get(book.there(found.erp, "resource", entry.resource))
    if not found.erp or (there is not None and there.active):
        return []
    person = book.resources.get(entry.resource) or there
    name = person.name if person else _("The person who did the work")
    return [problem("unknown_resource", entry.ref, "resource", resource=name)]


def _without_project(subject: Work, book: Book, trouble: Problem, ready: bool, day: date | None) -> Verdict:
    """Work of a project that is not known: held once it is ready to bill, unless it is too old to count for anybody."""
    if not ready:
        return _unapproved(subject, book, None, day)
    if day is not None and before_every(book, FLOW, day):
        return _nothing(subject, book, "before_cutover", day)
    return held(subject, book, None, [trouble], day)


def _unapproved(subject: Work, book: Book, found: Terms | None, day: date | None) -> Verdict:
    if not posted(subject, book):
        return Verdict(subject.ref, rest="not_yet")
    return held(subject, book, found, [problem("reopened_approval", subject.ref, "approved")], day)


def _nothing(subject: Work, book: Book, rest: str, day: date | None) -> Verdict:
    """Nothing is to be billed; a line that is in the ERP all the same is not passed over."""
    if not posted(subject, book):
        return Verdict(subject.ref, rest=rest)
    return held(subject, book, None, [problem("no_longer_billable", subject.ref, "billable")], day)
