"""queue: the records that wait for a person: look, edit, preview, replay, link, dismiss."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from console.cli.asking import ask, day_of
from console.cli.opening import AsJson, PassphraseFd, Reason, Workspace, opened, pair
from console.cli.speaking import Refusal, say, say_json, say_rows
from console.desk import remediation
from console.desk.connecting import WrongUse
from console.words import _
from local_db.holds import HoldRow

Which = Annotated[str, typer.Argument(metavar="ID", help=_("A hold's number, or a ref, key, id or problem."))]


def add_to(app: typer.Typer) -> None:
    queue = typer.Typer(help=_("The records that wait for a person."), no_args_is_help=True)
    for verb in (show, edit, link, preview, replay, dismiss):
        queue.command()(verb)
    queue.command("list")(listed)
    app.add_typer(queue, name="queue")


def listed(
    problem: Annotated[str, typer.Option("--problem", help=_("Only this problem."))] = "",
    limit: Annotated[int, typer.Option("--limit", help=_("At most this many."))] = 100_000,
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """The queue, oldest first."""
    with opened(workspace) as store, store.reading() as db:
        rows = remediation.queue(db, problem, limit)
    if as_json:
        say_json(rows)
        return
    say_rows(rows, ("id", "problem", "sentence", "subject", "money"))


def _one(workspace: str, name: str) -> HoldRow:
    found = _some(workspace, name)
    if len(found) > 1:
        raise WrongUse(_("{name} names {count} holds; give a number.", name=name, count=len(found)))
    return found[0]


def _some(workspace: str, name: str) -> list[HoldRow]:
    with opened(workspace) as store, store.reading() as db:
        found = remediation.open_of(db, name)
    if not found:
        raise Refusal(_("Nothing open is called {name}. See `queue list`.", name=name))
    return found


def show(which: Which, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """One held record with what is wrong, what was tried and what may be edited."""
    row = _one(workspace, which)
    with opened(workspace) as store, store.reading() as db:
        found = remediation.show(db, row.id)
    if as_json:
        say_json(found)
        return
    assert found is not None
    say(f"{found['problem']}: {found['sentence']}\n{found['remedy']} ({found['who']})")
    for name, value in (found["record"] or {}).items():
        say(f"    {name:18} {value}")


def edit(
    which: Which,
    field: Annotated[list[str], typer.Option("--field", help=_("name=value on the source record."))],
    until: Annotated[str, typer.Option("--until", help=_("The last day on which your value holds."))] = "",
    reason: Reason = "",
    workspace: Workspace = "",
    passphrase_fd: PassphraseFd = -1,
    as_json: AsJson = False,
) -> None:
    """Lay your value over the record; the original stays and the next plan follows yours."""
    if not reason:
        raise WrongUse(_("Say why with --reason: an edit is kept with its reason."))
    changes = dict(pair(each) for each in field)
    body = {
        "id": _one(workspace, which).id,
        "changes": changes,
        "reason": reason,
        "until": day_of(until) if until else "",
    }
    _said(ask(workspace, "edit", body, passphrase_fd), as_json)


def link(
    which: Which,
    to: Annotated[str, typer.Argument(help=_("The record that is the same: connection/kind/id."))],
    reason: Reason = "",
    workspace: Workspace = "",
    passphrase_fd: PassphraseFd = -1,
    as_json: AsJson = False,
) -> None:
    """Already done: say which record it is."""
    if not reason:
        raise WrongUse(_("Say why with --reason: a link is kept with its reason."))
    body = {"id": _one(workspace, which).id, "to": to, "reason": reason}
    _said(ask(workspace, "link", body, passphrase_fd), as_json)


def preview(which: Which, workspace: Workspace = "", passphrase_fd: PassphraseFd = -1, as_json: AsJson = False) -> None:
    """What a replay would do now, field by field; nothing is written."""
    answer = ask(workspace, "preview", {"id": _one(workspace, which).id}, passphrase_fd)
    answer.pop("failed", None)
    if as_json:
        say_json(answer)
        return
    say(f"{answer['does']}: {answer['sentence']}")
    for name, (before, after) in answer["differences"].items():
        say(f"    {name:14} {before} -> {after}")


def replay(which: Which, workspace: Workspace = "", passphrase_fd: PassphraseFd = -1, as_json: AsJson = False) -> None:
    """Plan and send again, with the same key; one record or all that share a problem."""
    body = {"ids": [row.id for row in _some(workspace, which)]}
    answer = ask(workspace, "replay", body, passphrase_fd)
    _said(answer, as_json)
    if answer.get("faults"):
        raise Refusal("\n".join(answer["faults"]))


def dismiss(
    which: Which,
    reason: Reason = "",
    workspace: Workspace = "",
    passphrase_fd: PassphraseFd = -1,
    as_json: AsJson = False,
) -> None:
    """Nothing is to be done: the hold ends, with your reason."""
    if not reason:
        raise WrongUse(_("Say why with --reason."))
    body = {"id": _one(workspace, which).id, "reason": reason}
    _said(ask(workspace, "dismiss", body, passphrase_fd), as_json)


def _said(answer: dict[str, Any], as_json: bool) -> None:
    answer.pop("failed", None)
    say_json(answer) if as_json else say(str(answer["sentence"]))
