"""Plan: run a flow over the subjects that changed, compare with what is there, and hand decisions to the ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from console.flows.deal_to_project import deal_to_project
from console.flows.work_to_billing import work_to_billing
from console.records.billing import BillingLine
from console.records.firm import Record
from console.records.intent import Flow, Hold, Mode, State, Verdict, Wanted
from console.records.keys import Ref, parse_ref
from console.records.problem import Problem
from console.rules.book import Book, Subject, Tenant
from console.rules.problems import problem
from console.sync import deciding
from console.sync.deciding import Confirmed, Now, decide
from console.sync.loading import load_deals, load_work, staged
from console.sync.session import now
from local_db import book as shelf
from local_db import columns, coverage, crosswalk, holds, ledger, modes, replica, subjects, trace
from local_db.coverage import CoverageState
from local_db.ledger import Decision, IntentRow
from local_db.questions.writes import last_write
from local_db.store import Db

CHUNK = 5000
FLYING = frozenset({State.SENT, State.UNKNOWN, State.ACCEPTED})
STAYS_HELD = frozenset({"refused_by_platform", "answer_lost", "tries_ended", "loop", "foreign_key_taken"})
"""Problems met while sending that only a person's replay, or another body, ends."""

Judge = Callable[[Any, Book], Verdict]
Load = Callable[[Db, Sequence[str], Mapping[str, Tenant], date], tuple[Book, list[Subject]]]

FLOWS: dict[str, tuple[Load, Judge]] = {
    Flow.DEAL_TO_PROJECT: (load_deals, deal_to_project),
    Flow.WORK_TO_BILLING: (load_work, work_to_billing),
}
"""Every flow that runs, with what loads its book: deals before the work on their projects."""

_PRECEDENCE = ("hold", "waiting", "create", "update", "close", "dismissed", "unchanged")


@dataclass(slots=True)
class Planned:
    """What one run of planning came to: subjects by (flow, kind, outcome), and how many intents became ready."""

    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    ready: int = 0

    @property
    def subjects(self) -> int:
        return self.outcomes.total()


@dataclass(slots=True)
class Round:
    """One chunk of one flow being planned."""

    db: Db
    flow: str
    at: datetime
    book: Book
    rows: dict[tuple[str, str, str], IntentRow] = field(default_factory=dict)
    there: dict[str, Record] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    by_key: dict[tuple[str, str, str], str] = field(default_factory=dict)
    stuck: dict[str, Problem] = field(default_factory=dict)
    _modes: dict[tuple[str, str], Mode] = field(default_factory=dict)
    _covered: dict[tuple[str, str], bool] = field(default_factory=dict)

    def mode(self, target: str, kind: str) -> Mode:
        if (target, kind) not in self._modes:
            self._modes[target, kind] = modes.mode_of(self.db, target, self.flow, kind)
        return self._modes[target, kind]

    def covered(self, target: str, kind: str) -> bool:
        """Whether the target kind was read to the end, after whatever was written there last."""
        if (target, kind) not in self._covered:
            known = coverage.of(self.db, target, kind)
            wrote = last_write(self.db, target, kind)
            self._covered[target, kind] = (
                known is not None
                and known.complete_until is not None
                and known.state != CoverageState.SUSPECT
                and (wrote is None or known.complete_until >= wrote)
            )
        return self._covered[target, kind]


def plan_chunk(
    db: Db,
    flow: str,
    tenants: Mapping[str, Tenant],
    today: date,
    limit: int = CHUNK,
    only: Sequence[str] | None = None,
) -> Planned:
    """Plan `only` these, else up to `limit` marked subjects of one flow, in the caller's step.

    An empty answer means that none is marked.
    """
    at = now()
    refs = subjects.take(db, flow, limit) if only is None else list(only)
    planned = Planned()
    if not refs:
        return planned
    load, judge = FLOWS[flow]
    book, found = load(db, refs, tenants, today)
    verdicts = _verdicts(db, flow, book, found, refs, judge)
    round_ = Round(db, flow, at, book)
    _look_around(round_, refs, verdicts)
    decided = {verdict.subject: [_decided(round_, each) for each in verdict.wanted] for verdict in verdicts}
    outcomes = [_came_to(verdict, decided[verdict.subject]) for verdict in verdicts]
    _save(round_, verdicts, decided, outcomes, refs)
    planned.outcomes.update((flow, each.kind, each.outcome) for each in outcomes)
    planned.ready = sum(each.state == State.READY for listed in decided.values() for each in listed)
    return planned


