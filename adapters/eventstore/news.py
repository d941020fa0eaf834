"""What is new in many logs, by one question: a round of a reader need not ask each log for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from adapters.eventstore.appending import library_errors
from adapters.eventstore.recorder import Entry
from adapters.eventstore.router import LogRouter
from adapters.eventstore.statements import stretches

TOGETHER = 16
"""Logs that one question is about: its words are the same whichever of them have news, and prepared once."""


@dataclass(frozen=True)
class Stretch:
    """Events of one log beyond number *after* up to *stop*, no more than *limit*."""

    after: int
    stop: int
    limit: int


NOTHING = Stretch(0, 0, 0)


def read(router: LogRouter, wanted: Mapping[int, Stretch]) -> dict[int, Sequence[Entry]]:
    """Return the events of each log in its order; a log without any is left out."""
    found: dict[int, Sequence[Entry]] = {}
    for logs in _groups(tuple(sorted(router.catalogue.logs))):
        some = {log: wanted[log] for log in logs if log in wanted}
        if len(some) == 1:
            ((log, one),) = some.items()
            found[log] = router.log(log).entries(one.after, one.limit, one.stop)
        elif some:
            found |= _of_many(router, logs, some)
    return {log: entries for log, entries in found.items() if entries}


def _groups(logs: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(logs), TOGETHER):
        yield logs[start : start + TOGETHER]


def _of_many(
    router: LogRouter, logs: tuple[int, ...], wanted: Mapping[int, Stretch]
) -> dict[int, Sequence[Entry]]:
    """Ask PostgreSQL: a SQLite file has one log."""
    each = [wanted.get(log, NOTHING) for log in logs]
    bounds = {
        "after": [one.after for one in each],
        "stop": [one.stop for one in each],
        "most": [one.limit for one in each],
    }
    found: dict[int, list[Entry]] = {log: [] for log in wanted}
    with library_errors(), router.database.driver() as connection:
        rows = connection.execute(stretches(logs), bounds, binary=True).fetchall()
    for log, *entry in rows:
        found[log].append((*entry,))
    for entries in found.values():
        entries.sort(key=itemgetter(0))  # what is united keeps no order
    return dict(found)
