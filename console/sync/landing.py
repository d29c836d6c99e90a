"""What came of a write: results, the links they make, the records read back, and their traces, in one step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from console.records.intent import State, Verb
from console.records.keys import parse_ref
from console.rules.problems import problem
from console.sync import latency
from console.sync.deciding import shown
from console.sync.flights import Flight
from console.sync.pull import mark
from console.sync.session import Session, now
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater
from console.wire.surface import Batch, Connector, Written
from console.words import _
from local_db import connections, crosswalk, replica, subjects, trace
from local_db.ledger_claims import Claimed
from local_db.ledger_results import Accepted, Closing, Done, Held, Later, Replan, Result, Unknown, close_attempts
from local_db.store import Db

Shut = Sequence[tuple[Claimed, Result]]
"""Claimed intents that the door did not let pass."""

_STATES: Mapping[type, State] = {
    Done: State.DONE,
    Accepted: State.ACCEPTED,
    Unknown: State.UNKNOWN,
    Held: State.HELD,
}


def note(flight: Flight, answer: Written | Fault, connector: Connector, settling: float) -> None:
    """Write an answer down on its flight; `settling` is how long to wait before an unanswered one is looked up."""
    flight.trace = answer.trace_id
    if isinstance(answer, Fault):
        flight.error = {"sentence": str(answer), "code": answer.vendor_code, "text": answer.vendor_text}
        flight.result = _result_of(flight, answer, connector, settling)
        return
    flight.stored = answer.stored
    flight.answer = {"remote_id": answer.remote_id, "created": answer.created, "job": answer.job}
    remote_id = answer.remote_id or flight.want.remote_id
    done = Done(remote_id, answer.version, created=answer.created)
    flight.result = Accepted(answer.job) if answer.job else done


def wait_of(fault: Fault) -> float:
    """Seconds until the same call may work."""
    return fault.wait if isinstance(fault, TryLater) and fault.wait else 15.0


def _result_of(flight: Flight, fault: Fault, connector: Connector, settling: float) -> Result:
    """What a fault means for an intent; only an unanswered write leaves its outcome unknown."""
    match fault:
        case Refused(problem=found):
            title, reason = connector.card.title, fault.vendor_text or fault.sentence
            subject = flight.claimed.subject
            return Held(found or problem("refused_by_platform", subject, platform=title, reason=reason))
        case ChangedMeanwhile():
            return Replan(fault.sentence)
        case TryLater():
            return Later(wait_of(fault), fault.sentence)
        case SignInAgain():
            return Later(300.0, fault.sentence)
        case _ if not fault.sent:
            return Later(30.0, fault.sentence)
        case _:
            return Unknown(fault.sentence, settling)


def record(
    db: Db, session: Session, flights: Sequence[Flight], opened: Mapping[int, int], shut: Shut = ()
) -> list[Result]:
    """Write results down where the fence still holds; answers them. `opened` is intent -> attempt."""
    at = now()
    closings = [_closing(each, opened[each.claimed.id]) for each in flights]
    closings += [Closing(claimed.id, claimed.fence, 0, result) for claimed, result in shut]
    lost = set(close_attempts(db, closings, at))
    landed = [each for each in flights if isinstance(each.result, Done) and each.claimed.id not in lost]
    _keep(db, session, landed, at)
    trace.record(db, [_event(each, at, opened[each.claimed.id]) for each in flights])
    trace.record(db, [_told(each, result, at) for each, result in shut if isinstance(result, Held)])
    for claimed, result in shut:
        if isinstance(result, Replan):
            subjects.mark(db, claimed.flow, [claimed.subject], result.sentence, at)
    return [each.result for each in flights if each.result is not None] + [result for _claimed, result in shut]


def _closing(flight: Flight, attempt: int) -> Closing:
    result = flight.result
    assert result is not None
    if isinstance(result, Done):
        version = flight.stored.version if flight.stored is not None else result.version
        result = Done(result.remote_id, version, _agreed(flight), result.created)
    return Closing(
        flight.claimed.id,
        flight.claimed.fence,
        attempt,
        result,
        answer=flight.answer,
        error=flight.error or None,
        ms=flight.ms,
        trace=flight.trace,
    )


def _agreed(flight: Flight) -> Mapping[str, object]:
    """What was sent and what the platform kept of it; the latter is left out while it could not be read back.

    A record that was there before counts as sent the way it is: what is wanted beyond that is a difference.
    """
    if flight.want.verb == Verb.CLOSE:
        return {"sent": flight.wanted, "stored": flight.wanted}
    if flight.stored is None or flight.stored.record is None:
        return {"sent": {**(flight.claimed.confirmed or {}).get("sent", {}), **flight.wanted}}
    before = flight.claimed.confirmed or {}
    there = shown(flight.stored.record, flight.wanted)
    sent = {**flight.wanted, **there} if flight.taken_over else flight.wanted
    return {"sent": {**before.get("sent", {}), **sent}, "stored": {**before.get("stored", {}), **there}}


def _keep(db: Db, session: Session, landed: Sequence[Flight], at: datetime) -> None:
    """Link what was written and take what was read back into the book, so that its echo is no news."""
    crosswalk.link(db, [_link(each, session.actor, at) for each in landed if each.want.verb != Verb.CLOSE])
    for (target, kind), listed in _by_place(landed).items():
        remotes = [each.stored for each in listed if each.stored is not None]
        if remotes:
            written_back = Batch(kind, remotes, cursor="", scope="written")
            replica.save_batch(db, target, written_back, 0, at, connections.meaning(db, target))
        written = [f"{target}/{kind}/{_remote_id(each)}" for each in listed]
        mark(db, kind, written, _("{kind} was written", kind=kind))
    latency.note(db, [each.claimed for each in landed if each.want.verb == Verb.CREATE], at)


def _link(flight: Flight, actor: str, at: datetime) -> crosswalk.Link:
    claimed = flight.claimed
    return crosswalk.Link(
        claimed.ref, claimed.target, claimed.kind, _remote_id(flight), "written", actor, at, why=claimed.key
    )


def _by_place(landed: Iterable[Flight]) -> dict[tuple[str, str], list[Flight]]:
    by_place: dict[tuple[str, str], list[Flight]] = defaultdict(list)
    for each in landed:
        by_place[each.claimed.target, each.claimed.kind].append(each)
    return by_place


def _remote_id(flight: Flight) -> str:
    assert isinstance(flight.result, Done)
    return flight.result.remote_id


def _event(flight: Flight, at: datetime, attempt: int) -> trace.TraceEvent:
    result = flight.result
    assert result is not None
    return _told(flight.claimed, result, at, flight.ms, attempt)


def _told(claimed: Claimed, result: Result, at: datetime, ms: int = 0, attempt: int | None = None) -> trace.TraceEvent:
    return trace.TraceEvent(
        trace=claimed.subject,
        at=at,
        flow=claimed.flow,
        subject=claimed.subject,
        hop=f"{parse_ref(claimed.subject).connection} > {claimed.target}",
        connection=claimed.target,
        kind=claimed.kind,
        what=_STATES.get(type(result), State.READY),
        sentence=_sentence(claimed, result),
        money=claimed.money,
        ms=ms,
        attempt=attempt,
    )


def _sentence(claimed: Claimed, result: Result) -> str:
    match result:
        case Done(remote_id=remote_id):
            return f"{claimed.verb} {claimed.kind} {remote_id}"
        case Held(problem=found):
            return found.sentence
        case Accepted(job=job):
            return _("taken as job {job}", job=job)
        case Unknown(sentence=said) | Later(sentence=said) | Replan(sentence=said):
            return said
