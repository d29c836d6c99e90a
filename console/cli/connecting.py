"""connect, connections, platforms: the tenants a workspace speaks to."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any

import orjson
import typer

from console.cli.opening import AsJson, PassphraseFd, Workspace, opened, vault_of
from console.cli.speaking import Refusal, say, say_json, say_rows
from console.composition import PLATFORMS, actor, connector_for
from console.desk import connecting as desk
from console.desk.connecting import WrongUse
from console.wire.hello import is_practice
from console.wire.surface import Card, Standing
from console.words import _
from local_db.connections import ConnectionRow


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
    row, closed = _asked(card, dict(_pair(each) for each in field or ()), _secrets(secrets), name)
    standing, practice = asyncio.run(_checked(row, closed))
    answer = _kept(workspace, row, closed, standing, practice, passphrase_fd)
    if as_json:
        say_json(answer)
        return
    say(_("Connected {title} ({tenant}), {environment}, as {user}.", **answer))
    for each in answer["advice"]:
        say(f"- {each['sentence']} {each['instruction']}")


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise WrongUse(_("{text} is no field: write name=value.", text=text))
    return name, value


def _secrets(source: str) -> dict[str, str]:
    if not source:
        return {}
    if source != "-":
        raise WrongUse(_("Secrets are read from standard input only: --secrets -."))
    try:
        given = orjson.loads(sys.stdin.buffer.read() or b"{}")
    except orjson.JSONDecodeError:
        raise WrongUse(_("Standard input holds no JSON object with the secrets.")) from None
    if not isinstance(given, dict):
        raise WrongUse(_("Standard input holds no JSON object with the secrets."))
    return {str(key): value if isinstance(value, str) else orjson.dumps(value).decode() for key, value in given.items()}


def _asked(
    card: Card, fields: dict[str, str], secrets: dict[str, str], name: str
) -> tuple[ConnectionRow, dict[str, str]]:
    asked = fields.pop("sign_in", "") or secrets.pop("sign_in", "")
    way = desk.chosen_sign_in(card, asked, {**fields, **secrets})
    open_ones, closed = desk.sorted_fields(card, way, fields, secrets)
    row = ConnectionRow(
        id="",
        platform=card.key,
        title=name or card.title,
        base_url=open_ones.get("base_url", "").rstrip("/"),
        sign_in=way.name,
        fields=open_ones,
    )
    return row, closed


async def _checked(row: ConnectionRow, closed: dict[str, str]) -> tuple[Standing, bool]:
    practice = await is_practice(row.base_url, row.fields.get("ca", ""))
    connector = connector_for(row, closed)
    try:
        return await connector.check(), practice
    finally:
        await connector.close()


def _kept(
    workspace: str, row: ConnectionRow, closed: dict[str, str], standing: Standing, practice: bool, fd: int
) -> dict[str, Any]:
    environment = "practice" if practice else standing.environment or "prod"
    if environment == "practice" and not practice:
        raise Refusal(_("The tenant calls itself a practice platform but does not prove it."))
    with opened(workspace, create=True, environment=environment) as store:
        desk.environment_fits(store, environment)
        with store.reading() as db:
            id = desk.free_id(db, row.platform, row.title if row.title != PLATFORMS[row.platform].CARD.title else "")
        credential = f"{store.workspace_id}/{id}"
        vault_of(workspace, store, fd).keep(credential, closed)
        named = ConnectionRow(
            id=id,
            platform=row.platform,
            title=row.title,
            environment=environment,
            base_url=row.base_url,
            sign_in=row.sign_in,
            fields=row.fields,
            credential=credential,
        )
        with store.writing() as db:
            known = desk.keep(db, named, standing, actor(standing.user))
    return {
        "id": known.id,
        "platform": known.platform,
        "title": known.title,
        "tenant": standing.tenant,
        "tenant_name": standing.tenant_name,
        "environment": environment,
        "user": standing.user,
        "api_version": standing.api_version,
        "advice": [desk.advice_row(each) for each in standing.advice],
    }
