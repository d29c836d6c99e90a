"""One practice account of NetSuite: its books, its credentials and its doors."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any, ClassVar

from console.sandbox.clock import Clock
from console.sandbox.faults import FaultPlan
from console.sandbox.firm.model import Firm
from console.sandbox.journal import Journal
from console.sandbox.netsuite import oauth1
from console.sandbox.netsuite.assertions import new_key_pair
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.jobs import Queue
from console.sandbox.netsuite.mirror import Mirror
from console.sandbox.netsuite.oauth2 import Application, TokenOffice
from console.sandbox.netsuite.people import People
from console.sandbox.netsuite.resources import Resources
from console.sandbox.netsuite.seed_past import take_over
from console.sandbox.netsuite.service import AUTHORIZE_PATH, TOKEN_PATH, Doors, Service
from console.sandbox.netsuite.writing import Writer
from console.sandbox.tenant import App, Tenant

ZONE = "America/New_York"
"""The company's time zone: SuiteQL tells and reads days in it; the record API tells UTC."""
CONCURRENCY = 15
"""Requests at once of the lowest service tier."""


class NetsuiteTenant(Tenant):
    """An account with token-based, machine (ES256 and PS256 certificates) and browser sign-in."""

    platform: ClassVar[str] = "netsuite"

    def __init__(
        self, key: str, journal: Journal, faults: FaultPlan, clock: Clock, *, concurrency: int = CONCURRENCY
    ) -> None:
        super().__init__(key, journal, faults, clock)
        self.books = Books(clock, ZONE)
        self.mirror = Mirror(self.books)
        self._people = People(self.books, self.commit)
        self._token = oauth1.Token(self.tenant_id, *(secrets.token_hex(32) for _ in range(4)))
        self._expired = secrets.token_urlsafe(48)
        self._browser = Application(secrets.token_hex(32), secrets.token_hex(32))
        self._machine_id = secrets.token_hex(32)
        pairs = {algorithm: new_key_pair(algorithm) for algorithm in ("ES256", "PS256")}
        self._keys = {algorithm: (certificate.number, pem) for algorithm, (certificate, pem) in pairs.items()}
        machine = Application(self._machine_id, certificates={each.number: each for each, _ in pairs.values()})
        office = TokenOffice([self._browser, machine], self._expired)
        self._doors = Doors(oauth1.Verifier([self._token]), office, concurrency)

    @property
    def tenant_id(self) -> str:
        """The account id as the vendor writes it in the realm: a sandbox account, seven digits."""
        number = int.from_bytes(blake2b(self.key.encode(), digest_size=4).digest()) % 9_000_000
        return f"{1_000_000 + number}_SB1"

    @property
    def people(self) -> People:
        return self._people

    @property
    def expired_token(self) -> str:
        return self._expired

    @property
    def closed_date(self) -> date | None:
        """The middle of the latest closed month."""
        closed = [
            str(each.values["startDate"])
            for each in self.books.store.all("accountingPeriod")
            if each.values.get("closed")
        ]
        return date.fromisoformat(max(closed)).replace(day=15) if closed else None

    def app(self) -> App:
        queue = Queue(self.books.stamp)
        resources = Resources(self.books, Writer(self.books, self.commit), queue, self.faults)
        return Service(self._doors, resources, self.mirror, queue, self.faults)

    def sign_ins(self) -> Sequence[Mapping[str, Any]]:
        token_url = f"{self.base_url}{TOKEN_PATH}"
        machine = [
            {
                "sign_in": "client_credentials",
                "token_url": token_url,
                "account": self.tenant_id,
                "client_id": self._machine_id,
                "certificate_id": number,
                "private_key": pem,
                "algorithm": algorithm,
                "scope": "rest_webservices",
            }
            for algorithm, (number, pem) in self._keys.items()
        ]
        signed = {
            "sign_in": "token_based",
            "token_url": "",
            "account": self.tenant_id,
            "consumer_key": self._token.consumer_key,
            "consumer_secret": self._token.consumer_secret,
            "token_id": self._token.token_id,
            "token_secret": self._token.token_secret,
        }
        browser = {
            "sign_in": "authorization_code",
            "token_url": token_url,
            "authorize_url": f"{self.base_url}{AUTHORIZE_PATH}",
            "account": self.tenant_id,
            "client_id": self._browser.client_id,
            "client_secret": self._browser.client_secret,
            "scope": "rest_webservices",
        }
        return [signed, *machine, browser]

    def seed(self, firm: Firm) -> None:
        take_over(self.books, firm)
