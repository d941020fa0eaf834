"""A process keeps no more connections to PostgreSQL than it may, and works with the fewest."""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import psycopg
import pytest
from pydantic import ValidationError
from sqlalchemy import make_url, text

from adapters.bootstrap import Plaint
from adapters.database import FEWEST, Database
from adapters.places import for_questions
from adapters.search import index
from adapters.settings import Settings
from adapters.vault import vault
from domain import commands as c
from domain.testing import a_submission
from tests.adapters.schedulers import DUE, RECEIVED, missed, open_tickets, receive

DEFAULT_SERVER = 100 - 3
"""Connections that a PostgreSQL server allows unless told otherwise, without those kept for its owner."""
SIGNALS = 2


class Watch:
    """Counts the connections to a database, again and again, until it is stopped."""

    def __init__(self, url: str) -> None:
        self.most, self._stopping = 0, Event()
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._thread = Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stopping.wait(0.01):
                row = connection.execute(others).fetchone()
                self.most = max(self.most, row[0] if row else 0)

    def stop(self) -> int:
        self._stopping.set()
        self._thread.join()
        return self.most


@pytest.fixture
def database(postgres_url: str) -> Generator[Database]:
    opened = Database(postgres_url, connections=FEWEST)
    yield opened
    opened.close()


def test_many_threads_share_few_connections(database: Database, postgres_url: str):
    """In transactions and beside them; whoever finds none waits, and nobody fails."""

    def work(_: int) -> None:
        with database.read() as connection:
            connection.execute(text("SELECT pg_sleep(0.02)"))
            with database.driver() as driver:
                driver.execute("SELECT pg_sleep(0.01)")

    watch = Watch(postgres_url)
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(work, range(48)))

    assert 2 <= watch.stop() <= FEWEST


def at_most(pool: int) -> int:
    """Return how many connections a process has whose log, read models, index and vault are one database."""
    return pool + for_questions(pool) + index.POOL + vault.CONNECTIONS + SIGNALS


def test_three_processes_fit_into_a_server_as_it_comes():
    """Also where everything lies on it."""
    assert 3 * at_most(Settings().pool) <= DEFAULT_SERVER


def test_fewer_connections_than_the_background_needs_are_refused():
    with pytest.raises(ValidationError, match="greater than or equal to 8"):
        Settings(pool=FEWEST - 1)


def test_a_desk_with_the_fewest_connections_does_everything_at_once(postgres_url: str, tmp_path: Path):
    """Clients, worker, scheduler and the nightly check, with one database for all, index and vault included."""
    settings = Settings(data=tmp_path, database_url=postgres_url, vault_url=postgres_url, pool=FEWEST)
    plaint = Plaint.open(settings, now=lambda: RECEIVED)
    cases = [*receive(plaint, 150), *open_tickets(plaint, 50)]
    plaint.views.catch_up()
    plaint.now = plaint.desk.now = plaint.deadlines._now = lambda: DUE
    watch = Watch(postgres_url)
    plaint.start(["worker", "scheduler"])

    def serve(number: int) -> UUID:
        answer = plaint.desk.receive(a_submission(details=f"Case {number}."), "complainant")
        plaint.desk.command(answer.id, c.Note(text="Seen."), "anna")
        assert plaint.views.wait_for(answer.position, 120.0, ["queue"])
        plaint.drift.run()
        return answer.id

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(serve, range(64)))
    end = time.monotonic() + 120
    while len(missed(plaint)) < len(cases) and time.monotonic() < end:
        time.sleep(0.1)
    plaint.stop()
    assert watch.stop() <= at_most(FEWEST)

    again = Plaint.open(settings, now=lambda: DUE)
    assert {event.originator_id for event in missed(again)} == set(cases)
    assert again.store.known(made) == set(made)
    again.close()
