"""Signs each request with OAuth 1.0a HMAC-SHA256 (RFC 5849): the credential itself never travels."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Generator

import httpx
from authlib.oauth1 import ClientAuth
from authlib.oauth1.rfc5849.signature import generate_signature_base_string
from authlib.oauth1.rfc5849.util import escape
from authlib.oauth1.rfc5849.wrapper import OAuth1Request

from console.wire.http import Wire


def _hmac_sha256(client: ClientAuth, request: OAuth1Request) -> str:
    key = f"{escape(client.client_secret)}&{escape(client.token_secret)}".encode()
    text = generate_signature_base_string(request).encode()
    return base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()


class OAuth1(httpx.Auth):
    """One-legged OAuth 1.0a. JSON bodies are not signed; `realm` is sent unsigned.

    `nonce` and `now` (epoch seconds) are for tests.
    """

    def __init__(
        self,
        *,
        consumer_key: str,
        consumer_secret: str,
        token_id: str,
        token_secret: str,
        realm: str,
        wire: Wire | None = None,
        nonce: Callable[[], str] = lambda: secrets.token_hex(16),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = ClientAuth(
            consumer_key,
            client_secret=consumer_secret,
            token=token_id,
            token_secret=token_secret,
            signature_method="HMAC-SHA256",
        )
        self._realm = realm
        self._nonce = nonce
        self._now = now
        if wire is not None:
            wire.redaction.learn(consumer_secret, token_secret, consumer_key, token_id)

    def __repr__(self) -> str:
        return f"OAuth1(realm={self._realm!r})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self.header(request.method, str(request.url))
        yield request

    def header(self, method: str, url: str) -> str:
        """The value of the Authorization header for one request."""
        params = self._client.get_oauth_params(self._nonce(), str(int(self._now())))
        signed = OAuth1Request(method, url, body="", headers={"Authorization": _header(params, "")})
        params.append(("oauth_signature", _hmac_sha256(self._client, signed)))
        return _header(params, self._realm)


def _header(params: list[tuple[str, str]], realm: str) -> str:
    pairs = ([("realm", realm)] if realm else []) + params
    return "OAuth " + ", ".join(f'{name}="{escape(value)}"' for name, value in pairs)
