"""The search for cycles, put off while much is read, and never for good."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Generator

import pytest

from adapters import memory
from adapters.memory import without_cycles


class Knot:
    """An object that holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def never_searched(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The last search was long ago, and the clock stands still until it is moved."""
    monkeypatch.setattr(memory, "_searched", float("-inf"))
    yield
    assert gc.isenabled()


def a_cycle() -> weakref.ref[Knot]:
    return weakref.ref(Knot())


def test_nothing_is_searched_for_until_the_last_has_left():
    with without_cycles():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_cycles_are_found_though_somebody_always_waits(monkeypatch: pytest.MonkeyPatch):
    """Engines whose batches overlap have no last one; at most once a second the young are looked through."""
    now = 100.0
    monkeypatch.setattr(memory.time, "monotonic", lambda: now)
    with without_cycles():
        first = a_cycle()
        with without_cycles():
            pass
        assert first() is None

        second = a_cycle()
        now = 100.9
        with without_cycles():
            pass
        assert second() is not None

        now = 101.0
        with without_cycles():
            pass
        assert second() is None
        assert not gc.isenabled()


def test_what_is_there_when_a_desk_has_opened_is_never_searched_again():
    """In a process of its own: this one is settled by now."""
    said = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["True", "True", "True", "True"]


SETTLED = """
import gc, weakref
from adapters.memory import YOUNG, settle, settle_first

class Knot:
    def __init__(self):
        self.own = self

gc.disable()
settled = Knot()
settle_first()
first = gc.get_freeze_count()
kept, settled = weakref.ref(settled), None
print(gc.get_threshold()[0] == YOUNG)

later = weakref.ref(Knot())
settle_first()
gc.collect()
print(kept() is not None)
print(later() is None)

settle()
print(gc.get_freeze_count() >= first)
"""
