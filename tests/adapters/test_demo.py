"""The demo is the same for the same seed and instant, says what is simulated, and can be replayed."""

import hashlib
import json
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, text, update

from adapters.bootstrap import Plaint
from adapters.demo import marker, store
from adapters.demo.life import COUNTRIES
from adapters.demo.marker import Marker, NotThisDemo
from adapters.demo.summary import as_text, summary
from adapters.demo.verify import Difference, Verification, verify
from adapters.importers import run
from adapters.settings import Settings
from adapters.tokens import digest
from adapters.views import tables
from domain.clocks import ClockMissed
from domain.complaint import Complaint
from domain.complaint.events import DecisionSent, Received
from domain.ids import reference
from domain.kernel import Event

NOW = datetime(2026, 3, 11, 10, 30, tzinfo=UTC)
SIZE = 150


def a_demo(data: Path, *, seed: int = 1, now: datetime = NOW, size: int | None = SIZE) -> Plaint:
    return store.open_demo(Settings(data=data), seed=seed, now=now, frozen=True, size=size)


def log_of(plaint: Plaint) -> str:
    """Return a hash of everything that is stored; what is sealed counts as what it says."""
    sha = hashlib.sha256()
    for each in plaint.store.notifications(0, 0, 1_000_000):
        event: Event = plaint.store.events_mapper.to_domain_event(each)
        opened = event.model_dump_json()
        facts = (each.id, str(each.originator_id), each.originator_version, each.topic, opened)
        sha.update(repr(facts).encode())
    return sha.hexdigest()


def events(plaint: Plaint) -> list[Event]:
    """Return what happened to the cases."""
    return [
        plaint.showing.event(e)
        for _, e in plaint.store.everything()
        if e.TOPIC.startswith(("complaint.", "clock."))
    ]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Generator[Plaint]:
    """A small demo that nobody changes."""
    plaint = a_demo(tmp_path_factory.mktemp("demo") / "data")
    yield plaint
    plaint.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Plaint]:
    """The demo of the whole sample."""
    plaint = a_demo(tmp_path_factory.mktemp("whole") / "data", size=None)
    yield plaint
    plaint.close()


def test_the_same_seed_and_instant_make_the_same_log_but_for_its_seals(demo: Plaint, tmp_path: Path):
    again = a_demo(tmp_path / "data")

    assert log_of(again) == log_of(demo)
    again.close()


@pytest.mark.parametrize("other", [{"seed": 2}, {"now": NOW + timedelta(hours=1)}])
def test_another_seed_or_instant_makes_another_log(demo: Plaint, tmp_path: Path, other: dict[str, Any]):
    another = a_demo(tmp_path / "data", **other)

    assert log_of(another) != log_of(demo)
    another.close()


