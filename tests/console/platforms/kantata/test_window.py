import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from console.platforms.kantata.envelope import Page, Row
from console.platforms.kantata.position import Position, instant
from console.platforms.kantata.window import NotInOrder, Window
from console.wire.faults import Unexpected
from tests.console.platforms.kantata.account import stamp


def page(*rows: tuple[str, float], total: int = -1) -> Page:
    return Page([{"id": name, "updated_at": stamp(second)} for name, second in rows], total, {})


def crowd(count: int, second: float = 5, first: int = 0) -> list[tuple[str, float]]:
    return [(str(first + number), second) for number in range(count)]


def test_it_moves_on_to_the_last_change() -> None:
    window = Window()
    first = page(*((str(number), number * 10) for number in range(200)), total=400)
    assert window.take(first) == first.rows
    assert not window.ended(first)
    window.move()
    assert window.params()["page"] == "1"
    assert instant(window.params()["updated_after"]) == instant(stamp(1989))


def test_a_crowd_within_one_second_is_walked_with_an_overlap_of_one_row() -> None:
    window = Window()
    window.take(page(*crowd(200), total=399))
    window.move()
    assert window.params() == {"limit": "200", "offset": "199"}
    after = page(*crowd(200, first=199), total=399)
    rows = window.take(after)
    assert rows is not None
    assert [row["id"] for row in rows] == [str(number) for number in range(200, 399)]
    assert window.ended(after)


def test_it_steps_back_when_a_row_left_the_crowd() -> None:
    window = Window(after=instant(stamp(0)))
    window.take(page(*crowd(200), total=400))
    window.move()
    assert window.take(page(*crowd(200, first=200), total=400)) is None
    assert window.params() == {"updated_after": "2026-03-02T09:00:04Z", "page": "1", "per_page": "200"}


def test_it_turns_pages_where_offsets_are_not_understood() -> None:
    window = Window(after=instant(stamp(4)))
    first = page(*crowd(200), total=400)
    window.take(first)
    window.move()
    assert window.take(first) is None, "the first page again: offsets are not understood here"
    assert window.params()["page"] == "2"
    second = page(*crowd(200, first=200), total=400)
    assert window.take(second) == second.rows
    assert window.ended(second)


def test_rows_out_of_order_end_the_walk() -> None:
    with pytest.raises(NotInOrder):
        Window().take(page(("1", 9), ("2", 3)))
    with pytest.raises(NotInOrder):
        Window().take(Page([{"id": "1"}, {"id": "2"}], 2, {}))


def test_one_broken_row_does_not_end_it() -> None:
    broken = Page([{"id": "1", "updated_at": stamp(1)}, {}, {"id": "3", "updated_at": stamp(2)}], 3, {})
    assert Window().take(broken) == broken.rows


def test_half_a_read_is_a_fault() -> None:
    window = Window()
    empty = page(total=40)
    window.take(empty)
    with pytest.raises(Unexpected):
        window.ended(empty)


def test_the_same_page_twice_is_a_fault() -> None:
    window = Window(by_page=True)
    window.take(page(*crowd(200), total=600))
    with pytest.raises(Unexpected):
        window.take(page(*crowd(200), total=600))


def test_without_a_count_a_short_page_ends_it() -> None:
    window = Window()
    full, rest = page(*crowd(200)), page(*crowd(3, first=199))
    window.take(full)
    assert not window.ended(full)
    window.take(rest)
    assert window.ended(rest)


class Shelf:
    """Rows that somebody changes while they are read."""

    def __init__(self, seconds: list[int], dice: random.Random, offsets: bool = True) -> None:
        self.offsets = offsets
        self.rows = {str(number): second for number, second in enumerate(seconds)}
        self.dice = dice
        self.clock = max(seconds, default=0)

    def answer(self, params: dict[str, str]) -> Page:
        after = instant(params.get("updated_after", ""))
        rows: list[Row] = [{"id": name, "updated_at": stamp(second)} for name, second in self.rows.items()]
        rows = sorted((row for row in rows if instant(row["updated_at"]) > after), key=lambda row: row["updated_at"])
        if "offset" in params and not self.offsets:
            params = {"page": "1", "per_page": "20"}
        size = int(params.get("limit", params.get("per_page", "")))
        start = int(params.get("offset", (int(params.get("page", "1")) - 1) * size))
        return Page(rows[start : start + size], len(rows), {})

    def change(self) -> None:
        self.clock += 1
        self.rows[self.dice.choice(list(self.rows))] = self.clock


def walked(shelf: Shelf) -> list[tuple[str, str]]:
    """Each state of a row in the order given, while the first turns of the walk are disturbed."""
    window, position, states = Window(), Position(), []
    for turn in range(400):
        answer = shelf.answer(window.params())
        rows = window.take(answer)
        for row in rows or ():
            if position.fresh(row["id"], instant(row["updated_at"])):
                states.append((row["id"], row["updated_at"]))
        if rows is not None and window.ended(answer):
            return states
        if rows is not None:
            window.move()
        if turn % 2 and turn < 24:
            shelf.change()
    raise AssertionError("the walk did not end")


def check(shelf: Shelf) -> None:
    states = walked(shelf)
    assert dict(states) == {name: stamp(second) for name, second in shelf.rows.items()}, "missed"
    assert len(set(states)) == len(states), "repeated"


@given(some.integers(1, 1400), some.integers(1, 300), some.integers(0, 2**32))
def test_nothing_is_missed_and_nothing_repeated_while_rows_change(count: int, spread: int, seed: int) -> None:
    dice = random.Random(seed)
    check(Shelf([dice.randrange(spread) for _row in range(count)], dice))


@given(some.integers(1, 1400), some.integers(0, 2**32))
def test_the_same_holds_where_offsets_are_not_understood(count: int, seed: int) -> None:
    dice = random.Random(seed)
    check(Shelf([number // 90 for number in range(count)], dice, offsets=False))
