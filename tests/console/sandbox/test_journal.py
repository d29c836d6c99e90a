"""The judge's record survives the process that writes it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson

from console.sandbox.journal import Entry, Journal

WRITER = """
import sys, time
from pathlib import Path
from console.sandbox.journal import Entry, Journal
journal = Journal(Path(sys.argv[1]))
for n in range(50):
    journal.commit(Entry("now", "netsuite", "netsuite", "time_line", "create", f"k{n}", str(n), {"hours": "0:20"}))
print("committed", flush=True)
sys.stdin.read()
"""


def test_what_was_committed_outlives_a_kill(tmp_path: Path):
    path = tmp_path / "journal.jsonl"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"committed\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=20)
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["key"] for line in lines] == [f"k{n}" for n in range(50)]
    assert set(lines[0]) == {
        "time", "platform", "tenant", "kind", "verb", "key", "remote_id", "body", "by", "facts",
    }  # fmt: skip


def test_entries_are_found_by_place_and_by_who():
    with Journal() as journal:
        for n, by in enumerate(("api", "people", "api")):
            journal.commit(Entry("now", "kantata", "kantata", "time_entry", "create", "", str(n), {}, by))
        assert [entry.remote_id for entry in journal.since(1)] == ["1", "2"]
        assert [entry.remote_id for entry in journal.since(0, by="api")] == ["0", "2"]
        assert not journal.since(0, tenant="kantata:eu") and not journal.since(0, kind="expense")
