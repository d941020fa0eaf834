"""The daily sheet of a desk that never sleeps: which cases must be told that a promise fell due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from domain.commands import NoticeMisses
from projections.armed import ClockRow


def sweep(rows: Iterable[ClockRow], *, now: datetime) -> Iterator[tuple[UUID, NoticeMisses]]:
    """Yield each case with a clock that fell due by *now*, once, with the command to send it.

    The rows may lag behind; the case has the last word, and a second sweep changes nothing.
    """
    told: set[UUID] = set()
    for row in rows:
        if row.clock.due_at(now) and row.case_id not in told:
            told.add(row.case_id)
            yield row.case_id, NoticeMisses(now=now)
