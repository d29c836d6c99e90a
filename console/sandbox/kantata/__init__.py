"""The practice Kantata: REST api/v1 with side-loaded envelopes, approvals, rate cards and a change feed."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from console.sandbox.answering import app_of
from console.sandbox.clock import Clock
from console.sandbox.faults import FaultPlan
from console.sandbox.firm.model import Firm
from console.sandbox.journal import Journal
from console.sandbox.kantata.catalogue import KINDS
from console.sandbox.kantata.feed import Feed
from console.sandbox.kantata.oauth import Gate, Holder
from console.sandbox.kantata.people import Consultants
from console.sandbox.kantata.references import key_of
from console.sandbox.kantata.rules import rules
from console.sandbox.kantata.saving import Saver
from console.sandbox.kantata.seed import Planter, lock_before
from console.sandbox.kantata.site import Site
from console.sandbox.kantata.store import Account, Row
from console.sandbox.tenant import App, Tenant

_WORDS = {
    "workspaces": "project",
    "stories": "task",
    "workspace_groups": "customer",
    "users": "resource",
    "roles": "role",
    "time_entries": "time_entry",
    "expenses": "expense",
    "billing_milestones": "milestone",
    "timesheet_submissions": "approval",
    "expense_report_submissions": "approval",
    "invoices": "invoice",
}
"""Our words for the collections in the journal."""


class Kantata(Tenant):
    """One practice account. `site.limits` are the calls a minute that some endpoints allow; `limited_token` signs in
    a user without financial access."""

    platform: ClassVar[str] = "kantata"

    def __init__(self, key: str, journal: Journal, faults: FaultPlan, clock: Clock) -> None:
        super().__init__(key, journal, faults, clock)
        self.account = Account(clock.stamp)
        self.account.id = str(1_000_000 + zlib.crc32(key.encode()) % 8_000_000)
        self.saver = Saver(self.account, rules(self.account), Feed(self.account), self._journalled)
        self.gate = Gate(secrets.token_hex(32), secrets.token_hex(32), Holder(""))
        self.site = Site(self.account, self.gate, self.saver, faults)
        self.limited_token = ""
        self._access_token = ""
        self._revoked = secrets.token_hex(32)
        self._people: Consultants | None = None
        self._closed: date | None = None

    @property
    def tenant_id(self) -> str:
        return self.account.id

    @property
    def people(self) -> Consultants:
        """Raises LookupError before the firm has moved in."""
        if self._people is None:
            raise LookupError("Nobody works here before the firm is seeded.")
        return self._people

    @property
    def expired_token(self) -> str:
        return self._revoked

    @property
    def closed_date(self) -> date | None:
        return self._closed

    def app(self) -> App:
        return app_of(self.site)

    def sign_ins(self) -> Sequence[Mapping[str, Any]]:
        return (
            {"sign_in": "access_token", "token_url": "", "access_token": self._access_token},
            {
                "sign_in": "authorization_code",
                "token_url": f"{self.base_url}/oauth/token",
                "authorize_url": f"{self.base_url}/oauth/authorize",
                "client_id": self.gate.client_id,
                "client_secret": self.gate.client_secret,
                "redirect_uri": self.gate.callbacks[0],
            },
        )

    def seed(self, firm: Firm) -> None:
        planter = Planter(self.account, self.clock, firm)
        planter.administrator()
        self.gate.holder = Holder(self.account.user_id)
        self._access_token = self.gate.new_token()
        planter.everything()
        self.limited_token = self.gate.new_token(Holder(planter.ids[firm.people[0].key], financial=False))
        self._closed = lock_before(firm.cutover) - timedelta(days=1)
        self._people = Consultants(self.saver, planter)

    def _journalled(self, plural: str, verb: str, row: Row, body: Mapping[str, Any], by: str) -> None:
        kind = KINDS[plural]
        facts = {"name": row.shown["title"]} if plural == "workspaces" else None
        self.commit(_WORDS.get(plural, plural), verb, key_of(self.account, kind, row), row.id, body, by, facts)


def tenant(key: str, journal: Journal, faults: FaultPlan, clock: Clock) -> Kantata:
    """A practice account under a key such as `kantata` or `kantata:uk`."""
    return Kantata(key, journal, faults, clock)
