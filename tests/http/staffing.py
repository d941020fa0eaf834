"""Staff for the tests of the API: users with tokens of their own."""

from __future__ import annotations

from typing import Any

from httpx2 import Response

from adapters.tokens import create
from domain.access import Role
from tests.http.world import World

Headers = dict[str, str]


def post(world: World, path: str, who: Headers, body: Any = None, **headers: str) -> Response:
    """Send *body* and let the read models follow; ``if_match`` becomes the header of that name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = world.client.post(path, json=body, headers=who | named)
    world.settle()
    world.plaint.admission.forget()
    return answer


def add(world: World, admin: Headers, login: str, **facts: Any) -> Response:
    """Add a user who is a handler of the default team unless *facts* say otherwise."""
    complete: Any = {"login": login, "name": f"{login.title()} Example", "role": "handler"}
    answer = post(world, "/v1/users", admin, complete | {"teams": ["complaints"]} | facts)
    assert answer.status_code == 201, answer.text
    return answer


def token_of(world: World, login: str, role: Role = Role.HANDLER) -> Headers:
    """Make a token of a user and return the header that shows it."""
    new = create(world.plaint, role, user=login)
    world.settle()
    return {"Authorization": f"Bearer {new.secret}"}


def assigned(world: World, who: Headers, assignee: str, **facts: Any) -> str:
    """Receive a complaint and give it to *assignee*; return its id."""
    id = world.received(**facts)
    answer = world.ask(id, "assign", who, {"assignee": assignee}, tag="*")
    assert answer.status_code == 200, answer.text
    return id
