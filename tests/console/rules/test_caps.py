"""What a cap leaves room for, in the order in which the work was done."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.records.money import Money
from console.rules.caps import beyond
from tests.console.rules.small_firm import gbp

pieces = st.lists(
    st.tuples(st.sampled_from(["2025-04-01", "2025-04-02", "2025-04-03"]), st.integers(1, 900)), max_size=12
)


@given(pieces, st.integers(0, 2000), st.randoms())
def test_what_fits_stays_under_the_cap_and_what_does_not_would_break_it(
    found: list[tuple[str, int]], limit: int, chance: Any
) -> None:
    worked = [(day, f"e{n}", Money(Decimal(worth), "GBP")) for n, (day, worth) in enumerate(found)]
    cap = gbp(str(limit))
    over = beyond(worked, cap)
    fitting = sum((each.amount for _day, ref, each in worked if ref not in over), Decimal(0))
    assert fitting <= cap.amount
    assert all(reached.amount > cap.amount for reached in over.values())
    shuffled = list(worked)
    chance.shuffle(shuffled)
    assert beyond(shuffled, cap) == over


def test_a_smaller_later_piece_may_still_fit() -> None:
    worked = [("1", "a", gbp("80")), ("2", "b", gbp("30")), ("3", "c", gbp("20"))]
    assert beyond(worked, gbp("100")) == {"b": gbp("110")}


def test_exactly_the_cap_still_fits() -> None:
    assert beyond([("1", "a", gbp("100"))], gbp("100")) == {}
