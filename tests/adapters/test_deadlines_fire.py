"""A promise that falls due is recorded once: late, after a crash, and by several schedulers at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import OperationalError
from sqlalchemy import select, update
from structlog.testing import capture_logs

from adapters.bootstrap import Plaint
from adapters.desk import ATTEMPTS
from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.tables import LogTables
from adapters.settings import Settings
from adapters.views import tables
from domain import clocks
from domain.clocks.notice import Notice
from domain.errors import LostTheRace, NotReceived
from domain.kernel import Aggregate
from tests.adapters.schedulers import (
    DUE,
    RECEIVED,
    WARN,
    Desk,
    missed,
    opened,
    receive,
    three_of_which_one_dies,
    warned,
)

SECOND = timedelta(seconds=1)


def test_an_overdue_acknowledgement_is_recorded_once_with_both_instants(
    desk_url: str, tmp_path: Path
) -> None:
    """Noticed two days late it still fell due when it did; a second tick adds nothing."""
    before = opened(desk_url, tmp_path, RECEIVED)
    [case] = receive(before, 1)
    before.close()

    late = opened(desk_url, tmp_path, DUE + timedelta(days=2))
    late.views.catch_up()
    assert late.deadlines.tick() == 1
    assert late.deadlines.tick() == 0
    late.views.catch_up()
    assert late.deadlines.tick() == 0

    [miss] = missed(late)
    assert (miss.originator_id, miss.occurred_at, miss.due_before, miss.noticed_at, miss.recorded_at) == (
        case,
        DUE,
        DUE,
        DUE + timedelta(days=2),
        DUE + timedelta(days=2),
    )
    [row] = [
        each.clock for each in late.queries.whole(case).clocks if each.clock.milestone == "acknowledgement"
    ]
    assert (row.status, row.outstanding) == (clocks.Status.MISSED, True)
    assert warned(late) == []  # nobody is warned of what has already happened
    late.close()


def test_the_case_has_the_last_word_when_the_read_model_is_built_anew(desk_url: str, tmp_path: Path) -> None:
    before = opened(desk_url, tmp_path, RECEIVED)
    receive(before, 1)
    before.close()
    late = opened(desk_url, tmp_path, DUE)
    late.views.catch_up()
    assert late.deadlines.tick() == 1
    with late.views_database.write() as connection:
        gone = tables.clocks.c.fires_at.is_(None)
        connection.execute(update(tables.clocks).where(gone).values(fires_at=DUE))

    assert late.deadlines.tick() == 1
    assert len(missed(late)) == 1
    late.close()


def test_an_index_that_disagrees_with_its_rows_is_put_right(desk_url: str, tmp_path: Path) -> None:
    """A clock that the index calls due too early is told nothing, and still fires at its instant."""
    desk = opened(desk_url, tmp_path, WARN - SECOND)
    receive(desk, 1)
    desk.views.catch_up()
    right = [row.fires_at for row in the_index(desk)]
    with desk.views_database.write() as connection:
        connection.execute(update(tables.clocks).values(fires_at=RECEIVED))

    assert desk.deadlines.tick() == 0
    assert [row.fires_at for row in the_index(desk)] == right
    desk.close()


def the_index(desk: Plaint) -> Sequence[Any]:
    with desk.views_database.read() as connection:
        return connection.execute(select(tables.clocks).order_by(tables.clocks.c.id)).all()


def test_nothing_fires_one_microsecond_before_its_instant(desk_url: str, tmp_path: Path) -> None:
    before = opened(desk_url, tmp_path, RECEIVED)
    receive(before, 1)
    before.close()

    for instant, events in ((WARN, warned), (DUE, missed)):
        for moment, number in ((instant - timedelta(microseconds=1), 0), (instant, 1)):
            desk = opened(desk_url, tmp_path, moment)
            desk.views.catch_up()
            assert desk.deadlines.tick() == number
            assert len(events(desk)) == number
            desk.close()


def test_a_warning_names_whom_to_tell_and_from_when(desk_url: str, tmp_path: Path) -> None:
    """Seen late, but before the promise fell due; the next tick and the miss add no other."""
    before = opened(desk_url, tmp_path, RECEIVED)
    [case] = receive(before, 1)
    before.close()
    desk = opened(desk_url, tmp_path, WARN + timedelta(hours=3))
    desk.views.catch_up()
    assert desk.deadlines.tick() == 1
    desk.views.catch_up()
    assert desk.deadlines.tick() == 0

    [warning] = warned(desk)
    assert (warning.originator_id, warning.offset, warning.generation, warning.level) == (
        case,
        "1 business_day",
        1,
        1,
    )
    assert (warning.occurred_at, warning.noticed_at, warning.due_before) == (
        WARN,
        WARN + timedelta(hours=3),
        DUE,
    )
    assert warning.deliver_from is not None
    assert warning.deliver_from >= warning.noticed_at
    assert desk.deadlines.recorded == {"clock.warned": 1}
    assert desk.due.oldest() == DUE
    desk.close()


def test_three_schedulers_at_once_record_each_miss_once(desk_url: str, tmp_path: Path) -> None:
    begin = opened(desk_url, tmp_path, RECEIVED)
    cases = receive(begin, 240)
    begin.close()

    desks = [opened(desk_url, tmp_path, DUE) for _ in range(3)]
    desks[0].views.catch_up()
    threads = [Thread(target=desk.deadlines.tick) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    fired = Counter(event.originator_id for event in missed(desks[0]))
    assert fired == Counter(cases)
    assert sum(desk.deadlines.recorded["clock.missed"] for desk in desks) == 240
    for desk in desks:
        desk.close()


def test_log_and_read_models_may_lie_in_one_sqlite_file(tmp_path: Path) -> None:
    """A claim cannot keep the file to itself then; what is told twice is recorded once."""
    settings = Settings(data=tmp_path, database_url=f"sqlite:///{tmp_path / 'one.db'}")
    begin = Plaint.open(settings, now=lambda: RECEIVED)
    cases = receive(begin, 120)
    begin.views.catch_up()
    begin.close()

    desks = [Plaint.open(settings, now=lambda: DUE) for _ in range(2)]
    threads = [Thread(target=desk.deadlines.tick) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(event.originator_id for event in missed(desks[0])) == Counter(cases)
    assert desks[0].deadlines.tick() == 0
    for desk in desks:
        desk.close()


def test_a_claim_that_breaks_off_leaves_its_clocks_due(desk_url: str, tmp_path: Path) -> None:
    desk = opened(desk_url, tmp_path, RECEIVED)
    receive(desk, 3)
    desk.views.catch_up()

    def killed() -> None:
        with desk.due.claim(DUE) as claim:
            claim.settle(claim.rows)
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - it has nothing to say
        killed()

    assert len(desk.queries.due_clocks(DUE)) == 3
    desk.close()


def test_another_scheduler_skips_what_is_claimed(postgres_url: str, tmp_path: Path) -> None:
    desk = opened(postgres_url, tmp_path, RECEIVED)
    receive(desk, 5)
    desk.views.catch_up()
    desk.due.page = 2

    with desk.due.claim(DUE) as first, desk.due.claim(DUE) as second, desk.due.claim(DUE) as third:
        claimed = [{row.id for row in claim.rows} for claim in (first, second, third)]

    assert [len(each) for each in claimed] == [2, 2, 1]
    assert len({id for each in claimed for id in each}) == 5
    desk.close()


def test_what_moved_meanwhile_is_not_taken_off_the_index(tmp_path: Path) -> None:
    """A timer of an earlier generation means nothing."""
    desk = opened("sqlite", tmp_path, RECEIVED)
    receive(desk, 1)
    desk.views.catch_up()
    desk.due.exclusive = False
    with desk.due.claim(DUE) as claim:
        assert len(claim.rows) == 1
        with desk.views_database.write() as connection:
            connection.execute(update(tables.clocks).values(generation=2))
        claim.settle(claim.rows)

    assert len(desk.queries.due_clocks(DUE)) == 1
    desk.close()


def test_one_case_that_cannot_be_told_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = opened("sqlite", tmp_path, RECEIVED)
    cases = receive(desk, 5)
    desk.views.catch_up()
    desk.now = desk.desk.now = desk.deadlines._now = lambda: DUE
    carry_out = Notice.carry_out

    def broken(notice: Notice, complaint: Aggregate, *facts: object) -> None:
        if complaint.id == cases[2]:
            raise ZeroDivisionError
        carry_out(notice, complaint, *facts)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(Notice, "carry_out", broken)
        assert [desk.deadlines.tick(), desk.deadlines.tick()] == [4, 0]
    assert [log["case_id"] for log in logs if log["event"] == "deadline_not_recorded"] == [str(cases[2])]
    assert Counter(event.originator_id for event in missed(desk)) == Counter(set(cases) - {cases[2]})

    assert desk.deadlines.tick() == 1
    assert Counter(event.originator_id for event in missed(desk)) == Counter(cases)
    desk.close()


class Trouble:
    """A store that cannot save when one case is among those to be saved."""

    def __init__(self, plaint: Plaint, case: UUID, error: Exception, times: int = 10**6) -> None:
        self.append = plaint.store.append
        self.case, self.error, self.times = case, error, times
        plaint.store.append = self  # type: ignore[method-assign]

    def __call__(self, *aggregates: Aggregate) -> str | None:
        if self.times and any(each.id == self.case for each in aggregates):
            self.times -= 1
            raise self.error
        return self.append(*aggregates)


@pytest.mark.parametrize(
    ("error", "times", "told"),
    [(LostTheRace(), 1, 3), (LostTheRace(), 2, 3), (LostTheRace(), ATTEMPTS + 1, 2), (ValueError(), 2, 2)],
)
def test_cases_that_cannot_be_saved_together_are_saved_one_by_one(
    tmp_path: Path, error: Exception, times: int, told: int
) -> None:
    desk = opened("sqlite", tmp_path, RECEIVED)
    cases = receive(desk, 3)
    Trouble(desk, cases[1], error, times)

    outcome = desk.desk.command_all({case: Notice(now=DUE) for case in cases}, "system:scheduler")

    assert outcome.recorded == {"clock.missed": told}
    assert set(outcome.failed) == (set() if told == 3 else {cases[1]})
    assert len(missed(desk)) == told
    desk.close()


def test_a_case_whose_events_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    desk = opened("sqlite", tmp_path, RECEIVED)
    cases = receive(desk, 2)
    events = LogTables(None).events
    with desk.log_database.write() as connection:
        poison = update(events).where(events.c.originator_id == cases[0], events.c.originator_version == 2)
        connection.execute(poison.values(topic="clock.from_the_future"))

    outcome = desk.desk.command_all({case: Notice(now=DUE) for case in cases}, "system:scheduler")

    assert outcome.recorded == {"clock.missed": 1}
    assert isinstance(outcome.failed[cases[0]], UnreadableEvent)
    desk.close()


def test_a_log_that_cannot_be_written_stops_the_tick(tmp_path: Path) -> None:
    """Nothing is gained by asking the others one by one."""
    desk = opened("sqlite", tmp_path, RECEIVED)
    cases = receive(desk, 2)
    trouble = Trouble(desk, cases[0], OperationalError("the disk is full"), 1)

    with pytest.raises(OperationalError):
        desk.desk.command_all({case: Notice(now=DUE) for case in cases}, "system:scheduler")
    assert trouble.times == 0
    desk.close()


def test_a_case_that_is_unknown_is_reported(tmp_path: Path) -> None:
    desk = opened("sqlite", tmp_path, RECEIVED)

    outcome = desk.desk.command_all({UUID(int=1): Notice(now=DUE)}, "system:scheduler")

    assert isinstance(outcome.failed[UUID(int=1)], NotReceived)
    desk.close()


def test_a_clock_that_jumps_400_days_ahead_and_back_fires_nothing_twice(
    desk_url: str, tmp_path: Path
) -> None:
    """Ahead, everything that was promised is missed; back again, what is promised since then still fires."""
    now = [DUE - SECOND]
    settings = Settings(data=tmp_path, database_url=None if "sqlite" in desk_url else desk_url)
    desk = Plaint.open(settings, now=lambda: now[0])
    early = receive(desk, 3)

    def tick() -> int:
        desk.views.catch_up()
        return desk.deadlines.tick()

    tick()
    assert len(missed(desk)) == 0
    now[0] = DUE + timedelta(days=400)
    tick()
    ahead = len(missed(desk))
    assert Counter(e.originator_id for e in missed(desk) if e.due_before == DUE) == Counter(early)
    now[0] = DUE
    with capture_logs() as logs:
        late = receive(desk, 2)
        assert [tick(), tick()] == [2, 0]
    assert [log["event"] for log in logs].count("clock_went_back") == 1
    found = missed(desk)[ahead:]
    assert Counter(event.originator_id for event in found) == Counter(late)
    assert {(event.due_before, event.noticed_at) for event in found} == {(DUE, DUE)}
    keys = Counter((event.clock_id, event.due_before) for event in missed(desk))
    assert set(keys.values()) == {1}
    desk.close()


def test_three_processes_of_which_one_is_killed_fire_each_once(desk_url: str, tmp_path: Path) -> None:
    cases, fired = three_of_which_one_dies(desk_url, tmp_path, 300)

    assert fired == cases


def test_a_desk_that_is_killed_around_the_due_instant_fires_once(tmp_path: Path) -> None:
    """Killed again and again while the instant passes, and started again: one miss, none lost."""
    begin = opened("sqlite", tmp_path, RECEIVED)
    cases = receive(begin, 60)
    begin.views.catch_up()
    begin.close()
    desks = [Desk("sqlite", tmp_path, DUE + SECOND * (n * 0.2 - 1)) for n in range(4)]
    for round_, desk in enumerate(desks):
        desk.ready()
        desk.go()
        time.sleep(0.05 + round_ * 0.1)  # where in the tick it dies is the point of the test
        desk.kill()

    after = opened("sqlite", tmp_path, DUE + timedelta(minutes=1))
    after.views.catch_up()
    after.deadlines.tick()
    fired = Counter(event.originator_id for event in missed(after))
    assert fired == Counter(cases)
    after.close()
