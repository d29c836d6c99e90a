"""What work is worth: the firm's own rounding of prices to the smallest coin."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from console.sandbox.firm.tables import MINOR


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount in whole coins, halves up."""
    return amount.quantize(MINOR[currency], ROUND_HALF_UP)


def worth(minutes: int, hourly: Decimal, currency: str) -> Decimal:
    """What so many minutes cost at a price per hour: exact until the last step, then in whole coins."""
    return rounded(hourly * minutes / 60, currency)
