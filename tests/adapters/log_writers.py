"""Writers in processes of their own, with pauses and rollbacks inside their transactions, and a reader.

Run as ``python -m tests.adapters.log_writers URL SECONDS NUMBERING``: forks the writers and prints how
many events each has stored.  NUMBERING is ``head``, or ``sequence`` for the way that loses events.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent

from adapters import migrations
from adapters.database import Database
from adapters.eventstore import appending
from adapters.eventstore.appending import Part
from adapters.eventstore.statements import Statements
from adapters.eventstore.store import CaseStore

WRITERS, LOGS = 8, 8
SHORTEST, LONGEST = 0.0, 0.02
"""Seconds for which a writer pauses between what it stores and its commit."""


@dataclass
class Tailed:
    """What the writers have stored, and what a reader saw meanwhile, by log."""

    stored: int = 0
    numbers: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    seen: dict[int, list[int]] = field(default_factory=dict[int, list[int]])

    @property
    def missed(self) -> int:
        """How many stored events the reader did not see."""
        return sum(len(set(self.numbers[log]) - set(self.seen[log])) for log in self.numbers)

    @property
    def gaps(self) -> int:
        """How many numbers no event has."""
        return sum(max(numbers, default=0) - len(numbers) for numbers in self.numbers.values())

    @property
    def twice(self) -> int:
        """How many events the reader saw more than once."""
        return sum(len(seen) - len(set(seen)) for seen in self.seen.values())


def tail(url: str, seconds: float, numbering: str) -> Tailed:
    """Let the writers write for so many seconds into an empty database, and follow them."""
    database = Database(url)
    migrations.migrate(database, "log", logs=LOGS)
    if numbering == "sequence":
        with database.driver() as connection:
            connection.execute("CREATE SEQUENCE number")
    store = CaseStore(database)
    tailed = Tailed(seen={log: [] for log in store.logs})
    command = [sys.executable, "-m", __name__, url, str(seconds), numbering]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writers:
        while writers.poll() is None:
            follow(store, tailed)
        follow(store, tailed)
        assert writers.stdout
        tailed.stored = sum(map(int, writers.stdout.read().split()))
        assert writers.returncode == 0
    for log in store.logs:
        tailed.numbers[log] = [each.id for each in store.notifications(log, 0, 10**6)]
    database.close()
    return tailed


def follow(store: CaseStore, tailed: Tailed) -> None:
    for log, seen in tailed.seen.items():
        while found := store.notifications(log, seen[-1] if seen else 0, 50):
            seen += [each.id for each in found]


def write(url: str, seconds: float, numbering: str, writer: int) -> int:
    """Append until the time is up; return how many events were stored."""
    chance, stored, turn = random.Random(writer), 0, 0
    database = Database(url)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        turn += 1
        logs = sorted(chance.sample(range(LOGS), chance.choice([1, 1, 1, 2, 3])))
        count = chance.choice([1, 2, 6, appending.COPY_FROM])
        parts = [Part(Statements(log, sqlite=False), events(writer, turn, log, count)) for log in logs]
        with database.driver_write() as connection:
            for part in parts:
                number(connection, part, numbering)
                time.sleep(chance.uniform(SHORTEST, LONGEST))
            if chance.random() < 0.25:
                raise psycopg.Rollback  # the transaction ends with it, and so does the exception
            stored += sum(len(part.events) for part in parts)
    database.close()
    return stored


def number(connection: Any, part: Part, numbering: str) -> None:
    if numbering == "head":
        appending._on_postgres(connection, part)
        return
    insert = part.log.insert.replace("VALUES (%b", "VALUES (nextval('number')")
    for each in part.events:
        row = (each.originator_id, each.originator_version, each.topic, each.state)
        connection.execute(insert, row)


def events(writer: int, turn: int, log: int, count: int) -> list[StoredEvent]:
    id = UUID(bytes=bytes([writer, log]) + turn.to_bytes(14))
    return [StoredEvent(id, version, "probe", b"{}") for version in range(1, count + 1)]


def main(url: str, seconds: str, numbering: str) -> None:
    children: list[int] = []
    for writer in range(WRITERS):
        child = os.fork()
        if not child:
            sys.stdout.write(f"{write(url, float(seconds), numbering, writer)}\n")
            sys.stdout.flush()
            os._exit(0)
        children.append(child)
    if any(os.waitpid(child, 0)[1] for child in children):
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
