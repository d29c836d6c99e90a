"""The tax code of a line: the entity's own, active, the standard rate."""

import pytest

from console.records.calendar import TaxCode
from console.records.problem import Problem
from console.rules.tax import tax_code_for
from tests.console.rules.small_firm import ENTITY, a_book


def code(name: str, entity: str = "", country: str = "", per_cent: str = "", active: bool = True) -> TaxCode:
    return TaxCode(
        ref=f"erp/tax_code/{name}", name=name, legal_entity=entity, country=country, per_cent=per_cent, active=active
    )


def chosen(*codes: TaxCode, entity: str = ENTITY) -> str:
    book = a_book()
    book.tax_codes = {"erp": codes}
    found = tax_code_for(book, "erp", entity, "psa/project/1")
    assert not isinstance(found, Problem)
    return found.name if found else ""


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([code("own", ENTITY), code("gb", country="GB"), code("all")], "own"),
        ([code("all"), code("gb", country="GB")], "gb"),
        ([code("all"), code("de", country="DE")], "all"),
        ([code("zero", ENTITY, per_cent="0"), code("standard", ENTITY, per_cent="20.0")], "standard"),
        ([code("a", ENTITY, per_cent="20%"), code("b", ENTITY, per_cent="5%")], "a"),
        ([code("b", ENTITY, per_cent="?"), code("a", ENTITY)], "a"),
        ([], ""),
    ],
)
def test_the_nearest_code_with_the_standard_rate_is_taken(codes: list[TaxCode], expected: str) -> None:
    assert chosen(*codes) == expected
    assert chosen(*reversed(codes)) == expected


@pytest.mark.parametrize(
    "codes", [[code("own", ENTITY, active=False)], [code("other", "Birch GmbH")], [code("de", country="DE")]]
)
def test_without_an_active_code_there_is_a_problem(codes: list[TaxCode]) -> None:
    book = a_book()
    book.tax_codes = {"erp": codes}
    trouble = tax_code_for(book, "erp", ENTITY, "psa/project/1")
    assert isinstance(trouble, Problem)
    assert trouble.code == "missing_tax_code"
    assert trouble.sentence == "The ERP has no active tax code for Alder Ltd."


def test_an_unknown_entity_takes_no_code_of_a_country() -> None:
    assert chosen(code("de", country="DE"), code("all"), entity="") == "all"
