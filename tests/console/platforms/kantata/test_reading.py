from datetime import date
from decimal import Decimal

import pytest

from console.platforms.kantata.connector import Kantata
from console.records.delivery import Approval, Milestone, Project, Task, TimeEntry
from console.records.firm import Customer, Resource, Role
from console.records.money import Money
from console.records.selling import Rate, RateCard
from console.wire.faults import Refused, Unexpected
from tests.console.platforms.kantata.account import Account, Refusal, entry, firm, play, read, stamp


def test_each_kind_is_read_in_our_words() -> None:
    account = Account()
    firm(account)
    account.add("roles", "5", name="Consultant")
    account.add("rate_card_sets", "60", title="Standard")
    account.add("rate_cards", "61", rate_card_set_id="60", currency="USD")
    account.add("stories", "40", title="Design", workspace_id="30", billable=True, archived=False, parent_id=None)
    account.touch("workspaces", "30", rate_card_id=61)

    async def act(connector: Kantata) -> dict[str, object]:
        return {kind: (await read(connector, kind))[0][0].record for kind in connector.card.reads[:4]} | {
            kind: (await read(connector, kind))[0][-1].record for kind in ("project", "task")
        }

    told = play(account, act)
    customer, resource, role, card = told["customer"], told["resource"], told["role"], told["rate_card"]
    assert isinstance(customer, Customer) and customer.domain == "acme.example"
    assert isinstance(resource, Resource) and resource.role == "k1/role/5" and resource.active
    assert isinstance(role, Role) and role.name == "Consultant"
    assert isinstance(card, RateCard) and (card.name, card.currency) == ("Standard", "USD")
    project, task = told["project"], told["task"]
    assert isinstance(project, Project) and project.customer == "k1/customer/20"
    assert project.budget == Money.of("44250", "USD") and project.rate_card == "k1/rate_card/61"
    assert isinstance(task, Task) and task.project == "k1/project/30" and task.active


def test_rates_hold_until_the_next_version_of_their_card() -> None:
    account = Account()
    account.add("rate_card_sets", "60", title="Standard")
    account.add("rate_cards", "61", rate_card_set_id="60", currency="JPY")
    for version, start in (("70", "2025-01-01"), ("71", "2026-01-01")):
        account.add("rate_card_set_versions", version, effective_date=start)
        role = account.add("rate_card_roles", role_id="5", rate=15000 + int(version))
        account.add(
            "rate_card_versions",
            version,
            rate_card_id="61",
            rate_card_set_version_id=version,
            rate_card_role_ids=[role],
            default_rate=9000,
        )

    async def act(connector: Kantata) -> list[Rate]:
        records, _last = await read(connector, "rate")
        return [each.record for each in records if isinstance(each.record, Rate)]

    rates = {(rate.role, rate.starts_on): rate for rate in play(account, act)}
    assert len(rates) == 4
    assert rates["k1/role/5", date(2025, 1, 1)].hourly == Money(Decimal(15070), "JPY")
    assert rates["k1/role/5", date(2025, 1, 1)].ends_on == date(2025, 12, 31)
    assert rates["", date(2026, 1, 1)].ends_on is None
    assert rates["", date(2026, 1, 1)].rate_card == "k1/rate_card/61"


def test_time_is_approved_when_it_and_its_timesheet_are_or_nobody_has_to() -> None:
    account = Account()
    firm(account)
    account.add("timesheet_submissions", "80", status="approved")
    account.add("timesheet_submissions", "81", status="rejected")
    expected = {
        entry(account, approved=True, active_submission_id="80"): True,
        entry(account, approved=True, recent_submission_id="81"): False,
        entry(account, approved=False, active_submission_id="80"): False,
        entry(account, approved=True): False,
        entry(account, project="31", approved=True): True,
        entry(account, project="31"): True,
    }

    async def act(connector: Kantata) -> dict[str, bool]:
        records, _last = await read(connector, "time_entry")
        return {each.remote_id: each.record.approved for each in records if isinstance(each.record, TimeEntry)}

    assert play(account, act) == expected


def test_milestones_are_completed_with_their_task() -> None:
    account = Account()
    firm(account)
    account.add("stories", "41", title="Go live", state="completed", workspace_id="30")
    common = {"workspace_id": "30", "amount_in_cents": 250000, "title": "Go live", "date_to_invoice": "2026-04-01"}
    account.add("billing_milestones", "50", story_id="41", **common)
    account.add("billing_milestones", "51", **common)

    async def act(connector: Kantata) -> list[Milestone]:
        records, _last = await read(connector, "milestone")
        return [each.record for each in records if isinstance(each.record, Milestone)]

    done, open_one = play(account, act)
    assert done.completed and done.completed_on == date(2026, 4, 1) and done.amount == Money.of("2500", "USD")
    assert not open_one.completed and open_one.completed_on is None


