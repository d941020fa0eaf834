"""The last trace of what was destroyed: out of the files of the vault, not only out of its tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from sqlalchemy import Table

from adapters.database import Database
from adapters.vault.tables import VaultTables

log = structlog.get_logger()


def scrub(database: Database, known: VaultTables, some: Iterable[Table]) -> None:
    """Leave nothing of what was destroyed in *some* of the *known* tables in the files of *database*.

    It costs by what was written lately, however much there is: SQLite overwrites what is deleted, and
    its write-ahead log is emptied; PostgreSQL looks at pages that changed, and of the indexes at that
    of the look-ups alone, since the others hold ids.  What somebody else holds on to in this moment
    is left to the next time.
    """
    if database.is_sqlite:
        with database.engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if busy:
            log.warning("vault_not_scrubbed_yet")
        return
    for table in some:
        indexes = "ON" if table is known.lookups else "OFF"
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP {indexes}, TRUNCATE OFF) {table.fullname}")


def overwrite_what_is_deleted(connection: Any, _record: object) -> None:
    """Have SQLite write zeros over what is deleted; a listener to new connections."""
    connection.execute("PRAGMA secure_delete = ON")
