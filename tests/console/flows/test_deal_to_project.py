"""A won deal wants its customer, projects and tasks once, whatever is amended, and says what is in the way."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.flows.deal_to_project import deal_to_project
from console.records.delivery import Project
from console.records.firm import Customer
from console.records.intent import Flow, Linked, Verdict, Wanted
from console.records.money import Money
from console.records.selling import RateCard
from console.rules.book import Book, Route, Tenant
from tests.console.rules.small_firm import (
    BUYER,
    CARD,
    CUTOVER,
    DEAL,
    DEBTOR,
    ENTITY,
    LINE,
    a_book,
    a_deal,
    a_line,
    an_amendment,
    gbp,
    link,
    unlink,
)


def judged(book: Book) -> Verdict:
    return deal_to_project(book.deals[DEAL], book)


def with_deal(**changes: Any) -> Book:
    book = a_book()
    book.deals = {DEAL: a_deal(**changes)}
    return book


def places(wanted: Iterable[Wanted]) -> list[tuple[str, str, str]]:
    return [(each.target, each.kind, each.ref) for each in wanted]


def one(verdict: Verdict, target: str, kind: str) -> Wanted:
    found = [each for each in verdict.wanted if (each.target, each.kind) == (target, kind)]
    assert len(found) == 1
    return found[0]


def codes(verdict: Verdict) -> set[str]:
    """The Problems that hold a deal, wherever they hold it."""
    on_wanted = {each.code for wanted in verdict.wanted for each in wanted.problems}
    return on_wanted | {each.code for hold in verdict.holds for each in hold.problems}


def sentences(verdict: Verdict) -> list[str]:
    return [each.sentence for each in verdict.wanted[0].problems]


def test_time_and_materials_wants_customer_projects_and_tasks() -> None:
    verdict = judged(a_book())
    assert codes(verdict) == set()
    assert places(verdict.wanted) == [
        ("erp", "customer", BUYER),
        ("erp", "project", DEAL),
        ("psa", "project", DEAL),
        ("erp", "task", LINE),
        ("psa", "task", LINE),
    ]
    project = one(verdict, "erp", "project")
    assert project.body == {
        "name": "Brook data platform",
        "legal_entity": ENTITY,
        "currency": "GBP",
        "billing_type": "time_and_materials",
        "starts_on": "2025-03-15",
        "ends_on": "2025-12-31",
        "budget": {"amount": "24000", "currency": "GBP"},
        "customer": Linked("customer", BUYER),
    }
    assert one(verdict, "psa", "project").body["rate_card"] == Linked("rate_card", CARD)
    assert "customer" not in one(verdict, "psa", "project").body
    task = one(verdict, "psa", "task").body
    assert (task["name"], task["billable"], task["estimate_minutes"]) == ("Engineering", True, 12000)


@pytest.mark.parametrize("billing_type", ["fixed_fee", "milestone"])
def test_fixed_fee_and_milestone_deals_want_a_milestone_for_each_line(billing_type: str) -> None:
    book = with_deal(billing_type=billing_type)
    book.lines = {
        DEAL: [
            a_line(title="Design", due_on=date(2025, 5, 1), amount=gbp("4000")),
            a_line(ref="crm/contract_line/2", title="Design", amount=gbp("6000")),
        ]
    }
    verdict = judged(book)
    stones = [each for each in verdict.wanted if each.kind == "milestone"]
    assert [(each.target, each.ref, each.body["due_on"]) for each in stones] == [
        ("psa", LINE, "2025-05-01"),
        ("psa", "crm/contract_line/2", ""),
    ]
    assert [each.money for each in stones] == [gbp("4000"), gbp("6000")]
    task = one(verdict, "erp", "task").body
    assert (task["billable"], task["estimate_minutes"]) == (False, 0)


def test_a_retainer_wants_one_task_for_its_months_and_no_milestone() -> None:
    book = with_deal(billing_type="retainer")
    months = [a_line(ref=f"crm/contract_line/{n}", title="Retainer", due_on=date(2025, 3 + n, 1)) for n in range(6)]
    book.lines = {DEAL: months}
    verdict = judged(book)
    assert [each.kind for each in verdict.wanted].count("milestone") == 0
    assert one(verdict, "psa", "task").ref == "crm/contract_line/0"


def test_parents_come_before_their_children_and_a_circle_ends() -> None:
    book = a_book()
    parent = Customer(ref="crm/customer/2", name="Brook Group", parent=BUYER)
    book.customers = {
        BUYER: replace(book.customers[BUYER], parent=parent.ref),
        parent.ref: parent,
    }
    found = [each for each in judged(book).wanted if each.kind == "customer"]
    assert [each.ref for each in found] == [parent.ref, BUYER]
    assert found[1].body["parent"] == Linked("customer", parent.ref)
    assert found[0].body["legal_entity"] == ENTITY


def test_a_psa_that_knows_the_customer_gets_it_on_the_project() -> None:
    book = a_book()
    link(book, BUYER, "psa/customer/4")
    assert one(judged(book), "psa", "project").body["customer"] == Linked("customer", BUYER)


def test_a_customer_known_by_a_record_that_is_not_at_hand_is_still_its_own() -> None:
    book = a_book()
    book.masters = {**book.masters, BUYER: "hub/customer/1"}
    assert one(judged(book), "erp", "customer").ref == BUYER


@given(st.permutations([1, 2, 3]))
def test_amendments_change_the_one_project_in_any_order(order: list[int]) -> None:
    book = a_book()
    book.amendments = {DEAL: [an_amendment(number) for number in order]}
    book.lines = {
        **book.lines,
        "crm/deal/12": [a_line(ref="crm/contract_line/9", deal="crm/deal/12", quantity="10")],
        "crm/deal/13": [a_line(ref="crm/contract_line/8", deal="crm/deal/13", title="Training", quantity="1.5")],
    }
    verdict = judged(book)
    assert one(verdict, "erp", "project").body["budget"] == {"amount": "27000", "currency": "GBP"}
    tasks = {each.ref: each.body["estimate_minutes"] for each in verdict.wanted if each.kind == "task"}
    assert tasks == {LINE: 12600, "crm/contract_line/8": 90}
    assert verdict.holds == ()


def test_an_amendment_that_came_too_early_waits_and_the_rest_goes_on() -> None:
    book = a_book()
    book.amendments = {DEAL: [an_amendment(2)]}
    verdict = judged(book)
    assert [(hold.kind, hold.problems[0].code, hold.problems[0].ref) for hold in verdict.holds] == [
        ("amendment", "amendment_gap", "crm/deal/12")
    ]
    assert one(verdict, "erp", "project").body["budget"] == {"amount": "24000", "currency": "GBP"}
    assert all(not each.problems for each in verdict.wanted)


def test_amending_changes_bodies_and_never_keys() -> None:
    plain, amended = a_book(), a_book()
    amended.amendments = {DEAL: [an_amendment(1, ends_on=date(2026, 6, 30))]}
    before, after = judged(plain), judged(amended)
    assert [each.key for each in before.wanted] == [each.key for each in after.wanted]
    assert one(before, "psa", "project").body != one(after, "psa", "project").body


@pytest.mark.parametrize("changes", [{"name": "Other"}, {"amount": gbp("1")}, {"ends_on": date(2026, 1, 1)}])
def test_keys_come_from_the_source_alone(changes: dict[str, Any]) -> None:
    keys = {each.key for each in judged(a_book()).wanted}
    assert {each.key for each in judged(with_deal(**changes)).wanted} == keys
    assert {place: each.key for each in judged(a_book()).wanted for place in [(each.target, each.kind)]}[
        "erp", "project"
    ] == "TOcrmtag0-deal-1-project"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"legal_entity": "", "billing_type": ""}, {"missing_billing_terms"}),
        ({"billing_type": "barter"}, {"missing_billing_terms"}),
        ({"amount": None}, {"missing_billing_terms"}),
        ({"legal_entity": "Cedar KK"}, {"no_cutover"}),
        ({"customer": "crm/customer/404"}, {"missing_customer"}),
        ({"rate_card": "Nowhere"}, {"missing_billing_terms"}),
        ({"amount": Money.of("24000", "EUR")}, {"currency_mismatch"}),
    ],
)
def test_what_is_in_the_way_is_named(changes: dict[str, Any], expected: set[str]) -> None:
    assert codes(judged(with_deal(**changes))) == expected


def test_a_rate_card_that_the_psa_does_not_have_is_named() -> None:
    assert sentences(judged(with_deal(rate_card="Gold"))) == [
        "Brook data platform has no rate card named Gold in the PSA."
    ]
    assert codes(judged(with_deal(rate_card="Gold", billing_type="fixed_fee"))) == set()
    assert codes(judged(with_deal(rate_card=""))) == set()
    assert codes(judged(with_deal(rate_card="STANDARD"))) == set()


def test_a_deal_in_another_currency_names_customer_and_card() -> None:
    assert sentences(judged(with_deal(amount=Money.of("24000", "EUR")))) == [
        "The deal is in EUR, but its customer in the ERP is in GBP.",
        "The deal is in EUR, but its rate card is in GBP.",
    ]


def test_a_customer_that_is_still_to_be_made_is_checked_as_the_crm_has_it() -> None:
    book = with_deal(amount=Money.of("24000", "EUR"))
    unlink(book, DEBTOR)
    book.customers = {BUYER: replace(book.customers[BUYER], legal_entity="Birch GmbH")}
    book.rate_cards = {CARD: RateCard(ref=CARD, name="Standard")}
    assert sentences(judged(book)) == [
        "Brook data platform belongs to Alder Ltd, but the CRM has its customer under Birch GmbH.",
        "The deal is in EUR, but its customer in the CRM is in GBP.",
    ]


def test_an_amendment_in_another_currency_is_named() -> None:
    book = a_book()
    book.amendments = {DEAL: [an_amendment(1, amount=Money.of("100", "EUR"))]}
    verdict = judged(book)
    assert sentences(verdict) == ["Brook data platform (amendment 1) is in EUR, but the deal it amends is in GBP."]
    assert verdict.wanted[0].problems[0].ref == "crm/deal/11"


def test_a_customer_of_another_entity_and_an_unknown_entity_are_named() -> None:
    book = a_book()
    book.customers = {**book.customers, DEBTOR: replace(book.customers[DEBTOR], legal_entity="Birch GmbH")}
    book.entities = {("erp", "Birch GmbH"): book.entities["erp", ENTITY]}
    assert sentences(judged(book)) == [
        "Brook data platform belongs to Alder Ltd, but the ERP has no legal entity of that name.",
        "Brook data platform belongs to Alder Ltd, but the ERP has its customer under Birch GmbH.",
    ]


def test_a_customer_that_exists_twice_holds_everything() -> None:
    book = a_book()
    book.doubles = {("erp", BUYER): 2}
    verdict = judged(book)
    assert sentences(verdict) == ["The ERP holds 2 customers that may be Brook & Co."]
    assert all([each.code for each in wanted.problems] == ["duplicate_customer"] for wanted in verdict.wanted)


def test_no_way_and_two_ways_hold_the_deal() -> None:
    nowhere, twice = a_book(), a_book()
    nowhere.tenants = {name: each for name, each in nowhere.tenants.items() if name != "psa"}
    twice.tenants = {**twice.tenants, "erp:eu": Tenant("erp:eu", "ERP", frozenset({"erp"}), "eutag000")}
    twice.routes = [Route("*", "erp"), Route("*", "erp:eu")]
    assert codes(judged(nowhere)) == {"no_route"}
    assert codes(judged(twice)) == {"two_routes"}
    assert judged(twice).holds[0].problems[0].ref == DEAL


def test_routes_choose_the_erp() -> None:
    book = a_book()
    book.tenants = {**book.tenants, "erp:eu": Tenant("erp:eu", "ERP", frozenset({"erp"}), "eutag000", key_limit=40)}
    book.routes = [Route("*", "erp", "Birch GmbH"), Route("*", "erp:eu", ENTITY)]
    assert {each.target for each in judged(book).wanted} == {"erp:eu", "psa"}
    assert all(len(each.key) <= 40 for each in judged(book).wanted if each.target == "erp:eu")


@pytest.mark.parametrize(("closed_on", "rest"), [(date(2025, 2, 28), "before_cutover"), (CUTOVER, ""), (None, "")])
def test_the_cut_over_day_itself_counts(closed_on: date | None, rest: str) -> None:
    assert judged(with_deal(closed_on=closed_on)).rest == rest


def test_a_deal_older_than_every_cut_over_is_not_asked_for_its_terms() -> None:
    assert judged(with_deal(legal_entity="", closed_on=date(2024, 1, 1))).rest == "before_cutover"
    assert codes(judged(with_deal(legal_entity="", closed_on=CUTOVER))) == {"missing_billing_terms"}


def test_an_entity_without_a_date_is_held_even_for_an_old_deal() -> None:
    assert codes(judged(with_deal(legal_entity="Cedar KK", closed_on=date(2024, 1, 1)))) == {"no_cutover"}


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_deal_that_was_never_won_wants_nothing(is_closed: bool) -> None:
    verdict = judged(with_deal(is_won=False, is_closed=is_closed))
    assert (verdict.rest, verdict.wanted, verdict.holds) == ("not_yet", (), ())


def test_a_deal_lost_after_its_set_up_closes_its_projects() -> None:
    book = with_deal(is_won=False)
    book.posted = {"TOcrmtag0-deal-1-project": None}
    verdict = judged(book)
    assert [(each.target, each.kind, each.closed, each.ref) for each in verdict.wanted] == [
        ("erp", "project", True, DEAL),
        ("psa", "project", True, DEAL),
    ]
    assert verdict.rest == ""


def test_a_deal_opened_again_after_its_set_up_is_held() -> None:
    book = with_deal(is_won=False, is_closed=False)
    book.posted = {"TOcrmtag0-deal-1-project": None}
    verdict = judged(book)
    assert codes(verdict) == {"reopened_deal"}
    assert (
        verdict.holds[0].problems[0].sentence == "Brook data platform is open again, but its project has been set up."
    )


def test_the_same_book_gives_the_same_answer() -> None:
    one_book, other = a_book(), a_book()
    assert judged(one_book) == judged(other) == judged(one_book)


@given(
    st.fixed_dictionaries(
        {
            "is_won": st.booleans(),
            "is_closed": st.booleans(),
            "closed_on": st.sampled_from([None, date(2025, 1, 1), date(2025, 4, 1)]),
            "legal_entity": st.sampled_from(["", ENTITY, "Cedar KK"]),
            "billing_type": st.sampled_from(["", "fixed_fee", "milestone", "retainer", "time_and_materials", "x"]),
            "amount": st.sampled_from([None, gbp("10"), Money.of("10", "EUR")]),
            "rate_card": st.sampled_from(["", "Standard", "Gold"]),
        }
    ),
    st.lists(st.integers(0, 4), max_size=3),
    st.booleans(),
)
def test_every_deal_comes_to_something_or_says_why_not(
    changes: dict[str, Any], numbers: list[int], written: bool
) -> None:
    book = with_deal(**changes)
    book.amendments = {DEAL: [an_amendment(number, ref=f"crm/deal/9{n}") for n, number in enumerate(numbers)]}
    book.posted = {"TOcrmtag0-deal-1-project": None} if written else {}
    verdict = judged(book)
    assert bool(verdict.rest) is not bool(verdict.wanted or verdict.holds)
    assert verdict.rest in ("", "not_yet", "before_cutover")
    assert all(hold.problems for hold in verdict.holds)
    assert all(each.flow == Flow.DEAL_TO_PROJECT and each.subject == DEAL for each in verdict.wanted)
    keys = [(each.target, each.kind, each.key) for each in verdict.wanted]
    assert len(keys) == len(set(keys))


def test_a_project_the_psa_lists_is_no_part_of_the_answer() -> None:
    book = a_book()
    before = judged(book)
    book.projects = {**book.projects, "psa/project/2": Project(ref="psa/project/2", name="Other")}
    assert judged(book) == before
