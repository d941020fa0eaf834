"""Requests a second on PostgreSQL, two server processes on each side: Plaint against a plain application.

Plaint answers GET with a whole case under the reader's rights and takes down that it was read, one of
few that were read lately or one of so many that nothing is remembered of it; POST
validates, screens, starts clocks, seals, and appends with a receipt. The log and the vault are
databases of one server, as several processes share them.  The plain application is FastAPI with
async psycopg: one row by its id, two rows in one transaction. Clients are processes of their own
that keep their connection. Bare is no third side but the floor: as many questions and commits as ours,
by the other side's framework and driver, with nothing between them. What the token check costs is taken in one process, without sockets: the
same GET with and without it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from copy import copy
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple
from unittest.mock import patch

import psycopg
from fastapi import FastAPI
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

from adapters import duplicates
from adapters.bootstrap import Plaint
from adapters.database import Database
from adapters.http.app import create_app
from adapters.http.limits import NO_LIMITS
from adapters.search.tables import SCHEMA
from adapters.tokens import create, digest
from domain.access import Principal, Role
from tests.adapters import postgres
from tests.benchmarks import bare_app, cases, plain_app, serving, sides
from tests.benchmarks.crowd import Act, Crowd
from tests.benchmarks.figures import ROUNDS, WINDOW, in_turn, judged, middle, report, versus

SERVERS, CLIENTS = 2, (2, 8)
GET, POST, TOKEN = 0.5, 0.3, 0.1
CASES, LENGTH = 6_000, 5
AGAIN = 500
"""Cases that are read again and again; of all of them in turn no process remembers the document."""
UNLIMITED = {"PLAINT_RATE_PRINCIPAL": str(10**9), "PLAINT_RATE_ADDRESS": str(10**9)}
SENT = {
    "account_email": "someone@example.org",
    "account_id": "AA12 N84G ABCD EFGH",
    "full_name": "Someone Somewhere",
    "country": "FR",
    "category": "withdrawal",
    "details": cases.SENTENCES[0],
    "language": "en",
}
NAMES = {"get again": "GET, read lately", "get": "GET", "post": "POST"}
AT_ONCE = 20
"""Requests between two looks at the processor's clock."""


class Served(NamedTuple):
    """Where both sides serve, whose token opens ours, and what can be read of each."""

    ours: list[str]
    theirs: list[str]
    bare: list[str]
    secret: str
    ids: list[str]
    rows: list[str]


@contextmanager
def clients(number: int, at: Served) -> Generator[Mapping[str, Act]]:
    """What client *number* can do: it stays with one of the servers of each side."""
    with (
        closing(serving.Client(at.ours[number % SERVERS])) as our,
        closing(serving.Client(at.theirs[number % SERVERS])) as their,
        closing(serving.Client(at.bare[number % SERVERS])) as floor,
    ):
        by = {"Authorization": f"Bearer {at.secret}"}
        acts = {
            "post": posting(our, "/v1/complaints", by),
            "post plain": posting(their, "/complaints", {}),
            "post bare": posting(floor, "/complaints", {}),
        }
        for what, some in (("get again", AGAIN), ("get", CASES)):
            ids, rows = (from_afar(each[:some], number) for each in (at.ids, at.rows))
            acts[what] = getting(our, "/v1/complaints", ids, by)
            acts[f"{what} plain"] = getting(their, "/complaints", rows, {})
            asked = [f"{id}/again" for id in ids] if what == "get again" else ids
            acts[f"{what} bare"] = getting(floor, "/complaints", asked, {})
        yield acts


def from_afar(ids: Sequence[str], number: int) -> Sequence[str]:
    """Return *ids* from where client *number* begins: no two read the same soon after one another."""
    first = number * len(ids) // max(CLIENTS)
    return [*ids[first:], *ids[:first]]


def getting(client: serving.Client, path: str, ids: Sequence[str], by: Mapping[str, str]) -> Act:
    """Return the reading of one after the other."""
    turns = itertools.cycle([client.request("GET", f"{path}/{id}", by) for id in ids])
    return lambda: client.send(next(turns), 200)


