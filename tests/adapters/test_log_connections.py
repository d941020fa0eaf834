"""Connections that were cut off are replaced, and what fails meanwhile fails by one name."""

from __future__ import annotations

from collections.abc import Generator

import psycopg
import pytest
from eventsourcing import persistence
from sqlalchemy import make_url

from adapters import lending, migrations
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from domain.complaint import Complaint
from domain.testing import an_id, received
from tests.adapters.keys import FixedKeys


@pytest.fixture
def store(postgres_url: str) -> Generator[CaseStore]:
    database = Database(postgres_url)
    migrations.migrate(database, "log", logs=2)
    yield CaseStore(database, FixedKeys())
    database.close()


def cut_off(url: str) -> None:
    """End every other connection to the database, as a restart of the server would."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def a_case(name: str) -> Complaint:
    complaint = Complaint(an_id(name))
    received()(complaint)
    return complaint


def test_a_connection_that_was_idle_is_tried_before_it_is_lent(
    store: CaseStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """Nobody notices that it was dead."""
    monkeypatch.setattr(lending, "PING_AFTER", 0.0)
    store.append(a_case("a"))
    cut_off(postgres_url)

    assert store.append(a_case("b")) == "00:6"
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_one_that_dies_in_use_fails_once(
    store: CaseStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    """By the name of a database that is away; the next is a fresh one, and nothing is half stored."""
    monkeypatch.setattr(lending, "PING_AFTER", 3600.0)
    store.append(a_case("a"))
    cut_off(postgres_url)

    with pytest.raises(persistence.OperationalError):
        store.append(a_case("b"))

    assert store.count() == 3
    assert store.append(a_case("b")) == "00:6"


def test_a_transaction_that_fails_leaves_its_connection_clean(store: CaseStore):
    def fail() -> None:
        with store.database.driver_write() as connection:
            connection.execute("UPDATE log_00.head SET last = 99")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert store.append(a_case("a")) == "00:3"


def test_each_statement_is_read_committed_whatever_the_server_s_default(store: CaseStore):
    """A writer that waits for the head row would fail under another isolation."""
    with store.database.driver() as connection:
        shown = connection.execute("SHOW transaction_isolation").fetchone()

    assert shown == ("read committed",)