def _verdicts(
    db: Db, flow: str, book: Book, found: Sequence[Subject], refs: Sequence[str], judge: Judge
) -> list[Verdict]:
    """What the flow says of each subject; one that its source has no more is held when it was already written."""
    written = ledger.intents(db, flow=flow, subjects=refs)
    book.posted = {row.key: None for row in written if row.remote_id}
    verdicts = [judge(subject, book) for subject in found]
    lost = set(refs) - {subject.ref for subject in found}
    for row in written:
        if row.subject in lost and row.state == State.DONE:
            trouble = problem("gone_at_source", row.subject)
            hold = Hold(flow, row.subject, (trouble,), row.target, row.kind, row.key, row.money, row.on_day)
            verdicts.append(Verdict(row.subject, holds=(hold,)))
            lost.discard(row.subject)
    subjects.forget(db, flow, lost)
    return verdicts


def _look_around(round_: Round, refs: Sequence[str], verdicts: Sequence[Verdict]) -> None:
    """What the ledger and the platforms already have of everything wanted."""
    db, book = round_.db, round_.book
    wanted = [each for verdict in verdicts for each in verdict.wanted]
    by_place: dict[tuple[str, str], list[Wanted]] = defaultdict(list)
    for each in wanted:
        by_place[each.target, each.kind].append(each)
    for (target, kind), listed in by_place.items():
        rows = ledger.by_keys(db, target, kind, [each.key for each in listed])
        round_.rows.update({(target, kind, key): row for key, row in rows.items()})
        unlinked = [each.key for each in listed if not _known(round_, each)]
        if unlinked:
            for key, found in replica.by_key(db, target, kind, unlinked).items():
                round_.by_key[target, kind, key] = found.remote_id
        known = {f"{target}/{kind}/{remote}" for each in listed if (remote := _known(round_, each))}
        there = {each.ref: each for each in shelf.current(db, kind, refs=known)} if known else {}
        round_.there.update(staged(db, there) if kind in deciding.LINES else there)
        absent = known - there.keys()
        if absent:
            round_.gone.update(ref for ref, row in replica.get(db, absent).items() if row.deleted_at is not None)
    held = [row.subject for row in round_.rows.values() if row.state == State.HELD]
    for row in holds.every(db, flow=round_.flow, subjects=held) if held else ():
        if row.problem in STAYS_HELD:
            round_.stuck[row.key] = row.as_problem()
    book.posted = {
        **book.posted,
        **{
            key: line
            for (target, kind, key), row in round_.rows.items()
            if isinstance(line := round_.there.get(f"{target}/{kind}/{row.remote_id}"), BillingLine)
        },
    }


def _known(round_: Round, wanted: Wanted) -> str:
    """The remote id of a wanted record: by the crosswalk, else as the ledger wrote it, else by our key on it."""
    place = (wanted.target, wanted.kind, wanted.key)
    linked = round_.book.there(wanted.target, wanted.kind, wanted.ref)
    if linked:
        return parse_ref(linked).remote_id
    row = round_.rows.get(place)
    return row.remote_id if row and row.remote_id else round_.by_key.get(place, "")


def _now_of(round_: Round, wanted: Wanted) -> Now:
    place = (wanted.target, wanted.kind, wanted.key)
    row = round_.rows.get(place)
    remote_id = _known(round_, wanted)
    ref = f"{wanted.target}/{wanted.kind}/{remote_id}"
    return Now(
        mode=round_.mode(wanted.target, wanted.kind),
        covered=round_.covered(wanted.target, wanted.kind),
        remote_id=remote_id,
        there=round_.there.get(ref),
        gone=ref in round_.gone,
        confirmed=_confirmed(row),
        ours=row is not None and row.state == State.DONE,
        closed=row is not None and row.state == State.DONE and row.verb == "close",
        flying=row is not None and row.state in FLYING,
        restored=place in round_.by_key and (row is None or row.confirmed is None),
    )


