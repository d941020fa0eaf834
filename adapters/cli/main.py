"""The verbs of ``plaint``."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from adapters.cli import (
    calendars,
    cases,
    explaining,
    importing,
    limits,
    policies,
    reactions,
    rebuilding,
    serving,
    teams,
    tokens,
    users,
    vault,
    whatif,
)

app = typer.Typer(
    name="plaint",
    help="An event-sourced complaint desk.  Example: plaint demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(serving.demo)
app.command()(serving.serve)
app.command()(serving.migrate)
app.command("import")(importing.import_)
app.command()(rebuilding.rebuild)
app.command()(cases.replay)
app.command()(explaining.explain)
policies.app.command("what-if")(whatif.what_if)
policies.app.command()(limits.limits)
app.add_typer(policies.app, name="policy")
app.add_typer(calendars.app, name="calendar")
app.add_typer(tokens.app, name="token")
app.add_typer(users.app, name="user")
app.add_typer(teams.app, name="team")
app.add_typer(reactions.app, name="reactions")
app.add_typer(vault.app, name="vault")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("plaint"))
        raise typer.Exit


@app.callback()
def plaint(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take no part in any verb; it carries the options that stand before them."""


plaint.__doc__ = app.info.help


def main() -> None:
    """Run the command line; exit 0 done, 1 failed, 2 wrong usage, 3 a verification found a difference."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
