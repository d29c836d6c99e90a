"""People's acts asked for in JSON: what they take is what they declare."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from console.sandbox.acts import NoSuchAct, acts_of, perform
from console.sandbox.tenant import Share


class Clerks:
    def bill(self, project_id: str, on: date, shares: Sequence[Share], draft: bool = False) -> str:
        assert isinstance(on, date) and all(isinstance(share.amount, Decimal) for share in shares)
        return f"{project_id} {on:%d.%m.} {sum(share.amount for share in shares)} {draft}"

    def price(self, line: str, rate: Decimal | None = None) -> Decimal | None:
        return rate

    def _secret(self) -> None:
        raise AssertionError


def test_days_amounts_and_values_become_what_the_act_declares():
    shares = [{"line": "5", "minutes": 20, "amount": "12.50"}, {"line": "6", "minutes": 40, "amount": 25}]
    given = {"project_id": "7", "on": "2025-11-03", "shares": shares, "draft": True}
    assert perform(Clerks(), "bill", given) == "7 03.11. 37.50 True"
    assert perform(Clerks(), "price", {"line": "5", "rate": "1.10"}) == Decimal("1.10")
    assert perform(Clerks(), "price", {"line": "5", "rate": None}) is None


def test_only_public_acts_are_offered():
    assert acts_of(Clerks()) == ["bill", "price"]
    for act in ("_secret", "__init__", "fire"):
        with pytest.raises(NoSuchAct, match="there are bill, price"):
            perform(Clerks(), act, {})


@pytest.mark.parametrize(
    "given", [{}, {"line": "5", "colour": "red"}, {"line": "5", "rate": "dear"}, {"line": "5", "rate": {}}]
)
def test_what_cannot_be_understood_is_refused(given: dict):
    with pytest.raises((NoSuchAct, ValueError)):
        perform(Clerks(), "price", given)


@pytest.mark.parametrize("on", ["3.11.2025", 5, None])
def test_a_day_is_an_iso_date(on: object):
    with pytest.raises((NoSuchAct, ValueError)):
        perform(Clerks(), "bill", {"project_id": "7", "on": on, "shares": []})
