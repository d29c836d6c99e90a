"""Both ways into NetSuite, against independent readers of what they send."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.platforms.netsuite import connect
from console.platforms.netsuite.sign_in import TOKEN_PATH, host_of, realm_of, service_url
from console.wire.faults import SignInAgain, Unexpected
from console.wire.http import Wire
from tests.console.platforms.netsuite.account import ACCOUNT, SECRETS, furnished, with_connector


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


KEYS = {
    "PS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
}


@pytest.mark.parametrize(
    ("account", "realm", "host"),
    [
        ("1234567_SB1", "1234567_SB1", "1234567-sb1"),
        ("1234567-sb1", "1234567_SB1", "1234567-sb1"),
        (" tstdrv99 ", "TSTDRV99", "tstdrv99"),
    ],
)
def test_host_and_realm_write_the_account_differently(account: str, realm: str, host: str) -> None:
    assert realm_of(account) == realm
    assert host_of(account) == host
    assert service_url(account) == f"https://{host}.suitetalk.api.netsuite.com"


def test_every_request_is_signed_so_that_oauthlib_agrees() -> None:
    account = furnished()
    with_connector(account, lambda ns: ns.check())
    assert len(account.nonces) == len(account.seen)


def test_a_wrong_account_asks_to_sign_in_again() -> None:
    account = furnished()
    with pytest.raises(SignInAgain) as refused:
        with_connector(account, lambda ns: ns.check(), account="7654321")
    assert refused.value.vendor_code == "INVALID_LOGIN"
    assert len(account.seen) == 1


@pytest.mark.parametrize("missing", ["consumer_key", "token_secret", "account"])
def test_a_missing_value_is_named(missing: str) -> None:
    fields = {"account": ACCOUNT, "base_url": "http://127.0.0.1:9", **SECRETS, missing: ""}
    with pytest.raises(SignInAgain, match=missing):
        connect(fields, {}, transport=Wire())


def test_an_unknown_way_in_is_refused() -> None:
    with pytest.raises(SignInAgain, match="password"):
        connect({"account": ACCOUNT, "sign_in": "password"}, SECRETS, transport=Wire())


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(Unexpected, match="Mars"):
        connect({"account": ACCOUNT, "time_zone": "Mars/Olympus"}, SECRETS, transport=Wire())


def test_nothing_shows_a_secret() -> None:
    connector = connect({"account": ACCOUNT}, SECRETS, transport=Wire(connection="erp"))
    assert not any(secret in repr(connector) for secret in SECRETS.values())


class TokenServer:
    """A token endpoint that checks the assertion with the public key, and one resource behind it."""

    def __init__(self, algorithm: str, expires_in: object = "3600") -> None:
        self.algorithm = algorithm
        self.expires_in = expires_in
        self.forms: list[dict[str, list[str]]] = []
        self.claims: list[dict[str, object]] = []
        self.headers: list[dict[str, object]] = []
        self.refuse = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(TOKEN_PATH, self._token, methods=["POST"]),
                Route("/services/rest/query/v1/suiteql", self._query, methods=["POST"]),
            ]
        )

    async def _token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        public = KEYS[self.algorithm].public_key()
        text = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        key = jwk.RSAKey.import_key(text) if self.algorithm == "PS256" else jwk.ECKey.import_key(text)
        token = jwt.decode(form["client_assertion"][0], key, algorithms=[self.algorithm])
        self.forms.append(form)
        self.claims.append(dict(token.claims))
        self.headers.append(dict(token.header))
        return JSONResponse(
            {"access_token": f"token-{len(self.forms)}", "expires_in": self.expires_in, "token_type": "bearer"}
        )

    async def _query(self, request: Request) -> Response:
        if self.refuse:
            self.refuse -= 1
            return JSONResponse({"o:errorDetails": [{"o:errorCode": "INVALID_LOGIN", "detail": "Expired."}]}, 401)
        assert request.headers["authorization"] == f"Bearer token-{len(self.forms)}"
        return JSONResponse({"items": [], "hasMore": False})


def ask(server: TokenServer, times: int = 1, **fields: str) -> str:
    async def run() -> str:
        config = uvicorn.Config(server.app(), port=0, log_level="critical", lifespan="off", http="h11", ws="none")
        running = uvicorn.Server(config)
        task = asyncio.create_task(running.serve())
        while not running.started:
            await asyncio.sleep(0.005)
        base_url = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
        given = {
            "sign_in": "client_credentials",
            "account": ACCOUNT,
            "base_url": base_url,
            "client_id": "client-of-the-test",
            "certificate_id": "certificate-1",
            **fields,
        }
        private_key = {"private_key": pem(KEYS[server.algorithm])}
        connector = connect(given, private_key, transport=Wire(connection="erp"))
        try:
            for _time in range(times):
                await connector.find_many("tax_code", []) if _time else await _first(connector)
        finally:
            await connector.close()
            running.should_exit = True
            await task
        return base_url

    return asyncio.run(run())


async def _first(connector: object) -> None:
    assert [batch async for batch in connector.read("tax_code")]  # type: ignore[attr-defined]


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_an_assertion_is_signed_as_the_key_allows(algorithm: str) -> None:
    server = TokenServer(algorithm)
    base_url = ask(server)
    (form,), (claims,), (header,) = server.forms, server.claims, server.headers
    assert header["kid"] == "certificate-1"
    assert (header["typ"], header["alg"]) == ("JWT", algorithm)
    assert claims["iss"] == "client-of-the-test"
    assert claims["aud"] == base_url + TOKEN_PATH
    assert claims["scope"] == ["rest_webservices"]
    assert 0 < int(str(claims["exp"])) - int(str(claims["iat"])) < 3600
    assert form["grant_type"] == ["client_credentials"]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]


def test_one_token_serves_many_calls() -> None:
    server = TokenServer("ES256")
    ask(server, times=3)
    assert len(server.forms) == 1


def test_a_token_that_ended_is_minted_again() -> None:
    server = TokenServer("ES256", expires_in=3600)
    server.refuse = 1
    ask(server)
    assert len(server.forms) == 2


def test_a_key_that_is_none_is_a_sign_in_to_mend() -> None:
    connector = connect(
        {
            "sign_in": "client_credentials",
            "account": ACCOUNT,
            "base_url": "http://127.0.0.1:9",
            "client_id": "c",
            "certificate_id": "x",
        },
        {"private_key": "no key at all"},
        transport=Wire(connection="erp"),
    )
    with pytest.raises(SignInAgain, match="private key"):
        asyncio.run(connector.check())
