"""What the contestants of `pull` have in common: the question they ask and the answer they print."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parents[2]
QUERY = {
    "order": "updated_at:asc",
    "from_archived_workspaces": "true",
    "include": "workspace,user,story,role,active_submission,recent_submission,external_references",
    "per_page": "200",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What one contestant read, in how many seconds; `version` names its parts."""

    rows: int
    seconds: float
    version: str

    @property
    def speed(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def printed(rows: int, seconds: float, version: str) -> None:
    print(orjson.dumps({"rows": rows, "seconds": seconds, "version": version}).decode())


class Failed(Exception):
    """A contestant did not come to an end; `str()` is the last line it wrote."""


def run(module: str, url: str) -> Result:
    """One contestant in a process of its own; raises `Failed`."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["no word"])[-1])
    return Result(**orjson.loads(done.stdout.strip().splitlines()[-1]))
