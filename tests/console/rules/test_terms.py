"""The terms of a project: from its deal, else from the project and its twin in the ERP."""

from dataclasses import replace
from datetime import date

import pytest

from console.records.delivery import Project
from console.records.intent import Flow
from console.records.money import Rounding
from console.records.problem import Problem
from console.records.selling import BillingType
from console.rules.amounts import MoneyPolicy
from console.rules.book import Book, Route, Tenant
from console.rules.terms import Terms, agreed, rate_currency_problem, terms_of
from tests.console.rules.small_firm import (
    BUYER,
    CARD,
    CUTOVER,
    DEAL,
    DEBTOR,
    ENTITY,
    ERP_PROJECT,
    PSA_PROJECT,
    a_book,
    an_amendment,
    gbp,
    link,
    unlink,
)

FLOW = Flow.WORK_TO_BILLING


def terms(book: Book, day: date | None = None) -> Terms:
    found = terms_of(book, FLOW, PSA_PROJECT, day)
    assert isinstance(found, Terms)
    return found


def codes(found: Terms) -> list[str]:
    return [each.code for each in found.problems]


def aged_book() -> Book:
    """A project that no deal stands behind: PSA and ERP know it, the PSA project is its master."""
    book = a_book()
    book.deals = {}
    for ref in (PSA_PROJECT, ERP_PROJECT):
        unlink(book, ref)
    link(book, PSA_PROJECT, ERP_PROJECT)
    twin = replace(book.projects[ERP_PROJECT], billing_type="time_and_materials")
    book.projects = {**book.projects, ERP_PROJECT: twin}
    return book


def test_the_deal_says_who_bills_and_how() -> None:
    found = terms(a_book())
    assert (found.erp, found.master, found.legal_entity, found.currency) == ("erp", DEAL, ENTITY, "GBP")
    assert (found.billing_type, found.card, found.since) == (BillingType.TIME_AND_MATERIALS, CARD, CUTOVER)
    assert (found.customer, found.tax_code, found.problems) == (BUYER, "erp/tax_code/1", ())


def test_an_aged_project_takes_its_terms_from_its_twin() -> None:
    found = terms(aged_book())
    assert (found.master, found.legal_entity, found.since) == (PSA_PROJECT, ENTITY, CUTOVER)
    assert (found.billing_type, found.currency, found.customer) == (BillingType.TIME_AND_MATERIALS, "GBP", BUYER)
    assert found.problems == ()


def test_an_aged_project_whose_twin_says_nothing_has_no_billing_type() -> None:
    book = aged_book()
    book.projects = {**book.projects, ERP_PROJECT: replace(book.projects[ERP_PROJECT], billing_type="")}
    found = terms(book)
    assert found.billing_type is None
    assert codes(found) == ["missing_billing_terms"]
    assert found.problems[0].owner == "psa"


def test_an_account_without_legal_entities_uses_the_date_for_all() -> None:
    book = aged_book()
    book.projects = {**book.projects, ERP_PROJECT: replace(book.projects[ERP_PROJECT], legal_entity="")}
    book.tax_codes = {}
    assert codes(terms(book)) == ["no_cutover"]
    book.memo.clear()
    book.cutovers = {(FLOW, "*"): CUTOVER}
    assert terms(book).since == CUTOVER
    assert terms(book).problems == ()


def test_a_project_that_no_erp_has_names_only_that() -> None:
    book = aged_book()
    unlink(book, ERP_PROJECT)
    found = terms(book)
    assert codes(found) == ["missing_project"]
    assert found.problems[0].sentence == "The project Brook data platform is not known in the ERP."


def test_a_project_that_was_never_read_is_a_problem_that_shows_no_ref() -> None:
    trouble = terms_of(a_book(), FLOW, "psa/project/404")
    assert isinstance(trouble, Problem)
    assert (trouble.code, trouble.ref) == ("missing_project", "psa/project/404")
    assert trouble.sentence == "The project of this work is not known in the ERP."


@pytest.mark.parametrize(
    ("twin", "expected"),
    [
        ({"legal_entity": "Birch GmbH"}, ["wrong_legal_entity"]),
        ({"active": False}, ["inactive_project"]),
        ({"currency": "EUR"}, ["currency_mismatch", "currency_mismatch"]),
        ({"legal_entity": "", "currency": ""}, []),
    ],
)
def test_what_the_twin_says_otherwise_is_a_problem(twin: dict[str, object], expected: list[str]) -> None:
    book = a_book()
    book.projects = {**book.projects, ERP_PROJECT: replace(book.projects[ERP_PROJECT], **twin)}
    assert codes(terms(book)) == expected


