"""Ids: fifteen characters that mind case, eighteen that survive its loss."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sandbox.salesforce.ids import checksum, mint, to18

LETTERS = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15)


@given(LETTERS)
def test_lost_case_is_restored(short: str):
    full = short + checksum(short)
    assert to18(short) == full
    assert to18(full.lower()) == full
    assert to18(full.upper()) == full


@given(st.integers(1, 10**8), st.integers(1, 10**8))
def test_every_record_has_an_id_of_its_own(first: int, second: int):
    assert (mint("006", first) == mint("006", second)) is (first == second)
    assert mint("006", first).startswith("006")
    assert len(mint("006", first)) == 18


@pytest.mark.parametrize("text", ["", "001", "0068d000000000!", "x" * 16, "0068d0000000001AA!"])
def test_what_is_no_id(text: str):
    assert to18(text) is None


@pytest.mark.shared
def test_the_vendors_own_ids(shared: Path):
    told = json.loads(
        (shared / "platforms/salesforce/fixtures/restforce/sobject__get_updated_success_response.json").read_text()
    )
    assert len(told["ids"]) > 3
    for each in told["ids"]:
        assert to18(each[:15]) == each
