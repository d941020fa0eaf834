"""What was counted is kept as long as nothing was written that could change it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

MANY = 64
"""Answers that are kept: one for each scope whose dashboard is looked at, and some that are outdated."""

T = TypeVar("T")


class KeptCounts(Generic[T]):
    """Remembers what was counted by what was asked and how far the read model had come.

    Among a million cases a bounded count reads thousands of index entries; between two writes
    its answer is the same.  How far the read model has come is read first, so that a count
    which saw more is never taken for one that saw less.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, asked: Hashable, count: Callable[[], T]) -> T:
        """Return what *count* returned for the same *asked*, or returns now."""
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        return self.put(asked, count())

    def put(self, asked: Hashable, counted: T) -> T:
        """Keep *counted* for the same *asked*, in place of what was kept, and return it."""
        with self._lock:
            self._kept[asked] = counted
            self._kept.move_to_end(asked)
            while len(self._kept) > MANY:
                self._kept.popitem(last=False)
        return counted
