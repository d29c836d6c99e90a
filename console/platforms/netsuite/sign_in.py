"""NetSuite's two ways in: token-based authentication (OAuth 1.0a) and client credentials with a signed assertion."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from console.wire.assertion import assertion
from console.wire.faults import SignInAgain
from console.wire.http import Wire
from console.wire.oauth1 import OAuth1
from console.wire.sign_in import OAuth2
from console.wire.surface import ConnectField, SignIn
from console.words import _

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_CURVES: Mapping[int, str] = {256: "ES256", 384: "ES384", 521: "ES512"}

SIGN_INS = (
    SignIn(
        "token_based",
        "Token-based authentication",
        (
            ConnectField("consumer_key", "Consumer key of the integration record.", secret=True),
            ConnectField("consumer_secret", "Consumer secret, shown once when the record was made.", secret=True),
            ConnectField("token_id", "Access token id of the integration user and role.", secret=True),
            ConnectField("token_secret", "Access token secret, shown once.", secret=True),
        ),
    ),
    SignIn(
        "client_credentials",
        "OAuth 2.0 with a certificate",
        (
            ConnectField("client_id", "Client id of the integration record."),
            ConnectField("certificate_id", "Id that NetSuite gave the uploaded certificate."),
            ConnectField("private_key", "Private key of the certificate, as PEM text.", secret=True),
            ConnectField("scope", "Scopes to ask for, comma separated.", required=False, default="rest_webservices"),
            ConnectField("token_url", "Token address, where it is not below the service URL.", required=False),
        ),
    ),
)


def realm_of(account: str) -> str:
    """The account id as a signature names it: upper case with underscores, `1234567_SB1`."""
    return account.strip().upper().replace("-", "_")


def host_of(account: str) -> str:
    """The account id as host names carry it: lower case with dashes, `1234567-sb1`."""
    return account.strip().lower().replace("_", "-")


def service_url(account: str) -> str:
    return f"https://{host_of(account)}.suitetalk.api.netsuite.com"


def credential(values: Mapping[str, str], base_url: str, wire: Wire) -> httpx.Auth:
    """What signs every request; raises `SignInAgain` when a value is missing or the private key is no use."""
    match values.get("sign_in") or "token_based":
        case "token_based":
            return OAuth1(
                consumer_key=_given(values, "consumer_key"),
                consumer_secret=_given(values, "consumer_secret"),
                token_id=_given(values, "token_id"),
                token_secret=_given(values, "token_secret"),
                realm=realm_of(_given(values, "account")),
                wire=wire,
            )
        case "client_credentials":
            return _client_credentials(values, base_url, wire)
        case other:
            raise SignInAgain(
                _("NetSuite has no sign-in named {name}.", name=other),
                _("Choose token_based or client_credentials."),
                sent=False,
            )


def _client_credentials(values: Mapping[str, str], base_url: str, wire: Wire) -> OAuth2:
    private_key = _given(values, "private_key")
    wire.redaction.learn(private_key)
    token_url = values.get("token_url") or base_url + TOKEN_PATH
    scopes = [each.strip() for each in (values.get("scope") or "rest_webservices").split(",") if each.strip()]
    claims: dict[str, str | list[str]] = {"iss": _given(values, "client_id"), "scope": scopes, "aud": token_url}
    algorithm, certificate = _algorithm(private_key), _given(values, "certificate_id")

    def form() -> Mapping[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": assertion(claims, private_key, algorithm=algorithm, key_id=certificate),
        }

    return OAuth2(wire, token_url, form, explain=_explain, repeatable=True)


def _algorithm(private_key: str) -> str:
    """The algorithm NetSuite takes for this key: RSA-PSS, or ECDSA by curve. Nonsense fails when it is first used."""
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        return "PS256"
    return _CURVES.get(key.key_size, "ES256") if isinstance(key, EllipticCurvePrivateKey) else "PS256"


def _explain(code: str, text: str) -> tuple[str, str] | None:
    if code not in ("invalid_client", "invalid_grant", "invalid_request"):
        return None
    return (
        _("NetSuite does not accept the certificate or the integration record."),
        _("Check client id, certificate id and key against OAuth 2.0 Client Credentials Setup in NetSuite."),
    )


def _given(values: Mapping[str, str], name: str) -> str:
    value = values.get(name, "").strip()
    if not value:
        raise SignInAgain(_("The field {name} is empty.", name=name), _("Fill it in on the Connect form."), sent=False)
    return value
