"""The casework of the Council, imported as complaints: the figures are those counted by other means."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Generator
from datetime import UTC, date, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from adapters.bootstrap import Plaint
from adapters.calendars import resolve
from adapters.importers import nyc
from adapters.importers.register import Unusable
from adapters.importers.run import Summary, import_file
from adapters.settings import Settings
from domain.calendars import business_days
from domain.complaint.events import Closed, DecisionSent, Received
from domain.complaint.register import KeptSource
from domain.ids import imported
from domain.kernel import Event
from tests.adapters.figures import spread

DATA = Path(__file__).parents[1] / "data" / "nyc"
SAMPLE = DATA / "casework.csv.gz"
WHOLE = os.environ.get("PLAINT_TEST_CASEWORK")
ZONE = "America/New_York"
NEW_YORK = ZoneInfo(ZONE)


def derived(path: Path) -> dict[str, Any]:
    """Return what is counted from a file without Plaint."""
    spec = spec_from_file_location("derive", DATA / "derive.py")
    assert spec is not None
    assert spec.loader is not None
    derive: Any = module_from_spec(spec)
    spec.loader.exec_module(derive)
    return derive.figures(derive.read(path))


def source_of(received: Received) -> KeptSource:
    assert received.source is not None
    return received.source


def on_day(moment: datetime) -> str:
    local = moment.astimezone(NEW_YORK)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    return local.date().isoformat()


class Counts:
    """The figures, counted from stored events."""

    def __init__(self, events: list[Event]) -> None:
        self.received = [event for event in events if isinstance(event, Received)]
        self.opened = {each.originator_id: on_day(each.occurred_at) for each in self.received}
        self.closed = {e.originator_id: on_day(e.occurred_at) for e in events if isinstance(e, Closed)}
        self.decided = {e.originator_id: on_day(e.occurred_at) for e in events if isinstance(e, DecisionSent)}

    def figures(self, summary: Summary) -> dict[str, Any]:
        days = [self._days(id) for id in self.closed]
        return {
            "rows": summary.rows,
            "distinct_unique_key": len(self.received),
            "opendate": [min(self.opened.values()), max(self.opened.values())],
            "closedate_max": max(self.closed.values()),
            **{
                f"by_{name}": dict(sorted(Counter(map(self._word(name), self.received)).items()))
                for name in ("complaint_type", "descriptor", "account", "borough")
            },
            "by_month_open": dict(sorted(Counter(day[:7] for day in self.opened.values()).items())),
            "by_month_close": dict(sorted(Counter(day[:7] for day in self.closed.values()).items())),
            "open_cases": len(self.opened) - len(self.closed),
            "days_to_close": spread(days),
            "same_day_close": days.count(0),
            "days_to_close_by_type": self._by_type(),
            "breach_close": {
                "done": len(self.closed),
                "not_done": len(self.opened) - len(self.closed),
                "calendar_US-federal": self._breaches("US"),
                "calendar_none": self._breaches("none"),
                "calendar_days": {f"breach_{n}_days": sum(each > n for each in days) for n in (15, 30, 56)},
            },
            "backlog_at": {
                day: self._backlog(day)
                for day in (f"{year}-{month:02}-01" for year in range(2016, 2025) for month in (1, 7))
            },
        }

    def _days(self, id: UUID) -> int:
        closed, opened = datetime.fromisoformat(self.closed[id]), datetime.fromisoformat(self.opened[id])
        return (closed - opened).days

    def _by_type(self) -> dict[str, dict[str, float]]:
        types: defaultdict[str, list[int]] = defaultdict(list)
        for each in self.received:
            if each.originator_id in self.closed:
                name = source_of(each).attributes.get("complaint_type", "")
                types[name].append(self._days(each.originator_id))
        most = sorted(types, key=lambda name: (-len(types[name]), name))[:15]
        return {name: spread(types[name]) for name in most}

    def _breaches(self, calendar: str) -> dict[str, int]:
        """Count the cases that took more than some business days, on a calendar of Plaint's own."""
        business = business_days(resolve(calendar, 2015, 2025), frozenset({5, 6}))
        taken = [
            business.count(date.fromisoformat(self.opened[id]), date.fromisoformat(closed))
            for id, closed in self.closed.items()
        ]
        return {f"breach_{n}_bd": sum(each > n for each in taken) for n in (2, 7, 15)}

    def _word(self, name: str) -> Callable[[Received], str]:
        return lambda each: source_of(each).attributes.get(name, "")

    def _backlog(self, day: str) -> int:
        return sum(opened < day and self.closed.get(id, "9") >= day for id, opened in self.opened.items())


def imported_from(plaint: Plaint, file: Path) -> tuple[Summary, list[Event]]:
    summary = import_file(plaint, file, system="nyc", zone=ZONE)
    events = [event for _, event in plaint.store.everything() if event.actor == "import:nyc"]
    return summary, events


