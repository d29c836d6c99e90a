"""app, test, lint, types, imports: the window, and the checks every change must pass."""

from __future__ import annotations

import typer

from console.checks import run
from console.cli.opening import AsJson, Workspace
from console.cli.speaking import Refusal
from console.words import _

_PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def add_to(app: typer.Typer) -> None:
    app.command("app")(window)
    app.command(context_settings=_PASS_ON)(test)
    app.command(context_settings=_PASS_ON)(lint)
    app.command(context_settings=_PASS_ON)(types)
    app.command(context_settings=_PASS_ON)(imports)


def window(workspace: Workspace = "", as_json: AsJson = False) -> None:
    """The console in a window (comes with a later version)."""
    raise Refusal(_("This version has no window yet. Every verb works without one: see --help."))


def test(context: typer.Context) -> int:
    """Run the tests."""
    return _run("test", context)


def lint(context: typer.Context) -> int:
    """Check the style."""
    return _run("lint", context)


def types(context: typer.Context) -> int:
    """Check the types."""
    return _run("types", context)


def imports(context: typer.Context) -> int:
    """Check that imports go one way."""
    return _run("imports", context)


def _run(verb: str, context: typer.Context) -> int:
    raise typer.Exit(run(verb, list(context.args)))
