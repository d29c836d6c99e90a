"""OAuth 1.0a HMAC-SHA256 against an independent implementation."""

from __future__ import annotations

import re

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client

from console.wire.oauth1 import OAuth1

KEYS = {"consumer_key": "ck", "consumer_secret": "cs", "token_id": "tk", "token_secret": "ts"}
HOST = "https://1234567-sb1.suitetalk.api.netsuite.com"


def ours(method: str, url: str) -> str:
    return OAuth1(**KEYS, realm="1234567_SB1", nonce=lambda: "n0nce", now=lambda: 1_700_000_000).header(method, url)


def theirs(method: str, url: str) -> str:
    client = Client(
        "ck", "cs", "tk", "ts", signature_method=SIGNATURE_HMAC_SHA256, nonce="n0nce", timestamp="1700000000"
    )
    return str(client.sign(url, method)[1]["Authorization"])


def signature(header: str) -> str:
    found = re.search(r'oauth_signature="([^"]+)"', header)
    assert found
    return found.group(1)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/services/rest/query/v1/suiteql?limit=1000&offset=2000"),
        ("GET", "/services/rest/record/v1/customer?q=companyName%20START_WITH%20%22A%26B%22&limit=100"),
        ("PUT", "/services/rest/record/v1/customer/eid:TIEOUT-C-0001"),
        ("GET", "/services/rest/record/v1/customer?empty="),
    ],
)
def test_signatures_agree(method: str, path: str) -> None:
    assert signature(ours(method, HOST + path)) == signature(theirs(method, HOST + path))


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
def test_any_query_value_signs_alike(value: str) -> None:
    url = str(httpx.URL(HOST + "/x", params={"q": value}))
    assert signature(ours("GET", url)) == signature(theirs("GET", url))


def test_the_realm_is_sent_and_each_call_has_its_own_nonce() -> None:
    auth = OAuth1(**KEYS, realm="1234567_SB1")
    first, second = auth.header("GET", HOST + "/x"), auth.header("GET", HOST + "/x")
    assert first.startswith('OAuth realm="1234567_SB1", ') and first != second
    assert "cs" not in repr(auth)