def posting(client: serving.Client, path: str, by: Mapping[str, str]) -> Act:
    """Return the sending of a complaint under a key that nobody used before."""
    body, run, turns = json.dumps(SENT).encode(), os.urandom(8).hex(), itertools.count()

    def act() -> None:
        headers = {**by, "Idempotency-Key": f"{run}-{next(turns)}"}
        client.send(client.request("POST", path, headers, body), 201)

    return act


def test_requests(
    postgres_server: postgres.Server, postgres_url: str, another_url: str, tmp_path: Path
) -> None:
    """One case read, one complaint sent: as many clients, both sides in turn."""
    plain, ours_there = (postgres.plain(make_url(url)) for url in (another_url, postgres_url))
    # The search index has tables in a schema of its own.
    ours_there = make_conninfo(ours_there, options=f"-c search_path=public,{SCHEMA}")
    rows_there = filled_plainly(plain)
    with ExitStack() as stack:
        vault = stack.enter_context(postgres_server.database())
        secret, ids = filled(postgres_url, tmp_path, vault)
        asked = bare_app.kept(asked_of(postgres_url, tmp_path, vault, secret, ids), tmp_path / "asked")
        where = {"PLAINT_DATABASE_URL": postgres_url, "PLAINT_VAULT_URL": vault, **UNLIMITED}
        ours = [stack.enter_context(serving.desk(tmp_path, "api", **where)) for _ in range(SERVERS)]
        command = [sys.executable, "-m", "tests.benchmarks.plain_app", plain]
        theirs = [stack.enter_context(serving.serving(command)) for _ in range(SERVERS)]
        command = [sys.executable, "-m", "tests.benchmarks.bare_app", ours_there, str(asked), plain]
        floor = [stack.enter_context(serving.serving(command)) for _ in range(SERVERS)]
        for side in (ours, theirs, floor):
            for number, server in enumerate(side):
                server.stay(number)
        at = Served(
            ours=[each.url for each in ours],
            theirs=[each.url for each in theirs],
            bare=[each.url for each in floor],
            secret=secret,
            ids=ids,
            rows=rows_there,
        )
        crowd = stack.enter_context(Crowd(max(CLIENTS), clients, at))
        rows: list[dict[str, object]] = []
        for number in CLIENTS:
            for what, goal in (("get again", GET), ("get", GET), ("post", POST)):
                acts = {name: partial(crowd.rate, name, number, WINDOW) for name in sides_of(what)}
                for act in acts.values():
                    act()  # what a process meets for the first time is nobody's rate
                rows += both(what, number, in_turn(ROUNDS, acts), goal)
    report("http", rows)


def both(
    what: str, number: int, taken: Mapping[str, Sequence[float]], goal: float
) -> list[dict[str, object]]:
    """Return a row of ours and one of the floor."""
    ours, floor, plain = (taken[side] for side in sides_of(what))
    of_bare: dict[str, object] = {"of bare": versus(ours, floor)["ratio"]}
    return [
        row(NAMES[what], number, ours, plain, goal) | of_bare,
        row(f"bare {NAMES[what]}", number, floor, plain, None),
    ]


def sides_of(what: str) -> tuple[str, str, str]:
    """Return what is done by each side: ours, the floor, and the plain application."""
    return what, f"{what} bare", f"{what} plain"


def row(
    what: str, number: int, ours: Sequence[float], plain: Sequence[float], goal: float | None
) -> dict[str, object]:
    figures = {"ours, a second": middle(ours), "plain, a second": middle(plain)}
    return {"request": what, "clients": number} | figures | versus(ours, plain, goal)


def asked_of(url: str, folder: Path, vault: str, secret: str, ids: Sequence[str]) -> bare_app.Asked:
    """Return what is asked of the database to answer the reading of each of *ids*, and one complaint."""
    asked: dict[str, list[tuple[bytes, Sequence[object]]]] = {bare_app.SENT: []}
    answers, at_once, current = Database.answers, Database.answers_at_once, ids[0]

    def noted(self: Database, question: str, values: Sequence[object]) -> Sequence[Any]:
        asked[current].append((question.replace("?", "%s").encode(), values))
        return answers(self, question, values)

    async def noted_at_once(self: Database, question: str, values: Sequence[object]) -> Sequence[Any] | None:
        found = await at_once(self, question, values)
        if found is not None:
            asked[current].append((question.replace("?", "%s").encode(), values))
        return found

    async def all_of_them(app: FastAPI) -> None:
        nonlocal current
        # The first one twice: at first more is asked than of each that follows.
        for current in (ids[0], *ids):
            asked[current] = []
            await asked_for(app, secret, current)

    with (
        sides.opened(folder, url, vault=vault) as plaint,
        patch.object(Database, "answers", noted),
        patch.object(Database, "answers_at_once", noted_at_once),
    ):
        asyncio.run(all_of_them(create_app(plaint, rates=NO_LIMITS)))
        current, who = bare_app.SENT, plaint.admission.known_by(digest(secret))
        assert who is not None
        duplicates.hints(plaint, who, duplicates.said_by(SENT, plaint.now()))
    return asked


