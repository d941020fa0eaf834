"""A receiver on this machine that does as it is told: takes, hangs, refuses, breaks off."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

PATIENCE = 60.0
"""Seconds for which a test waits before it says that something does not come."""


@dataclass(frozen=True)
class Got:
    """A message as it arrived."""

    headers: dict[str, str]
    body: bytes
    path: str

    @property
    def id(self) -> str:
        """The id under which a receiver knows it again."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """What it says."""
        return json.loads(self.body)


Answering = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """Keeps what arrives; *answers* are given in turn, the last of them for ever."""

    answers: list[Answering]
    got: list[Got] = field(default_factory=list[Got])
    hanging: Event = field(default_factory=Event)
    port: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self._lock:
            self.got.append(Got(headers, body, request.path))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer(request)

    def told(self) -> list[tuple[str, int]]:
        """Return topic and version of each message, each id once, in the order of the first arrivals."""
        once = {each.id: each.event for each in self.got}
        return [(each["type"], each["data"].get("version", 0)) for each in once.values()]


def answer(status: int, **headers: str) -> Answering:
    """Return an answer of that status."""

    def give(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return give


def broken(request: BaseHTTPRequestHandler) -> None:
    """Break off without an answer, as a receiver does that dies."""
    request.connection.close()
    request.close_connection = True


def hang(until: Event) -> Answering:
    """Return an answer that does not come before *until*."""

    def give(request: BaseHTTPRequestHandler) -> None:
        until.wait(PATIENCE)
        request.close_connection = True

    return give


def endless(request: BaseHTTPRequestHandler) -> None:
    """Answer with a body that never ends."""
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"x" * 65_536)
    except OSError:
        request.close_connection = True


def dripping(until: Event) -> Answering:
    """Return an answer of which a byte comes now and then, and never the whole."""

    def give(request: BaseHTTPRequestHandler) -> None:
        try:
            while not until.wait(0.05):
                request.wfile.write(b"H")
        except OSError:
            pass
        request.close_connection = True

    return give


@contextmanager
def receiving(*answers: Answering, tls: Any = None) -> Generator[Receiver]:
    """Run a receiver."""
    receiver = Receiver(list(answers or (answer(204),)))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.hanging.set()
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


def until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until *true* says so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what} did not come within {seconds} seconds"
        time.sleep(0.02)


def ids(got: Iterable[Got]) -> list[str]:
    return [each.id for each in got]
