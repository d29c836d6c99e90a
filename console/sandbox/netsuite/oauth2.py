"""OAuth 2.0 of the practice NetSuite: client assertions for machines, authorization codes with PKCE for people."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from urllib.parse import parse_qsl, urlencode, urlsplit

from console.sandbox.netsuite.assertions import Certificate, Faulty, claims_of

LIFETIME = 3600
"""Seconds an access token lives."""
SCOPES = frozenset({"rest_webservices", "restlets", "suite_analytics"})
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(slots=True)
class Denied(Exception):
    """The token page's refusal: `error` is RFC 6749's word for it."""

    error: str
    status: int = 400


@dataclass(frozen=True, slots=True)
class Application:
    """An integration record: machines sign with `certificate`, people's browsers use `client_secret` or PKCE alone."""

    client_id: str
    client_secret: str = ""
    certificates: Mapping[str, Certificate] = made_by(default_factory=dict)

    def __repr__(self) -> str:
        return f"Application(client_id={self.client_id[:6]!r}...)"


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code on its way back to the application that asked for it."""

    client_id: str
    redirect_uri: str
    challenge: str
    expires: float


class TokenOffice:
    """Gives out access tokens and knows which still hold."""

    def __init__(self, applications: list[Application], expired: str) -> None:
        self._applications = {each.client_id: each for each in applications}
        self._codes: dict[str, Code] = {}
        self._access: dict[str, float] = {expired: 0.0}
        self._refresh: dict[str, str] = {}

    def holds(self, token: str, now: float) -> bool:
        return self._access.get(token, 0.0) > now

    def end(self, token: str) -> None:
        """This access token is over at once."""
        self._access[token] = 0.0

    def authorize(self, query: str, now: float) -> str:
        """Where the browser goes after the sign-in page (nobody is asked): the loopback address with its code.

        Raises `Denied` when there is nowhere safe to send anybody.
        """
        asked = dict(parse_qsl(query))
        application = self._applications.get(asked.get("client_id", ""))
        redirect = asked.get("redirect_uri", "")
        if application is None or urlsplit(redirect).hostname not in _LOOPBACK:
            raise Denied("invalid_request")
        answer = {"state": asked.get("state", "")}
        if asked.get("response_type") != "code":
            answer["error"] = "unsupported_response_type"
        elif asked.get("code_challenge_method", "S256") != "S256" or (
            not application.client_secret and "code_challenge" not in asked
        ):
            answer["error"] = "invalid_request"
        else:
            answer["code"] = secrets.token_hex(24)
            self._codes[answer["code"]] = Code(
                application.client_id, redirect, asked.get("code_challenge", ""), now + 600
            )
        return f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(answer)}"

    def grant(self, form: str, basic: str, address: str, now: float) -> dict[str, str]:
        """What the token page answers to a form; `basic` is the Authorization header, `address` the page's own URL."""
        given = dict(parse_qsl(form))
        match given.get("grant_type"):
            case "client_credentials":
                return self._machine(given, address, now)
            case "authorization_code":
                return self._person(given, basic, now)
            case "refresh_token":
                return self._again(given, basic, now)
            case _:
                raise Denied("unsupported_grant_type")

    def _machine(self, given: Mapping[str, str], address: str, now: float) -> dict[str, str]:
        if given.get("client_assertion_type") != ASSERTION_TYPE or not given.get("client_assertion"):
            raise Denied("invalid_request")
        certificates = {
            number: (application.client_id, certificate)
            for application in self._applications.values()
            for number, certificate in application.certificates.items()
        }
        try:
            claims = claims_of(given["client_assertion"], certificates, address, now)
        except Faulty as why:
            raise Denied("invalid_client", 401) from why
        if not scopes_of(claims.get("scope")) <= SCOPES or not scopes_of(claims.get("scope")):
            raise Denied("invalid_scope")
        return self._tokens(now)

    def _person(self, given: Mapping[str, str], basic: str, now: float) -> dict[str, str]:
        application = self._application(given, basic)
        code = self._codes.pop(given.get("code", ""), None)
        if code is None or code.client_id != application.client_id or code.expires < now:
            raise Denied("invalid_grant")
        if code.redirect_uri != given.get("redirect_uri") or not _proves(
            code.challenge, given.get("code_verifier", "")
        ):
            raise Denied("invalid_grant")
        return self._tokens(now, refresh_for=application.client_id)

    def _again(self, given: Mapping[str, str], basic: str, now: float) -> dict[str, str]:
        application = self._application(given, basic)
        if self._refresh.get(given.get("refresh_token", "")) != application.client_id:
            raise Denied("invalid_grant")
        return self._tokens(now)

    def _application(self, given: Mapping[str, str], basic: str) -> Application:
        client_id, secret = _basic(basic) if basic else (given.get("client_id", ""), given.get("client_secret", ""))
        application = self._applications.get(client_id)
        if application is None or (secret and not secrets.compare_digest(secret, application.client_secret)):
            raise Denied("invalid_client", 401)
        if not secret and not given.get("code_verifier") and not given.get("refresh_token"):
            raise Denied("invalid_client", 401)
        return application

    def _tokens(self, now: float, refresh_for: str = "") -> dict[str, str]:
        access = secrets.token_urlsafe(48)
        self._access[access] = now + LIFETIME
        answer = {"access_token": access, "expires_in": str(LIFETIME), "token_type": "bearer"}
        if refresh_for:
            answer["refresh_token"] = secrets.token_urlsafe(48)
            self._refresh[answer["refresh_token"]] = refresh_for
        return answer


def scopes_of(said: object) -> frozenset[str]:
    """The scopes of an assertion: an array, or one text parted by commas or spaces."""
    if isinstance(said, list):
        return frozenset(str(each) for each in said)
    return frozenset(str(said or "").replace(",", " ").split())


def _proves(challenge: str, verifier: str) -> bool:
    if not challenge:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    return secrets.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, rest = header.partition(" ")
    try:
        user, _, secret = base64.b64decode(rest).decode().partition(":")
    except ValueError:
        raise Denied("invalid_client", 401) from None
    return (user, secret) if scheme.lower() == "basic" else ("", "")
