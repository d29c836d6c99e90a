"""A tiny platform to try the sandbox's own machinery on: it keeps notes, and its people can rewrite them."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from console.sandbox.clock import Clock
from console.sandbox.faults import FaultPlan
from console.sandbox.firm.model import Firm
from console.sandbox.journal import PEOPLE, Journal
from console.sandbox.port import served
from console.sandbox.serve import Options, Running, prepared
from console.sandbox.tenant import App, Receive, Scope, Send, Tenant

TODAY = date(2025, 11, 21)


class Writers:
    """The people of the tiny platform."""

    def __init__(self, tenant: Notebook) -> None:
        self._tenant = tenant

    def rewrite(self, number: int, text: str, on: date | None = None) -> str:
        self._tenant.notes[number]  # raises LookupError
        self._tenant.notes[number] = text
        self._tenant.commit("note", "update", "", str(number), {"text": text, "on": on}, PEOPLE)
        return text


class Notebook(Tenant):
    """`POST /notes` keeps a note under the next number; `GET /notes` shows them all."""

    platform = "notebook"
    expired_token = "expired"
    closed_date = date(2025, 1, 31)

    def __init__(self, key: str, journal: Journal, faults: FaultPlan, clock: Clock) -> None:
        super().__init__(key, journal, faults, clock)
        self.notes: list[str] = []
        self.firm: Firm | None = None
        self._people = Writers(self)

    @property
    def tenant_id(self) -> str:
        return f"book-{self.key}"

    @property
    def people(self) -> Writers:
        return self._people

    def sign_ins(self) -> list[dict[str, Any]]:
        return [{"sign_in": "access_token", "token_url": f"{self.base_url}/token", "access_token": "t"}]

    def seed(self, firm: Firm) -> None:
        self.firm = firm

    def app(self) -> App:
        return self._app

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.faults.wants("rate_storm", "notes"):
            await _send(send, 429, {"error": "slow down"})
        elif scope["method"] == "POST":
            body = (await receive())["body"].decode()
            self.notes.append(body)
            self.commit("note", "create", body, str(len(self.notes) - 1), {"text": body})
            await _send(send, 201, {"number": len(self.notes) - 1})
        else:
            await _send(send, 200, {"notes": self.notes})


async def _send(send: Send, status: int, answer: Any) -> None:
    body = orjson.dumps(answer)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


Opened = Callable[..., AbstractAsyncContextManager[tuple[httpx.AsyncClient, Running]]]


@pytest.fixture
def opened() -> Opened:
    """Serve notebooks on loopback: a client of the first one and everything that runs."""

    @asynccontextmanager
    async def open_(*keys: str, **options: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Running]]:
        asked = Options(today=TODAY, history_months=2, **options)
        with prepared(asked, dict.fromkeys(keys or ("notebook",), Notebook)) as running:
            async with served(list(zip(running.fronts, running.sockets, strict=True)), running.certificate):
                base_url = next(iter(running.practice.tenants.values())).base_url
                trust = running.certificate is None or _trusting(running.certificate.ca)
                async with httpx.AsyncClient(base_url=base_url, verify=trust, timeout=10) as client:
                    yield client, running

    return open_


def _trusting(ca: Path) -> Any:
    return ssl.create_default_context(cafile=ca)
