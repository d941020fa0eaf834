"""What every test stands on: databases of its own, no network beyond this machine, and a count of what was not run."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import pytest
import structlog
from coverage import Coverage
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests.adapters import postgres
from tests.identity import provider as identity

if TYPE_CHECKING:
    from tests.http.world import World

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / f"plaint-hypothesis-{os.getuid()}")
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("search", parent=settings.get_profile("ci"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def refuse(host: object) -> None:
    """Refuse any address beyond loopback."""
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name and not is_loopback(name):
        raise PermissionError(f"a test may not reach {name}: only this machine's loopback addresses")


def guarded(name: str) -> None:
    """Let `socket.socket.name` lead to this machine alone; a Unix socket has no host and is left alone."""
    leads = getattr(socket.socket, name)

    def method(self: socket.socket, *args: Any) -> Any:
        match args:
            case (*_, (host, *_)):
                refuse(host)
            case _:
                pass
        return leads(self, *args)

    setattr(socket.socket, name, method)


def stay_on_this_machine() -> None:
    """Guard every way to an address that the standard library has.

    An audit hook would say it in fewer words. It would also run whenever a thread begins to be measured
    and let the next thread begin meanwhile, at which Python 3.11 fails, once in some thousand tests.
    """
    for name in ("connect", "connect_ex", "sendto"):
        guarded(name)
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(host)
        return look_up(host, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


stay_on_this_machine()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Gather the tests without looking for garbage, and leave them out whenever it is looked for later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(autouse=True)
def logs_as_they_come() -> Generator[None]:
    """Undo what a test configured of the logs: a verb of the command line sets a level for the process."""
    yield
    structlog.reset_defaults()


BY_THE_THOUSAND = (
    "browser/",
    "docs/",
    "faults/",
    "packaging/",
    "adapters/reactions/",
    "adapters/test_attachments_kept.py",
    "adapters/test_canaries.py",
    "adapters/test_checking.py",
    "adapters/test_consultations_fire.py",
    "adapters/test_calendars_cli.py",
    "adapters/test_deadlines_fire.py",
    "adapters/test_demo.py",
    "adapters/test_feed.py",
    "adapters/test_import_",
    "adapters/test_log_order.py",
    "adapters/test_rebuild_killed.py",
    "adapters/test_search_index.py",
    "adapters/test_ticket_deadlines_fire.py",
    "adapters/test_timers_fire.py",
    "adapters/test_views_engine.py",
    "adapters/test_views_generations.py",
    "domain/test_complaint_walks.py",
    "domain/test_deadlines.py",
    "domain/test_sensitive.py::test_a_long_letter",
    "domain/test_sensitive.py::test_no_text_can_be_made",
    "domain/test_ticket_walks.py",
    "domain/test_warnings.py::test_a_walker",
    "domain/test_what_if.py",
    "http/pages/",
    "http/test_attachments",
    "http/test_catalogue.py",
    "http/test_hidden_cases.py",
    "http/test_leaving.py",
    "http/test_limits.py",
    "http/test_merging.py",
    "http/test_schemathesis.py",
    "http/test_stream.py",
    "http/test_survivors.py",
    "http/test_webhook_messages.py",
    "http/test_withheld.py",
)
"""Where tests begin whose coverage is not measured: they run the lines that others cover, by the thousand.

Measuring takes as long as half of the work itself, and tells nothing new here; where a test holds
the time itself to a bound, it would be measured too.
"""
ONCE = ("adapters/", "docs/", "http/")
"""Where the cases of a test run the same lines, on another database or with other words.

Coverage is measured in the first alone; what the rules do in each is measured where they are tested pure.
"""
_measured: set[str] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let coverage rest while a test runs the lines that others have run.

    A worker of a parallel run is measured twice, as a process and as a worker: where one stops the other
    goes on.
    """
    measuring: list[Coverage] = []
    if tells_nothing_new(item.nodeid.removeprefix("tests/")):
        while (each := Coverage.current()) is not None:
            each.stop()
            measuring.append(each)
    try:
        return (yield)
    finally:
        for each in reversed(measuring):
            each.start()


def tells_nothing_new(place: str) -> bool:
    """Whether the test at *place* runs, as far as coverage goes, what others run too."""
    test, _, case = place.partition("[")
    if place.startswith(BY_THE_THOUSAND) or (place.startswith(ONCE) and test in _measured):
        return True
    if case:
        _measured.add(test)
    return False


