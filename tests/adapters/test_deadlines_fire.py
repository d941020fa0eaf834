"""A promise that falls due is recorded once: late, after a crash, and by several schedulers at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from adapters.bootstrap import Plaint
from adapters.settings import Settings
from domain import clocks
from domain.kernel import Event
from domain.testing import a_submission, paris

RECEIVED = paris("2026-05-22T18:00").astimezone(UTC)
DUE = datetime(2026, 5, 27, 22, tzinfo=UTC)

DESK = """
import sys
from datetime import UTC, datetime, timedelta
from adapters.bootstrap import Plaint
from adapters.settings import Settings

begin, start = datetime.now(UTC), datetime.fromisoformat(sys.argv[2])
plaint = Plaint.open(Settings(data=sys.argv[1]), now=lambda: start + (datetime.now(UTC) - begin))
plaint.start(["worker", "scheduler"])
print("ready", flush=True)
sys.stdin.read()
"""


def opened(url: str, folder: Path, now: datetime) -> Plaint:
    settings = Settings(data=folder, database_url=None if url.startswith("sqlite") else url)
    return Plaint.open(settings, now=lambda: now)


def missed(plaint: Plaint) -> list[clocks.ClockMissed]:
    events: list[Event] = [event for _, event in plaint.store.everything()]
    return [event for event in events if isinstance(event, clocks.ClockMissed)]


def test_an_overdue_acknowledgement_is_recorded_once_with_both_instants(
    database_url: str, tmp_path: Path
) -> None:
    """Noticed two days late it still fell due when it did; a second tick adds nothing."""
    before = opened(database_url, tmp_path, RECEIVED)
    case = before.desk.receive(a_submission(country="GB"), "test").id
    before.close()

    late = opened(database_url, tmp_path, DUE + timedelta(days=2))
    late.views.catch_up()
    assert late.deadlines.tick() == 1
    assert late.deadlines.tick() == 1  # the read model lags: the case has the last word
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
    late.close()


def test_nothing_fires_one_microsecond_before_the_due_instant(database_url: str, tmp_path: Path) -> None:
    before = opened(database_url, tmp_path, RECEIVED)
    before.desk.receive(a_submission(), "test")
    before.close()

    early = opened(database_url, tmp_path, DUE - timedelta(microseconds=1))
    early.views.catch_up()

    assert early.deadlines.tick() == 0
    assert missed(early) == []
    early.close()


def test_three_schedulers_at_once_record_each_miss_once(database_url: str, tmp_path: Path) -> None:
    begin = opened(database_url, tmp_path, RECEIVED)
    cases = [begin.desk.receive(a_submission(), "test").id for _ in range(40)]
    begin.close()

    desks = [opened(database_url, tmp_path, DUE) for _ in range(3)]
    desks[0].views.catch_up()
    threads = [Thread(target=desk.deadlines.tick) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    fired = Counter(event.originator_id for event in missed(desks[0]))
    assert fired == Counter(cases)
    for desk in desks:
        desk.close()


def test_a_desk_that_is_killed_around_the_due_instant_fires_once(tmp_path: Path) -> None:
    """Killed again and again while the instant passes, and started again: one miss, none lost."""
    begin = opened("sqlite", tmp_path, RECEIVED)
    cases = {begin.desk.receive(a_submission(), "test").id for _ in range(30)}
    begin.close()

    for round_ in range(5):
        start = DUE + timedelta(seconds=round_ * 0.4 - 0.6)
        desk = subprocess.Popen(
            [sys.executable, "-c", DESK, str(tmp_path), start.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert desk.stdout is not None
        assert desk.stdout.readline() == b"ready\n"
        time.sleep(0.05 + round_ * 0.15)  # where in the tick it dies is the point of the test
        desk.kill()
        desk.wait()
        desk.stdout.close()
        assert desk.stdin is not None
        desk.stdin.close()

    after = opened("sqlite", tmp_path, DUE + timedelta(minutes=1))
    after.views.catch_up()
    after.deadlines.tick()
    fired = Counter(event.originator_id for event in missed(after))
    assert fired == Counter(cases)
    after.close()
