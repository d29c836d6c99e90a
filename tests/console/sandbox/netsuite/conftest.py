"""The practice NetSuite on a real socket in a thread of its own, and an independent client that signs for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from console.sandbox.netsuite import tenant
from console.sandbox.netsuite.tenant import NetsuiteTenant
from console.sandbox.port import served
from console.sandbox.serve import Options, Running, prepared

TODAY = date(2026, 11, 20)
STRICT = {"X-NetSuite-PropertyNameValidation": "Error"}


@dataclass
class Account:
    """A served practice account and a session that signs as the vendor wants it."""

    running: Running
    tenant: NetsuiteTenant
    session: requests.Session

    @property
    def base(self) -> str:
        return f"{self.tenant.base_url}/services/rest"

    def sign_in(self, name: str, **matching: str) -> dict[str, Any]:
        return next(
            dict(each)
            for each in self.tenant.sign_ins()
            if each["sign_in"] == name and matching.items() <= each.items()
        )

    def auth(self, **changes: Any) -> OAuth1:
        told = self.sign_in("token_based")
        words = {
            "client_key": told["consumer_key"],
            "client_secret": told["consumer_secret"],
            "resource_owner_key": told["token_id"],
            "resource_owner_secret": told["token_secret"],
            "realm": told["account"],
            "signature_method": "HMAC-SHA256",
        }
        return OAuth1(**(words | changes))

    def call(self, method: str, path: str, **words: Any) -> requests.Response:
        return self.session.request(method, f"{self.base}/record/v1/{path}", timeout=20, **words)

    def query(self, text: str, limit: int = 1000, offset: int = 0) -> requests.Response:
        return self.session.post(
            f"{self.base}/query/v1/suiteql",
            params={"limit": limit, "offset": offset},
            headers={"Prefer": "transient"},
            json={"q": text},
            timeout=20,
        )

    def rows(self, text: str) -> list[dict[str, Any]]:
        answer = self.query(text)
        assert answer.status_code == 200, answer.text
        return [{name: value for name, value in row.items() if name != "links"} for row in answer.json()["items"]]

    def one(self, text: str) -> dict[str, Any]:
        return self.rows(text)[0]

    @cached_property
    def usual(self) -> dict[str, Any]:
        """A time bill that the platform takes as it stands: of the US company, on an active task."""
        task = self.one(
            "SELECT p.id, p.project FROM projecttask p JOIN job j ON j.id = p.project WHERE p.isinactive = 'F' "
            "AND p.nonbillabletask = 'F' AND j.entitystatus = '2' AND j.subsidiary = 1 ORDER BY p.id"
        )
        return {
            "employee": {"id": self.one("SELECT id FROM employee WHERE isinactive = 'F' ORDER BY id")["id"]},
            "tranDate": "2026-11-03",
            "hours": "0:20",
            "customer": {"id": task["project"]},
            "caseTaskEvent": {"id": task["id"]},
            "item": {"id": self.one("SELECT id FROM item ORDER BY id")["id"]},
            "rate": 95.0,
            "isBillable": True,
            "memo": "On site",
        }

    def time_body(self, **changes: Any) -> dict[str, Any]:
        return self.usual | changes

    def stored(self, response: requests.Response) -> dict[str, Any]:
        """The record that a write's Location names."""
        assert response.status_code == 204, response.text
        answer = self.session.get(response.headers["Location"], params={"expandSubResources": "true"}, timeout=20)
        return answer.json()


@contextmanager
def serving(*keys: str, **options: Any) -> Iterator[Running]:
    """Practice accounts served by a loop in another thread."""
    asked = Options(today=TODAY, foreign_keys=True, **options)
    begun, ended = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    with prepared(asked, dict.fromkeys(keys or ("netsuite",), tenant)) as running:

        async def serve() -> None:
            async with served(list(zip(running.fronts, running.sockets, strict=True)), running.certificate):
                begun.set()
                await ended.wait()

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
        thread.start()
        try:
            assert begun.wait(10)
            yield running
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join(10)
            loop.close()


@contextmanager
def opened(**options: Any) -> Iterator[Account]:
    with serving(**options) as running, requests.Session() as session:
        held = running.practice.tenants["netsuite"]
        assert isinstance(held, NetsuiteTenant)
        account = Account(running, held, session)
        session.auth = account.auth()
        session.trust_env = False
        yield account


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """One account for all tests of a module: each uses keys and records of its own."""
    with opened() as found:
        yield found


@pytest.fixture
def fresh() -> Iterator[Account]:
    """An account of one's own, for faults and for what people do to everybody."""
    with opened() as found:
        yield found


@pytest.fixture(name="serving")
def _serving() -> Any:
    return serving


@pytest.fixture(name="opened")
def _opened() -> Any:
    return opened


@pytest.fixture(scope="session")
def strict() -> dict[str, str]:
    return STRICT
