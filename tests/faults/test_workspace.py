"""A workspace that cannot be used: newer, locked, full, spoilt, or no workspace at all."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import Desk, apart, connected, verb
from tests.sandbox import ROOT, Sandbox

LOOKING = [["status"], ["connections"], ["queue", "list"], ["unbilled"], ["trace", "x"], ["doctor"]]


@pytest.fixture
def kept(practice: Sandbox, desk: Desk) -> Desk:
    """A workspace with a connection."""
    assert connected(desk.path, "netsuite", practice.base_url("netsuite"), practice.sign_in("netsuite")).code == 0
    return desk


def _refused(path: Path, *words: str) -> None:
    """Every verb says the same; none makes it worse."""
    before = path.read_bytes() if path.is_file() else b""
    for line in (*LOOKING, ["plan"], ["sync"], ["mode"]):
        verb(*line, "--workspace", str(path)).refused(*words)
    given = {"access_token": "0123456789", "base_url": "http://127.0.0.1:9"}
    verb("connect", "kantata", "--workspace", str(path), "--secrets", "-", given=given).refused(*words)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_no_workspace(tmp_path: Path) -> None:
    for line in (*LOOKING, ["plan"], ["sync"], ["mode"], ["worker"], ["adopt"]):
        verb(*line, "--workspace", str(tmp_path / "none.tieout")).refused("There is no workspace", "make a new")
    assert list(tmp_path.iterdir()) == []


def test_a_text_file_is_no_workspace(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam, " * 100)
    _refused(letter, "is not a Tieout workspace", "Choose a workspace")
    verb("demo", "--headless", "--workspace", str(letter)).refused("is not a Tieout workspace")


def test_a_folder_is_no_workspace(tmp_path: Path) -> None:
    _refused(tmp_path, "is not a Tieout workspace", "Choose a workspace")
    verb("demo", "--headless", "--workspace", str(tmp_path)).refused("is not a Tieout workspace")


def test_another_programs_database_is_no_workspace(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE songs (title)")
        db.commit()
    _refused(path, "is not a Tieout workspace")


def test_a_place_that_can_hold_no_file(practice: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    within = tmp_path / "file" / "w.tieout"
    done = connected(within, "kantata", practice.base_url("kantata"), practice.sign_in("kantata"))
    done.refused("cannot be written", "right")


def test_a_workspace_of_a_newer_version(kept: Desk) -> None:
    with closing(sqlite3.connect(kept.path)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _refused(kept.path, "newer Tieout", "9999", "Install the newest")


@pytest.mark.parametrize("place", [0.1, 0.4])
def test_a_corrupted_workspace(kept: Desk, place: float) -> None:
    with closing(sqlite3.connect(kept.path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(kept.path.read_bytes())
    start = max(200, int(len(content) * place))
    content[start : start + 60_000] = os.urandom(60_000)
    kept.path.write_bytes(content)
    _refused(kept.path, "is damaged", "restore the last backup")


def test_a_workspace_cut_short(kept: Desk) -> None:
    with closing(sqlite3.connect(kept.path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept.path.write_bytes(kept.path.read_bytes()[:50_000])
    _refused(kept.path, "is damaged", "restore the last backup")


@contextmanager
def _locking(path: Path, statement: str) -> Iterator[None]:
    """Another process that holds the write lock."""
    code = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); "
        f"db.execute({statement!r}); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        try:
            yield
        finally:
            other.communicate()


def test_a_workspace_another_program_is_writing_to(kept: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_db.store.PATIENCE", 0.5)
    with _locking(kept.path, "BEGIN IMMEDIATE"):
        for line in LOOKING[:3]:
            assert kept(*line).code == 0
        kept("sync", "--record", "netsuite/customer/1").refused("is locked by another program", "try again")
    assert kept.asked() == []
    assert kept("sync", "--record", "netsuite/customer/1").code == 0


def _small_disk() -> None:
    """No file of this process may grow beyond a megabyte: what a full disk looks like to SQLite."""
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_300_000, 1_300_000))


def test_a_full_disk_loses_nothing(kept: Desk) -> None:
    done = apart("sync", "--workspace", str(kept.path), preexec_fn=_small_disk)
    done.refused("The disk that holds", "is full", "Free some space")
    covered = {each["kind"]: each["state"] for each in kept("connections", "--json").json[0]["coverage"]}
    assert "reading" in covered.values()
    assert kept("sync").code == 0
    covered = {each["kind"]: each["state"] for each in kept("connections", "--json").json[0]["coverage"]}
    assert set(covered.values()) == {"complete"}
    with closing(sqlite3.connect(kept.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_reader_that_goes_away(kept: Desk) -> None:
    command = f"'{sys.executable}' main.py connections --json --workspace '{kept.path}' | true"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_names_nobody_knows(kept: Desk) -> None:
    kept("mode", "sap", "*", "write", "--reason", "try").refused("There is no connection sap", "netsuite")
    kept("mode", "netsuite", "spaceship", "write", "--reason", "try").refused("has no kind spaceship", "project")
    kept("mode", "netsuite", "*", "fly").refused("is no mode", "propose", code=2)
    kept("mode", "--cutover", "soon").refused("YYYY-MM-DD", code=2)
    kept("mode", "sap", "--limit", "5").refused("There is no connection sap")
    kept("sync", "--record", "nonsense").refused("connection/kind/id")
    kept("sync", "--record", "sap/project/1").refused("There is no connection sap")
    kept("sync", "--record", "netsuite/spaceship/1").refused("has no kind spaceship")
    kept("queue", "show", "12345").refused("queue list")
    kept("unbilled", "--by", "colour").refused("project, customer", code=2)
    kept("explain", "nothing").refused("Nothing is known")
    kept("trace", "nothing").refused("Nothing is known")
    kept("fly").refused("fly", code=2)
    kept("status", "--colour").refused("--colour", code=2)
    assert kept.asked() == []
