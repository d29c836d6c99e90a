"""What the console asks of the worker: each request is an act of a person, carried out and answered once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from console.sync import acts
from console.sync.adopting import adopt
from console.sync.cycle import plan, run
from console.sync.limits import confirm, stop_at_limit
from console.sync.linking import link, link_held, refuse, undo
from console.sync.loading import tenants_of
from console.sync.permissions import add_route, known_place, set_cutover, set_mode
from console.sync.previewing import preview
from console.sync.pull import read_one
from console.sync.session import Session, now
from console.wire.faults import Fault
from console.words import _
from local_db import requests
from local_db.requests import RequestRow

Answer = dict[str, Any]
Handler = Callable[[Session, Mapping[str, Any], str], Awaitable[Answer]]


async def _sync(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    if body.get("record"):
        return {"sentence": await read_one(session, _named(session, str(body["record"])))}
    result = await run(session)
    unreadable = sum(each.faulty for each in result.pulled)
    return {"sent": dict(result.sent), "faults": result.faults, "unreadable": unreadable}


def _named(session: Session, record: str) -> str:
    """The ref a person wrote; raises `NotPossible` when it is none."""
    connection, _slash, rest = record.partition("/")
    kind, _slash, remote_id = rest.partition("/")
    if not remote_id:
        raise acts.NotPossible(_("{record} names no record: write connection/kind/id.", record=record))
    known_place(session, connection, kind)
    return record


async def _adopt(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    found = await adopt(session, actor)
    return {
        "adopted": [
            [each.connection, each.kind, each.linked, each.likely, each.doubles, each.unmatched] for each in found
        ]
    }


async def _edit(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    until = date.fromisoformat(body["until"]) if body.get("until") else None
    step = partial(acts.edit, id=body["id"], changes=body["changes"], reason=body["reason"], actor=actor, until=until)
    return {"sentence": await session.write(step)}


async def _link(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    step = partial(link_held, id=body["id"], remote_ref=body["to"], why=body["reason"], actor=actor)
    return {"sentence": await session.write(step)}


async def _dismiss(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    step = partial(acts.dismiss, id=body["id"], why=body["reason"], actor=actor)
    return {"sentence": await session.write(step)}


async def _replay(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    sentence = await session.write(partial(acts.replay, ids=body["ids"], actor=actor))
    result = await run(session)
    return {"sentence": sentence, "sent": dict(result.sent), "faults": result.faults}


async def _preview(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    cards = {each.card.key: each.card for each in session.connectors.values()}
    tenants = tenants_of(session.rows.values(), cards)
    step = partial(preview, id=body["id"], tenants=tenants, today=now().date())
    found = await session.write(step)
    return {"does": found.does, "sentence": found.sentence, "differences": dict(found.differences)}


async def _confirm(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    target, kind, limit = str(body["target"]), str(body["kind"]), int(body["limit"])
    known_place(session, target, kind)
    step = partial(confirm, target=target, kind=kind, limit=limit, actor=actor, reason=str(body["reason"]))
    await session.write(step)
    return {"sentence": _("Plans of up to {limit} creates may go.", limit=limit)}


async def _mode(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    return {"sentence": await session.write(partial(set_mode, session=session, body=body, actor=actor))}


async def _cutover(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    return {"sentence": await session.write(partial(set_cutover, body=body, actor=actor))}


async def _route(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    return {"sentence": await session.write(partial(add_route, session=session, body=body, actor=actor))}


async def _plan(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    planned = await plan(session, now().date())
    stopped = await session.write(stop_at_limit)
    return {"planned": planned.subjects, "stopped": len(stopped)}


async def _match(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    """A person's word on a match: `act` is link, refuse, nobody or undo."""
    ref, there, why = str(body.get("ref", "")), str(body.get("there", "")), str(body["reason"])
    match body["act"]:
        case "link":
            step = partial(link, ref=ref, remote_ref=there, why=why, actor=actor)
        case "refuse" | "nobody":
            step = partial(refuse, ref=ref, remote_ref=there, why=why, actor=actor)
        case _:
            step = partial(undo, id=str(body["id"]), why=why, actor=actor)
    return {"sentence": await session.write(step)}


HANDLERS: Mapping[str, Handler] = {
    "sync": _sync,
    "adopt": _adopt,
    "mode": _mode,
    "cutover": _cutover,
    "route": _route,
    "confirm": _confirm,
    "plan": _plan,
    "match": _match,
    "edit": _edit,
    "link": _link,
    "dismiss": _dismiss,
    "replay": _replay,
    "preview": _preview,
}
"""Every act a person may ask for, by the name of its request."""


async def handle(session: Session, request: RequestRow) -> Answer:
    """Carry out one request and write its answer down, whatever came of it."""
    failed = False
    try:
        if request.kind not in HANDLERS:
            raise acts.NotPossible(_("This worker does not know how to {kind}.", kind=request.kind))
        answer = await HANDLERS[request.kind](session, request.body, request.actor)
    except (acts.NotPossible, Fault) as no:
        answer, failed = {"sentence": str(no)}, True
    except Exception as broken:
        said = {"sentence": _("The worker broke off: {what}.", what=type(broken).__name__)}
        await session.write(lambda db: requests.answer(db, request.id, said, now(), failed=True))
        raise
    await session.write(lambda db: requests.answer(db, request.id, answer, now(), failed))
    return {**answer, "failed": failed}


async def serve_requests(session: Session) -> int:
    """Carry out every open request; answers how many."""
    taken = await session.write(partial(requests.take, worker=session.worker, at=now()))
    for request in taken:
        await handle(session, request)
    return len(taken)
