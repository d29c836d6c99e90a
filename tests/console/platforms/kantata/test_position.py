import pytest

from console.platforms.kantata.position import OVERLAP_MS, Cursor, Position, instant, parse_cursor, stamp_of
from console.wire.faults import Unexpected


def test_instants_keep_their_offset() -> None:
    assert instant("2013-07-31T10:43:32-07:00") == instant("2013-07-31T17:43:32Z") == 1375292612000
    assert instant("2013-07-31T17:43:32") == 1375292612000
    assert stamp_of(1375292612999) == "2013-07-31T17:43:32Z"


@pytest.mark.parametrize("nonsense", [None, "", "yesterday", 7])
def test_what_is_no_time_is_zero(nonsense: object) -> None:
    assert instant(nonsense) == 0


def test_a_row_is_fresh_once_for_each_of_its_states() -> None:
    position = Position()
    assert position.fresh("1", 1000)
    assert not position.fresh("1", 1000)
    assert position.fresh("1", 2000)
    assert position.at == 2000


def test_the_cursor_remembers_what_the_overlap_will_show_again() -> None:
    cursor = Cursor()
    position = cursor.of("time_entries")
    for number in range(10):
        position.fresh(str(number), 1_000_000 + number * OVERLAP_MS // 4)
    read = parse_cursor(cursor.text).of("time_entries")
    assert read.at == position.at
    assert read.since == position.at - OVERLAP_MS
    assert list(read.given) == ["5", "6", "7", "8", "9"]


def test_digests_are_kept_whatever_their_age() -> None:
    cursor = Cursor()
    for number in range(1500):
        cursor.of("users").fresh(str(number), "digest")
    assert len(parse_cursor(cursor.text).of("users").given) == 1500


def test_a_cursor_stays_small_in_a_crowd() -> None:
    position = Position()
    for number in range(5000):
        position.fresh(str(number), 7_000_000 + number)
    assert len(position.state()[1]) == 1000
    position.forget(7_004_990)
    assert len(position.given) == 1000
    assert position.given["4999"] == 7_004_999


@pytest.mark.parametrize("text", ["yesterday", "[]", '{"a": 1}', '{"a": ["x", {}]}'])
def test_a_foreign_cursor_is_a_fault_with_a_remedy(text: str) -> None:
    with pytest.raises(Unexpected) as caught:
        parse_cursor(text)
    assert caught.value.remedy
    assert not caught.value.sent
