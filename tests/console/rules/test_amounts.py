"""What work is worth: exact minutes, one rounding, and lines that add up to within half a coin each."""

from decimal import ROUND_UP, Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from console.records.money import Money, Rounding, minor_digits
from console.rules.amounts import MoneyPolicy, hours, worth

rates = st.decimals(min_value=Decimal("0.01"), max_value=2000, places=2)
currencies = st.sampled_from(["GBP", "JPY", "KWD"])


@given(rates, currencies, st.lists(st.integers(1, 24).map(lambda third: third * 20), min_size=1, max_size=60))
def test_twenty_minute_lines_add_up_to_within_half_a_coin_each(
    rate: Decimal, currency: str, minutes: list[int]
) -> None:
    hourly = Money(rate, currency)
    lines = [worth(each, hourly) for each in minutes]
    coin = Decimal(1).scaleb(-minor_digits(currency))
    apart = sum((line.amount for line in lines), Decimal(0)) * 60 - rate * sum(minutes)
    assert abs(apart) <= 60 * coin / 2 * len(minutes)
    assert all(line.amount % coin == 0 for line in lines)


def test_three_thirds_of_an_hour_are_a_penny_short_and_that_is_known() -> None:
    thirds = [worth(20, Money.of("100", "GBP")) for _third in range(3)]
    assert [str(each) for each in thirds] == ["33.33 GBP"] * 3
    assert str(worth(60, Money.of("100", "GBP"))) == "100.00 GBP"


def test_halves_go_up_unless_the_policy_says_otherwise() -> None:
    hourly = Money.of("0.30", "GBP")
    assert str(worth(1, hourly)) == "0.01 GBP"
    assert str(worth(1, hourly, MoneyPolicy(Rounding.HALF_EVEN))) == "0.00 GBP"
    assert str(worth(20, Money.of("100", "GBP"), MoneyPolicy(digits=4))) == "33.3333 GBP"
    assert str(worth(20, Money.of("10000", "JPY"))) == "3333 JPY"


def test_the_price_comes_from_the_minutes_not_from_rounded_hours() -> None:
    assert str(worth(20, Money.of("30000", "GBP"))) == "10000.00 GBP"
    assert hours(20) * 30000 != 10000


@given(st.integers(0, 10_000))
def test_hours_have_four_digits_whatever_the_surroundings(minutes: int) -> None:
    hours.cache_clear()
    with localcontext() as context:
        context.rounding = ROUND_UP
        shown = hours(minutes)
    assert abs(shown * 60 - minutes) <= Decimal("0.0030")
    assert -shown.as_tuple().exponent == 4  # type: ignore[operator]


def test_twenty_minutes_are_a_third_of_an_hour() -> None:
    assert [str(hours(minutes)) for minutes in (20, 40, 60, 90)] == ["0.3333", "0.6667", "1.0000", "1.5000"]
