"""Approved work becomes one billing line; whatever stands in the way holds it, and nothing is passed over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.flows.billing_line import Work, key_of
from console.flows.work_to_billing import work_to_billing
from console.records.delivery import Task
from console.records.firm import BillingItem
from console.records.intent import Linked, Verdict, Wanted
from console.records.money import Money, Rounding
from console.records.selling import Rate
from console.rules.amounts import MoneyPolicy
from console.rules.book import Book, Tenant
from tests.console.rules.small_firm import (
    BUYER,
    CARD,
    CUTOVER,
    DEAL,
    EMPLOYEE,
    ENTITY,
    ERP_PROJECT,
    ERP_TASK,
    LINE,
    PERSON,
    PSA_PROJECT,
    PSA_TASK,
    ROLE,
    TODAY,
    a_book,
    a_line,
    a_milestone,
    an_amendment,
    an_entry,
    an_expense,
    bill,
    gbp,
    link,
    unlink,
)


def wanted(verdict: Verdict) -> Wanted:
    assert not verdict.holds and not verdict.rest
    assert len(verdict.wanted) == 1
    return verdict.wanted[0]


def codes(verdict: Verdict) -> list[str]:
    problems = [
        *(verdict.wanted[0].problems if verdict.wanted else ()),
        *(each for h in verdict.holds for each in h.problems),
    ]
    return [each.code for each in problems]


def sentence(verdict: Verdict) -> str:
    (found,) = [
        *(each for w in verdict.wanted for each in w.problems),
        *(each for h in verdict.holds for each in h.problems),
    ]
    return found.sentence


def retained_book() -> Book:
    book = a_book()
    bill(book, "retainer")
    return book


def a_month(**changes: Any) -> Any:
    return a_line(**{"title": "Retainer April", "amount": gbp("3000"), "due_on": date(2025, 4, 1), **changes})


def fixed_book() -> Book:
    book = a_book()
    bill(book, "fixed_fee")
    return book


def test_time_becomes_a_line_with_minutes_hours_rate_and_amount() -> None:
    line = wanted(work_to_billing(an_entry(), a_book()))
    assert (line.target, line.kind, line.key, line.ref) == (
        "erp",
        "time_line",
        "TOpsatag0-time_entry-77",
        "psa/time_entry/77",
    )
    assert (line.money, line.on, line.legal_entity, line.problems) == (gbp("133.33"), date(2025, 4, 2), ENTITY, ())
    assert line.body == {
        "line_type": "time",
        "project": Linked("project", DEAL),
        "task": Linked("task", LINE),
        "resource": Linked("resource", PERSON),
        "legal_entity": ENTITY,
        "tax_code": Linked("tax_code", "erp/tax_code/1"),
        "on": "2025-04-02",
        "minutes": 80,
        "quantity": "1.3333",
        "rate": {"amount": "100", "currency": "GBP"},
        "amount": {"amount": "133.33", "currency": "GBP"},
        "billable": True,
        "memo": "On site",
        "item": "Consultant",
    }


def test_an_expense_becomes_a_charge_rounded_to_the_coin() -> None:
    line = wanted(work_to_billing(an_expense(), a_book()))
    assert (line.kind, line.key, line.money) == ("charge_line", "TOpsatag0-expense-5", gbp("99.91"))
    assert (line.body["line_type"], line.body["customer"], line.body["memo"]) == (
        "expense",
        Linked("customer", BUYER),
        "Travel",
    )
    assert line.body["rate"] == line.body["amount"] == {"amount": "99.91", "currency": "GBP"}


@pytest.mark.parametrize(
    ("billing_type", "line_type", "item"), [("fixed_fee", "fixed_fee", "Fixed Fee"), ("milestone", "milestone", None)]
)
def test_a_completed_milestone_becomes_a_charge(billing_type: str, line_type: str, item: str | None) -> None:
    book = a_book()
    bill(book, billing_type)
    line = wanted(work_to_billing(a_milestone(), book))
    assert (line.body["line_type"], line.body.get("item"), line.on) == (line_type, item, date(2025, 4, 28))
    assert (line.money, line.body["memo"]) == (gbp("5000.00"), "Design")


def test_a_retainer_line_becomes_a_charge_on_its_day() -> None:
    line = wanted(work_to_billing(a_month(), retained_book()))
    assert (line.body["line_type"], line.key, line.money) == ("retainer", "TOcrmtag0-contract_line-1", gbp("3000.00"))
    assert line.body["project"] == Linked("project", DEAL)


def test_the_policy_of_the_entity_rounds_time_and_charges() -> None:
    book = a_book()
    book.policies = {("erp", ENTITY): MoneyPolicy(Rounding.HALF_EVEN, 1)}
    assert wanted(work_to_billing(an_entry(), book)).money == gbp("133.3")
    assert wanted(work_to_billing(an_expense(amount=gbp("0.25")), book)).money == gbp("0.2")


def test_work_without_a_role_is_priced_with_the_cards_default() -> None:
    book = a_book()
    book.rates = {(CARD, ""): [Rate(ref="psa/rate/d", rate_card=CARD, role="", hourly=gbp("60"))]}
    line = wanted(work_to_billing(an_entry(role=""), book))
    assert line.money == gbp("80.00")
    assert "item" not in line.body
    assert wanted(work_to_billing(an_entry(), book)).money == gbp("80.00")


@pytest.mark.parametrize("items", [[], [BillingItem(ref="i", name="Consultant", active=False)]])
def test_an_item_the_erp_does_not_have_is_not_named(items: list[BillingItem]) -> None:
    book = a_book()
    book.items = {"erp": items}
    assert "item" not in wanted(work_to_billing(an_entry(), book)).body


@pytest.mark.parametrize(
    ("work", "rest"),
    [
        (an_entry(billable=False), "not_billable"),
        (an_entry(minutes=0), "not_billable"),
        (an_expense(billable=False), "not_billable"),
        (an_entry(approved=False), "not_yet"),
        (an_expense(approved=False), "not_yet"),
        (an_entry(worked_on=date(2025, 2, 28)), "before_cutover"),
        (an_expense(spent_on=date(2025, 2, 28)), "before_cutover"),
        (a_milestone(), "not_billable"),
        (a_line(), "not_billable"),
    ],
    ids=lambda each: getattr(each, "ref", each),
)
def test_what_is_not_to_be_billed_says_why(work: Work, rest: str) -> None:
    assert work_to_billing(work, a_book()) == Verdict(work.ref, rest=rest)


@pytest.mark.parametrize("billing_type", ["time_and_materials", "retainer"])
def test_milestones_are_billed_only_where_milestones_bill(billing_type: str) -> None:
    book = a_book()
    bill(book, billing_type)
    assert work_to_billing(a_milestone(), book).rest == "not_billable"


@pytest.mark.parametrize("billing_type", ["fixed_fee", "milestone", "retainer"])
def test_time_is_billed_only_where_time_bills_and_expenses_always(billing_type: str) -> None:
    book = a_book()
    bill(book, billing_type)
    assert work_to_billing(an_entry(), book).rest == "not_billable"
    assert wanted(work_to_billing(an_expense(), book)).money == gbp("99.91")


@pytest.mark.parametrize(
    ("milestone", "rest"),
    [
        (a_milestone(completed=False), "not_yet"),
        (a_milestone(completed_on=date(2025, 2, 1)), "before_cutover"),
        (a_milestone(completed_on=None, due_on=date(2025, 2, 1)), "before_cutover"),
    ],
)
def test_a_milestone_counts_by_the_day_it_was_completed(milestone: Any, rest: str) -> None:
    assert work_to_billing(milestone, fixed_book()).rest == rest


def test_a_completed_milestone_without_any_day_is_held() -> None:
    verdict = work_to_billing(a_milestone(completed_on=None, due_on=None), fixed_book())
    assert sentence(verdict) == "Design has no completion or due date."
    assert verdict.holds[0].money == gbp("5000")


@pytest.mark.parametrize(
    ("changes", "rest"),
    [
        ({"due_on": None}, "not_yet"),
        ({"due_on": date(2025, 6, 16)}, "not_yet"),
        ({"due_on": date(2025, 2, 1)}, "before_cutover"),
        ({"deal": "crm/deal/404"}, "not_billable"),
    ],
)
def test_a_retainer_line_waits_for_its_day(changes: dict[str, Any], rest: str) -> None:
    assert work_to_billing(a_month(**changes), retained_book()).rest == rest


def test_a_retainer_is_due_on_the_day_itself() -> None:
    assert wanted(work_to_billing(a_month(due_on=TODAY), retained_book())).on == TODAY


@pytest.mark.parametrize(
    ("numbers", "won", "rest"),
    [([1], True, ""), ([2], True, "not_yet"), ([1, 2], True, ""), ([1], False, "not_billable")],
)
def test_lines_of_amendments_are_billed_once_the_amendment_holds(numbers: list[int], won: bool, rest: str) -> None:
    book = retained_book()
    amendments = [an_amendment(number, billing_type="", is_won=won) for number in numbers]
    book.amendments = {DEAL: amendments}
    book.deals = {**book.deals, **{each.ref: each for each in amendments}}
    month = a_month(ref="crm/contract_line/8", deal=amendments[-1].ref)
    assert work_to_billing(month, book).rest == rest


def test_nothing_of_a_lost_retainer_is_billed_even_by_a_won_amendment() -> None:
    book = retained_book()
    amendment = an_amendment(1)
    book.amendments = {DEAL: [amendment]}
    book.deals = {DEAL: replace(book.deals[DEAL], is_won=False), amendment.ref: amendment}
    assert work_to_billing(a_month(), book).rest == "not_billable"
    assert work_to_billing(a_month(deal=amendment.ref), book).rest == "not_billable"


def test_a_retainer_without_an_amount_or_a_project_is_held() -> None:
    book = retained_book()
    assert sentence(work_to_billing(a_month(amount=None), book)) == (
        "Brook data platform has no amount on its line Retainer April."
    )
    unlink(book, PSA_PROJECT)
    assert sentence(work_to_billing(a_month(), book)) == "The project of Brook data platform is not known in the ERP."
    book.deals = {DEAL: replace(book.deals[DEAL], ends_on=None)}
    assert sentence(work_to_billing(a_month(), book)) == "Brook data platform has no end date."


def test_an_old_retainer_line_needs_no_project() -> None:
    book = retained_book()
    unlink(book, PSA_PROJECT)
    assert work_to_billing(a_month(due_on=date(2025, 2, 1)), book).rest == "before_cutover"


def in_trouble(change: Callable[[Book], None]) -> Book:
    book = a_book()
    change(book)
    return book


def closed(book: Book) -> None:
    book.periods = {"erp": [replace(each, closed=True) for each in book.periods["erp"]]}


def untaxed(book: Book) -> None:
    book.tax_codes = {"erp": [replace(each, active=False) for each in book.tax_codes["erp"]]}


def task_inactive(book: Book) -> None:
    book.tasks = {ERP_TASK: replace(book.tasks[ERP_TASK], active=False)}


def task_unknown(book: Book) -> None:
    unlink(book, PSA_TASK)
    book.tasks = {**book.tasks, PSA_TASK: Task(ref=PSA_TASK, project=PSA_PROJECT, name="Extra")}


def rate_ended(book: Book) -> None:
    book.rates = {(CARD, ROLE): [replace(book.rates[CARD, ROLE][0], ends_on=date(2025, 3, 31))]}


def role_unpriced(book: Book) -> None:
    book.rates = {}


def card_gone(book: Book) -> None:
    book.projects = {**book.projects, PSA_PROJECT: replace(book.projects[PSA_PROJECT], rate_card="")}


def card_foreign(book: Book) -> None:
    book.rates = {(CARD, ROLE): [replace(book.rates[CARD, ROLE][0], hourly=Money.of("100", "EUR"))]}


def entity_wrong(book: Book) -> None:
    book.projects = {**book.projects, ERP_PROJECT: replace(book.projects[ERP_PROJECT], legal_entity="Birch GmbH")}


def project_inactive(book: Book) -> None:
    book.projects = {**book.projects, ERP_PROJECT: replace(book.projects[ERP_PROJECT], active=False)}


def project_unlinked(book: Book) -> None:
    unlink(book, ERP_PROJECT)


def person_unknown(book: Book) -> None:
    unlink(book, EMPLOYEE)


def person_left(book: Book) -> None:
    book.resources = {**book.resources, EMPLOYEE: replace(book.resources[EMPLOYEE], active=False)}


def capped(book: Book) -> None:
    book.over_cap = {"psa/time_entry/77": ("24100.00 GBP", "24000.00 GBP")}


def undated(book: Book) -> None:
    book.cutovers = {}


def two_erps(book: Book) -> None:
    project_unlinked(book)
    book.tenants = {**book.tenants, "erp:eu": Tenant("erp:eu", "ERP", frozenset({"erp"}), "eutag000")}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (closed, ["closed_period"]),
        (untaxed, ["missing_tax_code"]),
        (task_inactive, ["inactive_task"]),
        (task_unknown, ["missing_task"]),
        (rate_ended, ["expired_rate"]),
        (role_unpriced, ["missing_rate"]),
        (card_gone, ["missing_billing_terms"]),
        (card_foreign, ["currency_mismatch"]),
        (entity_wrong, ["wrong_legal_entity"]),
        (project_inactive, ["inactive_project"]),
        (project_unlinked, ["missing_project"]),
        (person_unknown, ["unknown_resource"]),
        (person_left, ["unknown_resource"]),
        (capped, ["cap_exceeded"]),
        (undated, ["no_cutover"]),
        (two_erps, ["no_route", "missing_project"]),
    ],
)
def test_each_trouble_is_named_and_shows_no_ref(change: Callable[[Book], None], expected: list[str]) -> None:
    verdict = work_to_billing(an_entry(), in_trouble(change))
    assert codes(verdict) == expected
    said = [
        *(each for w in verdict.wanted for each in w.problems),
        *(each for h in verdict.holds for each in h.problems),
    ]
    assert not any("psa/" in each.sentence or "erp/" in each.sentence for each in said)
    assert all(each.ref for each in said)


def test_two_troubles_are_both_named() -> None:
    def both(book: Book) -> None:
        closed(book)
        person_left(book)

    assert codes(work_to_billing(an_entry(), in_trouble(both))) == ["closed_period", "unknown_resource"]


def test_a_line_that_is_held_still_says_what_it_would_be() -> None:
    verdict = work_to_billing(an_entry(), in_trouble(closed))
    assert (verdict.wanted[0].money, verdict.wanted[0].target) == (gbp("133.33"), "erp")
    assert work_to_billing(an_entry(), in_trouble(two_erps)).holds[0].money == gbp("133.33")


def test_a_missing_task_is_named_where_its_name_is_known() -> None:
    assert sentence(work_to_billing(an_entry(), in_trouble(task_unknown))) == (
        "The task Extra is not known in the ERP as a task of Brook data platform."
    )
    stranger = an_entry(task="psa/task/99")
    assert sentence(work_to_billing(stranger, a_book())).startswith("The task of this entry is not known")


def test_a_task_of_a_deal_that_is_still_being_made_is_no_problem() -> None:
    book = a_book()
    unlink(book, ERP_TASK)
    line = wanted(work_to_billing(an_entry(), book))
    assert (line.problems, line.body["task"]) == ((), Linked("task", LINE))


def test_time_without_a_task_is_billed() -> None:
    assert wanted(work_to_billing(an_entry(task=""), a_book())).body["task"] == ""


def test_a_person_who_was_never_read_is_not_called_by_a_ref() -> None:
    assert sentence(work_to_billing(an_entry(resource="psa/resource/9"), a_book())) == (
        "The person who did the work is not an active employee in the ERP."
    )


def test_an_expense_in_another_currency_says_that_it_is_the_expense() -> None:
    verdict = work_to_billing(an_expense(amount=Money.of("10", "EUR")), a_book())
    assert sentence(verdict) == "The expense is in EUR, but the project is in GBP."


def test_an_expense_needs_no_rate_card() -> None:
    assert codes(work_to_billing(an_expense(), in_trouble(card_gone))) == []


@pytest.mark.parametrize(
    "work",
    [
        an_entry(project="psa/project/404"),
        an_expense(project="psa/project/404"),
        a_milestone(project="psa/project/404"),
    ],
    ids=lambda work: work.ref,
)
def test_work_of_an_unknown_project_is_held_once_it_could_be_billed(work: Any) -> None:
    assert codes(work_to_billing(work, a_book())) == ["missing_project"]
    waiting = {"completed": False} if work.ref.startswith("psa/milestone") else {"approved": False}
    assert work_to_billing(replace(work, **waiting), a_book()).rest == "not_yet"


def test_old_work_of_an_unknown_project_is_before_the_cut_over() -> None:
    old = an_entry(project="psa/project/404", worked_on=date(2024, 2, 1))
    assert work_to_billing(old, a_book()).rest == "before_cutover"


@pytest.mark.parametrize(
    ("work", "book", "code"),
    [
        (an_entry(approved=False), a_book, "reopened_approval"),
        (an_expense(approved=False), a_book, "reopened_approval"),
        (a_milestone(completed=False), fixed_book, "reopened_approval"),
        (an_entry(approved=False, project="psa/project/404"), a_book, "reopened_approval"),
        (a_month(due_on=None), retained_book, "reopened_approval"),
        (an_entry(billable=False), a_book, "no_longer_billable"),
        (an_entry(minutes=0), a_book, "no_longer_billable"),
        (an_entry(worked_on=date(2025, 1, 1)), a_book, "no_longer_billable"),
        (an_entry(), fixed_book, "no_longer_billable"),
        (an_expense(billable=False), a_book, "no_longer_billable"),
        (a_milestone(), a_book, "no_longer_billable"),
        (a_month(), a_book, "no_longer_billable"),
    ],
)
def test_a_line_that_is_in_the_erp_is_never_left_in_silence(work: Work, book: Callable[[], Book], code: str) -> None:
    found = book()
    found.posted = {key_of(work, found): None}
    assert codes(work_to_billing(work, found)) == [code]
    found.posted = {"TOpsatag0-time_entry-other": None}
    assert codes(work_to_billing(work, found)) == []


def test_a_written_line_is_recognised_by_its_short_key_too() -> None:
    book = a_book()
    book.tenants = {**book.tenants, "erp": replace(book.tenants["erp"], key_limit=20)}
    book.posted = {key_of(an_entry(), book, 20): None}
    assert codes(work_to_billing(an_entry(approved=False), book)) == ["reopened_approval"]
    assert len(wanted(work_to_billing(an_entry(), book)).key) <= 20


def test_an_aged_project_without_a_deal_is_billed_by_what_its_twin_says() -> None:
    book = a_book()
    book.deals = {}
    for ref in (PSA_PROJECT, ERP_PROJECT):
        unlink(book, ref)
    link(book, PSA_PROJECT, ERP_PROJECT)
    book.projects = {
        **book.projects,
        ERP_PROJECT: replace(book.projects[ERP_PROJECT], billing_type="time_and_materials"),
    }
    line = wanted(work_to_billing(an_entry(), book))
    assert (line.body["project"], line.legal_entity, line.problems) == (Linked("project", PSA_PROJECT), ENTITY, ())


works = st.one_of(
    st.builds(
        an_entry,
        billable=st.booleans(),
        approved=st.booleans(),
        minutes=st.integers(0, 30).map(lambda third: third * 20),
        worked_on=st.sampled_from([date(2025, 1, 5), CUTOVER, date(2025, 4, 30)]),
        project=st.sampled_from([PSA_PROJECT, "psa/project/404"]),
        role=st.sampled_from(["", ROLE, "psa/role/9"]),
        task=st.sampled_from(["", PSA_TASK, "psa/task/9"]),
        resource=st.sampled_from([PERSON, "psa/resource/9"]),
    ),
    st.builds(
        an_expense,
        billable=st.booleans(),
        approved=st.booleans(),
        amount=st.sampled_from([gbp("-5"), gbp("0"), Money.of("7", "JPY")]),
    ),
    st.builds(a_milestone, completed=st.booleans(), completed_on=st.sampled_from([None, date(2025, 5, 5)])),
    st.builds(a_month, due_on=st.sampled_from([None, date(2025, 5, 5)]), amount=st.sampled_from([None, gbp("1")])),
)
troubles = st.lists(
    st.sampled_from([closed, untaxed, task_inactive, rate_ended, card_gone, project_unlinked, undated, two_erps]),
    max_size=3,
)
types = st.sampled_from(["time_and_materials", "fixed_fee", "milestone", "retainer", "", "barter"])


@given(works, troubles, types, st.booleans())
def test_every_work_comes_to_exactly_one_thing(
    work: Work, changes: list[Callable[[Book], None]], billing_type: str, written: bool
) -> None:
    book = a_book()
    bill(book, billing_type)
    for change in changes:
        change(book)
    book.posted = {key_of(work, book): None} if written else {}
    verdict = work_to_billing(work, book)
    assert [bool(verdict.rest), bool(verdict.wanted), bool(verdict.holds)].count(True) == 1
    assert verdict.subject == work.ref
    assert verdict.rest in ("", "not_billable", "not_yet", "before_cutover")
    assert not (written and verdict.rest)
    assert {each.key for each in (*verdict.wanted, *verdict.holds)} <= {key_of(work, book)}
    assert all(hold.problems for hold in verdict.holds)
    assert work_to_billing(work, book) == verdict
    book.memo.clear()
    assert work_to_billing(work, book) == verdict


@given(works)
def test_keys_come_from_the_source_alone(work: Work) -> None:
    book = a_book()
    note = {"title": "x"} if hasattr(work, "title") else {"notes": "x"}
    assert key_of(replace(work, **note), book) == key_of(work, book)  # type: ignore[arg-type]
    assert key_of(replace(work, ref=f"{work.ref}0"), book) != key_of(work, book)
