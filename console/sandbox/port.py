"""A tenant's port: a socket bound before anyone is told of it, and the uvicorn server behind it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from console.sandbox.rough_wire import HANGUP
from console.sandbox.tenant import App
from console.sandbox.tls import Certificate

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_BACKLOG = 512


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, telling the app how to hang up under a request."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[HANGUP] = self._hang_up  # type: ignore[typeddict-unknown-key]

    def _hang_up(self, reset: bool) -> None:
        wire = self.transport.get_extra_info("socket")
        if reset and wire is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()


def bind(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes any free one. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_REUSEADDR") and port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def address(listener: socket.socket, certificate: Certificate | None) -> str:
    """The base URL of a bound socket, without a slash at its end."""
    scheme = "https" if certificate else "http"
    return f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
