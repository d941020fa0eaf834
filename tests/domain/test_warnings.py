"""Warnings fall before the promise does, counted back as a person would, and reach people when they may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import Calendar, CalendarExhausted
from domain.clocks import Clock, ClockWarned, Pin, Promises
from domain.clocks.notice import Notice
from domain.deadlines import Deadline, deadline
from domain.hours import local_date
from domain.ids import EPOCH, imported
from domain.kernel import Context
from domain.policies import Notifications, Regime, Term
from domain.policies.rulebook import Rulebook
from domain.testing import HOUSE, a_calendar, a_complaint, asked, by, paris, rules
from domain.warnings import WarnAt, deliver_from, levels, warn_at
from tests.domain.clockwork import (
    CALENDAR,
    DAYTIME,
    FIRST,
    LAST,
    MINUTE,
    NIGHTS,
    ONE_DAY,
    WEEKENDS,
    ZONES,
    a_regime,
    a_term,
    days_of,
    is_business_day,
    is_open,
    moments,
)

HOURS: Any = (("09:00", "12:00"), ("13:30", "17:30"))


def warnings(term: Term, regime: Regime, due: Deadline) -> dict[str, datetime]:
    return {each.offset: each.at for each in warn_at(term, regime, days_of(regime), due)}


def due_of(term: Term, start: str, **facts: Any) -> tuple[Regime, Deadline]:
    regime = a_regime(term, **facts)
    return regime, deadline(term, regime, days_of(regime), datetime.fromisoformat(start))


@pytest.mark.parametrize(
    ("offset", "hours", "expected"),
    [
        ("1 business_day", HOURS, "2026-05-28T09:00"),
        ("1 business_day", (), "2026-05-28T00:00"),
        ("4 business_day", HOURS, "2026-05-25T09:00"),
        ("1 calendar_day", HOURS, "2026-05-28T09:00"),
        ("1 week", (), "2026-05-22T00:00"),
        ("1 month", (), "2026-04-29T00:00"),
        ("3 month", (), "2026-02-28T00:00"),
        ("1 year", HOURS, "2025-05-29T09:00"),
        ("36 hour", HOURS, "2026-05-28T12:00"),
        ("1 business_hour", HOURS, "2026-05-29T16:30"),
        ("5 business_hour", HOURS, "2026-05-29T11:00"),
        ("8 business_hour", HOURS, "2026-05-28T16:30"),
    ],
)
def test_a_warning_is_counted_back_from_the_promise(offset: str, hours: Any, expected: str):
    """From a promise due by the end of Friday 29 May 2026 in Paris."""
    term = a_term(5, warn_before=[offset])
    regime, due = due_of(term, "2026-05-22T12:00+02:00", hours=hours)
    assert due.due_date == date(2026, 5, 29)

    assert warnings(term, regime, due) == {offset: paris(expected)}


def test_warnings_come_in_order_and_keep_the_level_the_policy_gave_them():
    term = a_term(5, warn_before=["2 business_day", "80 hour", "2 hour"])
    regime, due = due_of(term, "2026-05-22T12:00+02:00")

    found = warn_at(term, regime, days_of(regime), due)

    assert [each.offset for each in found] == ["80 hour", "2 business_day", "2 hour"]
    assert levels(term) == {"2 business_day": 1, "80 hour": 2, "2 hour": 3}


def test_a_warning_that_would_not_come_before_the_promise_is_none():
    """A promise to the hour that is due before business opens on the day before's next."""
    term = a_term(1, "hour", warn_before=["1 calendar_day"])
    regime = a_regime(term, hours=(("09:00", "18:00"),))
    at = paris("2026-05-28T08:00")

    assert warnings(term, regime, Deadline(date(2026, 5, 29), at)) == {}
    assert warnings(term, regime, Deadline(date(2026, 5, 29), at + ONE_DAY * 1)) != {}


def test_a_calendar_that_begins_too_late_gives_no_warning_and_one_that_ends_is_refused():
    term = a_term(1, "calendar_day", warn_before=["9 business_day", "90 business_hour", "1 calendar_day"])
    regime = a_regime(term, hours=HOURS)
    early = Deadline(FIRST + ONE_DAY * 4, datetime(2009, 1, 5, 23, tzinfo=UTC))

    assert set(warnings(term, regime, early)) == {"1 calendar_day"}
    for offset in ("1 business_day", "1 business_hour"):
        over = a_term(1, "calendar_day", warn_before=[offset])
        with pytest.raises(CalendarExhausted):
            warn_at(over, regime, days_of(regime), Deadline(LAST + ONE_DAY, datetime(2031, 1, 2, tzinfo=UTC)))


