"""Loading the book for one run of planning: the subjects, and only what they can ask about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, TypeVar

from console.records.billing import BillingLine, Invoice, InvoiceLine, Stage
from console.records.calendar import AccountingPeriod, TaxCode
from console.records.delivery import Project, Task, TimeEntry
from console.records.firm import BillingItem, Customer, LegalEntity, Record, Resource, Role
from console.records.intent import Flow
from console.records.keys import parse_ref
from console.records.money import Money
from console.records.problem import Problem
from console.records.selling import ContractLine, Deal, Rate, RateCard
from console.rules import caps, terms
from console.rules.amounts import worth
from console.rules.book import Book, Route, Subject, Tenant
from console.rules.rates import rate_for
from console.wire.surface import Card
from local_db import book as shelf
from local_db import crosswalk, cutovers, overrides, routes
from local_db.connections import ConnectionRow
from local_db.questions import matching
from local_db.store import Db

R = TypeVar("R", bound=Record)


@dataclass(slots=True)
class Gathering:
    """A book being filled: each step asks only for what the steps before have named."""

    db: Db
    flow: str
    tenants: Mapping[str, Tenant]
    today: date
    links: dict[tuple[str, str, str], str] = field(default_factory=dict)
    masters: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def records(self, kind: str, record: type[R], **asked: Any) -> list[R]:
        """Current records of a kind with people's overrides laid over them."""
        found = [each for each in shelf.current(self.db, kind, **asked) if isinstance(each, record)]
        return overlaid(self.db, found, self.flow, self.today)

    def by_ref(self, kind: str, record: type[R], refs: Iterable[str]) -> dict[str, R]:
        wanted = {ref for ref in refs if ref}
        return {each.ref: each for each in self.records(kind, record, refs=wanted)} if wanted else {}

    def find_masters(self, kind: str, refs: Iterable[str]) -> set[str]:
        """Learn under which ref these records are known; answers the masters."""
        by_connection: dict[str, list[str]] = defaultdict(list)
        for ref in {each for each in refs if each}:
            by_connection[ref.split("/", 1)[0]].append(ref)
        known: set[str] = set()
        for connection, own in by_connection.items():
            ids = {parse_ref(ref).remote_id: ref for ref in own}
            found = crosswalk.refs_of(self.db, connection, kind, list(ids))
            for remote_id, ref in ids.items():
                master = found.get(remote_id, ref)
                if master != ref:
                    self.masters[ref] = master
                known.add(master)
        return known

    def find_links(self, kind: str, masters: Iterable[str], role: str = "") -> list[str]:
        """Learn where these masters are elsewhere (on platforms with a role); answers the refs there."""
        wanted = [ref for ref in set(masters) if ref]
        there: list[str] = []
        for connection in (name for name, each in self.tenants.items() if not role or role in each.roles):
            for master, remote_id in crosswalk.remote_ids(self.db, connection, kind, wanted).items():
                ref = f"{connection}/{kind}/{remote_id}"
                self.links[connection, kind, master] = ref
                self.masters[ref] = master
                there.append(ref)
        return there


def tenants_of(rows: Iterable[ConnectionRow], cards: Mapping[str, Card]) -> dict[str, Tenant]:
    """Connections as flows see them."""
    return {
        row.id: Tenant(
            row.id,
            cards[row.platform].title,
            frozenset(cards[row.platform].roles),
            row.tag,
            cards[row.platform].key_limit,
        )
        for row in rows
        if row.platform in cards
    }


def load_deals(db: Db, refs: Sequence[str], tenants: Mapping[str, Tenant], today: date) -> tuple[Book, list[Subject]]:
    """The book for deals: their amendments, lines, customers with parents, and what stands on ERP and PSA."""
    gathering = Gathering(db, Flow.DEAL_TO_PROJECT, tenants, today)
    deals = gathering.by_ref("deal", Deal, refs)
    customers = _with_parents(gathering, {each.customer for each in deals.values()})
    book = _commercial(gathering, deals, customers)
    roots = [each for each in deals.values() if not each.amends]
    there = gathering.find_links("customer", gathering.find_masters("customer", customers))
    book.customers = {**customers, **gathering.by_ref("customer", Customer, there)}
    gathering.find_links("project", [each.ref for each in roots])
    lines = [line.ref for listed in book.lines.values() for line in listed]
    gathering.find_links("task", lines)
    gathering.find_links("milestone", lines)
    book.doubles = matching.doubles(db, "customer", list(customers))
    _calendar(gathering, book)
    return book, list(roots)


