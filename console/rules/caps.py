"""What a cap still leaves room for: work counts against it in the order it was done."""

from __future__ import annotations

from collections.abc import Iterable

from console.records.money import Money


def beyond(worked: Iterable[tuple[str, str, Money]], cap: Money) -> dict[str, Money]:
    """Of (order, ref, worth), the refs that no longer fit under the cap, with the total each would have reached.

    A piece that does not fit uses up no room, so a smaller later one may still fit.
    """
    total = Money.zero(cap.currency)
    over: dict[str, Money] = {}
    for _order, ref, worth in sorted(worked, key=lambda each: each[:2]):
        reached = total + worth
        if reached.amount > cap.amount:
            over[ref] = reached
        else:
            total = reached
    return over
