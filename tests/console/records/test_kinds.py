"""Every record is a frozen value under one kind."""

import dataclasses

import pytest

from console.records.firm import Record
from console.records.kinds import READS, RECORDS, book_kind


@pytest.mark.parametrize("record", RECORDS.values(), ids=list(RECORDS))
def test_a_record_is_frozen_hashable_and_has_a_sentence(record: type[Record]) -> None:
    values = {each.name: "x" for each in dataclasses.fields(record) if each.default is dataclasses.MISSING}
    one = record(**values)
    assert one == record(**values)
    assert hash(one) == hash(record(**values))
    assert not hasattr(one, "__dict__")
    assert record.__doc__ and record.__doc__.endswith((".", ".\n    "))
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.ref = "other"  # type: ignore[misc]


def test_no_two_kinds_share_a_record() -> None:
    assert len(set(RECORDS.values())) == len(RECORDS)


def test_what_is_written_apart_is_kept_as_one() -> None:
    assert {book_kind(kind) for kind in READS} == {"billing_line"}
    assert book_kind("deal") == "deal"
    assert set(READS.values()) <= RECORDS.keys()
