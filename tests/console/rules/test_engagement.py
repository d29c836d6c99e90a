"""A deal and its amendments come to the same terms in whatever order they arrived."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.records.money import Money
from console.records.selling import BillingType
from console.rules.engagement import breakdown, effective, foreign, in_order, missing_terms
from tests.console.rules.small_firm import a_deal, a_line, an_amendment, gbp

numbers = st.lists(st.integers(1, 6), unique=True, max_size=6)


@given(numbers, st.randoms())
def test_amendments_come_to_the_same_in_any_order(present: list[int], chance: Any) -> None:
    amendments = [an_amendment(number, cap=gbp(str(number * 100))) for number in present]
    shuffled = list(amendments)
    chance.shuffle(shuffled)
    assert in_order(shuffled) == in_order(amendments)
    assert effective(a_deal(), in_order(shuffled)[0]) == effective(a_deal(), in_order(amendments)[0])


@given(numbers)
def test_every_amendment_is_applied_or_waits_for_an_earlier_one(present: list[int]) -> None:
    applied, waiting = in_order([an_amendment(number) for number in present])
    unbroken = next(count for count in range(7) if count + 1 not in present)
    assert [each.amendment_number for each in applied] == list(range(1, unbroken + 1))
    assert len(applied) + len(waiting) == len(present)
    assert {each.code for each in waiting} <= {"amendment_gap"}
    assert {each.facts["missing"] for each in waiting} <= {str(unbroken + 1)}
    budget = effective(a_deal(), applied).budget
    assert budget == gbp(str(24000 + 1000 * unbroken))


def test_an_amendment_before_an_earlier_one_says_which_is_missing() -> None:
    applied, waiting = in_order([an_amendment(3), an_amendment(1)])
    assert [each.amendment_number for each in applied] == [1]
    assert [each.sentence for each in waiting] == ["Amendment 3 has arrived, but amendment 2 has not."]
    assert waiting[0].ref == "crm/deal/13"


@pytest.mark.parametrize("number", [0, -1, 1])
def test_an_amendment_without_a_number_of_its_own_waits_for_a_person(number: int) -> None:
    applied, waiting = in_order([an_amendment(1), an_amendment(number, ref="crm/deal/99"), an_amendment(2)])
    assert [each.amendment_number for each in applied] == [1, 2]
    assert [(each.code, each.field) for each in waiting] == [("missing_billing_terms", "amendment_number")]
    assert waiting[0].sentence.endswith("has no amendment number of its own.")


def test_an_unnumbered_amendment_does_not_hide_a_gap() -> None:
    applied, waiting = in_order([an_amendment(0), an_amendment(1), an_amendment(3)])
    assert [each.amendment_number for each in applied] == [1]
    assert [each.code for each in waiting] == ["missing_billing_terms", "amendment_gap"]


def test_an_amendment_that_was_not_won_is_not_one_yet() -> None:
    assert in_order([an_amendment(1, is_won=False), an_amendment(2)])[0] == []


def test_budgets_add_up_and_ends_caps_and_cards_are_replaced() -> None:
    first = an_amendment(1, cap=gbp("30000"), ends_on=date(2026, 3, 31))
    second = an_amendment(2, amount=gbp("-500"), rate_card="Standard 2026")
    terms = effective(a_deal(cap=gbp("24000")), [first, second])
    assert terms.budget == gbp("24500")
    assert terms.cap == gbp("30000")
    assert (terms.ends_on, terms.rate_card, terms.amendments) == (date(2026, 3, 31), "Standard 2026", 2)
    assert terms.billing_type is BillingType.TIME_AND_MATERIALS


def test_money_in_another_currency_is_found_and_left_out() -> None:
    amendment = an_amendment(1, amount=Money.of("900", "EUR"), cap=Money.of("1", "EUR"))
    terms = effective(a_deal(cap=gbp("24000")), [amendment])
    assert (terms.budget, terms.cap) == (gbp("24000"), gbp("24000"))
    assert foreign(a_deal(), [amendment, an_amendment(2)]) == [(amendment, "EUR")]


@pytest.mark.parametrize(
    ("field", "missing"),
    [
        ("legal_entity", "legal entity"),
        ("billing_type", "billing type"),
        ("amount", "amount"),
        ("starts_on", "start date"),
        ("ends_on", "end date"),
    ],
)
def test_each_missing_term_is_named(field: str, missing: str) -> None:
    empty = "" if field in ("legal_entity", "billing_type") else None
    assert [(each.field, each.sentence) for each in missing_terms(a_deal(**{field: empty}))] == [
        (field, f"Brook data platform has no {missing}.")
    ]


def test_an_unknown_billing_type_is_a_missing_one_and_no_amount_is_not_nothing() -> None:
    assert [each.facts["missing"] for each in missing_terms(a_deal(billing_type="barter"))] == ["known billing type"]
    assert missing_terms(a_deal()) == []
    assert missing_terms(a_deal(amount=gbp("0"))) == []


def test_lines_of_one_title_are_one_task_with_all_their_hours() -> None:
    lines = [
        a_line(ref="crm/contract_line/1", quantity="7.5"),
        a_line(ref="crm/contract_line/2", title="Testing", quantity="10"),
        a_line(ref="crm/contract_line/3", title=" engineering ", quantity="0.3333"),
        a_line(ref="crm/contract_line/4", title="Testing", quantity="-20"),
        a_line(ref="crm/contract_line/5", title="Support", quantity="some"),
    ]
    assert [(line.ref, minutes) for line, minutes in breakdown(lines)] == [
        ("crm/contract_line/1", 469),
        ("crm/contract_line/2", 0),
        ("crm/contract_line/5", 0),
    ]
