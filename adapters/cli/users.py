"""``plaint user``: who works here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.asking import ACTOR, chosen, ordered
from adapters.cli.opening import opened
from adapters.cli.output import answer, fail, progress
from adapters.cli.tokens import Clearance, Json, RoleName

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.directory.orders import Order
    from projections.directory import UserRow

app = typer.Typer(help="Add, list and change the staff.  Example: plaint user list")

Login = Annotated[str, typer.Argument(help="The login: small letters, digits, dot, - and _.")]
Teams = Annotated[list[str] | None, typer.Option("--team", help="A team; may be repeated.")]
Entities = Annotated[list[str] | None, typer.Option("--entity", help="A legal entity; may be repeated.")]
Skills = Annotated[list[str] | None, typer.Option("--skill", help="A category they know; may be repeated.")]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="A language they answer in; may be repeated.")
]
Capacity = Annotated[int | None, typer.Option(help="Cases beyond which none is given to them by itself.")]
MOST = 10_000
"""Users that one list shows."""


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="The person's name; it is kept sealed.")],
    role: Annotated[RoleName, typer.Option(help="What they may do.")],
    *,
    email: Annotated[str | None, typer.Option(help="Their address; it is kept sealed.")] = None,
    team: Teams = None,
    entity: Entities = None,
    clearance: Annotated[Clearance, typer.Option(help="Cases up to this sensitivity.")] = Clearance.NORMAL,
    skill: Skills = None,
    language: Languages = None,
    capacity: Capacity = None,
    as_json: Json = False,
) -> None:
    """Add a user.  Example: plaint user add anna --name "Anna Example" --role handler --team complaints"""
    with opened() as plaint:
        from domain.directory.orders import AddUser

        order = ordered(
            AddUser,
            login=login,
            name=name,
            email=email,
            role=role.value,
            teams=tuple(team or ()),
            legal_entities=tuple(entity or ()),
            clearance=clearance.value,
            skills=tuple(skill or ()),
            languages=tuple(language or ()),
            capacity=capacity,
        )
        _ask(plaint, login, order)
        facts = {"login": login, "added": True}
        answer(f"User {login} is added; cases name them user:{login}.", facts, as_json=as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the users, those who left too.  Example: plaint user list --json"""
    with opened() as plaint:
        plaint.views.catch_up()
        said = [_said(plaint, row) for row in plaint.staff.users_page(MOST, None)]
        lines = [
            f"{each['login']:<20}  {each['role']:<10}  {','.join(each['teams']) or '-':<20}  "
            f"{each['name'] or 'name withheld'}{_standing(each)}"
            for each in said
        ]
        answer("\n".join(lines) or "There are no users; see `plaint user add`.", said, as_json=as_json)


def _said(plaint: Plaint, row: UserRow) -> dict[str, Any]:
    """Return a user as JSON, what is sealed or erased as null."""
    shown = plaint.showing.row(row, row.id)
    personal = {name: getattr(shown, name) for name in ("name", "email")}
    return row.model_dump(mode="json", exclude=set(personal)) | {
        name: value if isinstance(value, str) else None for name, value in personal.items()
    }


def _standing(row: dict[str, Any]) -> str:
    left = "  left" if row["status"] == "left" else ""
    return f"{left}  handing over" if row["handing_over"] else left


@app.command()
def change(
    login: Login,
    *,
    name: Annotated[str | None, typer.Option(help="The person's name.")] = None,
    email: Annotated[str | None, typer.Option(help="Their address.")] = None,
    role: Annotated[RoleName | None, typer.Option(help="What they may do.")] = None,
    team: Teams = None,
    entity: Entities = None,
    clearance: Annotated[Clearance | None, typer.Option(help="Cases up to this sensitivity.")] = None,
    skill: Skills = None,
    language: Languages = None,
    capacity: Capacity = None,
    no_email: Annotated[bool, typer.Option("--no-email", help="Forget their address.")] = False,
    no_team: Annotated[bool, typer.Option("--no-team", help="Of no team any more.")] = False,
    no_entity: Annotated[bool, typer.Option("--no-entity", help="Of every legal entity.")] = False,
    no_skill: Annotated[bool, typer.Option("--no-skill", help="Without skills.")] = False,
    no_language: Annotated[bool, typer.Option("--no-language", help="Without languages.")] = False,
    no_capacity: Annotated[bool, typer.Option("--no-capacity", help="Without a limit.")] = False,
    as_json: Json = False,
) -> None:
    """Change a user; teams replace those of before.  Example: plaint user change anna --no-capacity"""
    with opened() as plaint:
        from domain.directory.orders import ChangeUser

        order = ordered(
            ChangeUser,
            name=name,
            email=email,
            role=role.value if role else None,
            teams=tuple(team) if team else None,
            legal_entities=tuple(entity) if entity else None,
            clearance=clearance.value if clearance else None,
            skills=tuple(skill) if skill else None,
            languages=tuple(language) if language else None,
            capacity=capacity,
            without=chosen(
                email=no_email,
                teams=no_team,
                legal_entities=no_entity,
                skills=no_skill,
                languages=no_language,
                capacity=no_capacity,
            ),
        )
        _ask(plaint, login, order)
        answer(f"User {login} is changed.", {"login": login, "changed": True}, as_json=as_json)


@app.command()
def leave(
    login: Login,
    successor: Annotated[str | None, typer.Option(help="Who gets their open cases.")] = None,
    reason: Annotated[str, typer.Option(help="left, moved, duplicate or other.")] = "left",
    as_json: Json = False,
) -> None:
    """Record that a user left; tokens end, cases are handed over.  Example: plaint user leave anna"""
    with opened() as plaint:
        from domain.directory.orders import Leave

        _ask(plaint, login, ordered(Leave, reason=reason, successor=successor))
        moved = _finish(plaint, login)
        facts = {"login": login, "left": True, "handed_over": moved}
        answer(f"User {login} has left; {moved} open cases were handed over.", facts, as_json=as_json)


@app.command("return")
def return_(login: Login, as_json: Json = False) -> None:
    """Record that a user works here again; tokens stay revoked.  Example: plaint user return anna"""
    with opened() as plaint:
        from domain.directory.orders import Return

        _ask(plaint, login, Return())
        text = f"User {login} is back; make them a new token with `plaint token create --user {login}`."
        answer(text, {"login": login, "returned": True}, as_json=as_json)


def _ask(plaint: Plaint, login: str, order: Order) -> None:
    from adapters import directory
    from domain.directory import User, user_id
    from domain.errors import NotReceived

    plaint.views.catch_up()
    try:
        directory.ask(plaint, User, user_id(login), order, ACTOR)
    except NotReceived:
        fail("There is no user of that login; see `plaint user list`.")
    plaint.views.catch_up()


def _finish(plaint: Plaint, login: str) -> int:
    """Hand over until nothing is left; return how many cases.  Ended early, a worker goes on with it."""
    moved = 0
    with progress("Handing over", None) as tell:
        while (row := plaint.staff.user(login)) and row.handing_over:
            before = plaint.store.count()
            moved += plaint.leavers.finish(row)
            plaint.views.catch_up()
            tell(moved)
            if plaint.store.count() == before:
                fail("Some cases could not be handed over; see the log, and run it again.")
    return moved
