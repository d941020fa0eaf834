"""Statements asked of libpq itself: what comes back, and what goes wrong, is what a cursor would show."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb
from sqlalchemy import exc, make_url, text

from adapters import database as databases
from adapters import lending, prepared
from adapters.database import FEWEST, Database
from adapters.prepared import Prepared

ID = UUID("019e506a-3c00-8000-be61-cdc4bb86c327")
AT = datetime(2026, 3, 9, 12, 30, 0, 123456, UTC)
SLEEP = "SELECT pg_sleep(60)"
VALUES = (
    ("int8", 2**40),
    ("int4", -1),
    ("text", "Zoë"),
    ("text", ""),
    ("text", None),
    ("bytea", b"\x00\xff"),
    ("bytea", bytes(5_000_000)),
    ("uuid", ID),
    ("timestamptz", AT),
    ("date", date(2026, 3, 9)),
    ("bool", True),
    ("float8", 0.25),
    ("uuid[]", [ID, ID]),
    ("text[]", ["a", "b"]),
    ("bytea[]", [b"a", b""]),
    ("jsonb", Jsonb({"a": [1, None]})),
)


@pytest.fixture
def url(postgres_url: str) -> str:
    return make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def connection(url: str) -> Generator[Any]:
    with psycopg.connect(url, autocommit=True) as made:
        yield made


@pytest.fixture
def database(postgres_url: str) -> Generator[Database]:
    opened = Database(postgres_url, connections=FEWEST)
    yield opened
    opened.close()


def kept(connection: Any) -> int:
    """Return how many statements the server has prepared for *connection*."""
    return connection.execute("SELECT count(*) FROM pg_prepared_statements", prepare=False).fetchall()[0][0]


def others(url: str, then: str) -> None:
    """Do *then* with the process that sleeps, as soon as there is one."""
    question: Any = (
        f"SELECT {then}(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND state = 'active' AND query = %s"
    )
    end = time.monotonic() + 30
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < end and not connection.execute(question, [SLEEP]).fetchall():
            time.sleep(0.01)


@pytest.mark.parametrize("mark", ["%b", "%s"])
def test_values_go_and_come_as_they_do_through_a_cursor(connection: Any, mark: str):
    """Unprepared, which the first time is, as much as prepared, which every further one is."""
    ours = Prepared(connection)
    for place, (kind, value) in enumerate(VALUES, 1):
        statement = f"SELECT {mark}::{kind}, {place}"
        expected = connection.execute(statement, [value], binary=True).fetchall()

        assert [ours.rows(statement, [value]) for _ in range(3)] == [expected] * 3
        assert kept(connection) == place


def test_a_statement_without_rows_has_none(connection: Any):
    ours = Prepared(connection)

    assert ours.rows("CREATE TABLE t (n int)", ()) == []
    assert [ours.rows("INSERT INTO t VALUES (%b)", (n,)) for n in (1, 2)] == [[], []]
    assert ours.rows("SELECT n FROM t WHERE n > %b ORDER BY n", (0,)) == [(1,), (2,)]
    assert ours.rows("SELECT n FROM t WHERE n > %b", (9,)) == []


def test_it_is_prepared_for_each_type_of_its_values(connection: Any):
    """A number is sent as short as it is; the server takes each for what it was prepared with."""
    ours = Prepared(connection)

    said = [ours.rows("SELECT %b + 1", [n]) for n in (1, 2, 2**40, 2**41, 3)]

    assert said == [[(2,)], [(3,)], [(2**40 + 1,)], [(2**41 + 1,)], [(4,)]]
    assert kept(connection) == 2


def test_what_is_asked_anew_is_never_prepared(connection: Any):
    """So that the server plans it for its values, however often it is asked."""
    ours, question = Prepared(connection), "SELECT %b::int4"

    assert [ours.rows(question, [n], anew=True) for n in (1, 2, 3)] == [[(1,)], [(2,)], [(3,)]]
    assert kept(connection) == 0
    assert [ours.rows(question, [n]) for n in (1, 2)] == [[(1,)], [(2,)]]
    assert kept(connection) == 1


def test_as_many_values_as_marks(connection: Any):
    with pytest.raises(psycopg.ProgrammingError, match="2 values are asked for, not 1"):
        Prepared(connection).rows("SELECT %b, %b", [1])


def test_a_statement_that_fails_fails_as_through_a_cursor(connection: Any):
    """By the same error, with what PostgreSQL tells of it; the next one is carried out."""
    connection.execute("CREATE TABLE t (n int CONSTRAINT once UNIQUE)")
    ours, insert = Prepared(connection), "INSERT INTO t VALUES (%b) RETURNING n"
    assert ours.rows(insert, [1]) == [(1,)]

    for _ in range(3):
        with pytest.raises(errors.UniqueViolation) as failed:
            ours.rows(insert, [1])
        assert failed.value.diag.constraint_name == "once"

    with pytest.raises(errors.UndefinedTable):
        ours.rows("SELECT 1 FROM nowhere", ())
    assert ours.idle
    assert ours.rows(insert, [2]) == [(2,)]


def test_a_statement_that_takes_too_long_is_broken_off(connection: Any):
    connection.execute("SET statement_timeout = 500")  # in which a busy machine answers what does not sleep
    ours = Prepared(connection)

    for _ in range(2):
        with pytest.raises(errors.QueryCanceled):
            ours.rows(SLEEP, ())

    assert ours.idle
    assert ours.rows("SELECT 1", ()) == [(1,)]


@pytest.mark.parametrize("forget", ["DISCARD ALL", "DEALLOCATE ALL"])
def test_what_the_server_has_forgotten_is_prepared_again(connection: Any, forget: str):
    """A proxy between us may have it so; nothing is done twice."""
    connection.execute("CREATE TABLE t (n int)")
    ours, insert = Prepared(connection), "INSERT INTO t VALUES (%b) RETURNING n"
    for n in (1, 2):
        ours.rows(insert, [n])
    connection.execute(forget)

    said = [ours.rows(insert, [n]) for n in (3, 4, 5)]

    assert said == [[(3,)], [(4,)], [(5,)]]
    assert connection.execute("SELECT array_agg(n ORDER BY n) FROM t").fetchall() == [([1, 2, 3, 4, 5],)]


def test_making_room_for_a_statement_does_nothing_twice(connection: Any, monkeypatch: pytest.MonkeyPatch):
    """Also where the server has forgotten already what is to be let go."""
    monkeypatch.setattr(prepared, "MOST", 1)
    connection.execute("CREATE TABLE t (n int)")
    ours = Prepared(connection)
    for _ in range(2):
        ours.rows("SELECT 1", ())
    connection.execute("DISCARD ALL")

    assert ours.rows("INSERT INTO t VALUES (1) RETURNING n", ()) == [(1,)]
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(1,)]


def test_a_table_may_change_beneath_a_prepared_statement(connection: Any):
    """As a migration does to a process of the release before it."""
    connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    ours, question = Prepared(connection), "SELECT n FROM t"
    for _ in range(2):
        ours.rows(question, ())
    connection.execute("ALTER TABLE t ALTER n TYPE text")

    assert [ours.rows(question, ()) for _ in range(3)] == [[("1",)]] * 3


def test_what_the_server_cannot_do_is_an_error_and_no_repeat(connection: Any):
    connection.execute("CREATE TABLE t (n int)")

    with pytest.raises(errors.FeatureNotSupported):
        Prepared(connection).rows("SELECT count(*) FROM t FOR UPDATE", ())


def test_a_connection_keeps_so_many_statements(connection: Any, monkeypatch: pytest.MonkeyPatch):
    """Whichever is let go is prepared again when it is needed again."""
    monkeypatch.setattr(prepared, "MOST", 3)
    ours = Prepared(connection)

    for _ in range(2):
        for n in range(6):
            assert [ours.rows(f"SELECT {n}", ()) for _ in range(3)] == [[(n,)]] * 3
            assert kept(connection) <= 3


def test_a_signal_breaks_off_what_is_waited_for(database: Database, url: str):
    """Ctrl-C does not wait for the server, and what it interrupted leaves a connection of use."""
    main = threading.main_thread().ident
    assert main

    def interrupt() -> None:
        others(url, "abs")
        signal.pthread_kill(main, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        database.rows(SLEEP, ())
    interrupter.join()

    assert time.monotonic() - began < 30
    assert database.rows("SELECT 1", ()) == [(1,)]


def test_a_connection_that_dies_in_a_statement_is_replaced(database: Database, url: str):
    """More often than there are connections: each is given back."""
    for _ in range(FEWEST):
        killer = threading.Thread(target=others, args=(url, "pg_terminate_backend"))
        killer.start()
        with pytest.raises(psycopg.OperationalError):
            database.rows(SLEEP, ())
        killer.join()

    assert database.rows("SELECT 1", ()) == [(1,)]


def test_a_database_that_is_away_is_told_each_time(postgres_url: str):
    """And not that all connections are lent, which none is."""
    away = Database(make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False))

    for _ in range(25):
        with pytest.raises(psycopg.OperationalError, match="nowhere"):
            away.rows("SELECT 1", ())
    with pytest.raises(exc.OperationalError):
        away.answers("SELECT 1", ())
    away.close()


def test_threads_that_find_no_connection_wait(database: Database):
    def ask(n: int) -> int:
        return database.rows("SELECT %b::int8, pg_sleep(0.005)", [n])[0][0]

    with ThreadPoolExecutor(24) as pool:
        said = list(pool.map(ask, range(96)))

    assert said == list(range(96))
    shown = database.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()", ())
    assert shown[0][0] <= FEWEST // 2


def test_a_statement_alone_and_one_by_a_cursor_share_connections(database: Database):
    for n in range(3):
        assert database.rows("SELECT %b::int8", [n]) == [(n,)]
        with database.driver() as connection:
            assert connection.execute("SELECT %s::int8", [n]).fetchall() == [(n,)]
            pid = connection.info.backend_pid
        assert database.rows("SELECT pg_backend_pid()", ()) == [(pid,)]


def lent(database: Database) -> int:
    """Return how many connections somebody has in hand."""
    pool: Any = vars(database)["_direct"].pool
    return pool.checkedout()


def at_once(database: Database, question: str, *values: object) -> Any:
    return asyncio.run(database.answers_at_once(question, values))


@pytest.fixture
def used(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database that was asked something a moment ago, however slow the machine is."""
    monkeypatch.setattr(lending, "PING_AFTER", 600)
    monkeypatch.setattr(databases, "IMPATIENCE", 30)
    database.answers("SELECT 1", ())
    return database


