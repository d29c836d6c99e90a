"""The limit of a plan: far more creates than usual stop before the door and ask a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_low

from console.records.intent import Hold, State, Verb
from console.rules.problems import problem
from console.sync.acts import NotPossible
from console.sync.session import now
from console.words import _
from local_db import audit, holds, ledger, preferences
from local_db.questions.writes import creates_since
from local_db.store import Db

LIMIT = 50
OVER = "over the limit"
SETTING = "write_limit"
RUNS = "usual_run"
"""The setting that remembers how many creates the last runs made."""
REMEMBERED = 15
TIMES = 3


@dataclass(frozen=True, slots=True)
class Stopped:
    """A kind whose plan holds more creates than its limit."""

    flow: str
    target: str
    kind: str
    creates: int
    limit: int

    @property
    def subject(self) -> str:
        return f"{self.target}/{self.kind}/*"


def limit_of(db: Db, target: str, kind: str) -> int:
    """How many creates one plan may hold: what a person confirmed, else 50, or three times the usual run if that is
    more."""
    scope = f"{target}/{kind}"
    said = {each.name: each.value for each in preferences.settings(db) if each.scope == scope}
    if SETTING in said:
        return int(said[SETTING])
    return max(LIMIT, TIMES * usual(said.get(RUNS, ())))


def usual(runs: Sequence[int]) -> int:
    """How many creates a usual run made: the middle of the last ones that made any."""
    return int(median_low(runs)) if runs else 0


def note_run(db: Db, since: datetime) -> None:
    """Remember how many records of each kind a run that began at `since` created."""
    known = {each.scope: each.value for each in preferences.settings(db) if each.name == RUNS}
    for (target, kind), number in creates_since(db, since).items():
        scope = f"{target}/{kind}"
        runs = [*known.get(scope, ()), number][-REMEMBERED:]
        preferences.put(db, preferences.Setting(RUNS, scope, runs, "tieout", "", now()))


def stop_at_limit(db: Db) -> list[Stopped]:
    """Take what is over its kind's limit back from the door; everything of that kind then waits for a person."""
    creates: Counter[tuple[str, str, str]] = Counter()
    for each in ledger.counts(db):
        over = each.state == State.READY or (each.state == State.PLANNED and each.why == OVER)
        if over and each.verb == Verb.CREATE:
            creates[each.flow, each.target, each.kind] += each.number
    _end_others(db, {place for place in creates})
    stopped = []
    for (flow, target, kind), number in creates.items():
        limit = limit_of(db, target, kind)
        found = Stopped(flow, target, kind, number, limit)
        if number > limit:
            stopped.append(found)
            _stop(db, found)
        else:
            _release(db, found)
    return stopped


def _end_others(db: Db, planned: set[tuple[str, str, str]]) -> None:
    """A stop ends with the last create that it had stopped."""
    for row in holds.every(db, problem="write_limit"):
        if (row.flow, row.target, row.kind) not in planned:
            holds.end(db, row.flow, [row.subject])


def _stop(db: Db, found: Stopped) -> None:
    rows = ledger.intents(db, flow=found.flow, target=found.target, kind=found.kind, states=[State.READY])
    ids = [row.id for row in rows if row.verb == Verb.CREATE]
    ledger.set_state(db, ids, State.PLANNED, OVER, now(), of=[State.READY])
    trouble = problem("write_limit", found.subject, count=found.creates, kind=found.kind, limit=found.limit)
    holds.put(db, holds.rows_of(Hold(found.flow, found.subject, (trouble,), found.target, found.kind), now()))


def _release(db: Db, found: Stopped) -> None:
    rows = ledger.intents(db, flow=found.flow, target=found.target, kind=found.kind, states=[State.PLANNED], why=OVER)
    if rows:
        ledger.set_state(db, [row.id for row in rows], State.READY, "", now(), of=[State.PLANNED])
        holds.end(db, found.flow, [found.subject])


def confirm(db: Db, target: str, kind: str, limit: int, actor: str, reason: str) -> None:
    """A named person raises the limit of a kind, with a reason; the next run sends what waited."""
    if not reason.strip():
        raise NotPossible(_("Say why: a higher limit takes a reason."))
    if limit < 1:
        raise NotPossible(_("A limit is a number of creates from 1 on."))
    scope = f"{target}/{kind}"
    preferences.put(db, preferences.Setting(SETTING, scope, limit, actor, reason, now()))
    audit.append(db, actor, "raise write limit", scope, {"limit": limit, "reason": reason})
