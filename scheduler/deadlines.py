"""One tick: every case of which something fell due is told so, however many there are.

Nothing here is needed to fire once: a case records each miss and each warning once,
whoever tells it however often, and does once what a timer asks for.  Claims only keep
several schedulers from doing the same work.  The only instant that is asked is *now*, so
a clock of the host that jumps forward and back fires early what it said was due, and
nothing twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

import structlog

from domain.clocks.notice import Notice
from domain.timers import FallDue

log = structlog.get_logger()

Key: TypeAlias = tuple[datetime, UUID]
"""Where a row stands in a due index: when it fires, and its id."""
Order: TypeAlias = Notice | FallDue
"""What a case is asked: to record what its clocks, or do what its timers, have to say by now."""


class Row(Protocol):
    """A clock, or the timers of a case."""

    @property
    def id(self) -> UUID:
        """What the row is known by."""
        ...

    @property
    def case_id(self) -> UUID:
        """The case that is told."""
        ...


R = TypeVar("R", bound=Row)
R_contra = TypeVar("R_contra", bound=Row, contravariant=True)


class Claim(Protocol[R]):
    """A page of due rows that no other scheduler works on meanwhile."""

    @property
    def rows(self) -> Sequence[R]:
        """The rows, the earliest first."""
        ...

    @property
    def end(self) -> Key | None:
        """The key of the last of them, as the index has it; None when there are none."""
        ...

    def settle(self, rows: Iterable[R]) -> None:
        """Say that the cases of *rows* were told: the index need not name these rows again."""
        ...


class DueIndex(Protocol[R]):
    """Where clocks or timers are looked up by the next instant at which they fire."""

    def claim(self, now: datetime, *, after: Key | None = None) -> AbstractContextManager[Claim[R]]:
        """Claim a page of rows that fire by *now*, beyond the key *after*, until the context ends."""
        ...


class Sweep(Protocol[R_contra]):
    """Says which cases to tell because of rows that may be due by now, each case once."""

    def __call__(self, rows: Iterable[R_contra], /, *, now: datetime) -> Iterable[tuple[UUID, Order]]:
        """Return the cases, and what to ask each."""
        ...


@dataclass(frozen=True)
class Agenda(Generic[R]):
    """A due index, and what is made of a page of it."""

    index: DueIndex[R]
    sweep: Sweep[R]

    def orders(self, claim: Claim[R], now: datetime) -> dict[UUID, Order]:
        """Return what to ask the cases of a page."""
        return dict(self.sweep(claim.rows, now=now))


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
        agendas: Sequence[Agenda[Any]],
        tell: Callable[[Mapping[UUID, Order]], Told],
        now: Callable[[], datetime],
        steady: Callable[[], float],
    ) -> None:
        self._agendas, self._tell, self._now, self._steady = agendas, tell, now, steady
        self._stopping = Event()
        self._beaten = steady()
        self.ticked_at: datetime | None = None
        self.recorded: Counter[str] = Counter()
        self.failing: frozenset[UUID] = frozenset()

    def tick(self) -> int:
        """Tell every case of which something is due; return how many were told.

        The agendas are worked off one after another: a case that a timer ends has told
        before what its clocks missed.  A case that cannot be told is reported once and
        stops no other; every tick tries it again.
        """
        now = self._look_at_the_clock()
        told, failing = 0, set[UUID]()
        for agenda in self._agendas:
            told += self._work_off(agenda, now, failing)
        self.ticked_at, self.failing = now, frozenset(failing)
        self.beat()
        return told

    def _work_off(self, agenda: Agenda[Any], now: datetime, failing: set[UUID]) -> int:
        """Tell the cases of one agenda; add to *failing* those that cannot be told."""
        told, after = 0, None
        while not self._stopping.is_set():
            with agenda.index.claim(now, after=after) as claim:
                if not claim.rows:
                    break
                orders = agenda.orders(claim, now)
                outcome = self._tell(orders)
                claim.settle(row for row in claim.rows if row.case_id not in outcome.failed)
                after = claim.end
            told += len(orders) - len(outcome.failed)
            self.recorded.update(outcome.recorded)
            self._report(outcome.failed)
            failing.update(outcome.failed)
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
