"""``plaint team``: whose work cases are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.asking import ACTOR, chosen, ordered
from adapters.cli.opening import opened
from adapters.cli.output import answer, fail
from adapters.cli.tokens import Json

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.directory.orders import Order

app = typer.Typer(help="Add, list and close teams.  Example: plaint team list")

Name = Annotated[str, typer.Argument(help="The name: small letters, digits, - and _.")]
Escalates = Annotated[
    list[str] | None,
    typer.Option(help="LEVEL=TEAM, who has its cases of a level from 1 to 3; may be repeated."),
]


@app.command()
def add(
    name: Name,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    entity: Annotated[str | None, typer.Option(help="The legal entity that it belongs to.")] = None,
    assignment: Annotated[str, typer.Option(help="manual or round_robin.")] = "manual",
    *,
    escalates: Escalates = None,
    as_json: Json = False,
) -> None:
    """Make a team, or open a closed one again.  Example: plaint team add payments --title Payments"""
    with opened() as plaint:
        from domain.directory.orders import AddTeam

        order = ordered(
            AddTeam,
            name=name,
            title=title,
            legal_entity=entity,
            assignment=assignment,
            escalates_to=_rungs(escalates),
        )
        _ask(plaint, name, order)
        answer(f"Team {name} is added.", {"name": name, "added": True}, as_json=as_json)


@app.command()
def change(
    name: Name,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    entity: Annotated[str | None, typer.Option(help="The legal entity that it belongs to.")] = None,
    assignment: Annotated[str | None, typer.Option(help="manual or round_robin.")] = None,
    *,
    escalates: Escalates = None,
    no_title: Annotated[bool, typer.Option("--no-title", help="Known by its name alone.")] = False,
    no_entity: Annotated[bool, typer.Option("--no-entity", help="Of no legal entity in particular.")] = False,
    no_escalates: Annotated[bool, typer.Option("--no-escalates", help="Escalated cases stay.")] = False,
    as_json: Json = False,
) -> None:
    """Change a team.  Example: plaint team change payments --assignment round_robin"""
    with opened() as plaint:
        from domain.directory.orders import ChangeTeam

        order = ordered(
            ChangeTeam,
            title=title,
            legal_entity=entity,
            assignment=assignment,
            escalates_to=_rungs(escalates),
            without=chosen(title=no_title, legal_entity=no_entity, escalates_to=no_escalates),
        )
        _ask(plaint, name, order)
        answer(f"Team {name} is changed.", {"name": name, "changed": True}, as_json=as_json)


def _rungs(given: list[str] | None) -> tuple[dict[str, str], ...] | None:
    """Return the ladder as it is asked for; None where nothing was said of it."""
    if not given:
        return None
    return tuple({"level": level, "team": team} for level, _, team in (each.partition("=") for each in given))


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
