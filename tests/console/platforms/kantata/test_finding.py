from console.platforms.kantata.connector import Kantata
from console.wire.surface import Remote, Unsure
from tests.console.platforms.kantata.account import Account, Refusal, firm, play


def account_with_references() -> Account:
    account = Account()
    firm(account)
    account.refer("workspaces", "30", "Relay", "project", "TOp-1")
    account.refer("workspaces", "31", "Relay", "job", "55")
    account.refer("workspaces", "31", "Tieout", "project", "TOp-1")
    return account


def test_two_hundred_keys_are_one_call() -> None:
    account = account_with_references()

    async def act(connector: Kantata) -> None:
        found = await connector.find_many("project", ["TOp-1", *(f"TOx-{number}" for number in range(199))])
        mine = found["TOp-1"]
        assert isinstance(mine, Remote) and mine.remote_id == "31"
        assert sum(each is None for each in found.values()) == 199

    play(account, act)
    assert len(account.requests("GET", "workspaces")) == 1


def test_a_server_that_ignores_the_filter_finds_nothing_wrong() -> None:
    account = account_with_references()
    account.ignored.add("external_reference")

    async def act(connector: Kantata) -> None:
        mine = await connector.find("project", "TOp-1")
        assert isinstance(mine, Remote) and mine.remote_id == "31"
        assert await connector.find("project", "TOp-2") is None

    play(account, act)


def test_a_server_that_refuses_the_filter_is_compared_row_by_row() -> None:
    account = account_with_references()

    def refuse(method: str, path: str, params: dict[str, str]) -> None:
        if "external_reference_service_model_refs" in params:
            raise Refusal(400, {"type": "system", "message": "unknown filter"})

    account.before_answer = refuse

    async def act(connector: Kantata) -> None:
        mine = await connector.find("project", "TOp-1")
        assert isinstance(mine, Remote) and mine.remote_id == "31"

    play(account, act)


def test_hidden_references_prove_nothing() -> None:
    account = account_with_references()
    account.ignored.add("external_reference")

    def hide(body: dict[str, object]) -> dict[str, object]:
        body.pop("external_references", None)
        for row in body.get("workspaces", {}).values():  # type: ignore[attr-defined]
            row.pop("external_reference_ids", None)
        return body

    account.mangle = hide

    async def act(connector: Kantata) -> None:
        assert isinstance(await connector.find("project", "TOp-1"), Unsure)

    play(account, act)


def test_archived_records_are_found_too() -> None:
    account = account_with_references()
    account.touch("workspaces", "31", archived=True)

    async def act(connector: Kantata) -> None:
        assert isinstance(await connector.find("project", "TOp-1"), Remote)

    play(account, act)


def test_kinds_that_keep_no_key_say_so() -> None:
    async def act(connector: Kantata) -> None:
        assert isinstance(await connector.find("rate", "TOr-1"), Unsure)

    play(account_with_references(), act)


def test_a_user_who_sees_a_part_proves_no_absence() -> None:
    account = account_with_references()
    account.touch("account_memberships", "9", is_administrator=False, permission="Project Lead")

    async def act(connector: Kantata) -> None:
        found = await connector.find_many("project", ["TOp-1", "TOp-2"])
        assert isinstance(found["TOp-1"], Remote)
        assert isinstance(found["TOp-2"], Unsure)

    play(account, act)


def test_an_administrator_in_name_only_proves_none_either() -> None:
    account = account_with_references()
    del account.rows["account_memberships"]["9"]["cost_rate_in_cents"]

    async def act(connector: Kantata) -> None:
        assert await connector.find("project", "TOp-2") is None

    play(account, act)
    account.closed_paths.add("subscribed_events")

    async def act_without_feed(connector: Kantata) -> None:
        assert isinstance(await connector.find("project", "TOp-2"), Unsure)

    play(account, act_without_feed)
