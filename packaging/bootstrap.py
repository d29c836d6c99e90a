"""Start a verb in `.venv`, making or mending it first when it is not ready (standard library only)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import ready

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MENDED = "TIEOUT_MENDED"


def at_home(args: list[str]) -> bool:
    """Is this the finished environment's own Python, with all that the verb needs?"""
    return os.path.realpath(sys.prefix) == os.path.realpath(VENV) and not ready.lack(ROOT, args)


def start(args: list[str]) -> int:
    """Make what is missing, then run the verb; comes back only with an exit code."""
    if ready.lack(ROOT, args):
        from set_up import set_up

        if code := set_up(ROOT, args):
            return code
    return _hand_over([str(ready.python_of(VENV)), str(ROOT / "main.py"), *args])


def mend(args: list[str], missing: ImportError) -> int:
    """An import failed: when an installed package is damaged set up afresh, once, else it is our own fault."""
    sys.path.insert(0, str(ROOT / "packaging"))
    from intact import intact

    if os.environ.get(MENDED) or intact():
        raise missing
    os.environ[MENDED] = "1"
    print("A Python package is damaged.", file=sys.stderr, flush=True)
    ready.forget(VENV)
    return start(args)


def _hand_over(command: list[str]) -> int:
    if os.name != "nt":
        os.execv(command[0], command)
    import subprocess

    running = subprocess.Popen(command)
    while True:
        try:
            return running.wait()
        except KeyboardInterrupt:  # the verb got it too and ends in its own way
            continue
