"""The faults of the wire as ASGI middleware around a tenant's app: lost and late, cut, slow and reset."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from console.sandbox.faults import FaultPlan, Rule
from console.sandbox.tenant import App, Receive, Scope, Send, Tenant

Message = MutableMapping[str, Any]
HANGUP = "tieout.hangup"
"""Scope key of `hangup(reset: bool)`: closes the connection under the request at once. Set by `port.Protocol`."""

_DRIPS = 10


class RoughWire:
    """A tenant's app behind a wire that fails as the plan says. `/-/` paths always arrive."""

    def __init__(self, app: App, tenant: Tenant, plan: FaultPlan) -> None:
        self._app = app
        self._tenant = tenant
        self._plan = plan
        self._late: set[asyncio.Task[None]] = set()
        self._mishaps: dict[str, Callable[[Rule, Scope, Receive, Send], Awaitable[None]]] = {
            "lost_answer": self._lose_answer,
            "late_commit": self._commit_late,
            "reset": self._reset,
            "truncated": self._truncate,
            "slow": self._drip,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = None
        if self._plan.rules and not scope["path"].startswith("/-/"):
            rule = self._plan.on_wire(scope["path"], self._tenant.is_write(scope["method"], scope["path"]))
        if rule is None:
            await self._app(scope, receive, send)
        else:
            await self._mishaps[rule.fault](rule, scope, receive, send)

    async def settle(self) -> None:
        """Wait for commits that are still late."""
        while self._late:
            await asyncio.gather(*self._late)

    async def _lose_answer(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, _Answer())
        await _hang_up(scope, receive)

    async def _commit_late(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        body = await whole_body(receive)
        await _hang_up(scope, receive)
        task = asyncio.create_task(self._carry_out_later(rule.seconds, scope, body))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _carry_out_later(self, seconds: float, scope: Scope, body: bytes) -> None:
        await asyncio.sleep(seconds)
        await self._app(scope, _replayed(body), _Answer())

    async def _reset(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        await _hang_up(scope, receive, reset=True)

    async def _truncate(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer()
        await self._app(scope, receive, answer)
        half = answer.body[: len(answer.body) // 2]
        await send(answer.start_with_length(len(half)))
        await send({"type": "http.response.body", "body": half})

    async def _drip(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer()
        await self._app(scope, receive, answer)
        await send(answer.start_with_length(len(answer.body)))
        step = max(1, len(answer.body) // _DRIPS)
        for place in range(0, len(answer.body), step):
            await asyncio.sleep(rule.seconds / _DRIPS)
            await send({"type": "http.response.body", "body": answer.body[place : place + step], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class _Answer:
    """Keeps what an app would have sent."""

    def __init__(self) -> None:
        self.start: Message = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    def start_with_length(self, length: int) -> Message:
        """The same start; only an answer that has a body at all gets its length told anew."""
        if not self.body:
            return self.start
        headers = [(name, value) for name, value in self.start["headers"] if name.lower() != b"content-length"]
        return {**self.start, "headers": [*headers, (b"content-length", str(length).encode())]}


async def whole_body(receive: Receive) -> bytes:
    """All of a request's body."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _replayed(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _hang_up(scope: Scope, receive: Receive, reset: bool = False) -> None:
    """Close the connection and wait until the server has noticed, so that it sends nothing of its own."""
    scope[HANGUP](reset)
    while (await receive())["type"] != "http.disconnect":
        pass
