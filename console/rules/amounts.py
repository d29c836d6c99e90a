"""What work is worth: quantity, unit rate and amount, rounded by policy and never by accident."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from console.records.money import Money, Rounding

_SIXTY = Decimal(60)
QUANTITY_PLACES = Decimal("0.0001")
_WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class MoneyPolicy:
    """How an entity and its ERP round a line: the mode, and the digits (None: the currency's minor unit)."""

    rounding: Rounding = Rounding.HALF_UP
    digits: int | None = None


DEFAULT_POLICY = MoneyPolicy()


@lru_cache(maxsize=4096)
def hours(minutes: int) -> Decimal:
    """Minutes as hours with four digits behind the point: 20 minutes are 0.3333."""
    return _WIDE.divide(Decimal(minutes), _SIXTY).quantize(QUANTITY_PLACES, ROUND_HALF_UP, _WIDE)


@lru_cache(maxsize=65536)
def worth(minutes: int, hourly: Money, policy: MoneyPolicy = DEFAULT_POLICY) -> Money:
    """The price of `minutes` at an hourly rate, from the exact minutes (not from rounded hours)."""
    return hourly.times(minutes).divided(60).rounded(policy.rounding, policy.digits)
