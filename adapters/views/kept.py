"""Counts that are kept as long as nothing was written that could change them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

MANY = 512
"""Answers that are kept: one for each scope and question that a desk's dashboards ask."""


class KeptCounts:
    """Remembers counts by what was asked and how far the read model had come.

    Among a million cases a bounded count reads thousands of index entries; between two writes
    its answer is the same.  How far the read model has come is read first, so that a count
    which saw more is never taken for one that saw less.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, int] = OrderedDict()
        self._lock = Lock()

    def get(self, asked: Hashable, count: Callable[[], int]) -> int:
        """Return what *count* returned for the same *asked*, or returns now."""
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        number = count()
        with self._lock:
            self._kept[asked] = number
            while len(self._kept) > MANY:
                self._kept.popitem(last=False)
        return number
