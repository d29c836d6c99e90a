"""The one door: claim, look again, write the attempt down, send, confirm, link. Every write leaves here or never."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from console.records.intent import Mode, Verb
from console.rules.problems import problem
from console.sync.flights import Flight, flight_of, resolved_links
from console.sync.landing import note, record, wait_of
from console.sync.rereading import moved
from console.sync.session import Session, now
from console.wire.faults import Fault
from console.wire.surface import Capability, Connector, Remote, Unsure, Written
from console.words import _
from local_db import attempts, coverage, ledger_claims, modes, subjects
from local_db.ledger import writes_today
from local_db.ledger_claims import Claimed, Opening
from local_db.ledger_results import Accepted, Done, Held, Later, Replan, Result, Unknown
from local_db.store import Db

AT_ONCE = 200
LEASE = 300.0
LOOP_LIMIT = 5
"""Writes of one record in a day; the next one is held."""


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


async def drain(session: Session, target: str, stop: asyncio.Event | None = None) -> Sent:
    """Send what is ready on one target until nothing is, a person stops it, or the platform asks to wait."""
    sent = Sent()
    while not (stop and stop.is_set()):
        claim = partial(
            ledger_claims.claim, target=target, limit=AT_ONCE, worker=session.worker, lease_seconds=LEASE, now=now()
        )
        claimed = await session.write(claim)
        if not claimed:
            return sent
        results = await through_the_door(session, target, claimed)
        for each in results:
            sent.count(each)
        session.progress(_("Write to {target}", target=target), sent.done, None)
        waits = [each.sentence for each in results if isinstance(each, Later)]
        if waits and not any(isinstance(each, Done) for each in results):
            sent.stopped = waits[0]
            return sent
    return sent


async def through_the_door(session: Session, target: str, claimed: Sequence[Claimed]) -> list[Result]:
    """One claim from the last look before sending to the recorded result."""
    connector = session.connectors[target]
    refused, passed = await session.read(lambda db: _look(db, session, target, claimed))
    refused |= await moved(session, [each for each in claimed if each.id in passed])
    flights = [passed[each.id] for each in claimed if each.id in passed and each.id not in refused]
    await _look_first(connector, flights)
    opened = await session.write(lambda db: _open(db, session, flights))
    ours = [each for each in flights if opened[each.claimed.id]]
    await _send(connector, [each for each in ours if each.result is None], session.settling(target))
    await _read_back(connector, ours)
    shut = [(each, refused[each.id]) for each in claimed if each.id in refused]
    return await session.write(lambda db: record(db, session, ours, opened, shut))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows at the door of everything claimed: writes today, modes, reads, and the age of plans."""

    writes: Mapping[tuple[str, str], int]
    modes: Mapping[tuple[str, str], Mode]
    unread: Mapping[str, str]
    """Kind -> why what was read of it may not be relied on; '' when it may."""
    dirty: set[str]
    planned: Mapping[tuple[str, str], datetime]
    oldest: datetime


def _look(
    db: Db, session: Session, target: str, claimed: Sequence[Claimed]
) -> tuple[dict[int, Result], dict[int, Flight]]:
    """The rules of the door on what is known here; answers what is refused, and what may pass."""
    known = _known(db, session, target, claimed)
    links = resolved_links(db, target, claimed)
    tried = _tried(db, [each for each in claimed if each.unsure and each.verb == Verb.CREATE])
    refused: dict[int, Result] = {}
    passed: dict[int, Flight] = {}
    for each in claimed:
        missing = [name for name in each.links if (each.id, name) not in links]
        refusal = _refusal(each, known)
        if refusal is None and missing:
            refusal = Replan(_("waits for its {kind}", kind=missing[0]))
        if refusal is not None:
            refused[each.id] = refusal
            continue
        passed[each.id] = flight_of(each, links)
        passed[each.id].repeats = tried.get(each.id) == each.body_hash
    return refused, passed


def _known(db: Db, session: Session, target: str, claimed: Sequence[Claimed]) -> _Known:
    card = session.connectors[target].card
    oldest = now() - timedelta(seconds=card.freshness)
    return _Known(
        writes=_writes(db, target, claimed),
        modes={
            (flow, kind): modes.mode_of(db, target, flow, kind)
            for flow, kind in {(each.flow, each.kind) for each in claimed}
        },
        unread={kind: _unread(db, target, kind, oldest) for kind in {each.kind for each in claimed}},
        dirty=subjects.dirty(db, [each.subject for each in claimed]),
        planned=subjects.planned(db, [each.subject for each in claimed]),
        oldest=oldest,
    )


