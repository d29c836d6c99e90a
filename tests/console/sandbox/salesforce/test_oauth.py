"""Signing in to the practice org, with independent clients of OAuth 2 and JWT."""

import base64
import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from requests_oauthlib import OAuth2Session

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def token(org, auth=None, **form):
    return requests.post(org.sign_in("client_credentials")["token_url"], data=form, auth=auth, timeout=10)


def refused(answer):
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"error", "error_description"}
    return answer.json()["error"]


def works(org, told):
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    answer = requests.get(f"{told['instance_url']}/services/data/v62.0/limits", headers=headers, timeout=10)
    return answer.status_code == 200


def test_client_credentials_by_form_and_by_basic(org):
    app = org.sign_in("client_credentials")
    client_id, secret = app["client_id"], app["client_secret"]
    by_form = token(org, grant_type="client_credentials", client_id=client_id, client_secret=secret)
    by_basic = token(org, auth=(client_id, secret), grant_type="client_credentials")
    for answer in (by_form, by_basic):
        told = answer.json()
        assert told["token_type"] == "Bearer"
        assert told["instance_url"] == org.base_url
        assert "expires_in" not in told
        assert "refresh_token" not in told
        assert abs(int(told["issued_at"]) / 1000 - time.time()) < 60
        assert works(org, told)


def test_client_credentials_refused(org):
    app = org.sign_in("client_credentials")
    good = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    assert refused(token(org, **good | {"client_secret": "wrong"})) == "invalid_client"
    assert refused(token(org, **good | {"client_id": "nobody"})) == "invalid_client_id"
    assert refused(token(org, **good | {"grant_type": "password"})) == "unsupported_grant_type"
    elsewhere = requests.post(app["token_url"], data=good, headers={"Host": "login.salesforce.com"}, timeout=10)
    assert refused(elsewhere) == "invalid_grant"


def authorized(org, **changes):
    """The query that a browser would carry back to the loopback address."""
    app = org.sign_in("authorization_code")
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": app["redirect_uri"], "state": "s1"}
    answer = requests.get(app["authorize_url"], params=asked | changes, allow_redirects=False, timeout=10)
    if answer.status_code != 302:
        return answer, {}
    assert answer.headers["Location"].startswith(app["redirect_uri"])
    return answer, {name: value[0] for name, value in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_pkce_with_an_independent_client(org, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    app = org.sign_in("authorization_code")
    scope = ["api", "refresh_token"]
    client = OAuth2Session(app["client_id"], redirect_uri=app["redirect_uri"], scope=scope, pkce="S256")
    address, state = client.authorization_url(app["authorize_url"])
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    assert f"state={state}" in back
    told = client.fetch_token(app["token_url"], authorization_response=back, include_client_id=True)
    assert works(org, told)
    again = token(org, grant_type="refresh_token", client_id=app["client_id"], refresh_token=told["refresh_token"])
    assert works(org, again.json())
    assert "refresh_token" not in again.json()


def test_a_code_is_good_once_and_for_its_verifier(org):
    app = org.sign_in("authorization_code")
    form = {"grant_type": "authorization_code", "client_id": app["client_id"], "redirect_uri": app["redirect_uri"]}
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    _, back = authorized(org, code_challenge=challenge, code_challenge_method="S256")
    assert back["state"] == "s1"
    assert token(org, **form, code=back["code"], code_verifier=verifier).status_code == 200
    assert refused(token(org, **form, code=back["code"], code_verifier=verifier)) == "invalid_grant"
    _, back = authorized(org, code_challenge=challenge, code_challenge_method="S256")
    assert refused(token(org, **form, code=back["code"], code_verifier="another")) == "invalid_request"
    _, back = authorized(org, code_challenge=challenge, code_challenge_method="S256")
    assert refused(token(org, **form, code=back["code"])) == "invalid_grant"
    _, back = authorized(org)
    other = form | {"redirect_uri": "http://localhost:1717/OauthRedirect"}
    assert refused(token(org, **other, code=back["code"])) == "redirect_uri_mismatch"


def test_requests_that_cannot_be_sent_back(org):
    stranger, _ = authorized(org, redirect_uri="https://elsewhere.example/callback")
    assert stranger.status_code == 400
    assert "redirect_uri_mismatch" in stranger.text
    nobody, _ = authorized(org, client_id="nobody")
    assert "invalid_client_id" in nobody.text
    _, back = authorized(org, response_type="token")
    assert back["error"] == "unsupported_response_type"
    _, back = authorized(org, code_challenge="x", code_challenge_method="plain")
    assert back["error"] == "invalid_request"


def test_rotated_refresh_tokens(fresh):
    fresh.tenant.gate.rotate = True
    app = fresh.sign_in("authorization_code")
    _, back = authorized(fresh)
    form = {"client_id": app["client_id"], "redirect_uri": app["redirect_uri"]}
    first = token(fresh, grant_type="authorization_code", code=back["code"], **form).json()["refresh_token"]
    second = token(fresh, grant_type="refresh_token", refresh_token=first, **form).json()["refresh_token"]
    assert second != first
    assert refused(token(fresh, grant_type="refresh_token", refresh_token=first, **form)) == "invalid_grant"


def assertion(org, **changes):
    app = org.sign_in("jwt_bearer")
    claims = {
        "iss": app["client_id"],
        "sub": app["username"],
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 180,
    }
    return jwt.encode(claims | changes, app["private_key"], algorithm="RS256")


def test_jwt_bearer(org):
    told = token(org, grant_type=JWT_BEARER, assertion=assertion(org)).json()
    assert works(org, told)
    assert "refresh_token" not in told
    here = token(org, grant_type=JWT_BEARER, assertion=assertion(org, aud=org.base_url))
    assert here.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"iss": "nobody"}, {"sub": "nobody@x.example"}, {"aud": "https://x.example"}, {"exp": 1}, {"exp": 99999999999}],
)
def test_assertions_that_do_not_hold(org, changes):
    answer = token(org, grant_type=JWT_BEARER, assertion=assertion(org, **changes))
    assert refused(answer) == "invalid_grant"


def test_an_assertion_that_was_tampered_with(org):
    head, _, tail = assertion(org).split(".")
    forged = base64.urlsafe_b64encode(b'{"iss":"x"}').decode().rstrip("=")
    assert refused(token(org, grant_type=JWT_BEARER, assertion=f"{head}.{forged}.{tail}")) == "invalid_grant"
    assert refused(token(org, grant_type=JWT_BEARER, assertion="nothing")) == "invalid_grant"


def test_who_is_signed_in(org):
    app = org.sign_in("client_credentials")
    told = token(org, auth=(app["client_id"], app["client_secret"]), grant_type="client_credentials").json()
    mine = {"Authorization": f"Bearer {told['access_token']}"}
    who = requests.get(told["id"], headers=mine, timeout=10).json()
    assert who["organization_id"] == org.tenant.tenant_id
    assert who["id"] == told["id"]
    info = requests.get(f"{org.base_url}/services/oauth2/userinfo", headers=mine, timeout=10).json()
    assert info["user_id"] == who["user_id"]
    assert requests.get(told["id"], timeout=10).status_code == 403
    revoked = requests.post(f"{org.base_url}/services/oauth2/revoke", data={"token": told["access_token"]}, timeout=10)
    assert revoked.status_code == 200
    assert not works(org, told)
