"""Pin what pyproject.toml asks for: run it with uv on the PATH, review the difference, commit the three files.

    python packaging/pin.py              the newest releases that are at least three weeks old
    python packaging/pin.py --days 0     take today's releases too, say for a security fix

Each file lists name, version, markers and hashes and nothing else. `dev` leaves out what `runtime` has already, and
`bench` what either has, so the sets install on top of one another.
"""

from __future__ import annotations

import argparse
import datetime
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
GROUPS = {"runtime": (), "dev": ("dev",), "bench": ("dev", "bench")}


def compiled(groups: tuple[str, ...], constraints: pathlib.Path | None, before: datetime.date) -> str:
    command = ["uv", "pip", "compile", "--universal", "--python-version", "3.11", "--only-binary", ":all:"]
    command += ["--generate-hashes", "--no-annotate", "--no-header", "--quiet", "--exclude-newer", before.isoformat()]
    for group in groups:
        command += ["--group", f"{ROOT / 'pyproject.toml'}:{group}"]
    if constraints:
        command += ["--constraints", str(constraints)]
    command.append(str(ROOT / "pyproject.toml"))
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def entries(text: str) -> list[str]:
    """One entry per pinned package, its hash lines included."""
    return re.findall(r"^[a-zA-Z0-9].*(?:\n[ \t]+--hash=.*)*", text, re.MULTILINE)


def pin_file(name: str) -> pathlib.Path:
    return ROOT / "packaging" / f"requirements-{name}.txt"


def write_pins(before: datetime.date) -> None:
    known: list[str] = []
    for name, groups in GROUPS.items():
        held = ROOT / "packaging" / "held.tmp"
        held.write_text("\n".join(known) + "\n", encoding="utf-8")
        try:
            found = entries(compiled(groups, held, before))
        finally:
            held.unlink()
        new = [entry for entry in found if entry not in known]
        pin_file(name).write_text("\n".join(new) + "\n", encoding="utf-8", newline="\n")
        print(f"{name}: {len(new)} packages", file=sys.stderr)
        known += new


def main() -> None:
    parser = argparse.ArgumentParser(description="Pin what pyproject.toml asks for.")
    parser.add_argument("--days", type=int, default=21, help="leave out releases younger than this (default 21)")
    days: int = parser.parse_args().days
    write_pins(datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=days))


if __name__ == "__main__":
    main()
