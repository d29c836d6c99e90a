"""The paths under `/-/` on every tenant's port: who this is, what was committed, what people do, what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

import orjson

from console.sandbox.acts import NoSuchAct, perform
from console.sandbox.faults import BadFault
from console.sandbox.practice import Practice
from console.sandbox.rough_wire import RoughWire, whole_body
from console.sandbox.tenant import App, Receive, Scope, Send, Tenant

Asked = Mapping[str, Any]
_NONCE = re.compile(r"[0-9a-f]{32}")


class Refusal(Exception):
    """A control request that makes no sense: a status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Front:
    """What listens on a tenant's port: the control paths, and behind the rough wire the vendor's API.

    `GET /-/hello?nonce=<32 hex>` signed; `GET /-/firm` what was made and planted; `POST /-/advance` the next step of
    the script; `GET /-/journal?after=&by=&kind=&tenant=`; `GET /-/expected`, `GET /-/score`; `GET /-/faults`,
    `POST /-/faults {"spec"}` or `{"clear": true}`; `POST /-/people {"act", "platform"?, ...}` as `tenant.py` says.
    All but hello speak of all tenants together, whichever port is asked.
    """

    def __init__(self, tenant: Tenant, practice: Practice) -> None:
        self._tenant = tenant
        self._practice = practice
        self.wire = RoughWire(tenant.app(), tenant, practice.faults.for_tenant(tenant.key))
        self._api: App = self.wire
        self._paths: Mapping[tuple[str, str], Callable[[Asked], Any]] = {
            ("GET", "/-/hello"): self._hello,
            ("GET", "/-/firm"): lambda _: practice.told(),
            ("POST", "/-/advance"): lambda _: practice.script.advance(),
            ("GET", "/-/journal"): self._journal,
            ("GET", "/-/expected"): lambda _: practice.script.tally.expected(),
            ("GET", "/-/score"): lambda _: practice.score(),
            ("GET", "/-/faults"): lambda _: self._faults(),
            ("POST", "/-/faults"): self._change_faults,
            ("POST", "/-/people"): self._people,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/-/"):
            await self._control(scope, receive, send)
        else:
            await self._api(scope, receive, send)

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self._paths.get((scope["method"], scope["path"]))
        try:
            if path is None:
                raise Refusal(404, f"There is no {scope['method']} {scope['path']}.")
            status, answer = 200, path(await _asked(scope, receive))
        except Refusal as refusal:
            status, answer = refusal.status, {"error": str(refusal)}
        await _answer(send, status, answer)

    def _hello(self, asked: Asked) -> Any:
        nonce = str(asked.get("nonce", ""))
        if not _NONCE.fullmatch(nonce):
            raise Refusal(400, "A nonce is 32 hexadecimal digits in lower case.")
        return self._tenant.hello(nonce)

    def _journal(self, asked: Asked) -> Any:
        journal = self._practice.journal
        filters = {name: str(asked[name]) for name in ("by", "tenant", "kind") if name in asked}
        try:
            place = int(asked.get("after", 0))
        except ValueError:
            raise Refusal(400, "`after` is a count of entries.") from None
        found = [asdict(entry) for entry in journal.since(place, **filters)]
        return {"entries": found, "next": len(journal.entries)}

    def _faults(self) -> Any:
        return {"faults": [{"spec": r.spec, "seen": r.seen, "struck": r.struck} for r in self._practice.faults.rules]}

    def _change_faults(self, asked: Asked) -> Any:
        faults = self._practice.faults
        if asked.get("clear"):
            faults.clear()
        if "spec" in asked:
            try:
                faults.add(str(asked["spec"]))
            except BadFault as bad:
                raise Refusal(400, str(bad)) from None
        return self._faults()

    def _people(self, asked: Asked) -> Any:
        fields = dict(asked)
        where, act = str(fields.pop("platform", self._tenant.key)), str(fields.pop("act", ""))
        tenant = self._practice.tenants.get(where)
        if tenant is None:
            raise Refusal(404, f"There is no platform {where!r} here.")
        try:
            return {"done": act, "answer": perform(tenant.people, act, fields)}
        except Exception as wrong:
            if not (isinstance(wrong, NoSuchAct | LookupError | ValueError) or hasattr(wrong, "status")):
                raise
            raise Refusal(400, _own_words(wrong)) from None


def _own_words(refusal: Exception) -> str:
    """What a platform says when its rules hold for people too; every twin has its own refusal, with a status."""
    return str(getattr(refusal, "detail", "") or getattr(refusal, "message", "") or refusal)


async def _asked(scope: Scope, receive: Receive) -> Asked:
    """The query of a GET, the JSON object of a POST."""
    if scope["method"] == "GET":
        return dict(parse_qsl(scope["query_string"].decode()))
    body = await whole_body(receive)
    try:
        found = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise Refusal(400, "The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Refusal(400, "The body is a JSON object.")
    return found


async def _answer(send: Send, status: int, answer: Any) -> None:
    body = orjson.dumps(answer, default=str)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
