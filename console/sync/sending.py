"""The one door: claim, look again, write the attempt down, send, confirm, link. Every write leaves here or never."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from console.records.intent import Linked, Mode, State, Verb
from console.records.keys import parse_ref
from console.rules.compare import Plain, plain
from console.rules.problems import problem
from console.sync.deciding import LINES, shown
from console.sync.pull import mark
from console.sync.session import Session, now
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, TryLater
from console.wire.surface import Batch, Capability, Connector, Remote, Unsure, Want, Written
from console.words import _
from local_db import crosswalk, ledger_claims, modes, replica, subjects, trace
from local_db.coverage import of as coverage_of
from local_db.ledger import writes_today
from local_db.ledger_claims import Claimed, Opening
from local_db.ledger_results import Accepted, Closing, Done, Held, Later, Replan, Result, Unknown, close_attempts
from local_db.store import Db

AT_ONCE = 200
LEASE = 300.0
LOOP_LIMIT = 5


@dataclass(slots=True)
class Sent:
    """What one drain of a lane did."""

    done: int = 0
    accepted: int = 0
    unknown: int = 0
    held: int = 0
    later: int = 0
    replanned: int = 0
    stopped: str = ""

    @property
    def total(self) -> int:
        return self.done + self.accepted + self.unknown + self.held + self.later + self.replanned

    def count(self, result: Result) -> None:
        match result:
            case Done():
                self.done += 1
            case Accepted():
                self.accepted += 1
            case Unknown():
                self.unknown += 1
            case Held():
                self.held += 1
            case Later():
                self.later += 1
            case Replan():
                self.replanned += 1


@dataclass(slots=True)
class Flight:
    """One claimed intent on its way: what will leave, and what came of it."""

    claimed: Claimed
    want: Want
    wanted: Plain
    token: str
    result: Result | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    stored: Remote | None = None
    ms: int = 0
    trace: str = ""


async def drain(session: Session, target: str, stop: asyncio.Event | None = None) -> Sent:
    """Send what is ready on one target until nothing is, a person stops it, or the platform asks to wait."""
    sent = Sent()
    while not (stop and stop.is_set()):
        claimed = await session.write(
            partial(
                ledger_claims.claim, target=target, limit=AT_ONCE, worker=session.worker, lease_seconds=LEASE, now=now()
            )
        )
        if not claimed:
            return sent
        flights = await _through_the_door(session, target, claimed)
        for results in flights:
            sent.count(results)
        session.progress(_("Write to {target}", target=target), sent.done, None)
        if any(isinstance(each, Later) for each in flights) and not any(isinstance(each, Done) for each in flights):
            sent.stopped = next(each.sentence for each in flights if isinstance(each, Later))
            return sent
    return sent


async def _through_the_door(session: Session, target: str, claimed: Sequence[Claimed]) -> list[Result]:
    """One claim from the last look before sending to the recorded result."""
    refused, passed = await session.read(lambda db: _look(db, session, target, claimed))
    refused |= await _sources_moved(session, [each for each in claimed if each.id in passed])
    flights = [passed[each.id] for each in claimed if each.id in passed and each.id not in refused]
    await _look_for_creates(session.connectors[target], flights)
    going = [each for each in flights if each.result is None]
    opened = await session.write(lambda db: _open(db, session, flights))
    await _send(session, target, going)
    await _read_back(session.connectors[target], flights)
    by_id = dict(zip((each.claimed.id for each in flights), opened, strict=True))
    shut = [(each, refused[each.id]) for each in claimed if each.id in refused]
    return await session.write(lambda db: record(db, session, flights, by_id, shut))


def _look(
    db: Db, session: Session, target: str, claimed: Sequence[Claimed]
) -> tuple[dict[int, Result], dict[int, Flight]]:
    """The rules of the door on what is known here: mode, freshness, plans waiting, loops, links."""
    refused: dict[int, Result] = {}
    passed: dict[int, Flight] = {}
    dirty = subjects.dirty(db, [each.subject for each in claimed])
    writes = _writes(db, target, claimed)
    links = resolved_links(db, target, claimed)
    fresh = {kind: _fresh(db, session, target, kind) for kind in {each.kind for each in claimed}}
    allowed = {(each.flow, each.kind): modes.mode_of(db, target, each.flow, each.kind) for each in claimed}
    for each in claimed:
        wrote = writes.get((each.kind, each.remote_id), 0)
        missing = [name for name in each.links if (each.id, name) not in links]
        if allowed[each.flow, each.kind] != Mode.WRITE:
            refused[each.id] = Replan(_("mode is {mode}", mode=allowed[each.flow, each.kind].value))
        elif each.subject in dirty:
            refused[each.id] = Replan(_("it changed since it was planned"))
        elif not fresh[each.kind]:
            refused[each.id] = Replan(_("the plan is older than the last read may be"))
        elif wrote >= LOOP_LIMIT:
            refused[each.id] = Held(problem("loop", each.subject, count=wrote))
        elif missing:
            refused[each.id] = Replan(_("waits for its {kind}", kind=missing[0]))
        else:
            passed[each.id] = flight_of(each, links)
    return refused, passed


def _fresh(db: Db, session: Session, target: str, kind: str) -> bool:
    """Whether the target kind was read to its end within the platform's freshness limit."""
    known = coverage_of(db, target, kind)
    if known is None or known.complete_until is None:
        return False
    return (now() - known.complete_until).total_seconds() <= session.connectors[target].card.freshness


