"""Signing in through the browser: only the answer to our own question counts."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket

import httpx
import pytest

from console.wire.faults import SignInAgain, TryLater, Unexpected
from console.wire.loopback import Code, Redirect, code_from_browser

PAGE = "https://login.example/authorize"


async def sign_in(
    *visits: dict[str, str], patience: float = 5.0, path: str = ""
) -> tuple[Code, dict[str, str], list[int]]:
    """Let a browser visit the redirect address with these answers; `state` "ours" becomes the right one."""
    asked: dict[str, str] = {}
    statuses: list[int] = []

    async def browser(url: str) -> None:
        asked.update(httpx.URL(url).params)
        async with httpx.AsyncClient(trust_env=False) as client:
            for visit in visits:
                query = {**visit, **({"state": asked["state"]} if visit.get("state") == "ours" else {})}
                answer = await client.get(asked["redirect_uri"] + path, params=query)
                statuses.append(answer.status_code)

    code = await code_from_browser(PAGE, "app", browser, scope="api", patience=patience)
    return code, asked, statuses


def test_the_code_comes_back_with_its_verifier() -> None:
    code, asked, statuses = asyncio.run(sign_in({"code": "c-1", "state": "ours"}))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(code.verifier.encode()).digest()).rstrip(b"=").decode()
    assert code.code == "c-1" and statuses == [200] and asked["code_challenge"] == challenge
    assert code.redirect_uri == asked["redirect_uri"] and "c-1" not in repr(code)


def test_an_answer_with_another_state_is_turned_away() -> None:
    code, _asked, statuses = asyncio.run(
        sign_in({"code": "evil", "state": "theirs"}, {"code": "good", "state": "ours"})
    )
    assert code.code == "good" and statuses == [400, 200]


def test_a_person_who_says_no_is_believed() -> None:
    with pytest.raises(SignInAgain) as caught:
        asyncio.run(sign_in({"error": "access_denied", "error_description": "end-user denied", "state": "ours"}))
    assert caught.value.vendor_code == "access_denied"


def test_nobody_is_waited_for_for_ever() -> None:
    with pytest.raises(TryLater, match="Nobody finished"):
        asyncio.run(sign_in(patience=0.05))


def test_other_pages_are_not_there() -> None:
    with pytest.raises(TryLater):
        asyncio.run(sign_in({"code": "c", "state": "ours"}, path="/elsewhere", patience=0.05))


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unexpected, match=str(port)):
            asyncio.run(code_from_browser(PAGE, "app", lambda url: None, redirect=Redirect(port)))
