"""Signing in to Salesforce four ways, and what its refusals mean."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwk, jwt

from console.platforms import salesforce
from console.wire.faults import Fault, SignInAgain, TryLater
from console.wire.http import Wire
from tests.loopback import Asked, Reply, served, told

TOKEN = "/services/oauth2/token"


def instance(asked: Asked) -> Reply:
    """Accepts the token `fresh` only."""
    if asked.headers.get("authorization") != "Bearer fresh":
        return told([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], 401)
    if "FROM Organization" in asked.query.get("q", ""):
        return told({"records": [{"Id": "00D1", "Name": "N", "IsSandbox": False}]})
    return told({"preferred_username": "me"} if asked.path.endswith("userinfo") else {})


def login(asked: Asked) -> Reply:
    if asked.path == TOKEN:
        return told(
            {"access_token": "fresh", "id": "https://login.salesforce.com/id/00D1/0051", "token_type": "Bearer"}
        )
    return instance(asked)


def tenant(fields: Mapping[str, str], secrets: Mapping[str, str], **options: Any) -> str:
    async def run() -> str:
        wire = Wire(**options)
        connector = salesforce.connect(fields, secrets, transport=wire)
        try:
            return (await connector.check()).tenant
        finally:
            await connector.close()

    return asyncio.run(run())


def refused(fields: Mapping[str, str], secrets: Mapping[str, str]) -> Fault:
    with pytest.raises(Fault) as caught:
        tenant(fields, secrets)
    return caught.value


def test_client_credentials_go_in_the_header() -> None:
    with served(login) as there:
        assert tenant({"base_url": there.url, "client_id": "id"}, {"client_secret": "se:cret"}) == "00D1"
    assert there.asked[0].form() == {"grant_type": "client_credentials"}
    assert there.asked[0].headers["authorization"].startswith("Basic ")


def test_data_is_asked_of_the_instance_the_token_names() -> None:
    with served(instance) as data:

        def pointing(asked: Asked) -> Reply:
            return told({"access_token": "fresh", "instance_url": data.url})

        with served(pointing) as there:
            assert tenant({"base_url": there.url, "client_id": "id"}, {"client_secret": "secret"}) == "00D1"
    assert len(there.asked) == 1 and data.asked


def test_a_jwt_is_signed_for_the_login_host() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    with served(login) as there:
        given = {"base_url": there.url, "sign_in": "jwt_bearer", "client_id": "app", "username": "me@example.com"}
        assert tenant(given, {"private_key": pem}) == "00D1"
    form = there.asked[0].form()
    claims = jwt.decode(form["assertion"], jwk.RSAKey.import_key(pem), ["RS256"]).claims
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("app", "me@example.com", "https://login.salesforce.com")
    assert 0 < claims["exp"] - claims["iat"] <= 300


@pytest.mark.parametrize(
    ("base_url", "audience"),
    [
        ("https://norrvik.my.salesforce.com", "https://login.salesforce.com"),
        ("https://norrvik--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://test.salesforce.com/", "https://test.salesforce.com"),
    ],
)
def test_sandboxes_have_an_audience_of_their_own(base_url: str, audience: str) -> None:
    assert salesforce.sign_in.audience({"base_url": base_url}) == audience


def test_a_refresh_token_that_is_replaced_is_kept_at_once() -> None:
    kept: list[Mapping[str, str]] = []

    def rotating(asked: Asked) -> Reply:
        if asked.path == TOKEN:
            assert asked.form()["refresh_token"] == "old-refresh"
            return told({"access_token": "fresh", "refresh_token": "new-refresh"})
        return instance(asked)

    with served(rotating) as there:
        given = {"base_url": there.url, "client_id": "app"}
        assert tenant(given, {"refresh_token": "old-refresh"}, on_rotated=kept.append) == "00D1"
    assert kept == [{"refresh_token": "new-refresh"}]


def test_a_pasted_token_that_ended_asks_for_a_person() -> None:
    with served(login) as there:
        fault = refused({"base_url": there.url, "sign_in": "access_token"}, {"access_token": "stale"})
    assert isinstance(fault, SignInAgain) and fault.remedy and TOKEN not in [asked.path for asked in there.asked]


@pytest.mark.parametrize(
    ("error", "text", "says"),
    [
        ("invalid_grant", "authentication failure", "refused the credential"),
        ("invalid_grant", "expired access/refresh token", "ended or was revoked"),
        ("invalid_grant", "user hasn't approved this consumer", "not approved"),
        ("OAUTH_EC_APP_NOT_FOUND", "External client app is not installed", "does not know this app"),
        ("invalid_client", "invalid client credentials", "its secret is wrong"),
        ("invalid_grant", "request not supported on this domain", "does not take client credentials"),
    ],
)
def test_refusals_are_plain_words(error: str, text: str, says: str) -> None:
    with served(lambda asked: told({"error": error, "error_description": text}, 400)) as there:
        fault = refused({"base_url": there.url, "client_id": "id"}, {"client_secret": "secret-value"})
    assert isinstance(fault, SignInAgain) and says in fault.sentence and fault.remedy
    assert "secret-value" not in repr(fault)


def test_a_sign_in_that_is_down_is_tried_later() -> None:
    with served(lambda asked: Reply(503, b"down")) as there:
        assert isinstance(refused({"base_url": there.url, "client_id": "id"}, {"client_secret": "secret"}), TryLater)


def test_what_lacks_is_named_before_anything_is_sent() -> None:
    fault = refused({"base_url": "http://127.0.0.1:1", "sign_in": "client_credentials"}, {})
    assert isinstance(fault, SignInAgain) and "client_id" in fault.sentence and not fault.sent


def test_a_person_signs_in_through_the_browser() -> None:
    asked_for: dict[str, str] = {}

    def answering(asked: Asked) -> Reply:
        form = asked.form()
        return told({"access_token": "fresh", "refresh_token": "kept" if form["code"] == "c-1" else ""})

    async def browser(url: str) -> None:
        asked_for.update(httpx.URL(url).params)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(asked_for["redirect_uri"], params={"code": "c-1", "state": asked_for["state"]})
            assert "signed in" in answer.text

    async def run(url: str) -> Mapping[str, str]:
        wire = Wire()
        try:
            fields = {"base_url": url, "client_id": "app", "redirect_port": "0"}
            return await salesforce.authorise(fields, {}, transport=wire, open_browser=browser)
        finally:
            await wire.close()

    with served(answering) as there:
        assert asyncio.run(run(there.url)) == {"refresh_token": "kept"}
    form = there.asked[0].form()
    assert asked_for["code_challenge_method"] == "S256" and "refresh_token" in asked_for["scope"]
    assert form["redirect_uri"] == asked_for["redirect_uri"] and len(form["code_verifier"]) >= 43
