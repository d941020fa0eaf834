"""Data keys are made whole or not at all, and once, whoever else makes them in the same moment."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from adapters.vault.kinds import DataKey, Identity
from adapters.vault.making import Making
from adapters.vault.masterkey import KeyFile
from adapters.vault.rotation import rotate
from adapters.vault.vault import Vault
from domain.testing import an_id

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
A, B = an_id("a"), an_id("b")
ZOE, ADA = Identity("email", "zoe@example.org"), Identity("email", "ada@example.org")
LABEL = "complaint.noted:text"
Open = Callable[[], Vault]


@contextmanager
def vaults(url: str, folder: Path) -> Generator[Open]:
    """Lend what opens one vault as another process would."""
    opened: list[Vault] = []

    def another() -> Vault:
        vault = Vault(url, KeyFile(folder / "master.key"), now=lambda: NOW)
        vault.begin()
        opened.append(vault)
        return vault

    try:
        yield another
    finally:
        for each in opened:
            each.close()


def counts(vault: Vault) -> tuple[int, int]:
    """Return how many keys there are, and how many people are known."""
    with vault.database.read() as connection:
        keys, people = (
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (vault.tables.data_keys, vault.tables.lookups)
        )
    return keys, people


def test_a_failure_in_the_middle_leaves_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The person was put down already when it failed; the next attempt begins anew."""

    def fails(_self: Making, _key: DataKey, _current: str) -> Sequence[object]:
        raise KeyboardInterrupt

    with vaults(database_url, tmp_path) as another:
        vault = another()
        vault.secret("lookups")
        with monkeypatch.context() as patched:
            patched.setattr(Making, "_row", fails)
            with pytest.raises(KeyboardInterrupt):
                vault.prepare({A: ZOE, B: ADA})
        assert counts(vault) == (0, 0)

        vault.prepare({A: ZOE, B: ADA})
        assert counts(vault) == (2, 2)


def test_whoever_comes_second_takes_the_key_of_the_first(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Between our look and our insert; on SQLite nobody else writes meanwhile."""
    with vaults(postgres_url, tmp_path) as another:
        first, second = another(), another()
        second.secret("lookups")
        looks = Making.select

        def overtaken(self: Making, connection: object, column: object, ids: Sequence[UUID]) -> list[DataKey]:
            found = looks(self, connection, column, ids)  # pyright: ignore[reportArgumentType] - as it came
            monkeypatch.undo()
            first.prepare({A: ZOE})
            return found

        monkeypatch.setattr(Making, "select", overtaken)
        second.prepare({A: ZOE, B: ZOE})

        assert counts(first) == (2, 1)
        assert {first.subject_of(A), second.subject_of(A), second.subject_of(B)} == {first.lookup(*ZOE)}
        sealed = second.seal(A, 1, LABEL, b'"x"')
        assert first.open(sealed, A, 1, LABEL) == b'"x"'


def test_a_key_that_is_there_is_not_made_again(database_url: str, tmp_path: Path):
    """Also where the case comes with a person now, and had none when its key was made."""
    with vaults(database_url, tmp_path) as another:
        another().prepare({A: None})
        later = another()
        later.prepare({A: ZOE, B: ZOE})

        assert counts(later) == (2, 1)
        assert later.subject_of(A) != later.subject_of(B) == later.lookup(*ZOE)


def in_use(another: Open) -> Vault:
    """Open the vault and make a key, so that the next is made by one statement on PostgreSQL."""
    vault = another()
    vault.prepare({an_id("earlier"): Identity("email", "earlier@example.org")})
    return vault


@pytest.mark.parametrize("who", [ZOE, ADA], ids=["known", "new"])
def test_a_case_that_somebody_begins_gets_its_key_by_one_statement(
    who: Identity, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with vaults(postgres_url, tmp_path) as another:
        vault = in_use(another)
        vault.prepare({B: ZOE})
        monkeypatch.setattr(vault.database, "driver_write", None)
        vault.prepare({A: who})

        assert vault.subject_of(A) == another().subject_of(A) == vault.lookup(*who)
        assert another().open(vault.seal(A, 1, LABEL, b'"x"'), A, 1, LABEL) == b'"x"'
        assert (vault.subject_of(A) == vault.subject_of(B)) == (who == ZOE)


def test_a_key_that_another_process_made_is_taken_and_nobody_is_put_down(database_url: str, tmp_path: Path):
    with vaults(database_url, tmp_path) as another:
        vault = in_use(another)
        another().prepare({A: ZOE})
        vault.prepare({A: ADA})

        assert vault.subject_of(A) == vault.lookup(*ZOE)
        assert vault.lookup(*ADA) is None
        assert counts(vault) == (2, 2)


def test_after_a_rotation_keys_are_made_under_the_new_master_key(database_url: str, tmp_path: Path):
    with vaults(database_url, tmp_path) as another:
        vault = in_use(another)
        rotate(another())
        vault.prepare({A: ZOE})

        assert vault.condition().under_other_master_keys == 0
        assert another().open(vault.seal(A, 1, LABEL, b'"x"'), A, 1, LABEL) == b'"x"'


def test_somebody_who_begins_many_cases_at_once_is_one_person(database_url: str, tmp_path: Path):
    with vaults(database_url, tmp_path) as another:
        processes = [in_use(another) for _ in range(4)]
        cases = [an_id(f"case {number}") for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            begun = [
                pool.submit(vault.prepare, {case: ZOE}) for vault, case in zip(processes, cases, strict=True)
            ]
            for each in begun:
                each.result()

        assert {processes[0].subject_of(case) for case in cases} == {processes[0].lookup(*ZOE)}
        assert counts(processes[0]) == (5, 2)
