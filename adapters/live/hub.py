"""One listener a process: it reads what is new once, and hands it to every stream that is open.

A thread reads the logs while anybody listens; all that concerns the streams happens in the event
loop that serves them, so nothing of it needs a lock.  A stream whose reader is slow is closed:
nobody else waits for it, and it can go on from where it stood.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TypeVar

import structlog
from anyio import CapacityLimiter, to_thread

from adapters.feed import Signal
from adapters.live.client import Client, Gone
from adapters.live.tail import Message, Places, Tail
from adapters.views.engine import reaches
from domain.access import Principal, Role

T = TypeVar("T")
logger = structlog.get_logger()

POLL = 0.2
"""Seconds between two looks at the logs: correct alone, a signal only makes it quicker."""
CHECK = 0.8
"""Seconds between two looks at what the reader of a stream may still see."""
AWAY = 1.0
"""Seconds to wait for a database that is away."""
BATCH = 500
"""Events that are read at once."""
MOST = 1_000
"""Streams that one process keeps open."""
EACH = 20
"""Streams that one principal keeps open in one process."""
TURN = 50
"""Streams that are handed what is new before others have their turn in the event loop."""
EACH_GUEST = 2
"""Streams that one link keeps open in one process: anybody can come by links, as many as they like."""
GUESTS = 5
"""All links together have one in so many of the places; the others stay free for those who work here."""
THREADS = 2
"""Threads that read the past for streams; those that answer requests stay free."""
CHECKERS = 1
"""Threads that look up rights: whoever reads a long past does not keep others' rights in force."""


class Restored(Exception):
    """A log ends before what was told of it: an older one was put in its place."""


class Full(Exception):
    """This process has no room for another stream; try again, or another process."""


class TooMany(Exception):
    """This principal has as many streams as one may have; close one of them."""


@dataclass(frozen=True)
class Batch:
    """What a follower has read, and how far it reaches; *told* is set once every stream has it."""

    messages: Sequence[Message]
    reached: Places
    told: Event = field(default_factory=Event)


