"""Verbs run as people run them, against platforms that misbehave on real sockets, and what must never be seen after."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.cli import main
from local_db import book, coverage, holds, requests
from local_db.coverage import Coverage
from local_db.holds import HoldRow
from local_db.store import Store
from tests.loopback import Asked, Reply, StandIn, served, through, told
from tests.sandbox import ROOT, Sandbox, running

Alter = Callable[[Asked, Reply], Reply]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def refused(self, *words: str, code: int = 1) -> str:
        """The one line of a refusal, which must say these words."""
        assert self.code == code, (self.code, self.out, self.err)
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        for word in words:
            assert word in lines[0], lines[0]
        return lines[0]


def verb(*words: str, given: object = None) -> Outcome:
    """Run one verb in this process; `given` is what standard input holds (bytes, or anything as JSON)."""
    raw = given if isinstance(given, bytes) else b"" if given is None else json.dumps(given).encode()
    out, err = io.StringIO(), io.StringIO()
    argv, stdin = sys.argv, sys.stdin
    sys.argv, sys.stdin = ["tieout", *words], io.TextIOWrapper(io.BytesIO(raw))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main()
    finally:
        sys.argv, sys.stdin = argv, stdin
    return Outcome(code, out.getvalue(), err.getvalue())


def started(*words: str, **how: Any) -> subprocess.Popen[str]:
    """Start one verb as a process of its own, without a terminal."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **how,
    )


def apart(*words: str, given: object = None, **how: Any) -> Outcome:
    """Run one verb in a process of its own."""
    with started(*words, **how) as process:
        out, err = process.communicate("" if given is None else json.dumps(given), timeout=60)
    return Outcome(process.returncode, out, err)


def connected(
    workspace: Path, key: str, base_url: str, sign_in: Mapping[str, Any], name: str = "", *more: str
) -> Outcome:
    """Connect with a sign-in exactly as the practice platforms print it."""
    named = ["--name", name] if name else []
    words = ["connect", key, "--workspace", str(workspace), "--field", f"base_url={base_url}", *named, *more]
    return verb(*words, "--secrets", "-", "--json", given=dict(sign_in))


@dataclass(frozen=True, slots=True)
class Desk:
    """One workspace as the tests look into it."""

    path: Path

    def __call__(self, *words: str, given: object = None) -> Outcome:
        return verb(*words, "--workspace", str(self.path), given=given)

    def holds(self, problem: str = "") -> list[HoldRow]:
        with self._read() as store, store.reading() as db:
            return holds.every(db, problem=problem)

    def coverage(self, connection: str, kind: str) -> Coverage | None:
        with self._read() as store, store.reading() as db:
            return coverage.of(db, connection, kind)

    @contextlib.contextmanager
    def _read(self) -> Iterator[Store]:
        store = Store.open(self.path)
        try:
            yield store
        finally:
            store.close()

    def names(self, kind: str) -> list[str]:
        """The names of a kind as the book has them."""
        with self._read() as store, store.reading() as db:
            return [str(getattr(each, "name", "")) for each in book.current(db, kind)]

    def count(self, kind: str) -> int:
        with self._read() as store, store.reading() as db:
            return sum(1 for _each in book.current(db, kind))

    def asked(self) -> list[str]:
        """What a person asked for and nobody has done yet."""
        with self._read() as store, store.reading() as db:
            return [each.kind for each in requests.open_ones(db)]

    def everything(self) -> bytes:
        """The bytes of the workspace as it lies on the disk, its log included; credentials are kept elsewhere."""
        ends = ("", "-wal", "-shm")
        files = [self.path.with_name(self.path.name + end) for end in ends]
        return b"".join(each.read_bytes() for each in files if each.exists())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "w.tieout")


@pytest.fixture(scope="package")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """All practice platforms, with a little past, shared by the tests that change nothing in them."""
    journal = tmp_path_factory.mktemp("practice") / "journal.jsonl"
    with running(journal, "--history", "3m", "--foreign-keys") as ready:
        yield ready


@pytest.fixture(scope="package")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    """Kantata over TLS, and the certificate of its authority."""
    folder = tmp_path_factory.mktemp("tls")
    with running(folder / "journal.jsonl", "--history", "0m", "--platform", "kantata", "--tls", str(folder)) as ready:
        yield ready, folder / "ca.pem"


@contextlib.contextmanager
def between(practice: Sandbox, key: str, alter: Alter) -> Iterator[StandIn]:
    """A practice platform reached through somebody who may alter each answer."""
    with served(through(practice.base_url(key), alter)) as stand_in:
        yield stand_in


def unaltered(asked: Asked, reply: Reply) -> Reply:
    return reply


def secrets_of(sign_in: Mapping[str, Any]) -> list[str]:
    """The values of a sign-in that nobody may see: keys line by line, as they would be found in a dump."""
    closed = ("secret", "token", "private_key", "consumer_key")
    names = [name for name in sign_in if any(word in name for word in closed) and "url" not in name]
    values = [str(sign_in[name]) for name in names]
    lines = [line for value in values for line in value.splitlines()]
    return [line for line in lines if len(line) > 20 and "PRIVATE KEY" not in line]


def assert_unseen(secrets: Iterable[str], *places: str | bytes) -> None:
    for place in places:
        found = place.encode() if isinstance(place, str) else place
        for secret in secrets:
            assert secret.encode() not in found
            assert json.dumps(secret)[1:-1].encode() not in found


def of_process(pid: int) -> bytes:
    """What everybody on this machine may see of a process."""
    place = Path(f"/proc/{pid}")
    if not place.exists():
        pytest.skip("This system has no /proc")
    return (place / "cmdline").read_bytes() + (place / "environ").read_bytes() + os.fsencode(str(place))


class Veil:
    """Lets a practice platform be met as a real tenant: it says no hello while `down`."""

    def __init__(self, down: bool = True) -> None:
        self.down = down

    def __call__(self, asked: Asked, reply: Reply) -> Reply:
        return told({}, 404) if self.down and asked.path == "/-/hello" else reply


@contextlib.contextmanager
def passphrase(text: str) -> Iterator[str]:
    """A descriptor that gives a passphrase, as the option wants it."""
    reading, writing = os.pipe()
    try:
        os.write(writing, text.encode() + b"\n")
        os.close(writing)
        yield str(reading)
    finally:
        os.close(reading)
