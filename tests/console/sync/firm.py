"""A firm small enough to read: one customer, deals, projects and time on three platforms in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from console.records.intent import Flow, Mode
from console.records.keys import tenant_tag
from console.records.money import Money
from console.sync.adopting import adopt
from console.sync.cycle import Run, run
from console.sync.dispatch import set_mode
from console.sync.session import Session
from console.wire.surface import Capability
from local_db import connections, cutovers, holds, ledger, overrides
from local_db.connections import ConnectionRow
from local_db.holds import HoldRow
from local_db.ledger import IntentRow
from local_db.store import Db, Store
from tests.console.sync.stand_in import Platform, card_of

T = TypeVar("T")
TODAY = date(2026, 11, 20)
ENTITY = "Norrvik Hale GmbH"
CUTOVER = date(2026, 6, 1)
FLOWS = (Flow.DEAL_TO_PROJECT.value, Flow.WORK_TO_BILLING.value)


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


@dataclass(slots=True)
class Firm:
    """Three platforms, a workspace over them, and short ways to ask it."""

    session: Session
    crm: Platform
    psa: Platform
    erp: Platform
    runner: asyncio.Runner

    @property
    def store(self) -> Store:
        return self.session.store

    def wait(self, doing: Coroutine[Any, Any, T]) -> T:
        """See something through on the firm's one event loop."""
        return self.runner.run(doing)

    def run(self, send: bool = True) -> Run:
        """One run of everything."""
        return self.wait(run(self.session, TODAY, send))

    def adopt(self) -> Any:
        return self.wait(adopt(self.session))

    def ask(self, question: Callable[[Db], Any]) -> Any:
        with self.store.reading() as db:
            return question(db)

    def act(self, step: Callable[[Db], Any]) -> Any:
        with self.store.writing() as db:
            return step(db)

    def mode(self, connection: str, mode: Mode, kind: str = "*", reason: str = "a test", **more: Any) -> list[str]:
        """A person sets a mode for both flows."""
        return [
            self.act(
                lambda db, flow=flow: set_mode(
                    db,
                    self.session,
                    {"connection": connection, "flow": flow, "kind": kind, "mode": mode, "reason": reason, **more},
                    "ann",
                )
            )
            for flow in FLOWS
        ]

    def cutover(self) -> None:
        def step(db: Db) -> None:
            for flow in FLOWS:
                cutovers.set_cutover(db, flow, ENTITY, CUTOVER, "ann", "go live")

        self.act(step)

    def live(self) -> None:
        """First contact: everything read, matched, cut over; then writing is allowed. Nothing is sent yet."""
        self.cutover()
        self.run(send=False)
        self.adopt()
        for connection in (self.psa.name, self.erp.name):
            self.mode(connection, Mode.WRITE)

    def intents(self, kind: str = "", target: str = "") -> list[IntentRow]:
        return list(self.ask(lambda db: ledger.intents(db, kind=kind, target=target)))

    def intent(self, kind: str, target: str = "netsuite") -> IntentRow:
        (row,) = self.intents(kind, target)
        return row

    def states(self, kind: str = "", target: str = "") -> dict[str, int]:
        counted: dict[str, int] = {}
        for row in self.intents(kind, target):
            counted[row.state.value] = counted.get(row.state.value, 0) + 1
        return counted

    def held(self, problem: str = "") -> list[HoldRow]:
        return list(self.ask(lambda db: holds.every(db, problem=problem)))

    def one_held(self, problem: str) -> HoldRow:
        (row,) = self.held(problem)
        return row

    def overrides(self) -> dict[str, list[overrides.Override]]:
        return dict(self.ask(overrides.of))

    def due_now(self) -> None:
        """Whatever waits for its time has waited long enough."""
        from local_db.tables.ledger import intent

        self.act(lambda db: db.execute(intent.update().values(next_at=datetime(2026, 1, 1, tzinfo=UTC))))