@pytest.fixture
def plaint(tmp_path: Path) -> Generator[Plaint]:
    """An embedded store."""
    opened = Plaint.open(Settings(data=tmp_path / "data"))
    yield opened
    opened.close()


def test_the_sample_is_counted_alike_from_the_file_and_from_the_events(plaint: Plaint):
    summary, events = imported_from(plaint, SAMPLE)
    counts = Counts(events)
    expected = json.loads((DATA / "expected.json").read_text())

    assert counts.figures(summary) == expected == derived(SAMPLE)
    assert (summary.duplicates, summary.rejected) == (expected["rows"] - expected["distinct_unique_key"], 0)
    assert summary.duplicates == 78
    assert counts.decided == counts.closed
    assert Counter(type(each).__name__ for each in events) == {
        "Received": summary.cases,
        "DecisionSent": len(counts.closed),
        "Closed": len(counts.closed),
    }

    again, _ = imported_from(plaint, SAMPLE)
    assert (again.rows, again.cases, again.duplicates, again.events) == (summary.rows, 0, summary.rows, 0)
    plaint.views.catch_up()
    counters = plaint.queries.counters("queue")
    assert sum(counters["received_by_all"].values()) == summary.cases
    assert sum(counters["open_by_all"].values()) == expected["open_cases"]
    other = counters["received_by_category"]["complaints|main|normal|other"]
    assert other == expected["by_complaint_type"][""]


@pytest.mark.skipif(WHOLE is None, reason="PLAINT_TEST_CASEWORK names no copy of the whole casework")
def test_the_whole_is_counted_alike(plaint: Plaint):
    file = Path(WHOLE or "")
    summary, events = imported_from(plaint, file)

    assert Counts(events).figures(summary) == derived(file)
    assert (summary.rows, summary.cases, summary.duplicates) == (239_183, 239_105, 78)


ROW = {
    "unique_key": "NYCC1",
    "account": "NYCC34",
    "opendate": "2024-07-01",
    "closedate": "2024-07-03",
    "complaint_type": "Utilities",
    "descriptor": "Con Edison",
    "borough": "Brooklyn",
    "council_dist": "NYCC34",
    "community_board": "",
}


def test_an_entry_is_one_row_as_a_case():
    entry = nyc.entry(ROW, ZONE)

    assert entry.source_id == "NYCC1"
    assert entry.written_at == datetime(2024, 7, 1, tzinfo=UTC)
    assert entry.received_at == datetime(2024, 7, 1, tzinfo=NEW_YORK)
    assert entry.closed_at == entry.last_dated == datetime(2024, 7, 3, tzinfo=NEW_YORK)
    assert entry.submission.model_dump(exclude_defaults=True) == {
        "form": "nyc",
        "channel": "branch",
        "service": None,
        "category": "Utilities",
        "source": {
            "system": "nyc",
            "id": "NYCC1",
            "attributes": {
                "account": "NYCC34",
                "complaint_type": "Utilities",
                "descriptor": "Con Edison",
                "borough": "Brooklyn",
                "council_dist": "NYCC34",
                "zone": ZONE,
            },
        },
    }


def test_a_case_without_a_closing_date_is_open_and_one_without_a_type_is_other():
    entry = nyc.entry(ROW | {"closedate": "", "complaint_type": ""}, ZONE)

    assert (entry.closed_at, entry.last_dated) == (None, entry.received_at)
    assert entry.submission.category == "other"


@pytest.mark.parametrize(
    ("column", "word", "reason"),
    [
        ("opendate", "", "opendate is no date; write it like 2023-08-25"),
        ("opendate", "07/01/2024", "opendate is no date; write it like 2023-08-25"),
        ("closedate", "20240703", "closedate is no date; write it like 2023-08-25"),
        ("closedate", "2024-02-30", "closedate is no date; write it like 2023-08-25"),
        ("complaint_type", "a\x07b", "complaint_type is too long or has characters that do not print"),
        ("descriptor", "x" * 50_001, "descriptor is too long or has characters that do not print"),
    ],
)
def test_a_row_that_cannot_be_a_case_says_why(column: str, word: str, reason: str):
    with pytest.raises(Unusable) as refused:
        nyc.entry(ROW | {column: word}, ZONE)

    assert str(refused.value) == reason


def test_a_case_has_the_same_id_in_every_zone():
    entries = [nyc.entry(ROW, zone) for zone in (ZONE, "Pacific/Auckland")]

    assert {imported("nyc", each.source_id, each.written_at) for each in entries} == {
        imported("nyc", "NYCC1", datetime(2024, 7, 1, tzinfo=UTC))
    }
