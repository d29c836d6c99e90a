"""Practice platforms in a process of their own, reached only through their sockets, as any platform is."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN = 60.0


class Sandbox:
    """One running sandbox: addresses, throw-away credentials, its journal, and what people do in it."""

    def __init__(self, ready: dict[str, Any], journal: Path) -> None:
        self.platforms: dict[str, dict[str, Any]] = ready["platforms"]
        self._journal = journal

    def base_url(self, key: str) -> str:
        return str(self.platforms[key]["base_url"])

    def sign_in(self, key: str, name: str = "") -> dict[str, str]:
        """Every field of one sign-in, the first one when none is named."""
        found = self.platforms[key]["sign_ins"]
        return dict(next(each for each in found if name in ("", each["sign_in"])))

    def journal(self, **wanted: str) -> list[dict[str, Any]]:
        """What was committed so far, in order, as far as it fits `wanted`."""
        lines = self._journal.read_text(encoding="utf-8").splitlines() if self._journal.exists() else []
        entries = [json.loads(line) for line in lines]
        return [entry for entry in entries if all(entry.get(name) == value for name, value in wanted.items())]

    def ask(self, key: str, method: str, path: str, body: object = None) -> Any:
        """A call to the control of one tenant (`/-/people`, `/-/advance`, `/-/expected`, ...)."""
        parts = urlsplit(self.base_url(key))
        answer = httpx.request(method, f"{parts.scheme}://{parts.netloc}{path}", json=body, trust_env=False, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def running(journal: Path, *options: str) -> Iterator[Sandbox]:
    """A sandbox with these options, until the block ends."""
    command = [sys.executable, "-m", "console.sandbox", "--json", "--until-stdin-closes", "--journal", str(journal)]
    with subprocess.Popen(
        [*command, *options], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        late = threading.Timer(READY_WITHIN, process.kill)
        late.start()
        try:
            line = process.stdout.readline() if process.stdout else ""
            late.cancel()
            if not line:
                pytest.fail(f"The sandbox did not start: {process.communicate()[1]}")
            yield Sandbox(json.loads(line), journal)
        finally:
            late.cancel()
            process.terminate()
            process.communicate()


StartSandbox = Callable[..., Sandbox]


@pytest.fixture
def start_sandbox(tmp_path: Path) -> Iterator[StartSandbox]:
    """Start a sandbox with the options given; it ends with the test."""
    with ExitStack() as stack:
        numbers = iter(range(1_000_000))

        def start(*options: str) -> Sandbox:
            return stack.enter_context(running(tmp_path / f"journal-{next(numbers)}.jsonl", *options))

        yield start


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """All practice platforms with a firm that has a past, shared by the tests of one module."""
    journal = tmp_path_factory.mktemp("sandbox") / "journal.jsonl"
    with running(journal, "--history", "24m", "--foreign-keys") as ready:
        yield ready