def test_a_load_that_was_broken_off_is_completed_to_the_same_cases(
    demo: Plaint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adapters.demo.life.CASES_AT_ONCE", 40)
    settings = Settings(data=tmp_path / "data")

    def breaks_off(done: int) -> None:
        if done == 80:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.open_demo(settings, seed=1, now=NOW, size=SIZE, progress=breaks_off)
    begun = marker.find(settings.data)
    assert begun is not None
    assert not begun.loaded

    completed = store.open_demo(settings, seed=1, frozen=True, size=SIZE)

    assert log_of(completed) == log_of(demo)
    assert marker.find(settings.data) == Marker(seed=1, now=NOW, ahead=begun.ahead, loaded=True)
    completed.close()


def test_who_decided_a_complaint_does_not_decide_it_again(whole: Plaint):
    deciders: dict[UUID, list[str]] = {}
    for _, event in whole.store.everything():
        if isinstance(event, DecisionSent):
            deciders.setdefault(event.originator_id, []).append(event.actor)

    assert {tuple(each) for each in deciders.values()} == {
        ("simulation",),
        ("simulation", "simulation:second"),
    }


def test_every_simulated_fact_says_so(demo: Plaint):
    actors = Counter((e.actor, isinstance(e, Received) or e.TOPIC == "clock.started") for e in events(demo))
    said = Counter(
        (str(e.country), e.source.attributes["simulated"])
        for e in events(demo)
        if isinstance(e, Received) and e.source
    )

    assert {e.actor for e in events(demo) if isinstance(e, Received)} == {"import:cfpb"}
    assert {actor for actor, receipt in actors if not receipt} <= {"simulation", "simulation:second"}
    assert {country for country, invented in said if invented == "dates, desk life"} == {"US"}
    assert {country for country, invented in said if invented == "country, dates, desk life"} <= set(
        COUNTRIES
    )
    assert sum(said.values()) == SIZE


def test_the_dates_of_the_register_stay_in_the_source(demo: Plaint):
    received = [e for e in events(demo) if isinstance(e, Received)]

    assert {e.sent_to_company_at for e in received} == {None}
    assert all(e.source and e.source.attributes["date_received"] < "2023-10" for e in received)


def test_every_fact_is_recorded_in_order_and_before_now(demo: Plaint):
    last: dict[Any, datetime] = {}
    for event in events(demo):
        assert last.get(event.originator_id, event.recorded_at) <= event.recorded_at <= NOW
        assert event.occurred_at <= event.recorded_at
        last[event.originator_id] = event.recorded_at


def test_a_miss_is_noticed_shortly_after_it_fell_due(demo: Plaint):
    misses = [e for e in events(demo) if isinstance(e, ClockMissed)]

    assert misses
    assert {e.recorded_at - e.due_before for e in misses if e.recorded_at < NOW} == {timedelta(seconds=5)}


def test_nothing_due_before_now_still_runs(demo: Plaint):
    last = demo.store.count()

    assert demo.queries.due_clocks(NOW) == []
    assert demo.deadlines.tick() == 0
    assert demo.store.count() == last


def test_the_desk_looks_alive(whole: Plaint):
    """Bounds, not figures: what a visitor should find on the dashboard."""
    facts = summary(whole)
    board = facts["dashboard"]
    acknowledged = [each for each in board["by_milestone"] if each["milestone"] == "acknowledgement"]
    met, missed = (sum(each[key] for each in acknowledged) for key in ("met", "missed"))

    assert facts["cases"] == board["received"] == 3696
    assert facts["verification"] == {"replayed": 3696, "differences": []}
    assert 350 <= board["open"] <= 700
    assert 40 <= board["overdue"] <= 130
    assert board["due_today"] > 0 < board["due_in_2_business_days"]
    assert 0.88 < met / (met + missed) < 0.96
    assert {each["regime"] for each in board["by_milestone"]} == {"house", "mica"}
    assert {each["status"] for each in board["by_status"]} == {
        "received",
        "acknowledged",
        "investigating",
        "resolved",
        "closed",
        "withdrawn",
        "inadmissible",
    }
    assert {e.TOPIC for e in events(whole)} >= {
        "complaint.escalated",
        "complaint.de_escalated",
        "complaint.reopened",
        "complaint.marked_complex",
        "complaint.update_sent",
        "complaint.noted",
        "clock.stopped_late",
    }


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 15, 0, 0, 30, tzinfo=UTC),
        datetime(2026, 1, 1, 23, 59, tzinfo=UTC),
        datetime(2024, 2, 29, 12, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ],
    ids=["in the night of a Sunday", "on a holiday", "before MiCA", "as clocks go back"],
)
def test_it_can_begin_at_any_instant(tmp_path: Path, now: datetime):
    plaint = a_demo(tmp_path / "data", now=now, size=60)

    assert verify(plaint) == Verification(60, [])
    assert plaint.queries.due_clocks(now) == []
    plaint.close()


def test_every_case_replays_to_its_state(demo: Plaint):
    for id in {e.originator_id for e in events(demo)}:
        complaint, row = demo.store.load(Complaint, id), demo.queries.case(id)

        assert complaint is not None
        assert row is not None
        assert (complaint.status, complaint.version, complaint.level) == (row.status, row.version, row.level)
        assert complaint.clocks == {each.id: each.clock for each in demo.queries.whole(id).clocks}


class TestVerification:
    @pytest.fixture
    def plaint(self, tmp_path: Path) -> Generator[Plaint]:
        """A demo to tamper with."""
        opened = a_demo(tmp_path / "data", size=20)
        yield opened
        opened.close()

    def test_without_tampering_there_is_no_difference(self, plaint: Plaint):
        assert verify(plaint) == Verification(20, [])

    def test_a_tampered_document_is_named_by_case_and_field(self, plaint: Plaint):
        row = self._first(plaint)
        tampered = row.model_copy(update={"severity": "critical", "assignee": "nobody"}).model_dump_json()
        self._write(plaint, update(tables.queue).where(tables.queue.c.id == row.id).values(doc=tampered))

        assert verify(plaint) == Verification(20, [Difference(row.reference, "queue: assignee, severity")])

    def test_a_document_that_is_none_is_named(self, plaint: Plaint):
        row = self._first(plaint)
        self._write(plaint, update(tables.case_files).where(tables.case_files.c.id == row.id).values(doc="{"))

        assert verify(plaint) == Verification(20, [Difference(row.reference, "case_files: doc")])

    def test_a_tampered_column_is_named(self, plaint: Plaint):
        row = self._first(plaint)
        self._write(plaint, update(tables.queue).where(tables.queue.c.id == row.id).values(due_before=NOW))

        assert verify(plaint) == Verification(20, [Difference(row.reference, "queue: due_before")])

    def test_a_clock_that_is_gone_is_named_by_its_case(self, plaint: Plaint):
        row = self._first(plaint)
        clock = plaint.queries.whole(row.id).clocks[0].clock
        self._write(plaint, delete(tables.clocks).where(tables.clocks.c.id == clock.id))

        assert verify(plaint) == Verification(20, [Difference(row.reference, "clocks: the row is missing")])

    def test_a_row_without_a_case_is_named(self, plaint: Plaint):
        row = self._first(plaint)
        self._write(
            plaint, text("UPDATE case_files SET id = zeroblob(16) WHERE id = :id").bindparams(id=row.id.bytes)
        )

        assert verify(plaint) == Verification(
            20,
            [
                Difference("00000000-0000-0000-0000-000000000000", "case_files: the log has no such row"),
                Difference(row.reference, "case_files: the row is missing"),
            ],
        )

    def test_a_counter_that_is_wrong_is_named(self, plaint: Plaint):
        wrong = tables.counters.c.metric == "received_by_all"
        self._write(plaint, update(tables.counters).where(wrong).values(count=21))

        assert verify(plaint) == Verification(
            20, [Difference("", "queue: received_by_all of complaints|main|normal| is 21, the rows give 20")]
        )

    def test_the_text_lists_the_differences(self, plaint: Plaint):
        row = self._first(plaint)
        self._write(plaint, delete(tables.case_files).where(tables.case_files.c.id == row.id))

        assert as_text(summary(plaint)).splitlines()[-2:] == [
            "20 cases replayed from the log, 1 differences",
            f"  {row.reference}  case_files: the row is missing",
        ]

    def _first(self, plaint: Plaint) -> Any:
        received = next(e for e in events(plaint) if isinstance(e, Received))
        row = plaint.queries.case(received.originator_id)
        assert row is not None
        assert row.reference == reference(row.id, "C")
        return row

    def _write(self, plaint: Plaint, statement: Any) -> None:
        with plaint.views_database.write() as connection:
            connection.execute(statement)


