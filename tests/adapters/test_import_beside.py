"""Read models fold what an import stores beside it; whichever of the two ends, a second run completes."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.bootstrap import Plaint
from adapters.cli.main import app
from adapters.importers import beside, nyc, run
from adapters.importers.beside import Beside, folding_beside
from adapters.importers.run import import_file
from adapters.settings import Settings
from tests.conftest import one_file

ROOT = Path(__file__).parents[2]
ZONE = "America/New_York"
CASES = 2_000
"""Enough for a batch to be folded while more are stored: 6,000 events."""
PROGRAM = """
import sys
from pathlib import Path
from adapters.bootstrap import Plaint
from adapters.importers import beside, run
from adapters.settings import Settings

beside.LONG, run.CASES_AT_ONCE = 0.0, 500
plaint = Plaint.open(Settings(data=Path(sys.argv[1])))
with beside.folding_beside(plaint, 2) as folding:
    def told(done):
        folding.look()
        print(folding.pid, plaint.views.lag() < plaint.store.count(), flush=True)
    run.import_file(plaint, Path(sys.argv[2]), system="nyc", zone="America/New_York", progress=told)
    print(folding.pid, True, flush=True)
    while True:
        folding.look()
"""


@pytest.fixture
def plaint(fresh: Path, tmp_path: Path) -> Generator[Plaint]:
    """An embedded store."""
    shutil.copytree(fresh, tmp_path / "data")
    opened = Plaint.open(Settings(data=tmp_path / "data"))
    yield opened
    opened.close()


@pytest.fixture
def either(desk_url: str, tmp_path: Path) -> Generator[Plaint]:
    """A store on each kind of database."""
    url = None if desk_url.startswith("sqlite") else desk_url
    opened = Plaint.open(Settings(data=tmp_path, database_url=url))
    yield opened
    opened.close()


def casework(path: Path, cases: int) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, nyc.COLUMNS, restval="")
        writer.writeheader()
        for number in range(cases):
            on = f"2024-0{1 + number % 9}-05"
            writer.writerow({"unique_key": str(number), "opendate": on, "closedate": on})
    return path


def bring(plaint: Plaint, file: Path, beside: Beside) -> None:
    import_file(plaint, file, system="nyc", zone=ZONE, progress=lambda _: beside.look())


def received(plaint: Plaint) -> int:
    return sum(plaint.queries.counters("queue")["received_by_all"].values())


def test_a_long_import_is_folded_beside_by_another_process(
    either: Plaint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(beside, "LONG", 0.0)
    monkeypatch.setattr(run, "CASES_AT_ONCE", 100)
    file, told = casework(tmp_path / "a.csv", 300), list[int]()

    with folding_beside(either, 2) as folding:
        bring(either, file, folding)
        assert folding.pid not in {None, os.getpid()}
        assert either.views.lag() > 0, "so few are not worth a batch while more may come"
        assert folding.finish(told.append)

    assert (either.views.lag(), received(either)) == (0, 300)
    assert told == sorted(told)
    assert told[-1] == either.store.count()


def test_what_a_process_that_died_left_is_folded_by_the_import(
    plaint: Plaint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(beside, "LONG", 0.0)
    file = casework(tmp_path / "a.csv", 50)

    with folding_beside(plaint, 2) as folding:
        folding.look()
        assert folding.pid is not None
        os.kill(folding.pid, signal.SIGKILL)
        bring(plaint, file, folding)
        assert not folding.finish()

    assert (plaint.views.lag(), received(plaint)) == (0, 50)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_an_import_that_is_ended_takes_the_process_beside_with_it_and_a_second_run_completes(
    fresh: Path, tmp_path: Path, number: signal.Signals
):
    """The one is killed alone; Ctrl-C goes to both, and is the business of the import."""
    shutil.copytree(fresh, tmp_path / "data")
    file = casework(tmp_path / "a.csv", CASES)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), str(file)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
    ) as importing:
        assert importing.stdout is not None
        assert importing.stderr is not None
        while not (said := importing.stdout.readline()).endswith("True\n"):
            assert said, importing.stderr.read()
        if number == signal.SIGKILL:
            importing.kill()
        else:
            os.killpg(importing.pid, number)
        importing.wait()
        # Both have it open: it is at its end once both are gone.
        complaint = importing.stderr.read()
    assert complaint.count("Traceback") == (number == signal.SIGINT)
    assert_gone(int(said.split()[0]))

    plaint = Plaint.open(Settings(data=tmp_path / "data"))
    with folding_beside(plaint, 1) as folding:
        bring(plaint, file, folding)
        assert folding.finish()
    assert (plaint.views.lag(), received(plaint), plaint.views.stopped()) == (0, CASES, {})
    plaint.close()


def assert_gone(pid: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("the process is still there")


def test_one_job_or_one_file_has_no_process_beside(
    plaint: Plaint, fresh_in_one_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Two processes that write one SQLite file would only wait for each other."""
    monkeypatch.setattr(beside, "LONG", 0.0)
    shutil.copytree(fresh_in_one_file, tmp_path / "one")
    url = one_file(tmp_path / "one")
    together = Plaint.open(Settings(data=tmp_path / "one", database_url=url, views_url=url))
    for each, jobs in ((plaint, 1), (together, 2)):
        with folding_beside(each, jobs) as folding:
            bring(each, casework(tmp_path / "a.csv", 3), folding)
            assert folding.pid is None
            assert folding.finish()
        assert (each.views.lag(), received(each)) == (0, 3)
    together.close()


def test_a_short_import_has_no_process_beside(plaint: Plaint):
    with folding_beside(plaint, 2) as folding:
        folding.look()

        assert folding.pid is None


def test_the_command_tells_of_the_import_and_of_the_read_models(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(fresh, tmp_path / "data")
    monkeypatch.setenv("PLAINT_DATA", str(tmp_path / "data"))
    file = casework(tmp_path / "a.csv", 3)

    done = CliRunner().invoke(app, ["import", "nyc", str(file), "--zone", ZONE, "--jobs", "1"])

    assert done.exit_code == 0
    assert done.stdout.startswith("3 rows, 3 new cases, 0 duplicates, 0 rejected, 9 events in ")
    assert "; read models up to date after " in done.stdout


def test_where_no_process_can_be_started_the_import_folds_by_itself(
    plaint: Plaint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(beside, "LONG", 0.0)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))

    with folding_beside(plaint, 2) as folding:
        bring(plaint, casework(tmp_path / "a.csv", 3), folding)
        assert folding.pid is None
        assert folding.finish()

    assert (plaint.views.lag(), received(plaint)) == (0, 3)