class Follower:
    """A thread that reads what is new beyond *places*, and tells it: no more before all have that.

    Where a log ends before that, it has *lost* called and ends: numbers that were told come again
    there, with other events.
    """

    def __init__(
        self,
        tail: Tail,
        moved: Signal,
        places: Places,
        tell: Callable[[Follower, Batch], object],
        lost: Callable[[Follower], object],
    ) -> None:
        self._tail, self._moved, self._places, self._tell = tail, moved, dict(places), tell
        self._lost = lost
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="streams", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Have the thread end; it is not waited for."""
        self._stopping.set()
        self._moved.arrived()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            seen = self._moved.count
            try:
                self._catch_up()
            except Restored:
                logger.warning("streams_ahead_of_the_log")
                self._lost(self)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, streams go on when it is mended
                logger.warning("streams_interrupted", error=type(error).__name__)
                self._stopping.wait(AWAY)
            else:
                self._moved.wait(seen, POLL)

    def _catch_up(self) -> None:
        stop = self._tail.ends()
        if not reaches(stop, self._places):
            raise Restored
        while not self._stopping.is_set() and not reaches(self._places, stop):
            messages, self._places = self._tail.read(self._places, stop, BATCH)
            batch = Batch(messages, self._places)
            self._tell(self, batch)
            while not self._stopping.is_set() and not batch.told.wait(POLL):
                pass


class Hub:
    """The streams of one process."""

    def __init__(self, tail: Tail, moved: Signal, *, most: int = MOST, each: int = EACH) -> None:
        self.tail, self.most, self.each = tail, most, each
        self.closed: Counter[str] = Counter()
        """How many streams have ended, by the reason."""
        self._moved = moved
        self._room, self._open = Lock(), Counter[str]()
        self._guests = Counter[str]()
        """Of those that are open the ones by links, by who holds them."""
        self._clients: set[Client] = set()
        self._reached: Places = {}
        self._follower: Follower | None = None
        self._checks: asyncio.Task[None] | None = None
        self._beginning = asyncio.Lock()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._threads: dict[str, CapacityLimiter] = {}
        self._stopping = False

    @property
    def open(self) -> int:
        """How many streams are open."""
        return self._open.total()

    def enter(self, who: Principal) -> None:
        """Keep a place for a stream of *who*; raise Full or TooMany.  Whoever enters must leave."""
        with self._room:
            guest = who.role is Role.COMPLAINANT
            crowded = guest and self._guests.total() >= self.most // GUESTS
            if self._stopping or crowded or self._open.total() >= self.most:
                raise Full(Full.__doc__)
            if self._open[who.id] >= (min(EACH_GUEST, self.each) if guest else self.each):
                raise TooMany(TooMany.__doc__)
            self._open[who.id] += 1
            if guest:
                self._guests[who.id] += 1

    def leave(self, client: Client) -> None:
        """Give the place of *client* back; the last one that leaves ends the listening."""
        with self._room:
            for places in (self._open, self._guests):
                places[client.holder] -= 1
                if places[client.holder] <= 0:
                    del places[client.holder]
            nobody = not self._open
        self.closed[client.bye or "left"] += 1
        self._clients.discard(client)
        if nobody:
            self._quiet()

    async def begin(self, client: Client) -> None:
        """Look after *client* from here on, and begin to listen where nobody did."""
        self._clients.add(client)
        if self._stopping:
            client.close("stopping")
        async with self._beginning:
            if self._follower is None and not self._stopping:
                self._reached = await self._in_thread(self.tail.ends)
                loop = asyncio.get_running_loop()

                def tell(follower: Follower, batch: Batch) -> None:
                    loop.call_soon_threadsafe(self._begin_delivery, follower, batch)

                def lost(follower: Follower) -> None:
                    loop.call_soon_threadsafe(self._begin_anew, follower)

                self._follower = Follower(self.tail, self._moved, self._reached, tell, lost)
                self._checks = loop.create_task(self._keep_checking())

    async def past(self, client: Client) -> str | None:
        """Return the next part of what *client* has missed, as it is sent; None when it missed nothing.

        From then on it is handed what is new.
        """
        if reaches(client.places, self._reached):
            client.live = True
            return None
        stop, places = self._reached, client.places
        messages, reached = await self._in_thread(lambda: self.tail.read(places, stop, BATCH))
        return client.told(messages, reached)

    def end(self) -> None:
        """End every stream and let none begin; to be called in the event loop."""
        self._stopping = True
        for client in self._clients:
            client.close("stopping")
        self._quiet()

    def stop(self) -> None:
        """Wait for what still runs, once the event loop has ended."""
        self._stopping = True
        if self._follower is not None:
            self._follower.stop()
            self._follower.join()
            self._follower = None

    def _quiet(self) -> None:
        if self._follower is not None:
            self._follower.stop()
            self._follower = None
        if self._checks is not None:
            self._checks.cancel()
            self._checks = None

    def _begin_anew(self, follower: Follower) -> None:
        """End every stream that *follower* told of a log which is no more; what begins now begins there."""
        if follower is self._follower:
            for client in self._clients:
                client.close("restored")
            self._quiet()

    def _begin_delivery(self, follower: Follower, batch: Batch) -> None:
        delivery = asyncio.create_task(self._deliver(follower, batch))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)

    async def _deliver(self, follower: Follower, batch: Batch) -> None:
        """Hand *batch* to every stream; one of a follower that was sent away is told to nobody.

        It may lie before where a newer follower began, and setting back how far all was told would
        make a stream that begins then miss what lies between.
        """
        try:
            if follower is not self._follower:
                return
            self._reached = batch.reached
            for number, client in enumerate(list(self._clients), 1):
                if client.live and client.bye is None:
                    client.offer(batch.messages, batch.reached)
                if number % TURN == 0:
                    await asyncio.sleep(0)
                    if follower is not self._follower:
                        return
            await asyncio.sleep(0)  # readers take what they were handed before there is more
        finally:
            batch.told.set()

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(CHECK)
            asked = {client.key: client.again for client in self._clients}
            found = await self._in_thread(lambda asked=asked: _ask(asked), "checks", CHECKERS)
            for client in self._clients:
                now = found.get(client.key, client.who)
                if isinstance(now, str):
                    client.close(now)
                else:
                    client.becomes(now)

    async def _in_thread(self, work: Callable[[], T], name: str = "past", most: int = THREADS) -> T:
        if name not in self._threads:
            self._threads[name] = CapacityLimiter(most)
        return await to_thread.run_sync(work, limiter=self._threads[name])


def _ask(asked: Mapping[str, Callable[[], Principal]]) -> dict[str, Principal | str]:
    """Return who reads now, by key; or why they may not."""
    found: dict[str, Principal | str] = {}
    for key, again in asked.items():
        try:
            found[key] = again()
        except Gone:
            found[key] = "revoked"
        except Exception as error:  # noqa: BLE001 - whose rights cannot be looked up is told nothing more
            logger.warning("rights_not_looked_up", error=type(error).__name__)
            found[key] = "unavailable"
    return found