def _with_parents(gathering: Gathering, refs: Iterable[str]) -> dict[str, Customer]:
    known: dict[str, Customer] = {}
    ask = set(refs)
    while ask:
        found = gathering.by_ref("customer", Customer, ask)
        known.update(found)
        ask = {each.parent for each in found.values() if each.parent} - known.keys()
        if not found:
            break
    return known


def _commercial(gathering: Gathering, deals: Mapping[str, Deal], customers: Mapping[str, Customer]) -> Book:
    """Deals with their amendments, and every line of both."""
    amending = gathering.records("deal", Deal, where={"amends": list(deals)}) if deals else []
    amendments: dict[str, list[Deal]] = defaultdict(list)
    for each in amending:
        amendments[each.amends].append(each)
    everything = {**deals, **{each.ref: each for each in amending}}
    lines: dict[str, list[ContractLine]] = defaultdict(list)
    if everything:
        for line in gathering.records("contract_line", ContractLine, where={"deal": list(everything)}):
            lines[line.deal].append(line)
    for listed in lines.values():
        listed.sort(key=lambda line: line.ref)
    return Book(
        gathering.today,
        tenants=gathering.tenants,
        deals=everything,
        customers=customers,
        amendments=amendments,
        lines=lines,
        links=gathering.links,
        masters=gathering.masters,
    )


def _calendar(gathering: Gathering, book: Book) -> None:
    """What is small and always whole: entities, periods, tax codes, items, rate cards, settings."""
    db = gathering.db
    book.cutovers = cutovers.every(db)
    book.routes = [
        Route(row.kind, row.connection, row.legal_entity, row.region, row.service_line, row.starts_on, row.ends_on)
        for row in routes.every(db)
    ]
    book.entities = {
        (each.ref.split("/", 1)[0], each.name): each for each in gathering.records("legal_entity", LegalEntity)
    }
    book.periods = _by_connection(gathering.records("accounting_period", AccountingPeriod))
    book.tax_codes = _by_connection(gathering.records("tax_code", TaxCode))
    book.items = _by_connection(gathering.records("billing_item", BillingItem))
    book.roles = {each.ref: each.name for each in gathering.records("role", Role)}
    book.rate_cards = {each.ref: each for each in gathering.records("rate_card", RateCard)}


def _by_connection(records: Iterable[R]) -> dict[str, list[R]]:
    grouped: dict[str, list[R]] = defaultdict(list)
    for each in records:
        grouped[each.ref.split("/", 1)[0]].append(each)
    return grouped


def load_work(db: Db, refs: Sequence[str], tenants: Mapping[str, Tenant], today: date) -> tuple[Book, list[Subject]]:
    """The book for time, expenses, milestones and retainer lines: their projects' terms and what stands in the ERP."""
    gathering = Gathering(db, Flow.WORK_TO_BILLING, tenants, today)
    subjects = _work(gathering, refs)
    sold = gathering.by_ref("deal", Deal, {each.deal for each in subjects if isinstance(each, ContractLine)})
    deals = {each.amends or each.ref for each in sold.values()}
    named = {each.project for each in subjects if not isinstance(each, ContractLine | Deal)}
    for there in gathering.find_links("project", deals):
        named.add(there)
    masters = gathering.find_masters("project", named)
    twins = gathering.find_links("project", masters)
    deals |= {ref for ref in masters if parse_ref(ref).kind == "deal"}
    book = _commercial(gathering, gathering.by_ref("deal", Deal, deals), {})
    book.projects = gathering.by_ref("project", Project, named | set(twins))
    buyers = {each.customer for each in book.projects.values()}
    book.customers = gathering.by_ref("customer", Customer, gathering.find_masters("customer", buyers) | buyers)
    gathering.find_links("customer", book.customers)
    _calendar(gathering, book)
    _people_and_tasks(gathering, book, subjects)
    entries = {each.ref for each in subjects if isinstance(each, TimeEntry)}
    gathering.find_links("time_line", entries, "erp")
    gathering.find_links("charge_line", set(refs) - entries, "erp")
    cards = {each.rate_card for each in book.projects.values() if each.rate_card}
    book.rates = _rates(gathering, cards)
    book.over_cap = _over_cap(gathering, book, [ref for ref in named if ref in book.projects])
    return book, subjects