def _refusal(claimed: Claimed, known: _Known) -> Result | None:
    mode = known.modes[claimed.flow, claimed.kind]
    planned = known.planned.get((claimed.flow, claimed.subject))
    wrote = known.writes.get((claimed.kind, claimed.remote_id), 0)
    if mode != Mode.WRITE:
        return Replan(_("mode is {mode}", mode=mode.value))
    if claimed.subject in known.dirty:
        return Replan(_("it changed since it was planned"))
    if known.unread[claimed.kind]:
        return Replan(known.unread[claimed.kind])
    if planned is None or planned < known.oldest:
        return Replan(_("the plan is too old"))
    return Held(problem("loop", claimed.subject, count=wrote)) if wrote >= LOOP_LIMIT else None


def _unread(db: Db, target: str, kind: str, oldest: datetime) -> str:
    """Why nothing may follow from what was read of a kind; '' when it was read to its end not too long ago."""
    known = coverage.of(db, target, kind)
    if known is not None and known.sentence:
        return known.sentence
    fresh = known is not None and known.complete_until is not None and known.complete_until >= oldest
    return "" if fresh else _("{target} was not read lately", target=target)


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


def _tried(db: Db, unsure: Sequence[Claimed]) -> dict[int, str]:
    """Intent -> the body its last attempt carried."""
    return {each.intent: each.body_hash for each in attempts.of(db, [each.id for each in unsure])} if unsure else {}


async def _look_first(connector: Connector, flights: Sequence[Flight]) -> None:
    """Creates that are not an upsert by our key look first, and so does all that may have been stored before."""
    looking: dict[str, list[Flight]] = defaultdict(list)
    for each in flights:
        ability = connector.card.ability(each.want.kind, each.want.verb)
        capability = ability.capability if ability else Capability.BLIND
        if capability == Capability.BLIND and each.claimed.unsure:
            each.result = Held(problem("answer_lost", each.claimed.subject))
        elif each.want.verb == Verb.CREATE and (each.claimed.unsure or capability == Capability.FINDABLE):
            looking[each.want.kind].append(each)
    for kind, listed in looking.items():
        try:
            found = await connector.find_many(kind, [each.want.key for each in listed])
        except Fault as fault:
            for each in listed:
                each.result = Later(wait_of(fault), str(fault))
            continue
        for each in listed:
            _take_over(each, found.get(each.want.key))


def _take_over(flight: Flight, found: Remote | Unsure | None) -> None:
    """A record that carries our key is ours: it is linked as it is, never made twice."""
    if isinstance(found, Unsure):
        flight.result = Later(60.0, found.sentence)
    elif isinstance(found, Remote):
        flight.stored = found
        flight.taken_over = not flight.repeats
        flight.result = Done(found.remote_id, found.version, created=False)


def _open(db: Db, session: Session, flights: Sequence[Flight]) -> dict[int, int]:
    """Intent -> its attempt, written down; 0 where another worker holds the intent by now."""
    openings = [
        Opening(each.claimed, each.token, {"body": each.want.body, "links": each.want.links}, session.actor)
        for each in flights
    ]
    opened = ledger_claims.open_attempts(db, openings, now())
    return dict(zip((each.claimed.id for each in flights), opened, strict=True))


async def _send(connector: Connector, flights: Sequence[Flight], settling: float) -> None:
    """Send in the platform's own batches, at most as many at once as its card allows."""
    gate = asyncio.Semaphore(connector.card.in_flight)
    by_kind: dict[tuple[str, Verb], list[Flight]] = defaultdict(list)
    for each in flights:
        by_kind[each.want.kind, each.want.verb].append(each)

    async def go(batch: Sequence[Flight]) -> None:
        async with gate:
            await _send_batch(connector, batch, settling)

    pieces: list[list[Flight]] = []
    for (kind, verb), listed in by_kind.items():
        ability = connector.card.ability(kind, verb)
        if ability is None:
            _unable(connector, listed)
            continue
        size = max(1, ability.batch)
        pieces += [listed[start : start + size] for start in range(0, len(listed), size)]
    await asyncio.gather(*(go(piece) for piece in pieces))


def _unable(connector: Connector, flights: Sequence[Flight]) -> None:
    for each in flights:
        reason = _("it cannot {verb} a {kind}", verb=each.want.verb.value, kind=each.want.kind)
        trouble = problem("refused_by_platform", each.claimed.subject, platform=connector.card.title, reason=reason)
        each.result = Held(trouble)


async def _send_batch(connector: Connector, flights: Sequence[Flight], settling: float) -> None:
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
        note(flight, answer, connector, settling)


async def _read_back(connector: Connector, flights: Sequence[Flight]) -> None:
    """What the platform kept of each write; its rounding and trimming is then no difference."""
    by_kind: dict[str, dict[str, Flight]] = defaultdict(dict)
    for each in flights:
        if isinstance(each.result, Done) and each.stored is None and each.want.verb != Verb.CLOSE:
            by_kind[each.want.kind][each.result.remote_id] = each
    for kind, listed in by_kind.items():
        try:
            found = await connector.reread(kind, list(listed))
        except Fault:
            continue
        for remote_id, flight in listed.items():
            remote = found.get(remote_id)
            flight.stored = remote if isinstance(remote, Remote) else None
