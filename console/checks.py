"""The tool verbs: tests, lint, types and imports, each run with this Python as pyproject.toml says."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMPORTS = "from importlinter.cli import lint_imports_command as check; check()"
COMMANDS = {
    "test": (("-m", "pytest", "-n", "auto", "--dist", "loadfile"),),
    "lint": (("-m", "ruff", "check"), ("-m", "ruff", "format", "--check")),
    "types": (("-m", "mypy"),),
    "imports": (("-c", IMPORTS),),
}


def run(verb: str, args: list[str]) -> int:
    """Run every command of the verb, and answer with the first failure."""
    return next((code for code in [_run(command, args) for command in COMMANDS[verb]] if code), 0)


def _run(command: tuple[str, ...], args: list[str]) -> int:
    return subprocess.run([sys.executable, *command, *args], cwd=ROOT, check=False).returncode
