import asyncio
import json
import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from console.platforms.kantata import connect, sign_in
from console.platforms.kantata.sign_in import api_root, app_root, registered
from console.wire.faults import SignInAgain, Unexpected
from console.wire.http import Wire
from tests.console.platforms.kantata.account import serving


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("", "https://api.mavenlink.com/api/v1"),
        ("https://api.mavenlink.com/api/v1/", "https://api.mavenlink.com/api/v1"),
        ("https://api.mavenlink.com", "https://api.mavenlink.com/api/v1"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/api/v1"),
    ],
)
def test_the_api_is_found_with_and_without_its_path(given: str, root: str) -> None:
    assert api_root(given) == root


def test_people_sign_in_at_kantatas_app_or_at_the_named_one() -> None:
    assert app_root({}) == "https://app.mavenlink.com"
    assert app_root({"base_url": "http://127.0.0.1:8000/api/v1"}) == "http://127.0.0.1:8000"
    assert app_root({"app_url": "https://app.example.com/"}) == "https://app.example.com"


def test_a_connection_needs_a_token() -> None:
    with pytest.raises(SignInAgain):
        connect({}, {}, transport=Wire())


@pytest.mark.parametrize("address", ["http://localhost", "https://127.0.0.1:80/x", "http://example.com:80/x", ""])
def test_the_browser_only_comes_back_to_this_computer(address: str) -> None:
    with pytest.raises(Unexpected):
        registered(address)


class Door:
    """Kantata's token endpoint: one code, one client, one redirect address."""

    def __init__(self) -> None:
        self.form: dict[str, str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"].decode()
        self.form = {name: values[0] for name, values in parse_qs(body).items()}
        good = scope["path"] == "/oauth/token" and self.form.get("client_secret") == "the-client-secret"
        said = {"access_token": "a-fresh-token", "token_type": "bearer"}
        refusal = {"error": "invalid_client", "error_description": "Client authentication failed"}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200 if good else 401, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said if good else refusal).encode()})


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port: int = place.getsockname()[1]
        return port


@pytest.mark.parametrize("path", ["", "/callback"])
def test_the_browser_brings_a_code_that_becomes_a_token(path: str) -> None:
    door = Door()
    redirect_uri = f"http://127.0.0.1:{free_port()}{path}"
    pages = []

    async def browser(url: str) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["redirect_uri"] == redirect_uri
        assert query["response_type"] == "code"
        async with httpx.AsyncClient() as client:
            params = {"code": "the-code", "state": query["state"]}
            pages.append(await client.get(f"http://{urlsplit(redirect_uri).netloc}{path or '/'}", params=params))

    async def run() -> dict[str, str]:
        async with serving(door) as url:
            wire = Wire()
            fields = {"base_url": url, "client_id": "tieout", "redirect_uri": redirect_uri}
            try:
                return await sign_in(fields, {"client_secret": "the-client-secret"}, wire, browser)
            finally:
                await wire.close()

    assert asyncio.run(run()) == {"access_token": "a-fresh-token"}
    assert door.form["redirect_uri"] == redirect_uri
    assert (door.form["grant_type"], door.form["code"]) == ("authorization_code", "the-code")
    assert pages[0].status_code == 200


def test_a_refused_code_says_why_and_keeps_the_secret() -> None:
    async def browser(url: str) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        async with httpx.AsyncClient() as client:
            await client.get(query["redirect_uri"], params={"code": "the-code", "state": query["state"]})

    async def run() -> None:
        async with serving(Door()) as url:
            wire = Wire()
            fields = {"app_url": url, "client_id": "x", "redirect_uri": f"http://127.0.0.1:{free_port()}/callback"}
            try:
                await sign_in(fields, {"client_secret": "wrong-secret"}, wire, browser)
            finally:
                await wire.close()

    with pytest.raises(SignInAgain) as caught:
        asyncio.run(run())
    assert caught.value.vendor_text == "Client authentication failed"
    assert "wrong-secret" not in repr(caught.value)
