"""Settling: what became of writes whose answer was lost, and of jobs a platform only accepted."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from console.records.intent import Verb
from console.rules.compare import same
from console.rules.problems import problem
from console.sync.deciding import shown
from console.sync.flights import Flight, flight_of, sent_links
from console.sync.landing import note, record, wait_of
from console.sync.sending import LEASE, Sent
from console.sync.session import Session, now
from console.wire.faults import Fault
from console.wire.surface import Capability, Connector, Remote, Unsure, Written
from console.words import _
from local_db import ledger_claims
from local_db.ledger_claims import Claimed
from local_db.ledger_results import Accepted, Done, Held, Later, Unknown
from local_db.store import Db

LOOK_AGAIN = 2.0
"""Seconds between the two looks that must agree before a create counts as not stored."""
POLL = 5.0


async def settle(session: Session, target: str) -> Sent:
    """Look up every unknown write whose settling time has passed, and poll every accepted one that is due."""
    sent = Sent()
    settling = longest_settling(session)
    await session.write(partial(ledger_claims.expire_leases, now=now(), settling_seconds=settling))
    await _settle_unknown(session, target, sent)
    await _poll_accepted(session, target, sent)
    return sent


def longest_settling(session: Session) -> float:
    """Seconds after which no platform still stores a write that nobody heard of."""
    return max((session.settling(each) for each in session.connectors), default=120.0)


def _flights(claimed: Sequence[Claimed]) -> list[Flight]:
    """What the last attempts carried, on their way again to be looked up."""
    links = sent_links(claimed)
    return [flight_of(each, links) for each in claimed if all((each.id, name) in links for name in each.links)]


async def _settle_unknown(session: Session, target: str, sent: Sent) -> None:
    connector = session.connectors[target]
    due = partial(ledger_claims.unknown_due, target=target, now=now(), worker=session.worker, lease_seconds=LEASE)
    flights = _flights(await session.write(due))
    by_kind: dict[str, list[Flight]] = defaultdict(list)
    for each in flights:
        ability = connector.card.ability(each.want.kind, each.want.verb)
        if ability is None or ability.capability == Capability.BLIND:
            each.result = Held(problem("answer_lost", each.claimed.subject), unsure=True)
        else:
            by_kind[each.want.kind].append(each)
    for kind, listed in by_kind.items():
        await _look_twice(connector, kind, listed, min(LOOK_AGAIN, session.settling(target)))
    await _recorded(session, flights, sent)


async def _look_twice(connector: Connector, kind: str, flights: Sequence[Flight], pause: float) -> None:
    """A write counts as not stored only when two looks, some time apart, agree."""
    try:
        found = await _where(connector, kind, flights)
        if not all(_stored(each, found.get(each.want.key)) for each in flights):
            await asyncio.sleep(pause)
            found = await _where(connector, kind, flights)
    except Fault as fault:
        for each in flights:
            each.result = Unknown(fault.sentence, wait_of(fault))
        return
    for each in flights:
        _judge(each, found.get(each.want.key))


async def _where(connector: Connector, kind: str, flights: Sequence[Flight]) -> Mapping[str, Remote | Unsure | None]:
    """Each record by its own id where that is known, else by our key."""
    known = {each.want.remote_id: each.want.key for each in flights if each.want.remote_id}
    keys = [each.want.key for each in flights if not each.want.remote_id]
    by_id = await connector.reread(kind, list(known)) if known else {}
    by_key = await connector.find_many(kind, keys) if keys else {}
    return {**{known[name]: remote for name, remote in by_id.items()}, **by_key}


def _stored(flight: Flight, found: Remote | Unsure | None) -> bool:
    """A create counts as stored when it is there, an update only when its fields are, a close when it is gone."""
    match flight.want.verb:
        case Verb.CLOSE:
            return found is None
        case Verb.CREATE:
            return isinstance(found, Remote)
    return isinstance(found, Remote) and _equal(flight, found)


def _judge(flight: Flight, found: Remote | Unsure | None) -> None:
    if isinstance(found, Unsure):
        flight.result = Unknown(found.sentence, 60.0)
    elif not _stored(flight, found):
        flight.result = Later(0.0, _("the platform did not store it"))
    elif found is None:
        flight.result = Done(flight.want.remote_id)
    else:
        flight.stored = found
        flight.result = Done(found.remote_id, found.version)


def _equal(flight: Flight, found: Remote) -> bool:
    if found.record is None:
        return False
    there = shown(found.record, flight.wanted)
    return all(same(there[name], value) for name, value in flight.wanted.items() if name in there)


async def _poll_accepted(session: Session, target: str, sent: Sent) -> None:
    connector = session.connectors[target]
    due = partial(ledger_claims.accepted, target=target, now=now(), worker=session.worker, lease_seconds=LEASE)
    flights = _flights(await session.write(due))
    by_job: dict[str, list[Flight]] = defaultdict(list)
    for each in flights:
        by_job[each.claimed.job].append(each)
    for job, listed in by_job.items():
        try:
            outcomes = await connector.outcome(job)
        except Fault as fault:
            for each in listed:
                each.result = Accepted(job, wait_of(fault))
            continue
        for each in listed:
            _outcome(connector, each, outcomes, session.settling(target))
    await _recorded(session, flights, sent)


def _outcome(
    connector: Connector, flight: Flight, outcomes: Mapping[str, Written | Fault] | None, settling: float
) -> None:
    if outcomes is None:
        flight.result = Accepted(flight.claimed.job, POLL)
        return
    answer = outcomes.get(flight.want.key)
    if answer is None:
        flight.result = Unknown(_("the job ended without a word about this record"), settling)
        return
    note(flight, answer, connector, settling)


async def _recorded(session: Session, flights: Sequence[Flight], sent: Sent) -> None:
    if not flights:
        return
    settled = [each for each in flights if each.result is not None]

    def step(db: Db) -> None:
        for result in record(db, session, settled, {each.claimed.id: each.claimed.attempt for each in settled}):
            sent.count(result)

    await session.write(step)
