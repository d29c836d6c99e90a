"""Business keys name one source for ever, in characters every platform takes."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from console.records.keys import Ref, business_key, parse_ref, tenant_tag

pieces = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
sources = st.tuples(
    st.sampled_from(["aaaaaaaa", "bbbbbbbb"]),
    st.sampled_from(["deal", "time_entry"]),
    pieces | st.from_regex(r"[A-Za-z0-9_-]{1,70}", fullmatch=True),
    st.sampled_from(["", "project", "task"]) | pieces,
)


@given(sources, st.integers(16, 80))
def test_a_key_keeps_to_the_characters_and_the_length(source: tuple[str, str, str, str], limit: int) -> None:
    key = business_key(*source, limit=limit)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", key)
    assert len(key) <= limit
    assert key == business_key(*source, limit=limit)


@given(sources, sources, st.sampled_from([20, 32, 40, 64]))
def test_two_sources_never_share_a_key(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str], limit: int
) -> None:
    assume(one != other)
    assert business_key(*one, limit=limit) != business_key(*other, limit=limit)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("t", "deal", "5-project", ""), ("t", "deal", "5", "project")),
        (("t", "deal", "5\nx", "y"), ("t", "deal", "5", "x\ny")),
        (("t", "deal", "a/b", ""), ("t", "deal", "a_b", "")),
        (("t", "deal", "x" * 80, "a"), ("t", "deal", "x" * 80, "b")),
    ],
)
def test_a_dash_a_line_break_or_a_cut_end_makes_no_two_sources_one(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    assert business_key(*one) != business_key(*other)


def test_an_ordinary_key_can_be_read() -> None:
    assert business_key("ab12cd34", "time_entry", "4711") == "TOab12cd34-time_entry-4711"
    assert business_key("ab12cd34", "deal", "006A0001", "project") == "TOab12cd34-deal-006A0001-project"


def test_a_tenant_has_one_tag_wherever_it_is_connected_from() -> None:
    assert re.fullmatch(r"[a-z2-7]{8}", tenant_tag("netsuite", "1234567"))
    assert tenant_tag("netsuite", "1") == tenant_tag("netsuite", "1")
    assert len({tenant_tag("netsuite", "1"), tenant_tag("netsuite", "2"), tenant_tag("kantata", "1")}) == 3


@given(st.tuples(st.from_regex(r"[a-z0-9:-]+", fullmatch=True), st.sampled_from(["deal", "task"]), pieces))
def test_a_ref_is_read_back_as_it_was_written(parts: tuple[str, str, str]) -> None:
    assert parse_ref(str(Ref(*parts))) == parts


@pytest.mark.parametrize("text", ["", "psa", "psa/task"])
def test_half_a_ref_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        parse_ref(text)
