"""Money: an exact decimal and its currency, never a float and never without either."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum

# Largest amount the store keeps exactly: a signed 64-bit count of micro-units.
LIMIT = Decimal("9000000000000")
MICRO = Decimal("0.000001")
_WIDEST = 30
"""Powers of ten beyond which even a small or zero amount is nonsense, as in 1E-999999."""
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_MILLS = "BHD IQD JOD KWD LYD OMR TND"
_FOURTHS = "CLF UYW"
_DIGITS = {code: digits for codes, digits in ((_WHOLE, 0), (_MILLS, 3), (_FOURTHS, 4)) for code in codes.split()}
"""ISO 4217's minor units that are not two. Locale data differs: it shows Serbian dinars without their para."""
_WIDE = Context(prec=60)
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


class NotMoney(ValueError):
    """The value is not a finite amount in a known currency; `str()` is a sentence for the person who sent it."""


class Rounding(StrEnum):
    """How a legal entity and its ERP round: the mode is a policy, never a habit of the code."""

    HALF_UP = ROUND_HALF_UP
    HALF_EVEN = ROUND_HALF_EVEN


def minor_digits(currency: str) -> int:
    """Digits behind the point in a currency's smallest coin by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(currency, 2)


def amount_of(value: str | int | Decimal) -> Decimal:
    """An exact finite amount within `LIMIT`; raises `NotMoney` for floats, NaN, infinities and nonsense."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise NotMoney(f"{repr(value)[:40]} is not an exact amount.")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise NotMoney(f"{str(value)[:40]!r} is not an amount.") from None
    if isinstance(value, str) and "_" in value:
        raise NotMoney(f"{value[:40]!r} is not an amount.")
    _held(amount)
    if abs(amount.adjusted()) > _WIDEST:
        raise NotMoney(f"{str(amount)[:40]!r} is not an amount Tieout can hold.")
    return amount


def _held(amount: Decimal) -> None:
    if not amount.is_finite() or amount.copy_abs() > LIMIT:
        raise NotMoney(f"{str(amount)[:40]!r} is not an amount Tieout can hold.")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount (major units, exact, at most six digits behind the point when stored) in an ISO 4217 currency."""

    amount: Decimal
    currency: str

    @classmethod
    def of(cls, value: str | int | Decimal, currency: str) -> Money:
        """Money from outside: raises `NotMoney` when the amount or the currency code is not one."""
        if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
            raise NotMoney(f"{currency[:20]!r} is not a currency code.")
        return cls(amount_of(value), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(Decimal(0), currency)

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise NotMoney(f"{self.currency} and {other.currency} cannot be added; convert at a stated rate first.")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(_WIDE.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(_WIDE.subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> Money:
        return Money(_WIDE.minus(self.amount), self.currency)

    def times(self, factor: Decimal | int) -> Money:
        """The product, unrounded to 60 digits: round it by the entity's policy before it is sent."""
        return Money(_WIDE.multiply(self.amount, factor), self.currency)

    def divided(self, by: Decimal | int) -> Money:
        """The quotient to 60 digits."""
        return Money(_WIDE.divide(self.amount, by), self.currency)

    def rounded(self, rounding: Rounding = Rounding.HALF_UP, digits: int | None = None) -> Money:
        """Rounded to the currency's minor unit, or to `digits` behind the point; never a negative zero."""
        places = minor_digits(self.currency) if digits is None else digits
        exact = self.amount.quantize(Decimal(1).scaleb(-places), rounding.value, _WIDE)
        return Money(_WIDE.plus(exact), self.currency)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"


def micros(amount: Decimal) -> int:
    """The amount as whole micro-units, as the store keeps it; raises `NotMoney` rather than drop a digit."""
    _held(amount)
    try:
        return int(_EXACT.quantize(amount, MICRO).scaleb(6, _EXACT))
    except (Inexact, InvalidOperation):
        raise NotMoney(f"{amount} has more than six digits behind the point.") from None


def from_micros(count: int) -> Decimal:
    """The amount behind a count of micro-units, without trailing zeros beyond the point."""
    whole, rest = divmod(abs(count), 1_000_000)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return Decimal(f"-{text}" if count < 0 else text)
