"""The shortest way from an ASGI request to an answer: one function of a whole request, no routing table between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from console.sandbox.tenant import App, Receive, Scope, Send

JSON_TYPE = (b"content-type", b"application/json;charset=UTF-8")


@dataclass
class Request:
    """One HTTP request, read to its end. `segments` are the parts of the path, percent-decoded one by one."""

    method: str
    segments: Sequence[str]
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    origin: str
    """Scheme and host as the client knows them: `https://127.0.0.1:8443`."""
    state: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; the last one of a name counts."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form-encoded body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status, a body and headers beyond its length."""

    status: int
    body: bytes = b""
    headers: Sequence[tuple[bytes, bytes]] = ()


def as_json(status: int, value: Any, headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    return Answer(status, orjson.dumps(value), (JSON_TYPE, *headers))


def app_of(handle: Callable[[Request], Answer]) -> App:
    """The ASGI app around a function that answers without awaiting: look-up and commit are one step."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = handle(await _read(scope, receive))
        headers = list(answer.headers)
        if answer.status not in (204, 304):
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    return app


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    raw = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        segments=[_decoded(each) for each in raw.decode("latin-1").split("/") if each],
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        origin=f"{scope['scheme']}://{headers.get('host', 'localhost')}",
    )


def _decoded(segment: str) -> str:
    return unquote(segment) if "%" in segment else segment
