"""What was used lately, and no more of it than fits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A table of the entries used last, at most *most* of them.

    *generation* names what is in force: an entry found under an older one is not kept.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._entries: OrderedDict[K, V] = OrderedDict()
        self.generation = 0

    def get(self, key: K) -> V | None:
        """Return the entry, if it is here."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: K, value: V, generation: int) -> None:
        """Keep an entry that was found while *generation* was in force."""
        with self._lock:
            if generation == self.generation:
                self._entries[key] = value
                self._entries.move_to_end(key)
                if len(self._entries) > self._most:
                    self._entries.popitem(last=False)

    def clear(self, generation: int) -> None:
        """Forget everything; *generation* is in force from now on."""
        with self._lock:
            self._entries.clear()
            self.generation = generation

    def __len__(self) -> int:
        return len(self._entries)
