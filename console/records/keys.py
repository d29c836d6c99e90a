"""Names that stay the same: refs of records, and the business keys that make a write unrepeatable."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_-]")
_PLAIN = re.compile(r"[A-Za-z0-9_]+")
_TAIL = 20
"""Characters of the digest that ends a key which could not stay readable: 100 bits."""
_READABLE = 32


class Ref(NamedTuple):
    """One record on one platform: connection, kind (our word) and the platform's own id."""

    connection: str
    kind: str
    remote_id: str

    def __str__(self) -> str:
        return f"{self.connection}/{self.kind}/{self.remote_id}"


@lru_cache(maxsize=16_384)
def parse_ref(text: str) -> Ref:
    """The ref behind `connection/kind/remote id`; a remote id may itself hold slashes. Raises ValueError."""
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

    Letters, digits, `_` and `-` only, at most `limit` (from 16) characters. A piece with anything but letters, digits
    and `_`, or a readable form that is too long, has a digest of the whole at its end (or, below 32 characters,
    nothing else), so two different sources never share a key.
    """
    plain = f"TO{tag}-{kind}-{remote_id}-{part}" if part else f"TO{tag}-{kind}-{remote_id}"
    if len(plain) <= limit and _PLAIN.fullmatch(remote_id) and (not part or _PLAIN.fullmatch(part)):
        return plain
    tail = _digest(repr((tag, kind, remote_id, part)), _TAIL)
    if limit < _READABLE:
        return tail[:limit]
    return f"{_FORBIDDEN.sub('_', plain)[: limit - _TAIL - 1]}-{tail}"
