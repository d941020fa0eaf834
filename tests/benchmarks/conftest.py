"""Figures are shown at the end of the run, and the log of what was measured is not."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Generator
from datetime import UTC, datetime
from importlib.metadata import version
from uuid import uuid4

import psycopg
import pytest
import structlog
from sqlalchemy import make_url

from tests.adapters import postgres
from tests.benchmarks.crowd import hush
from tests.benchmarks.figures import ROUNDS, SAID, WINDOW, folder
from tests.conftest import not_run

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "logging_collector": "off",
    "max_connections": "200",
    "shared_buffers": "256MB",
}
"""A server whose commits are on the disk, unlike that of the tests."""


@pytest.fixture(autouse=True)
def quiet() -> Generator[None]:
    before = structlog.get_config()
    hush()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def postgres_server() -> Generator[postgres.Server]:
    """A PostgreSQL server that keeps what it has committed."""
    try:
        with postgres.serve(uuid4().hex, DURABLE) as server:
            _note_machine(server)
            yield server
            return
    except postgres.UnavailableError as problem:
        said = str(problem)
    not_run("postgresql", said)


@pytest.fixture
def another_url(postgres_server: postgres.Server) -> Generator[str]:
    """The URL of one more empty database."""
    with postgres_server.database() as url:
        yield url


def _note_machine(server: postgres.Server) -> None:
    """Write down beside the figures what they were taken on."""
    names = ("server_version", *DURABLE, "wal_sync_method", "max_wal_size")
    with psycopg.connect(postgres.plain(make_url(server.url)), autocommit=True) as connection:
        settings = {
            name: connection.execute("SELECT current_setting(%s)", (name,)).fetchall()[0][0] for name in names
        }
    facts = {
        "taken": datetime.now(UTC).isoformat(timespec="minutes"),
        "system": platform.platform(terse=True),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load before": os.getloadavg()[0],
        "rounds": ROUNDS,
        "seconds a side": WINDOW,
        "python": platform.python_version(),
        "eventsourcing": version("eventsourcing"),
        "psycopg": version("psycopg"),
        "postgresql": settings,
    }
    (folder() / "plaint-bench-machine.json").write_text(json.dumps(facts, indent=2) + "\n")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in SAID:
        terminalreporter.write_line(line)