def test_the_summary_is_json(demo: Plaint):
    facts = json.loads(json.dumps(summary(demo)))

    assert facts["dashboard"]["as_of"] == "2026-03-11T10:30:00Z"
    assert facts["cases"] == facts["verification"]["replayed"] == SIZE
    assert facts["events"] == demo.store.count()


class TestStore:
    def test_a_loaded_demo_is_not_loaded_again(self, tmp_path: Path):
        first = a_demo(tmp_path / "data", size=20)
        log = log_of(first)
        first.close()

        second = store.open_demo(Settings(data=tmp_path / "data"), seed=1, frozen=True)

        assert log_of(second) == log
        assert second.now() == NOW
        second.close()

    def test_a_demo_of_another_seed_or_instant_is_refused(self, tmp_path: Path):
        a_demo(tmp_path / "data", size=20).close()

        for seed, now in ((2, NOW), (1, NOW + timedelta(days=1))):
            with pytest.raises(NotThisDemo, match="holds the demo of --seed 1 --now 2026-03-11T10:30:00"):
                a_demo(tmp_path / "data", seed=seed, now=now)

    def test_a_store_that_is_no_demo_is_refused(self, tmp_path: Path):
        Plaint.open(Settings(data=tmp_path / "data")).close()

        with pytest.raises(NotThisDemo, match="holds a store that is not a demo's; set PLAINT_DATA"):
            a_demo(tmp_path / "data")
        assert marker.find(tmp_path / "data") is None

    def test_a_marker_that_cannot_be_read_is_refused(self, tmp_path: Path):
        (tmp_path / marker.NAME).write_text("{}")

        with pytest.raises(NotThisDemo, match="cannot be read; set PLAINT_DATA"):
            a_demo(tmp_path)

    @pytest.mark.parametrize("setting", ["database_url", "views_url", "vault_url"])
    def test_another_database_is_refused(self, tmp_path: Path, setting: str):
        settings = Settings.model_validate({"data": tmp_path, setting: "postgresql+psycopg://x@localhost/x"})

        with pytest.raises(
            NotThisDemo, match="unset PLAINT_DATABASE_URL, PLAINT_VIEWS_URL and PLAINT_VAULT_URL"
        ):
            store.open_demo(settings, seed=1, now=NOW)

    def test_a_demo_that_is_not_frozen_lives_on_from_its_instant(self, tmp_path: Path):
        a_demo(tmp_path / "data", size=20).close()

        for _ in range(2):
            plaint = store.open_demo(Settings(data=tmp_path / "data"), seed=1)
            assert NOW < plaint.now() < NOW + timedelta(minutes=5)
            plaint.close()

    def test_a_new_supervisors_token_closes_the_one_before(self, tmp_path: Path):
        plaint = a_demo(tmp_path / "data", size=20)
        plaint.chance = Random(5).randbytes

        secrets = [store.supervisor_token(plaint) for _ in range(2)]
        rows = [plaint.queries.token(digest(secret)) for secret in secrets]

        assert [row and (row.role, row.revoked_at) for row in rows] == [
            ("supervisor", NOW),
            ("supervisor", None),
        ]
        plaint.close()


def test_the_sample_names_its_source_and_licence():
    readme = Path(run.__file__).parents[1] / "demo" / "sample" / "README.md"

    assert "Consumer Financial Protection Bureau" in readme.read_text()
    assert "public domain" in readme.read_text()
