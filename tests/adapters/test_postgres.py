"""The server that tests run on is real, fresh for each test, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.adapters import postgres

ROOT = Path(__file__).parents[2]


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database(database_url: str, turn: int):
    query(database_url, "CREATE TABLE once (n INTEGER)")

    assert query(database_url, "SELECT * FROM once") == []


def test_a_commit_waits_as_it_does_in_production(postgres_url: str):
    assert query(postgres_url, "SHOW synchronous_commit") == [("on",)]


def test_a_database_may_be_like_one_prepared_before(postgres_server: postgres.Server):
    def prepare(url: str) -> None:
        query(url, "CREATE TABLE ready (n INTEGER)")

    template = postgres_server.template("ready", prepare)
    assert postgres_server.template("ready", pytest.fail) == template
    with postgres_server.database(template) as url:
        assert query(url, "SELECT * FROM ready") == []


@pytest.mark.skipif(
    "PLAINT_TEST_POSTGRES" in os.environ, reason="postgresql: a given server is not ours to stop"
)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_the_server_is_gone_when_its_user_dies(postgres_server: postgres.Server, number: signal.Signals):
    program = (
        "import time, uuid; from tests.adapters import postgres\n"
        "with postgres.serve(uuid.uuid4().hex) as server: print(server.folder, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as user:
        assert user.stdout
        folder = Path(user.stdout.readline().strip())
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        user.send_signal(number)

    assert folder != postgres_server.folder
    end = time.monotonic() + 60
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_urls_name_the_driver(postgres_url: str):
    assert make_url(postgres_url).drivername == "postgresql+psycopg"
