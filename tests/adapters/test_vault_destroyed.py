"""Keys made in the moment in which those of their person are destroyed: none of them outlives it unnoticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event, func, make_url, select

from adapters.vault.vault import Vault
from domain.errors import PersonalDataErased
from domain.testing import an_id
from tests.adapters.postgres import plain
from tests.adapters.test_vault_keys_made import ADA, LABEL, ZOE, A, B, in_use, vaults

SECONDS = 60.0
Stop = tuple[threading.Event, threading.Event]
"""Set when somebody has come to a point, and when they may go on from there."""


@contextmanager
def a_stop() -> Generator[Stop]:
    """Lend a point at which a thread waits, and let it go on at the end whatever happens."""
    reached, go_on = threading.Event(), threading.Event()
    try:
        yield reached, go_on
    finally:
        go_on.set()


def wait_at(stop: Stop) -> None:
    reached, go_on = stop
    reached.set()
    assert go_on.wait(SECONDS)


def held_up(vault: Vault, url: str, others: Future[Any]) -> None:
    """Return once the thread of *others* has ended, or waits for a lock of *vault*'s database."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + SECONDS
    with psycopg.connect(plain(make_url(url)), autocommit=True) as connection:
        while not others.done() and time.monotonic() < deadline:
            found = connection.execute(waiting, [vault.database.engine.url.database]).fetchone()
            if found and found[0]:
                return
            time.sleep(0.01)
    assert others.done()


def keys_alive(vault: Vault, subject: UUID) -> int:
    c = vault.tables.data_keys.c
    query = select(func.count()).where(c.subject == subject, c.wrapped.is_not(None))
    with vault.database.read() as connection:
        return connection.execute(query).scalar_one()


@pytest.mark.parametrize("statement", ["UPDATE vault.data_keys", "DELETE FROM vault.lookups"])
@pytest.mark.parametrize("cases", [[B], [B, an_id("c")]], ids=["by one statement", "by a transaction"])
def test_a_key_made_while_its_person_is_destroyed_is_of_somebody_new(
    cases: list[UUID], statement: str, postgres_url: str, tmp_path: Path
):
    """The destruction stands still after a statement of it; who begins a case meanwhile looks up by then."""
    with vaults(postgres_url, tmp_path) as another, ThreadPoolExecutor(2) as pool, a_stop() as stop:
        destroyer, maker = in_use(another), in_use(another)
        destroyer.prepare({A: ZOE})
        person = destroyer.subject_of(A)
        assert person

        def after(_c: Any, _cursor: Any, words: str, *_rest: object) -> None:
            if words.startswith(statement):
                wait_at(stop)

        event.listen(destroyer.database.engine, "after_cursor_execute", after)
        destroyed = pool.submit(destroyer.destroy, person)
        assert stop[0].wait(SECONDS)
        made = pool.submit(maker.prepare, dict.fromkeys(cases, ZOE))
        held_up(maker, postgres_url, made)
        stop[1].set()
        made.result(SECONDS)

        assert destroyed.result(SECONDS) == 1
        assert keys_alive(maker, person) == 0
        assert maker.subject_of(B) == maker.lookup(*ZOE) != person
        assert another().open(maker.seal(B, 1, LABEL, b'"x"'), B, 1, LABEL) == b'"x"'


def test_a_key_made_before_its_person_is_destroyed_goes_with_the_others(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Its transaction had looked the person up, and is not yet committed when the destruction begins."""
    with vaults(postgres_url, tmp_path) as another, ThreadPoolExecutor(2) as pool, a_stop() as stop:
        destroyer, maker = in_use(another), in_use(another)
        destroyer.prepare({A: ZOE})
        person = destroyer.subject_of(A)
        assert person
        chance = maker.chance

        def slowly(count: int) -> bytes:
            wait_at(stop)
            return chance(count)

        monkeypatch.setattr(maker._making, "chance", slowly)
        cases = {B: ZOE, an_id("c"): ADA}
        made = pool.submit(maker.prepare, cases)
        assert stop[0].wait(SECONDS)
        destroyed = pool.submit(destroyer.destroy, person)
        held_up(destroyer, postgres_url, destroyed)
        stop[1].set()
        made.result(SECONDS)

        assert destroyed.result(SECONDS) == 2
        assert keys_alive(destroyer, person) == 0
        later = another()
        assert later.lookup(*ZOE) is None
        with pytest.raises(PersonalDataErased):
            later.seal(B, 1, LABEL, b'"x"')