def _writes(db: Db, target: str, claimed: Sequence[Claimed]) -> dict[tuple[str, str], int]:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for each in claimed:
        if each.remote_id:
            by_kind[each.kind].append(each.remote_id)
    return {
        (kind, remote_id): count
        for kind, ids in by_kind.items()
        for remote_id, count in writes_today(db, target, kind, ids, now()).items()
    }


def resolved_links(db: Db, target: str, claimed: Sequence[Claimed]) -> dict[tuple[int, str], str]:
    """(intent, field) -> remote id on the target, for every link that resolves."""
    asked: dict[str, set[str]] = defaultdict(set)
    for each in claimed:
        for kind, ref in each.links.values():
            asked[kind].add(ref)
    known = {
        (kind, ref): remote_id
        for kind, refs in asked.items()
        for ref, remote_id in crosswalk.remote_ids(db, target, kind, refs).items()
    }
    found: dict[tuple[int, str], str] = {}
    for each in claimed:
        for name, (kind, ref) in each.links.items():
            own = parse_ref(ref)
            remote_id = own.remote_id if own.connection == target else known.get((kind, ref), "")
            if remote_id:
                found[each.id, name] = remote_id
    return found


def flight_of(claimed: Claimed, links: Mapping[tuple[int, str], str]) -> Flight:
    own = {name: links[claimed.id, name] for name in claimed.links}
    token = uuid.uuid5(uuid.NAMESPACE_OID, f"{claimed.key} {claimed.body_hash} {claimed.verb}").hex
    body = {name: own.get(name, value) for name, value in claimed.body.items()}

    def resolve(linked: Linked) -> str:
        return f"{claimed.target}/{linked.kind}/{links_by_ref.get(linked.ref, '')}"

    links_by_ref = {ref: own[name] for name, (_kind, ref) in claimed.links.items()}
    whole = {
        name: Linked(*claimed.links[name]) if name in claimed.links else value for name, value in claimed.body.items()
    }
    want = Want(claimed.kind, claimed.verb, claimed.key, token, body, own, claimed.remote_id, claimed.remote_version)
    return Flight(claimed, want, plain(whole, resolve), token)


async def _sources_moved(session: Session, claimed: Sequence[Claimed]) -> dict[int, Result]:
    """Money leaves only for records that are at this moment as they were read: one batched question a source."""
    by_place: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
    for each in claimed:
        source = parse_ref(each.subject)
        if each.kind in LINES and source.connection in session.connectors:
            by_place[source.connection, source.kind].append(each)
    moved: dict[int, Result] = {}
    for (connection, kind), listed in by_place.items():
        refs = {each.subject for each in listed}
        known = await session.read(partial(replica.versions, refs=refs))
        try:
            found = await session.connectors[connection].reread(kind, [parse_ref(ref).remote_id for ref in refs])
        except Fault as fault:
            moved |= {each.id: Later(wait_of(fault), str(fault)) for each in listed}
            continue
        for each in listed:
            there = found.get(parse_ref(each.subject).remote_id)
            if isinstance(there, Unsure):
                moved[each.id] = Later(60.0, there.sentence)
            elif there is None or there.version != known.get(each.subject):
                moved[each.id] = Replan(_("the source changed since it was read"))
    return moved


