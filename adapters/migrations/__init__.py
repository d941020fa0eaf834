"""Schema changes by alembic: a branch each for the log, the read models, the vault and the record of reading.

All may live in one database, where each keeps its revision in a table of its own; on SQLite
the record of reading, which has tables like those of a log, is a file apart.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Text, column, select, table, text

from adapters.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

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
    with database.read() as connection:
        if _current(connection, branch) == head(branch):
            return False
    from alembic import command

    config = _config(branch)
    config.attributes["logs"] = logs
    with _one_at_a_time, database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        before = _current(connection, branch)
        _refuse_newer(config, before)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before != _current(connection, branch)


def check(database: Database, branch: str) -> bool:
    """Say whether *branch* of *database* exists; refuse one that is older or newer than this code."""
    with database.read() as connection:
        current = _current(connection, branch)
    if current is None:
        return False
    if current != head(branch):
        _refuse_newer(_config(branch), current)
        raise OlderDatabase(OlderDatabase.__doc__)
    return True


def head(branch: str) -> str:
    """Return the newest revision of *branch*, told by the names of its files alone.

    Whoever opens a database that is up to date has no need of alembic, which takes its time to load.
    """
    versions = (Path(__file__).parent / branch / "versions").glob("[0-9]*.py")
    return f"{branch}_{max(each.name[:4] for each in versions)}"


def _config(branch: str) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / branch).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["version_table"] = f"alembic_{branch}"
    return config


def _current(connection: Connection, branch: str) -> str | None:
    kept = f"alembic_{branch}"
    if not connection.dialect.has_table(connection, kept):
        return None
    return connection.execute(select(column("version_num", Text)).select_from(table(kept))).scalar()


def _refuse_newer(config: Config, revision: str | None) -> None:
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    if revision is None:
        return
    try:
        ScriptDirectory.from_config(config).get_revision(revision)
    except CommandError:
        raise NewerDatabase(NewerDatabase.__doc__) from None
