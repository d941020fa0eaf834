"""``plaint team``: whose work cases are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.asking import ACTOR, ordered
from adapters.cli.opening import opened
from adapters.cli.output import answer, fail
from adapters.cli.tokens import Json

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.directory.orders import Order

app = typer.Typer(help="Add, list and close teams.  Example: plaint team list")

Name = Annotated[str, typer.Argument(help="The name: small letters, digits, - and _.")]


@app.command()
def add(
    name: Name,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    entity: Annotated[str | None, typer.Option(help="The legal entity that it belongs to.")] = None,
    assignment: Annotated[str, typer.Option(help="manual or round_robin.")] = "manual",
    as_json: Json = False,
) -> None:
    """Make a team, or open a closed one again.  Example: plaint team add payments --title Payments"""
    with opened() as plaint:
        from domain.directory.orders import AddTeam

        order = ordered(AddTeam, name=name, title=title, legal_entity=entity, assignment=assignment)
        _ask(plaint, name, order)
        answer(f"Team {name} is added.", {"name": name, "added": True}, as_json=as_json)


@app.command()
def change(
    name: Name,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    entity: Annotated[str | None, typer.Option(help="The legal entity that it belongs to.")] = None,
    assignment: Annotated[str | None, typer.Option(help="manual or round_robin.")] = None,
    as_json: Json = False,
) -> None:
    """Change a team.  Example: plaint team change payments --assignment round_robin"""
    with opened() as plaint:
        from domain.directory.orders import ChangeTeam

        _ask(plaint, name, ordered(ChangeTeam, title=title, legal_entity=entity, assignment=assignment))
        answer(f"Team {name} is changed.", {"name": name, "changed": True}, as_json=as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the teams, closed ones too.  Example: plaint team list --json"""
    with opened() as plaint:
        plaint.views.catch_up()
        rows = plaint.staff.teams()
        lines = [f"{row.name:<20}  {row.title or '-'}{'' if row.open else '  closed'}" for row in rows]
        facts = [row.model_dump(mode="json") for row in rows]
        answer("\n".join(lines), facts, as_json=as_json)


@app.command()
def close(name: Name, as_json: Json = False) -> None:
    """Close a team that has no open case.  Example: plaint team close payments"""
    with opened() as plaint:
        from domain.directory.orders import CloseTeam

        _ask(plaint, name, CloseTeam())
        answer(f"Team {name} is closed.", {"name": name, "closed": True}, as_json=as_json)


def _ask(plaint: Plaint, name: str, order: Order) -> None:
    from adapters import directory
    from domain.directory import Team, team_id
    from domain.errors import NotReceived

    plaint.views.catch_up()
    try:
        directory.ask(plaint, Team, team_id(name), order, ACTOR)
    except NotReceived:
        fail("There is no team of that name; see `plaint team list`.")
    plaint.views.catch_up()
