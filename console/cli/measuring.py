"""bench: speed as ratios against named peers, measured in one run on this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from console.cli.opening import AsJson
from console.words import _

BENCH = Path(__file__).resolve().parent.parent.parent / "tests" / "benchmarks"


def add_to(app: typer.Typer) -> None:
    app.command()(bench)


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help=_("Rows to measure; all of them."))
    ] = None,
    scale: Annotated[float, typer.Option("--scale", help=_("Size of the data: 1 is the full bar."))] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Measure pull, incremental, plan and ledger beside their named peers; prints ratios and whether the bar holds."""
    command = [sys.executable, "-m", "tests.benchmarks", *(names or []), "--scale", str(scale)]
    done = subprocess.run([*command, *(["--json"] if as_json else [])], cwd=BENCH.parent.parent, check=False)
    raise typer.Exit(done.returncode)
