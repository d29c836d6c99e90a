"""Ways to sign in, as httpx.Auth: a fixed bearer token, and OAuth 2 grants whose token is renewed once for everyone."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from console.wire.answer import Answer
from console.wire.faults import Fault, SignInAgain, TryLater, Unexpected
from console.wire.http import Wire, retry_after
from console.words import _

_EARLY = 60.0
"""Seconds before its end at which a token is renewed."""
_SULK = 60.0
"""Seconds for which a refused sign-in is not tried again: platforms lock users out."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and what came with it (`instance_url`, `id`, `scope`), never shown."""

    value: str = field(repr=False)
    ends_at: float = float("inf")
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


class Bearer(httpx.Auth):
    """A token a person pasted: it cannot be renewed here. A 401 reaches the client, which asks to sign in again."""

    def __init__(self, token: str, wire: Wire | None = None) -> None:
        self._token = token
        if wire is not None:
            wire.redaction.learn(token)

    def __repr__(self) -> str:
        return "Bearer(•••)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


Form = Callable[[], Mapping[str, str]]
"""Builds the form of one token request: an assertion in it is new each time."""
Explain = Callable[[str, str], tuple[str, str] | None]
"""The vendor's error code and text -> sentence and remedy, or None for the usual ones."""


class OAuth2(httpx.Auth):
    """A grant at a token endpoint. The token is asked for when first needed, renewed shortly before its end and once
    after a 401; however many calls want it, one request is made.

    `form` builds the request; `basic` is (client id, secret) when they go in the header; `repeatable` grants use
    nothing up, so a lost answer is asked for again. A refresh token in the answer goes to the wire's `on_rotated`
    before the new access token is used.
    """

    def __init__(
        self,
        wire: Wire,
        token_url: str,
        form: Form,
        *,
        basic: tuple[str, str] | None = None,
        explain: Explain = lambda code, text: None,
        token: str = "",
        repeatable: bool = False,
    ) -> None:
        self._wire = wire.aside()
        self._repeatable = repeatable
        self._token_url = token_url
        self._form = form
        self._explain = explain
        self._head = _basic(*basic) if basic else {}
        self._token: Token | None = Token(token) if token else None
        self._one_at_a_time = asyncio.Lock()
        self._refused: tuple[float, SignInAgain] | None = None
        wire.redaction.learn(token, *(basic or ()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._token_url!r})"

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        token = await self.token()
        request.headers["Authorization"] = f"Bearer {token.value}"
        response = yield request
        if response.status_code == 401:
            token = await self.renewed(token)
            request.headers["Authorization"] = f"Bearer {token.value}"
            yield request

    async def token(self) -> Token:
        """The token in use, asked for when there is none or it is about to end."""
        token = self._token
        if token is None or token.ends_at < time.monotonic():
            return await self.renewed(token)
        return token

    async def renewed(self, old: Token | None) -> Token:
        """A token other than `old`; raises `SignInAgain`, `TryLater` or `Unexpected`."""
        async with self._one_at_a_time:
            if self._token is None or self._token is old:
                self._token = await self._ask()
            return self._token

    async def _ask(self) -> Token:
        if self._refused and self._refused[0] > time.monotonic():
            raise self._refused[1]
        try:
            return await self._asked()
        except SignInAgain as refused:
            self._refused = (time.monotonic() + _SULK, refused)
            raise

    async def _asked(self) -> Token:
        form = self._form()
        self._wire.redaction.learn(*(value for name, value in form.items() if name in _SECRET_FORM))
        answer = await self._wire.send(
            "POST", self._token_url, form=form, headers=self._head, idempotent=self._repeatable
        )
        if not answer.ok:
            raise self._refusal(answer)
        facts = answer.json_object()
        value = facts.get("access_token")
        if not isinstance(value, str) or not value:
            raise Unexpected(
                _("The sign-in answered without a token."),
                _("Check the address of the connection: it must be the platform's own API."),
                trace_id=answer.trace_id,
                sent=False,
            )
        self._wire.redaction.learn(value)
        self._keep_rotated(facts)
        return Token(value, _end(facts.get("expires_in")), {k: v for k, v in facts.items() if isinstance(v, str)})

    def _keep_rotated(self, facts: Mapping[str, Any]) -> None:
        refresh = facts.get("refresh_token")
        if isinstance(refresh, str) and refresh:
            self._wire.redaction.learn(refresh)
            self.rotated(refresh)

    def rotated(self, refresh_token: str) -> None:
        """The platform replaced the refresh token: the old one may be dead already."""
        if self._wire.on_rotated is not None:
            self._wire.on_rotated({"refresh_token": refresh_token})

    def _refusal(self, answer: Answer) -> Fault:
        code, text = _oauth_error(answer)
        text = self._wire.redaction.text(text, 500)
        if answer.status == 429 or answer.status >= 500 or code in _LATER:
            return TryLater(
                _("The sign-in of the platform is busy or down."),
                vendor_code=code or str(answer.status),
                vendor_text=text,
                trace_id=answer.trace_id,
                wait=retry_after(answer) or 30.0,
                sent=False,
            )
        sentence, remedy = self._explain(code, text) or _usual(code)
        return SignInAgain(
            sentence,
            remedy,
            vendor_code=code or str(answer.status),
            vendor_text=text,
            trace_id=answer.trace_id,
            sent=False,
        )


