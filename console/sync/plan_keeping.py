"""Keeping a plan: decisions to the ledger, holds, what is wanted no more, outcomes and traces, in one step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from console.records.intent import Hold, State, Verb, Verdict, Wanted
from console.records.keys import parse_ref
from console.sync import deciding
from console.sync.pull import mark
from console.sync.rounds import FLYING, Place, Round, confirmed_of, outcome_of, place_of, same_body
from console.words import _
from local_db import crosswalk, holds, ledger, replica, subjects, trace
from local_db.ledger import Decision, IntentRow

_OPEN = frozenset({State.PLANNED, State.WAITING, State.READY, State.HELD})
"""States of an intent that nothing has been sent of since it was planned."""


@dataclass(slots=True)
class Planning:
    """One round with what the flow said of each subject and what was decided; `dismissed` are (subject, problem)."""

    round_: Round
    verdicts: Sequence[Verdict]
    decided: dict[str, list[deciding.Decision]] = field(default_factory=dict)
    dismissed: frozenset[tuple[str, str]] = frozenset()

    def holds(self, verdict: Verdict) -> list[Hold]:
        """The holds of a verdict without the problems a person has dismissed."""
        kept = []
        for hold in verdict.holds:
            problems = tuple(each for each in hold.problems if (verdict.subject, each.code) not in self.dismissed)
            if problems:
                kept.append(replace(hold, problems=problems))
        return kept

    def outcome(self, verdict: Verdict) -> str:
        """The subject's bucket in the equation."""
        standing = self.holds(verdict)
        if verdict.holds and not standing and not verdict.wanted:
            return "dismissed"
        return outcome_of(verdict.rest, bool(standing), self.decided.get(verdict.subject, ()))

    def why(self, verdict: Verdict) -> str:
        """The first problem's code, else the reason of the first record that stands where its subject does."""
        decided = self.decided.get(verdict.subject, ())
        codes = [each.problems[0].code for each in self.holds(verdict)]
        codes += [each.problems[0].code for each in decided if each.problems]
        outcome = self.outcome(verdict)
        return codes[0] if codes else next((each.why for each in decided if each.why and each.outcome == outcome), "")


def keep(planning: Planning, refs: Sequence[str]) -> None:
    """Save a plan of `refs` in the caller's step."""
    round_ = planning.round_
    db, at = round_.db, round_.at
    everything = [each for listed in planning.decided.values() for each in _said_once(listed)]
    owned = [each for each in _owned(round_, everything) if not _flies(round_, each)]
    versions = replica.versions(db, [_ref(each) for each in owned if each.verb != Verb.CREATE and each.remote_id])
    ledger.save_plan(db, [_row(round_, each, versions) for each in owned], at)
    _link_restored(round_, everything)
    standing = [
        row for verdict in planning.verdicts for hold in planning.holds(verdict) for row in holds.rows_of(hold, at)
    ]
    standing += [row for each in everything if each.problems for row in holds.rows_of(_hold(each), at)]
    holds.keep_only(db, round_.flow, refs, standing, at)
    _withdraw(planning, {place_of(each.wanted) for each in everything})
    subjects.settle(db, round_.flow, [_said(planning, verdict) for verdict in planning.verdicts], at)
    trace.record(db, _events(planning, everything))


def _said(planning: Planning, verdict: Verdict) -> subjects.Outcome:
    money = verdict.wanted[0].money if len(verdict.wanted) == 1 else None
    kind = parse_ref(verdict.subject).kind
    return subjects.Outcome(verdict.subject, kind, planning.outcome(verdict), planning.why(verdict), money)


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
    best: dict[Place, deciding.Decision] = {}
    for each in decided:
        place = place_of(each.wanted)
        if place not in best or (each.state != State.HELD and best[place].state == State.HELD):
            best[place] = each
    return [each for place, each in best.items() if _may_own(each, round_.rows.get(place))]


def _may_own(decision: deciding.Decision, row: IntentRow | None) -> bool:
    if row is None or row.subject == decision.wanted.subject:
        return True
    if decision.state == State.HELD or row.state in FLYING:
        return False
    return row.state != State.DONE or decision.outcome == "update"


def _flies(round_: Round, decision: deciding.Decision) -> bool:
    row = round_.rows.get(place_of(decision.wanted))
    return row is not None and row.state in FLYING and same_body(row, decision.wanted)


def _ref(decision: deciding.Decision) -> str:
    return f"{decision.wanted.target}/{decision.wanted.kind}/{decision.remote_id}"


def _row(round_: Round, decision: deciding.Decision, versions: Mapping[str, str]) -> Decision:
    wanted = decision.wanted
    known = round_.rows.get(place_of(wanted))
    confirmed = None if known is not None and decision.confirmed == confirmed_of(known) else decision.confirmed
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
        remote_version=versions.get(_ref(decision), ""),
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
    at = round_.at
    crosswalk.link(
        round_.db,
        [
            crosswalk.Link(
                each.wanted.ref,
                each.wanted.target,
                each.wanted.kind,
                each.remote_id,
                "key",
                "tieout",
                at,
                why=each.wanted.key,
            )
            for each in decided
            if place_of(each.wanted) in round_.by_key and each.remote_id
        ],
    )


def _withdraw(planning: Planning, wanted: set[Place]) -> None:
    """What was planned before and is wanted no more never leaves: it is held with its subject, else withdrawn."""
    round_ = planning.round_
    verdicts = {each.subject: each for each in planning.verdicts}
    moves: dict[tuple[State, str], list[IntentRow]] = defaultdict(list)
    for row in round_.written:
        if row.state in _OPEN and place_of(row) not in wanted:
            move = _left(planning, verdicts.get(row.subject))
            if move != (row.state, row.why):
                moves[move].append(row)
    for (state, why), rows in moves.items():
        ledger.set_state(round_.db, [row.id for row in rows], state, why, round_.at)
        holds.end_of_intents(round_.db, [place_of(row) for row in rows], round_.at)
        shared = [row.ref for row in rows if row.kind == "customer" and row.ref != row.subject]
        mark(round_.db, "customer", shared, _("another subject wants it no more"))


def _left(planning: Planning, verdict: Verdict | None) -> tuple[State, str]:
    """Where an intent goes that its subject no longer names."""
    if verdict is None:
        return State.WITHDRAWN, _("its source is gone")
    standing = planning.holds(verdict)
    if standing:
        return State.HELD, standing[0].problems[0].code
    return State.WITHDRAWN, verdict.rest or _("it is wanted no more")


def _events(planning: Planning, decided: Iterable[deciding.Decision]) -> list[trace.TraceEvent]:
    """One event for each intent that came to another state, and one for each subject held as a whole."""
    round_ = planning.round_
    events: list[trace.TraceEvent] = []
    for each in decided:
        row = round_.rows.get(place_of(each.wanted))
        if row is not None and row.state == each.state:
            continue
        sentence = each.problems[0].sentence if each.problems else each.why
        events.append(_event(round_, each.wanted, each.state, sentence))
    for verdict in planning.verdicts:
        events += [_event(round_, each, State.HELD, each.problems[0].sentence) for each in planning.holds(verdict)]
    return events


def _event(round_: Round, about: Wanted | Hold, state: str, sentence: str) -> trace.TraceEvent:
    source = parse_ref(about.subject).connection
    return trace.TraceEvent(
        trace=about.subject,
        at=round_.at,
        flow=round_.flow,
        subject=about.subject,
        hop=f"{source} > {about.target}" if about.target else source,
        connection=about.target,
        kind=about.kind,
        what=state,
        sentence=sentence,
        money=about.money,
    )
