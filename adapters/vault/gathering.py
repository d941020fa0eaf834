"""Work that threads bring at the same time, done together by the first of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """Has *act* done for all that wait, one lot at a time: what comes meanwhile is the next lot.

    Nobody goes on before *act* has returned for what they brought.
    """

    def __init__(self, act: Callable[[Sequence[T]], object]) -> None:
        self._act = act
        self._guard, self._turn = Lock(), Lock()
        self._open = _Lot[T]()

    def __call__(self, item: T) -> None:
        """Return once *act* was done for *item*; what it raises is raised by whoever led the lot.

        The others of a lot that failed bring theirs again: no fault is anybody's but the leader's.
        """
        while not self._tried(item):
            pass

    def _tried(self, item: T) -> bool:
        with self._guard:
            lot = self._open
            lot.items.append(item)
            leads = len(lot.items) == 1
        if not leads:
            lot.over.wait()
            return lot.done
        try:
            with self._turn:
                with self._guard:
                    self._open = _Lot[T]()
                self._act(lot.items)
                lot.done = True
        finally:
            with self._guard:
                if self._open is lot:  # interrupted while it waited for its turn
                    self._open = _Lot[T]()
            lot.over.set()
        return True


class _Lot(Generic[T]):
    """What is done together."""

    def __init__(self) -> None:
        self.items: list[T] = []
        self.over, self.done = Event(), False
