"""``plaint token``: keys to the API."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from adapters.cli.opening import opened
from adapters.cli.output import answer, fail

app = typer.Typer(help="Make, list and revoke API tokens.  Example: plaint token create --role handler")
TEAM = r"[a-z0-9][a-z0-9_-]{0,62}"
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class RoleName(StrEnum):
    """The roles that a token can have."""

    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@app.command()
def create(
    role: Annotated[RoleName, typer.Option(help="What the bearer may do.")],
    team: Annotated[list[str] | None, typer.Option(help="A team; may be repeated.")] = None,
    name: Annotated[str | None, typer.Option(help="A label, not a person's name.")] = None,
    expires: Annotated[datetime | None, typer.Option(help="The first day on which it opens nothing.")] = None,
    as_json: Json = False,
) -> None:
    """Make a token; it is shown once.  Example: plaint token create --role handler --team complaints"""
    with opened() as plaint:
        from adapters import tokens
        from domain.access import Role

        expires_at = expires.replace(tzinfo=expires.tzinfo or UTC) if expires else None
        if expires_at is not None and expires_at <= plaint.now():
            fail("The token would have expired already; give --expires a day to come.", 2)
        if not all(re.fullmatch(TEAM, each) for each in team or ()):
            fail("A team is named in small letters, digits, - and _.", 2)
        new = tokens.create(plaint, Role(role), name=name, teams=team or (), expires_at=expires_at)
        plaint.views.catch_up()
        answer(new.secret, {"id": str(new.id), "token": new.secret}, as_json=as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the tokens, without their secrets.  Example: plaint token list --json"""
    with opened() as plaint:
        plaint.views.catch_up()
        rows = [row.model_dump(mode="json", exclude={"sha256"}) for row in plaint.queries.tokens()]
        lines = [
            f"{row['id']}  {row['role']:<10}  {','.join(row['teams'])}  {row['name']}"
            f"{'  revoked' if row['revoked_at'] else ''}"
            for row in rows
        ]
        answer("\n".join(lines) or "There are no tokens.", rows, as_json=as_json)


@app.command()
def revoke(id: Annotated[UUID, typer.Argument(help="The id of the token.")], as_json: Json = False) -> None:
    """Revoke a token.  Example: plaint token revoke 01a20120-1c15-8800-921a-b99ea4cea19e"""
    with opened() as plaint:
        from adapters import tokens

        if not tokens.revoke(plaint, id):
            fail("There is no token of that id; see `plaint token list`.")
        plaint.views.catch_up()
        answer(f"Token {id} is revoked.", {"id": str(id), "revoked": True}, as_json=as_json)
