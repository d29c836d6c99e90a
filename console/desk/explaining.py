"""Help under the finger: what a problem means, and why a record stands where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console.desk.remediation import open_of
from console.desk.tracing import traced
from console.rules.problems import PROBLEMS
from console.words import _
from local_db.store import Db

HELP = Path(__file__).resolve().parent.parent.parent / "resources" / "help"


def problem_page(code: str) -> dict[str, Any] | None:
    """The help page of a problem, or None when there is no such problem."""
    if code not in PROBLEMS:
        return None
    text = (HELP / "problems" / f"{code}.md").read_text(encoding="utf-8")
    return {"problem": code, "who": PROBLEMS[code].who, "owner": PROBLEMS[code].owner, "text": text}


def record(db: Db, name: str) -> dict[str, Any] | None:
    """Why a record stands where it stands: its holds, else the last thing that happened to it."""
    holds = open_of(db, name)
    if holds:
        lines = [f"{row.sentence} {row.remedy} ({row.who})" for row in holds]
        return {"subject": holds[0].subject, "problems": [row.problem for row in holds], "text": "\n".join(lines)}
    found = traced(db, name)
    if found is None:
        return None
    lines = [
        _(
            "{kind} on {target}: {state}. {why}",
            kind=each["kind"],
            target=each["target"],
            state=each["state"],
            why=each["why"],
        ).strip()
        for each in found["intents"]
    ]
    return {"subject": found["subject"], "problems": [], "text": "\n".join(lines) or _("Nothing is wanted for it.")}
