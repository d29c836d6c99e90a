"""Entries that were billed long ago: their lines in the ERP, linked, confirmed and done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from console.flows.work_to_billing import work_to_billing
from console.records.intent import Flow, Linked, State, Verb, Wanted
from console.rules.book import Book, Tenant
from console.rules.compare import plain
from console.sync.deciding import resolver
from console.sync.loading import load_work
from console.wire.surface import Batch
from local_db import crosswalk, ledger, replica, subjects
from local_db.ledger import Decision
from local_db.store import Db
from tests.benchmarks import firm
from tests.benchmarks.entries import ERP, PSA
from tests.benchmarks.erp import line

_TENANTS = {
    PSA: Tenant(PSA, "Kantata OX", frozenset({"psa"}), "psatag00"),
    ERP: Tenant(ERP, "An ERP", frozenset({"erp"}), "erptag00"),
}


def bill(db: Db, refs: Sequence[str]) -> None:
    """Leave entries as they are some time after they were billed."""
    book, found = load_work(db, refs, _TENANTS, firm.TODAY)
    wanted = list(_wanted(book, found))
    at = datetime.now(UTC)
    ledger.save_plan(db, [_done(book, each) for each in wanted], at)
    links = (crosswalk.Link(each.ref, ERP, each.kind, each.key, "written", "bench", at) for each in wanted)
    crosswalk.link(db, links)
    lines = [line(each.key, each.key, _there(book, each)) for each in wanted]
    replica.save_batch(db, ERP, Batch("time_line", lines, ""), 0, at)
    outcomes = (subjects.Outcome(each.ref, "time_entry", "unchanged", "", each.money) for each in wanted)
    subjects.settle(db, Flow.WORK_TO_BILLING, outcomes, datetime.now(UTC))


def _wanted(book: Book, found: Sequence[object]) -> Iterator[Wanted]:
    for subject in found:
        yield from work_to_billing(subject, book).wanted  # type: ignore[arg-type]


def _there(book: Book, wanted: Wanted) -> dict[str, object]:
    resolve = resolver(book, ERP)
    return {name: resolve(value) if isinstance(value, Linked) else value for name, value in wanted.body.items()}


def _done(book: Book, wanted: Wanted) -> Decision:
    body = plain(wanted.body, resolver(book, ERP))
    return Decision(
        flow=wanted.flow,
        subject=wanted.subject,
        ref=wanted.ref,
        target=wanted.target,
        kind=wanted.kind,
        key=wanted.key,
        body=wanted.body,
        verb=Verb.CREATE,
        state=State.DONE,
        legal_entity=wanted.legal_entity,
        money=wanted.money,
        on=wanted.on,
        critical=True,
        remote_id=wanted.key,
        remote_version="1",
        confirmed={"sent": body, "stored": body},
    )
