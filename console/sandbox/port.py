"""A tenant's port: a socket bound before anyone is told of it, and the uvicorn server behind it."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from console.sandbox.rough_wire import HANGUP
from console.sandbox.tenant import App
from console.sandbox.tls import Certificate

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_BACKLOG = 512
_KEEP_ALIVE = 75


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, telling the app how to hang up under a request."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[HANGUP] = self._hang_up

    def _hang_up(self, reset: bool) -> None:
        if reset:
            _reset_when_closed(self.transport.get_extra_info("socket").fileno())
        self.transport.abort()


def _reset_when_closed(number: int) -> None:
    """Let the connection behind a file number end with a reset instead of a goodbye."""
    wire = socket.socket(fileno=os.dup(number)) if os.name == "posix" else socket.socket(fileno=number)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    if os.name == "posix":
        wire.close()
    else:
        wire.detach()


class _Server(uvicorn.Server):
    """uvicorn's server, leaving signals to whoever runs all the ports."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes any free one. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


def address(listener: socket.socket, certificate: Certificate | None = None) -> str:
    """The base URL of a bound socket, without a slash at its end."""
    scheme = "https" if certificate else "http"
    return f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def served(
    ports: Sequence[tuple[App, socket.socket]], certificate: Certificate | None = None
) -> AsyncIterator[None]:
    """Serve each app on its bound socket until the block ends; the sockets are closed then."""
    servers = [_Server(_config(app, certificate)) for app, _ in ports]
    async with asyncio.TaskGroup() as group:
        for server, (_, listener) in zip(servers, ports, strict=True):
            group.create_task(server.serve(sockets=[listener]))
        while not all(server.started for server in servers):
            await asyncio.sleep(0)
        try:
            yield
        finally:
            for server in servers:
                server.should_exit = True


def _config(app: App, certificate: Certificate | None) -> uvicorn.Config:
    return uvicorn.Config(
        cast("Any", app),
        http=Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=1,
        ssl_certfile=str(certificate.chain) if certificate else None,
        ssl_keyfile=str(certificate.key) if certificate else None,
    )
