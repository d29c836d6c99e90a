"""No date, no write; and what is too old for every entity is too old without knowing which."""

from datetime import date, timedelta

from console.records.problem import Problem
from console.rules.cutover import before_every, cutover
from tests.console.rules.small_firm import CUTOVER, ENTITY, a_book

FLOW = "work_to_billing"


def test_the_entitys_own_date_comes_before_the_one_for_all() -> None:
    book = a_book()
    book.cutovers = {(FLOW, ENTITY): CUTOVER, (FLOW, "*"): date(2024, 1, 1)}
    assert cutover(book, FLOW, ENTITY, "x") == CUTOVER
    assert cutover(book, FLOW, "Birch GmbH", "x") == date(2024, 1, 1)


def test_another_flows_date_is_none() -> None:
    found = cutover(a_book(), "invoice_to_account", ENTITY, "psa/project/1")
    assert isinstance(found, Problem)
    assert (found.code, found.ref) == ("no_cutover", "psa/project/1")
    assert found.sentence == "Alder Ltd has no cut-over date for this flow."


def test_an_unknown_entity_is_said_so() -> None:
    found = cutover(a_book(), FLOW, "", "x")
    assert isinstance(found, Problem)
    assert found.sentence == "The legal entity of this record has no cut-over date for this flow."


def test_before_every_date_means_before_the_first() -> None:
    book = a_book()
    book.cutovers = {(FLOW, ENTITY): CUTOVER, (FLOW, "Birch GmbH"): date(2025, 5, 1), ("other", "*"): date(2020, 1, 1)}
    assert before_every(book, FLOW, CUTOVER - timedelta(days=1))
    assert not before_every(book, FLOW, CUTOVER)
    book.cutovers = {}
    assert not before_every(book, FLOW, date(1999, 1, 1))
