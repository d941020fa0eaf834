"""Rows become cases whole, whichever way they lie in the file, in whichever log they belong."""

import csv
import io
import shutil
from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.bootstrap import Plaint
from adapters.cli.main import app
from adapters.importers import itsm, nyc, run
from adapters.importers.gathering import Cases, Found
from adapters.importers.reading import CsvFile, Rejected
from adapters.importers.register import possible_ids
from adapters.importers.run import Summary, import_file
from adapters.settings import Settings
from domain.clocks import ClockCancelled, ClockEvent, ClockMet, ClockMissed
from domain.complaint.events import Received
from domain.ids import log_of
from domain.ticket.events import Opened

NOW = datetime(2026, 3, 11, 10, 30, tzinfo=UTC)
INCIDENT = dict.fromkeys(itsm.COLUMNS, "") | {
    "incident_state": "New",
    "made_sla": "true",
    "opened_at": "2016-03-01T09:00",
    "sys_updated_at": "2016-03-01T09:05",
    "contact_type": "Phone",
    "category": "42",
    "impact": "2",
    "urgency": "2",
    "priority": "3",
    "closed_at": "2016-03-09T10:00",
    "closed_code": "6",
}


def a_log(path: Path, *rows: tuple[str, int, str, str], **more: str) -> Path:
    """Write an incident log; each row is a case, its number there, a state and the day of March 2016."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, itsm.COLUMNS)
    writer.writeheader()
    for case, number, state, day in rows:
        at = f"2016-03-{day}T10:00"
        said = {"number": case, "row_in_case": str(number), "incident_state": state, "sys_updated_at": at}
        writer.writerow(INCIDENT | said | more)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def gathered(path: Path) -> list[tuple[str, tuple[int, ...]] | Rejected]:
    cases = Cases(CsvFile(path, itsm.COLUMNS), itsm.REGISTER, "UTC")
    return [(each.entry.source_id, each.lines) if isinstance(each, Found) else each for each in cases]


@pytest.fixture
def plaint(fresh: Path, tmp_path: Path) -> Generator[Plaint]:
    """An embedded store."""
    shutil.copytree(fresh, tmp_path / "data")
    opened = Plaint.open(Settings(data=tmp_path / "data"), now=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def either(desk_url: str, tmp_path: Path) -> Generator[Plaint]:
    """A store on each kind of database."""
    url = None if desk_url.startswith("sqlite") else desk_url
    opened = Plaint.open(Settings(data=tmp_path, database_url=url), now=lambda: NOW)
    yield opened
    opened.close()


def bring(plaint: Plaint, file: Path, *regimes: str) -> Summary:
    summary = import_file(plaint, file, system="itsm", zone="UTC", regimes=regimes)
    return replace(summary, seconds=0.0, reject_files=())


class TestWhole:
    def test_a_case_is_complete_with_its_last_row_wherever_that_lies(self, tmp_path: Path):
        file = a_log(
            tmp_path / "by time.csv",
            ("A", 1, "New", "01"),
            ("B", 1, "New", "02"),
            ("A", 2, "Active", "03"),
            ("B", 2, "Resolved", "04"),
            ("B", 3, "Closed", "09"),
            ("A", 3, "Resolved", "10"),
        )

        assert gathered(file) == [("B", (3, 5, 6)), ("A", (2, 4, 7))]

    def test_rows_follow_their_numbers_and_not_their_times_or_places(self, tmp_path: Path):
        file = a_log(
            tmp_path / "a.csv", ("A", 3, "Closed", "02"), ("A", 1, "New", "05"), ("A", 2, "Resolved", "04")
        )

        assert gathered(file) == [("A", (3, 4, 2))]

    def test_a_row_that_comes_twice_is_a_duplicate_and_the_first_counts(self, plaint: Plaint, tmp_path: Path):
        file = a_log(
            tmp_path / "a.csv", ("A", 1, "New", "01"), ("A", 2, "Active", "02"), ("A", 2, "Closed", "03")
        )

        assert bring(plaint, file) == Summary(rows=3, cases=1, duplicates=1, events=2)

    @pytest.mark.parametrize(
        "rows",
        [
            [("A", 1, "New", "01"), ("A", 3, "Closed", "03")],
            [("A", 2, "Active", "01"), ("A", 3, "Closed", "03")],
        ],
    )
    def test_a_case_that_lacks_a_row_is_rejected_whole(
        self, tmp_path: Path, rows: list[tuple[str, int, str, str]]
    ):
        why = "row_in_case does not number the rows of its case from 1 on; one may be missing"

        assert gathered(a_log(tmp_path / "a.csv", *rows)) == [Rejected(2, why), Rejected(3, why)]

    def test_a_case_with_a_row_that_cannot_be_read_is_rejected_whole_and_stops_no_other(self, tmp_path: Path):
        file = a_log(tmp_path / "a.csv", ("A", 1, "New", "01"), ("B", 1, "New", "01"), ("A", 2, "Lost", "03"))

        assert gathered(file) == [
            ("B", (3,)),
            Rejected(2, "its case cannot be told without line 4"),
            Rejected(4, "incident_state is a word that the importer does not know"),
        ]

    def test_what_the_desk_refuses_rejects_every_row_of_the_case(self, plaint: Plaint, tmp_path: Path):
        file = a_log(tmp_path / "a.csv", ("A", 1, "New", "01"), ("A", 2, "Closed", "03"))
        file.write_text(file.read_text().replace("2016-03-03", "2027-03-03"))
        rejects = tmp_path / "rejected.csv"

        summary = import_file(plaint, file, system="itsm", zone="UTC", rejects_path=rejects)

        assert (summary.rows, summary.cases, summary.rejected) == (2, 0, 2)
        reason = "A fact cannot have occurred in the future; correct occurred_at."
        with rejects.open(newline="") as lines:
            assert list(csv.reader(lines)) == [["line", "reason"], ["2", reason], ["3", reason]]

    def test_a_second_run_adds_nothing(self, either: Plaint, tmp_path: Path):
        file = a_log(
            tmp_path / "a.csv", ("A", 1, "New", "01"), ("A", 2, "Closed", "03"), ("B", 1, "New", "01")
        )

        assert bring(either, file) == Summary(rows=3, cases=2, events=3)
        assert bring(either, file) == Summary(rows=3, duplicates=3)


class TestClocks:
    def test_a_ticket_is_judged_as_of_the_end_of_the_data(self, plaint: Plaint, tmp_path: Path):
        """Its opening is the receipt that a regime promises an answer to, its solution the decision."""
        file = a_log(
            tmp_path / "a.csv",
            ("A", 1, "New", "01"),
            ("A", 2, "Resolved", "03"),
            ("B", 1, "New", "29"),
        )
        bring(plaint, file, "house")
        events = [event for _, event in plaint.store.everything()]
        cases = {e.originator_id: e.source.id for e in events if isinstance(e, Opened) and e.source}
        seen = Counter(
            (cases[e.originator_id], type(e).__name__)
            for e in events
            if isinstance(e, ClockMet | ClockMissed | ClockCancelled)
        )

        assert seen["A", "ClockMet"] == 1
        assert {e.cause for e in events if isinstance(e, ClockCancelled)} <= {"decision_sent", run.DATA_END}
        plaint.views.catch_up()
        assert plaint.queries.due_clocks(datetime.max.replace(tzinfo=UTC)) == []
        live = {e.clock_id for e in events if isinstance(e, ClockEvent)}
        assert live


def entry(number: int) -> nyc.Entry:
    row = dict.fromkeys(nyc.COLUMNS, "") | {"unique_key": f"NYCC{number}", "opendate": "2024-07-01"}
    return nyc.entry(row, "UTC")


class TestLogs:
    def test_cases_are_spread_evenly_over_the_logs(self):
        logs = Counter(log_of(possible_ids("nyc", entry(n), range(16))[-1]) for n in range(3200))

        assert set(logs) == set(range(16))
        assert 140 < min(logs.values()) <= max(logs.values()) < 260

    @pytest.mark.parametrize(("before", "after"), [(1, 2), (1, 16), (4, 5), (16, 17), (16, 256)])
    def test_a_case_is_found_again_after_logs_have_joined(self, before: int, after: int):
        for number in range(200):
            then = possible_ids("nyc", entry(number), range(before))[-1]
            assert then in possible_ids("nyc", entry(number), range(after))

    def test_few_logs_need_to_be_looked_in(self):
        looked = [len(possible_ids("nyc", entry(number), range(16))) for number in range(500)]

        assert 3 < sum(looked) / len(looked) < 3.8

    def test_one_log_is_the_first(self):
        (id,) = possible_ids("nyc", entry(1), (0,))

        assert log_of(id) == 0


class TestCommand:
    @pytest.mark.parametrize(("system", "example"), [("itsm", "Europe/Rome"), ("nyc", "America/New_York")])
    def test_a_register_without_a_zone_of_its_own_needs_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, example: str
    ):
        monkeypatch.setenv("PLAINT_DATA", str(tmp_path / "data"))

        done = CliRunner().invoke(app, ["import", system, str(tmp_path / "a.csv")])

        assert (done.exit_code, done.stdout) == (2, "")
        assert f"--zone {example}" in done.stderr

    def test_with_a_zone_it_is_imported(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PLAINT_DATA", str(tmp_path / "data"))
        file = a_log(tmp_path / "a.csv", ("A", 1, "New", "01"), ("A", 2, "Closed", "03"))

        done = CliRunner().invoke(app, ["import", "itsm", str(file), "--zone", "Europe/Rome", "--json"])

        assert done.exit_code == 0
        assert '"rows": 2, "cases": 1, "duplicates": 0, "rejected": 0, "events": 2' in done.stdout


def test_no_complaint_is_counted_among_tickets_nor_the_other_way_round(plaint: Plaint, tmp_path: Path):
    bring(plaint, a_log(tmp_path / "a.csv", ("A", 1, "New", "01"), ("B", 1, "Closed", "03")))
    casework = tmp_path / "b.csv"
    row: Mapping[str, str] = dict.fromkeys(nyc.COLUMNS, "") | {"unique_key": "1", "opendate": "2024-07-01"}
    with casework.open("w", newline="") as file:
        writer = csv.DictWriter(file, nyc.COLUMNS)
        writer.writeheader()
        writer.writerow(row)
    import_file(plaint, casework, system="nyc", zone="UTC")
    plaint.views.catch_up()
    counters = plaint.queries.counters("queue")

    assert counters["received_by_all"] == {"complaints|main|normal|": 1}
    assert counters["ticket_received_by_all"] == {"support|main|normal|": 2}
    assert counters["ticket_open_by_all"] == {"support|main|normal|": 1}
    assert len([e for _, e in plaint.store.everything() if isinstance(e, Received | Opened)]) == 3
