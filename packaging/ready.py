"""What `.venv` was made from, noted in it last of all, and what is lacking when that no longer holds."""

from __future__ import annotations

import enum
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from system_libraries import needed_by

SETS = {"test": ("dev",), "lint": ("dev",), "types": ("dev",), "imports": ("dev",), "bench": ("dev", "bench")}
NOTE = "tieout-ready.json"
Note = dict[str, Any]


class Lack(enum.Enum):
    """The least that has to be made again."""

    EVERYTHING = "everything"
    PACKAGES = "packages"
    LIBRARIES = "libraries"


def verb_of(args: list[str]) -> str:
    return next((arg for arg in args if not arg.startswith("-")), "")


def sets_for(verb: str) -> tuple[str, ...]:
    return ("runtime", *SETS.get(verb, ()))


def pin_file(root: Path, name: str) -> Path:
    return root / "packaging" / f"requirements-{name}.txt"


def python_of(venv: Path) -> Path:
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def lack(root: Path, args: list[str]) -> Lack | None:
    verb = verb_of(args)
    note = read(root / ".venv")
    held, wanted = note.get("pins", {}), _hashes(root, sets_for(verb))
    if not note or note["interpreter"] != _interpreter(root / ".venv"):
        return Lack.EVERYTHING
    if any(held.get(name, digest) != digest for name, digest in wanted.items()):
        return Lack.EVERYTHING
    if not held.keys() >= wanted.keys():
        return Lack.PACKAGES
    return None if set(note["libraries"]) >= set(needed_by(verb)) else Lack.LIBRARIES


def read(venv: Path) -> Note:
    try:
        note = json.loads((venv / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) and note.keys() >= {"interpreter", "pins", "libraries"} else {}


def remember(root: Path, sets: tuple[str, ...], libraries: list[str], before: Note) -> None:
    """Write the note whole and to disk, or not at all; what `before` held and nobody touched still holds."""
    venv = root / ".venv"
    note = {
        "interpreter": _interpreter(venv),
        "pins": {**before.get("pins", {}), **_hashes(root, sets)},
        "libraries": sorted({*before.get("libraries", ()), *libraries}),
    }
    fresh = venv / f"{NOTE}.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(note, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(venv / NOTE)


def forget(venv: Path) -> None:
    (venv / NOTE).unlink(missing_ok=True)


def _hashes(root: Path, sets: tuple[str, ...]) -> dict[str, str]:
    return {name: hashlib.sha256(pin_file(root, name).read_bytes()).hexdigest() for name in sets}


def _interpreter(venv: Path) -> list[Any] | None:
    """The Python underneath, as it is on disk: another one there means that the environment no longer fits."""
    try:
        lines = (venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        settings = dict(line.split(" = ", 1) for line in lines if " = " in line)
        under = os.path.realpath(settings["executable"])
        found = os.stat(under)
        os.stat(python_of(venv))
    except (OSError, KeyError):
        return None
    return [under, found.st_size, found.st_mtime_ns]
