"""One run of everything: pull, settle, plan, send, and again until nothing more follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from console.records.intent import Flow
from console.rules.book import Tenant
from console.sync.limits import Stopped, note_run, stop_at_limit
from console.sync.loading import tenants_of
from console.sync.overlays import end_overdue
from console.sync.planning import CHUNK, FLOWS, Planned, plan_chunk
from console.sync.pull import Pulled, pull, pull_all
from console.sync.sending import Sent, drain
from console.sync.session import Session, now, side_by_side
from console.sync.settling import settle
from console.words import _
from local_db import subjects
from local_db.questions.dependents import fell_due
from local_db.store import Db

ROUNDS = 12
NAMED = 3
"""Kinds that one sentence lists by name."""


@dataclass(slots=True)
class Run:
    """What one run came to. `outcomes` counts by (flow, kind, outcome) how often a subject came to it in this run."""

    pulled: list[Pulled] = field(default_factory=list)
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    stopped: list[Stopped] = field(default_factory=list)
    rounds: int = 0

    @property
    def faults(self) -> list[str]:
        """Each fault once, with the kinds of a connection that met it."""
        met: dict[tuple[str, str], list[str]] = {}
        for each in self.pulled:
            if each.fault is not None:
                met.setdefault((each.connection, str(each.fault)), []).append(each.kind)
        return [f"{place} ({_named(list(dict.fromkeys(kinds)))}): {said}" for (place, said), kinds in met.items()]


def _named(kinds: Sequence[str]) -> str:
    return ", ".join(kinds) if len(kinds) <= NAMED else _("{count} kinds", count=len(kinds))


async def run(session: Session, today: date | None = None, send: bool = True) -> Run:
    """Pull everything that changed, then plan and send until a round brings nothing new."""
    began = now()
    result = Run(pulled=await pull_all(session))
    day = today or now().date()
    for _number in range(ROUNDS):
        if session.stopping.is_set():
            break
        result.rounds += 1
        if send:
            await _each_target(session, result, settle)
        planned = await plan(session, day)
        result.outcomes.update(planned.outcomes)
        result.stopped = await session.write(stop_at_limit)
        if not send:
            break
        before = result.sent.total()
        await _each_target(session, result, partial(drain, stop=session.stopping))
        if result.sent.total() == before and not planned.ready:
            break
        await _pull_written(session, result)
    await session.write(partial(note_run, since=began))
    return result


Step = Callable[[Session, str], Coroutine[Any, Any, Sent]]


async def _each_target(session: Session, result: Run, step: Step) -> None:
    for sent in await side_by_side(step(session, target) for target in session.connectors):
        _count(result, sent)


def _count(result: Run, sent: Sent) -> None:
    for name in ("done", "accepted", "unknown", "held", "later", "replanned"):
        if getattr(sent, name):
            result.sent[name] += getattr(sent, name)


async def _pull_written(session: Session, result: Run) -> None:
    """Read what was written before anything more is created there: absence is proven only by a later read."""
    pulls = []
    for target, connector in session.connectors.items():
        kinds = [kind for kind in connector.card.reads if any(each.kind == kind for each in connector.card.writes)]
        if kinds:
            pulls.append(pull(session, target, kinds))
    for pulled in await side_by_side(pulls):
        result.pulled += [each for each in pulled if each.fault is not None or each.faulty]


async def plan(session: Session, today: date) -> Planned:
    """Plan every marked subject of every flow, deals first."""
    tenants = _tenants(session)
    await session.write(partial(_mark_due, today=today))
    total = Planned()
    for flow in FLOWS:
        while True:
            chunk = await session.write(partial(plan_chunk, flow=flow, tenants=tenants, today=today, limit=CHUNK))
            if not chunk.taken:
                break
            total.outcomes.update(chunk.outcomes)
            total.ready += chunk.ready
            session.progress(_("Plan {flow}", flow=flow), total.subjects, None)
    return total


def _tenants(session: Session) -> Mapping[str, Tenant]:
    return tenants_of(session.rows.values(), {each.card.key: each.card for each in session.connectors.values()})


def _mark_due(db: Db, today: date) -> None:
    end_overdue(db, today)
    due: Sequence[str] = sorted(fell_due(db, today))
    if due:
        subjects.mark(db, Flow.WORK_TO_BILLING, due, "it fell due", now())
