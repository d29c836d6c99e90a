"""One round of planning: what ledger and platforms already have of everything wanted, and the decision on each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from console.records.billing import BillingLine
from console.records.firm import Record
from console.records.intent import Mode, State, Verb, Wanted
from console.records.keys import parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.rules.book import Book
from console.sync import deciding
from console.sync.deciding import NOT_READ, Confirmed, Decision, Now, decide, shown
from console.sync.loading import staged
from local_db import book as shelf
from local_db import columns, coverage, holds, ledger, modes, replica
from local_db.coverage import Coverage
from local_db.ledger import IntentRow
from local_db.questions.writes import last_write
from local_db.store import Db

Place = tuple[str, str, str]
"""One wanted record: target, kind and business key."""

FLYING = frozenset({State.SENT, State.UNKNOWN, State.ACCEPTED})
STAYS_HELD = frozenset({"refused_by_platform", "answer_lost", "tries_ended", "loop", "foreign_key_taken"})
"""Problems met while sending that only a person's replay, or another body, ends."""


def place_of(about: Wanted | IntentRow) -> Place:
    return about.target, about.kind, about.key


@dataclass(slots=True)
class Round:
    """One chunk of one flow being planned; `written` are the intents its subjects have already."""

    db: Db
    flow: str
    at: datetime
    book: Book
    written: Sequence[IntentRow]
    rows: dict[Place, IntentRow] = field(default_factory=dict)
    there: dict[str, Record] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    by_key: dict[Place, str] = field(default_factory=dict)
    stuck: dict[Place, Problem] = field(default_factory=dict)
    _adjustments: dict[str, list[Money]] = field(default_factory=lambda: defaultdict(list))
    _modes: dict[tuple[str, str], Mode] = field(default_factory=dict)
    _coverage: dict[tuple[str, str], Coverage | None] = field(default_factory=dict)
    _covered: dict[tuple[str, str], bool] = field(default_factory=dict)

    def mode(self, target: str, kind: str) -> Mode:
        if (target, kind) not in self._modes:
            self._modes[target, kind] = modes.mode_of(self.db, target, self.flow, kind)
        return self._modes[target, kind]

    def coverage(self, target: str, kind: str) -> Coverage | None:
        if (target, kind) not in self._coverage:
            self._coverage[target, kind] = coverage.of(self.db, target, kind)
        return self._coverage[target, kind]

    def doubt(self, target: str, kind: str) -> str:
        """Why nothing may be planned on what was read of a kind last; '' when that can be believed."""
        known = self.coverage(target, kind)
        return known.sentence if known is not None else ""

    def covered(self, target: str, kind: str) -> bool:
        """Whether the target kind was read to the end, after whatever was written there last."""
        if (target, kind) not in self._covered:
            known = self.coverage(target, kind)
            wrote = last_write(self.db, target, kind)
            self._covered[target, kind] = (
                known is not None
                and known.complete_until is not None
                and not known.sentence
                and (wrote is None or known.complete_until >= wrote)
            )
        return self._covered[target, kind]

    def adjusted(self, key: str) -> tuple[Money, ...]:
        """What posted adjustments have already changed a line by."""
        return tuple(self._adjustments.get(key, ()))

    def look_around(self, wanted: Sequence[Wanted]) -> None:
        """Learn what the ledger and the platforms already have of everything wanted."""
        by_place: dict[tuple[str, str], list[Wanted]] = defaultdict(list)
        for each in wanted:
            by_place[each.target, each.kind].append(each)
        for row in self.written:
            if row.adjusts:
                self.rows[place_of(row)] = row
            if row.adjusts and row.state == State.DONE and row.money is not None:
                self._adjustments[row.adjusts].append(row.money)
        for (target, kind), listed in by_place.items():
            self._look_at(target, kind, listed)
        self._find_stuck()
        self.book.posted = {**self.book.posted, **self._posted()}

    def _look_at(self, target: str, kind: str, wanted: Sequence[Wanted]) -> None:
        rows = ledger.by_keys(self.db, target, kind, [each.key for each in wanted])
        self.rows.update({(target, kind, key): row for key, row in rows.items()})
        unlinked = [each.key for each in wanted if not self.known(each)]
        if unlinked:
            for key, found in replica.by_key(self.db, target, kind, unlinked).items():
                self.by_key[target, kind, key] = found.remote_id
        known = {f"{target}/{kind}/{remote}" for each in wanted if (remote := self.known(each))}
        there = {each.ref: each for each in shelf.current(self.db, kind, refs=known)} if known else {}
        self.there.update(staged(self.db, there) if kind in deciding.LINES else there)
        absent = known - there.keys()
        if absent:
            deleted = replica.get(self.db, absent).items()
            self.gone.update(ref for ref, row in deleted if row.deleted_at is not None)

    def _find_stuck(self) -> None:
        held = [row.subject for row in self.rows.values() if row.state == State.HELD]
        for row in holds.every(self.db, flow=self.flow, subjects=held) if held else ():
            if row.problem in STAYS_HELD:
                self.stuck[row.target, row.kind, row.key] = row.as_problem()

    def _posted(self) -> dict[str, BillingLine]:
        return {
            key: line
            for (target, kind, key), row in self.rows.items()
            if isinstance(line := self.there.get(f"{target}/{kind}/{row.remote_id}"), BillingLine)
        }

    def known(self, wanted: Wanted) -> str:
        """The remote id of a wanted record: by the crosswalk, else as the ledger wrote it, else by our key on it."""
        linked = self.book.there(wanted.target, wanted.kind, wanted.ref)
        if linked:
            return parse_ref(linked).remote_id
        row = self.rows.get(place_of(wanted))
        return row.remote_id if row and row.remote_id else self.by_key.get(place_of(wanted), "")

    def now_of(self, wanted: Wanted) -> Now:
        """What is known of a wanted record."""
        row = self.rows.get(place_of(wanted))
        remote_id = self.known(wanted)
        ref = f"{wanted.target}/{wanted.kind}/{remote_id}"
        return Now(
            mode=self.mode(wanted.target, wanted.kind),
            covered=self.covered(wanted.target, wanted.kind),
            remote_id=remote_id,
            there=self.there.get(ref),
            gone=ref in self.gone,
            confirmed=confirmed_of(row, self.there.get(ref)),
            ours=row is not None and bool(row.remote_id),
            closed=row is not None and row.state == State.DONE and row.verb == Verb.CLOSE,
            flying=row is not None and row.state in FLYING,
            restored=place_of(wanted) in self.by_key and (row is None or row.confirmed is None),
            adjustments=self.adjusted(wanted.key),
        )

    def decided(self, wanted: Wanted) -> Decision:
        """The one decision about a wanted record, after what people and platforms have said of it before."""
        own = self.rows.get(place_of(wanted))
        if not_read_back(own) and not self.covered(wanted.target, wanted.kind):
            assert own is not None
            return Decision(wanted, State.WAITING, "waiting", own.verb, NOT_READ, own.remote_id)
        decision = decide(wanted, self.now_of(wanted), self.book)
        row = self.rows.get(place_of(decision.wanted))
        if decision.wanted.adjusts and row is not None:
            decision = _approved(decision, row, self.mode(row.target, row.kind))
        if row is not None and row.state == State.DISMISSED and same_body(row, decision.wanted):
            return Decision(decision.wanted, State.DISMISSED, "dismissed", decision.verb)
        stuck = self.stuck.get(place_of(decision.wanted))
        if stuck is not None and row is not None and same_body(row, decision.wanted):
            return Decision(decision.wanted, State.HELD, "hold", decision.verb, problems=(stuck,))
        return self._doubted(decision)

    def _doubted(self, decision: Decision) -> Decision:
        """A write on what cannot be believed waits until the kind has been read again."""
        doubt = self.doubt(decision.wanted.target, decision.wanted.kind)
        if not doubt or (decision.outcome not in ("create", "update", "close") and decision.why != NOT_READ):
            return decision
        return replace(decision, state=State.WAITING, outcome="waiting", why=doubt)


