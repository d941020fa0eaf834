"""What is written into a file that nobody can find again is not acknowledged."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from adapters.database import Database


def deleted(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    shutil.copy(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def database(path: Path) -> Generator[Database]:
    database = Database(f"sqlite:///{path}")
    with database.write() as connection:
        connection.execute(text("CREATE TABLE said (word TEXT)"))
    yield database
    database.close()


@pytest.mark.parametrize("befalls", [deleted, replaced])
def test_a_file_that_is_not_there_any_more_is_not_written(
    database: Database, path: Path, befalls: Callable[[Path], None]
):
    """And none is made in the place of one that was deleted."""
    befalls(path)
    there = path.exists()

    with pytest.raises(OperationalError, match="was deleted or replaced"), database.write() as connection:
        connection.execute(text("INSERT INTO said VALUES ('by the engine')"))
    with (
        pytest.raises(sqlite3.OperationalError, match="Stop every process"),
        database.driver_write() as driver,
    ):
        driver.execute("INSERT INTO said VALUES ('by the driver')")
    with database.read(), pytest.raises(OperationalError), database.read():
        pass  # the second needs a connection that is new

    assert database.answers("SELECT count(*) FROM said", ()) == [(0,)]
    assert path.exists() == there


def test_a_database_that_was_closed_opens_whatever_is_there(database: Database, path: Path):
    database.close()
    replaced(path)

    with database.write() as connection:
        connection.execute(text("INSERT INTO said VALUES ('anew')"))

    assert database.answers("SELECT word FROM said", ()) == [("anew",)]


def test_a_file_that_is_put_back_is_written_again(database: Database, path: Path):
    path.rename(path.with_suffix(".away"))
    path.with_suffix(".away").rename(path)

    with database.write() as connection:
        connection.execute(text("INSERT INTO said VALUES ('again')"))

    assert database.answers("SELECT word FROM said", ()) == [("again",)]
