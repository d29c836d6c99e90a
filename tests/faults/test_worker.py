"""The worker killed, orphaned, doubled and stopped: nothing is lost, nothing is written twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.cli.opening import in_session, opened, vault_of
from console.cli.practice import allow_writing
from console.sync.adopting import adopt
from tests.faults.conftest import Desk, assert_unseen, between, connected, of_process, secrets_of, started
from tests.loopback import Asked, Reply
from tests.sandbox import ROOT, Sandbox, running

PATIENCE = 30.0


def _until(true: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait for something another process does."""
    late = threading.Event()
    timer = threading.Timer(patience, late.set)
    timer.start()
    try:
        while not true():
            assert not late.wait(0.02), "it did not happen in time"
    finally:
        timer.cancel()


def _seat(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return [holder for (holder,) in db.execute("SELECT holder FROM write_claim WHERE tenant = 'worker'")]


@contextmanager
def _worker(desk: Desk, *more: str) -> Iterator[subprocess.Popen[str]]:
    with started("worker", "--workspace", str(desk.path), *more) as worker:
        try:
            _until(lambda: _seat(desk.path) or worker.poll() is not None)
            assert worker.poll() is None, worker.communicate()
            yield worker
        finally:
            if worker.poll() is None:
                worker.kill()
            worker.communicate()


@pytest.fixture
def kept(practice: Sandbox, desk: Desk) -> Desk:
    """A workspace with NetSuite, whose first read is short."""
    assert connected(desk.path, "netsuite", practice.base_url("netsuite"), practice.sign_in("netsuite")).code == 0
    return desk


def test_two_workers_and_an_orderly_end(kept: Desk) -> None:
    with _worker(kept) as first:
        kept("worker").refused("Another worker is running", "Stop it first")
        done = kept("sync", "--record", "netsuite/customer/1", "--json")
        assert done.code in (0, 1) and kept.asked() == []
        assert _seat(kept.path) and str(first.pid) in _seat(kept.path)[0]
        first.terminate()
        out, err = first.communicate(timeout=20)
        assert (first.returncode, out, err) == (0, "", "")
    assert _seat(kept.path) == []


def test_a_worker_stops_in_the_middle_of_a_read(practice: Sandbox, desk: Desk) -> None:
    reads: list[str] = []

    def note(asked: Asked, reply: Reply) -> Reply:
        reads.append(asked.path)
        entries = asked.path.endswith("/time_entries")
        return Reply(reply.status, reply.body, reply.headers, pause=0.2 if entries else 0.0)

    with between(practice, "kantata", note) as slow:
        assert connected(desk.path, "kantata", slow.url, practice.sign_in("kantata")).code == 0
        reads.clear()
        with _worker(desk) as worker:
            _until(lambda: any(path.endswith("/time_entries") for path in reads))
            worker.terminate()
            out, err = worker.communicate(timeout=10)
            assert (worker.returncode, out, err) == (0, "", "")
    assert _seat(desk.path) == []
    states = {each["kind"]: each["state"] for each in desk("connections", "--json").json[0]["coverage"]}
    assert "reading" in states.values()


def test_a_worker_ends_with_the_console_that_started_it(kept: Desk) -> None:
    code = (
        "import os, subprocess, sys, time\n"
        "words = [sys.executable, 'main.py', 'worker', '--workspace', sys.argv[1], '--parent', str(os.getpid())]\n"
        "worker = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,"
        " stderr=subprocess.DEVNULL)\n"
        "worker.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(kept.path)], cwd=ROOT) as console:
        _until(lambda: _seat(kept.path))
        worker = int(_seat(kept.path)[0].rpartition("-")[2])
        console.kill()
        console.wait()
        _until(lambda: not Path(f"/proc/{worker}").exists())
    assert _seat(kept.path) == []


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Desk, Sandbox]]:
    """A firm of its own, read, matched and allowed to be written to."""
    desk = Desk(tmp_path / "live.tieout")
    with running(tmp_path / "journal.jsonl", "--history", "0m") as firm:
        for key in firm.platforms:
            assert connected(desk.path, key, firm.base_url(key), firm.sign_in(key)).code == 0
        assert desk("sync").code == 0
        asyncio.run(_go_live(str(desk.path), firm.ask("netsuite", "GET", "/-/firm")))
        yield desk, firm


async def _go_live(place: str, firm: dict[str, Any]) -> None:
    with opened(place) as store:
        async with in_session(store, vault_of(place, store)) as session:
            await adopt(session)
            await allow_writing(session, firm)


def _written(firm: Sandbox) -> list[dict[str, Any]]:
    return firm.journal(by="api")


def _hours_pass(path: Path) -> None:
    """What waits for a platform's settling time, or to be tried again, is due."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE intent SET next_at = '2000-01-01T00:00:00.000000+00:00' WHERE next_at IS NOT NULL")


def _states(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT state, COUNT(*) FROM intent GROUP BY state").fetchall())


def _killed_after(desk: Desk, firm: Sandbox, writes: int, secrets: list[str]) -> None:
    """A worker that dies without a word once it has written so much more."""
    before = len(_written(firm))
    with _worker(desk) as worker:
        _until(lambda: len(_written(firm)) >= before + writes)
        assert_unseen(secrets, of_process(worker.pid))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert _seat(desk.path), "the dead one still holds its seat"


def _settled(desk: Desk) -> None:
    """Everything under way comes to its end within a few runs, hours apart."""
    for _time in range(6):
        done = desk("sync", "--json")
        assert done.code == 0, done.err
        if not {"sent", "unknown", "ready", "waiting"} & set(_states(desk.path)):
            return
        _hours_pass(desk.path)
    pytest.fail(f"Still under way: {_states(desk.path)}")


def test_a_worker_killed_while_it_writes(live: tuple[Desk, Sandbox]) -> None:
    desk, firm = live
    secrets = [each for key in firm.platforms for each in secrets_of(firm.sign_in(key))]
    _killed_after(desk, firm, 20, secrets)
    _settled(desk)
    firm.ask("netsuite", "POST", "/-/advance")
    _killed_after(desk, firm, 150, secrets)
    _settled(desk)
    created = [(each["tenant"], each["kind"], each["key"]) for each in _written(firm) if each["verb"] == "create"]
    assert len(created) == len(set(created)) > 700
    score = firm.ask("netsuite", "GET", "/-/score")
    assert (score["duplicates"], score["unexpected"], score["lost"]) == (0, 0, 0), score
    assert_unseen(secrets, desk.everything(), "\n".join(map(str, _written(firm))))
