"""The system packages that Qt and the environment need on Debian and its kin, and how to get them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

NAMES = {
    "offscreen": [
        "libgl1",
        "libegl1",
        "libfontconfig1",
        "libxkbcommon0",
        "libdbus-1-3",
        "libglib2.0-0",
        "libbrotli1",
    ],
    "screen": [
        "libxkbcommon-x11-0",
        "libxcb-cursor0",
        "libxcb-icccm4",
        "libxcb-keysyms1",
        "libxcb-shape0",
        "libxcb-xkb1",
    ],
}
WITH_WINDOWS = {"", "app", "bench", "test"}


def needed_by(verb: str) -> list[str]:
    """The groups of libraries without which the verb cannot run."""
    if verb not in WITH_WINDOWS or not _debian():
        return []
    has_screen = verb in {"", "app"} and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return ["offscreen", "screen"] if has_screen else ["offscreen"]


def wanted_by(verb: str) -> list[str]:
    """The groups a first set-up gets, so that the window opens later without another."""
    return sorted({*needed_by(verb), "offscreen"}) if _debian() else []


def missing(groups: list[str]) -> list[str]:
    if not groups:
        return []
    wanted = [name for group in groups for name in NAMES[group]]
    there = _installed([form for name in wanted for form in (name, f"{name}t64")])
    return [name for name in wanted if not {name, f"{name}t64"} & there]


def missing_venv() -> list[str]:
    """Debian keeps the part of Python that makes environments in a package of its own."""
    if importlib.util.find_spec("ensurepip") or not _debian():
        return []
    return ["python3-venv" if sys.executable == "/usr/bin/python3" else f"python3.{sys.version_info[1]}-venv"]


def install(names: list[str]) -> str | None:
    """Install the packages; else the sentence that says what to type."""
    as_root = _as_root()
    if as_root is None:
        return f"Tieout needs system packages. Type this once, then start again:\n  {by_hand(names)}"
    get = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    add = [*get, "-o", "Dpkg::Use-Pty=0", "install", "--yes", "--no-install-recommends", *names]
    if _lists_there() and _quiet(add):
        return None
    if _quiet([*get, "update"]) and _quiet(add):
        return None
    return f"The system packages could not be installed. Type this to see why, then start again:\n  {by_hand(names)}"


def by_hand(names: list[str]) -> str:
    command = f"apt-get update && apt-get install --yes --no-install-recommends {' '.join(names)}"
    if _is_root():
        return command
    return f"sudo sh -c '{command}'" if shutil.which("sudo") else f"su -c '{command}'"


def _debian() -> bool:
    return sys.platform == "linux" and Path("/etc/debian_version").exists() and bool(shutil.which("apt-get"))


def _lists_there() -> bool:
    return any(Path("/var/lib/apt/lists").glob("*_Packages*"))


def _as_root() -> list[str] | None:
    if _is_root():
        return []
    if not shutil.which("sudo"):
        return None
    if _quiet(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return ["sudo"] if sys.stdin.isatty() and sys.stderr.isatty() else None


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _quiet(command: list[str]) -> bool:
    import subprocess

    return not subprocess.run(command, capture_output=True, check=False).returncode


def _installed(names: list[str]) -> set[str]:
    import subprocess

    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names]
    lines = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return {line.split()[0] for line in lines if line.endswith(" installed")}