def test_timesheets_and_expense_reports_keep_their_ids_apart() -> None:
    account = Account()
    account.add("timesheet_submissions", "7", status="new", start_date="2026-03-01", end_date="2026-03-07")
    account.add("expense_report_submissions", "7", status="approved")

    async def act(connector: Kantata) -> list[tuple[str, str]]:
        records, _last = await read(connector, "approval")
        return [(each.remote_id, each.record.status) for each in records if isinstance(each.record, Approval)]

    assert play(account, act) == [("7", "pending"), ("expense_report-7", "approved")]


def test_ids_may_be_numbers() -> None:
    account = Account()
    firm(account)
    entry(account)
    account.number_ids = True

    async def act(connector: Kantata) -> TimeEntry:
        found = (await read(connector, "time_entry"))[0][0].record
        assert isinstance(found, TimeEntry)
        return found

    assert play(account, act).project == "k1/project/30"


def test_a_read_goes_page_by_page_and_an_idle_one_brings_nothing() -> None:
    account = Account()
    firm(account)
    names = [entry(account) for _number in range(450)]

    async def act(connector: Kantata) -> None:
        batches = [batch async for batch in connector.read("time_entry")]
        assert [len(batch.records) for batch in batches] == [200, 199, 51], "each page overlaps the one before by a row"
        assert batches[0].expected == 450
        records = [each for batch in batches for each in batch.records]
        assert [each.remote_id for each in records] == names
        for kind in connector.card.reads:
            _first, last = await read(connector, kind)
            again, _last = await read(connector, kind, last.cursor)
            assert again == [], kind

    play(account, act)


def test_a_read_goes_on_from_the_cursor_of_any_batch() -> None:
    account = Account()
    firm(account)
    names = [entry(account) for _number in range(450)]

    async def act(connector: Kantata) -> None:
        first = await anext(connector.read("time_entry"))
        rest, last = await read(connector, "time_entry", first.cursor)
        assert [each.remote_id for each in (*first.records, *rest)] == names
        account.touch("time_entries", names[3], notes="mended")
        assert [each.remote_id for each in (await read(connector, "time_entry", last.cursor))[0]] == [names[3]]

    play(account, act)


@pytest.mark.parametrize("switch", ["order", "updated_after", "limit"])
def test_servers_that_ignore_a_parameter_lose_nothing(switch: str) -> None:
    account = Account()
    firm(account)
    account.ignored.add(switch)
    names = [entry(account) for _number in range(450)]
    account.touch("time_entries", names[0])

    async def act(connector: Kantata) -> None:
        records, last = await read(connector, "time_entry")
        assert sorted(each.remote_id for each in records) == sorted(names)
        account.touch("time_entries", names[7])
        changed, _last = await read(connector, "time_entry", last.cursor)
        assert names[7] in {each.remote_id for each in changed}

    play(account, act)


def test_rows_changed_while_pages_are_turned_are_neither_missed_nor_repeated() -> None:
    account = Account()
    firm(account)
    names = [entry(account) for _number in range(900)]
    changed = list(names)

    def meanwhile(method: str, path: str, params: dict[str, str]) -> None:
        if path == "time_entries" and len(changed) > 890:
            account.touch("time_entries", changed.pop(0))

    account.before_answer = meanwhile

    async def act(connector: Kantata) -> None:
        records, _last = await read(connector, "time_entry")
        states = [(each.remote_id, each.version) for each in records]
        assert len(set(states)) == len(states)
        last = dict(states)
        assert all(last[name].startswith(account.rows["time_entries"][name]["updated_at"]) for name in names)

    play(account, act)


def test_approval_of_a_timesheet_brings_its_entries_again() -> None:
    account = Account()
    firm(account)
    name = entry(account, approved=True, active_submission_id="80")
    account.add("timesheet_submissions", "80", status="pending", time_entry_ids=[name])

    async def act(connector: Kantata) -> None:
        _records, last = await read(connector, "time_entry")
        account.touch("timesheet_submissions", "80", status="approved")
        again, last = await read(connector, "time_entry", last.cursor)
        assert [(each.remote_id, each.record.approved) for each in again if isinstance(each.record, TimeEntry)] == [
            (name, True)
        ]
        assert (await read(connector, "time_entry", last.cursor))[0] == []

    play(account, act)


