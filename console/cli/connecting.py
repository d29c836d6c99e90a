"""connect, connections, platforms: the tenants a workspace speaks to."""

from __future__ import annotations

import asyncio
import os
import sys
import webbrowser
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import orjson
import typer

from console.cli.opening import AsJson, PassphraseFd, Workspace, opened, pair, vault_of
from console.cli.speaking import Refusal, say, say_fault, say_json, say_rows
from console.composition import PLATFORMS, PRACTICE, actor, by_browser, connector_for, needs_browser
from console.desk import connecting as desk
from console.desk.connecting import WrongUse
from console.wire.hello import is_practice
from console.wire.surface import Card, Standing
from console.words import _
from local_db.connections import ConnectionRow
from local_db.store import StoreFault

UNTOLD = "untold"
"""The environment of a tenant that is no practice platform and has not said yet what it is."""


def add_to(app: typer.Typer) -> None:
    app.command()(connect)
    app.command()(connections)
    app.command()(platforms)


def platforms(as_json: AsJson = False) -> None:
    """Every platform Tieout speaks to: what it reads and writes, and how safely."""
    rows = [desk.platform_row(platform.CARD) for platform in PLATFORMS.values()]
    if as_json:
        say_json(rows)
        return
    shown = [
        {
            **row,
            "sign_ins": [way["name"] for way in row["sign_ins"]],
            "writes": sorted({w["kind"] for w in row["writes"]}),
        }
        for row in rows
    ]
    say_rows(shown, ("key", "title", "roles", "sign_ins", "writes"))


def connections(workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Every connection: how it stands, its modes, and what was read completely."""
    with opened(workspace) as store, store.reading() as db:
        rows = desk.connection_rows(db)
    if as_json:
        say_json(rows)
        return
    say_rows(rows, ("id", "title", "tenant", "environment", "state", "last_success", "sentence"))


def connect(
    platform: Annotated[str, typer.Argument(metavar="KEY", help=_("The platform's key; see `platforms`."))],
    field: Annotated[
        list[str] | None, typer.Option("--field", help=_("name=value, by the vendor's own names."))
    ] = None,
    secrets: Annotated[str, typer.Option("--secrets", help=_("`-`: read secrets as JSON from standard input."))] = "",
    name: Annotated[str, typer.Option("--name", help=_("What to call the connection."))] = "",
    workspace: Workspace = "",
    passphrase_fd: PassphraseFd = -1,
    as_json: AsJson = False,
) -> None:
    """Connect a tenant with your own credentials; says what its administrator must still do."""
    if platform not in PLATFORMS:
        raise WrongUse(_("There is no platform {key}. Known: {known}.", key=platform, known=", ".join(PLATFORMS)))
    card = PLATFORMS[platform].CARD
    asked = Asked.of(card, dict(pair(each) for each in field or ()), _secrets(secrets), name)
    answer = {**_connected(workspace, asked, passphrase_fd), "ignored": asked.ignored}
    if as_json:
        say_json(answer)
        return
    say(_("Connected {title} ({tenant_name}), {environment}, as {user}.", **answer))
    for each in answer["advice"]:
        say(f"- {each['sentence']} {each['instruction']}")
    if asked.ignored:
        say(_("Not needed and left out: {names}.", names=", ".join(asked.ignored)))


def _secrets(source: str) -> dict[str, str]:
    if not source:
        return {}
    if source != "-":
        raise WrongUse(_("Secrets are read from standard input only: --secrets -."))
    try:
        given = orjson.loads(sys.stdin.buffer.read() or b"{}")
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise WrongUse(
            _("Standard input holds no JSON object with the secrets: write {form}.", form='{"name": "value"}')
        )
    told = {str(name): value for name, value in given.items() if value is not None}
    return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in told.items()}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants to connect: the connection as far as it is known, its secrets, and names nobody knows."""

    row: ConnectionRow
    secrets: dict[str, str] = field(repr=False)
    ignored: list[str]

    @classmethod
    def of(cls, card: Card, fields: dict[str, str], secrets: dict[str, str], name: str) -> Asked:
        asked = [each.pop("sign_in", "") for each in (fields, secrets)]
        desk.refuse_secrets(card, fields)
        given = {**secrets, **fields}
        way = desk.chosen_sign_in(card, asked[0] or asked[1], given)
        open_ones, closed = desk.sorted_fields(card, way, fields, secrets)
        row = ConnectionRow(
            id="",
            platform=card.key,
            title=name or card.title,
            base_url=open_ones.get("base_url", "").rstrip("/"),
            sign_in=way.name,
            fields=open_ones,
        )
        return cls(row, closed, desk.not_needed(card, way, given))


def _connected(workspace: str, asked: Asked, fd: int) -> dict[str, Any]:
    """Sign in, ask the tenant who it is, and keep the connection; nothing is kept of one that does not work."""
    mine = _environment(workspace)
    practice = asyncio.run(is_practice(asked.row.fields))
    if practice or (practice is False and mine == PRACTICE):
        desk.environment_fits(mine, PRACTICE if practice else _("a real one"))
    row = replace(asked.row, environment=PRACTICE if practice else mine or UNTOLD)
    standing, secrets = asyncio.run(_signed_in(row, asked.secrets))
    environment = _told(standing, row.environment == PRACTICE)
    desk.environment_fits(mine, environment)
    return _kept(workspace, replace(row, environment=environment), secrets, standing, fd)


def _environment(workspace: str) -> str:
    """What the workspace is for so far; empty when it is not there yet."""
    try:
        with opened(workspace) as store:
            return desk.environment_of(store)
    except StoreFault as fault:
        if fault.code != "missing":
            raise
        return ""


async def _signed_in(row: ConnectionRow, secrets: dict[str, str]) -> tuple[Standing, dict[str, str]]:
    """Who the tenant says it is, and the secrets to keep: also those that a platform replaced on the way."""
    if needs_browser(row, secrets):
        secrets = await by_browser(row, secrets, _show)
    kept = dict(secrets)
    connector = connector_for(row, secrets, on_rotated=kept.update)
    try:
        return await connector.check(), kept
    finally:
        await connector.close()


async def _show(address: str) -> None:
    """The sign-in page in the person's browser, and its address for a browser elsewhere."""
    say_fault(_("Sign in on this page; Tieout waits for you there: {address}", address=address))
    if sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))):
        await asyncio.to_thread(webbrowser.open, address)


