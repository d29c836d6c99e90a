"""A platform's endpoint with nothing behind it: pages rendered beforehand, and writes that are only acknowledged.

`python -m tests.benchmarks.endpoint ENTRIES PROJECTS [CHANGED ROUND]` prints its port and serves until its input ends.
With CHANGED it serves that many of the newest entries (every fifth), each changed after all of them were read: what
people change is recent work. Every ROUND (from 0 to 4) changes others, later.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qsl

import orjson

from tests.benchmarks.entries import CHANGED_FROM
from tests.benchmarks.envelope import beside_json, result_json, row_json

ROOT = Path(__file__).resolve().parents[2]
PAGE, FIFTH = 200, 5
QUIET = 600
"""Seconds between the last entry that was read and the first that changed afterwards."""
_EMPTY = b'{"count":0,"results":[],"subscribed_events":{},"timesheet_submissions":{}}'


@dataclass(frozen=True, slots=True)
class Entries:
    """Rendered entries in the order of their change: one a second from second `since` on."""

    rows: list[bytes]
    results: list[bytes]
    numbers: list[int]
    beside: list[bytes]
    since: int
    projects: int

    @classmethod
    def of(cls, entries: int, projects: int, changed: int = 0, number: int = 0) -> Entries:
        since = entries + (QUIET + changed) * number + QUIET if changed else 0
        first = entries - FIFTH * changed + number if changed else 0
        numbers = list(range(first, entries, FIFTH)) if changed else list(range(entries))
        version = 1 if changed else 0
        return cls(
            [row_json(n, projects, since + k, version) for k, n in enumerate(numbers)],
            [result_json(n) for n in numbers],
            numbers,
            [beside_json(numbers[at : at + PAGE], projects) for at in range(0, len(numbers), PAGE)],
            since,
            projects,
        )

    def page(self, query: dict[str, str]) -> bytes:
        """One page: by number, or by offset and limit, of what changed after a time or of all."""
        first = 0
        if "updated_after" in query:
            after = datetime.fromisoformat(query["updated_after"])
            first = min(max(0, int((after - CHANGED_FROM).total_seconds()) - self.since), len(self.rows))
        size = int(query.get("limit") or query.get("per_page") or PAGE)
        skipped = int(query["offset"]) if "offset" in query else (int(query.get("page", "1")) - 1) * size
        start, end = first + skipped, min(first + skipped + size, len(self.rows))
        count = len(self.rows) - first
        return b'{"count":%d,"meta":{"count":%d,"page_count":%d},"results":[%s],"time_entries":{%s},%s}' % (
            count,
            count,
            -(-count // size),
            b",".join(self.results[start:end]),
            b",".join(self.rows[start:end]),
            self._beside(start, end),
        )

    def _beside(self, start: int, end: int) -> bytes:
        """What is beside these rows: rendered already where they are a page by its number."""
        if start % PAGE == 0 and end - start == PAGE:
            return self.beside[start // PAGE]
        return beside_json(self.numbers[start:end], self.projects)


class Endpoint(asyncio.Protocol):
    """Speaks as much HTTP as the contestants' clients do."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end]
            whole = end + 4 + _length(head)
            if len(self._held) < whole:
                return
            body, self._held = self._held[end + 4 : whole], self._held[whole:]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        method, target, _version = head.split(b"\r\n", 1)[0].decode().split(" ")
        path, _mark, query = target.partition("?")
        if method == "PUT":
            answer = b'{"id":"%s"}' % path.rsplit("/", 1)[-1].encode()
        elif path.endswith("/time_entries"):
            answer = self._entries.page(dict(parse_qsl(query)))
        else:
            answer = _EMPTY
        named = f"content-type: application/json\r\ndate: {formatdate(usegmt=True)}\r\ncontent-length: {len(answer)}"
        self._transport.write(f"HTTP/1.1 200 OK\r\n{named}\r\n\r\n".encode() + answer)


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def _serve(entries: Entries) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Endpoint(entries), "127.0.0.1", 0)
    print(orjson.dumps(server.sockets[0].getsockname()[1]).decode(), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@contextlib.contextmanager
def serving(entries: int, projects: int, changed: int = 0, number: int = 0) -> Iterator[str]:
    """The address of an endpoint in a child process, for as long as it is needed."""
    command = [sys.executable, "-m", __name__, *map(str, (entries, projects, changed, number))]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None and child.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(30)


if __name__ == "__main__":
    asyncio.run(_serve(Entries.of(*map(int, sys.argv[1:]))))
