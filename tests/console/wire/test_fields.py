"""Single values: exact numbers, days, instants, yes and no, in every form platforms use."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.wire.fields import FieldFault, day, decimal, domain, instant, number_out, path_getter, yes


@given(st.decimals(-(10**12), 10**12, places=4))
def test_a_number_goes_out_and_comes_back_exactly(number: Decimal) -> None:
    out = number_out(number)
    assert decimal("x", out) == number


@given(st.floats(allow_nan=True, allow_infinity=True) | st.booleans() | st.text(max_size=5) | st.none())
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    try:
        assert decimal("x", value).is_finite()
    except FieldFault as fault:
        assert str(fault).startswith("x is no number")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2013-05-07T22:07:19.000+0000", "2013-05-07T22:07:19+00:00"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00+00:00"),
        ("2024-01-01T00:00:00-08:00", "2024-01-01T08:00:00+00:00"),
        ("2024-01-01T00:00:00", "2024-01-01T00:00:00+00:00"),
    ],
)
def test_instants_are_utc(text: str, found: str) -> None:
    assert instant("x", text) == found


def test_a_day_may_stand_in_a_time() -> None:
    assert day("x", "2024-02-29").isoformat() == day("x", "2024-02-29T23:00:00Z").isoformat() == "2024-02-29"


@pytest.mark.parametrize("value", [True, "T", "true", 1, "1", "Yes"])
def test_yes_has_many_forms(value: object) -> None:
    assert yes("x", value) is True


@pytest.mark.parametrize("value", [False, "F", "false", 0, "0", ""])
def test_no_has_many_forms(value: object) -> None:
    assert yes("x", value) is False


@pytest.mark.parametrize("address", ["https://www.Acme.com/x?y", "acme.com", "http://acme.com:8080", "sales@acme.com"])
def test_a_domain_is_bare(address: str) -> None:
    assert domain(address) == "acme.com"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ("list.1.c", 2),
        ("list.9", None),
        ("a.x.y", None),
        (["none", "a.b"], 1),
        ({"always": "k"}, "k"),
        ((), None),
    ],
)
def test_paths_lead_into_objects_and_lists(path: object, found: object) -> None:
    assert path_getter(path)({"a": {"b": 1}, "list": [{}, {"c": 2}], "none": None}) == found
