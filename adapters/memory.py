"""Python's search for cycles: seldom, among few objects, and put off while many are made that have none."""

from __future__ import annotations

import gc
import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock

SEARCH_EVERY = 1.0
"""Seconds after which cycles are searched for though others still wait: some may always do."""
YOUNG = 10_000
"""Objects that are made before the young are searched: a long case has some thousand, all of them in use."""
_guard = Lock()
_waiting = 0
_searched = 0.0


@contextmanager
def without_cycles() -> Generator[None]:
    """Put the search for cycles off in this process: events and rows have none, and are many.

    Reading a batch of some thousand events takes half as long without it.  Whatever else has
    cycles is found after the last of those who wait, or once a second where there is no last.
    """
    global _waiting, _searched  # noqa: PLW0603 - the switch is the process's, and so is its count
    with _guard:
        _waiting += 1
        gc.disable()
    try:
        yield
    finally:
        with _guard:
            _waiting -= 1
            now = time.monotonic()
            due = _waiting > 0 and now - _searched >= SEARCH_EVERY
            if due:
                _searched = now
            if not _waiting:
                gc.enable()
        if due:
            gc.collect(0)


def settle() -> None:
    """Leave what there is by now out of every later search: modules, models and the desk are for good.

    A search among all of them takes a tenth of a second, in which nobody is answered, and comes again
    with every few thousand requests.
    """
    gc.set_threshold(YOUNG)
    gc.freeze()


def settle_first() -> None:
    """Settle, but leave nothing more out where that was done: of an earlier desk nothing need be for good."""
    gc.set_threshold(YOUNG)
    if not gc.get_freeze_count():
        gc.freeze()
