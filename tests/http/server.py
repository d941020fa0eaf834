"""A desk behind a real server in this process, and clients that follow its stream."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from adapters.http.server import Server
from tests.http.world import World

PATIENCE = 60.0
"""Seconds after which a test says that something does not come, on a machine that is slow and busy too."""


@dataclass
class Live:
    """The served *world*, its address, and the server."""

    world: World
    base: str
    server: Server
    thread: threading.Thread

    def stop(self) -> float:
        """Ask the server to end; return the seconds that it took."""
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        return time.monotonic() - began


@contextmanager
def serving(world: World, *, buffer: int | None = None) -> Generator[Live]:
    """Serve *world* in a thread, with a worker that keeps its read models up to date.

    *buffer* is how many bytes the machine takes from the server for each client.
    """
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    if buffer is not None:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
    server = Server(world.plaint, world.app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    world.plaint.feed.start()
    world.plaint.worker.start()
    thread.start()
    live = Live(world, f"http://127.0.0.1:{listening.getsockname()[1]}", server, thread)
    until(lambda: server.started)
    try:
        yield live
    finally:
        live.stop()
        world.plaint.worker.stop()
        world.plaint.feed.stop()


def until(true: Any, seconds: float = PATIENCE) -> None:
    """Wait until *true* says so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not become true"
        time.sleep(0.01)


@dataclass
class Told:
    """One message of a stream."""

    event: str
    id: str
    data: dict[str, Any]


@dataclass
class Listener:
    """A client that follows a stream in a thread of its own."""

    base: str
    headers: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    told: list[Told] = field(default_factory=list[Told])
    id: str = ""
    ended: bool = False
    status: int = 0
    body: str = ""
    content_type: str = ""

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._closing = threading.Event()
        self._thread.start()

    @property
    def topics(self) -> list[str]:
        return [each.event for each in self.told]

    @property
    def bye(self) -> str | None:
        """Why the stream ended, if it said so."""
        return next((each.data["reason"] for each in self.told if each.event == "bye"), None)

    def opened(self) -> Listener:
        """Wait until the stream has begun."""
        until(lambda: self.id or self.ended)
        assert self.status == 200, self.body
        return self

    def until(self, number: int) -> list[Told]:
        """Wait for so many messages."""
        until(lambda: len(self.told) >= number)
        return self.told

    def join(self) -> None:
        """Wait until the stream has ended."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def facts(self) -> list[Told]:
        """Wait until the stream has ended, which may be after its server has; return all but the farewell."""
        self.join()
        return [each for each in self.told if each.event != "bye"]

    def close(self) -> None:
        """Leave without a word."""
        self._closing.set()

    def _listen(self) -> None:
        try:
            with (
                httpx2.Client(timeout=PATIENCE) as client,
                client.stream(
                    "GET", f"{self.base}/v1/stream", headers=dict(self.headers), params=dict(self.query)
                ) as answer,
            ):
                self.status, self.content_type = answer.status_code, answer.headers["content-type"]
                if self.status != 200:
                    self.body = answer.read().decode()
                    return
                self._read(answer.iter_lines())
        except (httpx2.TransportError, TimeoutError):
            pass
        finally:
            self.ended = True

    def _read(self, lines: Iterator[str]) -> None:
        id, event, data = self.id, "", ""
        for line in lines:
            if self._closing.is_set():
                return
            name, _, value = line.partition(": ")
            match name:
                case "id":
                    id = value
                case "event":
                    event = value
                case "data":
                    data = value
                case "" if not line:
                    if data:
                        self.told.append(Told(event, id, json.loads(data)))
                    # Only now: who resumes after a message, or looks for it once its id is known, has it.
                    self.id, event, data = id, "", ""
                case _:
                    pass
