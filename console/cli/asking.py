"""mode, adopt and the acts that a worker carries out: asked of a running one, else done here and now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import typer

from console.cli.opening import AsJson, PassphraseFd, Reason, Workspace, in_session, opened, vault_of
from console.cli.speaking import Progress, Refusal, say, say_json, say_rows
from console.composition import actor
from console.desk import matching
from console.desk.connecting import WrongUse
from console.records.intent import Flow, Mode
from console.sync.dispatch import handle
from console.sync.session import Session, now
from console.sync.worker import Occupied, seated
from console.words import _
from local_db import cutovers, modes, requests, routes
from local_db.store import Store


def add_to(app: typer.Typer) -> None:
    app.command()(adopt)
    app.command()(mode)


def ask(workspace: str, kind: str, body: Mapping[str, Any], fd: int = -1, patience: float = 600.0) -> dict[str, Any]:
    """Ask for one act and wait for its answer; raises `Refusal` with the worker's sentence when it cannot be done."""
    with opened(workspace) as store:
        answer = asyncio.run(_asked(store, workspace, kind, body, fd, patience))
    if answer.get("failed"):
        raise Refusal(str(answer.get("sentence", _("The worker could not do it."))))
    return answer


async def _asked(
    store: Store, workspace: str, kind: str, body: Mapping[str, Any], fd: int, patience: float
) -> dict[str, Any]:
    """Done in this process when no worker runs on the workspace, else by the worker."""
    async with in_session(store, vault_of(workspace, store, fd), Progress()) as session:
        number = await session.write(lambda db: requests.ask(db, kind, body, actor(), now()))
        ends = asyncio.get_running_loop().time() + patience
        while asyncio.get_running_loop().time() < ends:
            try:
                async with seated(session):
                    return await _handled(session, number)
            except Occupied:
                found = await _heard(session, number)
                if found is not None:
                    return found
    raise Refusal(_("The worker has not answered yet; the request stays. See `status`."))


async def _handled(session: Session, number: int) -> dict[str, Any]:
    """Carry the request out, unless a worker did so just before it left."""
    request = await session.read(lambda db: requests.get(db, number))
    assert request is not None
    return _answer(request) or await handle(session, request)


async def _heard(session: Session, number: int) -> dict[str, Any] | None:
    """Listen for the worker's answer for a while; None when there is none yet, and perhaps no worker any more."""
    for _time in range(10):
        row = await session.read(lambda db: requests.get(db, number))
        if row is not None and (found := _answer(row)) is not None:
            return found
        await asyncio.sleep(0.1)
    return None


def _answer(row: requests.RequestRow) -> dict[str, Any] | None:
    if row.state not in ("answered", "failed"):
        return None
    return {**(row.answer or {}), "failed": row.state == "failed"}


def adopt(
    listed: Annotated[bool, typer.Option("--list", help=_("Show what waits for you, and what you said."))] = False,
    link: Annotated[tuple[str, str] | None, typer.Option(help=_("REF and THERE are the same record."))] = None,
    refuse: Annotated[tuple[str, str] | None, typer.Option(help=_("REF is not THERE."))] = None,
    nobody: Annotated[str, typer.Option(help=_("The record THERE belongs to nobody."))] = "",
    undo: Annotated[str, typer.Option(help=_("Take back what you said; its ID stands in --list."))] = "",
    reason: Reason = "",
    workspace: Workspace = "",
    passphrase_fd: PassphraseFd = -1,
    as_json: AsJson = False,
) -> None:
    """Match what both sides already have, so that nothing that exists is made again."""
    word = _word(link, refuse, nobody, undo)
    if listed:
        _matches(workspace, as_json)
    elif word:
        if not reason:
            raise WrongUse(_("Say why with --reason: what you say about a match is kept with its reason."))
        answer = ask(workspace, "match", {**word, "reason": reason}, passphrase_fd)["sentence"]
        say_json({"sentence": answer}) if as_json else say(answer)
    else:
        _adopted(workspace, passphrase_fd, as_json)


def _word(link: tuple[str, str] | None, refuse: tuple[str, str] | None, nobody: str, undo: str) -> dict[str, str]:
    """What a person says about one match; empty when nothing."""
    words = [
        {"act": act, "ref": pair[0], "there": pair[1]} for act, pair in (("link", link), ("refuse", refuse)) if pair
    ]
    words += [{"act": "nobody", "there": nobody}] if nobody else []
    words += [{"act": "undo", "id": undo}] if undo else []
    if len(words) > 1:
        raise WrongUse(_("Say one thing at a time: --link, --refuse, --nobody or --undo."))
    return words[0] if words else {}