def test_without_hours_a_business_hour_never_passes():
    term = a_term(5, warn_before=["1 business_hour"])
    regime, due = due_of(term, "2026-05-22T12:00+02:00")

    assert warnings(term, regime, due) == {}


@given(
    moments(),
    st.sampled_from(ZONES),
    st.sampled_from(WEEKENDS),
    st.sampled_from((*DAYTIME, *NIGHTS)),
    st.integers(1, 9),
    st.sampled_from(["business_day", "business_hour"]),
)
def test_a_walker_that_looks_at_every_day_and_minute_agrees(  # noqa: PLR0917 - drawn by position
    start: datetime, zone: str, weekend: Any, hours: Any, n: int, unit: str
):
    term = a_term(5, "calendar_day", warn_before=[f"{n} {unit}"])
    regime = a_regime(term, zone=zone, weekend=weekend, hours=hours)
    due = deadline(term, regime, days_of(regime), start)

    found = warnings(term, regime, due)

    if unit == "business_day":
        day, left = due.due_date, n
        while left:
            day -= ONE_DAY
            left -= is_business_day(day, regime)
        assert local_date(found[f"{n} {unit}"], zone) - day in {timedelta(0), ONE_DAY}
        assert days_of(regime).before(due.due_date, n) == day
    else:
        moment, left = due.due_before, n * 60
        while left:
            moment -= MINUTE
            left -= is_open(moment, regime)
        assert found[f"{n} {unit}"] == moment


@pytest.mark.parametrize(
    ("window", "at", "expected"),
    [
        ({}, "2026-05-30T03:00", "2026-05-30T03:00"),
        ({"hours": [("08:00", "20:00")]}, "2026-05-29T03:00", "2026-05-29T08:00"),
        ({"hours": [("08:00", "20:00")]}, "2026-05-29T12:00", "2026-05-29T12:00"),
        ({"hours": [("08:00", "20:00")]}, "2026-05-29T20:00", "2026-05-30T08:00"),
        ({"hours": [("08:00", "20:00")], "weekend": ["sat", "sun"]}, "2026-05-29T20:00", "2026-06-01T08:00"),
        ({"hours": [("22:00", "06:00")], "weekend": ["sat"]}, "2026-05-30T05:59", "2026-05-30T05:59"),
        ({"hours": [("22:00", "06:00")], "weekend": ["sat"]}, "2026-05-30T06:00", "2026-05-31T22:00"),
        ({"weekend": ["sat", "sun"]}, "2026-05-30T06:00", "2026-06-01T00:00"),
        ({"hours": [("02:10", "02:50")]}, "2026-03-28T12:00", "2026-03-30T02:10"),
    ],
)
def test_a_warning_waits_until_it_may_reach_people(window: Any, at: str, expected: str):
    """In a window of its own, whatever the clock's calendar: 1 May is as good as any other day."""
    notifications = Notifications.model_validate(window)

    assert deliver_from(notifications, "Europe/Paris", paris(at)) == paris(expected)


@given(moments(), st.sampled_from(ZONES), st.sampled_from(WEEKENDS), st.sampled_from((*DAYTIME, *NIGHTS)))
def test_a_walker_finds_the_same_first_minute(start: datetime, zone: str, weekend: Any, hours: Any):
    """The window is that of business without holidays."""
    regime = a_regime(a_term(), zone=zone, weekend=weekend, hours=hours)
    without_holidays = CALENDAR.resolved("FR", "none", FIRST, LAST, ())

    found = deliver_from(Notifications(hours=hours, weekend=weekend), zone, start)

    walked = next(
        start + MINUTE * n
        for n in count()
        if _open_without_holidays(start + MINUTE * n, regime, without_holidays)
    )
    assert found == walked


def _open_without_holidays(moment: datetime, regime: Regime, calendar: Calendar) -> bool:
    def no_weekend(day: date, regime: Regime) -> bool:
        return is_business_day(day, regime, calendar)

    with patch("tests.domain.clockwork.is_business_day", no_weekend):
        return is_open(moment, regime)


# What a case records of them.

