"""sync, plan, worker, sandbox: what moves records, and the practice platforms to try it on."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import Annotated, Any

import typer

from console.cli.asking import ask
from console.cli.opening import AsJson, PassphraseFd, Workspace, in_session, opened, vault_of
from console.cli.speaking import Refusal, say, say_json
from console.desk.standing import plan_rows
from console.sync.worker import Rhythm, stop_on_signals, watch_parent, work
from console.words import _


def add_to(app: typer.Typer) -> None:
    app.command()(sync)
    app.command()(plan)
    app.command()(worker)


def sync(
    record: Annotated[str, typer.Option("--record", help=_("Read only this record again: connection/kind/id."))] = "",
    workspace: Workspace = "",
    passphrase_fd: PassphraseFd = -1,
    as_json: AsJson = False,
) -> None:
    """Read what changed, plan, and write what the modes allow; once, until nothing more follows."""
    answer = ask(workspace, "sync", {"record": record} if record else {}, passphrase_fd)
    if as_json:
        say_json({key: value for key, value in answer.items() if key != "failed"})
    elif record:
        say(answer["sentence"])
    else:
        sent = ", ".join(f"{name} {count}" for name, count in answer["sent"].items())
        say(_("Sent: {sent}.", sent=sent or _("nothing")))
    if answer.get("faults"):
        raise Refusal("\n".join(answer["faults"]))
    if answer.get("unreadable"):
        raise Refusal(
            _(
                "Records that could not be read and are held: {count}. See `queue list --problem unreadable_record`.",
                count=answer["unreadable"],
            )
        )


def plan(workspace: Workspace = "", passphrase_fd: PassphraseFd = -1, as_json: AsJson = False) -> None:
    """What ought to be written, held or left, per flow and kind; nothing is sent."""
    ask(workspace, "plan", {}, passphrase_fd)
    with opened(workspace) as store, store.reading() as db:
        rows = plan_rows(db)
    if as_json:
        say_json(rows)
        return
    for row in rows:
        say(f"{row['flow']} {row['kind']}: {row['equation']}")
        for name, count in (*row["hold"].items(), *row["waiting"].items()):
            say(f"    {count:>6}  {name}")
    if not all(row["conserves"] for row in rows):
        raise Refusal(_("The plan does not conserve: some records are counted nowhere."))


def worker(
    workspace: Workspace = "",
    every: Annotated[float, typer.Option("--every", help=_("Seconds between two runs."))] = 60.0,
    parent: Annotated[int, typer.Option("--parent", help=_("End when this process is gone."))] = 0,
    passphrase_fd: PassphraseFd = -1,
) -> None:
    """Run in the background: read, plan, write and settle on a rhythm, and serve requests, until stopped."""
    with opened(workspace) as store:
        asyncio.run(_work(store, workspace, every, parent, passphrase_fd))


async def _work(store: Any, workspace: str, every: float, parent: int, fd: int) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with in_session(store, vault_of(workspace, store, fd)) as session:
        watching = asyncio.create_task(watch_parent(parent or os.getppid(), stop)) if parent else None
        try:
            await work(session, Rhythm(every), stop, partial(_nothing))
        finally:
            if watching is not None:
                watching.cancel()


def _nothing() -> None:
    return None