def _work(gathering: Gathering, refs: Sequence[str]) -> list[Subject]:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        by_kind[parse_ref(ref).kind].append(ref)
    found: list[Subject] = []
    for kind, own in by_kind.items():
        records = [each for each in shelf.current(gathering.db, kind, refs=own)]
        found += [
            each
            for each in overlaid(gathering.db, records, gathering.flow, gathering.today)
            if isinstance(each, Subject)
        ]
    return found


def _people_and_tasks(gathering: Gathering, book: Book, subjects: Iterable[Subject]) -> None:
    entries = [each for each in subjects if isinstance(each, TimeEntry)]
    resources = {each.resource for each in entries}
    known = gathering.find_masters("resource", resources)
    book.resources = gathering.by_ref(
        "resource", Resource, resources | known | set(gathering.find_links("resource", known))
    )
    worked = {each.task for each in entries}
    tasks = gathering.find_masters("task", worked)
    book.tasks = gathering.by_ref("task", Task, worked | set(gathering.find_links("task", tasks)))


def _rates(gathering: Gathering, cards: set[str]) -> dict[tuple[str, str], list[Rate]]:
    grouped: dict[tuple[str, str], list[Rate]] = defaultdict(list)
    if cards:
        for rate in gathering.records("rate", Rate, where={"rate_card": list(cards)}):
            grouped[rate.rate_card, rate.role].append(rate)
    return grouped


def _over_cap(gathering: Gathering, book: Book, projects: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Work beyond the cap of each capped project, counted over all of its approved work."""
    over: dict[str, tuple[str, str]] = {}
    for project in projects:
        agreed = terms.agreed(book, book.master(project))
        if agreed is None or agreed.cap is None:
            continue
        since = book.cutovers.get((Flow.WORK_TO_BILLING, agreed.legal_entity))
        worked = []
        for entry in gathering.records("time_entry", TimeEntry, where={"project": project}):
            if entry.billable and entry.approved and (since is None or entry.worked_on >= since):
                rate = rate_for(book, book.projects[project].rate_card, entry.role, entry.worked_on, entry.ref)
                if not isinstance(rate, Problem) and rate.hourly.currency == agreed.cap.currency:
                    worked.append((entry.worked_on.isoformat(), entry.ref, worth(entry.minutes, rate.hourly)))
        for ref, reached in caps.beyond(worked, agreed.cap).items():
            over[ref] = (str(reached), str(agreed.cap))
    return over


def overlaid(db: Db, records: Sequence[R], flow: str, today: date) -> list[R]:
    """Records with the overrides that stand for this flow."""
    if not records:
        return []
    standing = overrides.of(db, [each.ref for each in records], today)
    if not standing:
        return list(records)
    return [_overlay(each, standing.get(each.ref, ()), flow) for each in records]


def _overlay(record: R, standing: Iterable[overrides.Override], flow: str) -> R:
    kinds = {each.name: each.type for each in fields(record)}
    changes = {
        each.field: from_json(each.value, str(kinds[each.field]))
        for each in standing
        if each.field in kinds and each.scope in ("", flow)
    }
    return replace(record, **changes) if changes else record


def from_json(value: Any, kind: str) -> Any:
    """A field's value from its JSON form, by the field's type as the record declares it."""
    if value is None:
        return None
    if "Money" in kind:
        return Money.of(value["amount"], value["currency"])
    if "date" in kind:
        return date.fromisoformat(value)
    return value


def staged(db: Db, lines: Mapping[str, Record]) -> dict[str, Record]:
    """Lines with the stage their invoice gives them; an ERP does not touch a line when it bills it."""
    posted = [ref for ref, each in lines.items() if isinstance(each, BillingLine) and each.stage == Stage.POSTED]
    shares = [
        each
        for each in (shelf.current(db, "invoice_line", where={"billing_line": posted}) if posted else ())
        if isinstance(each, InvoiceLine)
    ]
    invoices = {
        each.ref: each
        for each in (shelf.current(db, "invoice", refs={each.invoice for each in shares}) if shares else ())
        if isinstance(each, Invoice)
    }
    found = dict(lines)
    for share in shares:
        line, invoice = found[share.billing_line], invoices.get(share.invoice)
        if isinstance(line, BillingLine) and invoice is not None and invoice.status != "voided":
            stage = Stage.ON_DRAFT if invoice.status == "draft" else Stage.INVOICED
            found[share.billing_line] = replace(line, stage=stage, invoice=invoice.ref)
    return found