def _confirmed(row: IntentRow | None) -> Confirmed | None:
    if row is None or row.confirmed is None:
        return None
    return Confirmed(_tuples(row.confirmed.get("sent", {})), _tuples(row.confirmed.get("stored", {})))


def _tuples(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}


def _decided(round_: Round, wanted: Wanted) -> deciding.Decision:
    decision = decide(wanted, _now_of(round_, wanted), round_.book)
    decision = _adjusted_already(round_, decision)
    row = round_.rows.get((decision.wanted.target, decision.wanted.kind, decision.wanted.key))
    if row is not None and row.state == State.DISMISSED:
        return deciding.Decision(decision.wanted, State.DISMISSED, "dismissed", decision.verb)
    stuck = round_.stuck.get(decision.wanted.key)
    if stuck is not None and row is not None and _same_body(row, decision.wanted):
        return deciding.Decision(decision.wanted, State.HELD, "hold", decision.verb, problems=(stuck,))
    return decision


def _adjusted_already(round_: Round, decision: deciding.Decision) -> deciding.Decision:
    """An adjustment that was approved and posted before is no difference any more."""
    if not decision.wanted.adjusts:
        return decision
    known = ledger.by_keys(round_.db, decision.wanted.target, decision.wanted.kind, [decision.wanted.key])
    row = known.get(decision.wanted.key)
    if row is None:
        return decision
    round_.rows[decision.wanted.target, decision.wanted.kind, decision.wanted.key] = row
    if row.state == State.HELD:
        return decision
    outcome = "unchanged" if row.state == State.DONE else "waiting"
    return deciding.Decision(decision.wanted, State(row.state), outcome, row.verb, why=row.why, remote_id=row.remote_id)


def _same_body(row: IntentRow, wanted: Wanted) -> bool:
    return columns.canonical(row.body) == columns.canonical(dict(wanted.body))


def _outcome(verdict: Verdict, decided: Sequence[deciding.Decision]) -> str:
    """One bucket a subject, so that the equation of the plan conserves."""
    if verdict.rest:
        return verdict.rest
    found = {each.outcome for each in decided} | ({"hold"} if verdict.holds else set())
    return next((each for each in _PRECEDENCE if each in found), "unchanged")


def _why(verdict: Verdict, decided: Sequence[deciding.Decision]) -> str:
    codes = [each.problems[0].code for each in verdict.holds if each.problems]
    codes += [each.problems[0].code for each in decided if each.problems]
    return codes[0] if codes else next((each.why for each in decided if each.why), "")


def _came_to(verdict: Verdict, decided: Sequence[deciding.Decision]) -> subjects.Outcome:
    return subjects.Outcome(
        verdict.subject,
        parse_ref(verdict.subject).kind,
        _outcome(verdict, decided),
        _why(verdict, decided),
        verdict.wanted[0].money if len(verdict.wanted) == 1 else None,
    )


def _save(
    round_: Round,
    verdicts: Sequence[Verdict],
    decided: Mapping[str, Sequence[deciding.Decision]],
    outcomes: Sequence[subjects.Outcome],
    refs: Sequence[str],
) -> None:
    db, at = round_.db, round_.at
    everything = [each for listed in decided.values() for each in _said_once(listed)]
    ledger.save_plan(db, [_row(round_, each) for each in _owned(round_, everything) if not _flies(round_, each)], at)
    _link_restored(round_, everything)
    standing = [row for verdict in verdicts for hold in verdict.holds for row in holds.rows_of(hold, at)]
    standing += [row for each in everything if each.problems for row in holds.rows_of(_hold(each), at)]
    holds.keep_only(db, round_.flow, refs, standing, at)
    subjects.settle(db, round_.flow, outcomes, at)
    trace.record(db, _events(round_, verdicts, everything))


def _said_once(decided: Sequence[deciding.Decision]) -> list[deciding.Decision]:
    """A problem of the whole subject is one hold, however many of its records wait for it."""
    said: set[str] = set()
    kept = []
    for each in decided:
        fresh = tuple(trouble for trouble in each.problems if trouble.code not in said)
        said.update(trouble.code for trouble in fresh)
        kept.append(each if len(fresh) == len(each.problems) else replace(each, problems=fresh))
    return kept