async def _look_for_creates(connector: Connector, flights: Sequence[Flight]) -> None:
    """Creates that are not an upsert by our key look first, and so does all that may have been stored before."""
    looking: dict[str, list[Flight]] = defaultdict(list)
    for each in flights:
        ability = connector.card.ability(each.want.kind, each.want.verb)
        capability = ability.capability if ability else Capability.BLIND
        create = each.want.verb == Verb.CREATE
        if create and (each.claimed.unsure or capability == Capability.FINDABLE):
            looking[each.want.kind].append(each)
        elif capability == Capability.BLIND and each.claimed.unsure:
            each.result = Held(problem("answer_lost", each.claimed.subject))
    for kind, listed in looking.items():
        try:
            found = await connector.find_many(kind, [each.want.key for each in listed])
        except Fault as fault:
            for each in listed:
                each.result = Later(wait_of(fault), str(fault))
            continue
        for each in listed:
            _adopt_found(each, found.get(each.want.key))


def _adopt_found(flight: Flight, found: Remote | Unsure | None) -> None:
    if isinstance(found, Unsure):
        flight.result = Later(60.0, found.sentence)
    elif isinstance(found, Remote):
        flight.stored = found
        flight.result = Done(found.remote_id, found.version, created=False)


def _open(db: Db, session: Session, flights: Sequence[Flight]) -> list[int]:
    openings = [
        Opening(each.claimed, each.token, {"body": each.want.body, "links": each.want.links}, session.actor)
        for each in flights
    ]
    return ledger_claims.open_attempts(db, openings, now())


async def _send(session: Session, target: str, flights: Sequence[Flight]) -> None:
    """Send in the platform's own batches, at most as many at once as its card allows."""
    connector = session.connectors[target]
    gate = asyncio.Semaphore(connector.card.in_flight)
    by_kind: dict[tuple[str, Verb], list[Flight]] = defaultdict(list)
    for each in flights:
        by_kind[each.want.kind, each.want.verb].append(each)

    async def go(batch: Sequence[Flight]) -> None:
        async with gate:
            await _send_batch(connector, batch)

    pieces: list[list[Flight]] = []
    for (kind, verb), listed in by_kind.items():
        ability = connector.card.ability(kind, verb)
        if ability is None:
            for each in listed:
                each.result = Held(
                    problem(
                        "refused_by_platform",
                        each.claimed.subject,
                        platform=connector.card.title,
                        reason=_("it cannot {verb} a {kind}", verb=verb.value, kind=kind),
                    )
                )
            continue
        size = max(1, ability.batch)
        pieces += [listed[start : start + size] for start in range(0, len(listed), size)]
    await asyncio.gather(*(go(piece) for piece in pieces))


async def _send_batch(connector: Connector, flights: Sequence[Flight]) -> None:
    started = time.perf_counter()
    answers: Sequence[Written | Fault]
    try:
        if len(flights) == 1:
            answers = [await connector.write(flights[0].want)]
        else:
            answers = await connector.write_many([each.want for each in flights])
    except Fault as fault:
        answers = [fault] * len(flights)
    ms = int((time.perf_counter() - started) * 1000)
    for flight, answer in zip(flights, answers, strict=True):
        flight.ms = ms
        note(flight, answer, connector)


def note(flight: Flight, answer: Written | Fault, connector: Connector) -> None:
    if isinstance(answer, Written):
        flight.trace = answer.trace_id
        flight.stored = answer.stored
        flight.answer = {"remote_id": answer.remote_id, "created": answer.created, "job": answer.job}
        flight.result = (
            Accepted(answer.job)
            if answer.job
            else Done(answer.remote_id or flight.want.remote_id, answer.version, created=answer.created)
        )
        return
    flight.trace = answer.trace_id
    flight.error = {"sentence": str(answer), "code": answer.vendor_code, "text": answer.vendor_text}
    flight.result = _result_of(flight, answer, connector)


def wait_of(fault: Fault) -> float:
    return fault.wait if isinstance(fault, TryLater) and fault.wait else 15.0


def _result_of(flight: Flight, fault: Fault, connector: Connector) -> Result:
    """What a fault means for an intent; only an unanswered write leaves its outcome unknown."""
    match fault:
        case Refused(problem=found):
            return Held(
                found
                or problem(
                    "refused_by_platform",
                    flight.claimed.subject,
                    platform=connector.card.title,
                    reason=fault.vendor_text or fault.sentence,
                )
            )
        case ChangedMeanwhile():
            return Replan(fault.sentence)
        case TryLater():
            return Later(wait_of(fault), fault.sentence)
        case SignInAgain():
            return Later(300.0, fault.sentence)
        case _ if not fault.sent:
            return Later(30.0, fault.sentence)
        case _:
            return Unknown(fault.sentence, connector.card.settling)


