import pytest

from console.platforms.kantata import passes
from console.platforms.kantata.connector import Kantata
from console.wire.faults import TryLater
from tests.console.platforms.kantata.account import Account, play, read


def reports(count: int) -> Account:
    account = Account()
    for _number in range(count):
        account.add("timesheet_submissions", status="approved")
    return account


def test_a_row_that_disappears_while_pages_are_turned_costs_no_other() -> None:
    account = reports(450)
    first = next(iter(account.rows["timesheet_submissions"]))

    def meanwhile(method: str, path: str, params: dict[str, str]) -> None:
        if path == "timesheet_submissions" and params["page"] == "2":
            account.rows["timesheet_submissions"].pop(first, None)

    account.before_answer = meanwhile

    async def act(connector: Kantata) -> None:
        records, _last = await read(connector, "approval")
        found = {each.remote_id for each in records}
        assert found >= set(account.rows["timesheet_submissions"])
        assert len(found) == len(records)

    play(account, act)


def test_rows_come_in_order_of_change() -> None:
    account = reports(30)
    account.touch("timesheet_submissions", next(iter(account.rows["timesheet_submissions"])))

    async def act(connector: Kantata) -> None:
        records, _last = await read(connector, "approval")
        stamps = [each.record.modified_at for each in records if each.record]
        assert stamps == sorted(stamps) and len(stamps) == 30

    play(account, act)


def test_a_large_collection_is_given_as_it_comes_and_starts_over_when_it_breaks_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passes, "HELD", 250)
    account = Account()
    for _number in range(450):
        account.add("expenses", workspace_id="30", user_id="1", date="2026-03-01", amount_in_cents=1, currency="USD")

    async def act(connector: Kantata) -> None:
        batches = [batch async for batch in connector.read("expense")]
        assert sum(len(batch.records) for batch in batches) == 450
        again = [batch async for batch in connector.read("expense", batches[0].cursor)]
        assert sum(len(batch.records) for batch in again) == 450
        assert (await read(connector, "expense", again[-1].cursor))[0] == []

    play(account, act)


def test_a_count_that_never_fits_is_tried_later() -> None:
    account = reports(3)
    account.mangle = lambda body: {**body, "count": 9, "meta": {"count": 9}}

    async def act(connector: Kantata) -> None:
        with pytest.raises(TryLater) as caught:
            await read(connector, "approval")
        assert caught.value.remedy

    play(account, act)
