"""The made-up firm: the same every time, consistent in itself, and with every trouble in its place."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sandbox.firm.calendar import add_months, cutover_for
from console.sandbox.firm.make import make_firm
from console.sandbox.firm.model import FIXED_FEE, MILESTONE, RETAINER, TIME_AND_MATERIALS, Firm
from console.sandbox.firm.shapes import UnknownScale

TODAY = date(2025, 11, 21)


@pytest.fixture(scope="module")
def firm() -> Firm:
    return make_firm(7, "small", 24, True, TODAY)


def test_the_same_wishes_make_the_same_firm(firm: Firm):
    assert make_firm(7, "small", 24, True, TODAY) == firm
    assert make_firm(8, "small", 24, True, TODAY).works != firm.works


def test_it_is_the_firm_that_was_asked_for(firm: Firm):
    assert [(e.country, e.currency) for e in firm.entities] == [
        ("US", "USD"), ("GB", "GBP"), ("DE", "EUR"), ("JP", "JPY"),
    ]  # fmt: skip
    assert (len(firm.people), len(firm.companies), len(firm.projects)) == (120, 40, 30)
    assert firm.cutover == date(2025, 6, 1) and firm.history_starts_on == date(2023, 6, 1)
    billing = {sale.billing_type for sale in firm.sales}
    assert billing == {TIME_AND_MATERIALS, FIXED_FEE, MILESTONE, RETAINER}
    assert all(work.minutes % 20 == 0 and work.on <= TODAY for work in firm.works)
    assert any(work.minutes % 60 for work in firm.works)


def test_names_are_unique_because_platforms_find_each_other_by_them(firm: Firm):
    for names in (
        [person.email for person in firm.people],
        [company.name for company in firm.companies],
        [sale.name for sale in firm.sales],
        [work.key for work in firm.works],
        [line.key for line in firm.lines],
    ):
        assert len(set(names)) == len(names)
    places = Counter((work.project, work.person, work.task, work.on) for work in firm.works)
    assert max(places.values()) == 1


def test_everything_refers_to_something(firm: Firm):
    people = {person.key for person in firm.people}
    tasks = {(task.project, task.name) for project in firm.projects for task in project.tasks}
    sheets = {sheet.key: sheet for sheet in firm.sheets}
    for work in firm.works:
        assert (work.project, work.task) in tasks and work.person in people
        sheet = sheets[work.sheet]
        assert (sheet.project, sheet.person) == (work.project, work.person)
        assert sheet.starts_on <= work.on <= sheet.ends_on
    lines = {line.key for line in firm.lines}
    assert all(share.line in lines for invoice in firm.invoices for share in invoice.shares)
    assert {company.key for company in firm.companies} >= {sale.company for sale in firm.sales}


def test_the_past_is_billed_and_the_new_work_is_not(firm: Firm):
    works = {work.key: work for work in firm.works}
    assert firm.lines and max(line.on for line in firm.lines) < firm.cutover
    assert all(works[line.source].on < firm.cutover for line in firm.lines if line.line_type == "time")
    assert all(period.closed == (period.starts_on < firm.cutover) for period in firm.periods)
    assert len([work for work in firm.works if work.on >= firm.cutover]) > 1_000


def test_some_invoices_cover_a_line_partly_and_some_are_credited(firm: Firm):
    whole = {line.key: line.amount for line in firm.lines}
    partly = [s for invoice in firm.invoices for s in invoice.shares if s.amount < whole[s.line]]
    assert partly and all(share.amount > 0 for share in partly)
    assert [line for line in firm.lines if not line.invoice]
    assert firm.credits and firm.payments
    for invoice in firm.invoices:
        assert invoice.net == sum((share.amount for share in invoice.shares), Decimal(0))


def test_foreign_keys_are_there_only_when_asked_for(firm: Firm):
    assert all(project.foreign_key and all(t.foreign_key for t in project.tasks) for project in firm.projects)
    keys = [line.foreign_key for line in firm.lines]
    assert all(keys) and len(set(keys)) == len(keys)
    alone = make_firm(7, "small", 24, False, TODAY)
    assert not any(each.foreign_key for each in (*alone.projects, *alone.companies, *alone.lines, *alone.sales))


def test_what_is_planted_is_what_it_says(firm: Firm):
    works = {work.key: work for work in firm.works}
    projects = {project.key: project for project in firm.projects}
    people = {person.key: person for person in firm.people}
    cards = {card.key: card for card in firm.rate_cards}
    companies = {company.key: company for company in firm.companies}
    sales = {sale.key: sale for sale in firm.sales}
    planted = {trouble.code: trouble for trouble in firm.troubles}

    def of(code: str) -> list:
        return [works[key] for key in planted[code].records]

    for work in of("inactive_task"):
        assert not next(t for t in projects[work.project].tasks if t.name == work.task).active_in_erp
    assert all(cards[projects[w.project].rate_card].hourly(w.role, w.on) is None for w in of("expired_rate"))
    assert not any(people[work.person].in_erp for work in of("unknown_resource"))
    assert all(work.on < add_months(firm.cutover, 1) for work in of("closed_period"))
    assert all(projects[work.project].entity == "jp" for work in of("missing_tax_code"))
    sale = sales[planted["wrong_legal_entity"].records[0]]
    assert sale.entity == "gb" and companies[sale.company].erp_entity == "de"
    assert companies[sale.company].currency == sale.currency == "GBP"
    sale = sales[planted["currency_mismatch"].records[0]]
    assert (sale.currency, companies[sale.company].currency) == ("USD", "EUR")
    assert companies[sales[planted["duplicate_customer"].records[0]].company].erp_copies == 2


def test_nothing_else_is_troubled(firm: Firm):
    """An entry outside the planted ones has a rate, an employee and an active task."""
    planted = {key for trouble in firm.troubles for key in trouble.records}
    projects = {project.key: project for project in firm.projects}
    unknown = {person.key for person in firm.people if not person.in_erp}
    cards = {card.key: card for card in firm.rate_cards}
    for work in firm.works:
        if work.key not in planted:
            project = projects[work.project]
            assert work.person not in unknown
            assert next(task for task in project.tasks if task.name == work.task).active_in_erp
            assert not work.role or cards[project.rate_card].hourly(work.role, work.on) is not None


def test_a_firm_without_a_past_has_deals_and_customers_only():
    young = make_firm(7, "small", 0, False, TODAY)
    assert not young.projects and not young.works and not young.lines
    assert [sale for sale in young.sales if sale.stage == "won"]


def test_an_unknown_scale_is_refused():
    with pytest.raises(UnknownScale, match="choose one of"):
        make_firm(7, "vast", 24, False, TODAY)


@given(st.dates(date(2021, 1, 1), date(2031, 12, 31)), st.integers(0, 10_000), st.sampled_from([1, 3, 24]))
def test_any_day_any_seed_any_past_makes_a_firm(today: date, seed: int, months: int):
    firm = make_firm(seed, "small", months, True, today)
    assert firm.cutover == cutover_for(today)
    assert all(work.on <= today for work in firm.works)
    codes = {trouble.code for trouble in firm.troubles}
    assert len(codes) == 14
    for trouble in firm.troubles:
        assert trouble.records and trouble.why


def test_months_roll_over_years():
    assert add_months(date(2025, 1, 31), -1) == date(2024, 12, 1)
    assert cutover_for(date(2025, 3, 31)) == date(2024, 10, 1)
    assert cutover_for(date(2025, 3, 31)) + timedelta(days=31) == date(2024, 11, 1)
