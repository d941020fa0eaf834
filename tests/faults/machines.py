"""Machines that break on command: a server process, a database cluster, a disk of a few megabytes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from sqlalchemy import URL

from adapters.bootstrap import Plaint
from adapters.settings import Settings
from adapters.tokens import create
from domain.access import Role
from tests.adapters import postgres
from tests.conftest import not_run
from tests.http.world import A_COMPLAINT

PLAINT = [sys.executable, "-c", "from adapters.cli.main import main; main()"]
START_SECONDS = 60
PATIENCE = 90.0
"""Seconds after which a client gives up: then something is broken that should have mended itself."""


class Serving:
    """``plaint serve`` in a process of its own."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder, self.url = folder, url
        self.settings = Settings(data=folder, database_url=url, public_url=None)
        self.process: subprocess.Popen[bytes] | None = None
        self.base = ""

    def prepare(self) -> str:
        """Make the store and return a handler's token."""
        plaint = Plaint.open(self.settings)
        try:
            return create(plaint, Role.HANDLER).secret
        finally:
            plaint.close()

    def start(self) -> None:
        """Start the process and wait until it says where it serves."""
        settings = {"PLAINT_DATA": str(self.folder), "PLAINT_DATABASE_URL": self.url or ""}
        env = os.environ | {key: value for key, value in settings.items() if value}
        said = self.folder.with_name(f"{self.folder.name}.said")
        with said.open("wb") as out:  # of every start anew: what the one before said tells nothing
            command = [*PLAINT, "serve", "--port", "0"]
            self.process = subprocess.Popen(command, env=env, stdout=out, stderr=out, cwd=self.folder.parent)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            found = [line for line in said.read_text().splitlines() if "Plaint serves at " in line]
            if found:
                self.base = found[0].rpartition(" ")[2]
                return
            time.sleep(0.02)
        self.kill()
        raise TimeoutError("the server did not start: " + said.read_text()[-2000:])

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> float:
        """Ask the process to end; return the seconds that it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        return time.monotonic() - began


class Cluster:
    """A PostgreSQL cluster of its own, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.sockets = folder, folder / "socket"
        self.user = postgres.ordinary_user()
        self.programs = postgres.within_reach(folder, self.user)
        for made in (folder / "data", self.sockets):
            made.mkdir(mode=0o700)
            if self.user:
                os.chown(made, self.user.pw_uid, self.user.pw_gid)
        initdb = ["-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]
        done = postgres.run_as(self.user, [self.programs / "initdb", *initdb, "--no-sync"]).wait()
        assert done == 0
        self.server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of its one database."""
        query = {"host": str(self.sockets)}
        return URL.create(
            "postgresql+psycopg", "postgres", database="postgres", query=query
        ).render_as_string()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [f"--{name}={value}" for name, value in postgres.SETTINGS.items()]
        command = [self.programs / "postgres", "-D", self.folder / "data", "-k", self.sockets, *options]
        self.server = postgres.run_as(self.user, command)
        postgres.wait_ready(self.server, self.sockets)

    def crash(self) -> None:
        """End the server at once: every connection is cut, whatever was not committed is lost."""
        if self.server is not None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's own programs against the cluster."""
        command = [self.programs / program, "-h", self.sockets, "-U", "postgres", *arguments]
        assert postgres.run_as(self.user, command).wait() == 0


@contextlib.contextmanager
def cluster() -> Generator[Cluster]:
    """Lend a running cluster; say that it cannot be had where there is no PostgreSQL."""
    folder = postgres.base() / f"plaint-fault-{uuid4().hex[:12]}"
    folder.mkdir(mode=0o711)
    made: Cluster | None = None
    try:
        try:
            (folder / "log").touch()
            made = Cluster(folder)
            made.start()
        except (OSError, LookupError, subprocess.SubprocessError) as problem:
            not_run("postgresql", str(problem))
        yield made
    finally:
        if made is not None:
            made.crash()
        subprocess.run(["rm", "-rf", folder], check=False)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Generator[Path]:
    """Lend a folder on a disk of so many megabytes; only root can make one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        not_run("mount", "only root can make a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@dataclass
class Clients:
    """Clients that send complaints and notes, each again and again under its key until it is answered."""

    where: Callable[[], str]
    token: str
    acknowledged: list[str] = field(default_factory=list[str])
    """Ids of the complaints that were acknowledged."""
    noted: list[str] = field(default_factory=list[str])
    """Ids of the cases whose note was acknowledged."""
    failures: list[str] = field(default_factory=list[str])
    repeats: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def start(self, number: int) -> None:
        """Let so many clients loose."""
        for _ in range(number):
            thread = threading.Thread(target=self._work)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Let each finish what it is at."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        assert self.failures == []

    def until(self, number: int) -> None:
        """Wait until so many more complaints were acknowledged."""
        goal, end = len(self.acknowledged) + number, time.monotonic() + PATIENCE
        while len(self.acknowledged) < goal:
            assert self.failures == []
            assert time.monotonic() < end, "nothing is acknowledged any more"
            time.sleep(0.02)

    def _work(self) -> None:
        with httpx2.Client(timeout=30) as client:
            try:
                while not self._stopping.is_set():
                    made = self._send(client, "/v1/complaints", A_COMPLAINT, {}, 201)
                    self.acknowledged.append(made["id"])
                    path = f"/v1/complaints/{made['id']}/note"
                    self._send(client, path, {"text": "Seen."}, {"If-Match": f'"{made["version"]}"'}, 200)
                    self.noted.append(made["id"])
            except Exception as error:  # noqa: BLE001 - the test tells of it
                self.failures.append(repr(error))

    def _send(
        self, client: httpx2.Client, path: str, body: object, headers: Mapping[str, str], expected: int
    ) -> dict[str, Any]:
        key, end = uuid4().hex, time.monotonic() + PATIENCE
        sent = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key, **headers}
        while True:
            try:
                answer = client.post(self.where() + path, json=body, headers=sent)
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code == expected:
                return answer.json()
            if answer is not None and answer.status_code < 500:
                raise AssertionError(f"{path}: {answer.status_code} {answer.text}")
            if time.monotonic() > end:
                raise AssertionError(f"{path}: no answer, the last was {answer and answer.text}")
            self.repeats += 1
            time.sleep(0.05)
