"""Routes that are made when they are first needed: once, whoever needs them, and as they were declared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, HTTPException
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from adapters.http.late import Late, take

AT_ONCE = 8


def refuse() -> None:
    raise HTTPException(418)


def who() -> str:
    return "anna"


def greet(name: str, by: Annotated[str, Depends(who)], times: int = 1) -> dict[str, Any]:
    """Greet somebody."""
    return {"name": name, "by": by, "times": times}


def served(*passed: Depends) -> FastAPI:
    router = APIRouter(route_class=Late, prefix="/people", tags=["people"])
    router.get("/{name}")(greet)
    router.post("/{name}", name="greet_again", status_code=201)(greet)
    app = FastAPI(generate_unique_id_function=lambda route: f"op_{route.name}")
    take(app, router, *passed)
    return app


def late(app: FastAPI) -> list[Late]:
    return [each for each in app.routes if isinstance(each, Late)]


def made(app: FastAPI) -> list[bool]:
    return ["dependant" in vars(each) for each in late(app)]


def test_a_route_is_made_by_the_first_request_for_it_and_no_other():
    app = served()
    client = TestClient(app)

    assert made(app) == [False, False]
    assert client.get("/people").status_code == 404
    assert made(app) == [False, False]
    assert client.get("/people/eve?times=2").json() == {"name": "eve", "by": "anna", "times": 2}
    assert made(app) == [True, False]
    assert client.post("/people/eve").status_code == 201
    assert client.get("/people/eve?times=x").status_code == 422
    assert client.delete("/people/eve").status_code == 405


def test_an_address_is_matched_whole_with_and_without_the_path_of_a_proxy():
    app, router = served(), APIRouter(route_class=Late)
    router.get("/people/{name}/letters/{letter}/answer")(refuse)
    take(app, router)
    direct, proxied = TestClient(app), TestClient(app, root_path="/plaint")

    for client, before in ((direct, ""), (proxied, "/plaint"), (proxied, "")):
        assert client.get(f"{before}/people/eve/letters/1/answer").status_code == 418
        assert client.get(f"{before}/people/eve/letters/1/answers").status_code == 404
        assert client.get(f"{before}/people/eve/letters/answer").status_code == 404
        assert client.get(f"{before}/peoples/eve").status_code == 404
        assert client.get(f"{before}/people/eve").status_code == 200


def test_a_request_passes_what_the_application_asks_of_it_first():
    client = TestClient(served(Depends(refuse)))

    assert client.get("/people/eve?times=x").status_code == 418


def test_what_the_application_puts_in_place_of_a_dependency_holds_for_its_routes_alone():
    app, other = served(), served()
    app.dependency_overrides[who] = lambda: "otto"

    assert TestClient(app).get("/people/eve").json()["by"] == "otto"
    assert TestClient(other).get("/people/eve").json()["by"] == "anna"


def test_the_description_of_the_api_has_them_as_declared():
    app = served()
    operation = app.openapi()["paths"]["/people/{name}"]["get"]

    assert operation["operationId"] == "op_greet"
    assert operation["tags"] == ["people"]
    assert operation["description"] == "Greet somebody."
    assert [each["name"] for each in operation["parameters"]] == ["name", "times"]


def test_many_who_ask_at_once_find_it_whole(monkeypatch: pytest.MonkeyPatch):
    route = late(served())[0]
    times: list[int] = []
    make: Any = APIRoute.__init__

    def count(*args: Any, **settings: Any) -> None:
        times.append(1)
        make(*args, **settings)

    monkeypatch.setattr(APIRoute, "__init__", count)
    barrier = Barrier(AT_ONCE)

    def look(_number: int) -> tuple[Any, ...]:
        barrier.wait()
        return route.dependant, route.app, route.response_field

    with ThreadPoolExecutor(AT_ONCE) as threads:
        seen = list(threads.map(look, range(AT_ONCE)))

    assert len(times) == 1
    assert seen == [(route.dependant, route.app, route.response_field)] * AT_ONCE


def test_what_no_route_has_is_missing():
    route = late(served())[0]

    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = route.nothing_of_the_kind
    assert not hasattr(route, "__wrapped__")