def _approved(decision: Decision, row: IntentRow, mode: Mode) -> Decision:
    """An adjustment a person has approved goes its way; until then it stays proposed."""
    match row.state:
        case State.HELD | State.WITHDRAWN | State.DISMISSED:
            return decision
        case State.DONE:
            state, outcome, why = State.DONE, "unchanged", row.why
        case State.SENT | State.UNKNOWN | State.ACCEPTED:
            state, outcome, why = row.state, "waiting", row.why
        case _ if mode == Mode.WRITE:
            state, outcome, why = State.READY, "create", ""
        case _:
            state, outcome, why = State.PLANNED, "create", row.why
    return Decision(decision.wanted, state, outcome, row.verb, why, row.remote_id)


def not_read_back(row: IntentRow | None) -> bool:
    """Whether a write was taken and nobody could see yet what was kept of it."""
    return row is not None and bool(row.confirmed) and "stored" not in (row.confirmed or {})


def confirmed_of(row: IntentRow | None, there: Record | None = None) -> Confirmed | None:
    """What was agreed last; for a write that could not be read back, what has been read since counts as kept."""
    if row is None or row.confirmed is None:
        return None
    sent = _tuples(row.confirmed.get("sent", {}))
    if "stored" in row.confirmed:
        return Confirmed(sent, _tuples(row.confirmed["stored"]))
    return None if there is None else Confirmed(sent, shown(there, sent))


def _tuples(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}


def same_body(row: IntentRow, wanted: Wanted) -> bool:
    return columns.canonical(row.body) == columns.canonical(dict(wanted.body))


def outcome_of(rest: str, held: bool, decided: Iterable[Decision]) -> str:
    """One bucket a subject, so that the equation of the plan conserves."""
    if rest:
        return rest
    found = {each.outcome for each in decided} | ({"hold"} if held else set())
    return next((each for each in _PRECEDENCE if each in found), "unchanged")


_PRECEDENCE = ("hold", "waiting", "create", "update", "close", "dismissed", "unchanged")
