"""A file's key that was destroyed is in none of the vault's files, and that costs the same in a large vault."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from adapters.vault.filekeys import FileKeys
from adapters.vault.masterkey import KeyFile
from adapters.vault.vault import Vault
from domain.ids import derived
from domain.testing import an_id

CASE = an_id("a")
FILES = [derived(CASE, f"file {n}") for n in range(3)]


def opened(url: str, folder: Path) -> Vault:
    vault = Vault(url, KeyFile(folder / "master.key"), now=lambda: datetime(2026, 6, 1, tzinfo=UTC))
    vault.begin()
    return vault


@pytest.fixture
def vault(tmp_path: Path) -> Generator[Vault]:
    made = opened(f"sqlite:///{tmp_path / 'vault.db'}", tmp_path)
    yield made
    made.close()


def address(file: UUID) -> str:
    return file.hex * 2


def sealed_keys(keys: FileKeys) -> list[bytes]:
    """Keep a key for each of the files; return what stands for each in the table."""
    table = keys.vault.tables.file_keys
    for number, file in enumerate(FILES):
        keys.keep(CASE, file, address(file), bytes([number]) * 32)
    with keys.vault.database.read() as connection:
        found = {row.id: row.sealed for row in connection.execute(select(table))}
    return [found[file].encode() for file in FILES]


def left(folder: Path, sealed: list[bytes]) -> list[bool]:
    files = b"".join(path.read_bytes() for path in folder.glob("vault.db*"))
    return [each in files for each in sealed]


def died(*_: object) -> None:
    """Do nothing, as a process that was killed."""


def wait_but_a_moment(connection: Any, *_: object) -> None:
    connection.execute("PRAGMA busy_timeout = 50")


@pytest.mark.parametrize("which", range(3))
def test_a_destroyed_key_of_a_file_is_in_no_file_of_the_vault(vault: Vault, tmp_path: Path, which: int):
    """Neither in the database nor in its write-ahead log; the keys of other files stay."""
    keys = FileKeys(vault)
    sealed = sealed_keys(keys)
    assert left(tmp_path, sealed) == [True, True, True]

    keys.destroy([address(FILES[which])])

    assert left(tmp_path, sealed) == [number != which for number in range(3)]
    assert [keys.find(CASE, each) is None for each in FILES] == [n == which for n in range(3)]


def test_what_a_process_left_that_died_or_was_held_up_is_scrubbed_the_next_time(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    keys = FileKeys(vault)
    sealed = sealed_keys(keys)
    monkeypatch.setattr(vault, "scrub", died)
    keys.destroy([address(FILES[0])])
    assert left(tmp_path, sealed) == [True, True, True]

    monkeypatch.undo()
    vault.scrub()

    assert left(tmp_path, sealed) == [False, True, True]


def test_a_scrub_that_a_reader_holds_up_waits_for_the_next_one(
    vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    keys = FileKeys(vault)
    sealed = sealed_keys(keys)
    event.listen(vault.database.engine, "checkout", wait_but_a_moment)
    with vault.database.read() as connection:
        connection.execute(select(vault.tables.file_keys.c.id)).first()
        keys.destroy([address(FILES[0])])
        held = left(tmp_path, sealed)
    vault.scrub()

    assert held[0]
    assert "vault_not_scrubbed_yet" in capsys.readouterr().out
    assert left(tmp_path, sealed) == [False, True, True]


def test_on_postgresql_one_key_is_scrubbed_without_a_look_at_the_indexes(postgres_url: str, tmp_path: Path):
    """Their work grows with the vault, and they hold ids; look-ups are cleaned out of theirs."""
    vault, said = opened(postgres_url, tmp_path), list[str]()
    event.listen(vault.database.engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    keys = FileKeys(vault)
    sealed_keys(keys)

    keys.destroy([address(FILES[0])])
    vault.destroy(vault.subject_of(CASE) or CASE)
    with vault.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        pages = connection.exec_driver_sql(
            "SELECT n_dead_tup FROM pg_stat_get_dead_tuples('vault.file_keys'::regclass) AS n_dead_tup"
        ).scalar_one()
    vault.close()

    assert pages == 0
    assert [each for each in said if each.startswith("VACUUM")] == [
        "VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF) vault.file_keys",
        "VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF) vault.data_keys",
        "VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) vault.lookups",
    ]
