"""JWTs for token endpoints, read back by their public key."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwk, jwt

from console.wire.assertion import assertion
from console.wire.faults import SignInAgain


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


RSA = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
EC = pem(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", RSA), ("PS256", RSA), ("ES256", EC)])
def test_an_assertion_can_be_verified(algorithm: str, key: str) -> None:
    text = assertion({"iss": "app", "scope": ["a", "b"]}, key, algorithm=algorithm, key_id="cert-1", lifetime=60)
    public = jwk.import_key(key, "EC" if algorithm == "ES256" else "RSA")
    token = jwt.decode(text, public, [algorithm])
    assert token.header["kid"] == "cert-1" and token.claims["iss"] == "app" and token.claims["scope"] == ["a", "b"]
    assert token.claims["exp"] - token.claims["iat"] == 60
    assert assertion({}, key, algorithm=algorithm) != assertion({}, key, algorithm=algorithm)


@pytest.mark.parametrize(("key", "algorithm"), [("not a key", "RS256"), (EC, "PS256"), (RSA, "ES256"), ("", "ES256")])
def test_a_key_that_does_not_fit_is_a_sentence_without_the_key(key: str, algorithm: str) -> None:
    with pytest.raises(SignInAgain) as caught:
        assertion({}, key, algorithm=algorithm)
    assert algorithm in caught.value.sentence and (not key or key not in repr(caught.value))
