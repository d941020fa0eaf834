"""Where everything is kept: databases, the vault, the data directory; and what is said when they are away."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy.exc import DatabaseError

from adapters.database import Database
from adapters.outbox.addresses import Guard, networks
from adapters.settings import Settings
from adapters.vault.masterkey import KeyFile
from adapters.vault.vault import Vault

FEWEST_QUESTIONS = 6
"""Connections for questions: enough that some slow ones keep nobody waiting."""


class CannotStart(Exception):
    """Something outside stands in the way; the message says what to do about it."""


def utc_now() -> datetime:
    """Return the instant that it is."""
    return datetime.now(UTC)


def opened(url: str, connections: int) -> Database:
    with addresses():
        return Database(url, connections=connections)


def asked(url: str, connections: int, seconds: float) -> Database:
    """Return the database at *url* for questions that stand alone, none of which may take more *seconds*."""
    with addresses():
        return Database(url, connections=connections, transactions=1, statement_seconds=seconds)


def for_questions(pool: int) -> int:
    """Return how many connections a process with a *pool* has for questions to the read models."""
    return max(FEWEST_QUESTIONS, pool // 2)


def vault_of(settings: Settings, now: Callable[[], datetime] = utc_now) -> Vault:
    """Return the vault that *settings* name, found or not."""
    with addresses():
        return Vault(settings.vault_database, KeyFile(settings.master_key), now=now)


def guard_of(settings: Settings) -> Guard:
    try:
        return Guard(networks(settings.webhook_allow_private))
    except ValueError as error:
        raise CannotStart(f"PLAINT_WEBHOOK_ALLOW_PRIVATE: {error}") from None


@contextmanager
def addresses() -> Generator[None]:
    try:
        yield
    except Exception as error:
        message = (
            "PLAINT_DATABASE_URL, PLAINT_VIEWS_URL, PLAINT_SEARCH_URL or PLAINT_VAULT_URL is not a database "
            "address; use postgresql+psycopg://user@host/name or leave it out."
        )
        raise CannotStart(message) from error


def make_data_directory(settings: Settings) -> None:
    if not settings.keeps_files:
        return
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        message = (
            f"The data directory {settings.data} cannot be written ({error.strerror}); "
            "make it writable or set PLAINT_DATA to another one."
        )
        raise CannotStart(message) from None


def unreachable(settings: Settings, logs: Database, views: Database, error: DatabaseError) -> str:
    """Return what stands in the way of the databases of *logs* and *views*, and what to do about it."""
    variable = "PLAINT_DATABASE_URL"
    if settings.embedded:
        return (
            f"The database in {settings.data} cannot be used ({error.orig}); "
            "see whether it is read-only, the disk full, or the file something else."
        )
    if views is not logs and _answers(logs) > _answers(views):
        variable = "PLAINT_VIEWS_URL"
    return f"The database cannot be reached; check {variable} and that the server runs."


def _answers(database: Database) -> bool:
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except DatabaseError:
        return False
    return True
