"""What a request passes before its route: the budget of who sends it, their turn, and a plain query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from fastapi import Request
from fastapi.security.base import SecurityBase
from starlette.applications import Starlette

from adapters.http.auth import WHO, Somebody, bearer
from adapters.http.limits import TURN, address_of, limits_of, may_look, spend
from adapters.http.problems import Kind, Mistake, Problem
from domain.access import Role

LASTING = ("/v1/stream",)
"""Addresses whose answers last as long as the client likes, and hold no thread meanwhile."""


class Admission(SecurityBase):
    """Lets a request in when its sender has budget left, and begins their turn, which the frame ends.

    To the description of the API it is the token itself: what needs one says so.
    """

    def __init__(self) -> None:
        self.model, self.scheme_name = bearer.model, bearer.scheme_name

    async def __call__(self, request: Request, who: Somebody) -> None:
        """Let *request* in; who was let in stands in its scope from then on."""
        request.scope[WHO] = who
        limits = limits_of(request)
        if who is None:
            key = f"address {address_of(request.scope)}"
            spend(request, limits.address, key)
        else:
            key = f"principal {who.id}"
            limits.prove(credentials_of(request.headers.get("authorization", "")))
            spend(request, limits.principal, key)
            if who.role is Role.COMPLAINANT:  # whoever sends cases has as many links as they like
                key = f"address {address_of(request.scope)}"
                spend(request, limits.address, key)
        once_each(request)
        if not request.scope["path"].endswith(LASTING):
            await limits.turns.begin(key)
            request.scope[TURN] = key


admitted = Admission()


async def visited(request: Request) -> None:
    """Let a request in that needs no token, while its address has budget left."""
    may_look(request)
    once_each(request)


def credentials_of(header: str) -> str:
    """Return under what the credentials of a request are remembered; they cannot be read back."""
    return sha256(header.encode("latin-1", "replace")).hexdigest()


def once_each(request: Request) -> None:
    """Refuse a parameter that is given twice and is no list: readers differ on which one counts."""
    if not request.scope["query_string"]:
        return
    given = Counter(name for name, _ in request.query_params.multi_items())
    twice = [name[:100] for name, times in given.items() if times > 1 and name not in _lists(request.app)]
    if twice:
        said = {name: f"{name}: Give this once." for name in twice}
        found = [Mistake(parameter=name, detail=each, type="given_twice") for name, each in said.items()]
        raise Problem(Kind.INVALID, " ".join(mistake.detail for mistake in found[:5]), errors=found)


def _lists(app: Starlette) -> frozenset[str]:
    """Return the parameters that may be given several times, as the description of the API says."""
    if not hasattr(app.state, "lists"):
        app.state.lists = frozenset(_named_lists(app))
    return app.state.lists


def _named_lists(app: Any) -> Iterator[str]:
    for operations in app.openapi()["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["schema"].get("type") == "array":
                    yield parameter["name"]
