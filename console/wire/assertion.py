"""Signs the short-lived JWTs that stand in for a password at a token endpoint."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from console.wire.faults import SignInAgain
from console.words import _


def assertion(
    claims: Mapping[str, str | list[str]],
    private_key: str,
    *,
    algorithm: str = "RS256",
    key_id: str = "",
    lifetime: float = 180.0,
) -> str:
    """A signed JWT with `claims`, a random id, issued now and valid for `lifetime` seconds.

    `private_key` is PEM (PKCS 8 or the older RSA/EC form); raises `SignInAgain` when it is not or does not fit.
    """
    now = int(time.time())
    head = {"alg": algorithm, "typ": "JWT", **({"kid": key_id} if key_id else {})}
    body = {**claims, "iat": now, "exp": now + int(lifetime), "jti": uuid.uuid4().hex}
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    try:
        if kind == "EC":
            return jwt.encode(head, body, jwk.ECKey.import_key(private_key), [algorithm])
        return jwt.encode(head, body, jwk.RSAKey.import_key(private_key), [algorithm])
    except (JoseError, ValueError, TypeError):
        raise SignInAgain(
            _("The private key cannot sign {algorithm}.", algorithm=algorithm),
            _("Give the whole PEM text of a {kind} private key without passphrase.", kind=kind),
            sent=False,
        ) from None
