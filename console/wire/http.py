"""The one way any connector speaks HTTP: paced, bounded, verified, retried only where that cannot write twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import orjson

from console.wire.answer import Answer, Call
from console.wire.breakage import breakage
from console.wire.faults import Fault, Unexpected
from console.wire.pacing import Pacing, backoff
from console.wire.redaction import Redaction
from console.wire.sockets import Sockets, checked_url
from console.words import _

_STEPS = 3
"""Redirects followed for one call, all on the same host."""
PAGE_LIMIT = 64 * 1024 * 1024
"""Bytes of one answer, unpacked, above which it is refused."""
JSON_BODY = {"content-type": "application/json"}
FORM_BODY = {"content-type": "application/x-www-form-urlencoded"}
_AGENT = {"user-agent": "Tieout/0.1", "accept": "application/json", "accept-encoding": "gzip, deflate"}
_BUSY = frozenset((429, 503))
_BROKEN = frozenset((500, 502, 504))

_LONGEST_STAY = 10.0
"""Seconds a platform may ask a call to wait inside `send`; longer waits go back to the caller as its answer."""

Pressed = Callable[[Answer], bool]
"""Whether an answer means `slow down` and proves that nothing was processed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one call may take: seconds to connect, between two bytes and as a whole; bytes of its answer, unpacked;
    and how often it is tried when idempotent, or when it is proven that nothing was processed."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 180.0
    page: int = PAGE_LIMIT
    tries_idempotent: int = 4
    tries_unstored: int = 3

    def timeouts(self) -> dict[str, float]:
        return {"connect": self.connect, "read": self.read, "write": self.read, "pool": self.total}


def slow_down(answer: Answer) -> bool:
    return answer.status == 429