def _owned(round_: Round, decided: Iterable[deciding.Decision]) -> list[deciding.Decision]:
    """One decision a record, also when several subjects want it (a customer of two deals).

    It goes ahead for the first that may; a subject that is held does not hold what another one already has.
    """
    best: dict[tuple[str, str, str], deciding.Decision] = {}
    for each in decided:
        place = (each.wanted.target, each.wanted.kind, each.wanted.key)
        if place not in best or (each.state != State.HELD and best[place].state == State.HELD):
            best[place] = each
    owned = []
    for place, each in best.items():
        row = round_.rows.get(place)
        if row is None or row.subject == each.wanted.subject:
            owned.append(each)
        elif each.state != State.HELD and row.state not in (State.DONE, *FLYING):
            owned.append(each)
    return owned


def _flies(round_: Round, decision: deciding.Decision) -> bool:
    row = round_.rows.get((decision.wanted.target, decision.wanted.kind, decision.wanted.key))
    return (
        row is not None
        and row.state in FLYING
        and columns.canonical(row.body) == columns.canonical(dict(decision.wanted.body))
    )


def _row(round_: Round, decision: deciding.Decision) -> Decision:
    wanted = decision.wanted
    known = _confirmed(round_.rows.get((wanted.target, wanted.kind, wanted.key)))
    confirmed = None if decision.confirmed == known else decision.confirmed
    return Decision(
        flow=wanted.flow,
        subject=wanted.subject,
        ref=wanted.ref,
        target=wanted.target,
        kind=wanted.kind,
        key=wanted.key,
        body=wanted.body,
        verb=decision.verb,
        state=decision.state,
        why=decision.problems[0].code if decision.problems else decision.why,
        problems=decision.problems,
        legal_entity=wanted.legal_entity,
        money=wanted.money,
        on=wanted.on,
        adjusts=wanted.adjusts,
        critical=wanted.money is not None,
        remote_id=decision.remote_id,
        confirmed=None if confirmed is None else {"sent": confirmed.sent, "stored": confirmed.stored},
    )


def _hold(decision: deciding.Decision) -> Hold:
    wanted = decision.wanted
    return Hold(
        wanted.flow,
        wanted.subject,
        decision.problems,
        wanted.target,
        wanted.kind,
        wanted.key,
        wanted.money,
        wanted.on,
        wanted.legal_entity,
        wanted.body,
    )


def _link_restored(round_: Round, decided: Iterable[deciding.Decision]) -> None:
    """Records found by our own key belong to us again."""
    found = [
        crosswalk.Link(
            each.wanted.ref,
            each.wanted.target,
            each.wanted.kind,
            each.remote_id,
            "key",
            "tieout",
            round_.at,
            why=each.wanted.key,
        )
        for each in decided
        if (each.wanted.target, each.wanted.kind, each.wanted.key) in round_.by_key and each.remote_id
    ]
    if found:
        crosswalk.link(round_.db, found)


def _events(round_: Round, verdicts: Sequence[Verdict], decided: Iterable[deciding.Decision]) -> list[trace.TraceEvent]:
    """One event for each intent that came to another state, and one for each subject held as a whole."""
    events: list[trace.TraceEvent] = []
    for each in decided:
        row = round_.rows.get((each.wanted.target, each.wanted.kind, each.wanted.key))
        if row is not None and row.state == each.state:
            continue
        sentence = each.problems[0].sentence if each.problems else each.why
        events.append(
            _event(round_, each.wanted.subject, each.wanted.target, each.wanted.kind, each.state, sentence, each.wanted)
        )
    for verdict in verdicts:
        for hold in verdict.holds:
            sentence = hold.problems[0].sentence if hold.problems else ""
            events.append(_event(round_, hold.subject, hold.target, hold.kind, State.HELD, sentence, hold))
    return events


def _event(
    round_: Round, subject: str, target: str, kind: str, state: str, sentence: str, about: Wanted | Hold
) -> trace.TraceEvent:
    source: Ref = parse_ref(subject)
    return trace.TraceEvent(
        trace=subject,
        at=round_.at,
        flow=round_.flow,
        subject=subject,
        hop=f"{source.connection} > {target}" if target else source.connection,
        connection=target,
        kind=kind,
        what=state,
        sentence=sentence,
        money=about.money,
    )
