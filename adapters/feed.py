"""Who waits for something new is woken: in the process at once, across processes soon.

On PostgreSQL one connection a process listens, and one notifies, after the commits and
never inside a transaction: a NOTIFY in the transaction that writes makes writers wait
for each other.  Nobody depends on it: whoever waits also looks by itself now and then.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Event, Thread
from typing import Any

import structlog

from adapters.database import Database, postgres

log = structlog.get_logger()

PAUSE = 0.05
"""Seconds between two notifications of one process: a burst of commits is one."""
PATIENCE = 1.0
"""Seconds between two attempts at a database that is away, and between two looks whether to stop."""
CHANNELS = {"recorded": "plaint_recorded", "moved": "plaint_moved"}


class Signal:
    """Something that happens again and again, and can be waited for."""

    def __init__(self, told: Callable[[], object] = lambda: None) -> None:
        self.count = 0
        self._told, self._condition = told, Condition()

    def send(self) -> None:
        """Say here that it happened, and have others told."""
        self.arrived()
        self._told()

    def arrived(self) -> None:
        """Say here that it happened."""
        with self._condition:
            self.count += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> bool:
        """Wait until it happened more than *seen* times, or *seconds* have passed; say whether it has."""
        with self._condition:
            return self._condition.wait_for(lambda: self.count > seen, seconds)


class Feed:
    """Carries two signals between the processes of an installation: *recorded* and *moved*.

    Without PostgreSQL, and with *listening* off, they stay in the process.
    """

    def __init__(self, database: Database, *, listening: bool = True) -> None:
        self.recorded = Signal(lambda: self._tell("recorded"))
        self.moved = Signal(lambda: self._tell("moved"))
        self.across = listening and not database.is_sqlite
        self._connect = _connecting(database)
        self._news, self._stopping = Event(), Event()
        self._waiting: set[str] = set()
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begin to tell other processes, and to listen to them."""
        if self.across and not self._threads:
            self._threads = [
                Thread(target=self._keep, args=(work,), name=name, daemon=True)
                for name, work in (("feed-notify", self._notify), ("feed-listen", self._listen))
            ]
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Let both connections go."""
        self._stopping.set()
        self._news.set()
        for thread in self._threads:
            thread.join(timeout=2 * PATIENCE)

    def _tell(self, what: str) -> None:
        if self._threads:
            self._waiting.add(what)
            self._news.set()

    def _keep(self, work: Callable[[Any], None]) -> None:
        """Do *work* on a connection, and on another one when it breaks, until told to stop."""
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    work(connection)
            except postgres("Error") as error:
                log.warning("feed_interrupted", error=type(error).__name__)
                self._stopping.wait(PATIENCE)

    def _notify(self, connection: Any) -> None:
        while not self._stopping.is_set():
            self._news.wait()
            self._news.clear()
            for what in list(self._waiting):
                self._waiting.discard(what)
                connection.execute(f"NOTIFY {CHANNELS[what]}")
            self._stopping.wait(PAUSE)

    def _listen(self, connection: Any) -> None:
        for channel in CHANNELS.values():
            connection.execute(f"LISTEN {channel}")
        # What was told while nobody listened is lost.
        self.recorded.arrived()
        self.moved.arrived()
        while not self._stopping.is_set():
            for notify in connection.notifies(timeout=PATIENCE, stop_after=1):
                self._signal(notify.channel).arrived()

    def _signal(self, channel: str) -> Signal:
        return self.recorded if channel == CHANNELS["recorded"] else self.moved


def _connecting(database: Database) -> Callable[[], Any]:
    """Return how to open a connection beside the pool; each statement is a transaction of its own."""

    def connect() -> Any:
        import psycopg

        args, options = database.engine.dialect.create_connect_args(database.engine.url)
        return psycopg.connect(*args, **{"connect_timeout": 5, **options}, autocommit=True)

    return connect
