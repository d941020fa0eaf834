"""A route is given in short what FastAPI would give it, and by FastAPI itself whatever has to be looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter, Cookie, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.params import Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.testclient import TestClient

from adapters.http import late
from adapters.http.late import Late, take
from adapters.http.threads import in_thread

ID = UUID("019e506a-3c00-8000-be61-cdc4bb86c327")
calls: list[str] = []


class Wanted(BaseModel):
    """A query."""

    limit: int = 10
    names: list[str] = Field(default_factory=list)


class Passed:
    """What every request goes through."""

    async def __call__(self, request: Request) -> None:
        """Let in whoever does not ask to be refused."""
        calls.append("passed")
        if "refuse" in request.headers:
            raise HTTPException(418)


async def who(request: Request, by: Annotated[str, Header()] = "anna") -> str:
    """Return who asks."""
    calls.append("who")
    return f"{by} by {request.method}"


async def team(who: Annotated[str, Depends(who)], in_hours: Annotated[int, Header()] = 0) -> str:
    """Return their team."""
    return f"team of {who}, {in_hours}"


async def read(
    request: Request,
    id: UUID,
    who: Annotated[str, Depends(who)],
    team: Annotated[str, Depends(team)],
    query: Annotated[Wanted, Query()],
) -> Response:
    """Answer with all that was given."""
    said = {"path": request.url.path, "id": str(id), "who": who, "team": team, "query": query.model_dump()}
    query.names.append("changed")
    query.limit = 0
    return JSONResponse(said)


@in_thread
def threaded(id: UUID, who: Annotated[str, Depends(who)], times: int = 2) -> Response:
    """Answer in a thread."""
    return JSONResponse([str(id), who, times])


async def told(id: UUID) -> dict[str, str]:
    """Return what FastAPI writes out."""
    return {"id": str(id)}


async def kept(id: UUID, last: Annotated[str | None, Cookie()] = None) -> Response:
    """Answer with a cookie."""
    return JSONResponse([str(id), last])


def blocking() -> str:
    """Return what a thread has to be waited for."""
    return "slow"


async def slow(id: UUID, said: Annotated[str, Depends(blocking)]) -> Response:
    """Answer with it."""
    return JSONResponse([str(id), said])


async def strict(id: UUID, key: Annotated[str, Header()]) -> Response:
    """Answer with a field that has to be sent."""
    return JSONResponse([str(id), key])


async def texts(
    id: str,
    key: Annotated[str | None, Header(alias="Some-Key")] = None,
    in_short: Annotated[str, Header(max_length=3)] = "no",
) -> Response:
    """Answer with texts, any of which will do but for one."""
    return JSONResponse([id, key, in_short])


def served() -> FastAPI:
    router = APIRouter(route_class=Late)
    for answer in (read, threaded, told, kept, slow, strict, texts):
        router.get(f"/{answer.__name__}/{{id}}")(answer)
    app = FastAPI()
    take(app, router, Depends(Passed()))
    return app


@pytest.fixture
def shorts(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return whether each request was answered in short."""
    went: list[bool] = []
    real = late.handler

    def watched(dependant: Any, whole: Callable[..., Awaitable[Response]], overridden: Any) -> Any:
        async def by_fastapi(request: Request) -> Response:
            went[-1] = False
            return await whole(request)

        short = real(dependant, by_fastapi, overridden)

        async def handle(request: Request) -> Response:
            went.append(True)
            return await short(request)

        return handle

    monkeypatch.setattr(late, "handler", watched)
    return went


@pytest.fixture
def by_fastapi_alone(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """Return a client of the same routes without a short way."""

    def never(_dependant: Any, whole: Any, _overridden: Any) -> Any:
        return whole

    monkeypatch.setattr(late, "handler", never)
    client = TestClient(served())
    for name in ("read", "threaded", "told", "kept", "slow", "strict", "texts"):
        client.get(f"/{name}/{ID}")
    monkeypatch.undo()
    return client


@pytest.mark.parametrize(
    ("path", "headers", "short"),
    [
        (f"/read/{ID}", {}, True),
        (f"/read/{ID}", {"X-Other": "1"}, True),
        (f"/read/{ID}?", {}, True),
        (f"/read/{ID}?limit=3&names=a&names=b", {}, False),
        (f"/read/{ID}?limit=x", {}, False),
        (f"/read/{ID}", {"By": "eve"}, True),
        (f"/read/{ID}", {"by": "eve"}, True),
        (f"/read/{ID}", {"In-Hours": "7", "X-Other": "1"}, True),
        (f"/read/{ID}", {"In-Hours": "soon"}, False),
        ("/read/nobody", {}, False),
        (f"/read/{ID}", {"Refuse": "1"}, True),
        (f"/threaded/{ID}", {}, True),
        (f"/threaded/{ID}?times=3", {}, False),
        (f"/told/{ID}", {}, False),
        (f"/kept/{ID}", {"Cookie": "last=1"}, False),
        (f"/slow/{ID}", {}, False),
        (f"/strict/{ID}", {}, False),
        (f"/strict/{ID}", {"Key": "k"}, False),
        ("/texts/%C3%A9t%20%00", {}, True),
        ("/texts/a", {"Some-Key": " b ", "in-short": "yes"}, True),
        ("/texts/a", {"some-key": "", "in_short": "yes"}, True),
        ("/texts/a", {"some_key": "b", "key": "c"}, True),
        ("/texts/a", {"in-short": "much"}, False),
    ],
)
def test_the_answer_is_the_one_that_fastapi_gives(
    by_fastapi_alone: TestClient, shorts: list[bool], path: str, headers: dict[str, str], short: bool
):
    """And whatever passes before it is called as often, in the same order."""
    client = TestClient(served())
    calls.clear()
    expected = by_fastapi_alone.get(path, headers=headers)
    called = calls.copy()
    for _ in range(2):  # what one request does to what it is given is not given to the next
        calls.clear()
        answer = client.get(path, headers=headers)

        assert (answer.status_code, answer.content) == (expected.status_code, expected.content)
        assert answer.headers == expected.headers
        assert calls == called
    assert shorts == [short] * 2


def test_a_dependency_with_another_in_its_place_is_not_called(shorts: list[bool]):
    app = served()
    client = TestClient(app)
    assert client.get(f"/threaded/{ID}").json() == [str(ID), "anna by GET", 2]
    app.dependency_overrides[who] = lambda: "nobody"

    assert client.get(f"/threaded/{ID}").json() == [str(ID), "nobody", 2]
    assert shorts == [True, False]
