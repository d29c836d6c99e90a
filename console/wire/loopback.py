"""Signs a person in through their own browser: authorization code with PKCE, answered on a loopback port."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

from console.wire.faults import SignInAgain, TryLater, Unexpected
from console.words import _

_LINE = 16_384


@dataclass(frozen=True, slots=True)
class Code:
    """What the browser brought back: exchange it once, with the same redirect address and the verifier."""

    code: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the browser brings the answer: `http://host:port/path` on this computer.

    Port 0 takes any free one; a fixed port is needed where the vendor compares the registered address exactly.
    """

    port: int = 0
    path: str = "/callback"
    host: str = "localhost"

    def address(self, port: int) -> str:
        return f"http://{self.host}:{port}{self.path}"


ANY_PORT = Redirect()


async def code_from_browser(
    authorize_url: str,
    client_id: str,
    open_browser: Callable[[str], Awaitable[None] | None],
    *,
    redirect: Redirect = ANY_PORT,
    scope: str = "",
    patience: float = 300.0,
) -> Code:
    """Open the sign-in page and wait for its answer.

    Raises `SignInAgain` when the person or platform says no, `TryLater` when nobody answers within `patience`
    seconds, `Unexpected` when the port is taken.
    """
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    desk = _Desk(state, redirect.path)
    server = await _listen(desk, redirect)
    try:
        address = redirect.address(server.sockets[0].getsockname()[1])
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": address,
            "state": state,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
            **({"scope": scope} if scope else {}),
        }
        opened = open_browser(f"{authorize_url}?{urlencode(query)}")
        if opened is not None:
            await opened
        return Code(await desk.answered(patience), verifier, address)
    finally:
        server.close()
        await server.wait_closed()


def _challenge(verifier: str) -> str:
    """The S256 challenge of RFC 7636."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def _listen(desk: _Desk, redirect: Redirect) -> asyncio.Server:
    """Both loopback families for a fixed port, since a browser may try either; one for a free port."""
    try:
        host = redirect.host if redirect.port else "127.0.0.1"
        return await asyncio.start_server(desk.greet, host, redirect.port, limit=_LINE)
    except OSError:
        raise Unexpected(
            _("Port {port} of this computer is taken, so the sign-in page could not answer.", port=redirect.port),
            _("Close the program that uses it, or register another redirect address and give its port."),
            sent=False,
        ) from None


class _Desk:
    """Answers the browser; only a request with our state counts."""

    def __init__(self, state: str, path: str) -> None:
        self._state = state
        self._path = path
        self._outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answered(self, patience: float) -> str:
        try:
            return await asyncio.wait_for(self._outcome, patience)
        except TimeoutError:
            raise TryLater(
                _("Nobody finished signing in within {minutes} minutes.", minutes=max(1, int(patience // 60))),
                _("Start the sign-in again."),
                sent=False,
            ) from None

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, asyncio.IncompleteReadError):
            line = await asyncio.wait_for(reader.readuntil(b"\r\n"), 10)
            status, sentence = self._judge(line.decode("latin-1").split(" "))
            writer.write(_page(status, sentence))
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def _judge(self, words: list[str]) -> tuple[str, str]:
        target = urlsplit(words[1] if len(words) > 2 else "")
        if words[0] != "GET" or target.path != self._path:
            return "404 Not Found", _("Nothing is here.")
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        if not hmac.compare_digest(query.get("state", "").encode(), self._state.encode()):
            return "400 Bad Request", _("This answer does not belong to the sign-in Tieout began.")
        if self._outcome.done():
            return "200 OK", _("You can close this page.")
        if query.get("code"):
            self._outcome.set_result(query["code"])
            return "200 OK", _("You are signed in. You can close this page and go back to Tieout.")
        self._outcome.set_exception(_said_no(query))
        return "200 OK", _("The sign-in was refused. Tieout shows why.")


def _said_no(query: Mapping[str, str]) -> SignInAgain:
    return SignInAgain(
        _("The platform refused the sign-in."),
        _("Start it again; if it stays refused, ask the platform's administrator to approve the app."),
        vendor_code=query.get("error", "")[:100],
        vendor_text=query.get("error_description", "")[:500],
        sent=False,
    )


def _page(status: str, sentence: str) -> bytes:
    body = (
        "<!doctype html><meta charset=utf-8><title>Tieout</title>"
        f"<p style='font:16px system-ui;margin:3em'>{escape(sentence)}</p>"
    ).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
