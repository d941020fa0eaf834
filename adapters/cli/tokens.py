"""``plaint token``: keys to the API."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli.opening import opened
from adapters.cli.output import answer, fail, say

app = typer.Typer(help="Make, list and revoke API tokens.  Example: plaint token create --role handler")
TEAM = r"[a-z0-9][a-z0-9_-]{0,62}"
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class RoleName(StrEnum):
    """The roles that staff and their tokens can have."""

    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


class Clearance(StrEnum):
    """How closely kept the cases are that somebody sees."""

    NORMAL = "normal"
    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"


@app.command()
def create(
    role: Annotated[RoleName, typer.Option(help="What the bearer may do.")],
    *,
    team: Annotated[list[str] | None, typer.Option(help="A team; may be repeated; made if new.")] = None,
    name: Annotated[str | None, typer.Option(help="A label, not a person's name.")] = None,
    expires: Annotated[datetime | None, typer.Option(help="The first day on which it opens nothing.")] = None,
    user: Annotated[str | None, typer.Option(help="The login of the user whose token it is.")] = None,
    entity: Annotated[list[str] | None, typer.Option(help="A legal entity; may be repeated.")] = None,
    clearance: Annotated[Clearance, typer.Option(help="Cases up to this sensitivity.")] = Clearance.NORMAL,
    as_json: Json = False,
) -> None:
    """Make a token; it is shown once.  Example: plaint token create --role handler --team complaints"""
    with opened() as plaint:
        from adapters import directory, tokens
        from domain.access import Role, Sensitivity

        expires_at = expires.replace(tzinfo=expires.tzinfo or UTC) if expires else None
        if expires_at is not None and expires_at <= plaint.now():
            fail("The token would have expired already; give --expires a day to come.", 2)
        if not all(re.fullmatch(TEAM, each) for each in team or ()):
            fail("A team is named in small letters, digits, - and _.", 2)
        plaint.views.catch_up()
        if user is None:
            for each in directory.ensure_teams(plaint, team or (), "system:cli"):
                say(f"Team {each} is new; close it with `plaint team close {each}` if that was a mistake.")
        directory.refuse_unknown_entities(plaint, entity or ())
        new = tokens.create(
            plaint,
            Role(role),
            name=name,
            teams=team or (),
            expires_at=expires_at,
            user=user,
            legal_entities=entity or (),
            clearance=Sensitivity(clearance),
        )
        plaint.views.catch_up()
        answer(new.secret, {"id": str(new.id), "token": new.secret}, as_json=as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the tokens, without their secrets, with their last use.  Example: plaint token list --json"""
    with opened() as plaint:
        plaint.views.catch_up()
        found = plaint.queries.tokens()
        used = plaint.staff.last_uses([row.id for row in found])
        rows: list[dict[str, Any]] = [
            row.model_dump(mode="json", exclude={"sha256"})
            | {"used_at": used[row.id].isoformat() if row.id in used else None}
            for row in found
        ]
        lines = [
            f"{row['id']}  {row['role']:<10}  {row['user'] or ','.join(row['teams'])}  {row['name']}"
            f"  {'used ' + row['used_at'][:16] if row['used_at'] else 'never used'}"
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