def test_a_wrong_entity_is_told_in_one_sentence() -> None:
    book = a_book()
    book.projects = {**book.projects, ERP_PROJECT: replace(book.projects[ERP_PROJECT], legal_entity="Birch GmbH")}
    assert terms(book).problems[0].sentence == (
        "Brook data platform belongs to Alder Ltd, but the ERP has its project under Birch GmbH."
    )


def test_a_deal_in_another_currency_than_its_projects_is_a_problem() -> None:
    book = a_book()
    projects = {ref: replace(each, currency="EUR") for ref, each in book.projects.items()}
    book.projects = projects
    assert [each.sentence for each in terms(book).problems] == ["The deal is in GBP, but its ERP project is in EUR."]


def test_a_deal_that_lost_a_term_leaves_the_project_as_it_was_set_up() -> None:
    book = a_book()
    book.deals = {DEAL: replace(book.deals[DEAL], ends_on=None)}
    twin = replace(book.projects[ERP_PROJECT], billing_type="milestone")
    book.projects = {**book.projects, ERP_PROJECT: twin}
    assert agreed(book, DEAL) is None
    assert terms(book).billing_type is BillingType.MILESTONE


def test_amendments_count_and_those_that_wait_do_not() -> None:
    book = a_book()
    book.amendments = {DEAL: [an_amendment(1), an_amendment(3)]}
    engagement = agreed(book, DEAL)
    assert engagement is not None
    assert (engagement.amendments, engagement.budget) == (1, gbp("25000"))


def migrating_book() -> Book:
    """Two ERPs have the project; routes change over on the first of May."""
    book = a_book()
    book.tenants = {**book.tenants, "erp:new": Tenant("erp:new", "ERP", frozenset({"erp"}), "newtag00")}
    book.projects = {
        **book.projects,
        "erp:new/project/2": Project(ref="erp:new/project/2", name="Brook", legal_entity=ENTITY, currency="GBP"),
    }
    link(book, DEAL, "erp:new/project/2")
    book.routes = [
        Route("*", "erp", ends_on=date(2025, 4, 30)),
        Route("*", "erp:new", starts_on=date(2025, 5, 1)),
    ]
    return book


def test_during_a_migration_the_day_chooses_the_erp() -> None:
    book = migrating_book()
    assert terms(book, date(2025, 4, 30)).erp == "erp"
    assert terms(book, date(2025, 5, 1)).erp == "erp:new"
    assert terms(book, date(2025, 4, 29)).twin == book.projects[ERP_PROJECT]


def test_the_erp_that_alone_has_the_project_bills_it_whatever_the_routes_say() -> None:
    book = migrating_book()
    unlink(book, "erp:new/project/2")
    assert terms(book, date(2025, 6, 1)).erp == "erp"


def test_two_erps_without_a_day_to_choose_by_are_a_problem() -> None:
    book = migrating_book()
    book.routes = []
    assert codes(terms(book, date(2025, 5, 1)))[0] == "no_route"


def test_terms_are_found_once() -> None:
    book = a_book()
    assert terms(book, date(2025, 4, 1)) is terms(book, date(2025, 5, 1))
    assert terms_of(book, FLOW, "psa/project/404") is terms_of(book, FLOW, "psa/project/404")


def test_the_policy_of_entity_and_erp_goes_with_the_terms() -> None:
    book = a_book()
    book.policies = {("erp", ENTITY): MoneyPolicy(Rounding.HALF_EVEN, 3)}
    assert terms(book).policy == MoneyPolicy(Rounding.HALF_EVEN, 3)


def test_a_price_in_another_currency_says_what_is_priced_so() -> None:
    found = terms(a_book())
    assert rate_currency_problem(found, "GBP") is None
    card, expense = rate_currency_problem(found, "EUR"), rate_currency_problem(found, "EUR", "The expense")
    assert card is not None and card.sentence == "The rate card is in EUR, but the project is in GBP."
    assert expense is not None and expense.sentence == "The expense is in EUR, but the project is in GBP."


def test_the_customer_is_the_deals_where_the_twin_names_none() -> None:
    book = a_book()
    book.projects = {**book.projects, ERP_PROJECT: replace(book.projects[ERP_PROJECT], customer="")}
    assert terms(book).customer == BUYER
    assert book.master(DEBTOR) == BUYER
