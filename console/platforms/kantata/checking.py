"""Who we are on a Kantata account, and what its administrator must still allow: hidden fields look like no data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from console.platforms.kantata.client import Client
from console.platforms.kantata.envelope import Row, id_of
from console.platforms.kantata.resources import PROJECTS, RATES, TIME, Resource
from console.wire.faults import ChangedMeanwhile, Refused, Unexpected
from console.wire.surface import Advice, Standing
from console.words import _

_PROMOTE = "Kantata, Settings, Members: open the user of this connection and set its permission to Administrator."


async def standing(client: Client, api_version: str) -> Standing:
    """Ask the account who and what it is. Writes nothing; works where optional endpoints are missing.

    Raises `Unexpected` where nothing says that an account is there.
    """
    me = await client.me()
    sample = await _first(client, PROJECTS)
    if not me and sample is None:
        raise Unexpected(
            _("{host} shows neither our user nor any project, as no Kantata account does.", host=client.wire.host),
            _("Check the address of the connection, and what the owner of the token may see."),
        )
    account = id_of(me.get("account_id")) or id_of((sample or {}).get("account_id")) or client.wire.host
    return Standing(
        tenant=account,
        tenant_name=_text(me.get("account_name")) or _("Kantata account {account}", account=account),
        environment="prod",
        user=_text(me.get("full_name")) or _text(me.get("email_address")) or _("the owner of the token"),
        advice=[each async for each in _advice(client, sample)],
        api_version=api_version,
        facts={
            "user_id": id_of(me.get("id")),
            "email": _text(me.get("email_address")),
            "permission": await client.permission(),
        },
    )


async def _advice(client: Client, project: Row | None) -> AsyncIterator[Advice]:
    if project is None:
        yield _unseen(
            "no_projects",
            _("This user sees no projects in Kantata."),
            _("Add the user to the projects it shall keep in step, or make it an administrator."),
            "project",
        )
    elif _hidden(project, ("currency",)):
        yield _unseen(
            "project_money_hidden",
            _("Kantata hides budgets and currencies of projects from this user."),
            _("Give the user financial access in its projects. {promote}", promote=_(_PROMOTE)),
            "project",
        )
    if await client.sees_part():
        yield _unseen(
            "partial_view",
            _("This user sees only its own projects, so Tieout cannot tell whether a record exists already."),
            _(_PROMOTE),
            "project",
            "task",
            "milestone",
        )
    async for each in _about_time(client):
        yield each
    if not await _readable(client, RATES):
        yield _unseen(
            "rates_hidden",
            _("Kantata shows rate cards to administrators only."),
            _(_PROMOTE),
            "rate_card",
            "rate",
        )
    if not await client.feed_open():
        yield Advice(
            "no_event_feed",
            _("Kantata's event feed is closed to this user, so deletions are noticed only by comparing ids."),
            _("Ask Kantata to enable Subscribed Events for the account and connect with an administrator's token."),
        )


async def _about_time(client: Client) -> AsyncIterator[Advice]:
    entry = await _first(client, TIME)
    if entry is None:
        return
    if "approved" not in entry and "approval_status" not in entry:
        yield _unseen(
            "approval_hidden",
            _("Kantata does not tell this user whether time is approved, so none of it will be billed."),
            _("Give the user financial access in its projects, or make it an administrator."),
            "time_entry",
        )
    if _hidden(entry, ("rate_in_cents",)):
        yield Advice(
            "time_rates_hidden",
            _("Kantata hides the rates of time entries from this user; rate cards are used alone."),
            _("Give the user financial access in its projects. {promote}", promote=_(_PROMOTE)),
        )
    if _hidden(entry, ("workspace_id", "user_id")):
        yield _unseen(
            "links_hidden",
            _("Kantata does not show the project or the person of a time entry."),
            _("Check that the address is Kantata's own API and that the user may see people and projects."),
            "time_entry",
            "expense",
        )


def _hidden(row: Row, names: Sequence[str]) -> bool:
    return any(name not in row for name in names)


def _unseen(code: str, sentence: str, instruction: str, *blocks: str) -> Advice:
    return Advice(code, sentence, instruction, blocks)


async def _first(client: Client, resource: Resource) -> Row | None:
    try:
        page = await client.page(resource, {"per_page": "1"})
    except (Refused, ChangedMeanwhile):
        return None
    return page.rows[0] if page.rows else None


async def _readable(client: Client, resource: Resource) -> bool:
    try:
        await client.page(resource, {"per_page": "1"})
    except (Refused, ChangedMeanwhile):
        return False
    return True


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
