"""The firm inside the account: how its past was seeded, and what its people do next."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from console.sandbox.firm.model import Sheet, Spend, Work
from console.sandbox.journal import PEOPLE


def test_the_past_is_there(account):
    firm = account.running.practice.firm
    projects = {
        each["title"]: each
        for each in account.every("workspaces", include="primary_workspace_group,external_references")
    }
    companies = {each.key: each for each in firm.companies}
    groups = {each["id"]: each["name"] for each in account.every("workspace_groups")}
    assert set(projects) == {each.name for each in firm.projects}
    for project in firm.projects:
        mine = projects[project.name]
        assert mine["currency"] == project.currency
        assert mine["price_in_cents"] == project.budget * mine["currency_base_unit"]
        assert groups[mine["primary_workspace_group_id"]] == companies[project.company].name
        assert len(mine["external_reference_ids"]) == (1 if project.foreign_key else 0)
    assert {each["service_name"] for each in account.every("external_references")} == {"relay"}
    known = {each.key for each in firm.projects}
    works = [each for each in firm.works if each.project in known]
    entries = account.every("time_entries", include="story")
    assert Counter(each["time_in_minutes"] for each in entries) == Counter(each.minutes for each in works)
    approved = {each.key for each in firm.sheets if each.status == "approved"}
    assert sum(each["approved"] for each in entries) == sum(1 for each in works if each.sheet in approved)
    assert all(each["story_id"] for each in entries)
    assert len(account.every("users")) == len(firm.people) + 1
    assert len(account.every("expenses")) == sum(1 for each in firm.spends if each.project in known)
    milestones = account.every("billing_milestones", include="story")
    assert len(milestones) == sum(1 for each in firm.milestones if each.project in known)


def test_rate_cards_and_their_end(account):
    firm = account.running.practice.firm
    ids = {
        card.key: place
        for card, place in zip(firm.rate_cards, account.every("rate_cards", order="id:asc"), strict=True)
    }
    sets = {each["title"] for each in account.every("rate_card_sets")}
    assert sets == {each.name for each in firm.rate_cards}
    dated = {each["id"]: each["effective_date"] for each in account.every("rate_card_set_versions")}
    versions = account.every("rate_card_versions", include="rate_card,rate_card_set_version,rate_card_roles")
    prices = {each["id"]: each["rate"] for each in account.every("rate_card_roles")}
    for card in firm.rate_cards:
        mine = [each for each in versions if each["rate_card_id"] == ids[card.key]["id"]]
        for version in card.versions:
            first = version.starts_on.isoformat()
            (here,) = [each for each in mine if dated[each["rate_card_set_version_id"]] == first]
            unit = 1 if card.currency == "JPY" else 100
            assert sorted(prices[each] for each in here["rate_card_role_ids"]) == sorted(
                int(each * unit) for each in version.hourly.values()
            )
        ended = card.versions[-1].ends_on is not None
        assert len(mine) == len(card.versions) + ended
        assert any(each["default_rate"] is None and not each["rate_card_role_ids"] for each in mine) is ended


def test_people_log_hand_in_reopen_and_spend(fresh):
    firm, people = fresh.running.practice.firm, fresh.tenant.people
    project = fresh.project("New engagement", currency="EUR")
    fresh.made("stories", "story", title="Discovery", story_type="task", workspace_id=project)
    assert people.project("New engagement") == project
    assert people.project("nothing") == ""
    person, boss = firm.people[0], firm.people[1]
    works = [
        Work(f"w-{n}", "s-x", task, person.key, person.role, firm.today, 20 * (n + 1), True, "Build", "t-1")
        for n, task in enumerate(("Discovery", "Unheard of"))
    ]
    people.log_time(project, works)
    entries = fresh.listed("time_entries", workspace_id=project, include="story,user", order="id:asc")
    assert [each["story_id"] is not None for each in entries] == [True, False]
    assert [each["time_in_minutes"] for each in entries] == [20, 40]
    sheet = Sheet("t-1", "s-x", person.key, firm.today, firm.today, "approved", boss.key, firm.today)
    people.settle(project, sheet, ["w-0", "w-1"])
    assert {each["approved"] for each in fresh.listed("time_entries", workspace_id=project)} == {True}
    people.reopen("t-1")
    people.change_time("w-0", 80, "Corrected")
    shown = fresh.listed("time_entries", workspace_id=project, order="id:asc")
    assert [(each["time_in_minutes"], each["approved"]) for each in shown] == [(80, False), (40, False)]
    people.settle(project, sheet, ["w-0", "w-1"])
    (submission,) = fresh.listed("timesheet_submissions", workspace_id=project)
    assert submission["status"] == "approved"
    assert {each["approved"] for each in fresh.listed("time_entries", workspace_id=project)} == {True}
    spend = Spend(
        "x-1", "s-x", person.key, firm.today, "Travel", Decimal("12.50"), "EUR", True, "Train", "approved", boss.key
    )
    people.spend(project, [spend, replace(spend, key="x-2", status="pending")])
    spent = fresh.listed("expenses", workspace_id=project, optional_fields="approved", order="id:asc")
    assert [(each["amount_in_cents"], each["approved"]) for each in spent] == [(1250, True), (1250, False)]
    by = {
        each.by for each in fresh.running.practice.journal.entries if each.kind in ("time_entry", "approval", "expense")
    }
    assert by == {PEOPLE}


def test_people_complete_a_milestone(fresh):
    firm, people = fresh.running.practice.firm, fresh.tenant.people
    project = fresh.project("With a milestone")
    assert people.complete_milestone(project, "Kick-off", firm.today) is False
    body = {"title": "Kick-off", "workspace_id": project, "amount_in_cents": 100, "date_to_invoice": "2026-06-30"}
    made = fresh.made("billing_milestones", "billing_milestone", **body)
    assert people.complete_milestone(project, "Kick-off", firm.today) is True
    told = fresh.told(f"billing_milestones/{made['id']}", include="story")
    mine = told["billing_milestones"][made["id"]]
    assert mine["date_to_invoice"] == firm.today.isoformat()
    assert told["stories"][mine["story_id"]]["state"] == "completed"
