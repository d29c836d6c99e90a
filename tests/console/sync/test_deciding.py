"""From wanted to done: nothing is sent that is not safe, nothing is overwritten that a person changed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.records.billing import BillingLine, Stage
from console.records.delivery import Project
from console.records.firm import Record
from console.records.intent import Flow, Linked, Mode, State, Verb, Wanted
from console.records.money import Money
from console.rules.book import Book
from console.rules.compare import plain
from console.rules.problems import problem
from console.sync.deciding import Confirmed, Decision, Now, decide, resolver, shown
from tests.console.rules.small_firm import DEAL, ERP_PROJECT, ERP_TASK, LINE, a_book, gbp, unlink

SUBJECT = "psa/time_entry/77"
BLOCKED = problem("missing_tax_code", "psa/project/1", entity="Alder Ltd")


def a_want(amount: str = "133.33", **changes: Any) -> Wanted:
    wanted = Wanted(
        flow=Flow.WORK_TO_BILLING,
        subject=SUBJECT,
        ref=SUBJECT,
        target="erp",
        kind="time_line",
        key="TOpsatag0-time_entry-77",
        body={
            "project": Linked("project", DEAL),
            "task": Linked("task", LINE),
            "minutes": 80,
            "amount": {"amount": amount, "currency": "GBP"},
            "memo": "",
        },
        legal_entity="Alder Ltd",
        money=gbp(amount),
        on=date(2025, 4, 2),
    )
    return replace(wanted, **changes)


def a_line(amount: str = "133.33", **changes: Any) -> BillingLine:
    line = BillingLine(
        ref="erp/time_line/500",
        line_type="time",
        project=ERP_PROJECT,
        task=ERP_TASK,
        minutes=80,
        amount=gbp(amount),
        modified_by="R. Clerk",
    )
    return replace(line, **changes)


def confirmed(wanted: Wanted, there: Record) -> Confirmed:
    """The baseline after `wanted` was sent and the platform kept it as `there`."""
    body = plain(wanted.body, resolver(a_book(), "erp"))
    return Confirmed(body, shown(there, body))


def now(**known: Any) -> Now:
    return Now(**{"mode": Mode.WRITE, "covered": True, **known})


def there(line: BillingLine, sent: Wanted | None = None, **known: Any) -> Now:
    """A line we wrote (as `sent`, kept exactly) that is now `line`."""
    written = sent or a_want()
    kept = a_line(written.money.amount.to_eng_string() if written.money else "0")
    return now(remote_id="500", there=line, confirmed=confirmed(written, kept), ours=True, **known)


def codes(decision: Decision) -> list[str]:
    return [each.code for each in decision.problems]


def test_what_is_not_there_is_created() -> None:
    decision = decide(a_want(), now(), a_book())
    assert (decision.state, decision.outcome, decision.verb) == (State.READY, "create", Verb.CREATE)


@pytest.mark.parametrize("mode", [Mode.READ, Mode.PROPOSE, Mode.OBSERVED])
def test_only_the_write_mode_lets_anything_be_sent(mode: Mode) -> None:
    for known in (now(), there(a_line())):
        decision = decide(a_want("140.00"), replace(known, mode=mode), a_book())
        assert (decision.state, decision.why) == (State.PLANNED, f"mode is {mode.value}")
        assert decision.outcome in ("create", "update")


def test_nothing_is_created_while_its_kind_is_not_read() -> None:
    decision = decide(a_want(), now(covered=False), a_book())
    assert (decision.state, decision.outcome, decision.why) == (State.WAITING, "waiting", "not read yet")


def test_a_line_waits_for_what_it_belongs_to() -> None:
    book = a_book()
    unlink(book, ERP_TASK)
    decision = decide(a_want(), now(), book)
    assert (decision.state, decision.why) == (State.WAITING, "waits for its task")
    tax = a_want(body={"tax_code": Linked("tax_code", "psa/tax_code/1")})
    assert decide(tax, now(), book).why == "waits for its tax code"
    own = a_want(body={"tax_code": Linked("tax_code", "erp/tax_code/1")})
    assert decide(own, now(), book).state == State.READY


def test_a_problem_comes_before_waiting_and_before_the_mode() -> None:
    decision = decide(a_want(problems=(BLOCKED,)), now(covered=False, mode=Mode.READ), a_book())
    assert (decision.state, codes(decision)) == (State.HELD, ["missing_tax_code"])


def test_nothing_is_decided_while_a_write_is_on_its_way() -> None:
    for wanted in (a_want(), a_want(closed=True), a_want(problems=(BLOCKED,))):
        decision = decide(wanted, now(flying=True), a_book())
        assert (decision.state, decision.outcome) == (State.PLANNED, "waiting")


def test_the_echo_of_our_own_write_is_no_difference() -> None:
    decision = decide(a_want(), there(a_line(modified_at="2025-06-01T00:00:00Z")), a_book())
    assert (decision.state, decision.outcome, decision.problems) == (State.DONE, "unchanged", ())


def test_what_the_platform_rounded_is_no_difference() -> None:
    kept = a_line("133.30")
    known = now(remote_id="500", there=kept, confirmed=confirmed(a_want(), kept), ours=True)
    assert decide(a_want(), known, a_book()).outcome == "unchanged"


def test_what_changed_here_is_sent() -> None:
    decision = decide(a_want("140.00"), there(a_line()), a_book())
    assert (decision.state, decision.verb, decision.remote_id) == (State.READY, Verb.UPDATE, "500")
    assert decision.confirmed == there(a_line()).confirmed


def test_a_line_that_is_right_stays_right_whatever_is_in_the_way() -> None:
    assert decide(a_want(problems=(BLOCKED,)), there(a_line()), a_book()).outcome == "unchanged"
    decision = decide(a_want("140.00", problems=(BLOCKED,)), there(a_line()), a_book())
    assert (decision.state, codes(decision), decision.verb) == (State.HELD, ["missing_tax_code"], Verb.UPDATE)


def test_what_a_person_changed_on_a_line_is_held_and_told() -> None:
    decision = decide(a_want(), there(a_line("120.00")), a_book())
    assert (decision.state, codes(decision)) == (State.HELD, ["changed_by_person"])
    assert decision.problems[0].sentence == (
        "amount was changed in ERP by R. Clerk to 120 GBP; Tieout would set 133.33 GBP."
    )


def test_a_link_that_a_person_moved_is_told_by_name() -> None:
    book = a_book()
    book.projects = {**book.projects, "erp/project/10": Project(ref="erp/project/10", name="Other work")}
    decision = decide(a_want(), there(a_line(project="erp/project/10")), book)
    assert "by R. Clerk to Other work; Tieout would set Brook data platform." in decision.problems[0].sentence
    decision = decide(a_want(), there(a_line(project="erp/project/11")), book)
    assert "to another record; Tieout" in decision.problems[0].sentence
    decision = decide(a_want(), there(a_line(memo="a/b/c", modified_by="")), a_book())
    assert "by somebody to a/b/c; Tieout would set nothing." in decision.problems[0].sentence


def project_want(**changes: Any) -> Wanted:
    body = {"name": "Brook data platform", "ends_on": "2025-12-31", "budget": {"amount": "24000", "currency": "GBP"}}
    return a_want(kind="project", ref=DEAL, subject=DEAL, key="k", body={**body, **changes})


def a_project(**changes: Any) -> Project:
    kept = Project(ref=ERP_PROJECT, name="Brook data platform", ends_on=date(2025, 12, 31), budget=gbp("24000"))
    return replace(kept, **changes)


def with_project(project: Project | None, **known: Any) -> Now:
    return now(remote_id="9", there=project, confirmed=confirmed(project_want(), a_project()), ours=True, **known)


def test_what_a_person_changed_elsewhere_is_kept_and_noted() -> None:
    decision = decide(project_want(), with_project(a_project(name="Brook, phase 1")), a_book())
    assert (decision.outcome, decision.notes) == ("unchanged", ("name",))
    decision = decide(project_want(ends_on="2026-01-31"), with_project(a_project(name="Brook, phase 1")), a_book())
    assert (decision.outcome, decision.verb) == ("update", Verb.UPDATE)


def test_both_changed_is_held_and_both_changed_alike_is_not() -> None:
    moved = with_project(a_project(name="Theirs"))
    assert codes(decide(project_want(name="Ours"), moved, a_book())) == ["changed_by_person"]
    assert decide(project_want(name="Theirs"), moved, a_book()).outcome == "unchanged"


def test_a_record_that_was_never_read_again_is_compared_with_what_was_sent_alone() -> None:
    rounded = Confirmed(confirmed(project_want(), a_project()).sent, {"name": "Brook data plat"})
    known = now(remote_id="9", confirmed=rounded, ours=True)
    assert decide(project_want(), known, a_book()).outcome == "unchanged"
    assert decide(project_want(name="Other"), known, a_book()).outcome == "update"


def test_a_line_that_was_not_read_is_not_changed_in_the_dark() -> None:
    known = now(remote_id="500", confirmed=confirmed(a_want(), a_line("133.30")), ours=True)
    assert decide(a_want(), known, a_book()).outcome == "unchanged"
    decision = decide(a_want("140.00"), known, a_book())
    assert (decision.state, decision.outcome, decision.why) == (State.WAITING, "waiting", "not read yet")
    assert decision.confirmed == known.confirmed


def test_an_adopted_record_is_taken_as_it_is() -> None:
    decision = decide(project_want(name="Ours"), now(remote_id="9", there=a_project(name="Theirs")), a_book())
    assert (decision.state, decision.outcome) == (State.DONE, "unchanged")
    assert decision.confirmed is not None
    assert (decision.confirmed.sent["name"], decision.confirmed.stored["name"]) == ("Ours", "Theirs")
    again = now(remote_id="9", there=a_project(name="Theirs"), confirmed=decision.confirmed)
    assert decide(project_want(name="Ours"), again, a_book()).outcome == "unchanged"


def test_an_adopted_record_that_was_not_read_has_no_baseline_yet() -> None:
    decision = decide(a_want(), now(remote_id="500"), a_book())
    assert (decision.state, decision.outcome, decision.confirmed) == (State.DONE, "unchanged", None)


def test_a_record_with_our_own_key_gets_what_is_wanted_now() -> None:
    found = now(remote_id="9", there=a_project(name="Old"), restored=True)
    assert decide(project_want(), found, a_book()).outcome == "update"
    assert decide(project_want(), replace(found, there=a_project()), a_book()).outcome == "unchanged"


@pytest.mark.parametrize(
    "known",
    [{"gone": True}, {"there": a_line(stage=Stage.VOIDED)}, {"there": a_line(stage=Stage.VOIDED), "gone": True}],
)
def test_what_a_person_took_away_is_not_made_again(known: dict[str, Any]) -> None:
    decision = decide(a_want("140.00"), now(remote_id="500", ours=True, **known), a_book())
    assert (decision.state, codes(decision)) == (State.HELD, ["voided_by_person"])
    assert decision.problems[0].sentence == "The record was deleted or voided in ERP."


def test_what_we_closed_ourselves_is_not_a_persons_doing() -> None:
    decision = decide(a_want(), now(remote_id="500", gone=True, closed=True), a_book())
    assert (decision.state, decision.outcome) == (State.DONE, "unchanged")


def test_a_line_on_a_draft_is_held_for_its_owner() -> None:
    drafted = a_line(stage=Stage.ON_DRAFT, invoice="erp/invoice/31")
    decision = decide(a_want("140.00"), there(drafted), a_book())
    assert codes(decision) == ["on_draft_invoice"]
    assert decision.problems[0].sentence == (
        "The line is on a draft invoice (31); the work behind it has changed since."
    )
    assert decide(a_want(), there(drafted), a_book()).outcome == "unchanged"


def invoiced(amount: str = "133.33", **changes: Any) -> BillingLine:
    return a_line(amount, **{"stage": Stage.INVOICED, "invoice": "erp/invoice/31", **changes})


def test_an_invoiced_line_is_never_touched_its_difference_is_proposed() -> None:
    decision = decide(a_want("140.00"), there(invoiced()), a_book())
    adjusting = decision.wanted
    assert (decision.state, decision.verb, codes(decision)) == (State.HELD, Verb.CREATE, ["invoiced_change"])
    assert decision.problems[0].sentence == "The line is invoiced (31); the work behind it has changed by 6.67 GBP."
    assert (adjusting.kind, adjusting.money, adjusting.adjusts) == ("charge_line", gbp("6.67"), a_want().key)
    assert adjusting.key.startswith("TOpsatag0-time_entry-77-") and adjusting.ref.startswith(f"{SUBJECT}#")
    assert adjusting.body["amount"] == {"amount": "6.67", "currency": "GBP"}
    assert adjusting.body["on"] == "2025-04-02"


@pytest.mark.parametrize("stage", [Stage.INVOICED, Stage.CREDITED, Stage.PAID])
def test_what_is_past_invoicing_is_adjusted_too(stage: Stage) -> None:
    assert codes(decide(a_want("140.00"), there(invoiced(stage=stage)), a_book())) == ["invoiced_change"]


def test_the_erps_rounding_is_not_adjusted() -> None:
    kept = invoiced("133.30")
    known = now(remote_id="500", there=kept, confirmed=confirmed(a_want(), kept), ours=True)
    body = {**a_want().body, "memo": "more words"}
    assert decide(a_want(body=body), known, a_book()).outcome == "unchanged"


def test_an_adjustment_lies_in_an_open_period() -> None:
    book = a_book()
    book.periods = {"erp": [replace(each, closed=each.starts_on.month < 6) for each in book.periods["erp"]]}
    assert decide(a_want("140.00"), there(invoiced()), book).wanted.on == date(2025, 6, 1)


def test_what_was_adjusted_before_is_not_adjusted_again() -> None:
    known = there(invoiced(), adjustments=(gbp("6.67"),))
    assert decide(a_want("140.00"), known, a_book()).outcome == "unchanged"
    further = decide(a_want("150.00"), known, a_book())
    assert further.wanted.money == gbp("10.00")
    back = decide(a_want(), known, a_book())
    assert back.wanted.money == gbp("-6.67")


def test_every_step_of_an_adjustment_has_a_key_of_its_own() -> None:
    first = decide(a_want("140.00"), there(invoiced()), a_book()).wanted.key
    back = decide(a_want(), there(invoiced(), adjustments=(gbp("6.67"),)), a_book()).wanted.key
    again = decide(a_want("140.00"), there(invoiced(), adjustments=(gbp("6.67"), gbp("-6.67"))), a_book()).wanted.key
    assert len({first, back, again}) == 3
    assert decide(a_want("140.00"), there(invoiced()), a_book()).wanted.key == first


def test_a_key_of_an_adjustment_keeps_to_the_targets_limit() -> None:
    book = a_book()
    book.tenants = {**book.tenants, "erp": replace(book.tenants["erp"], key_limit=30)}
    wanted = a_want("140.00", key="x" * 30)
    assert len(decide(wanted, there(invoiced()), book).wanted.key) == 30


def test_an_invoiced_line_in_another_currency_is_held_not_subtracted() -> None:
    line = invoiced(amount="133.33")
    decision = decide(a_want("140.00"), there(replace(line, amount=Money.of("133.33", "EUR"))), a_book())
    assert decision.state == State.HELD
    wanted = a_want("140.00", money=Money.of("140.00", "EUR"))
    decision = decide(wanted, there(line), a_book())
    assert codes(decision) == ["currency_mismatch"]
    assert decision.problems[0].sentence == "The work is in EUR, but its line in ERP is in GBP."


@pytest.mark.parametrize(
    ("known", "state", "outcome"),
    [
        ({"remote_id": "9"}, State.READY, "close"),
        ({"remote_id": "9", "mode": Mode.PROPOSE}, State.PLANNED, "close"),
        ({"remote_id": "9", "closed": True, "ours": True}, State.DONE, "unchanged"),
        ({"remote_id": "9", "gone": True, "ours": True}, State.DONE, "unchanged"),
        ({}, State.WITHDRAWN, "unchanged"),
    ],
)
def test_closing_what_is_there_and_only_once(known: dict[str, Any], state: State, outcome: str) -> None:
    decision = decide(a_want(kind="project", body={}, closed=True), now(**known), a_book())
    assert (decision.state, decision.outcome, decision.verb) == (state, outcome, Verb.CLOSE)


known_now = st.builds(
    Now,
    mode=st.sampled_from(Mode),
    covered=st.booleans(),
    remote_id=st.sampled_from(["", "500"]),
    there=st.sampled_from([None, a_line(), a_line("120.00"), *(a_line(stage=stage) for stage in Stage)]),
    gone=st.booleans(),
    confirmed=st.sampled_from([None, confirmed(a_want(), a_line()), Confirmed({}, {})]),
    ours=st.booleans(),
    closed=st.booleans(),
    flying=st.booleans(),
    restored=st.booleans(),
    adjustments=st.sampled_from([(), (gbp("6.67"),)]),
)


@given(
    known_now,
    st.sampled_from(["133.33", "140.00"]),
    st.booleans(),
    st.sampled_from([(), (BLOCKED,)]),
)
def test_every_decision_is_safe(known: Now, amount: str, closed: bool, problems: tuple[Any, ...]) -> None:
    wanted = a_want(amount, closed=closed, problems=problems)
    book: Book = a_book()
    decision = decide(wanted, known, book)
    assert decision == decide(wanted, known, book)
    assert decision.outcome in ("create", "update", "close", "hold", "waiting", "unchanged")
    assert (decision.state == State.HELD) is (decision.outcome == "hold") is bool(decision.problems)
    if decision.state == State.READY:
        assert known.mode == Mode.WRITE and not known.flying
        assert closed or not problems
        assert known.remote_id or known.covered
    if decision.verb == Verb.UPDATE and decision.state == State.READY:
        assert isinstance(known.there, BillingLine) and known.there.stage == Stage.POSTED