def filled(url: str, folder: Path, vault: str | None = None) -> tuple[str, list[str]]:
    """Store cases, fold them, and return the secret of a handler's token and the ids of the cases."""
    with sides.opened(folder, url, vault=vault) as plaint:
        new = create(plaint, Role.HANDLER)
        stored = cases.store_cases(plaint, CASES, LENGTH)
        plaint.views.catch_up()
        plaint.search.prepare()
        plaint.search.engine.catch_up()
    return new.secret, [str(id) for id in stored.cases]


def filled_plainly(conninfo: str) -> list[str]:
    """Make the tables of the other side, with as many rows, and return their ids."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(plain_app.TABLES)
        for _ in range(CASES):
            connection.execute(plain_app.WRITE, {"id": os.urandom(16).hex(), **SENT})
        connection.execute("ANALYZE")
        return [str(id) for (id,) in connection.execute("SELECT id FROM complaints")]


def test_the_token_check(postgres_url: str, tmp_path: Path) -> None:
    """The same GET with the check and with its result: processor time, one request after the other.

    What is known of the token is read again every half second, as in a server.
    """
    secret, ids = filled(postgres_url, tmp_path)
    with sides.opened(tmp_path, postgres_url) as plaint:
        who = plaint.admission.known_by(digest(secret))
        assert who is not None
        checking, knowing = create_app(plaint, rates=NO_LIMITS), known(plaint, who)
        taken = asyncio.run(costs({"with": checking, "without": knowing}, secret, ids))
    check = [one - other for one, other in zip(taken["with"], taken["without"], strict=True)]
    shares = [one / whole for one, whole in zip(check, taken["with"], strict=True)]
    figures: dict[str, object] = {
        "what": "token check",
        "GET, us of processor": middle(taken["with"]) * 1e6,
        "check, us": middle(check) * 1e6,
    }
    spread = {"lowest": min(shares), "highest": max(shares)}
    report("http-token", [figures | judged(middle(shares), TOKEN, at_most=True) | spread])


class OneAlone:
    """Knows one principal, whatever is shown; an override of FastAPI's would cost more than the check."""

    def __init__(self, who: Principal) -> None:
        self.who = who

    def at_hand(self, _secret: str) -> Principal:
        """Return the one."""
        return self.who


def known(plaint: Plaint, who: Principal) -> FastAPI:
    """Return the application that takes every request for one of *who*."""
    alike: Any = copy(plaint)
    alike.admission = OneAlone(who)
    return create_app(alike, rates=NO_LIMITS)


async def costs(apps: Mapping[str, FastAPI], secret: str, ids: Sequence[str]) -> dict[str, list[float]]:
    """Return the seconds of processor that a GET takes, by application, for each round.

    Both take turns within a round: the difference is smaller than what a machine drifts in a second.
    """
    turns = itertools.cycle(ids)
    taken: dict[str, list[float]] = {name: [] for name in apps}
    for turn in range(ROUNDS + 1):
        spent, number, end = dict.fromkeys(apps, 0.0), 0, perf_counter() + 2 * WINDOW
        while not number or perf_counter() < end:
            for name, app in apps.items():
                began = process_time()
                for _ in range(AT_ONCE):
                    await asked_for(app, secret, next(turns))
                spent[name] += process_time() - began
            number += AT_ONCE
        if turn:  # what is made at the first request is nobody's cost
            for name, seconds in spent.items():
                taken[name].append(seconds / number)
    return taken


async def asked_for(app: FastAPI, secret: str, id: str) -> None:
    """Ask *app* for a case as a server would."""
    path = f"/v1/complaints/{id}"
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {secret}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200, message

    await app(scope, receive, send)
