"""Serves a stand-in for a platform on a real loopback socket for the length of a test, good and bad manners alike."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
import orjson


@dataclass(slots=True)
class Asked:
    """One request a stand-in saw."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    target: str = ""

    def json(self) -> Any:
        return orjson.loads(self.body)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(slots=True)
class Reply:
    """One answer. `cut` sends only so many bytes of the body and hangs up; `pause` waits before it, in seconds."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    pause: float = 0.0


HANG_UP = Reply(cut=-1)
"""Close the connection without any answer."""
Answering = Callable[[Asked], Reply]


def told(value: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON answer; `retry_after=3` becomes the header retry-after."""
    named = {name.replace("_", "-"): str(text) for name, text in headers.items()}
    return Reply(status, orjson.dumps(value), {"content-type": "application/json", **named})


class StandIn:
    """Answers with one function and keeps every request it saw."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.url = ""

    def paths(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while asked := await _request(reader):
                self.asked.append(asked)
                if not await _respond(writer, self.answer(asked)):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


_OF_THE_HOP = frozenset(("connection", "content-length", "content-encoding", "transfer-encoding", "keep-alive"))


def through(upstream: str, alter: Callable[[Asked, Reply], Reply]) -> Answering:
    """Stands between a client and `upstream` and may alter every answer; the host the client named is kept."""

    def answer(asked: Asked) -> Reply:
        headers = {name: value for name, value in asked.headers.items() if name not in _OF_THE_HOP}
        given = httpx.request(
            asked.method, upstream + asked.target, headers=headers, content=asked.body, trust_env=False, timeout=30
        )
        kept = {name: value for name, value in given.headers.items() if name not in _OF_THE_HOP}
        return alter(asked, Reply(given.status_code, given.content, kept))

    return answer


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _version = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _mark, query = target.partition("?")
    return Asked(method, unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers, body, target)


async def _respond(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    """Send an answer; False when the connection ends with it."""
    await asyncio.sleep(reply.pause)
    if reply.cut == -1:
        return False
    length = "" if reply.status == 204 else f"content-length: {len(reply.body)}\r\n"
    named = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    writer.write(f"HTTP/1.1 {reply.status} Told\r\n{length}{named}\r\n".encode("latin-1"))
    writer.write(reply.body if reply.cut is None else reply.body[: reply.cut])
    await writer.drain()
    return reply.cut is None


@contextlib.contextmanager
def served(answer: Answering, tls: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    """A stand-in while it is served; its address is `url`."""
    stand_in = StandIn(answer)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(stand_in.serve, "127.0.0.1", 0, ssl=tls, limit=2**24))
    port = server.sockets[0].getsockname()[1]
    stand_in.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield stand_in
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    """Close the server and whatever still listens to a client."""
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await server.wait_closed()
    await asyncio.sleep(0)
