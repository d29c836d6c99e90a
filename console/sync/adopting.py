"""Adoption: records that both sides already have are matched and linked before anything may be created."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from console.records.billing import BillingLine
from console.records.delivery import Expense, Milestone, Project, Task, TimeEntry
from console.records.firm import Customer, Record, Resource
from console.records.keys import parse_ref
from console.records.selling import ContractLine, Deal
from console.rules.engagement import breakdown
from console.sync.likeness import Candidate, Match, Matches, match, normal
from console.sync.pull import mark
from console.sync.session import Session, now
from local_db import audit, crosswalk, preferences
from local_db import book as shelf
from local_db.questions import matching
from local_db.store import Db

_TOKEN = re.compile(r"(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{8,}")


@dataclass(frozen=True, slots=True)
class Adopted:
    """What matching of one kind on one connection found: linked, waiting for a person, existing twice, left over."""

    connection: str
    kind: str
    linked: int
    likely: int
    doubles: int
    unmatched: int


@dataclass(slots=True)
class Desk:
    """One run of matching on an open step: the crosswalk as it grows, and what people refused."""

    db: Db
    actor: str
    refused: set[tuple[str, str]]

    def linked(self, connection: str, kind: str) -> dict[str, str]:
        """Remote ref -> master, for a kind of a connection."""
        return {
            f"{connection}/{kind}/{link.remote_id}": link.ref
            for link in crosswalk.links(self.db, connection, kind)
            if link.relation == crosswalk.Relation.IS
        }


ADOPTED = "adopted"
"""The setting that says when what a connection has already was matched last."""


async def adopt(session: Session, actor: str = "") -> list[Adopted]:
    """Match every kind that may later be created somewhere, parents before children."""
    return await session.write(partial(_adopt, session=session, actor=actor or session.actor))


def adopted_at(db: Db, connection: str) -> datetime | None:
    """When the records of a connection were matched last; None when they never were."""
    said = [each.set_at for each in preferences.settings(db) if (each.name, each.scope) == (ADOPTED, connection)]
    return said[0] if said else None


def _adopt(db: Db, session: Session, actor: str) -> list[Adopted]:
    refused = {
        (refusal.ref, f"{refusal.connection}/{refusal.kind}/{refusal.remote_id}") for refusal in crosswalk.refusals(db)
    }
    desk = Desk(db, actor, refused)
    crm, psa, erp = (session.with_role(role) for role in ("crm", "psa", "erp"))
    found: list[Adopted] = []
    for place in (*psa, *erp):
        found.append(_match_kind(desk, "customer", crm, place, Customer, _customer_keys))
    for place in erp:
        found.append(_match_kind(desk, "resource", psa, place, Resource, _resource_keys))
    for place in psa:
        found.append(_match_projects(desk, crm, place))
    for place in erp:
        found.append(_match_projects(desk, crm, place, psa))
    sold = [("contract_line", home) for home in crm]
    for place in psa:
        found.append(_match_tasks(desk, sold, place))
    for place in erp:
        found.append(_match_tasks(desk, [*sold, *(("task", home) for home in psa)], place))
        found += _match_lines(desk, psa, place)
    for place in (*psa, *erp):
        _note(desk, place, [each for each in found if each.connection == place])
    return [each for each in found if each.linked or each.likely or each.doubles or each.unmatched]


def _note(desk: Desk, place: str, found: Sequence[Adopted]) -> None:
    linked = {each.kind: each.linked for each in found if each.linked}
    preferences.put(desk.db, preferences.Setting(ADOPTED, place, linked, desk.actor, "", now()))
    audit.append(desk.db, desk.actor, "adopt", place, {"linked": linked})


Keys = Callable[[Record], Mapping[str, Sequence[str]]]


def _references(record: Record) -> list[str]:
    """What other systems call the record: its external key, and long tokens of it that may be another's id."""
    tokens = _TOKEN.findall(record.external_key) if record.external_key else []
    own = parse_ref(record.ref).remote_id
    return [each for each in (record.external_key, *tokens, own if len(own) >= 6 else "") if each]


def _customer_keys(record: Record) -> Mapping[str, Sequence[str]]:
    assert isinstance(record, Customer)
    natural = [f"tax {record.tax_number}" if record.tax_number else ""]
    natural += [f"domain {record.domain.removeprefix('www.')}" if record.domain else ""]
    return {
        "cross_reference": _references(record),
        "natural_key": [f"{each} {normal(record.name)}" for each in natural if each],
    }


