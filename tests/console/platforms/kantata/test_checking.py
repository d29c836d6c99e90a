from console.platforms.kantata.connector import Kantata
from console.wire.surface import Standing
from tests.console.platforms.kantata.account import Account, Refusal, entry, firm, play


async def check(connector: Kantata) -> Standing:
    return await connector.check()


def codes(standing: Standing) -> set[str]:
    return {each.code for each in standing.advice}


def test_an_administrator_needs_no_advice() -> None:
    account = Account()
    firm(account)
    entry(account, approved=True)
    standing = play(account, check)
    assert standing.advice == []
    assert (standing.tenant, standing.user, standing.environment) == ("77", "Mara Lind", "prod")
    assert standing.facts["permission"] == "administrator"


def test_missing_fields_and_closed_lists_become_advice() -> None:
    account = Account()
    firm(account)
    entry(account)
    account.closed_paths |= {"subscribed_events", "rate_card_versions"}

    def hide(body: dict[str, object]) -> dict[str, object]:
        for path in ("workspaces", "time_entries"):
            for row in body.get(path, {}).values():  # type: ignore[attr-defined]
                for name in ("price_in_cents", "currency", "rate_in_cents"):
                    row.pop(name, None)
        return body

    account.mangle = hide
    standing = play(account, check)
    assert codes(standing) == {
        "project_money_hidden",
        "approval_hidden",
        "time_rates_hidden",
        "rates_hidden",
        "no_event_feed",
    }
    assert all(each.sentence and each.instruction for each in standing.advice)
    assert "time_entry" in next(each for each in standing.advice if each.code == "approval_hidden").blocks


def test_a_user_without_projects_is_told() -> None:
    account = Account()
    account.add("users", "1", full_name="Mara Lind")
    assert "no_projects" in codes(play(account, check))


def test_servers_without_the_optional_endpoints_are_checked_too() -> None:
    account = Account()
    account.add("workspaces", "30", title="Only", account_id=12, currency="USD", price_in_cents=None)

    def missing(method: str, path: str, params: dict[str, str]) -> None:
        if path not in ("workspaces", "time_entries"):
            raise Refusal(404, {"type": "system", "message": "Not found"})

    account.before_answer = missing
    standing = play(account, check)
    assert standing.tenant == "12"
    assert codes(standing) == {"rates_hidden", "no_event_feed"}