def _matches(workspace: str, as_json: bool) -> None:
    with opened(workspace) as store, store.reading() as db:
        found = {"candidates": matching.candidates(db), "said": matching.said(db)}
    if as_json:
        say_json(found)
        return
    say_rows(found["candidates"], ("score", "method", "ref", "name", "there", "there_name"))
    say_rows(found["said"], ("id", "what", "ref", "there", "by", "why"))


def _adopted(workspace: str, fd: int, as_json: bool) -> None:
    names = ("connection", "kind", "linked", "likely", "doubles", "left")
    rows = [dict(zip(names, each, strict=True)) for each in ask(workspace, "adopt", {}, fd)["adopted"]]
    say_json(rows) if as_json else say_rows(rows, names)


def mode(
    connection: Annotated[str, typer.Argument(help=_("A connection, or `*` with a setting of the flow."))] = "",
    kind: Annotated[str, typer.Argument(help=_("A kind, or * for all."))] = "*",
    to: Annotated[str, typer.Argument(help="read | propose | write | observed")] = "",
    flow: Annotated[str, typer.Option("--flow", help=_("The flow; all of them when none is named."))] = "",
    cutover: Annotated[str, typer.Option("--cutover", help=_("Set the first day a flow works for an entity."))] = "",
    entity: Annotated[str, typer.Option("--entity", help=_("The legal entity; all when none is named."))] = "*",
    limit: Annotated[int, typer.Option("--limit", help=_("Confirm plans of up to this many creates."))] = 0,
    route: Annotated[str, typer.Option("--route", help=_("Send this kind of the entity to the connection."))] = "",
    reason: Reason = "",
    workspace: Workspace = "",
    passphrase_fd: PassphraseFd = -1,
    as_json: AsJson = False,
) -> None:
    """Show or set what Tieout may do: read, propose, write or observe; cut-over days, limits and routes."""
    flows = [flow] if flow else [Flow.DEAL_TO_PROJECT.value, Flow.WORK_TO_BILLING.value]
    said: list[str] = []
    body: dict[str, Any]
    if cutover:
        for each in flows:
            body = {"flow": each, "entity": entity, "day": day_of(cutover), "reason": reason}
            said.append(ask(workspace, "cutover", body, passphrase_fd)["sentence"])
    if route:
        body = {"connection": connection, "kind": route, "entity": entity}
        said.append(ask(workspace, "route", body, passphrase_fd)["sentence"])
    if limit:
        body = {"target": connection, "kind": kind, "limit": limit, "reason": reason}
        said.append(ask(workspace, "confirm", body, passphrase_fd)["sentence"])
    if to:
        for each in flows:
            body = {"connection": connection, "flow": each, "kind": kind, "mode": _mode(to), "reason": reason}
            said.append(ask(workspace, "mode", body, passphrase_fd)["sentence"])
    if said:
        say_json(said) if as_json else say("\n".join(said))
        return
    _show(workspace, as_json)


def _mode(to: str) -> str:
    if to not in set(Mode):
        raise WrongUse(_("{to} is no mode. Modes: {modes}.", to=to, modes=", ".join(Mode)))
    return to


def day_of(text: str) -> str:
    """A day as it was typed, if it is one."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUse(_("{day} is no day: write YYYY-MM-DD.", day=text)) from None


def _show(workspace: str, as_json: bool) -> None:
    with opened(workspace) as store, store.reading() as db:
        rows = [
            {
                "connection": each.connection,
                "flow": each.flow,
                "kind": each.kind,
                "mode": each.mode.value,
                "by": each.actor,
                "reason": each.reason,
            }
            for each in modes.every(db)
        ]
        days = [
            {"flow": each.flow, "entity": each.legal_entity, "from": each.starts_on.isoformat(), "by": each.actor}
            for each in cutovers.rows_of(db)
        ]
        ways = [
            {"kind": each.kind, "entity": each.legal_entity or "*", "connection": each.connection}
            for each in routes.every(db)
        ]
    if as_json:
        say_json({"modes": rows, "cutovers": days, "routes": ways})
        return
    say_rows(rows, ("connection", "flow", "kind", "mode", "by", "reason"))
    say_rows(days, ("flow", "entity", "from", "by"))
    say_rows(ways, ("kind", "entity", "connection"))
