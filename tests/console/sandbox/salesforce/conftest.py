"""A practice org on a real socket, and a plain client of it that knows nothing of how it is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from console.sandbox.salesforce import Salesforce, tenant
from console.sandbox.serve import Running
from tests.console.sandbox.in_thread import serving

VERSION = "v62.0"


@dataclass
class Org:
    """A served org and a session that is signed in."""

    running: Running
    tenant: Salesforce
    session: requests.Session

    @property
    def base_url(self) -> str:
        return self.tenant.base_url

    def sign_in(self, name: str) -> dict[str, Any]:
        return next(dict(each) for each in self.tenant.sign_ins() if each["sign_in"] == name)

    def call(self, method: str, path: str, **words: Any) -> requests.Response:
        return self.session.request(method, f"{self.base_url}/services/data/{VERSION}/{path}", timeout=20, **words)

    def query(self, soql: str, **words: Any) -> requests.Response:
        return self.call("GET", "query", params={"q": soql}, **words)

    def rows(self, soql: str) -> list[dict[str, Any]]:
        answer = self.query(soql)
        assert answer.status_code == 200, answer.text
        return answer.json()["records"]

    def create(self, kind: str, **fields: Any) -> str:
        answer = self.call("POST", f"sobjects/{kind}/", json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def refused(self, answer: requests.Response, status: int) -> str:
        """The code of a refusal in the vendor's array form."""
        assert answer.status_code == status, answer.text
        (error,) = answer.json()
        assert error["message"]
        return error["errorCode"]


@contextmanager
def opened(**options: Any) -> Iterator[Org]:
    with serving({"salesforce": tenant}, **options) as running, requests.Session() as session:
        held = running.practice.tenants["salesforce"]
        assert isinstance(held, Salesforce)
        session.trust_env = False
        if running.certificate:
            session.verify = str(running.certificate.ca)
        org = Org(running, held, session)
        session.headers["Authorization"] = f"Bearer {org.sign_in('access_token')['access_token']}"
        yield org


@pytest.fixture(scope="module")
def org() -> Iterator[Org]:
    """One org for all tests of a module: each uses records of its own."""
    with opened() as found:
        yield found


@pytest.fixture
def fresh() -> Iterator[Org]:
    """An org of one's own, for faults, limits and what people do."""
    with opened() as found:
        yield found


@pytest.fixture(scope="session", name="opened")
def _opened() -> Any:
    return opened
