"""The practice Salesforce: REST data API, SOQL, composite, Bulk 2.0 and OAuth over one made-up org."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from console.sandbox.answering import app_of
from console.sandbox.clock import Clock
from console.sandbox.faults import FaultPlan
from console.sandbox.firm.model import Firm
from console.sandbox.journal import Journal
from console.sandbox.salesforce.assertion import new_key_pair
from console.sandbox.salesforce.ids import mint
from console.sandbox.salesforce.oauth import SCOPE, Gate, Registered
from console.sandbox.salesforce.objects import OBJECTS
from console.sandbox.salesforce.people import Sellers
from console.sandbox.salesforce.seed import Planter
from console.sandbox.salesforce.site import Site
from console.sandbox.salesforce.store import Entry, Org
from console.sandbox.salesforce.view import View
from console.sandbox.tenant import App, Tenant

_WORDS = {
    "Account": "customer",
    "Contact": "contact",
    "Opportunity": "deal",
    "OpportunityLineItem": "contract_line",
    "Tieout_Invoice__c": "invoice",
}
"""Our words for the objects in the journal."""


class Salesforce(Tenant):
    """One practice org. `site.allowance.allowed` is its daily API limit, `gate.rotate` turns token rotation on."""

    platform: ClassVar[str] = "salesforce"

    def __init__(self, key: str, journal: Journal, faults: FaultPlan, clock: Clock) -> None:
        super().__init__(key, journal, faults, clock)
        self.org = Org(OBJECTS, clock.stamp, self._journalled)
        self.org.id = mint("00D", zlib.crc32(key.encode()) % 900_000_000 + 1)
        self.org.user_id = self.org.tables["User"].next_id()
        registered = Registered(
            client_id=f"3MVG9{secrets.token_urlsafe(40)}",
            client_secret=secrets.token_hex(32).upper(),
            username="integration@norrvik-hale.example",
            org_id=self.org.id,
            user_id=self.org.user_id,
        )
        self.gate = Gate(registered, new_key_pair())
        self.site = Site(self.org, self.gate, faults)
        self._access_token = self.gate.new_token()
        self._expired = self.gate.new_token()
        self.gate.alive.discard(self._expired)
        self._people: Sellers | None = None

    @property
    def tenant_id(self) -> str:
        return self.org.id

    @property
    def people(self) -> Sellers:
        """Raises LookupError before the firm has moved in."""
        if self._people is None:
            raise LookupError("Nobody works here before the firm is seeded.")
        return self._people

    @property
    def expired_token(self) -> str:
        return self._expired

    @property
    def closed_date(self) -> date | None:
        return None

    def app(self) -> App:
        return app_of(self.site)

    def sign_ins(self) -> Sequence[Mapping[str, Any]]:
        token_url = f"{self.base_url}/services/oauth2/token"
        app = self.gate.app
        return (
            {
                "sign_in": "client_credentials",
                "token_url": token_url,
                "client_id": app.client_id,
                "client_secret": app.client_secret,
            },
            {
                "sign_in": "authorization_code",
                "token_url": token_url,
                "authorize_url": f"{self.base_url}/services/oauth2/authorize",
                "client_id": app.client_id,
                "redirect_uri": app.callbacks[0],
                "scope": SCOPE,
            },
            {
                "sign_in": "jwt_bearer",
                "token_url": token_url,
                "client_id": app.client_id,
                "username": app.username,
                "private_key": self.gate.keys.private_pem,
            },
            {
                "sign_in": "access_token",
                "token_url": "",
                "access_token": self._access_token,
                "instance_url": self.base_url,
            },
        )

    def seed(self, firm: Firm) -> None:
        planter = Planter(self.org, self.clock, firm)
        planter.everything()
        self._people = Sellers(View(self.org), planter)

    def _journalled(self, entry: Entry, by: str) -> None:
        kind = _WORDS.get(entry.kind, entry.kind)
        self.commit(kind, entry.verb, entry.key, entry.remote_id, entry.body, by)


def tenant(key: str, journal: Journal, faults: FaultPlan, clock: Clock) -> Salesforce:
    """A practice org under a key such as `salesforce` or `salesforce:eu`."""
    return Salesforce(key, journal, faults, clock)
