"""demo and sandbox: the practice platforms, and the main job done on them from nothing."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli.opening import AsJson, Workspace, in_session, opened, vault_of, where
from console.cli.practice import Practice, allow_writing, connect, started
from console.cli.speaking import Progress, Refusal, say, say_json
from console.settings import practice_workspace
from console.sync.adopting import adopt
from console.sync.cycle import run
from console.sync.pull import pull_all
from console.sync.session import Session
from console.words import _
from local_db import holds
from local_db.store import Db

Seed = Annotated[int, typer.Option("--seed", help=_("The made-up firm: the same seed makes the same firm."))]
Scale = Annotated[str, typer.Option("--scale", help="small | month | year")]


def add_to(app: typer.Typer) -> None:
    app.command()(demo)
    app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})(
        sandbox
    )


def sandbox(context: typer.Context) -> None:
    """Start the practice platforms and keep them running until stopped (--help shows their options)."""
    from console.sandbox.serve import main

    raise typer.Exit(main(list(context.args)))


def demo(
    headless: Annotated[bool, typer.Option("--headless", help=_("Without a window; so far always."))] = True,
    seed: Seed = 7,
    scale: Scale = "small",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """The main job on the practice platforms: connect, adopt, plan, write, hold; counted from their journal."""
    place = workspace or str(practice_workspace())
    _fresh(place)
    result = asyncio.run(_demo(place, seed, scale, quiet=as_json))
    if as_json:
        say_json(result)
    else:
        _tell(result)
    if not result["ok"]:
        raise Refusal(_("The practice firm did not come out as planted; `status` and `queue list` show where."))


def _fresh(place: str) -> None:
    """A practice workspace is made anew; a real one is never touched."""
    path = Path(where(place)).expanduser()
    if not path.exists():
        return
    with opened(place) as store:
        if store.environment != "practice":
            raise Refusal(_("{place} is no practice workspace; the demo does not touch it.", place=place))
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", ".practice"))):
        with suppress(FileNotFoundError):
            each.unlink()


async def _demo(place: str, seed: int, scale: str, quiet: bool) -> dict[str, Any]:
    began = time.perf_counter()
    tell = _Teller(quiet)
    async with started(["--seed", str(seed), "--scale", scale, "--history", "24m", "--foreign-keys"]) as practice:
        tell(_("Practice firm ready."))
        with opened(place, create=True, environment="practice") as store:
            await connect(store, vault_of(place, store), practice)
            tell(_("Connected {names}.", names=", ".join(practice.platforms)))
            async with in_session(store, vault_of(place, store), Progress(quiet)) as session:
                await _take_over(session, await practice.firm(), tell)
                await _follow(session, practice, tell)
            with store.reading() as db:
                ours = _held(db)
        return {**await _counted(practice, ours), "seconds": round(time.perf_counter() - began, 1)}


class _Teller:
    """Says on the error stream what the demo is doing, with the time since it began."""

    def __init__(self, quiet: bool) -> None:
        self._began = time.perf_counter()
        self._quiet = quiet

    def __call__(self, sentence: str) -> None:
        if not self._quiet:
            sys.stderr.write(f"{time.perf_counter() - self._began:6.1f} s  {sentence}\n")


async def _take_over(session: Session, firm: dict[str, Any], tell: _Teller) -> None:
    """First contact with a firm that has years of data: read, match, set the cut-over, then allow writing."""
    pulled = await pull_all(session)
    broken = [str(each.fault) for each in pulled if each.fault is not None]
    if broken:
        raise Refusal(broken[0])
    tell(_("Read {count} records; two years of them never heard of us.", count=sum(each.read for each in pulled)))
    adopted = await adopt(session)
    tell(_("Matched {count} records that both sides already had.", count=sum(each.linked for each in adopted)))

    await allow_writing(session, firm)


async def _follow(session: Session, practice: Practice, tell: _Teller) -> None:
    """Run, let people do the next thing, and run again until they have nothing left to do."""
    title = _("The firm as it is")
    while True:
        result = await run(session)
        if result.faults:
            tell(result.faults[0])
        tell(
            _(
                "{title}: {done} written, {held} held.",
                title=title,
                done=result.sent["done"],
                held=sum(n for (_f, _k, outcome), n in result.outcomes.items() if outcome == "hold"),
            )
        )
        step = await practice.advance()
        if step is None:
            return
        title = str(step["title"])


def _held(db: Db) -> dict[str, int]:
    """Open problems by code, each record once."""
    seen: dict[str, set[str]] = {}
    for row in holds.every(db):
        seen.setdefault(row.problem, set()).add(row.subject)
    return {problem: len(subjects) for problem, subjects in sorted(seen.items())}


async def _counted(practice: Practice, held: dict[str, int]) -> dict[str, Any]:
    """The judge's count from the practice platforms' own journal, beside what we hold."""
    score = await practice.score()
    expected, counted = score["expected"], score["counted"]
    return {
        "deals_won": expected["deals_won"],
        "projects_created": counted["projects_created"],
        "entries_approved": expected["entries_approved"],
        "entries_billed": counted["entries_billed"],
        "money_billed": counted["money_billed"],
        "held": held,
        "duplicates": score["duplicates"],
        "lost": score["lost"],
        "ok": bool(score["ok"]) and held == dict(sorted(expected["held"].items())),
        "expected": expected,
        "unexpected": score["unexpected"],
    }


def _tell(result: dict[str, Any]) -> None:
    money = ", ".join(f"{amount} {currency}" for currency, amount in result["money_billed"].items())
    held = ", ".join(f"{name} {count}" for name, count in result["held"].items())
    say(_("Deals won          {deals_won}", **result))
    say(_("Projects created   {projects_created}", **result))
    say(_("Entries approved   {entries_approved}", **result))
    say(_("Entries billed     {entries_billed}", **result))
    say(_("Money billed       {money}", money=money))
    say(_("Held               {held}", held=held or _("nothing")))
    say(_("Duplicates         {duplicates}", **result))
    say(_("Lost               {lost}", **result))
    say(_("Took               {seconds} s", **result))
    say(_("Exactly what was planted is held.") if result["ok"] else _("This is not what was planted."))
