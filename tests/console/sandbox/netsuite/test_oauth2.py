"""OAuth 2.0: machine assertions made by an independent JWT library, and a browser's round trip with PKCE."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def assertion(told: dict[str, Any], **changes: Any) -> str:
    now = int(time.time())
    header = {"typ": "JWT", "alg": told["algorithm"], "kid": told["certificate_id"]} | changes.pop("header", {})
    claims = {"iss": told["client_id"], "scope": ["rest_webservices"], "aud": told["token_url"], "iat": now}
    key = (ECKey if told["algorithm"].startswith("ES") else RSAKey).import_key(told["private_key"])
    return jwt.encode(header, claims | {"exp": now + 1800} | changes, key, algorithms=[header["alg"]])


def asked(told: dict[str, Any], **form: Any) -> requests.Response:
    return requests.post(told["token_url"], data=form, timeout=10)


def granted(told: dict[str, Any], **changes: Any) -> requests.Response:
    signed = assertion(told, **changes)
    return asked(told, grant_type="client_credentials", client_assertion_type=ASSERTION, client_assertion=signed)


@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
def test_a_machine_signs_in_and_reads(account, algorithm):
    answer = granted(account.sign_in("client_credentials", algorithm=algorithm)).json()
    assert int(answer["expires_in"]) == 3600
    assert answer["token_type"].lower() == "bearer"
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert requests.get(f"{account.base}/record/v1/subsidiary/1", headers=headers, timeout=10).status_code == 200


def test_longer_hashes_of_the_rsa_certificate_are_taken_too(account):
    told = account.sign_in("client_credentials", algorithm="PS256")
    for algorithm in ("PS384", "PS512"):
        assert granted(told, header={"alg": algorithm}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"header": {"alg": "RS256"}}, 401),
        ({"header": {"kid": "unknown"}}, 401),
        ({"iss": "somebody"}, 401),
        ({"aud": "https://elsewhere.example/token"}, 401),
        ({"exp": int(time.time()) - 1}, 401),
        ({"exp": int(time.time()) + 7300}, 401),
        ({"iat": int(time.time()) + 6000}, 401),
        ({"scope": "everything"}, 400),
    ],
)
def test_an_assertion_that_proves_nothing(account, changes, status):
    answer = granted(account.sign_in("client_credentials", algorithm="PS256"), **changes)
    assert (answer.status_code, set(answer.json())) == (status, {"error"})


def test_a_changed_assertion_is_refused(account):
    told = account.sign_in("client_credentials", algorithm="ES256")
    head, body, mark = assertion(told).split(".")
    flipped = ("A" if mark[0] != "A" else "B") + mark[1:]
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
    assert asked(told, **form, client_assertion=f"{head}.{body}.{flipped}").status_code == 401
    assert asked(told, **form, client_assertion="no.jwt").status_code == 401
    assert asked(told, grant_type="password").json() == {"error": "unsupported_grant_type"}


def test_an_expired_token_is_a_wrong_one(account):
    headers = {"Authorization": f"Bearer {account.tenant.expired_token}"}
    answer = requests.get(f"{account.base}/record/v1/subsidiary/1", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["o:errorDetails"][0]["o:errorCode"] == "INVALID_LOGIN"


def code_for(told: dict[str, Any], verifier: str, **changes: str) -> requests.Response:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked_for = {
        "response_type": "code",
        "client_id": told["client_id"],
        "redirect_uri": "http://127.0.0.1:5555/callback",
        "scope": "rest_webservices",
        "state": "s" * 24,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return requests.get(told["authorize_url"], params=asked_for | changes, allow_redirects=False, timeout=10)


def test_a_browser_comes_back_with_a_code_that_serves_once(account):
    told, verifier = account.sign_in("authorization_code"), "v" * 64
    sent = urlsplit(code_for(told, verifier).headers["Location"])
    back = parse_qs(sent.query)
    assert (sent.hostname, sent.port, back["state"]) == ("127.0.0.1", 5555, ["s" * 24])
    form = {
        "grant_type": "authorization_code",
        "code": back["code"][0],
        "redirect_uri": "http://127.0.0.1:5555/callback",
    }
    basic = (told["client_id"], told["client_secret"])
    first = requests.post(told["token_url"], data={**form, "code_verifier": verifier}, auth=basic, timeout=10).json()
    again = requests.post(told["token_url"], data={**form, "code_verifier": verifier}, auth=basic, timeout=10)
    assert again.json() == {"error": "invalid_grant"}
    renewed = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert requests.post(told["token_url"], data=renewed, auth=basic, timeout=10).status_code == 200
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    assert requests.get(f"{account.base}/record/v1/currency/1", headers=headers, timeout=10).status_code == 200


def test_a_code_without_its_verifier_or_with_a_wrong_secret_is_worth_nothing(account):
    told = account.sign_in("authorization_code")
    for verifier, secret, error in (
        ("w" * 64, told["client_secret"], "invalid_grant"),
        ("v" * 64, "x", "invalid_client"),
    ):
        code = parse_qs(urlsplit(code_for(told, "v" * 64).headers["Location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:5555/callback"}
        auth = (told["client_id"], secret)
        answer = requests.post(told["token_url"], data={**form, "code_verifier": verifier}, auth=auth, timeout=10)
        assert answer.json() == {"error": error}


def test_nobody_is_sent_beyond_loopback(account):
    told = account.sign_in("authorization_code")
    answer = code_for(told, "v" * 64, redirect_uri="https://elsewhere.example/callback")
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
