"""The doctor: what must be true of this machine and this workspace, each in one line."""

from __future__ import annotations

import shutil
import ssl
import sys
from pathlib import Path
from typing import Any

from console.vault import trusted_keyring
from console.words import _
from local_db import audit, connections
from local_db.store import Store

ROOM = 500 * 1024 * 1024


def _line(check: str, ok: bool, sentence: str) -> dict[str, Any]:
    return {"check": check, "ok": ok, "sentence": sentence}


def machine() -> list[dict[str, Any]]:
    """Python, TLS and the place for credentials."""
    backend = trusted_keyring()
    kept = _("the system keyring") if backend else _("a sealed file; its passphrase is asked")
    return [
        _line("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        _line(
            "tls",
            bool(ssl.create_default_context().get_ca_certs() or ssl.get_default_verify_paths().cafile),
            ssl.OPENSSL_VERSION,
        ),
        _line("credentials", True, kept),
    ]


def workspace(store: Store) -> list[dict[str, Any]]:
    """The store, its disk, its audit chain and its connections."""
    with store.reading() as db:
        broken = audit.verify(db)
        rows = connections.every(db)
    lines = [
        _line("store", True, store.where),
        _line("audit", broken is None, _("the chain holds") if broken is None else broken.sentence),
    ]
    if not store.where.startswith("postgresql"):
        free = shutil.disk_usage(Path(store.where).parent).free
        lines.append(_line("disk", free > ROOM, _("{free} MB free", free=free // (1024 * 1024))))
    lines += [_line(f"connection {row.id}", row.state == "connected", row.sentence or row.state) for row in rows]
    return lines