class Refreshing(OAuth2):
    """The refresh-token grant: holds the newest refresh token, also when the platform rotates it.

    `in_header` sends the client's name and secret in a header where others send them in the form.
    """

    def __init__(
        self,
        wire: Wire,
        token_url: str,
        *,
        client_id: str,
        refresh_token: str,
        client_secret: str = "",
        token: str = "",
        explain: Explain = lambda code, text: None,
        in_header: bool = False,
    ) -> None:
        self._refresh_token = refresh_token
        basic = (client_id, client_secret) if in_header and client_secret else None
        self._client = {"client_id": client_id, **({"client_secret": client_secret} if client_secret else {})}
        if basic:
            self._client = {}
        super().__init__(wire, token_url, self._refresh_form, explain=explain, token=token, basic=basic)

    def _refresh_form(self) -> Mapping[str, str]:
        return {"grant_type": "refresh_token", "refresh_token": self._refresh_token, **self._client}

    def rotated(self, refresh_token: str) -> None:
        if refresh_token != self._refresh_token:
            self._refresh_token = refresh_token
            super().rotated(refresh_token)


_SECRET_FORM = frozenset(("client_secret", "refresh_token", "assertion", "client_assertion", "code", "code_verifier"))
_LATER = frozenset(("temporarily_unavailable", "server_error", "rate_limit_exceeded", "slow_down"))


def _usual(code: str) -> tuple[str, str]:
    """Sentence and remedy for the error codes of OAuth 2."""
    match code:
        case "invalid_client" | "invalid_client_id" | "unauthorized_client":
            return (
                _("The platform does not know this app, or its secret is wrong."),
                _("Check client id and secret in Connections; ask the platform's administrator whether the app is on."),
            )
        case "invalid_grant":
            return (
                _("The sign-in has ended or was revoked."),
                _("Sign in again in Connections."),
            )
        case "invalid_scope":
            return (
                _("The app may not ask for the rights Tieout needs."),
                _("Ask the platform's administrator to allow the scopes named in the help of this connection."),
            )
        case _:
            return (_("The platform refused the sign-in."), _("Check the credential in Connections and sign in again."))


def _basic(client_id: str, secret: str) -> dict[str, str]:
    """The pair as the vendors' own libraries send it: not percent-encoded first, as RFC 6749 would have it."""
    return {"authorization": f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


def _end(expires_in: Any) -> float:
    """When to renew (monotonic seconds): platforms send a number, a text, or nothing."""
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError):
        return float("inf")
    return time.monotonic() + max(seconds - _EARLY, seconds / 2)


def _oauth_error(answer: Answer) -> tuple[str, str]:
    """Code and text of a refusal, whatever form it has."""
    try:
        value = answer.json()
    except Fault:
        return "", answer.body[:200].decode("utf-8", "replace")
    if isinstance(value, dict) and isinstance(value.get("error"), str):
        return value["error"], str(value.get("error_description") or "")
    return "", str(value)[:500]
