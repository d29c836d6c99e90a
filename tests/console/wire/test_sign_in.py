"""Tokens: asked for once, renewed once for everyone, kept out of sight."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from console.wire.faults import Fault, SignInAgain, TryLater, Unexpected
from console.wire.http import Wire
from console.wire.pacing import Limits, Pacing
from console.wire.sign_in import OAuth2, Refreshing
from tests.loopback import Asked, Reply, StandIn, served, told


class Platform:
    """Gives tokens `t1`, `t2`, ... and accepts only the newest, for `good_for` calls."""

    def __init__(self, good_for: int = 1_000, expires_in: object = None) -> None:
        self.tokens = 0
        self.left = 0
        self.good_for = good_for
        self.expires_in = expires_in

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            self.tokens += 1
            self.left = self.good_for
            return told({"access_token": f"token-{self.tokens}", "expires_in": self.expires_in}, 200)
        if asked.headers.get("authorization") != f"Bearer token-{self.tokens}" or not self.left:
            return told({}, 401)
        self.left -= 1
        return told({})


async def calls(there: StandIn, count: int, width: int = 8) -> list[int]:
    """The statuses of so many calls at once, all signed by one client."""
    root = Wire(pacing=Pacing(Limits(in_flight=width)))
    auth = OAuth2(root, f"{there.url}/token", lambda: {"grant_type": "client_credentials"}, basic=("id", "secret-1"))
    wire = root.signed(there.url, auth)
    try:
        answers = await asyncio.gather(*(wire.send("POST", "/x", json={}) for _ in range(count)))
        return [answer.status for answer in answers]
    finally:
        await wire.close()


def test_one_token_serves_all_who_ask_at_once() -> None:
    platform = Platform()
    with served(platform.answer) as there:
        assert asyncio.run(calls(there, 20)) == [200] * 20
    assert platform.tokens == 1


def test_a_token_that_ends_is_renewed_even_when_one_call_fits_at_a_time() -> None:
    platform = Platform(good_for=3)
    with served(platform.answer) as there:
        assert asyncio.run(calls(there, 10, width=1)) == [200] * 10
    assert platform.tokens == 4


def test_a_token_that_never_works_is_tried_twice_and_no_more() -> None:
    with served(Platform(good_for=0).answer) as there:
        assert asyncio.run(calls(there, 1)) == [401]
    assert there.paths() == ["POST /token", "POST /x", "POST /token", "POST /x"]


@pytest.mark.parametrize(("expires_in", "renewed"), [("0", True), (3600, False), (None, False), ("soon", False)])
def test_a_token_is_renewed_before_its_end(expires_in: object, renewed: bool) -> None:
    platform = Platform(expires_in=expires_in)

    async def twice(there: StandIn) -> None:
        root = Wire()
        auth = OAuth2(root, f"{there.url}/token", lambda: {})
        await auth.token()
        await asyncio.sleep(0.001)
        await auth.token()
        await root.close()

    with served(platform.answer) as there:
        asyncio.run(twice(there))
    assert (platform.tokens == 2) is renewed


async def token_fault(there: StandIn, times: int = 1) -> Fault:
    root = Wire()
    auth = OAuth2(root, f"{there.url}/token", lambda: {"client_secret": "hidden-value"})
    try:
        for _ in range(times):
            with pytest.raises(Fault) as caught:
                await auth.token()
        return caught.value
    finally:
        await root.close()


@pytest.mark.parametrize(
    ("reply", "fault_type"),
    [
        (told({"error": "invalid_grant", "error_description": "hidden-value is wrong"}, 400), SignInAgain),
        (told({"error": "invalid_client"}, 401), SignInAgain),
        (told({"error": "temporarily_unavailable"}, 400), TryLater),
        (Reply(503, b"busy"), TryLater),
        (told({}, 429, retry_after=60), TryLater),
        (told({"token_type": "bearer"}), Unexpected),
        (Reply(403, b"<html>no</html>"), SignInAgain),
    ],
)
def test_what_a_token_endpoint_says_is_a_fault_without_secrets(reply: Reply, fault_type: type[Fault]) -> None:
    with served(lambda asked: reply) as there:
        fault = asyncio.run(token_fault(there))
    assert type(fault) is fault_type and fault.sentence and not fault.sent
    assert "hidden-value" not in repr(fault)


def test_a_refused_sign_in_is_not_tried_again_at_once() -> None:
    with served(lambda asked: told({"error": "invalid_grant"}, 400)) as there:
        asyncio.run(token_fault(there, times=5))
    assert len(there.asked) == 1


def test_a_rotated_refresh_token_is_kept_and_used() -> None:
    kept: list[Mapping[str, str]] = []

    def rotating(asked: Asked) -> Reply:
        number = len(there.asked)
        assert asked.form()["refresh_token"] == f"refresh-{number}"
        return told({"access_token": f"token-{number}", "refresh_token": f"refresh-{number + 1}"})

    async def twice() -> None:
        root = Wire(on_rotated=kept.append)
        auth = Refreshing(root, f"{there.url}/token", client_id="app", refresh_token="refresh-1")
        first = await auth.token()
        await auth.renewed(first)
        await root.close()

    with served(rotating) as there:
        asyncio.run(twice())
    assert kept == [{"refresh_token": "refresh-2"}, {"refresh_token": "refresh-3"}]
