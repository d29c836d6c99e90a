import pytest

from console.platforms.kantata.connector import Kantata
from console.wire.faults import SignInAgain
from console.wire.surface import Remote, Unsure
from tests.console.platforms.kantata.account import Account, Refusal, entry, firm, play, read, stamp


def test_absence_is_not_proof_and_the_feed_with_a_404_is() -> None:
    account = Account()
    firm(account)
    there, hidden, gone, vanished = (entry(account) for _number in range(4))
    account.hidden_rows.add(("time_entries", hidden))
    account.remove("time_entries", gone, "time_entry")
    account.remove("time_entries", vanished)

    async def act(connector: Kantata) -> None:
        found = await connector.reread("time_entry", [there, hidden, gone, vanished, "no number"])
        assert isinstance(found[there], Remote)
        assert found[gone] is None
        assert all(isinstance(found[name], Unsure) for name in (hidden, vanished, "no number"))

    play(account, act)


def test_a_list_may_hide_what_its_id_still_shows() -> None:
    account = Account()
    firm(account)
    name = entry(account)

    def hide_lists(body: dict[str, object]) -> dict[str, object]:
        return {**body, "results": []} if "only" in account.asked[-1][2] else body

    account.mangle = hide_lists

    async def act(connector: Kantata) -> None:
        assert isinstance((await connector.reread("time_entry", [name]))[name], Remote)

    play(account, act)


def test_a_task_marked_as_deleted_is_gone() -> None:
    account = Account()
    firm(account)
    account.add("stories", "41", title="Old", workspace_id="30", deleted_at=stamp(5))

    async def act(connector: Kantata) -> None:
        assert (await connector.reread("task", ["41"]))["41"] is None

    play(account, act)


def test_both_sorts_of_approval_are_read_again() -> None:
    account = Account()
    account.add("timesheet_submissions", "7", status="approved")
    account.add("expense_report_submissions", "8", status="approved")

    async def act(connector: Kantata) -> None:
        found = await connector.reread("approval", ["7", "expense_report-8", "expense_report-7"])
        assert isinstance(found["7"], Remote) and isinstance(found["expense_report-8"], Remote)
        assert isinstance(found["expense_report-7"], Unsure)

    play(account, act)


def test_rates_are_read_again_as_a_whole() -> None:
    account = Account()
    account.add("rate_cards", "61", currency="USD")
    account.add("rate_card_versions", "70", rate_card_id="61", default_rate=9000)

    async def act(connector: Kantata) -> None:
        found = await connector.reread("rate", ["version-70", "version-71"])
        assert isinstance(found["version-70"], Remote) and isinstance(found["version-71"], Unsure)

    play(account, act)


def test_a_wrong_token_asks_to_sign_in_and_is_never_shown() -> None:
    async def act(connector: Kantata) -> None:
        with pytest.raises(SignInAgain) as caught:
            await read(connector, "project")
        assert "wrong-token" not in str(caught.value) + repr(connector) + caught.value.vendor_text
        assert caught.value.trace_id.startswith("req-")

    play(Account(), act, token="wrong-token")


def test_a_cancelled_account_asks_to_sign_in() -> None:
    account = Account()
    account.refusals = [Refusal(403, {"type": "system", "message": "Your account has been canceled"})]

    async def act(connector: Kantata) -> None:
        with pytest.raises(SignInAgain) as caught:
            await connector.find("project", "TOp-1")
        assert "cancelled" in caught.value.sentence

    play(account, act)


def test_there_are_no_jobs() -> None:
    async def act(connector: Kantata) -> None:
        assert await connector.outcome("any") == {}

    play(Account(), act)
