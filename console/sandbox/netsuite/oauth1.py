"""Token-based authentication: OAuth 1.0a with HMAC-SHA256, verified as RFC 5849 and the vendor's help describe it."""

from __future__ import annotations

import base64
import hmac
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

WINDOW = 300
"""Seconds by which a timestamp may differ from our clock."""

_PAIR = re.compile(r'\s*([A-Za-z_]+)="([^"]*)"\s*(?:,|$)')
_PLAIN = "-._~"


@dataclass(frozen=True, slots=True)
class Token:
    """A consumer and a token with their secrets; `realm` is the account as the vendor writes it in the header."""

    realm: str
    consumer_key: str
    consumer_secret: str
    token_id: str
    token_secret: str

    def __repr__(self) -> str:
        return f"Token(realm={self.realm!r}, token_id={self.token_id[:6]!r}...)"

    @property
    def signing_key(self) -> bytes:
        return f"{_encoded(self.consumer_secret)}&{_encoded(self.token_secret)}".encode()


def _encoded(text: str) -> str:
    return quote(text, safe=_PLAIN)


def header_parameters(header: str) -> dict[str, str]:
    """The parameters of an `Authorization: OAuth ...` header, decoded; empty when it is something else."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        return {}
    return {name: unquote(value) for name, value in _PAIR.findall(rest)}


def base_string(method: str, url: str, query: str, parameters: Mapping[str, str]) -> str:
    """What is signed. `url` is scheme://host/path with the path as it should be seen decoded once and encoded once.

    `query` is the raw query string; realm and the signature itself are left out of `parameters`.
    """
    pairs = [(_encoded(name), _encoded(value)) for name, value in parse_qsl(query, keep_blank_values=True)]
    pairs += [
        (_encoded(name), _encoded(value))
        for name, value in parameters.items()
        if name not in ("realm", "oauth_signature")
    ]
    signed = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    return f"{method.upper()}&{_encoded(url)}&{_encoded(signed)}"


def signature(key: bytes, text: str) -> str:
    return base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()


def address(scheme: str, host: str, path: str) -> str:
    """scheme://host/path as it is signed: host in lower case, without the scheme's own port."""
    host = host.lower()
    usual = {"http": ":80", "https": ":443"}.get(scheme, "")
    return f"{scheme}://{host.removesuffix(usual) if usual else host}{path}"


class Nonces:
    """Which nonce and timestamp pairs were used within the window."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str]] = set()
        self._order: deque[tuple[float, tuple[str, str, str]]] = deque()

    def fresh(self, token: str, timestamp: str, nonce: str, now: float) -> bool:
        """True the first time; a second use within the window is a replay."""
        while self._order and self._order[0][0] < now - 2 * WINDOW:
            self._seen.discard(self._order.popleft()[1])
        used = (token, timestamp, nonce)
        if used in self._seen:
            return False
        self._seen.add(used)
        self._order.append((now, used))
        return True


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a request that its signature covers. `path` is as it came over the wire."""

    method: str
    scheme: str
    host: str
    path: str
    query: str
    header: str


class Verifier:
    """Tells whether a request was signed by one of the tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = {(each.consumer_key, each.token_id): (each, each.signing_key) for each in tokens}
        self._nonces = Nonces()

    def signer(self, request: Signed, now: float) -> Token | None:
        """The token that signed, None for anything else: SHA-1, a replay, a clock five minutes off, a wrong realm."""
        given = header_parameters(request.header)
        known = self._tokens.get((given.get("oauth_consumer_key", ""), given.get("oauth_token", "")))
        if known is None or not self._well_formed(given, known[0], now):
            return None
        if not self._signature_holds(request, given, known[1]):
            return None
        fresh = self._nonces.fresh(known[0].token_id, given["oauth_timestamp"], given["oauth_nonce"], now)
        return known[0] if fresh else None

    def _well_formed(self, given: Mapping[str, str], token: Token, now: float) -> bool:
        stamp = given.get("oauth_timestamp", "")
        return (
            given.get("realm") == token.realm
            and given.get("oauth_signature_method") == "HMAC-SHA256"
            and given.get("oauth_version", "1.0") == "1.0"
            and bool(given.get("oauth_nonce"))
            and stamp.isdecimal()
            and abs(int(stamp) - now) <= WINDOW
        )

    def _signature_holds(self, request: Signed, given: Mapping[str, str], key: bytes) -> bool:
        paths = {request.path, unquote(request.path)} if "%" in request.path else {request.path}
        claimed = given.get("oauth_signature", "").encode()
        for path in paths:
            url = address(request.scheme, request.host, path)
            made = signature(key, base_string(request.method, url, request.query, given))
            if hmac.compare_digest(made.encode(), claimed):
                return True
        return False
