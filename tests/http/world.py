"""A desk behind the API, with a clock of its own and hands that never tire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from adapters.bootstrap import Plaint
from adapters.directory import ensure_teams
from adapters.http.app import create_app
from adapters.http.limits import NO_LIMITS, Rates
from adapters.settings import Settings
from adapters.tokens import create
from domain.access import Role
from domain.ids import new_id
from domain.ticket import Ticket
from domain.ticket.request import Request

START = datetime.fromisoformat("2026-05-22T16:00:00+00:00")
A_COMPLAINT: dict[str, Any] = {
    "account_email": "someone@example.org",
    "account_id": "AA12 N84G ABCD EFGH",
    "full_name": "Someone Somewhere",
    "country": "US",
    "category": "withdrawal",
    "details": "The withdrawal has not arrived.",
    "language": "en",
}


class World:
    """An installation in a folder, a client, and the time that it is."""

    def __init__(
        self,
        folder: Path,
        url: str | None = None,
        *,
        rates: Rates = NO_LIMITS,
        pages: bool = False,
        now: Callable[[], datetime] | None = None,
        **settings: Any,
    ) -> None:
        self.now = START
        given: dict[str, Any] = {"public_url": None, **settings}
        self.settings = Settings(data=folder, database_url=url, **given)
        self.chances = count(1)
        self.plaint = Plaint.open(self.settings, now=now or (lambda: self.now), chance=self.chance)
        self.moves = True
        """Whether read models are moved for whoever waits for them, as a worker would."""
        vars(self.plaint.views)["wait_for"] = self.brought
        self.app = create_app(self.plaint, rates=rates, pages=pages)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def chance(self, length: int) -> bytes:
        """Chance that is the same in every run, and never the same twice."""
        return next(self.chances).to_bytes(4, "big").ljust(length, b"\1")

    def close(self) -> None:
        self.client.close()
        self.plaint.close()

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def brought(self, place: str | Mapping[int, int], seconds: float, names: Iterable[str]) -> bool:
        """Wait for read models as others do, but move them first where no worker runs beside."""
        if self.moves:
            self.settle()
        return type(self.plaint.views).wait_for(self.plaint.views, place, seconds, names)

    def settle(self) -> None:
        self.plaint.views.catch_up()

    def token(self, role: Role, *teams: str, expires_at: datetime | None = None) -> dict[str, str]:
        """Make a token, and the teams that it names; return the header that shows it."""
        ensure_teams(self.plaint, teams, "system:cli")
        new = create(self.plaint, role, teams=teams, expires_at=expires_at)
        self.settle()
        return {"Authorization": f"Bearer {new.secret}"}

    def get(self, path: str, who: Mapping[str, str] | None = None, **query: Any) -> Response:
        return self.client.get(path, headers=dict(who or {}), params=query or None)

    def send(self, headers: Mapping[str, str] | None = None, **facts: Any) -> Response:
        """Send a complaint changed by *facts*; None takes a field away."""
        body = {name: value for name, value in (A_COMPLAINT | facts).items() if value is not None}
        return self.client.post("/v1/complaints", json=body, headers=dict(headers or {}))

    def received(self, **facts: Any) -> str:
        """Send a complaint and return its id."""
        answer = self.send(**facts)
        assert answer.status_code == 201, answer.text
        self.settle()
        return answer.json()["id"]

    def ask(
        self,
        id: str,
        command: str,
        who: Mapping[str, str],
        body: Any = None,
        *,
        version: int | None = None,
        key: str | None = None,
        tag: str | None = None,
    ) -> Response:
        """Ask *command* of a case, with If-Match at *version*, or as *tag*."""
        headers = dict(who)
        if tag is None and version is not None:
            tag = f'"{version}"'
        if tag is not None:
            headers["If-Match"] = tag
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = self.client.post(f"/v1/complaints/{id}/{command}", json=body, headers=headers)
        self.settle()
        return answer


def a_ticket(world: World, **facts: Any) -> str:
    """Let a ticket be opened, and return its id."""
    rules, by = world.plaint.desk.rules, world.plaint.desk.context("import:itsm")
    case = Ticket(new_id(by.recorded_at, world.chance(10)))
    case.open(Request.model_validate({"form": "itsm", "category": "fees"} | facts), by, rules)
    world.plaint.store.append(case)
    world.settle()
    return str(case.id)


def problem(answer: Response, name: str, status: int) -> dict[str, Any]:
    """Return what a problem says beyond its type, title and status."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert (body.pop("type"), body.pop("status")) == (f"urn:plaint:problem:{name}", status), answer.text
    assert answer.status_code == status
    assert body.pop("title")
    return body


def pointers(answer: Response) -> list[str]:
    """Return where the mistakes are."""
    return [each.get("pointer", each.get("parameter")) for each in answer.json()["errors"]]
