"""Signing in to the practice org: the token endpoint, the page a browser visits, and the tokens that are alive."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from console.sandbox.answering import Answer, Request, as_json
from console.sandbox.salesforce.assertion import KeyPair, refused

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "api refresh_token id"
CALLBACKS = tuple(
    f"http://{host}:1717/{page}" for host in ("localhost", "127.0.0.1") for page in ("callback", "OauthRedirect")
)
"""Redirects registered with the practice app; like the vendor's, each must be matched to the letter."""
_CODE_LIFE = 900.0


@dataclass(frozen=True, slots=True)
class Registered:
    """The external client app of the practice org, and the user it runs as."""

    client_id: str
    client_secret: str = field(repr=False)
    username: str
    org_id: str
    user_id: str
    callbacks: tuple[str, ...] = CALLBACKS


@dataclass(frozen=True, slots=True)
class _Code:
    redirect_uri: str
    challenge: str
    until: float


class OAuthError(Exception):
    """A refusal of the token endpoint: `error` and `error_description`."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class Gate:
    """Who may come in. `rotate` gives a new refresh token at each refresh and kills the old one."""

    def __init__(self, app: Registered, keys: KeyPair, rotate: bool = False) -> None:
        self.app = app
        self.keys = keys
        self.rotate = rotate
        self.alive: set[str] = set()
        self._codes: dict[str, _Code] = {}
        self._refresh: set[str] = set()
        self._grants: Mapping[str, Callable[[Request], dict[str, str]]] = {
            "client_credentials": self._client_credentials,
            "authorization_code": self._authorization_code,
            "refresh_token": self._refreshed,
            JWT_BEARER: self._jwt_bearer,
        }

    def new_token(self) -> str:
        token = f"{self.app.org_id[:15]}!{secrets.token_urlsafe(72).replace('-', '.')}"
        self.alive.add(token)
        return token

    def token(self, request: Request) -> Answer:
        """`POST /services/oauth2/token`."""
        if request.method != "POST":
            return _oauth_error("invalid_request", "must use HTTP POST")
        grant = self._grants.get(request.form.get("grant_type", ""))
        try:
            if grant is None:
                raise OAuthError("unsupported_grant_type", "grant type not supported")
            return as_json(200, grant(request), ((b"cache-control", b"no-cache, no-store"),))
        except OAuthError as error:
            return _oauth_error(error.error, error.description)

    def authorize(self, request: Request) -> Answer:
        """`GET /services/oauth2/authorize`: the practice user agrees at once and is sent back with a code."""
        asked = request.query
        if asked.get("client_id") != self.app.client_id:
            return _page("invalid_client_id", "client identifier invalid")
        back = asked.get("redirect_uri", "")
        if back not in self.app.callbacks:
            return _page("redirect_uri_mismatch", "redirect_uri must match configuration")
        state = {"state": asked["state"]} if "state" in asked else {}
        wrong = _unusable(asked)
        if wrong is not None:
            return _back(back, wrong | state)
        code = f"aPrx{secrets.token_urlsafe(48)}=="
        self._codes[code] = _Code(back, asked.get("code_challenge", ""), time.monotonic() + _CODE_LIFE)
        return _back(back, {"code": code} | state)

    def revoke(self, request: Request) -> Answer:
        """`POST /services/oauth2/revoke`: an access or refresh token dies."""
        token = request.form.get("token") or request.query.get("token", "")
        if token not in self.alive and token not in self._refresh:
            return _oauth_error("unsupported_token_type", "this token type is not supported")
        self.alive.discard(token)
        self._refresh.discard(token)
        return Answer(200)

    def introspect(self, request: Request) -> Answer:
        """`POST /services/oauth2/introspect`."""
        active = request.form.get("token", "") in self.alive
        known = {"scope": SCOPE, "client_id": self.app.client_id, "username": self.app.username}
        return as_json(200, {"active": active} | (known if active else {}))

    def _issued(self, request: Request, refresh: str = "") -> dict[str, str]:
        """The token answer of the classic flows: no `expires_in`, expiry is found by a 401."""
        issued_at = str(int(time.time() * 1000))
        identity = f"{request.origin}/id/{self.app.org_id}/{self.app.user_id}"
        signed = hmac.new(self.app.client_secret.encode(), f"{identity}{issued_at}".encode(), hashlib.sha256)
        answer = {
            "access_token": self.new_token(),
            "signature": base64.b64encode(signed.digest()).decode(),
            "scope": SCOPE,
            "instance_url": request.origin,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued_at,
        }
        return answer | ({"refresh_token": refresh} if refresh else {})

    def _client_credentials(self, request: Request) -> dict[str, str]:
        if request.headers.get("host", "").startswith(("login.", "test.")):
            raise OAuthError("invalid_grant", "request not supported on this domain")
        client_id, secret = _basic(request) or (request.form.get("client_id"), request.form.get("client_secret"))
        self._known(client_id)
        if secret != self.app.client_secret:
            raise OAuthError("invalid_client", "invalid client credentials")
        return self._issued(request)

    def _authorization_code(self, request: Request) -> dict[str, str]:
        form = request.form
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.until < time.monotonic():
            raise OAuthError("invalid_grant", f"{'invalid' if code is None else 'expired'} authorization code")
        self._known((_basic(request) or (form.get("client_id"), ""))[0])
        self._secret_fits(request)
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        _prove(code.challenge, form.get("code_verifier", ""))
        return self._issued(request, self._new_refresh())

    def _refreshed(self, request: Request) -> dict[str, str]:
        form = request.form
        self._known((_basic(request) or (form.get("client_id"), ""))[0])
        self._secret_fits(request)
        token = form.get("refresh_token", "")
        if token not in self._refresh:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        if not self.rotate:
            return self._issued(request)
        self._refresh.discard(token)
        return self._issued(request, self._new_refresh())

    def _jwt_bearer(self, request: Request) -> dict[str, str]:
        why = refused(self.keys, self.app.client_id, self.app.username, request)
        if why:
            raise OAuthError("invalid_grant", why)
        return self._issued(request)

    def _known(self, client_id: str | None) -> None:
        if client_id != self.app.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")

    def _secret_fits(self, request: Request) -> None:
        """A secret is not required of a public client, but a wrong one is refused."""
        secret = (_basic(request) or ("", ""))[1] or request.form.get("client_secret", "")
        if secret and secret != self.app.client_secret:
            raise OAuthError("invalid_client", "invalid client credentials")

    def _new_refresh(self) -> str:
        token = f"5Aep861{secrets.token_urlsafe(48)}"
        self._refresh.add(token)
        return token


def _unusable(asked: Mapping[str, str]) -> dict[str, str] | None:
    """What is wrong with an authorize request whose client and redirect are known."""
    if asked.get("response_type") != "code":
        return {"error": "unsupported_response_type", "error_description": "response type not supported"}
    if asked.get("code_challenge") and asked.get("code_challenge_method", "S256") != "S256":
        return {"error": "invalid_request", "error_description": "invalid code challenge method"}
    return None


def _prove(challenge: str, verifier: str) -> None:
    """PKCE: the verifier must hash to the challenge of the authorize request."""
    if not challenge:
        return
    if not verifier:
        raise OAuthError("invalid_grant", "code verifier is missing")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if digest != challenge.rstrip("="):
        raise OAuthError("invalid_request", "invalid code verifier")


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return name, secret


def _oauth_error(error: str, description: str) -> Answer:
    return as_json(400, {"error": error, "error_description": description})


def _page(error: str, description: str) -> Answer:
    """What a person sees whose sign-in cannot even be sent back."""
    told = f"<h1>We can't authorize you because of an OAuth error.</h1><p>{error} : {description}</p>"
    headers = ((b"content-type", b"text/html;charset=UTF-8"),)
    return Answer(400, f"<html><body>{told}</body></html>".encode(), headers)


def _back(redirect_uri: str, answer: Mapping[str, str]) -> Answer:
    joint = "&" if "?" in redirect_uri else "?"
    return Answer(302, b"", ((b"location", f"{redirect_uri}{joint}{urlencode(answer)}".encode()),))
