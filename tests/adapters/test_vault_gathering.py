"""What threads bring at the same time is done together, and nobody goes on before theirs is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import select

from adapters.vault.gathering import Gathering
from adapters.vault.kinds import Identity
from adapters.vault.making import Making
from adapters.vault.masterkey import KeyFile
from adapters.vault.vault import Vault
from domain.testing import an_id

PATIENCE = 60.0


def until(true: Callable[[], bool]) -> None:
    """Wait until *true* says so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


class Lots:
    """Takes down what is done together; the first lot is done once *go* is set."""

    def __init__(self) -> None:
        self.done: list[list[str]] = []
        self.begun, self.go, self.fails = Event(), Event(), False
        self.gathering = Gathering(self.act)

    def act(self, items: Sequence[str]) -> None:
        self.begun.set()
        assert self.go.wait(PATIENCE)
        if self.fails:
            self.fails = False
            raise OSError(", ".join(items))
        self.done.append(list(items))

    def bring(self, item: str) -> list[list[str]]:
        """Bring *item*; return what was done by then."""
        self.gathering(item)
        return list(self.done)

    def waits(self, number: int) -> None:
        until(lambda: len(self.gathering._open.items) == number)


def test_what_comes_meanwhile_is_the_next_lot():
    lots = Lots()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(lots.bring, "a")
        assert lots.begun.wait(PATIENCE)
        others = [pool.submit(lots.bring, name) for name in "bcd"]
        lots.waits(3)
        lots.go.set()

        assert first.result(PATIENCE)[0] == ["a"]
        for each in others:
            done = each.result(PATIENCE)
            assert [sorted(lot) for lot in done] == [["a"], ["b", "c", "d"]]


def test_of_a_lot_that_fails_the_leader_is_told_and_the_others_bring_theirs_again():
    lots = Lots()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(lots.bring, "a")
        assert lots.begun.wait(PATIENCE)
        leads = pool.submit(lots.bring, "b")
        lots.waits(1)
        others = [pool.submit(lots.bring, name) for name in "cd"]
        lots.waits(3)
        with lots.gathering._guard:  # the next lot does not begin before it is to fail
            lots.go.set()
            until(lambda: lots.done == [["a"]])
            lots.fails = True
        first.result(PATIENCE)

        with pytest.raises(OSError, match="b, "):
            leads.result(PATIENCE)
        for each in others:
            each.result(PATIENCE)
        assert sorted(name for lot in lots.done for name in lot) == ["a", "c", "d"]


def test_whoever_is_interrupted_while_they_wait_for_their_turn_is_in_nobodys_way():
    lots = Lots()
    lots.go.set()

    class Interrupted:
        def __enter__(self) -> None:
            raise KeyboardInterrupt

        def __exit__(self, *_: object) -> None: ...

    turn = lots.gathering._turn
    lots.gathering._turn = Interrupted()  # pyright: ignore[reportAttributeAccessIssue] - stands for a signal
    with pytest.raises(KeyboardInterrupt):
        lots.bring("a")
    lots.gathering._turn = turn

    assert lots.bring("b") == [["b"]]


def test_keys_that_are_made_at_once_share_a_commit_and_are_kept_when_their_case_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """On SQLite; somebody else writes until all of them wait."""

    def opened() -> Vault:
        vault = Vault(
            f"sqlite:///{tmp_path / 'vault.db'}",
            KeyFile(tmp_path / "master.key"),
            now=lambda: datetime(2026, 6, 1, tzinfo=UTC),
        )
        vault.begin()
        return vault

    vault, other = opened(), opened()
    makes, lots = Making.make, list[int]()

    def made(self: Making, connection: object, cases: dict[UUID, bytes | None]) -> object:
        lots.append(len(cases))
        return makes(self, connection, cases)

    monkeypatch.setattr(Making, "make", made)

    def begins(name: str) -> bool:
        case = an_id(name)
        vault.prepare({case: Identity("email", f"{name}@example.org")})
        kept = select(other.tables.data_keys.c.case_id)
        with other.database.read() as connection:
            return case in connection.execute(kept).scalars().all()

    vault.secret("lookups")
    with ThreadPoolExecutor(6) as pool:
        with other.database.driver_write():
            begun = [pool.submit(begins, "first")]
            until(lambda: vault._made_together._turn.locked() and not vault._made_together._open.items)
            begun += [pool.submit(begins, f"case {number}") for number in range(5)]
            until(lambda: len(vault._made_together._open.items) == 5)
        assert [each.result(PATIENCE) for each in begun] == [True] * 6

    assert lots == [1, 5]
    vault.close()
    other.close()