def _resource_keys(record: Record) -> Mapping[str, Sequence[str]]:
    assert isinstance(record, Resource)
    return {"cross_reference": _references(record), "natural_key": [record.email]}


def _name(record: Record) -> str:
    return str(getattr(record, "name", ""))


def _match_kind(desk: Desk, kind: str, places: Sequence[str], place: str, record: type[Record], keys: Keys) -> Adopted:
    masters = [each for home in places for each in shelf.current(desk.db, kind, home) if isinstance(each, record)]
    others = [each for each in shelf.current(desk.db, kind, place) if isinstance(each, record)]
    return _settle(
        desk,
        place,
        kind,
        [Candidate(each.ref, _name(each), keys=keys(each)) for each in masters],
        [Candidate(each.ref, _name(each), keys=keys(each)) for each in others],
    )


def _settle(desk: Desk, place: str, kind: str, masters: Sequence[Candidate], others: Sequence[Candidate]) -> Adopted:
    """Match what is not linked yet, link what is proven and keep the rest for a person."""
    linked = desk.linked(place, kind)
    taken = set(linked.values())
    open_masters = [each for each in masters if each.ref not in taken]
    open_others = [each for each in others if each.ref not in linked and ("", each.ref) not in desk.refused]
    found = _without(match(open_masters, open_others), desk.refused)
    _link(desk, place, kind, found.proven)
    matching.replace(desk.db, place, kind, _candidates(place, kind, found))
    mark(desk.db, kind, list(found.doubles), f"{kind} was found twice")
    named = {each.other for each in found.proven} | {each.other for listed in found.doubles.values() for each in listed}
    return Adopted(place, kind, len(found.proven), len(found.likely), len(found.doubles), len(open_others) - len(named))


def _without(found: Matches, refused: set[tuple[str, str]]) -> Matches:
    """Matches less those that people refused; a double of which one is left is proven."""
    doubles = {
        master: [each for each in listed if (each.master, each.other) not in refused]
        for master, listed in found.doubles.items()
    }
    proven = [each for each in found.proven if (each.master, each.other) not in refused]
    proven += [each for listed in doubles.values() if len(listed) == 1 for each in listed]
    likely = [each for each in found.likely if (each.master, each.other) not in refused]
    return Matches(proven, likely, {master: listed for master, listed in doubles.items() if len(listed) > 1})


def _link(desk: Desk, place: str, kind: str, proven: Sequence[Match]) -> None:
    at = now()
    links = [
        crosswalk.Link(
            each.master, place, kind, parse_ref(each.other).remote_id, each.method, desk.actor, at, why=each.why
        )
        for each in proven
    ]
    crosswalk.link(desk.db, links)
    mark_matched(desk.db, [(each.master, each.other) for each in proven])


