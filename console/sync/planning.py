"""Plan: run a flow over the subjects that changed, compare with what is there, and hand decisions to the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from console.flows.deal_to_project import deal_to_project
from console.flows.work_to_billing import work_to_billing
from console.records.intent import Flow, Hold, State, Verdict
from console.records.keys import parse_ref
from console.rules.book import Book, Subject, Tenant
from console.rules.problems import problem
from console.sync import overlays
from console.sync.loading import load_deals, load_work
from console.sync.plan_keeping import Planning, keep
from console.sync.rounds import Round
from console.sync.session import now
from local_db import ledger, subjects
from local_db.ledger import IntentRow
from local_db.store import Db

CHUNK = 5000

Judge = Callable[[Any, Book], Verdict]
Load = Callable[[Db, Sequence[str], Mapping[str, Tenant], date], tuple[Book, list[Subject]]]

FLOWS: dict[str, tuple[Load, Judge]] = {
    Flow.DEAL_TO_PROJECT: (load_deals, deal_to_project),
    Flow.WORK_TO_BILLING: (load_work, work_to_billing),
}
"""Every flow that runs, with what loads its book: deals before the work on their projects."""


@dataclass(slots=True)
class Planned:
    """What one run of planning came to: subjects by (flow, kind, outcome), and how many intents became ready.

    `taken` counts what was looked at, also what turned out to be no subject any more.
    """

    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    ready: int = 0
    taken: int = 0

    @property
    def subjects(self) -> int:
        return self.outcomes.total()


def plan_chunk(
    db: Db,
    flow: str,
    tenants: Mapping[str, Tenant],
    today: date,
    limit: int = CHUNK,
    only: Sequence[str] | None = None,
) -> Planned:
    """Plan `only` these, else up to `limit` marked subjects of one flow, in the caller's step.

    An answer with none taken means that none is marked.
    """
    at = now()
    refs = subjects.take(db, flow, limit) if only is None else list(only)
    planned = Planned(taken=len(refs))
    if not refs:
        return planned
    load, judge = FLOWS[flow]
    book, found = load(db, refs, tenants, today)
    written = ledger.intents(db, flow=flow, subjects=refs)
    book.posted = {row.key: None for row in written if row.remote_id}
    verdicts = [judge(subject, book) for subject in found]
    lost = set(refs) - {subject.ref for subject in found}
    verdicts += _gone(flow, lost, written)
    round_ = Round(db, flow, at, book, written)
    round_.look_around([each for verdict in verdicts for each in verdict.wanted])
    planning = Planning(round_, verdicts, {}, overlays.dismissed(db, flow, refs))
    planning.decided.update({each.subject: [round_.decided(one) for one in each.wanted] for each in verdicts})
    keep(planning, refs)
    subjects.forget(db, flow, lost - {verdict.subject for verdict in verdicts})
    for verdict in verdicts:
        planned.outcomes[flow, parse_ref(verdict.subject).kind, planning.outcome(verdict)] += 1
    planned.ready = sum(each.state == State.READY for listed in planning.decided.values() for each in listed)
    return planned


def _gone(flow: str, lost: set[str], written: Sequence[IntentRow]) -> list[Verdict]:
    """Subjects that their source has no more are held when they were written; what was not yet is wanted no more."""
    verdicts: dict[str, Verdict] = {}
    for row in written:
        if row.subject in lost and row.remote_id and row.state != State.WITHDRAWN:
            trouble = problem("gone_at_source", row.subject)
            hold = Hold(flow, row.subject, (trouble,), row.target, row.kind, row.key, row.money, row.on_day)
            verdicts.setdefault(row.subject, Verdict(row.subject, holds=(hold,)))
    return list(verdicts.values())
