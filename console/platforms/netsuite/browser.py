"""The third way into NetSuite: a person signs in on NetSuite's own page, and a refresh token keeps the door open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from console.platforms.netsuite.sign_in import explain, given, host_of, token_address
from console.wire.faults import SignInAgain, Unexpected
from console.wire.http import Wire
from console.wire.loopback import Redirect, code_from_browser
from console.wire.sign_in import OAuth2
from console.wire.sockets import is_loopback
from console.words import _

AUTHORIZE_PATH = "/app/login/oauth2/authorize.nl"


async def authorise(
    fields: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    transport: Wire,
    open_browser: Callable[[str], Awaitable[None] | None],
) -> Mapping[str, str]:
    """Sign a person in through their browser; the answer are the secrets to keep (`refresh_token`, what was given).

    `redirect_uri` must be registered at the integration record. Raises `SignInAgain`, `TryLater` or `Unexpected`.
    """
    values = {**fields, **secrets}
    client_id, secret = given(values, "client_id"), values.get("client_secret", "")
    answer = await code_from_browser(
        authorize_address(values),
        client_id,
        open_browser,
        redirect=redirect_of(values.get("redirect_uri", "")),
        scope=(values.get("scope") or "rest_webservices").replace(",", " "),
    )
    form = {
        "grant_type": "authorization_code",
        "code": answer.code,
        "client_id": client_id,
        "redirect_uri": answer.redirect_uri,
        "code_verifier": answer.verifier,
    }
    basic = (client_id, secret) if secret else None
    token = await OAuth2(transport, token_address(values), lambda: form, basic=basic, explain=explain).token()
    refresh = token.facts.get("refresh_token", "")
    if not refresh:
        raise SignInAgain(
            _("NetSuite gave no lasting sign-in."),
            _("Ask the administrator to allow the authorization code grant at the integration record."),
        )
    return {**secrets, "refresh_token": refresh}


def authorize_address(values: Mapping[str, str]) -> str:
    """NetSuite's sign-in page: the one that was given, else the account's own, else below another base address."""
    if values.get("authorize_url"):
        return values["authorize_url"]
    base = values.get("base_url", "").rstrip("/")
    return (base or f"https://{host_of(given(values, 'account'))}.app.netsuite.com") + AUTHORIZE_PATH


def redirect_of(address: str) -> Redirect:
    """Where the browser comes back to; raises `Unexpected` for an address that does not lead to this computer."""
    split = urlsplit(address)
    if split.scheme != "http" or split.port is None or not is_loopback(split.hostname or ""):
        raise Unexpected(
            _("{address} is no address of this computer with a port.", address=address[:100]),
            _("Register http://localhost:1717/callback, or another port, at the integration record and name it."),
            sent=False,
        )
    return Redirect(split.port, split.path or "/", split.hostname or "")
