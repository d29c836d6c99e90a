"""The script against people who only remember: what is expected at every step, and the score of a console."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.sandbox.firm.later import later
from console.sandbox.firm.make import make_firm
from console.sandbox.firm.model import TIME_AND_MATERIALS, Firm
from console.sandbox.firm.script import TITLES, People, Script
from console.sandbox.journal import Entry
from console.sandbox.score import score
from console.sandbox.tenant import PostedLine

TODAY = date(2025, 11, 21)


@dataclass
class Office:
    """Everybody at once: knows every project, and posts what a correct console would have posted by now."""

    absent: bool = False
    script: Script | None = None
    done: list[tuple[str, Any]] = field(default_factory=list)

    def project(self, name: str) -> str:
        return "" if self.absent else f"id of {name}"

    def lines(self, project_id: str) -> list[PostedLine]:
        assert self.script
        wanted = [line for line in self.script.tally.lines() if f"id of {line.project}" == project_id and line.work]
        return [
            PostedLine(line.work, "", "time", line.project, line.person, line.task, line.on, 60, Decimal(9),
                       line.amount, line.currency, "")
            for line in wanted
        ]  # fmt: skip

    def complete_milestone(self, project_id: str, title: str, on: date) -> bool:
        self.done.append(("complete_milestone", title))
        return True

    def __getattr__(self, act: str) -> Any:
        if act.startswith("__"):
            raise AttributeError(act)

        def do(*given: Any, **named: Any) -> str:
            self.done.append((act, given or named))
            return "done"

        return do


def begun(firm: Firm, absent: bool = False) -> tuple[Script, Office]:
    office = Office(absent)
    office.script = Script(firm, People([office], [office], [office]))
    return office.script, office


@pytest.fixture(scope="module")
def firm() -> Firm:
    return make_firm(7, "small", 24, True, TODAY)


def test_every_trouble_appears_when_planned_and_some_end(firm: Firm):
    script, _ = begun(firm)
    for step in range(len(TITLES) + 1):
        told = script.advance() if step else {"waiting": 0}
        assert told["waiting"] == 0
        wanted: dict[str, int] = {}
        for trouble in firm.troubles:
            if trouble.from_step <= step and (trouble.until_step is None or step < trouble.until_step):
                wanted[trouble.code] = wanted.get(trouble.code, 0) + len(trouble.records)
        assert script.tally.expected()["held"] == wanted


def test_the_end_is_stated_to_the_coin(firm: Firm):
    script, _ = begun(firm)
    for _ in TITLES:
        script.advance()
    expected = script.tally.expected()
    assert (expected["deals_won"], expected["projects_created"], expected["amendments_won"]) == (30, 27, 3)
    held = sum(expected["held"][code] for code in (
        "inactive_task", "expired_rate", "unknown_resource", "closed_period", "missing_tax_code", "cap_exceeded",
    ))  # fmt: skip
    still_reopened = 2
    assert (
        expected["entries_approved"] + still_reopened
        == expected["entries_billed"] + held + expected["entries_not_billable"]
    )
    assert set(expected["money_billed"]) == {"USD", "GBP", "EUR", "JPY"}
    assert "." not in expected["money_billed"]["JPY"]


def test_money_is_minutes_times_the_rate_of_the_day_halves_up(firm: Firm):
    script, _ = begun(firm)
    works = {work.key: work for work in firm.works}
    projects = {project.key: project for project in firm.projects}
    cards = {card.key: card for card in firm.rate_cards}
    checked = 0
    for line in script.tally.lines():
        if line.work:
            work = works[line.work]
            hourly = cards[projects[work.project].rate_card].hourly(work.role, work.on)
            coin = Decimal(1) if line.currency == "JPY" else Decimal("0.01")
            assert line.amount == (Decimal(work.minutes) * hourly / Decimal(60)).quantize(coin, ROUND_HALF_UP)
            checked += 1
    assert checked > 500


def test_the_cap_is_passed_by_each_further_entry_in_any_order(firm: Firm):
    (sale,) = [sale for sale in firm.sales if sale.key == firm.parts["capped"]]
    chapters = [chapter for found in later(firm).chapters.values() for chapter in found if chapter.sale == sale]
    works = [work for chapter in chapters for work in chapter.works]
    card = next(card for card in firm.rate_cards if card.key == sale.rate_card)
    amounts = {card.hourly(work.role, work.on) * work.minutes / 60 for work in works}
    assert len(works) == 15 and len(amounts) == 1 and sale.cap
    (amount,) = amounts
    assert 12 * amount < sale.cap < 13 * amount


def test_people_wait_for_projects_and_lines_and_catch_up(firm: Firm):
    script, office = begun(firm, absent=True)
    for _ in TITLES:
        waiting = script.advance()["waiting"]
    assert waiting and not [act for act, _ in office.done if act == "log_time"]
    office.absent = False
    assert script.advance()["waiting"] == 0
    punctual, _ = begun(firm)
    for _ in TITLES:
        punctual.advance()
    caught_up, in_time = script.tally.expected(), punctual.tally.expected()
    assert caught_up["money_billed"] == in_time["money_billed"]
    assert caught_up["held"] == in_time["held"]
    assert script.advance() == {"step": 4, "of": 4, "title": TITLES[-1], "acts": 0, "waiting": 0}


def perfect_journal(script: Script) -> list[Entry]:
    """What a console writes that does exactly what is expected."""
    entries = []
    for n, line in enumerate(script.tally.lines()):
        kind = "time_line" if line.work else "charge_line"
        facts = {
            "project": line.project,
            "person": line.person,
            "task": line.task,
            "on": str(line.on),
            "amount": str(line.amount),
            "currency": line.currency,
        }
        entries.append(Entry("", "netsuite", "netsuite", kind, "create", f"key-{n}", str(n), {}, "api", facts))
    for n in range(script.tally.expected()["projects_created"]):
        for platform in ("netsuite", "kantata"):
            entries.append(Entry("", platform, platform, "project", "create", f"p-{n}", f"{n}", {}, "api", {}))
    return entries


def test_a_perfect_console_scores_ok_and_every_slip_is_seen(firm: Firm):
    script, _ = begun(firm)
    perfect = perfect_journal(script)
    assert score(perfect, script.tally)["ok"]

    def verdict(entries: list[Entry]) -> tuple[int, int, int, bool]:
        found = score(entries, script.tally)
        return found["duplicates"], found["lost"], found["unexpected"], found["ok"]

    first = perfect[0]
    assert verdict(perfect[1:]) == (0, 1, 0, False)
    assert verdict([*perfect, replace(first, key="other", remote_id="x")]) == (1, 0, 0, False)
    stranger = replace(first, key="s", remote_id="s", facts={**first.facts, "on": "2025-06-01"})
    assert verdict([*perfect, stranger]) == (0, 0, 1, False)
    assert verdict([*perfect, replace(first, verb="delete")]) == (0, 1, 0, False)
    dearer = replace(first, verb="update", facts={**first.facts, "amount": "1.00"})
    assert verdict([*perfect, dearer]) == (0, 0, 0, False)
    assert verdict([*perfect, replace(dearer, by="people")]) == (0, 0, 0, True)
    twice = replace(first, kind="customer", remote_id="c1", key="same")
    assert verdict([*perfect, twice, replace(twice, remote_id="c2")]) == (1, 0, 0, False)


@settings(max_examples=15)
@given(st.dates(date(2022, 1, 1), date(2030, 12, 31)), st.integers(0, 1000), st.sampled_from([0, 1, 24]))
def test_on_any_day_everything_planned_happens(today: date, seed: int, months: int):
    firm = make_firm(seed, "small", months, False, today)
    script, _ = begun(firm)
    for _ in TITLES:
        assert script.advance()["waiting"] == 0
    held = script.tally.expected()["held"]
    ended = {"amendment_gap"}
    assert set(held) == {trouble.code for trouble in firm.troubles} - ended
    assert held["cap_exceeded"] == 3
    works = [work for found in later(firm).chapters.values() for chapter in found for work in chapter.works]
    assert all(work.on <= today for work in works)
    assert all(
        chapter.sale.entity != "jp" or step < 3 for step, found in later(firm).chapters.items() for chapter in found
    )
    assert TIME_AND_MATERIALS in {sale.billing_type for sale in firm.sales}