WARNING = """
[notifications]
hours = [["08:00", "20:00"]]
weekend = ["sat", "sun"]
[notifications.recipients]
1 = ["assignee"]
2 = ["assignee", "supervisor"]
"""
FIRST_LEVEL, SECOND_LEVEL = paris("2026-05-26T00:00"), paris("2026-05-27T22:00")
DUE = paris("2026-05-28T00:00")


def book() -> Rulebook:
    acknowledgement = 'milestone = "acknowledgement"\n'
    text = HOUSE.replace(
        acknowledgement, acknowledgement + 'warn_before = ["1 business_day", "2 hour"]\npausable = true\n'
    )
    return rules(text + WARNING)


BOOK = book()


def notice(at: datetime, now: datetime | None = None) -> Any:
    return asked(Notice(now=now or at), at, book=BOOK, actor="system:scheduler")  # type: ignore[arg-type]


def warned(events: list[Any]) -> list[ClockWarned]:
    return [event for event in events if isinstance(event, ClockWarned)]


def test_each_warning_is_recorded_once_at_its_level():
    given = a_complaint(book=BOOK)

    assert warned(given.events(notice(FIRST_LEVEL - timedelta(microseconds=1)))) == []
    [first] = warned(given.events(notice(FIRST_LEVEL)))
    assert warned(given.events(notice(FIRST_LEVEL))) == []
    [second] = warned(given.events(notice(SECOND_LEVEL + MINUTE)))
    assert warned(given.events(notice(SECOND_LEVEL + MINUTE))) == []

    assert (first.offset, first.level, first.recipients) == ("1 business_day", 1, ("assignee",))
    assert (first.occurred_at, first.deliver_from) == (FIRST_LEVEL, paris("2026-05-26T08:00"))
    assert (second.offset, second.level, second.recipients) == ("2 hour", 2, ("assignee", "supervisor"))
    assert (second.occurred_at, second.noticed_at) == (SECOND_LEVEL, SECOND_LEVEL + MINUTE)
    assert second.deliver_from == paris("2026-05-28T08:00")
    assert (second.generation, second.due_before) == (1, DUE)


def test_warnings_that_were_slept_through_come_late_while_the_promise_stands():
    given = a_complaint(book=BOOK)

    late = warned(given.events(notice(DUE - timedelta(microseconds=1))))

    assert [event.level for event in late] == [1, 2]


def test_nobody_is_warned_of_what_was_missed_or_kept():
    from domain.commands import Acknowledge

    missed = a_complaint(book=BOOK)
    assert [e.milestone for e in _of(missed, warned(missed.events(notice(DUE))))] == []
    kept = a_complaint(book=BOOK)
    kept.events(asked(Acknowledge(), FIRST_LEVEL - MINUTE, book=BOOK))
    assert warned(kept.events(notice(DUE))) == []


def _of(given: Any, events: list[ClockWarned]) -> list[Clock]:
    return [given.aggregate.clocks[event.clock_id] for event in events]


class Case(Promises):
    """A case with one clock that words move."""


def test_a_clock_that_stands_still_warns_nobody_and_a_moved_one_warns_anew():
    """Timers of an earlier due instant mean nothing; each generation warns once."""
    case = Case(imported("test", "case", EPOCH))
    house = BOOK.regime("house")
    case.pins = (
        Pin(regime="house", version=house.version, calendar="FR", calendar_version=a_calendar().version),
    )

    def at(moment: datetime, word: str | None = None) -> list[ClockWarned]:
        context: Context = by(moment)
        if word:
            case.hear(word, context, BOOK, at=moment)
        case.notice_warnings(moment, context, BOOK)
        return [event for event in case.collect_events() if isinstance(event, ClockWarned)]

    assert at(paris("2026-05-22T18:00"), "received") == []
    assert [event.offset for event in at(FIRST_LEVEL)] == ["1 business_day"]
    assert at(FIRST_LEVEL + MINUTE, "paused") == []
    assert at(SECOND_LEVEL + ONE_DAY * 5) == []
    resumed = paris("2026-06-03T12:00")
    assert [(e.offset, e.generation) for e in at(resumed, "resumed") if e.due_before > DUE] == [
        ("1 business_day", 2)
    ]
    [clock] = [c for c in case.clocks.values() if c.milestone == "acknowledgement"]
    assert (clock.generation, clock.warned) == (2, ("1 business_day",))
    assert at(resumed) == []


def test_a_warning_is_an_offset_and_an_instant():
    assert WarnAt(offset="1 hour", at=DUE).at == DUE
