"""Webhooks of a desk in tests: added over the API, and worked step by step instead of by threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from httpx2 import Response

from adapters.outbox.addresses import Guard, networks
from domain.access import Role
from tests.adapters.outbox.receiving import Receiver
from tests.http.world import World


class Hooks:
    """The webhooks of *world*, which may point to this machine, and its administrator."""

    def __init__(self, world: World) -> None:
        self.world, self.outbox = world, world.plaint.outbox
        self.open_loopback()
        self.outbox.sender.chance = longest
        self.admin = world.token(Role.ADMIN)
        self.supervisor = world.token(Role.SUPERVISOR)

    def open_loopback(self) -> None:
        guard = Guard(networks("loopback"))
        self.outbox.guard = self.outbox.poster.guard = guard

    def add(self, receiver: Receiver | str, **facts: Any) -> dict[str, Any]:
        """Add a webhook to *receiver* that hears of everything, changed by *facts*."""
        url = receiver if isinstance(receiver, str) else receiver.url
        answer = self.post("", {"url": url, "topics": ["*"]} | facts)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()} | self.admin
        return self.world.client.post(f"/v1/webhooks{path}", json=body, headers=sent)

    def ask(self, id: str, command: str, body: Any = None, *, tag: str = "*", **headers: str) -> Response:
        """Ask *command* of a webhook at the version *tag*."""
        return self.post(f"/{id}/{command}", body, If_Match=tag, **headers)

    def get(self, path: str = "", **query: Any) -> Any:
        answer = self.world.get(f"/v1/webhooks{path}", self.admin, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deliveries(self, id: str, **query: Any) -> list[dict[str, Any]]:
        return self.get(f"/{id}/deliveries", **query)["items"]

    def work(self) -> None:
        """Make the messages that are wanted, send what is due, and wait until it has ended."""
        self.outbox.follower.follow()
        while self.outbox.sender.round():
            self.outbox.sender.settle()

    def receive(self, **facts: Any) -> UUID:
        return UUID(self.world.received(**facts))


def longest(length: int) -> bytes:
    """Chance that draws the longest wait."""
    return b"\xff" * length


def everything_in(folder: Path) -> bytes:
    """Return the content of every file beneath *folder*, joined."""
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
