"""One HTTP request as the practice NetSuite reads it: the path as it was sent, JSON on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from console.sandbox.netsuite.refusals import unreadable
from console.sandbox.tenant import Receive, Scope

LARGEST = 104 * 1024 * 1024
"""Bytes of the largest request the vendor takes."""


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is raw, `origin` scheme and host as the client addressed them, `segments` the path's parts, decoded."""

    method: str
    path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    scheme: str
    host: str
    segments: Sequence[str]

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def query(self) -> dict[str, str]:
        """Query parameters; the last one of a name counts."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True)) if self.raw_query else {}

    def json(self) -> Any:
        """The body; raises the platform's refusal when it is not JSON."""
        try:
            return orjson.loads(self.body) if self.body else {}
        except orjson.JSONDecodeError:
            raise unreadable("Invalid content in the request body. Provide valid JSON.") from None


async def read(scope: Scope, receive: Receive) -> Request:
    """The whole request; one that is larger than the vendor takes is cut off there and will not parse."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= LARGEST:
            chunks.append(chunk)
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    return Request(
        scope["method"],
        path,
        scope["query_string"].decode("latin-1"),
        headers,
        chunks[0] if len(chunks) == 1 else b"".join(chunks),
        scope["scheme"],
        headers.get("host", "localhost"),
        [unquote(each) if "%" in each else each for each in path.split("/") if each],
    )
