"""Servers in processes of their own, and clients that cost next to nothing beside them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

PLAINT = [sys.executable, "-c", "from adapters.cli.main import main; main()"]
PATIENCE = 60.0
LOOK_AGAIN = 0.01
MOST = 1 << 16


class Server:
    """A process that says on standard error where it serves."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path, began: float) -> None:
        self.process, self.said, self.began = process, said, began

    def stay(self, number: int) -> None:
        """Have it run on one processor of this machine, where there is a choice."""
        if sys.platform == "linux":
            there = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(self.process.pid, {there[number % len(there)]})

    @property
    def url(self) -> str:
        """Where it serves, as soon as it says so."""
        while time.perf_counter() - self.began < PATIENCE and self.process.poll() is None:
            for line in self.said.read_text().splitlines():
                if " serves at " in line:
                    return line.split()[-1]
            time.sleep(LOOK_AGAIN)
        raise AssertionError("a server did not open:\n" + self.said.read_text()[-2000:])


@contextmanager
def serving(command: Sequence[str], **env: str) -> Generator[Server]:
    """Start *command* with *env* besides our own environment; it is stopped at the end."""
    with tempfile.NamedTemporaryFile(prefix="plaint-bench-") as said:
        began = time.perf_counter()
        # A file rather than a pipe: nobody would empty a pipe while the server is measured.
        with subprocess.Popen(
            command, env=os.environ | env, stderr=said, stdout=subprocess.DEVNULL
        ) as process:
            try:
                yield Server(process, Path(said.name), began)
            finally:
                process.terminate()


@contextmanager
def desk(folder: Path, roles: str = "api,worker,scheduler", **env: str) -> Generator[Server]:
    """Start a desk in *folder* with those *roles*."""
    command = [*PLAINT, "serve", "--port", "0", "--roles", roles]
    with serving(command, PLAINT_DATA=str(folder), PLAINT_LOG_FORMAT="json", **env) as server:
        yield server


class Client:
    """One client that keeps its connection; it reads of an answer its status and its length, no more.

    A whole HTTP library would take more of the processor than the servers that are measured.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.host = address.netloc
        self._socket = socket.create_connection((address.hostname, address.port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
        """Return the bytes that ask for *path*."""
        fields = {"Host": self.host, **headers}
        if body:
            fields |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def send(self, request: bytes, status: int) -> bytes:
        """Send *request* and return the body of its answer, which must have *status*."""
        self._socket.sendall(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        length = int(answer[:end].lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(answer) < end + 4 + length:
            answer += self._more()
        if int(answer[9:12]) != status:
            raise AssertionError(f"not {status}: {answer.decode(errors='replace')}")
        return answer[end + 4 :]

    def _more(self) -> bytes:
        some = self._socket.recv(MOST)
        if not some:
            raise ConnectionError("the server hung up")
        return some
