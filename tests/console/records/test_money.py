"""Money is exact, keeps its currency, and refuses what is no amount."""

from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.records.money import LIMIT, Money, NotMoney, Rounding, amount_of, from_micros, micros, minor_digits

amounts = st.decimals(min_value=-LIMIT, max_value=LIMIT, places=6)
currencies = st.sampled_from(["USD", "GBP", "EUR", "JPY", "KWD", "RSD"])


@given(amounts, amounts, currencies)
def test_adding_and_subtracting_are_each_other_undone(one: Decimal, other: Decimal, currency: str) -> None:
    a, b = Money(one, currency), Money(other, currency)
    assert a + b == b + a
    assert (a + b) - b == a
    assert a + -a == Money.zero(currency)


@given(amounts, currencies, st.sampled_from(Rounding))
def test_rounding_moves_by_at_most_half_a_coin_and_only_once(amount: Decimal, currency: str, mode: Rounding) -> None:
    rounded = Money(amount, currency).rounded(mode)
    coin = Decimal(1).scaleb(-minor_digits(currency))
    assert abs(rounded.amount - amount) <= coin / 2
    assert rounded.amount % coin == 0
    assert rounded.rounded(mode) == rounded
    assert not str(rounded).startswith("-0.00 ")


def test_halves_go_up_or_to_the_even_coin() -> None:
    assert str(Money.of("0.125", "USD").rounded()) == "0.13 USD"
    assert str(Money.of("-0.125", "USD").rounded()) == "-0.13 USD"
    assert str(Money.of("0.125", "USD").rounded(Rounding.HALF_EVEN)) == "0.12 USD"
    assert str(Money.of("0.125", "USD").rounded(digits=1)) == "0.1 USD"


def test_a_negative_trifle_rounds_to_plain_zero() -> None:
    assert str(Money.of("-0.001", "USD").rounded()) == "0.00 USD"
    assert str(-Money.zero("USD")) == "0 USD"


@pytest.mark.parametrize(
    ("currency", "digits"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("RSD", 2), ("IQD", 3), ("HUF", 2)]
)
def test_minor_units_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@given(amounts)
def test_micros_come_back_exactly(amount: Decimal) -> None:
    assert from_micros(micros(amount)) == amount
    assert abs(micros(amount)) < 2**63


@given(st.integers(-(2**62), 2**62))
def test_micros_written_out_carry_no_needless_zeros(count: int) -> None:
    text = str(from_micros(count))
    assert micros(Decimal(text)) == count
    assert "E" not in text
    assert not ("." in text and text.endswith("0"))


@pytest.mark.parametrize("amount", [Decimal("0.0000001"), LIMIT + 1, Decimal("NaN"), Decimal("Infinity")])
def test_what_the_store_cannot_keep_is_refused_rather_than_changed(amount: Decimal) -> None:
    with pytest.raises(NotMoney):
        micros(amount)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        True,
        None,
        [1],
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "",
        "1,5",
        "1_000",
        "12 EUR",
        "1e999999999",
        "1e-999999999",
        "0e-99999999",
        "9000000000000.01",
        10**5000,
        "9" * 5000,
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, int) or value < 10 else "huge",
)
def test_what_is_no_amount_is_refused_in_a_short_sentence(value: Any) -> None:
    with pytest.raises(NotMoney) as refused:
        amount_of(value)
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize("currency", ["", "usd", "US", "USDT", "U$D", "A1B", "ÄÖÜ"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(NotMoney, match="currency code"):
        Money.of("1", currency)


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(NotMoney, match="USD and EUR"):
        Money.of("1", "USD") + Money.of("1", "EUR")
    with pytest.raises(NotMoney):
        Money.of("1", "USD") - Money.of("1", "EUR")


def test_a_float_is_no_factor_either() -> None:
    with pytest.raises(TypeError):
        Money.of("1", "USD").times(0.5)  # type: ignore[arg-type]


@given(amounts, st.integers(1, 10**6))
def test_the_surroundings_do_not_change_a_result(amount: Decimal, factor: int) -> None:
    money = Money(amount, "USD")
    plainly = (money.times(factor).divided(60).rounded(), -money, money + money)
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_DOWN
        assert (money.times(factor).divided(60).rounded(), -money, money + money) == plainly


def test_equal_amounts_are_equal_however_written() -> None:
    assert Money.of("1.50", "USD") == Money.of("1.5", "USD")
    assert len({Money.of("1.50", "USD"), Money.of("1.5", "USD")}) == 1
    assert str(Money.of("1E+3", "USD")) == "1000 USD"
