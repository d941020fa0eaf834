"""Schema changes by alembic: a branch each for the log, the read models, the vault and the record of reading.

All may live in one database, where each keeps its revision in a table of its own; on SQLite
the record of reading, which has tables like those of a log, is a file apart.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import text

from adapters.database import Database

BRANCHES = ("log", "views", "vault", "reads")
LOCK = 0x706C6169
"""Advisory lock under which one process at a time migrates a PostgreSQL database."""
_one_at_a_time = Lock()  # alembic keeps what it works on in a global


class NewerDatabase(Exception):
    """The database was written by a newer version of Plaint; install that version or restore a backup."""


class OlderDatabase(Exception):
    """The database is of an older version of Plaint; run `plaint migrate`."""


def migrate(database: Database, branch: str, *, logs: int | None = None) -> bool:
    """Bring *branch* of *database* up to date, once; say whether anything changed.

    *logs* is how many logs a PostgreSQL database is given where it has no catalogue of them yet.
    """
    config = _config(branch)
    config.attributes["logs"] = logs
    with _one_at_a_time, database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        before = _current(connection, branch)
        _refuse_newer(branch, before)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before != _current(connection, branch)


def check(database: Database, branch: str) -> bool:
    """Say whether *branch* of *database* exists; refuse one that is older or newer than this code."""
    with database.read() as connection:
        current = _current(connection, branch)
    if current is None:
        return False
    _refuse_newer(branch, current)
    if current != _steps(branch).get_current_head():
        raise OlderDatabase(OlderDatabase.__doc__)
    return True


def _config(branch: str) -> Config:
    config = Config()
    config.set_main_option("script_location", _place(branch).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = f"alembic_{branch}"
    return config


def _current(connection: object, branch: str) -> str | None:
    options = {"version_table": f"alembic_{branch}"}
    return MigrationContext.configure(connection, opts=options).get_current_revision()  # type: ignore[arg-type]


def _steps(branch: str) -> ScriptDirectory:
    return _steps_in(_place(branch))


@cache
def _steps_in(place: str) -> ScriptDirectory:
    """Return the steps in a folder, read once: alembic runs the file of each."""
    return ScriptDirectory(place)


def _place(branch: str) -> str:
    return str(Path(__file__).parent / branch)


def _refuse_newer(branch: str, revision: str | None) -> None:
    if revision is None:
        return
    try:
        _steps(branch).get_revision(revision)
    except CommandError:
        raise NewerDatabase(NewerDatabase.__doc__) from None
