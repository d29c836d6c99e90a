"""Credentials that are wrong, dead, misplaced or unusual."""

from __future__ import annotations

import fcntl
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.conftest import Desk, assert_unseen, connected, of_process, secrets_of, started
from tests.sandbox import Sandbox

WAYS = [
    ("salesforce", 0),
    ("salesforce", 2),
    ("salesforce", 3),
    ("kantata", 0),
    ("netsuite", 0),
    ("netsuite", 1),
    ("netsuite", 2),
]
"""Platform and place of every sign-in that needs no browser."""


def _way(practice: Sandbox, key: str, place: int) -> dict[str, Any]:
    return dict(practice.platforms[key]["sign_ins"][place])


def test_every_sign_in_of_the_practice_platforms_is_tried(practice: Sandbox) -> None:
    offered = {(key, place) for key, told in practice.platforms.items() for place, _way in enumerate(told["sign_ins"])}
    browser = {(key, place) for key, place in offered if _way(practice, key, place)["sign_in"] == "authorization_code"}
    assert offered - browser == set(WAYS)
    assert browser == {(key, place) for key, (place, _kept) in BROWSER.items()}


@pytest.mark.parametrize(("key", "place"), WAYS)
def test_a_sign_in_as_printed_connects(practice: Sandbox, desk: Desk, key: str, place: int) -> None:
    way = _way(practice, key, place)
    done = connected(desk.path, key, practice.base_url(key), way)
    assert done.code == 0, done.err
    assert done.json["environment"] == "practice"
    assert_unseen(secrets_of(way), done.out, done.err, desk.everything())


@pytest.mark.parametrize("key", ["salesforce", "kantata", "netsuite"])
def test_everything_may_come_on_standard_input(practice: Sandbox, desk: Desk, key: str) -> None:
    given = {**_way(practice, key, 0), "base_url": practice.base_url(key), "surprise": None, "colour": "blue"}
    done = desk("connect", key, "--secrets", "-", "--json", given=given)
    assert done.code == 0, done.err
    assert done.json["environment"] == "practice"
    assert "colour" in done.json["ignored"]


def test_the_way_is_found_by_what_was_given(practice: Sandbox, desk: Desk) -> None:
    way = {name: value for name, value in _way(practice, "salesforce", 2).items() if name != "sign_in"}
    assert connected(desk.path, "salesforce", practice.base_url("salesforce"), way).code == 0
    assert desk("connections", "--json").json[0]["sign_in"] == "jwt_bearer"


def test_connecting_a_tenant_again_renews_its_credential(practice: Sandbox, desk: Desk) -> None:
    for place in (0, 2):
        way = _way(practice, "salesforce", place)
        assert connected(desk.path, "salesforce", practice.base_url("salesforce"), way).code == 0
    rows = desk("connections", "--json").json
    assert [(row["id"], row["sign_in"]) for row in rows] == [("salesforce", "jwt_bearer")]


SPOILT = {
    "salesforce": ("client_secret", "Check client id and secret"),
    "kantata": ("access_token", "sign in"),
    "netsuite": ("token_secret", "Check"),
}


@pytest.mark.parametrize("key", list(SPOILT))
def test_a_wrong_credential_is_refused_in_one_sentence(practice: Sandbox, desk: Desk, key: str) -> None:
    name, words = SPOILT[key]
    way = {**_way(practice, key, 0), name: "0123456789abcdef" * 4}
    done = connected(desk.path, key, practice.base_url(key), way)
    assert words.lower() in done.refused().lower()
    assert not desk.path.exists()
    assert_unseen(secrets_of(way), done.out, done.err)


@pytest.mark.parametrize(("key", "name"), [("salesforce", 2), ("netsuite", 1)])
def test_a_key_that_is_no_key_is_refused(practice: Sandbox, desk: Desk, key: str, name: int) -> None:
    way = {**_way(practice, key, name), "private_key": "-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----"}
    assert "PEM" in connected(desk.path, key, practice.base_url(key), way).refused()


@pytest.mark.parametrize("key", ["salesforce", "kantata"])
def test_an_expired_token_cannot_connect(practice: Sandbox, desk: Desk, key: str) -> None:
    way = {"sign_in": "access_token", "access_token": practice.platforms[key]["expired_token"]}
    connected(desk.path, key, practice.base_url(key), way).refused("ign in")


def test_a_token_that_dies_later_stops_only_its_connection(practice: Sandbox, desk: Desk) -> None:
    for key in ("salesforce", "netsuite"):
        assert connected(desk.path, key, practice.base_url(key), _way(practice, key, 0)).code == 0
    dead = {"sign_in": "access_token", "access_token": _new_token(practice)}
    assert connected(desk.path, "kantata", practice.base_url("kantata"), dead).code == 0
    _revoke(practice, dead["access_token"])
    said = desk("sync").refused("kantata", "ign in")
    assert "netsuite" not in said
    standing = {row["id"]: row for row in desk("connections", "--json").json}
    assert standing["kantata"]["state"] == "sign_in"
    assert standing["netsuite"]["state"] == standing["salesforce"]["state"] == "connected"
    assert {each["state"] for each in standing["netsuite"]["coverage"]} == {"complete"}
    assert_unseen([dead["access_token"]], desk.everything(), said)


