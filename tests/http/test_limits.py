"""How often and how much at once: budgets, turns, slow bodies, long questions, headers."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from h11._connection import DEFAULT_MAX_INCOMPLETE_EVENT_SIZE
from sqlalchemy import text
from starlette.testclient import TestClient

from adapters.database import Database, took_too_long
from adapters.http.app import create_app
from adapters.http.frame import Frame
from adapters.http.limits import KEYS, Limits, Rates, Turns, Window, address_of
from adapters.http.problems import Kind, Problem
from adapters.http.server import Protocol
from domain.access import Role
from tests.http.world import A_COMPLAINT, World, problem

PATIENCE = 60


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_budget_is_that_of_the_last_minute():
    clock = Clock()
    window = Window("principal", 2, clock=clock)
    first = window.take("a")
    clock.now = 30
    second = window.take("a")
    spent = window.take("a")
    clock.now = 59.5
    still, other = window.take("a"), window.take("b")
    clock.now = 60
    free = window.take("a")

    assert [(each.left, each.resets, each.wait) for each in (first, second, spent, still, free)] == [
        (1, 60, 0),
        (0, 30, 0),
        (0, 30, 30),
        (0, 1, 1),
        (0, 30, 0),
    ]
    assert other.left == 1
    assert spent.headers() == {
        "RateLimit-Policy": '"principal";q=2;w=60',
        "RateLimit": '"principal";r=0;t=30',
        "Retry-After": "30",
    }


def test_a_budget_remembers_so_many_and_nobody_starts_anew_for_it():
    """Those who come beyond share one budget until others have been away for a minute."""
    clock = Clock()
    window = Window("address", 1, clock=clock)
    for number in range(KEYS):
        window.take(str(number))

    assert [window.take(key).wait for key in ("new", "newer", "0")] == [0, 60, 60]
    assert window.look("newest").wait == 0
    clock.now = 60
    assert [window.take(key).wait for key in ("newer", "newest", "0")] == [0, 0, 0]
    assert len(window._taken) == 3


def test_whoever_has_many_addresses_sends_no_more_than_all_may(tmp_path: Path):
    world = World(tmp_path, rates=Rates(all_new_cases=3))
    hosts = [TestClient(world.app, client=(f"2001:db8:0:{n}::1", 1)) for n in range(5)]
    supervisor = world.token(Role.SUPERVISOR)

    answers = [each.post("/v1/complaints", json=A_COMPLAINT) for each in hosts]
    own = world.send(supervisor)
    world.close()

    assert [each.status_code for each in answers] == [201, 201, 201, 429, 429]
    assert answers[0].headers["ratelimit-policy"] == '"new-cases";q=30;w=60'
    assert answers[3].headers["ratelimit-policy"] == '"all-new-cases";q=3;w=60'
    assert own.status_code == 201


def test_links_have_the_budget_of_the_address_besides_their_own(tmp_path: Path):
    """Anybody can send cases and get links for them, each another principal."""
    world = World(tmp_path, rates=Rates(address=2))
    supervisor = world.token(Role.SUPERVISOR)
    links = [world.received() for _ in range(2)]
    bearers = [
        world.client.post(f"/v1/complaints/{id}/links", json={}, headers=supervisor).json()["url"]
        for id in links
    ]
    read = [
        world.get(f"/v1/complaints/{id}", {"Authorization": f"Bearer {url.rsplit('/', 1)[-1]}"})
        for id, url in zip(links, bearers, strict=True)
    ]
    world.close()

    assert [each.status_code for each in read] == [429, 429]
    assert read[0].headers["ratelimit-policy"] == '"address";q=2;w=60'


def test_pages_have_the_budget_of_their_address_and_what_they_are_drawn_with_has_none(tmp_path: Path):
    world = World(tmp_path, rates=Rates(address=2), pages=True)
    browser = TestClient(world.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)

    drawn = [browser.get("/assets/plaint.css").status_code for _ in range(4)]
    shown = [browser.get(path, follow_redirects=False) for path in ("/complain", "/", "/complain", "/")]
    world.close()

    assert drawn == [200] * 4
    assert [each.status_code for each in shown] == [200, 303, 429, 429]
    assert shown[2].headers["content-type"].startswith("text/html")
    assert shown[2].headers["retry-after"]


@pytest.mark.parametrize(("method", "path"), [("post", "/sign-in"), ("get", "/my/plaintlink_x")])
def test_attempts_to_come_in_have_a_small_budget(tmp_path: Path, method: str, path: str):
    world = World(tmp_path, rates=Rates(sign_in=2), pages=True)
    browser = TestClient(world.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)

    tried = [browser.request(method, path).status_code for _ in range(3)]
    looked = browser.get("/sign-in").status_code
    world.close()

    assert tried == [{"post": 401, "get": 410}[method]] * 2 + [429]
    assert looked == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1%eth0", "2001:db8::1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("testclient", "testclient", True),
    ],
)
def test_a_network_of_version_6_is_one_address(one: str, other: str, same: bool):
    assert (address_of({"client": (one, 1)}) == address_of({"client": (other, 2)})) is same


def test_a_principal_has_a_budget_of_their_own(tmp_path: Path):
    world = World(tmp_path, rates=Rates(principal=2, address=1))
    first, second = world.token(Role.SUPERVISOR), world.token(Role.SUPERVISOR)

    answers = [world.get("/v1/complaints", first) for _ in range(3)]
    other, nobody = world.get("/v1/complaints", second), [world.get("/v1/forms") for _ in range(2)]
    world.close()

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert [each.headers["ratelimit"] for each in answers[:2]] == [
        '"principal";r=1;t=60',
        '"principal";r=0;t=60',
    ]
    assert answers[0].headers["ratelimit-policy"] == '"principal";q=2;w=60'
    assert problem(answers[2], "too-many-requests", 429)
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    assert other.status_code == 200
    assert [each.status_code for each in nobody] == [200, 429]


def test_health_has_no_budget(tmp_path: Path):
    world = World(tmp_path, rates=Rates(address=1))

    assert [world.get("/livez").status_code for _ in range(3)] == [200] * 3
    world.close()


def test_who_guesses_tokens_is_held_up_and_nobody_else_at_that_address(tmp_path: Path):
    world = World(tmp_path, rates=Rates(refused=3))
    good, unused = world.token(Role.SUPERVISOR), world.token(Role.SUPERVISOR)
    assert world.get("/v1/complaints", good).status_code == 200

    guesses = [world.get("/v1/complaints", {"Authorization": f"Bearer guess{n}"}) for n in range(5)]

    assert [each.status_code for each in guesses] == [401, 401, 401, 429, 429]
    assert problem(guesses[-1], "too-many-requests", 429)
    assert guesses[-1].headers["retry-after"]
    assert world.get("/v1/complaints", good).status_code == 200
    assert world.get("/v1/complaints", unused).status_code == 429
    assert world.get("/livez").status_code == 200
    world.close()


def test_the_page_of_the_form_has_the_budget_of_new_cases(tmp_path: Path):
    world = World(tmp_path, rates=Rates(new_cases=1), pages=True)
    browser = TestClient(world.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)

    answers = [browser.post("/complain", data={"language": "en"}) for _ in range(2)]
    world.close()

    assert answers[0].status_code != 429
    assert answers[1].status_code == 429
    assert answers[1].headers["content-type"].startswith("text/html")
    assert answers[1].headers["retry-after"]


def test_no_more_than_its_turns_of_a_key_run_at_once():
    """The next begins when one has ended; another key does not wait; who waits too long is refused."""
    turns, order = Turns(1, patience=0.2), list[str]()

    async def run() -> None:
        entered, leave = anyio.Event(), anyio.Event()

        async def hold() -> None:
            await turns.begin("a")
            entered.set()
            await leave.wait()
            order.append("first")
            turns.end("a")

        async with anyio.create_task_group() as group:
            group.start_soon(hold)
            await entered.wait()
            await turns.begin("b")
            order.append("other")
            turns.end("b")
            with pytest.raises(Problem) as refused:
                await turns.begin("a")
            assert refused.value.kind is Kind.TOO_MANY_REQUESTS
            leave.set()
        await turns.begin("a")
        order.append("second")
        turns.end("a")

    anyio.run(run)
    assert order == ["other", "first", "second"]
    assert not turns._now


def test_one_principal_takes_at_most_half_of_the_workers(world: World, supervisor: dict[str, str]):
    """Of two workers one is left: another principal is answered while the first still holds its turn."""
    other = world.token(Role.SUPERVISOR)
    app = create_app(world.plaint, workers=2, rates=Rates())
    held, go_on = threading.Event(), threading.Event()
    cases = world.plaint.queries.cases

    def slow(who: Any, *rest: Any, **more: Any) -> Any:
        if not held.is_set():
            held.set()
            assert go_on.wait(PATIENCE)
        return cases(who, *rest, **more)

    world.plaint.queries.cases = slow
    with TestClient(app) as client, ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.get, "/v1/complaints", headers=supervisor)
        assert held.wait(PATIENCE)
        second = pool.submit(client.get, "/v1/complaints", headers=supervisor)
        assert client.get("/v1/complaints", headers=other).status_code == 200
        assert not second.done()
        go_on.set()
        assert {first.result(PATIENCE).status_code, second.result(PATIENCE).status_code} == {200}


def test_a_question_that_takes_too_long_is_broken_off(database_url: str):
    database = Database(database_url, statement_seconds=0.3)
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n WHERE x < 0"
        if database.is_sqlite
        else "SELECT pg_sleep(30)"
    )
    began = time.monotonic()
    with (
        pytest.raises(Exception, match=r"interrupted|canceling statement") as broken,
        database.read() as reading,
    ):
        reading.execute(text(endless))

    assert took_too_long(broken.value)
    assert time.monotonic() - began < 10
    with database.read() as reading:
        assert reading.execute(text("SELECT 1")).scalar() == 1
    database.close()


def test_a_broken_off_question_is_told_as_such(
    world: World, supervisor: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n WHERE x < 0"
    )
    database = Database(f"sqlite:///{world.settings.data / 'views.db'}", statement_seconds=0.05)

    def slow(*_: object, **__: object) -> None:
        with database.read() as reading:
            reading.execute(text(endless))

    monkeypatch.setattr(world.plaint.queries, "cases", slow)
    answer = world.get("/v1/complaints", supervisor)
    database.close()

    assert problem(answer, "too-slow", 503)
    assert answer.headers["retry-after"]


class TestServed:
    """What only a real server meets."""

    @pytest.fixture
    def address(self, world: World) -> Generator[tuple[str, int]]:
        app = Frame(create_app(world.plaint), limits=Limits(Rates(), 8), body_seconds=0.5)
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=Protocol, log_config=None, lifespan="off", proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[:2]
        server.should_exit = True
        thread.join(PATIENCE)
        listening.close()

    def asked(self, address: tuple[str, int], *parts: bytes, pause: float = 0) -> tuple[int, dict[str, Any]]:
        """Send *parts* one after another; return status and problem."""
        with socket.create_connection(address, timeout=PATIENCE) as client:
            for part in parts:
                client.sendall(part)
                time.sleep(pause)
            answer = b"".join(self.rest(client))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head
        assert re.search(rb"(?i)^connection: close", head, re.MULTILINE)
        return int(head.split()[1]), json.loads(body)

    def rest(self, client: socket.socket) -> Iterator[bytes]:
        while part := client.recv(1 << 16):
            yield part

    def test_a_header_without_end_is_refused(self, address: tuple[str, int]):
        """At its first byte too many; of any after it the machine would tell by a reset, which may lose the answer."""
        head = b"GET /livez HTTP/1.1\r\nHost: x\r\nX: "

        status, said = self.asked(address, head.ljust(DEFAULT_MAX_INCOMPLETE_EVENT_SIZE + 1, b"a"))

        assert (status, said["type"]) == (431, "urn:plaint:problem:headers-too-large")

    def test_what_is_no_http_is_refused(self, address: tuple[str, int]):
        status, said = self.asked(address, b"\x16\x03\x01 hello\r\n\r\n")

        assert (status, said["type"]) == (400, "urn:plaint:problem:bad-request")

    def test_a_body_that_comes_too_slowly_is_refused(self, address: tuple[str, int]):
        head = b"POST /v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"

        status, said = self.asked(address, head, b"{")

        assert (status, said["type"]) == (408, "urn:plaint:problem:slow-body")


class TestSettings:
    """What an operator sets: nothing is believed and nobody let in by default."""

    def test_safe_headers_and_strict_transport_where_the_address_is_https(self, tmp_path: Path):
        world = World(tmp_path, public_url="https://desk.example")
        headers = world.get("/livez").headers
        world.close()

        assert headers["strict-transport-security"] == "max-age=31536000"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]

    def test_other_sites_are_let_in_by_name(self, tmp_path: Path, world: World):
        asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
        closed = world.client.options("/v1/complaints", headers=asked)
        opened = World(tmp_path / "open", cors_origins="https://shop.example, https://b.example")
        allowed = opened.client.options("/v1/complaints", headers=asked)
        other = opened.client.options("/v1/complaints", headers=asked | {"Origin": "https://evil.example"})
        methods, taken = all_that_is_sent(opened)
        simple = opened.client.post(
            "/v1/complaints", json=A_COMPLAINT, headers={"Origin": "https://b.example"}
        )
        opened.close()

        assert closed.status_code == 405
        assert "strict-transport-security" not in closed.headers
        assert "access-control-allow-origin" not in closed.headers
        assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
        assert "access-control-allow-origin" not in other.headers
        assert methods <= set(allowed.headers["access-control-allow-methods"].split(", "))
        assert taken <= set(allowed.headers["access-control-allow-headers"].lower().split(", "))
        assert simple.headers["access-control-allow-origin"] == "https://b.example"
        assert "ETag" in simple.headers["access-control-expose-headers"]

    def test_the_path_that_a_proxy_takes_off_stands_before_what_is_linked(self, tmp_path: Path):
        world = World(tmp_path, root_path="/desk")
        supervisor = world.token(Role.SUPERVISOR)
        world.received()
        world.received()
        below = TestClient(world.app, root_path="/desk")
        answer = below.get("/desk/v1/complaints?limit=1", headers=supervisor)
        world.close()

        assert answer.json()["next"].startswith("/desk/v1/complaints?limit=1&cursor=")
        assert answer.headers["cache-control"] == "no-store"


def all_that_is_sent(world: World) -> tuple[set[str], set[str]]:
    """Return the methods and the headers that the description of the API names."""
    operations = [(m, each) for of in world.app.openapi()["paths"].values() for m, each in of.items()]
    headers = (
        one["name"] for _, each in operations for one in each.get("parameters", ()) if one["in"] == "header"
    )
    return {method.upper() for method, _ in operations}, {name.lower() for name in headers}
