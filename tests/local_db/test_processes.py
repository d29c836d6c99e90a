"""Real processes on one workspace: no intent is sent twice, and a killed worker's attempts become unknown."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.records.intent import State, Verb
from local_db import attempts, audit, ledger
from local_db.ledger_claims import expire_leases, unknown_due
from local_db.store import Store

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINES = 140


def start(place: str, journal: Path, die_after: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("one_worker.py")), place, str(journal), str(die_after)]
    env = {"PYTHONPATH": str(ROOT), "PATH": ""}
    worker = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    return worker


def work(place: str, journal: Path, *die_after: int) -> list[int]:
    """Workers that begin together; answers their exit codes."""
    workers = [start(place, journal, each) for each in die_after]
    for each in workers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    codes = []
    for each in workers:
        each.communicate(timeout=60)
        codes.append(each.returncode)
    return codes


def plan(store: Store) -> None:
    decisions = [
        ledger.Decision("f", f"a/b/{n}", "ns", "time_line", f"k{n}", {"n": n}, Verb.CREATE, State.READY)
        for n in range(LINES)
    ]
    with store.writing() as db:
        ledger.save_plan(db, decisions, NOW)


def test_three_workers_send_everything_once(store: Store, place: str, tmp_path: Path) -> None:
    plan(store)
    assert work(place, tmp_path / "journal", 0, 0, 0) == [0, 0, 0]
    sent = Counter((tmp_path / "journal").read_text().split())
    assert len(sent) == LINES and set(sent.values()) == {1}
    with store.reading() as db:
        assert {row.state for row in ledger.intents(db)} == {State.DONE}


def test_what_a_killed_worker_had_in_hand_is_looked_up_and_never_just_resent(
    store: Store, place: str, tmp_path: Path
) -> None:
    plan(store)
    assert work(place, tmp_path / "journal", 10) == [9]
    assert work(place, tmp_path / "journal", 0, 0) == [0, 0]
    sent = Counter((tmp_path / "journal").read_text().split())
    assert set(sent.values()) == {1}
    later = datetime.now(UTC) + timedelta(minutes=1)
    with store.writing() as db:
        lost = expire_leases(db, later)
        assert len(lost) == 7
        due = unknown_due(db, "ns", later + timedelta(minutes=2), "w", 60)
        assert sorted(each.id for each in due) == lost and all(each.unsure and each.attempt for each in due)
        assert {each.outcome for each in attempts.of(db, lost)} == {""}
        missing = {row.key for row in ledger.intents(db)} - set(sent)
        assert missing <= {each.key for each in due}


AUDITOR = """
import sys
from local_db import audit
from local_db.store import Store
store = Store.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for n in range(40):
    with store.writing() as db:
        audit.append(db, sys.argv[2], "act", f"s/{n}", {"n": n})
"""


def test_many_writers_make_one_audit_chain(store: Store, place: str) -> None:
    command = [sys.executable, "-c", AUDITOR, place]
    env = {"PYTHONPATH": str(ROOT), "PATH": ""}
    writers = [
        subprocess.Popen([*command, name], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("anna", "bob", "carl")
    ]
    for each in writers:
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    for each in writers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in writers:
        each.communicate(timeout=60)
        assert each.returncode == 0
    with store.reading() as db:
        assert audit.verify(db) is None and len(audit.every(db)) == 120
