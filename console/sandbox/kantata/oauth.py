"""Signing in to the practice account: the code flow, and bearer tokens that live until they are revoked."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from console.sandbox.answering import Answer, Request, as_json
from console.sandbox.kantata.bodies import body_of

CALLBACKS = tuple(f"http://127.0.0.1:1717{page}" for page in ("/callback", "/", ""))
"""Registered redirects, matched to the letter: `localhost` is another string."""
_CODE_LIFE = 300.0


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is, and whether he has financial access to the account."""

    user_id: str
    financial: bool = True


@dataclass(slots=True)
class Gate:
    """The registered application and every token and code that is alive."""

    client_id: str
    client_secret: str = field(repr=False)
    holder: Holder
    callbacks: tuple[str, ...] = CALLBACKS
    alive: dict[str, Holder] = field(default_factory=dict, repr=False)
    _codes: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    def new_token(self, holder: Holder | None = None) -> str:
        token = secrets.token_hex(32)
        self.alive[token] = holder or self.holder
        return token

    def holder_of(self, request: Request) -> Holder | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.alive.get(token) if scheme.lower() == "bearer" else None

    def revoke_used(self, request: Request) -> None:
        """The user takes the token of this request back."""
        self.alive.pop(request.headers.get("authorization", "").partition(" ")[2], None)

    def authorize(self, request: Request) -> Answer:
        """`GET /oauth/authorize`: the practice user agrees at once and is sent back with a code."""
        asked = request.query
        back = asked.get("redirect_uri", "")
        if asked.get("client_id") != self.client_id:
            return _error(401, "invalid_client", "Client authentication failed due to unknown client.")
        if back not in self.callbacks:
            return _error(401, "invalid_redirect_uri", "The redirect uri included is not valid.")
        state = {"state": asked["state"]} if "state" in asked else {}
        if asked.get("response_type") != "code":
            wrong = {"error": "unsupported_response_type", "error_description": "Use response_type=code."}
            return _back(back, wrong | state)
        code = secrets.token_hex(32)
        self._codes[code] = (back, time.monotonic() + _CODE_LIFE)
        return _back(back, {"code": code} | state)

    def token(self, request: Request) -> Answer:
        """`POST /oauth/token`: a code, once and within five minutes, for a token."""
        given = {name: str(value) for name, value in body_of(request).items()}
        if given.get("client_id") != self.client_id or given.get("client_secret") != self.client_secret:
            return _error(401, "invalid_client", "Client authentication failed.")
        if given.get("grant_type") != "authorization_code":
            return _error(400, "unsupported_grant_type", "The authorization grant type is not supported.")
        redirect_uri, until = self._codes.pop(given.get("code", ""), ("", 0.0))
        if not redirect_uri or until < time.monotonic() or given.get("redirect_uri") != redirect_uri:
            return _error(400, "invalid_grant", "The provided authorization grant is invalid, expired or revoked.")
        return as_json(200, {"access_token": self.new_token(), "token_type": "bearer"})

    def revoke(self, request: Request) -> Answer:
        """`POST /oauth/revoke`."""
        self.alive.pop(str(body_of(request).get("token") or ""), None)
        return as_json(200, {})


def _error(status: int, error: str, description: str) -> Answer:
    return as_json(status, {"error": error, "error_description": description})


def _back(redirect_uri: str, answer: Mapping[str, str]) -> Answer:
    joint = "&" if "?" in redirect_uri else "?"
    return Answer(302, b"", ((b"location", f"{redirect_uri}{joint}{urlencode(answer)}".encode()),))