def test_what_is_asked_at_once_is_answered_as_by_a_thread(used: Database):
    """Unprepared, prepared, and after the server has forgotten it."""
    question = "SELECT n, ?::text, NULL FROM generate_series(1, 3) AS n"
    for _ in range(3):
        assert at_once(used, question, "Zoë") == used.answers(question, ["Zoë"])
    used.rows("DISCARD ALL", ())

    assert at_once(used, question, "Zoë") == [(n, "Zoë", None) for n in (1, 2, 3)]
    assert at_once(used, "SELECT ?::bytea", bytes(5_000_000)) == [(bytes(5_000_000),)]


def test_nothing_is_to_be_had_at_once_of_sqlite(tmp_path: Path):
    opened = Database(f"sqlite:///{tmp_path / 'plaint.db'}")
    opened.answers("SELECT 1", ())

    assert at_once(opened, "SELECT 1") is None
    opened.close()


def test_nothing_is_to_be_had_at_once_without_a_connection_that_was_used_a_moment_ago(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    """The event loop neither connects nor tries whether anybody is still there."""
    monkeypatch.setattr(lending, "PING_AFTER", 600)
    assert at_once(database, "SELECT 1") is None
    with database.ask() as connection:
        connection.execute(text("SELECT 1"))
    assert at_once(database, "SELECT 1") is None
    database.answers("SELECT 1", ())
    assert at_once(database, "SELECT 1") == [(1,)]
    monkeypatch.setattr(lending, "PING_AFTER", 0)

    assert at_once(database, "SELECT 1") is None
    assert lent(database) == 0


def test_what_goes_wrong_at_once_is_told_to_a_thread(used: Database):
    """And leaves the connection at hand."""
    for _ in range(3):
        assert at_once(used, "SELECT 1 / 0") is None
    with pytest.raises(exc.DBAPIError, match="division by zero"):
        used.answers("SELECT 1 / 0", ())

    assert (lent(used), at_once(used, "SELECT 1")) == (0, [(1,)])


def test_the_event_loop_waits_no_longer_than_it_has_patience(used: Database, monkeypatch: pytest.MonkeyPatch):
    """It lets the connection go, as what it asked goes on in it; a thread makes another one."""
    monkeypatch.setattr(databases, "IMPATIENCE", 0.05)

    assert at_once(used, SLEEP) is None
    assert lent(used) == 0
    assert at_once(used, "SELECT 1") is None
    monkeypatch.setattr(databases, "IMPATIENCE", 30)
    assert used.answers("SELECT 1", ()) == [(1,)]
    assert at_once(used, "SELECT 1") == [(1,)]


def test_whoever_goes_away_meanwhile_leaves_nothing_lent(used: Database):
    async def leave() -> bool:
        asked = asyncio.ensure_future(used.answers_at_once(SLEEP, ()))
        await asyncio.sleep(0.05)
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked
        return asked.cancelled()

    for _ in range(FEWEST):
        assert asyncio.run(leave())
        assert lent(used) == 0
        assert used.answers("SELECT 1", ()) == [(1,)]


def test_a_connection_that_dies_while_the_event_loop_waits_is_replaced(used: Database, url: str):
    """More often than there are connections."""
    for _ in range(FEWEST):
        killer = threading.Thread(target=others, args=(url, "pg_terminate_backend"))
        killer.start()
        assert at_once(used, SLEEP) is None
        killer.join()
        assert lent(used) == 0
        assert used.answers("SELECT 1", ()) == [(1,)]


def test_the_event_loop_goes_on_with_others_meanwhile(used: Database):
    """As many at a time as there are connections at hand, each with its own answer."""
    with ThreadPoolExecutor(FEWEST) as pool:
        for _ in range(FEWEST):
            pool.submit(used.answers, "SELECT pg_sleep(0.05)", ())

    async def ask() -> list[Any]:
        some = (used.answers_at_once("SELECT ?::int8, pg_sleep(0.05)", [n]) for n in range(2))
        return await asyncio.gather(*some)

    assert [rows[0][0] for rows in asyncio.run(ask())] == [0, 1]
    assert lent(used) == 0
