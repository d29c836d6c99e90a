"""One broken record must not cost its page: what is no JSON is mended, what is too deep is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.wire.payload import CUT, DEPTH_LIMIT, NotJson, nested_too_deeply, parse, pruned, trouble_in


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_sound_json_is_not_touched() -> None:
    assert parse(b'{"a": [1, 2.5, null, true, "x"]}') == ({"a": [1, 2.5, None, True, "x"]}, False)


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_stays_as_text(token: str) -> None:
    page = f'[{{"Id": 1, "Amount": {token}}}, {{"Id": 2, "Amount": 5}}]'.encode()
    assert parse(page) == ([{"Id": 1, "Amount": token}, {"Id": 2, "Amount": 5}], True)


@pytest.mark.parametrize("levels", [DEPTH_LIMIT + 1, 1_100, 200_000])
def test_what_nests_too_deeply_is_found_and_the_rest_kept(levels: int) -> None:
    value, _mended = parse(b'[{"Id": 1, "x": ' + deep(levels) + b'}, {"Id": 2, "x": "}]"}]')
    assert trouble_in(value[0]) and value[1] == {"Id": 2, "x": "}]"} and not trouble_in(value[1])


@pytest.mark.parametrize("broken", [b"", b"{", b'{"a": [1, 2', b"<html>", b'{"a": "x', deep(2_000)[:-5]])
def test_half_a_document_is_none(broken: bytes) -> None:
    with pytest.raises(NotJson):
        parse(broken)


def test_broken_letters_do_not_lose_the_page() -> None:
    assert parse(b'{"a": "x\xff", "b": 1}')[0]["b"] == 1


def test_a_record_of_more_than_ten_megabytes_is_trouble() -> None:
    assert "MB" in trouble_in({"notes": "x" * (11 * 1024 * 1024)}) and not trouble_in({"notes": "x" * 1024})


def test_pruned_values_can_be_stored() -> None:
    value = parse(deep(600))[0]
    assert nested_too_deeply(value) and not nested_too_deeply(pruned(value)) and CUT in str(pruned(value))


@given(
    st.recursive(
        st.none() | st.integers(-9, 9) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_ordinary_values_are_never_pruned(value: object) -> None:
    assert pruned(value) == value