def a_customer(firm: Firm, remote_id: str = "c1", **changes: Any) -> str:
    values = {"name": "Lindqvist Freight", "legal_entity": ENTITY, "currency": "EUR", "tax_number": "DE811", **changes}
    return firm.crm.put("customer", remote_id, **values)


def a_deal(firm: Firm, customer: str, remote_id: str = "d1", **changes: Any) -> str:
    """A won time-and-materials deal with one line."""
    values: dict[str, Any] = {
        "name": f"Engagement {remote_id}",
        "customer": customer,
        "is_won": True,
        "is_closed": True,
        "closed_on": date(2026, 7, 1),
        "amount": euros("50000.00"),
        "billing_type": "time_and_materials",
        "legal_entity": ENTITY,
        "starts_on": date(2026, 7, 1),
        "ends_on": date(2027, 6, 30),
        "rate_card": "Standard",
    }
    ref = firm.crm.put("deal", remote_id, **{**values, **changes})
    firm.crm.put("contract_line", f"{remote_id}l1", deal=ref, title="Consulting", quantity="100")
    return ref


def an_entry(firm: Firm, remote_id: str, project: str, **changes: Any) -> str:
    """Two approved hours on a project of the PSA."""
    values: dict[str, Any] = {
        "project": project,
        "resource": "kantata/resource/r1",
        "worked_on": date(2026, 11, 3),
        "minutes": 120,
        "role": "kantata/role/senior",
        "approved": True,
    }
    return firm.psa.put("time_entry", remote_id, **{**values, **changes})


def _furnish(firm: Firm) -> None:
    """What every firm has before anything is sold."""
    firm.erp.put("legal_entity", "1", name=ENTITY, country="DE", currency="EUR")
    firm.erp.put("tax_code", "7", name="VAT 19", legal_entity=ENTITY, country="DE", per_cent="19")
    firm.erp.put("accounting_period", "11", name="Nov 2026", starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30))
    firm.erp.put("resource", "5", name="Ines Adler", email="ines@norrvik.example")
    firm.psa.put("resource", "r1", name="Ines Adler", email="ines@norrvik.example")
    firm.psa.put("role", "senior", name="Senior Consultant")
    card = firm.psa.put("rate_card", "std", name="Standard", currency="EUR")
    firm.psa.put("rate", "1", rate_card=card, role="kantata/role/senior", hourly=euros("150.00"))


def _row(platform: Platform) -> ConnectionRow:
    tenant = f"{platform.name} tenant"
    return ConnectionRow(
        platform.name,
        platform.card.key,
        platform.name,
        tenant,
        tag=tenant_tag(platform.card.key, tenant),
        environment="practice",
        state="connected",
    )


def firm_of(store: Store, runner: asyncio.Runner, *platforms: Platform) -> Firm:
    """A workspace over platforms: the CRM, the PSA, then every ERP."""
    rows = {each.name: _row(each) for each in platforms}
    with store.writing() as db:
        for row in rows.values():
            connections.replace(db, row)
    session = Session(store, rows, {each.name: each for each in platforms}, "ann", "worker 1")
    crm, psa, erp = platforms[:3]
    return Firm(session, crm, psa, erp, runner)


def three(capability: Capability = Capability.KEYED) -> list[Platform]:
    return [Platform(name, card_of(name, capability)) for name in ("salesforce", "kantata", "netsuite")]


def furnished(store: Store, runner: asyncio.Runner, capability: Capability = Capability.KEYED) -> Firm:
    firm = firm_of(store, runner, *three(capability))
    _furnish(firm)
    return firm


def set_up(firm: Firm) -> Firm:
    """One deal was won and set up everywhere; two hours are waiting to be billed."""
    a_deal(firm, a_customer(firm))
    firm.live()
    firm.run()
    (project,) = firm.psa.shelves["project"]
    an_entry(firm, "t1", f"kantata/project/{project}")
    return firm