def not_run(what: str, reason: str) -> NoReturn:
    """Count this test as not run, unless `PLAINT_TEST_REQUIRE` says that *what* must be here."""
    if what in os.environ.get("PLAINT_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required and cannot be had: {reason}", pytrace=False)
    pytest.skip(f"{what}: {reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run and why."""
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    reasons = Counter(reason(report) for report in skipped)
    for said, count in sorted(reasons.items()):
        terminalreporter.write_line(f"not run: {count} {'test' if count == 1 else 'tests'}: {said}")


def reason(report: pytest.TestReport) -> str:
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix("Skipped: ")


@pytest.fixture(scope="session")
def postgres_server() -> Generator[postgres.Server]:
    """A PostgreSQL server shared by the workers of this run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres.serve(run))
        except postgres.UnavailableError as problem:
            said = str(problem)
        else:
            yield server
            return
    not_run("postgresql", said)


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Generator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database, of one kind and then of the other."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path / 'plaint.db'}"


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store on SQLite, to be copied: making one takes longer than most tests."""
    from tests.http.world import World

    folder = tmp_path_factory.mktemp("fresh")
    World(folder).close()
    return folder


@pytest.fixture(scope="session")
def fresh_in_one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store on SQLite whose log and read models share a file, to be copied."""
    from tests.http.world import World

    folder = tmp_path_factory.mktemp("fresh")
    World(folder, one_file(folder)).close()
    return folder


@pytest.fixture(scope="session")
def fresh_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a log and of read models on SQLite, which hold nothing, to be copied."""
    folder = tmp_path_factory.mktemp("tables")
    make_tables(one_file(folder))
    return folder


def one_file(folder: Path) -> str:
    return f"sqlite:///{folder / 'plaint.db'}"


def make_tables(url: str, logs: int | None = None) -> None:
    """Make the tables of a log, or of so many *logs*, and of read models."""
    from adapters import migrations
    from adapters.database import Database

    database = Database(url)
    migrations.migrate(database, "log", logs=logs)
    migrations.migrate(database, "views")
    database.close()


class Copies:
    """Lends copies of what was made before, on the kind of database that a test is run with."""

    def __init__(self, request: pytest.FixtureRequest, stack: ExitStack) -> None:
        self._request, self._stack = request, stack

    def lend(self, fixture: str, template: str, prepare: Callable[[str], object]) -> str:
        """Return the URL of a copy of the folder that *fixture* makes, or of a *template* that *prepare* makes."""
        folder: Path = self._request.getfixturevalue("tmp_path")
        if self._request.param == "sqlite":
            shutil.copytree(self._request.getfixturevalue(fixture), folder, dirs_exist_ok=True)
            return one_file(folder)
        server: postgres.Server = self._request.getfixturevalue("postgres_server")
        return self._stack.enter_context(server.database(server.template(template, prepare)))

    def lend_desk(self, fixture: str) -> str:
        from tests.http.world import World

        new: pytest.TempPathFactory = self._request.getfixturevalue("tmp_path_factory")
        return self.lend(fixture, "desk", lambda url: World(new.mktemp("new"), url).close())


def lent(request: pytest.FixtureRequest, what: Callable[[Copies], str]) -> Generator[str]:
    with ExitStack() as stack:
        yield what(Copies(request, stack))


@pytest.fixture(params=["sqlite", "postgresql"])
def desk_url(request: pytest.FixtureRequest) -> Generator[str]:
    """The SQLAlchemy URL of a new desk, of one kind and then of the other.

    On SQLite it says no more than that: the desk is in the files of ``tmp_path``.
    """
    yield from lent(request, lambda copies: copies.lend_desk("fresh"))


@pytest.fixture(params=["sqlite", "postgresql"])
def desk_in_one_url(request: pytest.FixtureRequest) -> Generator[str]:
    """The SQLAlchemy URL of a new desk whose log and read models share a database, of one kind and the other."""
    yield from lent(request, lambda copies: copies.lend_desk("fresh_in_one_file"))


@pytest.fixture(params=["sqlite", "postgresql"])
def tables_url(request: pytest.FixtureRequest) -> Generator[str]:
    """The SQLAlchemy URL of empty tables of logs and of read models, of one kind and then of the other."""
    yield from lent(request, lambda copies: copies.lend("fresh_tables", "tables", make_tables))


@pytest.fixture(params=["sqlite", "postgresql"])
def one_log_url(request: pytest.FixtureRequest) -> Generator[str]:
    """The same with one log alone."""
    yield from lent(
        request, lambda copies: copies.lend("fresh_tables", "one-log", lambda url: make_tables(url, logs=1))
    )


@pytest.fixture
def either(desk_in_one_url: str, tmp_path: Path) -> Generator[World]:
    """A desk on SQLite, and then one on PostgreSQL, each the copy of one that was made before."""
    from tests.http.world import World

    made = World(tmp_path, desk_in_one_url)
    yield made
    made.close()


@pytest.fixture(scope="session")
def identity_provider() -> Generator[identity.Provider]:
    """An identity provider on this machine, shared by the tests of one worker."""
    with ExitStack() as stack:
        try:
            provider = stack.enter_context(identity.running())
        except identity.NoProvider as problem:
            said = str(problem)
        else:
            yield provider
            return
    not_run("identity", said)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium to drive."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    not_run("chromium", "no Chromium is installed")
