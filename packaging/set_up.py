"""Set the machine up: system libraries, `.venv`, and the pinned packages in it, one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import ready
import system_libraries
from one_at_a_time import one_at_a_time

REASONS = (
    ("Retrying (Retry(", "The package index did not answer. Check the network or the proxy"),
    ("No space left", "The disk is full and Tieout needs about 700 MB. Make room"),
    ("DO NOT MATCH THE HASHES", "A package that came is not the one pinned, and was not used. Check its source"),
    ("No matching distribution", "A pinned package was not found. Check the network, and use Python 3.11 to 3.14"),
)
OLDEST = (3, 11)
OTHERWISE = "The Python packages could not be installed. Look why"


class NotReady(Exception):
    """One sentence on what stopped the set-up and what to do."""


def say(line: str) -> None:
    """Progress goes to standard error: verbs print JSON on standard output."""
    print(line, file=sys.stderr, flush=True)


def set_up(root: Path, args: list[str]) -> int:
    try:
        with one_at_a_time(root / ".venv.lock", lambda: say("Another start is setting Tieout up; waiting for it.")):
            if lack := ready.lack(root, args):  # else the start we waited for has done it
                _make(root, ready.verb_of(args), lack)
    except NotReady as stopped:
        say(str(stopped))
        return 1
    except OSError as stopped:
        say(f"Tieout could not be set up: {stopped}. Mend that and start again.")
        return 1
    except KeyboardInterrupt:
        say("Stopped. Start again to finish the set-up.")
        return 130
    return 0


def _make(root: Path, verb: str, lack: ready.Lack) -> None:
    if sys.version_info < OLDEST:
        raise NotReady(f"Tieout needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    began = time.monotonic()
    say("Setting Tieout up; this is done once.")
    afresh = lack is ready.Lack.EVERYTHING
    before = {} if afresh else ready.read(root / ".venv")
    libraries = _libraries(verb, afresh)
    if afresh:
        _environment(root)
    if lack is not ready.Lack.LIBRARIES:
        _packages(root, [name for name in ready.sets_for(verb) if name not in before.get("pins", {})])
    ready.remember(root, ready.sets_for(verb), libraries, before)
    say(f"Ready after {time.monotonic() - began:.0f} s.")


def _libraries(verb: str, afresh: bool) -> list[str]:
    """The groups that are there now; a verb without a window goes on without Qt's."""
    needed = system_libraries.needed_by(verb)
    groups = system_libraries.wanted_by(verb) if afresh else needed
    venv = system_libraries.missing_venv() if afresh else []
    names = venv + system_libraries.missing(groups)
    if not names:
        return groups
    say(f"  system packages: {' '.join(names)}")
    refusal = system_libraries.install(names)
    if refusal is None:
        return groups
    if venv or needed:
        raise NotReady(refusal)
    say(f"{refusal}\nOnly the window needs them; `{verb}` goes on without.")
    return []


def _environment(root: Path) -> None:
    say("  Python environment")
    venv = root / ".venv"
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    ready.forget(venv)
    base = getattr(sys, "_base_executable", None) or sys.executable
    _run([base, "-I", "-m", "venv", "--clear", str(venv)], venv, "The Python environment could not be made. Look why")


def _packages(root: Path, sets: list[str]) -> None:
    say(f"  Python packages: {', '.join(sets)}")
    venv = root / ".venv"
    ready.forget(venv)  # an interrupted pip may leave half a package: then everything is made again
    command = [
        str(ready.python_of(venv)),
        "-I",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--no-deps",
        "--retries=3",
    ]
    command += ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
    for name in sets:
        command += ["--requirement", str(ready.pin_file(root, name))]
    _run(command, venv, OTHERWISE)


def _run(command: list[str], venv: Path, otherwise: str) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PIP_USER": "0"},
        close_fds=False,  # it holds the lock too: should we be killed, the next start waits for it to end
        check=False,
    )
    if not done.returncode:
        return
    venv.mkdir(exist_ok=True)
    (venv / "setup.log").write_bytes(done.stdout)
    said = done.stdout.decode(errors="replace")
    reason = next((reason for mark, reason in REASONS if mark in said), otherwise)
    raise NotReady(f"{reason}, then start again (detail in .venv/setup.log).")