async def _read_back(connector: Connector, flights: Sequence[Flight]) -> None:
    """What the platform kept of each write; its rounding and trimming is then no difference."""
    by_kind: dict[str, list[Flight]] = defaultdict(list)
    for each in flights:
        if isinstance(each.result, Done) and each.stored is None and each.want.verb != Verb.CLOSE:
            by_kind[each.want.kind].append(each)
    for kind, listed in by_kind.items():
        try:
            found = await connector.reread(
                kind, [each.result.remote_id for each in listed if isinstance(each.result, Done)]
            )
        except Fault:
            continue
        for each in listed:
            assert isinstance(each.result, Done)
            remote = found.get(each.result.remote_id)
            each.stored = remote if isinstance(remote, Remote) else None


def record(
    db: Db,
    session: Session,
    flights: Sequence[Flight],
    opened: Mapping[int, int],
    shut: Sequence[tuple[Claimed, Result]],
) -> list[Result]:
    """Results, links, the records read back and their traces, in one step."""
    at = now()
    closings = [_closing(each, opened[each.claimed.id]) for each in flights]
    closings += [Closing(claimed.id, claimed.fence, 0, result) for claimed, result in shut]
    lost = set(close_attempts(db, closings, at))
    landed = [each for each in flights if isinstance(each.result, Done) and each.claimed.id not in lost]
    _keep(db, session, landed, at)
    trace.record(db, [_event(each, at, opened[each.claimed.id]) for each in flights])
    for claimed, result in shut:
        if isinstance(result, Replan):
            subjects.mark(db, claimed.flow, [claimed.subject], result.sentence, at)
    return [each.result for each in flights if each.result is not None] + [result for _claimed, result in shut]


def _closing(flight: Flight, attempt: int) -> Closing:
    result = flight.result
    assert result is not None
    if isinstance(result, Done):
        stored = (
            shown(flight.stored.record, flight.wanted)
            if flight.stored is not None and flight.stored.record is not None
            else flight.wanted
        )
        version = flight.stored.version if flight.stored is not None else result.version
        result = Done(result.remote_id, version, {"sent": flight.wanted, "stored": stored}, result.created)
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


def _keep(db: Db, session: Session, landed: Sequence[Flight], at: datetime) -> None:
    """Link what was written and take what was read back into the book, so that its echo is no news."""
    links = [
        crosswalk.Link(
            each.claimed.ref,
            each.claimed.target,
            each.claimed.kind,
            _remote_id(each),
            "written",
            session.actor,
            at,
            why=each.claimed.key,
        )
        for each in landed
        if each.want.verb != Verb.CLOSE
    ]
    crosswalk.link(db, links)
    by_place: dict[tuple[str, str], list[Remote]] = defaultdict(list)
    for each in landed:
        if each.stored is not None:
            by_place[each.claimed.target, each.claimed.kind].append(each.stored)
    for (target, kind), remotes in by_place.items():
        replica.save_batch(db, target, Batch(kind, remotes, cursor="", scope="written"), 0, at)
    for (target, kind), created in _created(landed).items():
        mark(db, kind, [f"{target}/{kind}/{remote_id}" for remote_id in created], _("{kind} was written", kind=kind))


def _created(landed: Sequence[Flight]) -> dict[tuple[str, str], list[str]]:
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in landed:
        by_place[each.claimed.target, each.claimed.kind].append(_remote_id(each))
    return by_place


def _remote_id(flight: Flight) -> str:
    assert isinstance(flight.result, Done)
    return flight.result.remote_id


def _event(flight: Flight, at: datetime, attempt: int) -> trace.TraceEvent:
    claimed, result = flight.claimed, flight.result
    what = {Done: State.DONE, Accepted: State.ACCEPTED, Unknown: State.UNKNOWN, Held: State.HELD}.get(
        type(result), State.READY
    )
    sentence = getattr(result, "sentence", "")
    if isinstance(result, Held):
        sentence = result.problem.sentence
    if isinstance(result, Done):
        sentence = f"{claimed.verb} {claimed.kind} {result.remote_id}"
    return trace.TraceEvent(
        trace=claimed.subject,
        at=at,
        flow=claimed.flow,
        subject=claimed.subject,
        hop=f"{parse_ref(claimed.subject).connection} > {claimed.target}",
        connection=claimed.target,
        kind=claimed.kind,
        what=what,
        sentence=sentence,
        money=claimed.money,
        ms=flight.ms,
        attempt=attempt,
    )
