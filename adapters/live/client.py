"""One open stream: what its reader may be told, how far it was told, and what waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from adapters.eventstore.tables import positions
from adapters.live.tail import Audience, Message, Places, Wanted
from domain.access import Principal

WAITING = 1_000
"""Messages that may wait for a reader before the reader counts as slow."""


class Gone(Exception):
    """The reader may not read any longer."""


class Client:
    """A stream of *who*, told everything up to *places*; all of it belongs to the event loop.

    *again* returns who reads it now, or raises Gone; streams of one *key* have the same answer.
    """

    def __init__(
        self,
        who: Principal,
        wanted: Wanted,
        places: Places,
        *,
        key: str,
        again: Callable[[], Principal],
        waiting: int = WAITING,
    ) -> None:
        self.who, self.wanted, self.places = who, wanted, dict(places)
        self.holder = who.id
        self.key, self.again = key, again
        self.audience = Audience(who, wanted)
        self.news = asyncio.Event()
        self.live = False
        self.bye: str | None = None
        """Why the stream ends, once it does."""
        self._most, self._count = waiting, 0
        self._waiting: deque[tuple[Sequence[Message], Places]] = deque()

    def becomes(self, who: Principal) -> None:
        """Let *who* read on where their rights have changed; anybody else is not the reader."""
        if who.id != self.holder:
            self.close("revoked")
        elif who != self.who:
            self.who, self.audience = who, Audience(who, self.wanted)

    def offer(self, messages: Sequence[Message], reached: Places) -> None:
        """Keep *messages* until the reader takes them; too many are the end of a slow one."""
        told = [each for each in messages if self.audience.of(each) is not None]
        if not told and self._waiting and not self._waiting[-1][0]:
            self._waiting.pop()  # of what is not for this reader only how far it reaches is kept
        self._waiting.append((told, reached))
        self._count += len(told)
        if self._count > self._most:
            self.close("slow")
        elif told:
            self.news.set()

    def close(self, why: str) -> None:
        """End the stream as soon as its reader takes notice."""
        self.bye = self.bye or why
        self._waiting.clear()
        self.news.set()

    def take(self) -> str:
        """Return what waits for the reader, as it is sent, and forget it."""
        self.news.clear()
        waiting, self._waiting, self._count = self._waiting, deque(), 0
        return "".join(self.told(messages, reached) for messages, reached in waiting)

    def told(self, messages: Sequence[Message], reached: Places) -> str:
        """Return those of *messages* that the reader may see, as they are sent; note how far they reach."""
        frames: list[str] = []
        for each in messages:
            if each.number <= self.places.get(each.log, 0):
                continue
            self.places[each.log] = each.number
            data = self.audience.of(each)
            if data is not None:
                frames.append(f"id: {self.place}\nevent: {each.topic}\ndata: {data}\n\n")
        for log, number in reached.items():
            self.places[log] = max(number, self.places.get(log, 0))
        return "".join(frames)

    @property
    def place(self) -> str:
        """How far the reader was told, as a position in every log."""
        return positions(self.places)
