"""Clocks that a new version of their calendar would move are listed, and stay where they are."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from adapters import touched as module
from adapters.bootstrap import Plaint
from adapters.calendars import resolve
from adapters.database import Database
from adapters.eventstore.store import CaseStore
from adapters.settings import Settings
from adapters.touched import Touched, touched
from adapters.views import tables
from adapters.views.engine import ViewEngine
from adapters.views.tables import VIEWS
from domain.calendars import Amendment, Calendar, Holiday, amended, business_days
from domain.clocks import Clock, Pin, Status, bind
from domain.commands import Retarget
from domain.configuration import Rules
from domain.deadlines import Pause, deadline
from domain.ids import reference
from domain.policies import Rulebook, parse
from domain.testing import a_submission
from projections.armed import ARMED, ClockRow

LONDON = ZoneInfo("Europe/London")
FRIDAY = datetime(2026, 6, 12, 10, tzinfo=LONDON).astimezone(UTC)
WORLD_CUP = date(2026, 6, 15)
SCOTTISH = """
regime = "scottish"
version = "1"
effective_from = 2026-01-01
legal = true
calendar = "GB-SCT"
zone = "Europe/London"

[[terms]]
milestone = "acknowledgement"
limit = 2
unit = "business_day"
start = "received"
stop = ["acknowledged"]

[[terms]]
milestone = "decision"
limit = 15
unit = "business_day"
start = "received"
stop = ["decision_sent"]
pausable = true

[terms.extension]
by = "holding_reply_sent"
limit = 35

