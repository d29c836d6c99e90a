"""The last look before money leaves: sources and lines are at this moment as they were when they were planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from console.records.intent import Verb
from console.records.keys import parse_ref
from console.sync.deciding import LINES
from console.sync.landing import wait_of
from console.sync.pull import refresh
from console.sync.session import Session
from console.wire.faults import Fault
from console.wire.surface import Remote, Unsure
from console.words import _
from local_db import replica
from local_db.ledger_claims import Claimed
from local_db.ledger_results import Later, Replan, Result

Asked = Mapping[str, Sequence[Claimed]]
"""Ref of a record -> the intents that rest on it."""


async def moved(session: Session, claimed: Sequence[Claimed]) -> dict[int, Result]:
    """Intent -> why it may not leave now, by one batched question a source and one a kind of line.

    What turned out to be different is taken into the book, so that the next plan knows it.
    """
    found: dict[int, Result] = {}
    for (connection, kind), asked in _places(session, claimed).items():
        found |= await _differing(session, connection, kind, asked)
    return found


def _places(session: Session, claimed: Sequence[Claimed]) -> dict[tuple[str, str], dict[str, list[Claimed]]]:
    """(connection, kind) -> the records to look at: the source of every line, and the line itself once it is there."""
    places: dict[tuple[str, str], dict[str, list[Claimed]]] = defaultdict(lambda: defaultdict(list))
    for each in claimed:
        if each.kind not in LINES:
            continue
        source = parse_ref(each.subject)
        if source.connection in session.connectors:
            places[source.connection, source.kind][each.subject].append(each)
        if each.verb != Verb.CREATE and each.remote_id:
            places[each.target, each.kind][f"{each.target}/{each.kind}/{each.remote_id}"].append(each)
    return places


async def _differing(session: Session, connection: str, kind: str, asked: Asked) -> dict[int, Result]:
    known = await session.read(partial(replica.versions, refs=list(asked)))
    try:
        found = await session.connectors[connection].reread(kind, [parse_ref(ref).remote_id for ref in asked])
    except Fault as fault:
        return {each.id: Later(wait_of(fault), str(fault)) for listed in asked.values() for each in listed}
    results: dict[int, Result] = {}
    fresh: list[Remote] = []
    lost: list[str] = []
    for ref, listed in asked.items():
        there = found.get(parse_ref(ref).remote_id)
        match there:
            case Unsure(sentence=sentence):
                results |= {each.id: Later(60.0, sentence) for each in listed}
                continue
            case Remote() if there.version == known.get(ref):
                continue
            case Remote():
                fresh.append(there)
            case None:
                lost.append(ref)
        results |= {each.id: Replan(_("{kind} changed since it was read", kind=kind)) for each in listed}
    if fresh or lost:
        await session.write(partial(refresh, connection=connection, kind=kind, fresh=fresh, lost=lost))
    return results
