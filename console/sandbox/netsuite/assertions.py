"""Signed client assertions: the JWTs a machine shows for an access token, and the key pairs they are checked with."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

LONGEST = 3600
"""Seconds an assertion may live; the vendor wants less than sixty minutes."""
_SKEW = 60

_HASHES: Mapping[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}


class Faulty(Exception):
    """The assertion proves nothing; the text says why, for the practice log only."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """An uploaded certificate: `number` is the vendor's certificate id, the `kid` of assertions."""

    number: str
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def new_key_pair(algorithm: str) -> tuple[Certificate, str]:
    """A certificate and its private key as PEM (PKCS 8); `algorithm` is PS256 (RSA 2048) or one of ES256/384/512."""
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if algorithm.startswith("PS"):
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        private = ec.generate_private_key(
            {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "512": ec.SECP521R1()}[algorithm[2:]]
        )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return Certificate(secrets.token_urlsafe(32), private.public_key()), pem


def claims_of(
    assertion: str, certificates: Mapping[str, tuple[str, Certificate]], audience: str, now: float
) -> dict[str, Any]:
    """The claims of a valid assertion; raises `Faulty` otherwise.

    `certificates` maps certificate ids to the client id they were uploaded for and the certificate. Only PS256, PS384,
    PS512, ES256, ES384 and ES512 are taken; `aud` must name the token page, `iss` the client, and `exp` lie within
    the hour.
    """
    try:
        head, body, mark = assertion.split(".")
        header, claims, signed = orjson.loads(_bytes(head)), orjson.loads(_bytes(body)), _bytes(mark)
    except ValueError:
        raise Faulty("not a JWT") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Faulty("not a JWT of objects")
    known = certificates.get(str(header.get("kid")))
    if known is None or claims.get("iss") != known[0]:
        raise Faulty("unknown certificate or client")
    _check_signature(str(header.get("alg")), known[1], f"{head}.{body}".encode(), signed)
    _check_times(claims, now)
    if audience not in _listed(claims.get("aud")):
        raise Faulty("meant for somebody else")
    return claims


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    issued, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float) or not isinstance(ends, int | float):
        raise Faulty("no times")
    if issued > now + _SKEW or ends <= now or ends - issued > LONGEST:
        raise Faulty("not valid now, or for too long")


def _check_signature(algorithm: str, certificate: Certificate, text: bytes, signed: bytes) -> None:
    public, digest = certificate.public, _HASHES.get(algorithm[2:])
    if digest is None:
        raise Faulty(f"{algorithm} is not taken")
    try:
        if algorithm[:2] == "PS" and isinstance(public, rsa.RSAPublicKey):
            salted = padding.PSS(mgf=padding.MGF1(digest), salt_length=padding.PSS.AUTO)
            public.verify(signed, text, salted, digest)
        elif isinstance(public, ec.EllipticCurvePublicKey) and _CURVES.get(algorithm) == public.curve.name:
            half = (public.curve.key_size + 7) // 8
            if len(signed) != 2 * half:
                raise Faulty("a signature of the wrong length")
            pair = int.from_bytes(signed[:half]), int.from_bytes(signed[half:])
            public.verify(encode_dss_signature(*pair), text, ec.ECDSA(digest))
        else:
            raise Faulty(f"{algorithm} does not fit the certificate")
    except InvalidSignature:
        raise Faulty("a wrong signature") from None
