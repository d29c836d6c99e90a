"""The four ways into Salesforce, and its sign-in errors in plain words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import httpx

from console.wire.assertion import assertion
from console.wire.faults import SignInAgain, Unexpected
from console.wire.http import Wire
from console.wire.loopback import Redirect, code_from_browser
from console.wire.sign_in import Bearer, OAuth2, Refreshing
from console.words import _

LOGIN = "https://login.salesforce.com"
TEST_LOGIN = "https://test.salesforce.com"
REDIRECT_PORT = 1717
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_APPROVE = "Ask the Salesforce administrator to install the app in the organisation, or to approve it for this user."


def way_in(given: Mapping[str, str]) -> str:
    """The sign-in that was chosen, or the one the credentials fit."""
    if given.get("sign_in"):
        return given["sign_in"]
    if given.get("private_key"):
        return "jwt_bearer"
    if given.get("refresh_token"):
        return "authorization_code"
    return "access_token" if given.get("access_token") else "client_credentials"


def credential(given: Mapping[str, str], wire: Wire) -> httpx.Auth:
    """The credential as httpx carries it; `given` are fields and secrets together. Raises `SignInAgain`."""
    match way_in(given):
        case "client_credentials":
            pair = (_need(given, "client_id"), _need(given, "client_secret"))
            form = {"grant_type": "client_credentials"}
            return OAuth2(wire, token_url(given), lambda: form, basic=pair, explain=explain)
        case "jwt_bearer":
            claims = {"iss": _need(given, "client_id"), "sub": _need(given, "username"), "aud": audience(given)}
            key = _need(given, "private_key")
            return OAuth2(
                wire,
                token_url(given),
                lambda: {"grant_type": _JWT_GRANT, "assertion": assertion(claims, key)},
                explain=explain,
            )
        case "authorization_code":
            return Refreshing(
                wire,
                token_url(given),
                client_id=_need(given, "client_id"),
                client_secret=given.get("client_secret", ""),
                refresh_token=_need(given, "refresh_token"),
                token=given.get("access_token", ""),
                explain=explain,
            )
        case "access_token":
            return Bearer(_need(given, "access_token"), wire)
        case other:
            raise Unexpected(_("Salesforce has no sign-in named {name}.", name=other[:50]), sent=False)


async def authorise(
    fields: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    transport: Wire,
    open_browser: Callable[[str], Awaitable[None] | None],
) -> Mapping[str, str]:
    """Sign a person in through their browser; the answer are the secrets to keep (`refresh_token`, and what was given).

    The redirect address `http://localhost:1717/callback` must be registered in the app; `redirect_port` changes it.
    Raises `SignInAgain`, `TryLater` or `Unexpected`.
    """
    given = {**fields, **secrets}
    client_id = _need(given, "client_id")
    answer = await code_from_browser(
        _login(given) + "/services/oauth2/authorize",
        client_id,
        open_browser,
        redirect=Redirect(int(given.get("redirect_port") or REDIRECT_PORT)),
        scope="api refresh_token",
    )
    form = {
        "grant_type": "authorization_code",
        "code": answer.code,
        "client_id": client_id,
        "redirect_uri": answer.redirect_uri,
        "code_verifier": answer.verifier,
        **({"client_secret": given["client_secret"]} if given.get("client_secret") else {}),
    }
    token = await OAuth2(transport, token_url(given), lambda: form, explain=explain).token()
    refresh = token.facts.get("refresh_token", "")
    if not refresh:
        raise SignInAgain(
            _("Salesforce gave no lasting sign-in."),
            _("Ask the administrator to allow the scope 'Perform requests at any time' for the app."),
        )
    return {**secrets, "refresh_token": refresh}


def token_url(given: Mapping[str, str]) -> str:
    return given.get("token_url") or _login(given) + "/services/oauth2/token"


def audience(given: Mapping[str, str]) -> str:
    """Who a JWT is for: the login host of production or of sandboxes, whatever host takes it."""
    if given.get("audience"):
        return given["audience"]
    login = _login(given)
    return TEST_LOGIN if login == TEST_LOGIN or ".sandbox.my.salesforce.com" in login else LOGIN


_EXPLAINED: tuple[tuple[str, str, str], ...] = (
    ("OAUTH_APPROVAL_ERROR_GENERIC", "The app is not approved for this user in Salesforce.", _APPROVE),
    ("hasn't approved", "The app is not approved for this user in Salesforce.", _APPROVE),
    ("OAUTH_EC_APP_NOT_FOUND", "Salesforce does not know this app in the organisation.", _APPROVE),
    ("inactive_user", "The Salesforce user is inactive.", "Ask the Salesforce administrator to activate the user."),
    (
        "not supported on this domain",
        "This address does not take client credentials.",
        "Give the My Domain address (https://name.my.salesforce.com) as base_url.",
    ),
    (
        "expired access/refresh token",
        "The Salesforce sign-in has ended or was revoked.",
        "Sign in again in Connections.",
    ),
    ("authentication failure", "Salesforce refused the credential.", "Check user and secret in Connections."),
)
"""What the code or the text of a refusal holds -> sentence, remedy; the first that fits."""


def explain(code: str, text: str) -> tuple[str, str] | None:
    """Salesforce's own sign-in errors; None leaves the usual words."""
    said = f"{code} {text}"
    return next(((_(sentence), _(remedy)) for sign, sentence, remedy in _EXPLAINED if sign in said), None)


def _login(given: Mapping[str, str]) -> str:
    return (given.get("base_url") or LOGIN).rstrip("/")


def _need(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "")
    if not value:
        raise SignInAgain(
            _("The sign-in to Salesforce lacks {name}.", name=name), _("Fill it in under Connections."), sent=False
        )
    return value