def _told(standing: Standing, practice: bool) -> str:
    if not standing.tenant:
        raise Refusal(_("The platform does not say which tenant it is. Check the address, and what the user may see."))
    environment = PRACTICE if practice else standing.environment or "prod"
    if environment == PRACTICE and not practice:
        raise Refusal(
            _("The tenant calls itself a practice platform but does not prove it. Check the address of the connection.")
        )
    return environment


def _kept(workspace: str, row: ConnectionRow, secrets: dict[str, str], standing: Standing, fd: int) -> dict[str, Any]:
    """Keep credential and connection; a tenant that is connected already gets the new credential."""
    with opened(workspace, create=True, environment=row.environment) as store:
        if store.environment != row.environment:
            store.note_fact("environment", row.environment)
        with store.reading() as db:
            own_title = row.title if row.title != PLATFORMS[row.platform].CARD.title else ""
            id = desk.known_as(db, row.platform, standing.tenant) or desk.free_id(db, row.platform, own_title)
        credential = f"{store.workspace_id}/{id}"
        vault_of(workspace, store, fd).keep(credential, secrets)
        with store.writing() as db:
            known = desk.keep(db, replace(row, id=id, credential=credential), standing, actor(standing.user))
    return {
        "id": known.id,
        "platform": known.platform,
        "title": known.title,
        "tenant": standing.tenant,
        "tenant_name": standing.tenant_name,
        "environment": known.environment,
        "user": standing.user,
        "api_version": standing.api_version,
        "advice": [desk.advice_row(each) for each in standing.advice],
    }
