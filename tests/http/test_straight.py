"""The short way to a route answers as FastAPI's own does, and leaves what it does not know to it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, Path, Query, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.testclient import TestClient

from adapters.http.straight import Map, Straight
from domain.access import Role
from tests.http.world import World

CALLS: list[str] = []


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = 50
    names: list[str] = []


async def first(request: Request) -> str:
    CALLS.append("first")
    if request.headers.get("stop"):
        raise HTTPException(418, "stopped")
    return request.headers.get("who", "nobody")


async def second(
    who: Annotated[str, Depends(first)], why: Annotated[str | None, Header(alias="Why")] = None
) -> str:
    CALLS.append("second")
    return f"{who} because {why}"


def closing() -> Generator[str]:
    yield "closed at the end"


def told(*values: object) -> Response:
    return Response(" ".join(map(str, values)))


def an_app() -> FastAPI:
    app = FastAPI(dependencies=[Depends(first)])

    @app.get("/things/{id}")
    def thing(
        id: str,
        who: Annotated[str, Depends(second)],
        query: Annotated[Asked, Query()],
        if_match: IfMatch = None,
    ) -> Response:
        return told("thing", id, who, query, if_match)

    @app.get("/things/newest")
    def newest() -> Response:  # never reached: the one before has its address
        return told("newest")

    @app.get("/things/{id}/{number}")
    async def part(id: str, number: int, request: Request) -> Response:
        return told("part", id, number, request.scope["route"].path, request.path_params)

    @app.post("/things/{id}")
    def change(id: str, limit: int, word: Annotated[str, Query(max_length=3)] = "abc") -> Response:
        return told("change", id, limit, word)

    @app.get("/plain", dependencies=[Depends(HTTPBearer(auto_error=False))])
    def plain(word: Annotated[str, Header()] = "x") -> Response:
        return told("plain", word)

    @app.get("/sealed/{id}")
    def sealed(id: Annotated[str, Path(max_length=2)]) -> Response:
        return told("sealed", id)

    @app.get("/closing")
    def at_the_end(said: Annotated[str, Depends(closing)]) -> Response:
        return told(said)

    @app.post("/body")
    def body(asked: Asked) -> Response:
        return told(asked)

    @app.get("/json")
    def as_json() -> dict[str, Any]:
        return {"a": 1}

    @app.get("/files/{path:path}")
    def files(path: str) -> Response:
        return told("file", path)

    @app.get("/files/special")
    def special() -> Response:
        return told("special")

    return app


IfMatch = Annotated[str | None, Header(alias="If-Match")]


@pytest.fixture
def both() -> Generator[tuple[TestClient, TestClient]]:
    """The same application, with the short way and without."""
    usual, short = an_app(), an_app()
    short.add_middleware(Straight, of=short)
    with TestClient(short) as one, TestClient(usual) as other:
        yield one, other


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/things/7",
        "/things/newest",
        "/things/7?limit=3&names=a&names=b",
        "/things/7?limit=x",
        "/things/7?limit=1&word=long",
        "/things/7?unknown=1",
        "/things/",
        "/things",
        "/things/7/",
        "/things/7/8",
        "/things/7/eight",
        "/things/a%2Fb",
        "/things/a%0A",
        "//things/7",
        "/plain",
        "/sealed/ab",
        "/sealed/abc",
        "/closing",
        "/body",
        "/json",
        "/files/special",
        "/nothing",
        "/",
    ],
)
def test_both_ways_answer_alike(both: tuple[TestClient, TestClient], method: str, path: str):
    """Also where something is wrong, missing, or not there at all; and the same is called as often."""
    for headers in ({}, {"Who": "anna", "Why": "a call", "If-Match": '"4"'}, {"Stop": "now"}):
        found: list[object] = []
        for client in both:
            CALLS.clear()
            answer = client.request(method, path, headers=headers, follow_redirects=False)
            found.append((answer.status_code, answer.content, dict(answer.headers), list(CALLS)))
        assert found[0] == found[1]


def test_what_is_unusual_has_no_way_of_its_own():
    """A dependency that is closed, a body or a parameter that is judged, what is no answer, a converter."""
    ways = Map(an_app())
    known = {path: ways.find("GET", path) is not None for path in ("/things/1", "/things/1/2", "/sealed/1")}
    unknown = {
        path: ways.find("GET", path) for path in ("/plain", "/closing", "/json", "/files/special", "/x")
    }

    assert known == dict.fromkeys(known, True)
    assert unknown == dict.fromkeys(unknown)
    assert ways.find("POST", "/body") is None


def test_while_a_dependency_is_overridden_the_usual_way_is_taken():
    async def another() -> str:
        return "somebody else"

    app = an_app()
    app.add_middleware(Straight, of=app)
    with TestClient(app) as client:
        before = client.get("/things/1").text
        app.dependency_overrides[first] = another
        after = client.get("/things/1").text

    assert ("nobody" in before, "somebody else" in after) == (True, True)


def test_the_desk_answers_alike_by_both_ways(world: World):
    """Every route with a way of its own: read plainly, and asked with a query that is wrong."""
    id, handler = world.received(), world.token(Role.HANDLER)
    ways = Map(world.app)
    known = [
        (method.upper(), path)
        for path, operations in world.app.openapi()["paths"].items()
        for method in operations
        if path != "/metrics" and ways.find(method.upper(), path) is not None
    ]

    def answers() -> list[object]:
        found: list[object] = []
        for method, path in known:
            to = path.replace("{id}", id).replace("{", "").replace("}", "")
            asked = [("?no=1", handler)] + ([("", handler), ("", {})] if method == "GET" else [])
            for query, who in asked:
                answer = world.client.request(method, to + query, headers=who | {"X-Request-Id": "r"})
                headers = {name: value for name, value in answer.headers.items() if name != "ratelimit"}
                found.append((method, to, answer.status_code, answer.content, headers))
        return found

    with world.client:  # one loop for all of them
        straight = answers()
        world.app.dependency_overrides[lambda: None] = lambda: None
        usual = answers()

    assert len(known) > 100
    assert straight == usual
