"""What Tieout may do where: modes, cut-over days and routes, each set by a named person and audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from console.records.intent import Flow, Mode
from console.sync.acts import NotPossible
from console.sync.adopting import adopted_at
from console.sync.session import Session, now
from console.words import _
from local_db import audit, coverage, cutovers, modes, routes, subjects
from local_db.questions.dependents import of_target
from local_db.routes import Route
from local_db.store import Db

HEIGHT = {Mode.READ: 0, Mode.OBSERVED: 1, Mode.PROPOSE: 2, Mode.WRITE: 3}
"""How much a mode allows; going up takes a reason and a complete first contact."""


def known_place(session: Session, connection: str, kind: str = "*") -> None:
    """Raises `NotPossible` where the workspace has no such connection, or its platform no such kind."""
    if connection not in session.connectors:
        names = ", ".join(session.connectors) or _("none")
        raise NotPossible(_("There is no connection {name}. There are: {names}.", name=connection, names=names))
    card = session.connectors[connection].card
    kinds = sorted({*card.reads, *(each.kind for each in card.writes)})
    if kind != "*" and kind not in kinds:
        said = _("{title} has no kind {kind}. It has: {kinds}.", title=card.title, kind=kind, kinds=", ".join(kinds))
        raise NotPossible(said)


def known_flow(flow: str) -> None:
    if flow not in set(Flow):
        raise NotPossible(_("There is no flow {flow}. There are: {flows}.", flow=flow, flows=", ".join(Flow)))


def set_mode(db: Db, session: Session, body: Mapping[str, Any], actor: str) -> str:
    """Set the mode of `connection`, `flow` and `kind`; raising it takes a `reason`, everything read and matched, and
    writing a cut-over day. Raises `NotPossible`."""
    connection, flow, kind = str(body["connection"]), str(body["flow"]), str(body["kind"])
    mode, reason = Mode(body["mode"]), str(body.get("reason") or "").strip()
    known_place(session, connection, kind)
    known_flow(flow)
    if HEIGHT[mode] > HEIGHT[_standing(db, connection, flow, kind)]:
        _may_rise(db, session, (connection, flow, kind), mode, reason)
    modes.set_mode(db, connection, flow, kind, mode, actor, reason)
    audit.append(db, actor, "set mode", f"{connection}/{flow}/{kind}", {"mode": mode, "reason": reason})
    subjects.mark(db, flow, of_target(db, flow, connection), "mode changed", now())
    return _("{connection} {kind} in {flow} is now {mode}.", connection=connection, kind=kind, flow=flow, mode=mode)


def _standing(db: Db, connection: str, flow: str, kind: str) -> Mode:
    """What was decided for exactly this kind (or for all of them, `*`) before."""
    rows = {(each.connection, each.flow, each.kind): each.mode for each in modes.every(db)}
    return rows.get((connection, flow, kind), Mode.READ)


def _may_rise(db: Db, session: Session, place: tuple[str, str, str], mode: Mode, reason: str) -> None:
    connection, flow, kind = place
    if not reason:
        raise NotPossible(_("Say why: allowing more takes a reason."))
    if mode == Mode.OBSERVED:
        return
    unread = _unread(db, session, connection, kind)
    if unread:
        raise NotPossible(_("{kind} has not been read to its end; sync first.", kind=unread))
    if adopted_at(db, connection) is None:
        said = _("What {connection} has already was not matched yet; `adopt` first.", connection=connection)
        raise NotPossible(said)
    if mode == Mode.WRITE and not any(named == flow for named, _entity in cutovers.every(db)):
        raise NotPossible(_("{flow} has no cut-over date; set one first.", flow=flow))


def _unread(db: Db, session: Session, connection: str, kind: str) -> str:
    """The first kind to be written there that was never read completely, or whose last read is doubted."""
    card = session.connectors[connection].card
    kinds = {each.kind for each in card.writes} if kind == "*" else {kind}
    for each in sorted(kinds & set(card.reads)):
        known = coverage.of(db, connection, each)
        if known is None or known.complete_until is None or known.sentence:
            return each
    return ""


def set_cutover(db: Db, body: Mapping[str, Any], actor: str) -> str:
    """Set the first `day` (ISO) on which `flow` works for `entity` (`*`: all); everything is planned again."""
    flow, entity, day = str(body["flow"]), str(body["entity"]), date.fromisoformat(body["day"])
    known_flow(flow)
    cutovers.set_cutover(db, flow, entity, day, actor, str(body.get("reason") or ""))
    audit.append(
        db, actor, "set cut-over", f"{flow}/{entity}", {"day": day.isoformat(), "reason": body.get("reason") or ""}
    )
    subjects.mark_all(db, flow, "cut-over changed", now())
    return _("{flow} works for {entity} from {day} on.", flow=flow, entity=entity, day=day)


def add_route(db: Db, session: Session, body: Mapping[str, Any], actor: str) -> str:
    """Send records of `kind` of an `entity` (`*`: all) to a `connection`; everything is planned again."""
    connection, kind, entity = str(body["connection"]), str(body["kind"]), str(body["entity"])
    known_place(session, connection, kind)
    routes.add(db, Route(kind, "" if entity == "*" else entity, "", "", None, None, connection))
    audit.append(db, actor, "add route", connection, {"kind": kind, "entity": entity})
    for flow in Flow:
        subjects.mark_all(db, flow, "routes changed", now())
    return _("{kind} of {entity} goes to {connection}.", kind=kind, entity=entity, connection=connection)
