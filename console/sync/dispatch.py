"""What the console asks of the worker: each request is an act of a person, carried out and answered once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from console.records.intent import Mode
from console.sync import acts
from console.sync.adopting import adopt
from console.sync.cycle import run
from console.sync.limits import confirm
from console.sync.loading import tenants_of
from console.sync.pull import read_one
from console.sync.session import Session, now
from console.wire.faults import Fault
from console.words import _
from local_db import audit, coverage, cutovers, modes, requests, subjects
from local_db.coverage import CoverageState
from local_db.questions.dependents import of_target
from local_db.requests import RequestRow
from local_db.store import Db

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
    found = await adopt(session)
    return {
        "adopted": [
            [each.connection, each.kind, each.linked, each.likely, each.doubles, each.unmatched] for each in found
        ]
    }


async def _edit(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    step = partial(acts.edit, id=body["id"], changes=body["changes"], reason=body["reason"], actor=actor)
    return {"sentence": await session.write(step)}


async def _link(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    step = partial(acts.link, id=body["id"], remote_ref=body["to"], why=body["reason"], actor=actor)
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
    step = partial(acts.preview, id=body["id"], tenants=tenants, today=now().date())
    found = await session.write(step)
    return {"does": found.does, "sentence": found.sentence, "differences": dict(found.differences)}


async def _confirm(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    known_place(session, str(body["target"]), str(body["kind"]))
    step = partial(
        confirm, target=body["target"], kind=body["kind"], limit=body["limit"], actor=actor, reason=body["reason"]
    )
    await session.write(step)
    return {"sentence": _("Plans of up to {limit} creates may go.", limit=body["limit"])}


async def _mode(session: Session, body: Mapping[str, Any], actor: str) -> Answer:
    return {"sentence": await session.write(partial(set_mode, session=session, body=body, actor=actor))}


def set_mode(db: Db, session: Session, body: Mapping[str, Any], actor: str) -> str:
    """Set a mode; writing needs a person's reason, every kind read to its end, and a cut-over date."""
    connection, flow, kind = str(body["connection"]), str(body["flow"]), str(body["kind"])
    mode = Mode(body["mode"])
    known_place(session, connection, kind)
    if mode == Mode.WRITE:
        if not body.get("reason"):
            raise acts.NotPossible(_("Say why: writing needs a reason."))
        unread = _unread(db, session, connection, kind)
        if unread:
            raise acts.NotPossible(_("{kind} has not been read to its end; sync first.", kind=unread))
        if not any(named == flow for named, _entity in cutovers.every(db)):
            raise acts.NotPossible(_("{flow} has no cut-over date; set one first.", flow=flow))
    modes.set_mode(db, connection, flow, kind, mode, actor, str(body.get("reason", "")))
    audit.append(db, actor, "set mode", f"{connection}/{flow}/{kind}", {"mode": mode, "reason": body.get("reason", "")})
    subjects.mark(db, flow, of_target(db, flow, connection), "mode changed", now())
    return _("{connection} {kind} in {flow} is now {mode}.", connection=connection, kind=kind, flow=flow, mode=mode)


def known_place(session: Session, connection: str, kind: str = "*") -> None:
    """Raises `NotPossible` where the workspace has no such connection, or its platform no such kind."""
    if connection not in session.connectors:
        names = ", ".join(session.connectors) or _("none")
        raise acts.NotPossible(_("There is no connection {name}. There are: {names}.", name=connection, names=names))
    card = session.connectors[connection].card
    kinds = sorted({*card.reads, *(each.kind for each in card.writes)})
    if kind != "*" and kind not in kinds:
        raise acts.NotPossible(
            _("{title} has no kind {kind}. It has: {kinds}.", title=card.title, kind=kind, kinds=", ".join(kinds))
        )


def _unread(db: Db, session: Session, connection: str, kind: str) -> str:
    """The first kind to be written there that was never read completely."""
    card = session.connectors[connection].card
    kinds = {each.kind for each in card.writes} if kind == "*" else {kind}
    for each in sorted(kinds & set(card.reads)):
        known = coverage.of(db, connection, each)
        if known is None or known.complete_until is None or known.state == CoverageState.SUSPECT:
            return each
    return ""


HANDLERS: Mapping[str, Handler] = {
    "sync": _sync,
    "adopt": _adopt,
    "mode": _mode,
    "confirm": _confirm,
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
