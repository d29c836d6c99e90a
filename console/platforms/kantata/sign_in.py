"""Ways into Kantata: a token an administrator copies, or the code flow through the browser of the person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from console.platforms.kantata.faults import complaints
from console.wire.faults import SignInAgain, Unexpected
from console.wire.http import Wire
from console.wire.loopback import Code, Redirect, code_from_browser
from console.wire.sign_in import Bearer
from console.wire.sockets import is_loopback
from console.words import _

APP_URL = "https://app.mavenlink.com"
API_URL = "https://api.mavenlink.com/api/v1"
REDIRECT_URI = "http://127.0.0.1:8765/callback"
_ROOT = "/api/v1"


def api_root(base_url: str) -> str:
    """The API's root address, whether it was given with or without `/api/v1` and a slash at the end."""
    plain = (base_url or API_URL).strip().rstrip("/")
    return plain if plain.endswith(_ROOT) or "/api/" in urlsplit(plain).path else plain + _ROOT


def app_root(fields: Mapping[str, str]) -> str:
    """Where people sign in. Kantata's own app unless `app_url` or, for another host, `base_url` says otherwise."""
    given = fields.get("app_url", "").strip().rstrip("/")
    if given:
        return given
    base = urlsplit(api_root(fields.get("base_url", "")))
    return APP_URL if base.hostname == urlsplit(API_URL).hostname else f"{base.scheme}://{base.netloc}"


def auth_of(secrets: Mapping[str, str], wire: Wire) -> httpx.Auth:
    """The credential as httpx takes it; its token is struck out of every trace from now on."""
    token = secrets.get("access_token", "").strip()
    if not token:
        raise SignInAgain(
            _("There is no access token for this Kantata connection."),
            _("Copy one from the application page in Kantata, or sign in through the browser."),
            sent=False,
        )
    return Bearer(token.removeprefix("Bearer ").strip(), wire)


async def sign_in(
    fields: Mapping[str, str],
    secrets: Mapping[str, str],
    wire: Wire,
    open_browser: Callable[[str], Awaitable[None] | None],
) -> dict[str, str]:
    """Sign the person in through the browser; the answer holds `access_token`, to be kept as a secret.

    Kantata compares `redirect_uri` literally with the registered one: `localhost` is another text than `127.0.0.1`.
    Raises `SignInAgain`, `TryLater` or `Unexpected`.
    """
    wire.redaction.learn(secrets.get("client_secret", ""))
    redirect = registered(fields.get("redirect_uri", "") or REDIRECT_URI)
    authorize = f"{app_root(fields)}/oauth/authorize"
    code = await code_from_browser(authorize, fields.get("client_id", ""), open_browser, redirect=redirect)
    return {"access_token": await exchange(fields, secrets, wire, code)}


async def exchange(fields: Mapping[str, str], secrets: Mapping[str, str], wire: Wire, code: Code) -> str:
    """The access token for a code, which is good for five minutes and once."""
    wire.redaction.learn(code.code, code.verifier, secrets.get("client_secret", ""))
    form = {
        "grant_type": "authorization_code",
        "client_id": fields.get("client_id", ""),
        "client_secret": secrets.get("client_secret", ""),
        "code": code.code,
        "redirect_uri": code.redirect_uri,
        "code_verifier": code.verifier,
    }
    answer = await wire.aside().send("POST", f"{app_root(fields)}/oauth/token", form=form)
    if not answer.ok:
        said = wire.redaction.text("; ".join(each.message for each in complaints(answer)), 500)
        raise SignInAgain(
            _("Kantata refused the sign-in."),
            _("Check client id, client secret and the registered redirect address, then sign in again."),
            vendor_code=str(answer.status),
            vendor_text=said,
            trace_id=answer.trace_id,
            sent=False,
        )
    token = answer.json_object().get("access_token")
    if not isinstance(token, str) or not token:
        raise Unexpected(
            _("The sign-in answered without a token."),
            _("Check the address of the connection: it must be the platform's own API."),
            trace_id=answer.trace_id,
            sent=False,
        )
    wire.redaction.learn(token)
    return token


@dataclass(frozen=True, slots=True)
class Registered(Redirect):
    """A redirect address as it was registered, to the letter: also one without a path."""

    literal: str = ""

    def address(self, port: int) -> str:
        return self.literal


def registered(address: str) -> Registered:
    """The loopback address to listen on; raises `Unexpected` for one that does not lead to this computer."""
    split = urlsplit(address.strip())
    if split.scheme != "http" or split.port is None or not is_loopback(split.hostname or ""):
        raise Unexpected(
            _("{address} is no address of this computer with a port.", address=address[:100]),
            _("Register http://127.0.0.1:8765/callback, or another port, at the application in Kantata and name it."),
            sent=False,
        )
    return Registered(split.port, split.path or "/", split.hostname or "", address.strip())
