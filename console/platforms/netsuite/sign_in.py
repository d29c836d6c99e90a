"""NetSuite's ways in: token-based authentication (OAuth 1.0a), a signed assertion, and a person's refresh token."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from console.wire.assertion import assertion
from console.wire.faults import SignInAgain
from console.wire.http import Wire
from console.wire.oauth1 import OAuth1
from console.wire.sign_in import OAuth2, Refreshing
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
    SignIn(
        "authorization_code",
        "In your browser",
        (
            ConnectField("client_id", "Client id of the integration record."),
            ConnectField("client_secret", "Only when the record is no public client.", secret=True, required=False),
            ConnectField(
                "redirect_uri",
                "Redirect address registered at the record, on this computer.",
                required=False,
                default="http://localhost:1717/callback",
            ),
            ConnectField("scope", "Scopes to ask for, comma separated.", required=False, default="rest_webservices"),
            ConnectField("authorize_url", "Sign-in page, where it is not the account's own.", required=False),
            ConnectField("token_url", "Token address, where it is not below the service URL.", required=False),
            ConnectField("refresh_token", "Comes from signing in.", secret=True, required=False),
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


def token_address(values: Mapping[str, str]) -> str:
    """Where tokens are given out: the address that was given, else the one below the service address."""
    base_url = (values.get("base_url") or service_url(values.get("account", ""))).rstrip("/")
    return values.get("token_url") or base_url + TOKEN_PATH


def credential(values: Mapping[str, str], wire: Wire) -> httpx.Auth:
    """What signs every request; raises `SignInAgain` when a value is missing or the private key is no use."""
    match values.get("sign_in") or "token_based":
        case "token_based":
            return OAuth1(
                consumer_key=given(values, "consumer_key"),
                consumer_secret=given(values, "consumer_secret"),
                token_id=given(values, "token_id"),
                token_secret=given(values, "token_secret"),
                realm=realm_of(given(values, "account")),
                wire=wire,
            )
        case "client_credentials":
            return _client_credentials(values, wire)
        case "authorization_code":
            return Refreshing(
                wire,
                token_address(values),
                client_id=given(values, "client_id"),
                client_secret=values.get("client_secret", ""),
                refresh_token=given(values, "refresh_token"),
                explain=explain,
                in_header=True,
            )
        case other:
            raise SignInAgain(
                _("NetSuite has no sign-in named {name}.", name=other),
                _("Choose token_based, client_credentials or authorization_code."),
                sent=False,
            )


def _client_credentials(values: Mapping[str, str], wire: Wire) -> OAuth2:
    private_key = given(values, "private_key")
    wire.redaction.learn(private_key)
    token_url = token_address(values)
    scopes = [each.strip() for each in (values.get("scope") or "rest_webservices").split(",") if each.strip()]
    claims: dict[str, str | list[str]] = {"iss": given(values, "client_id"), "scope": scopes, "aud": token_url}
    algorithm, certificate = _algorithm(private_key), given(values, "certificate_id")

    def form() -> Mapping[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": assertion(claims, private_key, algorithm=algorithm, key_id=certificate),
        }

    return OAuth2(wire, token_url, form, explain=explain, repeatable=True)


def _algorithm(private_key: str) -> str:
    """The algorithm NetSuite takes for this key: RSA-PSS, or ECDSA by curve. Nonsense fails when it is first used."""
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError):
        return "PS256"
    return _CURVES.get(key.key_size, "ES256") if isinstance(key, EllipticCurvePrivateKey) else "PS256"


def explain(code: str, text: str) -> tuple[str, str] | None:
    """NetSuite's own sign-in errors; None leaves the usual words."""
    if code not in ("invalid_client", "invalid_grant", "invalid_request"):
        return None
    return (
        _("NetSuite does not accept the certificate or the integration record."),
        _("Check client id, certificate id and key against OAuth 2.0 Client Credentials Setup in NetSuite."),
    )


def given(values: Mapping[str, str], name: str) -> str:
    """A value of the credential; raises `SignInAgain` where it is empty."""
    value = values.get(name, "").strip()
    if not value:
        raise SignInAgain(_("The field {name} is empty.", name=name), _("Fill it in on the Connect form."), sent=False)
    return value
