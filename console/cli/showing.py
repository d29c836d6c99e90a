"""status, trace, unbilled, explain, doctor: what is so, and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from console.cli.opening import AsJson, Workspace, opened
from console.cli.speaking import Refusal, say, say_json, say_rows
from console.desk import checkup, explaining, standing, tracing, unbilled
from console.words import _


def add_to(app: typer.Typer) -> None:
    for verb in (status, trace, unbilled_, explain, doctor):
        app.command(verb.__name__.rstrip("_"))(verb)


def status(workspace: Workspace = "", as_json: AsJson = False) -> None:
    """The workspace at a glance: connections, what is sent, what is held."""
    with opened(workspace) as store, store.reading() as db:
        found = standing.status(db)
    if as_json:
        say_json(found)
        return
    say_rows(found["connections"], ("id", "state", "last_success", "sentence"))
    for name in ("intents", "held", "to_plan"):
        parts = ", ".join(f"{key} {count}" for key, count in found[name].items())
        say(f"{name}: {parts or _('none')}")


def trace(
    name: Annotated[str, typer.Argument(metavar="ID", help=_("Any id: ref, key, remote id, attempt."))],
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """The life of one transaction across platforms."""
    with opened(workspace) as store, store.reading() as db:
        found = tracing.traced(db, name)
    if found is None:
        raise Refusal(_("Nothing is known by {name}.", name=name))
    if as_json:
        say_json(found)
        return
    say(found["subject"])
    say_rows(found["events"], ("at", "hop", "kind", "what", "ms", "money", "sentence"))


def unbilled_(
    by: Annotated[str, typer.Option("--by", help="project | customer | legal_entity")] = "project",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """Approved and not invoiced: what is not in the ERP yet, and what is there and not invoiced."""
    with opened(workspace) as store, store.reading() as db:
        rows = unbilled.rows(db, by)
    if as_json:
        say_json(rows)
        return
    say_rows(rows, (by, "currency", "not_in_erp", "in_erp_not_invoiced", "hours", "oldest"))


def explain(
    name: Annotated[str, typer.Argument(metavar="ID", help=_("A problem's code, a hold, or any record."))],
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """What a problem means and what to do; or why a record stands where it stands."""
    found: dict[str, Any] | None = explaining.problem_page(name)
    if found is None:
        with opened(workspace) as store, store.reading() as db:
            found = explaining.record(db, name)
    if found is None:
        raise Refusal(_("Nothing is known by {name}.", name=name))
    if as_json:
        say_json(found)
        return
    say(found["text"])


def doctor(workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Check this machine and the workspace: store, credentials, connections, audit chain."""
    rows = checkup.machine()
    with opened(workspace) as store:
        rows += checkup.workspace(store)
    if as_json:
        say_json(rows)
    else:
        say_rows(rows, ("check", "ok", "sentence"))
    if not all(row["ok"] for row in rows):
        raise Refusal(_("Something needs you; see above."))
