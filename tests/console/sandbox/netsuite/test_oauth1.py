"""Token-based authentication: the vendor's vectors, oauthlib as an independent signer, and everything refused."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import oauthlib.oauth1
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from console.sandbox.netsuite.oauth1 import Signed, Token, Verifier, base_string, header_parameters, signature

TOKEN = Token("1234567_SB1", "consumer", "consumer-secret", "token", "token-secret")
HOST = "127.0.0.1:8443"


def signed(url: str, method: str = "GET", now: float | None = None, **changes: Any) -> Signed:
    """A request as oauthlib signs it."""
    words: dict[str, Any] = {
        "client_key": TOKEN.consumer_key,
        "client_secret": TOKEN.consumer_secret,
        "resource_owner_key": TOKEN.token_id,
        "resource_owner_secret": TOKEN.token_secret,
        "realm": TOKEN.realm,
        "signature_method": oauthlib.oauth1.SIGNATURE_HMAC_SHA256,
        "timestamp": str(int(time.time() if now is None else now)),
    }
    url, headers, _ = oauthlib.oauth1.Client(**(words | changes)).sign(f"https://{HOST}{url}", method)
    path, _, query = url.removeprefix(f"https://{HOST}").partition("?")
    return Signed(method, "https", HOST, path, query, headers["Authorization"])


def accepts(request: Signed) -> bool:
    return Verifier([TOKEN]).signer(request, time.time()) is TOKEN


@pytest.mark.shared
def test_the_vectors_of_the_vendors_facts(shared: Path):
    facts = (shared / "platforms" / "netsuite" / "facts.md").read_text()
    secrets = dict(re.findall(r"^(consumer_key|consumer_secret|token_id|token_secret|realm) +(\S+)$", facts, re.M))
    token = Token(*(secrets[n] for n in ("realm", "consumer_key", "consumer_secret", "token_id", "token_secret")))
    vectors = re.findall(r"^\d\) (\w+) (\S+)\n +nonce (\S+) +timestamp (\d+).*?signature (\S+)$", facts, re.M | re.S)
    assert len(vectors) == 3
    for method, url, nonce, stamp, expected in vectors:
        given_now = {
            "realm": token.realm,
            "oauth_consumer_key": token.consumer_key,
            "oauth_token": token.token_id,
            "oauth_nonce": nonce,
            "oauth_timestamp": stamp,
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_version": "1.0",
        }
        address, _, query = url.partition("?")
        assert signature(token.signing_key, base_string(method, address, query, given_now)) == expected


@pytest.mark.parametrize(
    "url",
    [
        "/services/rest/record/v1/customer/eid:TO-1_a",
        "/services/rest/record/v1/customer?q=companyName%20START_WITH%20%22A%26B%22&limit=100",
        "/services/rest/query/v1/suiteql?limit=1000&offset=2000",
        "/services/rest/record/v1/customer?q=a%2Bb%20%C3%BC&empty=",
    ],
)
def test_what_oauthlib_signs_is_accepted(url: str):
    assert accepts(signed(url))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=30))
def test_any_query_value_is_signed_as_oauthlib_signs_it(text: str):
    prepared = requests.Request("GET", f"https://{HOST}/record", params={"q": text}).prepare().path_url
    assert accepts(signed(prepared))


@pytest.mark.parametrize(
    "changes",
    [
        {"signature_method": oauthlib.oauth1.SIGNATURE_HMAC_SHA1},
        {"realm": "7654321"},
        {"realm": TOKEN.realm.lower()},
        {"client_secret": "another"},
        {"resource_owner_secret": "another"},
        {"resource_owner_key": "nobody"},
        {"late": -400},
        {"late": 400},
    ],
)
def test_what_is_refused(changes: dict[str, Any]):
    if "late" in changes:  # seconds, counted from the call and not from when the tests were collected
        changes = {"now": time.time() + changes["late"]}
    assert not accepts(signed("/services/rest/record/v1/customer", **changes))


def test_a_nonce_serves_once_and_only_after_it_was_right():
    verifier, request = Verifier([TOKEN]), signed("/record")
    forged = Signed("PUT", "https", HOST, request.path, "", request.header)
    assert verifier.signer(forged, time.time()) is None
    assert verifier.signer(request, time.time()) is TOKEN
    assert verifier.signer(request, time.time()) is None


def test_the_signature_covers_method_host_path_and_query_but_not_the_realm():
    request = signed("/record?limit=5")
    for other in (
        Signed("POST", "https", HOST, "/record", "limit=5", request.header),
        Signed("GET", "http", HOST, "/record", "limit=5", request.header),
        Signed("GET", "https", "127.0.0.1:1", "/record", "limit=5", request.header),
        Signed("GET", "https", HOST, "/records", "limit=5", request.header),
        Signed("GET", "https", HOST, "/record", "limit=6", request.header),
    ):
        assert not accepts(other)
    assert "realm" not in base_string("GET", "https://h/p", "", header_parameters(request.header))


def test_a_repr_shows_no_secret():
    assert TOKEN.consumer_secret not in repr(TOKEN)
    assert TOKEN.token_secret not in repr(TOKEN)


def test_over_the_wire(account):
    assert account.call("GET", "subsidiary/1").status_code == 200
    for auth in (account.auth(signature_method="HMAC-SHA1"), account.auth(client_secret="another"), None):
        answer = requests.get(f"{account.base}/record/v1/subsidiary/1", auth=auth, timeout=10)
        detail = answer.json()["o:errorDetails"][0]
        assert (answer.status_code, detail["o:errorCode"]) == (401, "INVALID_LOGIN")
        assert detail["detail"].startswith("Invalid login attempt.")
