"""A case as it was: its history, cut where the question says, folded into every read model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain import clocks
from domain.kernel import Event, Value
from projections import armed, case_file, queue
from projections.armed import ClockRow
from projections.case_file import CaseFile
from projections.queue import QueueRow


class Replayed(Value):
    """The rows that a history folds into; None and empty when it holds no case."""

    row: QueueRow | None = None
    file: CaseFile | None = None
    clocks: tuple[ClockRow, ...] = ()


def until(
    history: Iterable[Event],
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    version: int | None = None,
) -> Iterator[Event]:
    """Yield what had happened by *as_of*, of what was known at *known_at*, up to *version*.

    The two questions are apart: a letter sent on Monday and recorded on Tuesday had
    happened on Monday, and was not known then.
    """
    for event in history:
        happened = as_of is None or event.occurred_at <= as_of
        known = known_at is None or event.recorded_at <= known_at
        if happened and known and (version is None or event.originator_version <= version):
            yield event


def fold(numbered: Iterable[tuple[int, Event]], start: Replayed | None = None) -> Replayed:
    """Fold events, each with its number in the log, into the rows of one case, from *start* on."""
    begin = start or Replayed()
    row, file = begin.row, begin.file
    running = {each.id: each for each in begin.clocks}
    for number, event in numbered:
        row = queue.evolve(row, event, number)
        file = case_file.evolve(file, event, number)
        if isinstance(event, clocks.ClockEvent):
            clock = armed.evolve(running.get(event.clock_id), event, number)
            if clock is not None:
                running[clock.id] = clock
    return Replayed(row=row, file=file, clocks=in_order(running.values()))


def in_order(rows: Iterable[ClockRow]) -> tuple[ClockRow, ...]:
    """Return clocks as they are shown: house promises first, then by regime, start and number."""
    return tuple(sorted(rows, key=lambda row: _order(row.clock)))


def _order(clock: clocks.Clock) -> tuple[bool, str, datetime, str, int]:
    return clock.legal, clock.regime, clock.started_at, clock.milestone, clock.number