class Wire:
    """A way to one tenant. `signed()` gives the same way with an address and a credential: sockets, budget, hooks
    and struck-out secrets stay shared.

    `connection` is the connection's id (first part of every ref); `on_call` hears of each exchange; `on_rotated`
    takes secrets the platform replaced, by field name, to be kept at once.
    `ca` names a PEM file of further certificate authorities. `before` is awaited before every call and may refuse it
    with a fault.
    """

    def __init__(
        self,
        base_url: str = "",
        auth: httpx.Auth | None = None,
        *,
        connection: str = "",
        pacing: Pacing | None = None,
        on_call: Callable[[Call], None] | None = None,
        on_rotated: Callable[[Mapping[str, str]], None] | None = None,
        ca: str = "",
        bounds: Bounds | None = None,
    ) -> None:
        self.connection = connection
        self.pacing = pacing or Pacing()
        self.redaction = Redaction()
        self.on_call = on_call
        self.on_rotated = on_rotated
        self.bounds = bounds or Bounds()
        self._timeouts = self.bounds.timeouts()
        self.before: Callable[[], Awaitable[None]] | None = None
        self._sockets = Sockets(ca)
        self._head: dict[str, str] = dict(_AGENT)
        self._pressed: Pressed = slow_down
        self._aim(base_url, auth)

    def signed(
        self,
        base_url: str,
        auth: httpx.Auth | None = None,
        *,
        pressed: Pressed = slow_down,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """The same wire to `base_url` with a credential. `headers` go with every call."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._head = {**_AGENT, **(headers or {})}
        other._pressed = pressed
        other._aim(base_url, auth)
        return other

    def aside(self) -> Self:
        """The same sockets with a budget of their own: sign-in calls must not wait for the calls that wait for them."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.pacing = Pacing()
        other._aim("", None)
        return other

    def __repr__(self) -> str:
        return f"Wire({self.base_url!r}, connection={self.connection!r})"

    @property
    def host(self) -> str:
        return self._host

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> Answer:
        """One call; any status is an answer, transport failures are faults.

        `path` is relative to the base address, or absolute on the same host. `idempotent` (GET and HEAD are, unless
        told otherwise) allows repeating after a lost or incomplete answer; a 200 answer to such a call that claims to
        be JSON is known to be whole. Others are repeated only when nothing was sent or the platform said so.
        Raises `TryLater` or `Unexpected`.
        """
        if self.before is not None:
            await self.before()
        request = self._request(method, path, json, form, content, headers, params)
        safe = method in ("GET", "HEAD") if idempotent is None else idempotent
        tries = self.bounds.tries_idempotent if safe else self.bounds.tries_unstored
        for attempt in range(tries):
            last = attempt + 1 == tries
            try:
                answer = await self._paced(request, safe)
            except Fault as fault:
                again = fault.facts.pop("again", False)
                if last or not again or (fault.sent and not safe):
                    raise
            else:
                if last or not self._worth_repeating(answer, safe):
                    return answer
            await asyncio.sleep(backoff(attempt))
        raise AssertionError("unreachable: the last try returns or raises")

    async def close(self) -> None:
        """Give back the sockets (shared with every wire `signed()` made). Never raises."""
        try:
            await self._sockets.close()
        except (httpx.HTTPError, OSError, RuntimeError):
            return

    def _aim(self, base_url: str, auth: httpx.Auth | None) -> None:
        self.base_url = base_url.rstrip("/")
        self._auth = auth
        if base_url:
            url = checked_url(self.base_url)
            self._host = url.host
            self._origin = f"{url.scheme}://{url.netloc.decode('ascii')}".lower()
        else:
            self._host = self._origin = ""

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self._origin + path if path.startswith(self._base_path()) else self.base_url + path
        if "://" not in path:
            return f"{self.base_url}/{path}"
        split = urlsplit(path)
        if self._origin and f"{split.scheme}://{split.netloc}".lower() != self._origin:
            raise Unexpected(
                _("The platform pointed to another host ({host}), which Tieout does not follow.", host=split.netloc),
                _("Check the address of the connection."),
                sent=False,
            )
        if not self._origin:
            checked_url(path)
        return path

    def _base_path(self) -> str:
        return self.base_url[len(self._origin) :] + "/"

    def _request(
        self,
        method: str,
        path: str,
        json: Any,
        form: Mapping[str, str] | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
    ) -> httpx.Request:
        head = self._head if headers is None else {**self._head, **headers}
        if json is not None:
            content, head = orjson.dumps(json), {**JSON_BODY, **head}
        elif form is not None:
            content, head = str(httpx.QueryParams(form)).encode(), {**FORM_BODY, **head}
        try:
            return httpx.Request(
                method,
                self._url(path),
                params=params,
                headers=head,
                content=content,
                extensions={"timeout": self._timeouts},
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise breakage(httpx.InvalidURL(str(error)), path[:100]).fault from None

    def _worth_repeating(self, answer: Answer, safe: bool) -> bool:
        if retry_after(answer) > _LONGEST_STAY:
            return False
        if self._pressed(answer):
            return True
        return safe and (answer.status in _BUSY or answer.status in _BROKEN)

    async def _paced(self, request: httpx.Request, safe: bool) -> Answer:
        """One try inside the budget."""
        pacing = self.pacing
        place = await pacing.enter()
        began = pacing.now()
        try:
            answer = await self._exchange(request, began)
            if safe and answer.status == 200 and _claims_json(answer):
                _understood(answer)
        finally:
            pacing.leave(place)
        if self._pressed(answer) or answer.status == 503:
            pacing.pressed(began, retry_after(answer))
        elif answer.status < 500:
            pacing.eased()
        return answer

    async def _exchange(self, request: httpx.Request, began: float) -> Answer:
        """One try: the answer whatever its status, and a note of it."""
        try:
            async with asyncio.timeout(self.bounds.total):
                answer = await self._converse(request)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            fault, again = breakage(error, request.url.host)
            fault.facts["again"] = again
            self._note(request, None, began, fault)
            raise fault from None
        except Fault as fault:
            self._note(request, None, began, fault)
            raise
        self._note(request, answer, began, None)
        return answer

    async def _converse(self, request: httpx.Request) -> Answer:
        client = self._sockets.client(request.url)
        for _step in range(_STEPS):
            response = await client.send(request, auth=self._auth, stream=True)
            try:
                body = await _bounded(response, self.bounds.page)
            finally:
                await response.aclose()
            answer = Answer(response.status_code, response.headers, body)
            if not response.has_redirect_location:
                return answer
            request = self._redirected(request, answer)
        raise _moved(answer, request.url.host)

    def _redirected(self, request: httpx.Request, answer: Answer) -> httpx.Request:
        """The same request to another path of the same host; raises the fault of any other redirect."""
        place = request.url.join(answer.headers.get("location", ""))
        same = (place.scheme, place.netloc) == (request.url.scheme, request.url.netloc)
        if not same or not (request.method in ("GET", "HEAD") or answer.status in (307, 308)):
            raise _moved(answer, request.url.host)
        return httpx.Request(
            request.method, place, headers=request.headers, content=request.content, extensions=request.extensions
        )

    def _note(self, request: httpx.Request, answer: Answer | None, began: float, fault: Fault | None) -> None:
        if self.on_call is None:
            return
        redact = self.redaction
        telling = self._auth is not None and (answer is None or not answer.ok or request.method != "GET")
        self.on_call(
            Call(
                connection=self.connection,
                method=request.method,
                host=request.url.host,
                path=redact.text(request.url.raw_path.decode("ascii", "replace")),
                status=answer.status if answer else 0,
                ms=(self.pacing.now() - began) * 1000.0,
                sent_bytes=len(request.content),
                received_bytes=len(answer.body) if answer else 0,
                trace_id=answer.trace_id if answer else "",
                headers=redact.headers(request.headers.raw),
                request_text=redact.body(request.content) if telling else "",
                answer_text=redact.body(answer.body) if telling and answer else "",
                fault=fault.sentence if fault else "",
            )
        )


def _moved(answer: Answer, host: str) -> Fault:
    place = urlsplit(answer.headers.get("location", "")).netloc or host
    return Unexpected(
        _("{host} says its place is now {place}; Tieout does not follow.", host=host, place=place[:100]),
        _("Check the address of the connection; a sign-in page on the way looks like this too."),
        trace_id=answer.trace_id,
    )


async def _bounded(response: httpx.Response, limit: int) -> bytes:
    """The unpacked body, refused as soon as it passes `limit` bytes."""
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > limit:
            raise Unexpected(
                _("The platform's answer is larger than {limit} MB.", limit=limit // (1024 * 1024)),
                _("Ask for smaller pages, or have the platform's administrator look at the record."),
            )
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _claims_json(answer: Answer) -> bool:
    return "json" in answer.headers.get("content-type", "")


def _understood(answer: Answer) -> None:
    try:
        answer.json()
    except Fault as fault:
        fault.facts["again"] = True
        raise


def retry_after(answer: Answer) -> float:
    """Seconds the platform asks us to wait; 0 when it does not say, at most five minutes."""
    text = answer.headers.get("retry-after", "")
    try:
        return min(max(float(text), 0.0), 300.0)
    except ValueError:
        return 0.0
