"""Schemas are brought up to date once, whoever starts first, and never backwards."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, text

from adapters import migrations
from adapters.database import Database
from adapters.eventstore.tables import CATALOGUE, LogTables, schema_of
from adapters.migrations import BRANCHES, NewerDatabase, OlderDatabase, check, migrate
from adapters.outbox import tables as outbox
from adapters.reactions import tables as reactions
from adapters.reading.tables import SCHEMA, ReadTables
from adapters.vault.tables import VaultTables
from adapters.views import tables

LOGS = 16


def logs(database: Database) -> list[MetaData]:
    schemas = [None] if database.is_sqlite else [schema_of(log) for log in range(LOGS)]
    return [
        CATALOGUE.metadata,
        outbox.metadata,
        reactions.metadata,
        *(LogTables(schema).metadata for schema in schemas),
    ]


@pytest.fixture
def database(database_url: str) -> Generator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def schema(database: Database) -> dict[str, Any]:
    """Return every table of the database with its columns and indexes."""
    inspector = inspect(database.engine)
    names = [None] if database.is_sqlite else ["public", SCHEMA, *map(schema_of, range(LOGS))]
    return {
        f"{name}.{table}": (
            [(column["name"], str(column["type"])) for column in inspector.get_columns(table, name)],
            sorted(str(index["name"]) for index in inspector.get_indexes(table, name)),
        )
        for name in names
        if name is None or name in inspector.get_schema_names()
        for table in inspector.get_table_names(name)
    }


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_fresh_database_is_migrated_once(database: Database, branch: str):
    assert not check(database, branch)

    assert migrate(database, branch)
    first = schema(database)

    assert check(database, branch)
    assert not migrate(database, branch)
    assert schema(database) == first


def together(database: Database) -> list[str]:
    """Return the branches that may share *database*: on SQLite the record of reading is a file apart."""
    return [branch for branch in BRANCHES if branch != "reads" or not database.is_sqlite]


def test_all_branches_live_in_one_database(database: Database):
    branches = together(database)
    for branch in branches:
        assert migrate(database, branch)

    assert all(check(database, branch) for branch in branches)
    assert not any(migrate(database, branch) for branch in branches)


@pytest.mark.parametrize("branch", BRANCHES)
def test_the_tables_in_the_code_are_those_that_are_migrated(database: Database, branch: str):
    """Neither knows a column, a type or an index that the other lacks."""
    migrate(database, branch)
    vault = VaultTables(None if database.is_sqlite else "vault")
    reads = ReadTables(None if database.is_sqlite else SCHEMA)
    metadata = {
        "log": logs(database),
        "views": [tables.metadata],
        "vault": [vault.metadata],
        "reads": [reads.metadata],
    }[branch]

    def ours(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
        return kind != "table" or not str(name).startswith("alembic_")

    def in_schema(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "schema" or name in {each.schema for each in metadata}

    options = {
        "include_object": ours,
        "include_name": in_schema,
        "include_schemas": True,
        "compare_type": True,
        "compare_server_default": True,
    }
    together = MetaData()
    for table in (table for each in metadata for table in each.sorted_tables):
        table.to_metadata(together)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, together) == []


def test_a_difference_would_be_seen(database: Database):
    migrate(database, "views")
    with database.write() as connection:
        connection.execute(text("DROP INDEX queue_by_due"))
        connection.execute(text("ALTER TABLE queue ADD COLUMN surprise TEXT"))

    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
    assert {difference[0] for difference in differences if isinstance(difference, tuple)} >= {
        "add_index",
        "remove_column",
    }


def test_the_head_of_the_log_is_one_row(database: Database):
    migrate(database, "log")
    head = "head" if database.is_sqlite else "log_00.head"

    with database.read() as connection:
        assert connection.execute(text(f"SELECT one, last FROM {head}")).all() == [(1, 0)]
    with pytest.raises(Exception, match="head_is_one_row"), database.write() as connection:
        connection.execute(text(f"INSERT INTO {head} VALUES (2, 0)"))


@pytest.mark.parametrize("branch", BRANCHES)
def test_two_that_migrate_at_once_do_it_once(database_url: str, branch: str):
    databases = [Database(database_url) for _ in range(4)]
    try:
        with ThreadPoolExecutor(len(databases)) as pool:
            changed = list(pool.map(migrate, databases, [branch] * len(databases)))
        assert sorted(changed) == [False, False, False, True]
        assert check(databases[0], branch)
    finally:
        for each in databases:
            each.close()


def test_all_branches_may_be_migrated_at_once(database_url: str):
    databases = [Database(database_url) for _ in range(8)]
    try:
        with ThreadPoolExecutor(len(databases)) as pool:
            branches = together(databases[0])
            changed = list(pool.map(migrate, databases, branches * 2))
        assert sorted(changed) == [False] * len(branches) + [True] * len(branches)
    finally:
        for each in databases:
            each.close()


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_database_from_a_newer_version_is_refused(database: Database, branch: str):
    """And left as it is."""
    migrate(database, branch)
    with database.write() as connection:
        connection.execute(text(f"UPDATE alembic_{branch} SET version_num = '{branch}_9999'"))
    before = schema(database)
    sentence = (
        "The database was written by a newer version of Plaint; install that version or restore a backup."
    )

    for refuse in (check, migrate):
        with pytest.raises(NewerDatabase, match=sentence):
            refuse(database, branch)

    assert schema(database) == before


def test_a_database_of_an_older_version_is_refused_until_it_is_migrated(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    migrate(database, "views")
    newer = tmp_path / "newer"
    shutil.copytree(Path(migrations.__file__).parent, newer)
    head = ScriptDirectory(str(newer / "views")).get_current_head()
    (newer / "views" / "versions" / "9999_probe.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = 'views_9999'\ndown_revision = '{head}'\n"
        "def upgrade():\n    op.add_column('tokens', sa.Column('probe', sa.Text))\n"
    )
    monkeypatch.setattr(migrations, "__file__", str(newer / "__init__.py"))

    with pytest.raises(OlderDatabase, match="is of an older version of Plaint; run `plaint migrate`"):
        check(database, "views")
    assert migrate(database, "views")
    assert check(database, "views")


def test_a_migration_that_fails_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    broken = tmp_path / "broken"
    shutil.copytree(Path(migrations.__file__).parent, broken)
    first = broken / "views" / "versions" / "0001_views.py"
    first.write_text(first.read_text() + '    raise RuntimeError("the disk is full")\n')
    monkeypatch.setattr(migrations, "__file__", str(broken / "__init__.py"))

    with pytest.raises(RuntimeError, match="the disk is full"):
        migrate(database, "views")

    assert schema(database) == {}
    monkeypatch.undo()
    assert migrate(database, "views")
