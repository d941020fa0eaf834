"""The log's recorder keeps the contract of the library's recorders, by the library's own suites."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from adapters.database import Database
from adapters.eventstore.store import CaseStore
from tests.adapters.keys import FixedKeys


def the_published_suites() -> Any:
    """Import them; they name a cipher whose library Plaint has no use for."""
    cipher = ModuleType("eventsourcing.cipher")
    cipher.__dict__["AESCipher"] = None
    there = sys.modules.setdefault("eventsourcing.cipher", cipher)
    try:
        return import_module("eventsourcing.tests.persistence")
    finally:
        if there is cipher:
            del sys.modules["eventsourcing.cipher"]


SUITES = the_published_suites()
PUBLISHED = [
    (suite, name)
    for suite in (
        SUITES.ApplicationRecorderTestCase,
        SUITES.NonInterleavingNotificationIDsBaseCase,
        SUITES.AggregateRecorderTestCase,
    )
    for name in dir(suite)
    if name.startswith("test")
]


@pytest.fixture
def store(tables_url: str) -> Generator[CaseStore]:
    database = Database(tables_url)
    yield CaseStore(database, FixedKeys())
    database.close()


@pytest.mark.parametrize(("suite", "name"), PUBLISHED, ids=[f"{s.__name__}-{name}" for s, name in PUBLISHED])
def test_a_published_test_passes(store: CaseStore, suite: Any, name: str, capsys: pytest.CaptureFixture[str]):
    """What it prints about its speed is of no interest; the readers that it leaves behind come to their end."""

    class Ours(suite):
        def create_recorder(self) -> object:
            return recorder

    recorder = store.router.log(0)
    if suite is SUITES.AggregateRecorderTestCase:
        recorder = store.factory.aggregate_recorder()
    before = set(threading.enumerate())
    Ours(name).debug()
    for left_behind in set(threading.enumerate()) - before:
        left_behind.join()
    capsys.readouterr()


def test_the_suites_are_all_there():
    assert [name for _, name in PUBLISHED] == [
        "test_concurrent_no_conflicts",
        "test_concurrent_throughput",
        "test_insert_select",
        "test_performance",
        "test",
        "test_insert_and_select",
        "test_performance",
    ]


def test_a_published_suite_can_fail(store: CaseStore):
    """A recorder that forgets an event does not pass."""

    class Forgetful:
        def __getattr__(self, name: str) -> Any:
            return getattr(store.router.log(0), name)

        def select_events(self, *args: Any, **kwargs: Any) -> Any:
            return store.router.log(0).select_events(*args, **kwargs)[1:]

    class Ours(SUITES.ApplicationRecorderTestCase):
        def create_recorder(self) -> object:
            return Forgetful()

    with pytest.raises(AssertionError):
        Ours("test_insert_select").debug()