def mark_matched(db: Db, pairs: Iterable[tuple[str, str]]) -> None:
    """Plan again what hangs on either side of matches: (ref, remote ref)."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for ref in {ref for pair in pairs for ref in pair if ref}:
        by_kind[parse_ref(ref).kind].append(ref)
    for kind, refs in by_kind.items():
        mark(db, kind, refs, f"{kind} was matched")


def _candidates(place: str, kind: str, found: Matches) -> list[matching.Candidate]:
    at = now()
    waiting = [(each, each.method, round(each.score * 100)) for each in found.likely]
    waiting += [(each, matching.DOUBLE, 100) for listed in found.doubles.values() for each in listed]
    return [
        matching.Candidate(place, kind, parse_ref(each.other).remote_id, each.master, method, each.why, score, at)
        for each, method, score in waiting
    ]


def _match_projects(desk: Desk, crm: Sequence[str], place: str, psa: Sequence[str] = ()) -> Adopted:
    """Projects of `place` to deals, and to PSA projects that no deal stands behind."""
    customers = _customer_masters(desk, (*psa, place))
    behind: dict[str, list[Project]] = {}
    alone: list[Project] = []
    for home in psa:
        linked = desk.linked(home, "project")
        for each in shelf.current(desk.db, "project", home):
            assert isinstance(each, Project)
            if each.ref in linked:
                behind.setdefault(linked[each.ref], []).append(each)
            else:
                alone.append(each)
    masters = [
        _deal_candidate(deal, behind.get(deal.ref, ()))
        for home in crm
        for deal in shelf.current(desk.db, "deal", home)
        if isinstance(deal, Deal) and deal.is_won and not deal.amends
    ]
    masters += [_project_candidate(each, customers) for each in alone]
    others = [_project_candidate(each, customers) for each in shelf.current(desk.db, "project", place)]
    return _settle(desk, place, "project", masters, others)


def _customer_masters(desk: Desk, places: Iterable[str]) -> dict[str, str]:
    return {ref: master for place in places for ref, master in desk.linked(place, "customer").items()}


def _deal_candidate(deal: Deal, twins: Sequence[Project]) -> Candidate:
    references = [each for record in (deal, *twins) for each in _references(record)]
    natural = [f"{deal.customer} {normal(deal.name)}"]
    return Candidate(deal.ref, deal.name, keys={"cross_reference": references, "natural_key": natural})


def _project_candidate(project: Record, customers: Mapping[str, str]) -> Candidate:
    assert isinstance(project, Project)
    buyer = customers.get(project.customer, project.customer)
    natural = [f"{buyer} {normal(project.name)}"]
    return Candidate(project.ref, project.name, keys={"cross_reference": _references(project), "natural_key": natural})


def _match_tasks(desk: Desk, homes: Sequence[tuple[str, str]], place: str) -> Adopted:
    """Tasks by name within one project; `homes` are the (kind, connection) that know them first."""
    projects = _project_masters(desk, {place, *(home for _kind, home in homes)})
    known = {ref for kind, home in homes if kind == "task" for ref in desk.linked(home, kind)}
    masters = [
        candidate
        for kind, home in homes
        for each in _with_one_title(shelf.current(desk.db, kind, home))
        if each.ref not in known and (candidate := _task_candidate(each, projects)) is not None
    ]
    others = [_task_candidate(each, projects) for each in shelf.current(desk.db, "task", place)]
    return _settle(desk, place, "task", masters, [each for each in others if each is not None])


def _with_one_title(records: Iterable[Record]) -> list[Record]:
    """Contract lines of a deal that share a title make one task, so only the first of them stands for it."""
    by_deal: dict[str, list[ContractLine]] = defaultdict(list)
    others: list[Record] = []
    for each in records:
        if isinstance(each, ContractLine):
            by_deal[each.deal].append(each)
        else:
            others.append(each)
    lines = [line for sold in by_deal.values() for line, _minutes in breakdown(sorted(sold, key=lambda each: each.ref))]
    return [*others, *lines]


def _project_masters(desk: Desk, places: Iterable[str]) -> dict[str, str]:
    return {ref: master for place in places for ref, master in desk.linked(place, "project").items()}


def _task_candidate(record: Record, projects: Mapping[str, str]) -> Candidate | None:
    match record:
        case Task(project=project, name=name):
            return Candidate(record.ref, group=projects.get(project, project), keys=_by_name(record, name))
        case ContractLine(deal=deal, title=title):
            return Candidate(record.ref, group=deal, keys=_by_name(record, title))
    return None


def _by_name(record: Record, name: str) -> Mapping[str, Sequence[str]]:
    return {"cross_reference": _references(record), "natural_key": [normal(name)] if name else []}


def _match_lines(desk: Desk, psa: Sequence[str], place: str) -> list[Adopted]:
    """ERP lines that another writer made from the same work: by the reference both carry."""
    work: dict[str, tuple[str, ...]] = {"time_line": ("time_entry",), "charge_line": ("expense", "milestone")}
    found = []
    for kind, sources in work.items():
        masters = [
            Candidate(each.ref, keys={"cross_reference": _references(each)})
            for home in psa
            for source in sources
            for each in shelf.current(desk.db, source, home)
            if isinstance(each, TimeEntry | Expense | Milestone) and each.external_key
        ]
        others = [
            Candidate(each.ref, keys={"cross_reference": _references(each)})
            for each in shelf.current(desk.db, "billing_line", place)
            if isinstance(each, BillingLine) and each.external_key and parse_ref(each.ref).kind == kind
        ]
        if masters and others:
            found.append(_settle(desk, place, kind, masters, others))
    return found
