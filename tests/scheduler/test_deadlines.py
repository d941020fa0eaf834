"""A tick tells every case that is due, one bad case stops no other, and the host's clock may jump."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from structlog.testing import capture_logs

from domain.clocks.warning import fires_at
from projections.armed import ClockRow
from scheduler.deadlines import Agenda, Deadlines, Order
from scheduler.sweep import sweep
from tests.scheduler.test_sweep import NOW, a_row

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


@dataclass
class Told:
    recorded: dict[str, int] = field(default_factory=dict[str, int])
    failed: dict[UUID, Exception] = field(default_factory=dict[UUID, Exception])


@dataclass
class Page:
    rows: Sequence[ClockRow]
    settled: list[ClockRow] = field(default_factory=list[ClockRow])

    @property
    def end(self) -> tuple[datetime, UUID] | None:
        return (fires_at(self.rows[-1].clock) or NOW, self.rows[-1].id) if self.rows else None

    def settle(self, rows: Iterable[ClockRow]) -> None:
        self.settled += rows


class Due:
    """A due index in memory, which hands out pages of two."""

    def __init__(self, *rows: ClockRow) -> None:
        self.rows: dict[UUID, ClockRow] = {}
        self.add(*rows)

    def add(self, *rows: ClockRow) -> None:
        self.rows |= {row.id: row for row in rows}

    @contextmanager
    def claim(self, now: datetime, *, after: tuple[datetime, UUID] | None = None) -> Generator[Page]:
        keys = sorted((fires_at(row.clock) or NOW, row.id) for row in self.rows.values())
        due = [id for at, id in keys if at <= now and (after is None or (at, id) > after)]
        page = Page([self.rows[id] for id in due[:2]])
        yield page
        for row in page.settled:
            del self.rows[row.id]


class Cases:
    """Cases that are told; some cannot be."""

    def __init__(self, *broken: UUID) -> None:
        self.told: list[UUID] = []
        self.broken = set(broken)

    def __call__(self, orders: Mapping[UUID, Order]) -> Told:
        outcome = Told()
        for case in orders:
            if case in self.broken:
                outcome.failed[case] = OSError("out of order")
            else:
                self.told.append(case)
                outcome.recorded["clock.missed"] = outcome.recorded.get("clock.missed", 0) + 1
        return outcome


class Steady:
    """A clock that nobody can set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def deadlines(
    due: Due,
    cases: Cases | Callable[[Mapping[UUID, Order]], Told],
    now: Callable[[], datetime] = lambda: NOW,
    steady: Steady | None = None,
) -> Deadlines:
    return Deadlines([Agenda(due, sweep)], cases, now, steady or Steady())


def test_every_case_that_is_due_is_told_however_many_there_are() -> None:
    every = [UUID(int=n) for n in range(1, 8)]
    cases = Cases()
    due = Due(*(a_row(case, due=NOW - timedelta(minutes=case.int % 3)) for case in every))
    ticking = deadlines(due, cases)

    assert ticking.tick() == 7
    assert sorted(cases.told) == every
    assert ticking.ticked_at == NOW
    assert ticking.recorded == {"clock.missed": 7}
    assert ticking.tick() == 0


def test_a_tick_with_nothing_due_tells_nobody() -> None:
    cases = Cases()

    assert deadlines(Due(a_row(ONE, due=NOW + timedelta(seconds=1))), cases).tick() == 0
    assert cases.told == []


def test_a_case_that_cannot_be_told_is_reported_once_and_stops_no_other() -> None:
    cases = Cases(ONE)
    ticking = deadlines(Due(*(a_row(case) for case in (ONE, TWO, THREE))), cases)

    with capture_logs() as logs:
        told = [ticking.tick() for _ in range(3)]

    assert told == [2, 0, 0]
    assert cases.told == [TWO, THREE]
    assert [(log["event"], log["case_id"]) for log in logs] == [("deadline_not_recorded", str(ONE))]
    assert ticking.failing == {ONE}

    cases.broken.clear()
    assert ticking.tick() == 1
    assert ticking.failing == frozenset()


def test_a_case_that_fails_again_after_it_went_well_is_reported_again() -> None:
    cases, due = Cases(ONE), Due(a_row(ONE))
    ticking = deadlines(due, cases)

    with capture_logs() as logs:
        ticking.tick()
        cases.broken.clear()
        ticking.tick()
        cases.broken.add(ONE)
        due.add(a_row(ONE))
        ticking.tick()

    assert [log["event"] for log in logs] == ["deadline_not_recorded"] * 2


def test_what_was_not_told_stays_on_the_index_when_a_tick_breaks_off() -> None:
    def broken(_orders: Mapping[UUID, Order]) -> Told:
        raise OSError

    due = Due(a_row(ONE))
    ticking = deadlines(due, broken)
    with suppress(OSError):
        ticking.tick()

    assert ticking.ticked_at is None
    assert len(due.rows) == 1


def test_a_clock_that_jumps_ahead_and_back_fires_nothing_twice_and_loses_nothing() -> None:
    """400 days ahead everything is due; back again, only what is new is told, and the jump is said once."""
    soon, far = NOW + timedelta(hours=1), NOW + timedelta(days=300)
    cases, due = Cases(), Due(a_row(ONE, due=soon), a_row(TWO, due=far))
    instants = iter(
        [NOW, NOW + timedelta(days=400), NOW, NOW + timedelta(seconds=1), soon + timedelta(hours=3)]
    )
    ticking = deadlines(due, cases, lambda: next(instants))

    with capture_logs() as logs:
        told = [ticking.tick() for _ in range(3)]
        due.add(a_row(THREE, due=soon + timedelta(hours=2)))
        told += [ticking.tick() for _ in range(2)]

    assert told == [0, 2, 0, 0, 1]
    assert cases.told == [ONE, TWO, THREE]
    assert [log["event"] for log in logs] == ["clock_went_back"]


def test_a_tick_that_is_stopped_ends_with_its_page() -> None:
    cases = Cases()

    def tell(orders: Mapping[UUID, Order]) -> Told:
        ticking.stop()
        return cases(orders)

    due = Due(*(a_row(UUID(int=n)) for n in range(1, 8)))
    ticking = deadlines(due, tell)

    assert ticking.tick() == 2
    assert len(due.rows) == 5


def test_a_long_tick_is_heard_of_while_it_works() -> None:
    """Silence is measured by a clock that nobody can set."""
    steady = Steady()
    silences: list[float] = []

    def tell(_orders: Mapping[UUID, Order]) -> Told:
        silences.append(ticking.silent_for())
        steady.seconds += 20
        return Told()

    ticking = deadlines(Due(*(a_row(UUID(int=n)) for n in range(1, 7))), tell, steady=steady)
    steady.seconds = 5
    ticking.tick()

    assert silences == [5, 0, 0]
    steady.seconds += 7
    assert ticking.silent_for() == 7
