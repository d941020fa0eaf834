"""Of several processes one does a periodic job; drift of the counters is found and told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from structlog.testing import capture_logs

from adapters import migrations
from adapters.bootstrap import Plaint
from adapters.database import Database
from adapters.leases import LASTS, FileLocks, Leases, only_one
from adapters.metrics import exposition
from adapters.views import tables
from tests.adapters.schedulers import DUE, RECEIVED, opened, receive


class Time:
    def __init__(self) -> None:
        self.now = RECEIVED

    def __call__(self):
        return self.now


@pytest.fixture
def database(tables_url: str) -> Generator[Database]:
    database = Database(tables_url)
    yield database
    database.close()


def test_one_holds_a_lease_until_it_lets_go(database: Database) -> None:
    time = Time()
    one, other = (Leases(database, name, time) for name in ("one", "other"))

    with one.hold("job") as first, other.hold("job") as second, other.hold("another job") as third:
        assert (first, second, third) == (True, False, True)
    with other.hold("job") as now:
        assert now


def test_a_lease_is_let_go_when_its_job_fails(database: Database) -> None:
    leases = Leases(database, "one", Time())
    with pytest.raises(OSError, match="failed"), leases.hold("job"):
        raise OSError("failed")

    with leases.hold("job") as held:
        assert held


@pytest.mark.parametrize(
    ("later", "had"),
    [(LASTS - timedelta(seconds=1), False), (LASTS, True), (-timedelta(days=400), True)],
)
def test_the_lease_of_a_dead_process_ends(tmp_path: Path, later: timedelta, had: bool) -> None:
    """Also one that was taken while the host's clock was 400 days ahead."""
    database = Database(f"sqlite:///{tmp_path / 'views.db'}")
    migrations.migrate(database, "views")
    row = {"name": "job", "holder": "dead", "taken_at": RECEIVED, "until": RECEIVED + LASTS}
    with database.write() as connection:
        connection.execute(insert(tables.leases), [row])
    time = Time()
    time.now += later

    with Leases(database, "one", time).hold("job") as held:
        assert held is had
    database.close()


def test_what_only_one_may_do_is_not_taken_over_from_one_who_stands_still(database: Database) -> None:
    """A lease would end meanwhile, and its holder go on as if it had not: two would give the same room away."""
    time = Time()
    one, other = (only_one(database, name, time) for name in ("one", "other"))

    with one.hold("giving") as first:
        time.now += timedelta(days=1)
        with other.hold("giving") as second, other.hold("something else") as third:
            assert (first, second, third) == (True, False, True)
    with other.hold("giving") as now:
        assert now


HOLDS = """
import sys
from pathlib import Path
from adapters.leases import FileLocks
with FileLocks(Path(sys.argv[1])).hold("giving") as held:
    print(held, flush=True)
    sys.stdin.read()  # until it is killed
"""


def test_a_lock_ends_with_the_process_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        with FileLocks(tmp_path).hold("giving") as held:
            assert not held
        process.kill()

    with FileLocks(tmp_path).hold("giving") as held:
        assert held


@pytest.fixture
def desk(desk_url: str, tmp_path: Path) -> Generator[Plaint]:
    desk = opened(desk_url, tmp_path, DUE)
    receive(desk, 3)
    desk.views.catch_up()
    yield desk
    desk.close()


def test_counters_that_agree_with_their_rows_are_no_news(desk: Plaint) -> None:
    with capture_logs() as logs:
        assert desk.drift.run()

    assert logs == []
    assert desk.drift.checked_at == DUE
    assert 'plaint_counters_drifted{projection="queue"} 0' in exposition(desk)


def test_counters_that_drifted_are_reported(desk: Plaint) -> None:
    with desk.views_database.write() as connection:
        received = tables.counters.c.metric == "received_by_all"
        connection.execute(update(tables.counters).where(received).values(count=41))

    with capture_logs() as logs:
        assert desk.drift.run()

    [log] = logs
    assert (log["event"], log["log_level"], log["projection"]) == ("counters_drifted", "error", "queue")
    assert "kept 41, counted 3" in log["first"][0]
    assert f'plaint_counters_drifted{{projection="queue"}} {log["counters"]}' in exposition(desk)


def test_one_process_checks_for_all(desk: Plaint) -> None:
    with Leases(desk.views_database, "other", desk.now).hold("counters"):
        assert not desk.drift.run()
    assert desk.drift.checked_at is None


def test_metrics_say_how_far_the_scheduler_is_behind(desk: Plaint) -> None:
    lines = exposition(desk).splitlines()
    assert 'plaint_deadlines_recorded_total{kind="missed"} 0' in lines
    assert "plaint_scheduler_running 0" in lines
    waiting = next(
        float(line.split()[1]) for line in lines if line.startswith("plaint_scheduler_lag_seconds ")
    )
    assert waiting > 0
    assert not [line for line in lines if line.startswith("plaint_scheduler_last_tick")]

    desk.deadlines.tick()

    lines = exposition(desk).splitlines()
    assert 'plaint_deadlines_recorded_total{kind="missed"} 3' in lines
    assert "plaint_scheduler_lag_seconds 0" in lines
    assert f"plaint_scheduler_last_tick_timestamp_seconds {DUE.timestamp():.17g}" in lines
    behind = [line for line in lines if line.startswith("plaint_read_model_lag_events{")]
    assert len(behind) == len(tables.VIEWS) + len(["search"])
    assert all(not line.endswith(" 0") for line in behind)
    for line in lines:
        assert line.startswith("#") or len(line.split()) == 2
