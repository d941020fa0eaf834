"""What is done upon each kind of event, looked up rather than asked for kind after kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from domain.kernel import Event

What = TypeVar("What")


class ByKind(dict[type[Event], What]):
    """What is done upon an event: what stands first in *found* of the kinds that it is of, or *otherwise*.

    It is found once for each kind.  To ask an event of one kind after the other takes longer
    than to change a row by it.
    """

    def __init__(self, found: Mapping[type[Event], What], otherwise: What) -> None:
        super().__init__()
        self._found, self._otherwise = dict(found), otherwise

    def __missing__(self, kind: type[Event]) -> What:
        """Find what is done upon *kind*, and remember it."""
        whats = (what for each, what in self._found.items() if issubclass(kind, each))
        self[kind] = what = next(whats, self._otherwise)
        return what