[[terms]]
milestone = "outcome_letter"
limit = 2
unit = "calendar_day"
start = "received"
stop = ["decision_sent"]
"""
REGIME = parse(SCOTTISH, "scottish.toml")
KNOWN = resolve("GB-SCT", 2026, 2026)
UNKNOWN = Calendar.resolved(
    "GB-SCT",
    "holidays of before",
    KNOWN.first,
    KNOWN.last,
    [holiday for holiday in KNOWN.holidays if holiday.date != WORLD_CUP],
)
HOUSE = amended(UNKNOWN, (), code="house-sct")
CLOSED = amended(
    UNKNOWN,
    [Amendment(date=WORLD_CUP, closed=True, name="Closure", source="the firm")],
    code="house-sct",
)
BOOK = Rulebook([REGIME], [UNKNOWN, KNOWN, HOUSE, CLOSED])
TO_KNOWN = {"GB-SCT": KNOWN}


def midnight(day: int) -> datetime:
    return datetime(2026, 6, day, tzinfo=LONDON).astimezone(UTC)


def test_a_proclaimed_holiday_lists_the_clock_that_it_would_move(desk_url: str, tmp_path: Path):
    """Scotland, 15 June 2026: two business days from Friday end on Tuesday, then on Wednesday.

    The clock stays where it was until it is retargeted, then it falls due as listed; a
    term in calendar days is not touched; the next complaint counts on the new version.
    """
    url = None if desk_url.startswith("sqlite") else desk_url
    plaint = Plaint.open(Settings(data=tmp_path, database_url=url), now=lambda: FRIDAY)
    try:
        by = plaint.desk.context("system:test")
        rules = plaint.store.load(Rules, Rules.ID) or Rules()
        rules.load_policy(REGIME, SCOTTISH, by)
        rules.resolve_calendar(UNKNOWN, by)
        plaint.store.append(rules)
        pins = (a_pin(UNKNOWN),)
        case = plaint.desk.receive(a_submission(country="GB"), "complainant", pins=pins).id
        rules = plaint.store.load(Rules, Rules.ID) or Rules()
        rules.correct_holiday(
            "GB-SCT", Amendment(date=WORLD_CUP, closed=True, name="World Cup", source="Proclamation"), by
        )
        plaint.store.append(rules)
        plaint.views.catch_up()
        current = rules.calendar("GB-SCT")
        before = clocks_of(plaint, case)

        found = list(touched(plaint.views_database, rules.rulebook(), {"GB-SCT": current}))

        assert [each for each in found if each.milestone == "acknowledgement"] == [
            Touched(
                case_id=case,
                reference=reference(case, "C"),
                clock_id=before["acknowledgement"].id,
                regime="scottish",
                milestone="acknowledgement",
                number=1,
                legal=True,
                status="running",
                calendar="GB-SCT",
                old_version=UNKNOWN.version,
                new_version=current.version,
                due_date=date(2026, 6, 16),
                due_before=midnight(17),
                new_due_date=date(2026, 6, 17),
                new_due_before=midnight(18),
            )
        ]
        assert {each.milestone for each in found} == {"acknowledgement", "decision"}
        assert before["acknowledgement"].due_before == midnight(17)
        plaint.views.catch_up()
        assert clocks_of(plaint, case) == before
        assert bind(rules.rulebook(), [REGIME]) == (a_pin(current),)
        assert current.source == "holidays of before; 2026-06-15 Proclamation"
    finally:
        plaint.close()

    plaint = Plaint.open(Settings(data=tmp_path, database_url=url), now=lambda: FRIDAY)
    try:
        retarget = Retarget(cause="proclaimed holiday", calendar_version=current.version)
        plaint.desk.command(case, retarget, "sue")
        plaint.views.catch_up()
        due = {milestone: clock.due_before for milestone, clock in clocks_of(plaint, case).items()}
        assert {each.milestone: each.new_due_before for each in found}.items() <= due.items()
        assert list(touched(plaint.views_database, plaint.desk.rules, {"GB-SCT": current})) == []
    finally:
        plaint.close()


def a_pin(calendar: Calendar) -> Pin:
    return Pin(regime="scottish", version="1", calendar=calendar.code, calendar_version=calendar.version)


def clocks_of(plaint: Plaint, case: UUID) -> dict[str, Clock]:
    return {each.clock.milestone: each.clock for each in plaint.queries.whole(case).clocks}


@pytest.fixture
def database(tables_url: str) -> Generator[Database]:
    database = Database(tables_url)
    ViewEngine(database, CaseStore(database)).prepare()
    yield database
    database.close()


def a_clock(
    number: int, milestone: str = "acknowledgement", calendar: Calendar = UNKNOWN, **facts: object
) -> Clock:
    """Return clock *number*, due as its term says on its calendar unless *facts* say otherwise."""
    clock = Clock(
        id=UUID(int=number),
        **a_pin(calendar).model_dump(),
        milestone=milestone,
        number=1,
        legal=True,
        started_at=FRIDAY,
        due_date=WORLD_CUP,
        due_before=FRIDAY,
    ).model_copy(update=facts)
    if "due_before" in facts:
        return clock
    due = deadline(
        clock.counted(REGIME.term(milestone)),
        REGIME,
        business_days(calendar, REGIME.closed_weekdays),
        clock.started_at,
        pauses=[pause for pause in clock.pauses if pause.to],
    )
    return clock.model_copy(update=due._asdict())


def keep(database: Database, *clocks: Clock) -> None:
    view = next(view for view in VIEWS if view.projection is ARMED)
    rows = [ClockRow(id=clock.id, case_id=UUID(int=clock.id.int + 100), clock=clock) for clock in clocks]
    with database.write() as connection:
        connection.execute(insert(tables.clocks), [{"slot": "a", **view.stored(row)} for row in rows])


def listed(database: Database, moves: dict[str, Calendar] = TO_KNOWN) -> dict[int, str]:
    """Return what is listed: the number of the clock, with its new date or why it has none."""
    return {
        each.clock_id.int: str(each.new_due_date or each.reason) for each in touched(database, BOOK, moves)
    }


def test_only_live_clocks_of_another_version_are_listed(database: Database):
    """Not those that ended, that count on the version already, or that fall due at the same instant."""
    keep(
        database,
        a_clock(1),
        a_clock(2, status=Status.MET, stopped_at=FRIDAY),
        a_clock(3, status=Status.MISSED),
        a_clock(4, status=Status.CANCELLED),
        a_clock(5, calendar=KNOWN),
        a_clock(6, "outcome_letter"),
        a_clock(7, started_at=FRIDAY + timedelta(days=4)),
        a_clock(8, calendar=KNOWN, due_before=FRIDAY + timedelta(days=30)),
    )

    assert listed(database) == {1: "2026-06-17"}


def test_pauses_and_extensions_are_counted_as_before(database: Database):
    """A clock that stands still is judged by the due instant that it shows."""
    halfway = FRIDAY + timedelta(days=4)
    paused = Pause(from_=FRIDAY + timedelta(days=4), to=FRIDAY + timedelta(days=6))
    keep(
        database,
        a_clock(1, "decision"),
        a_clock(2, "decision", pauses=(paused,)),
        a_clock(3, "decision", pauses=(Pause(from_=halfway),), status=Status.PAUSED),
        a_clock(4, "decision", extended_by="holding_reply_sent"),
    )

    assert listed(database) == {1: "2026-07-06", 2: "2026-07-08", 3: "2026-07-06", 4: "2026-08-04"}


def test_a_clock_that_cannot_be_computed_is_listed_with_the_reason(database: Database):
    """One set by hand, one whose due date the version does not reach, one of an unknown regime."""
    short = Calendar.resolved("GB-SCT", "short", date(2026, 1, 1), date(2026, 6, 16), KNOWN.holidays[:6])
    keep(
        database,
        a_clock(1, due_before=FRIDAY + timedelta(days=30)),
        a_clock(2),
        a_clock(3, regime="gone", due_before=FRIDAY),
    )

    assert listed(database)[1] == (
        "The due instant was set by hand and follows from no calendar; see the history of the clock."
    )
    reasons = listed(database, {"GB-SCT": short})
    assert reasons[2].startswith(
        f"Calendar GB-SCT version {short.version} runs from 2026-01-01 to 2026-06-16"
    )
    assert reasons[3].startswith("That regime is not loaded")


def test_a_closure_of_the_firm_touches_no_clock_of_public_holidays(database: Database):
    """The same promise, on the firm's own calendar and on the public one."""
    keep(database, a_clock(1, calendar=HOUSE, legal=False), a_clock(2))

    assert listed(database, {"house-sct": CLOSED}) == {1: "2026-06-17"}


def test_every_page_is_read_once(database: Database, monkeypatch: pytest.MonkeyPatch):
    """Whether or not the last one is full."""
    keep(database, *(a_clock(number) for number in range(1, 7)))

    for size in (1, 2, 4, 6, 7):
        monkeypatch.setattr(module, "PAGE", size)
        assert list(listed(database)) == [1, 2, 3, 4, 5, 6]


def test_no_version_touches_nothing(database: Database):
    keep(database, a_clock(1))

    assert listed(database, {}) == {}


def test_a_longer_range_alone_moves_no_clock(database: Database):
    """So a calendar may be extended whenever it ends too soon."""
    new_year = Holiday(date=date(2027, 1, 1), name="New Year")
    longer = Calendar.resolved(
        "GB-SCT", "longer", UNKNOWN.first, date(2027, 12, 31), [*UNKNOWN.holidays, new_year]
    )
    keep(database, a_clock(1), a_clock(2, "decision"))

    assert listed(database, {"GB-SCT": longer}) == {}
