"""A practice account on a real socket, and a plain client of it that knows nothing of how it is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from console.sandbox.kantata import Kantata, tenant
from console.sandbox.serve import Running
from tests.console.sandbox.in_thread import serving


@dataclass
class Account:
    """A served account and a session that is signed in as an administrator."""

    running: Running
    tenant: Kantata
    session: requests.Session

    @property
    def base_url(self) -> str:
        return self.tenant.base_url

    def sign_in(self, name: str) -> dict[str, Any]:
        return next(dict(each) for each in self.tenant.sign_ins() if each["sign_in"] == name)

    def call(self, method: str, path: str, **words: Any) -> requests.Response:
        return self.session.request(method, f"{self.base_url}/api/v1/{path}", timeout=20, **words)

    def told(self, path: str, **params: Any) -> dict[str, Any]:
        """The envelope of a list or of one object."""
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, plural: str, **params: Any) -> list[dict[str, Any]]:
        """The objects of one page in the order of `results`."""
        told = self.told(plural, **params)
        return [told[each["key"]][each["id"]] for each in told["results"]]

    def every(self, plural: str, **params: Any) -> list[dict[str, Any]]:
        """The objects of all pages."""
        first = self.told(plural, per_page=200, **params)
        pages = [first] + [
            self.told(plural, per_page=200, page=n, **params) for n in range(2, first["meta"]["page_count"] + 1)
        ]
        return [page[each["key"]][each["id"]] for page in pages for each in page["results"]]

    def made(self, plural: str, singular: str, include: str = "", **fields: Any) -> dict[str, Any]:
        answer = self.call("POST", plural, params={"include": include}, json={singular: fields})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told[plural][told["results"][0]["id"]]

    def project(self, title: str, **fields: Any) -> str:
        return self.made("workspaces", "workspace", title=title, creator_role="maven", **fields)["id"]

    def refused(self, answer: requests.Response, status: int) -> dict[str, Any]:
        """The one error of a refusal."""
        assert answer.status_code == status, answer.text
        (error,) = answer.json()["errors"]
        assert error["message"]
        return error


@contextmanager
def opened(**options: Any) -> Iterator[Account]:
    with serving({"kantata": tenant}, **options) as running, requests.Session() as session:
        held = running.practice.tenants["kantata"]
        assert isinstance(held, Kantata)
        session.trust_env = False
        if running.certificate:
            session.verify = str(running.certificate.ca)
        account = Account(running, held, session)
        session.headers["Authorization"] = f"Bearer {account.sign_in('access_token')['access_token']}"
        yield account


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """One account for all tests of a module: each uses projects of its own."""
    with opened() as found:
        yield found


@pytest.fixture
def fresh() -> Iterator[Account]:
    """An account of one's own, for faults, limits and what people do."""
    with opened() as found:
        yield found


@pytest.fixture(scope="session", name="opened")
def _opened() -> Any:
    return opened
