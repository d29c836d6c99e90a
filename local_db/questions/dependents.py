"""Which subjects have to be planned again when records change: only those that hang on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, and_, select, union

from console.records.intent import Flow
from console.records.keys import parse_ref
from local_db.rows import among
from local_db.tables.book import table_of
from local_db.tables.ledger import intent, subject
from local_db.tables.matching import crosswalk

Touched = dict[str, set[str]]
"""Flow -> refs of subjects."""

UNFINISHED = ("hold", "waiting", "create", "update", "close")
_WORK = ("time_entry", "expense", "milestone")
_CALENDAR = frozenset({"task", "resource", "tax_code", "accounting_period", "legal_entity", "role", "billing_item"})


def touched(db: Connection, kind: str, refs: Sequence[str]) -> Touched:
    """The subjects of every flow that may come to another verdict because these records of a kind changed."""
    found: Touched = defaultdict(set)
    match kind:
        case "time_entry" | "expense" | "milestone":
            found[Flow.WORK_TO_BILLING].update(refs)
        case "deal":
            _deals(db, _roots(db, refs), found)
        case "contract_line":
            _deals(db, _roots(db, _deals_of_lines(db, refs)), found)
        case "customer":
            _deals(db, _roots(db, _deals_of_customers(db, refs)), found)
        case "rate" | "rate_card":
            _work_of(db, _projects_on_cards(db, kind, refs), ("time_entry",), found)
        case "project":
            _work_of(db, _psa_projects(db, refs), _WORK, found)
        case _ if kind in _CALENDAR:
            _unfinished(db, found)
    _written(db, refs, found)
    return found


def _refs(db: Connection, statement: Select[Any] | CompoundSelect[Any]) -> set[str]:
    return {str(row[0]) for row in db.execute(statement)} - {""}


def _roots(db: Connection, deals: Iterable[str]) -> set[str]:
    """The deals themselves, an amendment counted as the deal it amends."""
    listed = set(deals)
    deal = table_of("deal")
    amending = db.execute(
        select(deal.c.ref, deal.c.amends).where(among(db, deal.c.ref, listed), deal.c.superseded_at.is_(None))
    )
    return {row.amends or row.ref for row in amending}


def _deals(db: Connection, roots: set[str], found: Touched) -> None:
    found[Flow.DEAL_TO_PROJECT].update(roots)
    deal, line = table_of("deal"), table_of("contract_line")
    sold = select(deal.c.ref).where(
        deal.c.superseded_at.is_(None), (among(db, deal.c.ref, roots)) | (among(db, deal.c.amends, roots))
    )
    retainers = select(line.c.ref).where(
        line.c.superseded_at.is_(None), line.c.deal.in_(sold), among(db, line.c.deal, _retainers(db, roots))
    )
    found[Flow.WORK_TO_BILLING].update(_refs(db, retainers))
    _work_of(db, _psa_projects(db, roots), _WORK, found)


def _retainers(db: Connection, roots: set[str]) -> set[str]:
    deal = table_of("deal")
    own = select(deal.c.ref).where(
        deal.c.superseded_at.is_(None), deal.c.billing_type == "retainer", among(db, deal.c.ref, roots)
    )
    kept = _refs(db, own)
    return kept | _refs(db, select(deal.c.ref).where(deal.c.superseded_at.is_(None), among(db, deal.c.amends, kept)))


def _deals_of_lines(db: Connection, lines: Sequence[str]) -> set[str]:
    line = table_of("contract_line")
    return _refs(db, select(line.c.deal).where(among(db, line.c.ref, lines)).distinct())


def _deals_of_customers(db: Connection, customers: Sequence[str]) -> set[str]:
    deal = table_of("deal")
    masters = select(crosswalk.c.ref).where(_at(db, customers), crosswalk.c.ended_at.is_(None))
    listed = set(customers) | _refs(db, masters)
    return _refs(db, select(deal.c.ref).where(among(db, deal.c.customer, listed), deal.c.superseded_at.is_(None)))


def _at(db: Connection, refs: Sequence[str]) -> ColumnElement[bool]:
    """Crosswalk rows whose far side is one of these refs, all of one kind."""
    parsed = [parse_ref(ref) for ref in refs]
    connections = {each.connection for each in parsed}
    kinds = {each.kind for each in parsed}
    return and_(
        crosswalk.c.connection.in_(connections),
        crosswalk.c.kind.in_(kinds),
        among(db, crosswalk.c.remote_id, [each.remote_id for each in parsed]),
    )


def _projects_on_cards(db: Connection, kind: str, refs: Sequence[str]) -> set[str]:
    rate, project = table_of("rate"), table_of("project")
    cards = (
        set(refs)
        if kind == "rate_card"
        else _refs(db, select(rate.c.rate_card).where(among(db, rate.c.ref, refs)).distinct())
    )
    return _refs(
        db, select(project.c.ref).where(among(db, project.c.rate_card, cards), project.c.superseded_at.is_(None))
    )


def _psa_projects(db: Connection, refs: Iterable[str]) -> set[str]:
    """These projects or deals and every twin of theirs, both ways over the crosswalk."""
    own = list(refs)
    if not own:
        return set()
    projects = [ref for ref in own if parse_ref(ref).kind == "project"]
    masters = set(own)
    if projects:
        masters |= _refs(db, select(crosswalk.c.ref).where(_at(db, projects), crosswalk.c.ended_at.is_(None)))
    twins = db.execute(
        select(crosswalk.c.connection, crosswalk.c.kind, crosswalk.c.remote_id).where(
            among(db, crosswalk.c.ref, masters), crosswalk.c.kind == "project", crosswalk.c.ended_at.is_(None)
        )
    )
    return masters | {f"{row.connection}/{row.kind}/{row.remote_id}" for row in twins}


def _work_of(db: Connection, projects: set[str], kinds: Sequence[str], found: Touched) -> None:
    if not projects:
        return
    tables = [table_of(kind) for kind in kinds]
    work = union(
        *(
            select(table.c.ref).where(among(db, table.c.project, projects), table.c.superseded_at.is_(None))
            for table in tables
        )
    )
    found[Flow.WORK_TO_BILLING].update(_refs(db, work))


def _unfinished(db: Connection, found: Touched) -> None:
    for row in db.execute(select(subject.c.flow, subject.c.ref).where(subject.c.outcome.in_(UNFINISHED))):
        found[row.flow].add(row.ref)


def _written(db: Connection, refs: Sequence[str], found: Touched) -> None:
    """Subjects of intents that stand for these records on their target."""
    if not refs:
        return
    connection, kind, _remote_id = parse_ref(refs[0])
    before = len(connection) + len(kind) + 2
    owning = select(intent.c.flow, intent.c.subject).where(
        intent.c.target == connection,
        intent.c.kind == kind,
        among(db, intent.c.remote_id, [ref[before:] for ref in refs]),
        intent.c.remote_id != "",
    )
    for row in db.execute(owning.distinct()):
        found[row.flow].add(row.subject)


def fell_due(db: Connection, today: date) -> set[str]:
    """Contract lines that were not due when they were last planned, and now are."""
    line = table_of("contract_line")
    waiting = (
        subject.c.flow == Flow.WORK_TO_BILLING.value,
        subject.c.kind == "contract_line",
        subject.c.outcome == "not_yet",
    )
    asked = select(line.c.ref).join(subject, subject.c.ref == line.c.ref).where(*waiting)
    return _refs(db, asked.where(line.c.superseded_at.is_(None), line.c.due_on <= today))


def waiting_to_read(db: Connection, target: str, kind: str, whys: Iterable[str]) -> Touched:
    """Subjects whose intents on a kind of a target wait for nothing but its being read."""
    c = intent.c
    asked = select(c.flow, c.subject).where(c.target == target, c.state == "waiting", c.why.in_(list(whys)))
    found: Touched = defaultdict(set)
    for row in db.execute(asked.where(c.kind == kind).distinct()):
        found[row.flow].add(row.subject)
    return found


def of_target(db: Connection, flow: str, target: str) -> set[str]:
    """Subjects of a flow whose intents on a target are planned but not on their way."""
    return _refs(
        db,
        select(intent.c.subject).where(
            intent.c.flow == flow, intent.c.target == target, intent.c.state.in_(("planned", "waiting", "ready"))
        ),
    )
