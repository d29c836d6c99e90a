"""Every record has one way to go; none or two is a Problem that names them."""

from datetime import date

import pytest

from console.records.firm import LegalEntity
from console.records.problem import Problem
from console.rules.book import Book, Route, Tenant
from console.rules.routing import target
from tests.console.rules.small_firm import ENTITY, a_book

DAY = date(2025, 4, 2)


def book_of(*routes: Route) -> Book:
    book = a_book()
    book.tenants = {**book.tenants, "erp:eu": Tenant("erp:eu", "ERP", frozenset({"erp"}), "eutag000")}
    book.routes = routes
    return book


def test_the_only_connection_takes_everything() -> None:
    assert target(a_book(), "erp", "project", ENTITY) == "erp"


def test_without_a_connection_there_is_no_way() -> None:
    trouble = target(a_book(), "hr", "time_line", ENTITY, ref="psa/project/1")
    assert isinstance(trouble, Problem)
    assert (trouble.code, trouble.ref) == ("no_route", "psa/project/1")
    assert trouble.sentence == "No connection takes time line records of Alder Ltd."


def test_two_connections_without_a_route_are_two_ways_too_few() -> None:
    trouble = target(book_of(), "erp", "project", "")
    assert isinstance(trouble, Problem)
    assert trouble.sentence == "No connection takes project records of an unknown legal entity."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"legal_entity": ENTITY}, {"legal_entity": "Birch GmbH"}),
        ({"service_line": "Data"}, {"service_line": "Cloud"}),
        ({"region": "GB"}, {"region": "DE"}),
        ({"ends_on": DAY}, {"starts_on": date(2025, 4, 3)}),
        ({"kind": "project"}, {"kind": "customer"}),
    ],
)
def test_routes_are_told_apart(first: dict[str, object], second: dict[str, object]) -> None:
    here = Route(**{"kind": "*", "connection": "erp", **first})  # type: ignore[arg-type]
    there = Route(**{"kind": "*", "connection": "erp:eu", **second})  # type: ignore[arg-type]
    assert target(book_of(here, there), "erp", "project", ENTITY, DAY, "Data") == "erp"
    assert target(book_of(there), "erp", "project", ENTITY, DAY, "Data") != "erp"


def test_a_region_is_the_country_of_the_legal_entity() -> None:
    book = book_of(Route("*", "erp", region="GB"), Route("*", "erp:eu", region="DE"))
    book.entities = {**book.entities, ("erp:eu", "Birch GmbH"): LegalEntity(ref="e", name="Birch GmbH", country="DE")}
    assert target(book, "erp", "project", "Birch GmbH", DAY) == "erp:eu"
    assert isinstance(target(book, "erp", "project", "Cedar KK", DAY), Problem)


def test_two_ways_are_named() -> None:
    trouble = target(book_of(Route("*", "erp"), Route("*", "erp:eu")), "erp", "project", ENTITY, DAY)
    assert isinstance(trouble, Problem)
    assert trouble.code == "two_routes"
    assert trouble.sentence == "More than one connection takes project records of Alder Ltd: erp, erp:eu."


def test_two_routes_to_one_place_are_one_way() -> None:
    assert target(book_of(Route("*", "erp"), Route("project", "erp")), "erp", "project", ENTITY) == "erp"


def test_a_route_to_another_role_does_not_count() -> None:
    assert target(book_of(Route("*", "psa"), Route("*", "erp")), "erp", "project", ENTITY) == "erp"
