"""The one seam: what is sent, what is refused, what is repeated, and what never is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from console.wire.answer import Answer, Call
from console.wire.faults import Fault, TryLater, Unexpected
from console.wire.http import Bounds, Wire
from console.wire.sign_in import Bearer
from tests.loopback import HANG_UP, Asked, Reply, served, told

TOKEN = "token-that-nobody-may-see"
QUICK = Bounds(connect=2, read=2, total=4)


def speak(url: str, doing: Callable[[Wire], Awaitable[Any]], **options: Any) -> Any:
    """Run `doing` with a signed wire to `url`, and give back its sockets."""

    async def run() -> Any:
        root = Wire(connection="crm", bounds=options.pop("bounds", QUICK), **options)
        wire = root.signed(url, Bearer(TOKEN, root))
        try:
            return await doing(wire)
        finally:
            await wire.close()

    return asyncio.run(run())


def fails(url: str, doing: Callable[[Wire], Awaitable[Any]], **options: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        speak(url, doing, **options)
    return caught.value


def test_a_call_carries_the_credential_and_brings_back_any_status() -> None:
    with served(lambda asked: told({"a": asked.query}, 404, x_request_id="r-1")) as there:
        answer: Answer = speak(there.url, lambda wire: wire.send("GET", "/things", params={"q": "a b'c"}))
    assert (answer.status, answer.json(), answer.trace_id) == (404, {"a": {"q": "a b'c"}}, "r-1")
    assert there.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_json_and_forms_are_sent_as_such() -> None:
    async def both(wire: Wire) -> None:
        await wire.send("POST", "/json", json={"name": "Ümläut"})
        await wire.send("POST", "/form", form={"a": "1&2"})

    with served(lambda asked: told({})) as there:
        speak(there.url, both)
    assert there.asked[0].json() == {"name": "Ümläut"}
    assert there.asked[1].form() == {"a": "1&2"}
    assert there.asked[1].headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("base", "path", "reached"),
    [
        ("/api/v1", "/projects", "/api/v1/projects"),
        ("/api/v1", "projects", "/api/v1/projects"),
        ("/api/v1", "/api/v1/projects", "/api/v1/projects"),
        ("", "/services/data", "/services/data"),
    ],
)
def test_paths_are_below_the_base_address(base: str, path: str, reached: str) -> None:
    with served(lambda asked: told({})) as there:
        speak(there.url + base, lambda wire: wire.send("GET", path))
    assert there.asked[0].path == reached


def test_absolute_addresses_are_followed_on_the_same_host_only() -> None:
    async def there_and_elsewhere(wire: Wire) -> None:
        await wire.send("GET", f"{there.url}/next")
        await wire.send("GET", "https://elsewhere.example/next")

    with served(lambda asked: told({})) as there:
        fault = fails(there.url, there_and_elsewhere)
    assert there.paths() == ["GET /next"]
    assert isinstance(fault, Unexpected) and not fault.sent and "elsewhere.example" in fault.sentence


def test_a_path_that_moved_on_the_same_host_is_followed() -> None:
    def moved(asked: Asked) -> Reply:
        return told({}) if asked.path.endswith("/") else Reply(307, headers={"location": asked.path + "/"})

    with served(moved) as there:
        assert speak(there.url, lambda wire: wire.send("POST", "/x", json={"a": 1})).status == 200
    assert there.paths() == ["POST /x", "POST /x/"] and there.asked[1].json() == {"a": 1}
    with served(lambda asked: Reply(302, headers={"location": asked.path})) as there:
        assert "does not follow" in fails(there.url, lambda wire: wire.send("GET", "/x")).sentence


def test_a_redirect_to_another_host_is_never_followed() -> None:
    moved = Reply(302, headers={"location": "https://elsewhere.example/login"})
    with served(lambda asked: moved) as there:
        fault = fails(there.url, lambda wire: wire.send("GET", "/"))
    assert "elsewhere.example" in fault.sentence and len(there.asked) == 1


def test_plain_http_is_for_this_computer_only() -> None:
    with pytest.raises(Unexpected, match="without encryption"):
        Wire("http://crm.example")
    with pytest.raises(Unexpected, match="no web address"):
        Wire("crm.example")


def test_reads_are_repeated_after_a_lost_answer_and_writes_never() -> None:
    def once_silent(asked: Asked) -> Reply:
        return HANG_UP if len(there.asked) == 1 else told({"ok": True})

    with served(once_silent) as there:
        answer = speak(there.url, lambda wire: wire.send("GET", "/"))
    assert answer.json() == {"ok": True} and len(there.asked) == 2
    with served(once_silent) as there:
        fault = fails(there.url, lambda wire: wire.send("POST", "/", json={}))
    assert isinstance(fault, Unexpected) and fault.sent and len(there.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failing_server_is_asked_again_for_reads_only(status: int) -> None:
    def answering(asked: Asked) -> Reply:
        return told({}, status) if len(there.asked) == 1 else told({})

    with served(answering) as there:
        assert speak(there.url, lambda wire: wire.send("GET", "/")).status == 200
    with served(answering) as there:
        assert speak(there.url, lambda wire: wire.send("PATCH", "/", json={})).status == status


def test_a_write_is_repeated_when_the_platform_says_slow_down() -> None:
    def answering(asked: Asked) -> Reply:
        return told({}, 429, retry_after="0") if len(there.asked) < 3 else told({}, 201)

    with served(answering) as there:
        assert speak(there.url, lambda wire: wire.send("POST", "/", json={})).status == 201
    assert len(there.asked) == 3


def test_patience_with_a_storm_ends() -> None:
    with served(lambda asked: told({}, 429)) as there:
        assert speak(there.url, lambda wire: wire.send("POST", "/", json={})).status == 429
    assert len(there.asked) == QUICK.tries_unstored


def test_a_truncated_page_is_read_again() -> None:
    whole = told({"records": list(range(100))})

    def answering(asked: Asked) -> Reply:
        return Reply(200, whole.body, whole.headers, cut=20) if len(there.asked) == 1 else whole

    with served(answering) as there:
        assert len(speak(there.url, lambda wire: wire.send("GET", "/")).json()["records"]) == 100


def test_json_that_ends_in_the_middle_is_read_again_and_then_unexpected() -> None:
    half = Reply(200, b'{"records": [1, 2', {"content-type": "application/json"})
    with served(lambda asked: half) as there:
        fault = fails(there.url, lambda wire: wire.send("GET", "/"))
    assert isinstance(fault, Unexpected) and "not complete JSON" in fault.sentence
    assert len(there.asked) == QUICK.tries_idempotent


def test_an_answer_may_not_be_larger_than_the_limit() -> None:
    with served(lambda asked: Reply(200, b"x" * 3_000_000)) as there:
        fault = fails(there.url, lambda wire: wire.send("GET", "/"), bounds=Bounds(page=1024 * 1024))
    assert "larger than 1 MB" in fault.sentence


def test_slow_bytes_end_in_a_sentence() -> None:
    with served(lambda asked: Reply(200, b"{}", pause=1.0)) as there:
        fault = fails(there.url, lambda wire: wire.send("POST", "/", json={}), bounds=Bounds(read=0.2))
    assert isinstance(fault, Unexpected) and fault.sent and "in time" in fault.sentence


def test_a_refused_connection_proves_that_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        fault = fails(f"http://127.0.0.1:{port}", lambda wire: wire.send("POST", "/", json={}))
    assert isinstance(fault, TryLater) and not fault.sent and "refuses connections" in fault.sentence and fault.remedy


def test_an_unknown_host_proves_that_nothing_was_sent() -> None:
    fault = fails("https://crm.invalid", lambda wire: wire.send("POST", "/", json={}))
    assert isinstance(fault, TryLater) and not fault.sent and "crm.invalid" in fault.sentence


def test_calls_are_told_without_secrets() -> None:
    calls: list[Call] = []
    body = {"client_secret": "hush-hush", "name": "Acme"}
    with served(lambda asked: told({"access_token": "fresh-token", "echo": TOKEN}, 400)) as there:
        speak(
            there.url,
            lambda wire: wire.send("POST", "/x", json=body, params={"code": "c-123", "q": "open"}),
            on_call=calls.append,
        )
    call = calls[0]
    assert (call.connection, call.method, call.status) == ("crm", "POST", 400)
    assert "Acme" in call.request_text and "q=open" in call.path
    for secret in (TOKEN, "hush-hush", "fresh-token", "c-123"):
        assert secret not in repr(call)


def test_a_call_without_answer_is_told_too() -> None:
    calls: list[Call] = []
    with served(lambda asked: HANG_UP) as there:
        fails(there.url, lambda wire: wire.send("POST", "/", json={}), on_call=calls.append)
    assert calls[0].status == 0 and "broke" in calls[0].fault


def test_nothing_shows_a_credential() -> None:
    root = Wire()
    wire = root.signed("http://127.0.0.1:1", Bearer(TOKEN, root))
    assert TOKEN not in repr(wire) + repr(wire._auth) + repr(root.redaction)
