"""The JWT bearer flow: the key pair of the practice app, and what is wrong with an assertion."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from console.sandbox.answering import Request

_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The private key goes to the client; its public half is what the org has registered. Both are PEM."""

    private_pem: str = field(repr=False)
    public_pem: str


def new_key_pair() -> KeyPair:
    """A throw-away RSA key pair of 2048 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private.decode(), public.decode())


def refused(keys: KeyPair, client_id: str, username: str, request: Request) -> str:
    """Why the assertion of a token request does not hold, as `error_description`; empty when it does."""
    try:
        claims = _claims(request.form.get("assertion", ""), keys.public_pem)
    except (InvalidSignature, ValueError):
        return "invalid assertion"
    audiences = claims.get("aud")
    named = audiences if isinstance(audiences, list) else [audiences]
    if not {str(each).rstrip("/") for each in named} & {*_AUDIENCES, request.origin}:
        return "audience is invalid"
    expires = claims.get("exp")
    now = time.time()
    if not isinstance(expires, int | float) or expires < now:
        return "expired authorization code"
    if expires > now + _LONGEST:
        return "invalid assertion"
    if claims.get("iss") != client_id:
        return "client identifier invalid"
    return "" if claims.get("sub") == username else "user hasn't approved this consumer"


def _claims(assertion: str, public_pem: str) -> dict[str, Any]:
    """The claims of an RS256 token. Raises InvalidSignature or ValueError."""
    signed, _, signature = assertion.rpartition(".")
    head, _, payload = signed.partition(".")
    header, claims = orjson.loads(_decoded(head)), orjson.loads(_decoded(payload))
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") != "RS256":
        raise ValueError("not an RS256 token")
    key = serialization.load_pem_public_key(public_pem.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    key.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return claims


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