def test_deleted_rows_are_told_once_by_the_feed_and_only_when_they_are_gone() -> None:
    account = Account()
    firm(account)
    gone, stays = entry(account), entry(account)

    async def act(connector: Kantata) -> None:
        _records, last = await read(connector, "time_entry")
        account.remove("time_entries", gone, "time_entry")
        account.add("subscribed_events", event_type="time_entry:deleted", subject_id=stays)
        _records, last = await read(connector, "time_entry", last.cursor)
        assert list(last.deleted) == [gone]
        _records, last = await read(connector, "time_entry", last.cursor)
        assert list(last.deleted) == []

    play(account, act)


def test_tasks_say_themselves_that_they_were_deleted() -> None:
    account = Account()
    firm(account)
    account.add("stories", "40", title="Design", workspace_id="30", deleted_at=None)
    account.add("stories", "41", title="Old", workspace_id="30", deleted_at=stamp(5))

    async def act(connector: Kantata) -> None:
        records, last = await read(connector, "task")
        assert [each.remote_id for each in records] == ["40"]
        assert list(last.deleted) == ["41"]

    play(account, act)


def test_a_closed_feed_and_closed_submissions_stop_no_read() -> None:
    account = Account()
    firm(account)
    entry(account)
    account.closed_paths |= {"subscribed_events", "timesheet_submissions"}

    async def act(connector: Kantata) -> None:
        _records, last = await read(connector, "time_entry")
        entry(account)
        records, _last = await read(connector, "time_entry", last.cursor)
        assert len(records) == 1

    play(account, act)
    assert len(account.requests("GET", "subscribed_events")) == 1


def test_only_the_broken_record_is_held() -> None:
    account = Account()
    firm(account)
    entry(account)
    entry(account, date_performed="someday")
    entry(account, rate_in_cents="NaN")

    async def act(connector: Kantata) -> None:
        records, _last = await read(connector, "time_entry")
        assert [bool(each.record) for each in records] == [True, False, False]
        assert "worked_on" in records[1].fault and "rate" in records[2].fault

    play(account, act)


def test_a_filter_that_narrows_instead_is_left_out() -> None:
    account = Account()
    firm(account)
    account.add("expenses", workspace_id="30", user_id="1", date="2026-03-01", amount_in_cents=500, currency="USD")
    account.mangle = lambda body: (
        {**body, "count": 0, "results": []}
        if "expenses" in body and "from_archived_workspaces" in account.asked[-1][2]
        else body
    )

    async def act(connector: Kantata) -> None:
        assert len((await read(connector, "expense"))[0]) == 1

    play(account, act)


def test_everything_that_hides_rows_by_default_is_asked_for() -> None:
    account = Account()
    firm(account)
    account.touch("workspaces", "31", archived=True)

    async def act(connector: Kantata) -> None:
        assert {each.remote_id for each in (await read(connector, "project"))[0]} == {"30", "31"}
        await read(connector, "task")
        await read(connector, "resource")

    play(account, act)
    assert account.requests("GET", "stories")[-1]["all_on_account"] == "true"
    assert account.requests("GET", "users")[-1]["show_disabled"] == "true"


def test_pages_that_repeat_are_a_fault() -> None:
    account = Account()
    for _number in range(3):
        account.add("roles", name="Consultant")
    account.mangle = lambda body: {**body, "count": 300}
    account.before_answer = lambda method, path, params: params.update(page="1")

    async def act(connector: Kantata) -> None:
        with pytest.raises(Unexpected):
            await read(connector, "role")

    play(account, act)


def test_a_storm_of_429_passes() -> None:
    account = Account()
    firm(account)
    entry(account)
    account.refusals = [Refusal(429, {"type": "system", "message": "Too many requests"})]

    async def act(connector: Kantata) -> None:
        assert len((await read(connector, "time_entry"))[0]) == 1

    play(account, act)


def test_servers_that_refuse_an_order_are_read_without() -> None:
    account = Account()
    firm(account)
    names = [entry(account) for _number in range(250)]

    def refuse(method: str, path: str, params: dict[str, str]) -> None:
        if "order" in params and path in ("time_entries", "users"):
            raise Refusal(400, {"type": "system", "message": "unknown order"})

    account.before_answer = refuse

    async def act(connector: Kantata) -> None:
        records, last = await read(connector, "time_entry")
        assert sorted(each.remote_id for each in records) == sorted(names)
        assert (await read(connector, "time_entry", last.cursor))[0] == []
        assert len((await read(connector, "resource"))[0]) == 1

    play(account, act)


def test_a_closed_list_is_refused_and_says_who_can_help() -> None:
    account = Account()
    account.closed_paths.add("time_entries")

    async def act(connector: Kantata) -> None:
        with pytest.raises(Refused) as caught:
            await read(connector, "time_entry")
        assert caught.value.problem is not None and "administrator" in caught.value.problem.who

    play(account, act)
