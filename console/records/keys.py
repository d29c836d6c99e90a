"""Names that stay the same: refs of records, and the business keys that make a write unrepeatable."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import NamedTuple

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_-]")


class Ref(NamedTuple):
    """One record on one platform: connection, kind (our word) and the platform's own id."""

    connection: str
    kind: str
    remote_id: str

    def __str__(self) -> str:
        return f"{self.connection}/{self.kind}/{self.remote_id}"


def parse_ref(text: str) -> Ref:
    """The ref behind `connection/kind/remote id`; a remote id may itself hold slashes."""
    connection, kind, remote_id = text.split("/", 2)
    return Ref(connection, kind, remote_id)


def _digest(text: str, length: int) -> str:
    raw = hashlib.blake2b(text.encode(), digest_size=20).digest()
    return base64.b32encode(raw).decode().rstrip("=").lower()[:length]


def tenant_tag(platform: str, tenant: str) -> str:
    """Eight letters and digits that name a tenant of a platform wherever it is connected from."""
    return _digest(f"{platform}\n{tenant}", 8)


def business_key(tag: str, kind: str, remote_id: str, part: str = "", limit: int = 64) -> str:
    """The name our write carries for ever: source tenant tag, kind, remote id and part, never workspace or edit.

    Letters, digits, `_` and `-` only. When the readable form holds anything else or is longer than `limit`
    characters, its end is a digest of the whole, so two different sources never share a key.
    """
    plain = "-".join(piece for piece in (f"TO{tag}", kind, remote_id, part) if piece)
    clean = _FORBIDDEN.sub("_", plain)
    if clean == plain and len(clean) <= limit:
        return clean
    tail = _digest("\n".join((tag, kind, remote_id, part)), 20)
    return f"{clean[: limit - 21]}-{tail}"
