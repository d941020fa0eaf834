"""An import can be broken off and run again, refuses what is no register, and names each rejected row."""

import csv
import gzip
import io
import shutil
from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.bootstrap import Plaint
from adapters.importers import cfpb, run
from adapters.importers.reading import CsvFile, ImportRefused, Record
from adapters.importers.run import Summary, import_file
from adapters.settings import Settings
from domain.clocks import ClockCancelled, ClockEvent, ClockMet, ClockMissed, ClockStarted
from domain.complaint.events import Received
from domain.errors import LostTheRace
from domain.kernel import Aggregate

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "adapters" / "demo" / "sample" / "cfpb_complaints.csv.gz"
NOW = datetime(2026, 3, 11, 10, 30, tzinfo=UTC)
ROW = {
    "complaint_id": "1",
    "batch": "2023",
    "date_received": "2023-08-01",
    "product": "Mortgage",
    "submitted_via": "Web",
    "date_sent_to_company": "2023-08-02",
    "company_response": "In progress",
    "timely": "Yes",
}


def a_file(path: Path, *rows: dict[str, str] | list[str]) -> Path:
    """Write *rows*, each a change to an ordinary one or a list of raw fields, as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(cfpb.COLUMNS)
    for row in rows:
        complete = row if isinstance(row, list) else [(ROW | row).get(name, "") for name in cfpb.COLUMNS]
        writer.writerow(complete)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def some_of_the_sample(path: Path, rows: int) -> Path:
    with gzip.open(SAMPLE, "rt", encoding="utf-8", newline="") as file:
        fields = list(csv.reader(file))[1 : rows + 1]
    return a_file(path, *fields)


def timeless(summary: Summary) -> Summary:
    return replace(summary, seconds=0.0)


def stored(plaint: Plaint) -> Counter[str]:
    return Counter(e.TOPIC for _, e in plaint.store.everything() if e.actor == "import:cfpb")


def sources(plaint: Plaint) -> list[str]:
    events = (e for _, e in plaint.store.everything())
    return [e.source.id for e in events if isinstance(e, Received) and e.source]


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


class TestAgain:
    def test_a_second_run_adds_nothing(self, either: Plaint, tmp_path: Path):
        file = some_of_the_sample(tmp_path / "some.csv", 450)

        first, last = import_file(either, file), either.store.count()
        second = import_file(either, file)

        assert timeless(first) == Summary(rows=450, cases=450, events=sum(stored(either).values()))
        assert timeless(second) == Summary(rows=450, duplicates=450)
        assert either.store.count() == last

    def test_another_zone_adds_nothing_either(self, plaint: Plaint, tmp_path: Path):
        file = a_file(tmp_path / "a.csv", {})
        import_file(plaint, file)

        assert timeless(import_file(plaint, file, zone="Europe/Paris")) == Summary(rows=1, duplicates=1)

    def test_a_key_seen_twice_in_the_file_is_one_case_and_the_first_row_counts(
        self, plaint: Plaint, tmp_path: Path
    ):
        file = a_file(tmp_path / "a.csv", {"company": "A"}, {"company": "B", "date_received": "2023-08-02"})

        assert timeless(import_file(plaint, file)) == Summary(rows=2, cases=1, duplicates=1, events=1)
        (received,) = [e for _, e in plaint.store.everything() if isinstance(e, Received)]
        assert received.source is not None
        assert received.source.attributes["company"] == "A"

    def test_a_store_that_fails_in_the_middle_keeps_whole_cases_and_a_second_run_completes(
        self, either: Plaint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        file = some_of_the_sample(tmp_path / "some.csv", 450)
        append, calls = either.store.append, 0

        def fails(*aggregates: Aggregate) -> str | None:
            nonlocal calls
            calls += 1
            if calls == 2:
                raise OSError("the disk is full")
            return append(*aggregates)

        with monkeypatch.context() as patched:
            patched.setattr(run, "CASES_AT_ONCE", 200)
            patched.setattr(either.store, "append", fails)
            with pytest.raises(OSError, match="the disk is full"):
                import_file(either, file)
        assert len(sources(either)) == 200

        again = import_file(either, file)

        assert (again.cases, again.duplicates) == (250, 200)
        assert Counter(sources(either)) == Counter(
            r.fields["complaint_id"] for r in CsvFile(file, cfpb.COLUMNS).records() if isinstance(r, Record)
        )

    def test_two_imports_at_once_make_each_case_once(
        self, plaint: Plaint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        file = a_file(tmp_path / "a.csv", {}, {"complaint_id": "2"})
        append, raced = plaint.store.append, False

        def loses(*aggregates: Aggregate) -> str | None:
            nonlocal raced
            if not raced:
                raced = True
                monkeypatch.setattr(plaint.store, "append", append)
                import_file(plaint, a_file(tmp_path / "b.csv", {"complaint_id": "2"}))
                raise LostTheRace
            return append(*aggregates)

        monkeypatch.setattr(plaint.store, "append", loses)

        assert timeless(import_file(plaint, file)) == Summary(rows=2, cases=1, duplicates=1, events=1)
        assert Counter(sources(plaint)) == {"1": 1, "2": 1}


class TestRejects:
    def test_a_rejected_row_is_named_by_line_and_reason_and_stops_no_other(
        self, plaint: Plaint, tmp_path: Path
    ):
        file = a_file(
            tmp_path / "a.csv",
            {"narrative": "two\nlines"},
            {"complaint_id": "2", "date_received": "yesterday"},
            ["3", "too", "short"],
            {"complaint_id": ""},
            {"complaint_id": "4", "date_received": "2027-01-01", "company_response": "Closed"},
            {"complaint_id": "5"},
        )
        rejects = tmp_path / "else" / "rejected.csv"

        summary = import_file(plaint, file, rejects_path=rejects)

        assert timeless(summary) == Summary(
            rows=6, cases=2, rejected=4, events=2, reject_files=(str(rejects),)
        )
        assert sources(plaint) == ["1", "5"]
        with rejects.open(newline="") as lines:
            assert list(csv.reader(lines)) == [
                ["line", "reason"],
                ["4", "date_received is no date; write it like 2023-08-25"],
                ["5", "the row has 3 columns, the header has 19"],
                ["6", "complaint_id is missing"],
                ["7", "A fact cannot have occurred in the future; correct occurred_at."],
            ]

    def test_they_are_listed_in_the_data_directory_unless_told_otherwise(
        self, plaint: Plaint, tmp_path: Path
    ):
        summary = import_file(plaint, a_file(tmp_path / "a.csv", {}, {"complaint_id": ""}))

        assert summary.reject_files == (str(tmp_path / "data" / "a.csv.rejected.csv"),)

    def test_the_list_of_an_earlier_run_does_not_stay(self, plaint: Plaint, tmp_path: Path):
        import_file(plaint, a_file(tmp_path / "a.csv", {"complaint_id": ""}))
        import_file(plaint, a_file(tmp_path / "a.csv", {}))

        assert not (tmp_path / "data" / "a.csv.rejected.csv").exists()

    def test_a_list_that_cannot_be_written_is_said(self, plaint: Plaint, tmp_path: Path):
        (tmp_path / "file").touch()
        file = a_file(tmp_path / "a.csv", {"complaint_id": ""})

        with pytest.raises(ImportRefused, match="name another file for rejected rows"):
            import_file(plaint, file, rejects_path=tmp_path / "file" / "rejected.csv")

    def test_a_row_with_a_stray_quote_is_rejected(self, plaint: Plaint, tmp_path: Path):
        file = a_file(tmp_path / "a.csv", {"product": "PRODUCT"}, {"complaint_id": "2"})
        file.write_text(file.read_text().replace("PRODUCT", '"Mort"gage'))

        assert timeless(replace(import_file(plaint, file), reject_files=())) == Summary(
            rows=2, cases=1, rejected=1, events=1
        )

    def test_a_file_of_which_nothing_can_be_used_is_flagged(self, plaint: Plaint, tmp_path: Path):
        nothing = import_file(plaint, a_file(tmp_path / "a.csv", {"complaint_id": ""}))
        empty = import_file(plaint, a_file(tmp_path / "b.csv"))
        again = import_file(plaint, a_file(tmp_path / "c.csv", {}))

        assert [each.nothing_read for each in (nothing, empty, again)] == [True, False, False]

    def test_summaries_of_several_files_add_up(self):
        one = Summary(3, 1, 1, 1, 2, 0.5, ("a",))

        assert Summary() + one + one == Summary(6, 2, 2, 2, 4, 1.0, ("a", "a"))


def without(*names: str) -> bytes:
    return (",".join(name for name in cfpb.COLUMNS if name not in names) + "\n").encode()


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "truncated gzip": (SAMPLE.read_bytes()[:90_000], "is cut off: the end of the gzip file is missing"),
    "gzip header alone": (SAMPLE.read_bytes()[:5], "is cut off: the end of the gzip file is missing"),
    "damaged gzip": (b"\x1f\x8b" + b"nonsense" * 9, "is a damaged gzip file; fetch it again."),
    "altered gzip": (
        SAMPLE.read_bytes()[:90_000] + b"\xff" * 99 + SAMPLE.read_bytes()[90_099:],
        "is a damaged gzip file; fetch it again.",
    ),
    "a zip": (b"PK\x03\x04\x14\0\0\0\x08\0", "is neither CSV nor CSV compressed by gzip; export it as CSV"),
    "not UTF-8": (without() + ",".join(["é"] * 19).encode("latin-1"), "is not in UTF-8; convert it"),
    "empty": (b"", "lacks the columns complaint_id, batch,"),
    "missing columns": (without("timely", "state"), "lacks the columns state, timely; its first line must"),
    "other columns": (b"a,b\n1,2\n", "disputed (it has a, b); its first line must name"),
    "more columns": (
        b"extra," + without(),
        "has columns that have no place in a case: extra; leave them out",
    ),
    "a column twice": (b"batch," + without(), "that are named twice; leave them out"),
}


class TestRefused:
    @pytest.mark.parametrize(("content", "said"), BAD_FILES.values(), ids=BAD_FILES.keys())
    def test_what_is_no_register_is_refused_with_a_remedy_and_nothing_is_written(
        self, plaint: Plaint, tmp_path: Path, content: bytes, said: str
    ):
        file = tmp_path / "a.csv.gz"
        file.write_bytes(content)
        last = plaint.store.count()

        with pytest.raises(ImportRefused) as refused:
            import_file(plaint, file)

        assert f"{file} " in str(refused.value)
        assert said in str(refused.value)
        assert plaint.store.count() == last

    def test_a_file_that_is_not_there_is_refused(self, plaint: Plaint, tmp_path: Path):
        with pytest.raises(ImportRefused, match="give the path of a CSV file"):
            import_file(plaint, tmp_path / "none.csv")

    def test_a_directory_is_refused(self, plaint: Plaint, tmp_path: Path):
        with pytest.raises(ImportRefused, match="Is a directory"):
            import_file(plaint, tmp_path)

    @pytest.mark.parametrize("regime", ["mars", "house@1999-01", ""])
    def test_an_unknown_regime_is_refused_before_anything_is_written(
        self, plaint: Plaint, tmp_path: Path, regime: str
    ):
        last = plaint.store.count()

        with pytest.raises(ImportRefused, match=r"use one of: .*house@2026-01"):
            import_file(plaint, a_file(tmp_path / "a.csv", {}), regimes=[regime])

        assert plaint.store.count() == last

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "America", "", "../etc/passwd"])
    def test_an_unknown_zone_is_refused(self, plaint: Plaint, tmp_path: Path, zone: str):
        with pytest.raises(ImportRefused, match="use an IANA name such as America/New_York"):
            import_file(plaint, a_file(tmp_path / "a.csv", {}), zone=zone)

    def test_an_unknown_system_is_refused(self, plaint: Plaint, tmp_path: Path):
        with pytest.raises(ImportRefused, match="use cfpb, itsm, nyc"):
            import_file(plaint, a_file(tmp_path / "a.csv", {}), system="elsewhere")


class TestReading:
    def test_plain_and_compressed_files_with_any_name_order_or_mark_say_the_same(self, tmp_path: Path):
        plain = a_file(tmp_path / "a.csv", {"narrative": 'a "word", and\nmore'})
        packed, marked = tmp_path / "b.txt", tmp_path / "c.csv"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        marked.write_bytes(b"\xef\xbb\xbf" + plain.read_bytes() + b"\r\n\r\n")
        turned = tmp_path / "d.csv"
        with plain.open(newline="") as file:
            turned.write_text(
                "".join(
                    ",".join(f'"{f.replace(chr(34), chr(34) * 2)}"' for f in reversed(row)) + "\n"
                    for row in csv.reader(file)
                )
            )

        read = [list(CsvFile(path, cfpb.COLUMNS).records()) for path in (plain, packed, marked, turned)]

        complete = dict.fromkeys(cfpb.COLUMNS, "") | ROW | {"narrative": 'a "word", and\nmore'}
        assert read == [[Record(2, complete)]] * 4

    def test_progress_is_told_in_bytes_of_the_file_up_to_its_end(self, plaint: Plaint):
        told: list[int] = []

        import_file(plaint, SAMPLE, progress=told.append)

        assert len(told) == 5
        assert told == sorted(told)
        assert told[-1] == SAMPLE.stat().st_size


def seen(plaint: Plaint, source: str) -> list[tuple[object, ...]]:
    """Return what the clocks of one imported case went through."""
    plaint.views.catch_up()
    events = [e for _, e in plaint.store.everything()]
    case = next(
        e.originator_id for e in events if isinstance(e, Received) and e.source and e.source.id == source
    )
    clocks = [e for e in events if isinstance(e, ClockEvent) and e.originator_id == case]
    names = {e.clock_id: f"{e.milestone} {e.number}" for e in clocks if isinstance(e, ClockStarted)}
    end = ZoneInfo("America/New_York")
    return [
        (type(e).__name__, names[e.clock_id], e.occurred_at.astimezone(end).isoformat()[:16]) for e in clocks
    ]


class TestClocks:
    def test_they_are_judged_as_of_the_end_of_the_data_and_end_there(self, plaint: Plaint, tmp_path: Path):
        file = a_file(
            tmp_path / "a.csv",
            {},
            {"complaint_id": "2", "date_received": "2023-08-10", "date_sent_to_company": ""},
            {"complaint_id": "3", "company_response": "Closed", "date_sent_to_company": "2023-08-17"},
        )

        import_file(plaint, file, regimes=["house"])

        assert seen(plaint, "1") == [
            ("ClockStarted", "acknowledgement 1", "2023-08-01T00:00"),
            ("ClockStarted", "decision 1", "2023-08-01T00:00"),
            ("ClockMissed", "acknowledgement 1", "2023-08-03T18:00"),
            ("ClockMissed", "decision 1", "2023-08-10T18:00"),
            ("ClockStarted", "progress_update 1", "2023-08-10T18:00"),
            ("ClockCancelled", "progress_update 1", "2023-08-17T00:00"),
        ]
        assert seen(plaint, "2") == [
            ("ClockStarted", "acknowledgement 1", "2023-08-10T00:00"),
            ("ClockStarted", "decision 1", "2023-08-10T00:00"),
            ("ClockMissed", "acknowledgement 1", "2023-08-14T18:00"),
            ("ClockCancelled", "decision 1", "2023-08-17T00:00"),
        ]
        assert ("ClockStoppedLate", "decision 1", "2023-08-17T00:00") in seen(plaint, "3")

    def test_nothing_of_the_past_is_left_for_the_scheduler(self, plaint: Plaint, tmp_path: Path):
        file = some_of_the_sample(tmp_path / "some.csv", 400)
        import_file(plaint, file, regimes=["house", "mica@2025-294"])
        plaint.views.catch_up()
        clocks = Counter(type(e) for _, e in plaint.store.everything() if isinstance(e, ClockEvent))
        causes = Counter(e.cause for _, e in plaint.store.everything() if isinstance(e, ClockCancelled))
        last = plaint.store.count()

        assert plaint.queries.due_clocks(datetime.max.replace(tzinfo=UTC)) == []
        assert plaint.deadlines.tick() == 0
        assert plaint.store.count() == last
        assert causes.keys() == {"closed", "decision_sent", run.DATA_END}
        assert clocks[ClockMissed] > 0 < clocks[ClockMet]

    def test_the_second_run_with_clocks_adds_nothing(self, plaint: Plaint, tmp_path: Path):
        file = some_of_the_sample(tmp_path / "some.csv", 50)
        first = import_file(plaint, file, regimes=["house"])

        assert first.events > sum(n for topic, n in stored(plaint).items() if topic.startswith("complaint."))
        assert timeless(import_file(plaint, file, regimes=["house"])) == Summary(rows=50, duplicates=50)