def _new_token(practice: Sandbox) -> str:
    """An access token of its own, got as an application gets one."""
    app = _way(practice, "kantata", 1)
    root, back = practice.base_url("kantata"), app["redirect_uri"]
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": back, "state": "s"}
    sent_back = httpx.get(f"{root}/oauth/authorize", params=asked, trust_env=False).headers["location"]
    form = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "code": str(httpx.URL(sent_back).params["code"]),
        "redirect_uri": back,
    }
    return str(httpx.post(f"{root}/oauth/token", data=form, trust_env=False).json()["access_token"])


def _revoke(practice: Sandbox, token: str) -> None:
    root = practice.base_url("kantata")
    app = _way(practice, "kantata", 1)
    form = {"token": token, "client_id": app["client_id"], "client_secret": app["client_secret"]}
    assert httpx.post(f"{root}/oauth/revoke", data=form, trust_env=False).is_success


@pytest.mark.parametrize("name", ["consumer_secret", "access_token", "password", "client_secret", "my_api_token"])
def test_a_secret_as_argument_is_refused(desk: Desk, name: str) -> None:
    said = desk("connect", "netsuite", "--field", f"{name}=hunter2hunter2").refused("--secrets -", name, code=2)
    assert "hunter2" not in said


@pytest.mark.parametrize("given", [b"consumer_key=1", b"[1]", b"\xff\xfe", b'{"a": NaN}', b""])
def test_standard_input_that_is_no_object_is_refused(desk: Desk, given: bytes) -> None:
    desk("connect", "netsuite", "--secrets", "-", given=given).refused(code=2)


def test_wrong_words_are_wrong_use(desk: Desk) -> None:
    desk("connect", "sap").refused("salesforce, kantata, netsuite", code=2)
    desk("connect", "netsuite", "--secrets", "hunter2").refused("--secrets -", code=2)
    said = desk("connect", "netsuite", "--field", "consumer_secret:hunter2").refused("name=value", code=2)
    assert "hunter2" not in said
    desk("connect", "netsuite", "--secrets", "-", given={"sign_in": "magic"}).refused("token_based", code=2)
    desk("connect", "kantata", "--secrets", "-", given={}).refused("access_token", code=2)
    assert not desk.path.exists()


BROWSER = {"salesforce": (1, "refresh_token"), "kantata": (1, "access_token"), "netsuite": (3, "refresh_token")}
"""Place of the sign-in through the browser, and what is kept of it."""


@pytest.fixture
def callback_port() -> Iterator[None]:
    """The registered redirect address has one port: only one sign-in at a time on this machine."""
    with (Path(tempfile.gettempdir()) / "tieout-callback-port.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.mark.usefixtures("callback_port")
@pytest.mark.parametrize("key", list(BROWSER))
def test_a_person_signs_in_through_the_browser(practice: Sandbox, desk: Desk, key: str) -> None:
    place, kept_name = BROWSER[key]
    way = _way(practice, key, place)
    words = ["connect", key, "--workspace", str(desk.path), "--secrets", "-", "--json"]
    with started(*words) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(json.dumps({**way, "base_url": practice.base_url(key)}))
        process.stdin.close()
        process.stdin = None
        told = process.stderr.readline()
        address = re.search(r"https?://\S+", told)
        assert address is not None, told
        assert "code_challenge_method=S256" in address[0]
        seen = of_process(process.pid)
        page = httpx.get(address[0], follow_redirects=True, trust_env=False)
        assert "close this page" in page.text
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    kept = desk.path.with_name(desk.path.name + ".practice").read_text()
    assert kept_name in kept
    issued = re.findall(r'"(?:refresh|access)_token":"([^"]+)"', kept)
    assert_unseen([*secrets_of(way), *issued], out, err, told, seen, desk.everything(), page.text)
    assert desk("sync", "--record", f"{key}/customer/0").code in (0, 1)
    assert desk("connections", "--json").json[0]["sign_in"] == "authorization_code"


@pytest.mark.usefixtures("callback_port")
def test_a_browser_sign_in_that_is_refused_says_so(practice: Sandbox, desk: Desk) -> None:
    way = {**_way(practice, "salesforce", 1), "base_url": practice.base_url("salesforce")}
    with started("connect", "salesforce", "--workspace", str(desk.path), "--secrets", "-") as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(json.dumps(way))
        process.stdin.close()
        process.stdin = None
        address = re.search(r"https?://\S+", process.stderr.readline())
        assert address is not None
        asked = httpx.URL(address[0]).params
        back = httpx.URL(asked["redirect_uri"], params={"error": "access_denied", "state": asked["state"]})
        assert "refused" in httpx.get(back, trust_env=False).text
        _out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err.strip().startswith("The platform refused the sign-in.")
    assert not desk.path.exists()
