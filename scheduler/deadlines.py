"""One tick: every case of which something fell due is told so, however many there are.

Nothing here is needed to fire once: a case records each miss and each warning once,
whoever tells it however often.  Claims only keep several schedulers from doing the
same work.  The only instant that is asked is *now*, so a clock of the host that jumps
forward and back fires early what it said was due, and nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Event
from typing import Protocol, TypeAlias
from uuid import UUID

import structlog

from domain.clocks.notice import Notice
from projections.armed import ClockRow
from scheduler.sweep import sweep

log = structlog.get_logger()

Key: TypeAlias = tuple[datetime, UUID]
"""Where a clock stands in the due index: when it fires, and its id."""


class Claim(Protocol):
    """A page of due clocks that no other scheduler works on meanwhile."""

    @property
    def rows(self) -> Sequence[ClockRow]:
        """The clocks, the earliest first."""
        ...

    @property
    def end(self) -> Key | None:
        """The key of the last of them, as the index has it; None when there are none."""
        ...

    def settle(self, rows: Iterable[ClockRow]) -> None:
        """Say that the cases of *rows* were told: the index need not name these clocks again."""
        ...


class DueIndex(Protocol):
    """Where running clocks are looked up by the next instant at which they fire."""

    def claim(self, now: datetime, *, after: Key | None = None) -> AbstractContextManager[Claim]:
        """Claim a page of clocks that fire by *now*, beyond the key *after*, until the context ends."""
        ...


class Told(Protocol):
    """What became of the cases that were told."""

    @property
    def recorded(self) -> Mapping[str, int]:
        """How many events were recorded, by topic."""
        ...

    @property
    def failed(self) -> Mapping[UUID, Exception]:
        """The cases that could not be told, and why."""
        ...


class Deadlines:
    """Sends every case of which something fell due the order to say so."""

    def __init__(
        self,
        due: DueIndex,
        tell: Callable[[Mapping[UUID, Notice]], Told],
        now: Callable[[], datetime],
        steady: Callable[[], float],
    ) -> None:
        self._due, self._tell, self._now, self._steady = due, tell, now, steady
        self._stopping = Event()
        self._beaten = steady()
        self.ticked_at: datetime | None = None
        self.recorded: Counter[str] = Counter()
        self.failing: frozenset[UUID] = frozenset()

    def tick(self) -> int:
        """Tell every case of which something is due; return how many were told.

        A case that cannot be told is reported once and stops no other; every tick
        tries it again.
        """
        now = self._look_at_the_clock()
        told, failing, after = 0, set[UUID](), None
        while not self._stopping.is_set():
            with self._due.claim(now, after=after) as claim:
                if not claim.rows:
                    break
                orders = dict(sweep(claim.rows, now=now))
                outcome = self._tell(orders)
                claim.settle(row for row in claim.rows if row.case_id not in outcome.failed)
                after = claim.end
            told += len(orders) - len(outcome.failed)
            self.recorded.update(outcome.recorded)
            self._report(outcome.failed)
            failing |= outcome.failed.keys()
            self.beat()
        self.ticked_at, self.failing = now, frozenset(failing)
        self.beat()
        return told

    def beat(self) -> None:
        """Say that the scheduler is alive."""
        self._beaten = self._steady()

    def silent_for(self) -> float:
        """Return for how many seconds nothing was heard, whatever the host's clock says."""
        return self._steady() - self._beaten

    def stop(self) -> None:
        """Let a tick that runs end with the page it is at; what is left is due at the next start."""
        self._stopping.set()

    def _look_at_the_clock(self) -> datetime:
        now, last = self._now(), self.ticked_at
        if last is not None and now < last:
            log.warning("clock_went_back", now=now.isoformat(), last=last.isoformat())
        return now

    def _report(self, failed: Mapping[UUID, Exception]) -> None:
        for case_id, error in failed.items():
            if case_id not in self.failing:
                log.error("deadline_not_recorded", case_id=str(case_id), exc_info=error)
