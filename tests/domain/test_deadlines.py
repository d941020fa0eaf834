"""Deadlines: worked cases, and the arithmetic against walkers that count every day and minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from workclock import Holidays, Schedule, WorkDay

from domain.calendars import CalendarExhausted
from domain.deadlines import (
    Deadline,
    NoLimit,
    OutOfReach,
    Pause,
    Skipped,
    Working,
    day_zero_of,
    deadline,
    explain,
)
from domain.hours import first_instant, local_date, wall_time
from domain.pauses import OpenPause
from domain.policies import Regime, Term
from tests.domain.clockwork import (
    CALENDAR,
    DATA,
    DAYTIME,
    HOLIDAYS,
    NIGHTS,
    WEEKENDS,
    ZONES,
    a_regime,
    a_term,
    at,
    days_of,
    end_of,
    is_business_day,
    known_calendar,
    moments,
    pauses_after,
    walk_days,
    walk_minutes,
)

ROWS: list[dict[str, Any]] = DATA["rows"]
RIGHT = [row for row in ROWS if "refutes" not in row]
TRAPS = [row for row in ROWS if "refutes" in row]


def name(row: dict[str, Any]) -> str:
    return f"{row['case']} from {row['start'][:10]}: {row['rule']}"


def worked(row: dict[str, Any]) -> Working:
    term = a_term(**row["term"])
    facts = {key: row[key] for key in ("zone", "weekend", "hours") if key in row}
    regime = a_regime(term, **facts)
    days = days_of(regime, known_calendar(row["calendar"]))
    pauses = [Pause(from_=at(begins), to=at(ends)) for begins, ends in row.get("pauses", [])]
    working = explain(term, regime, days, at(row["start"]), pauses=pauses)
    assert deadline(term, regime, days, at(row["start"]), pauses=pauses) == (
        working.due_date,
        working.due_before,
    )
    return working


@pytest.mark.parametrize("row", RIGHT, ids=name)
def test_a_worked_case_falls_due_as_worked(row: dict[str, Any]):
    """Date, instant, the dates counted and the date it rolled from are those found by hand."""
    working = worked(row)

    expected = {"due_date": date.fromisoformat(row["due_date"])}
    found: dict[str, object] = {"due_date": working.due_date}
    if "due_before" in row:
        found |= {"due_before": working.due_before}
        expected |= {"due_before": at(row["due_before"])}
    if "counted" in row:
        found |= {"counted": [day.isoformat() for day in working.counted]}
        expected |= {"counted": row["counted"]}
    if "rolled_from" in row:
        found |= {"rolled_from": working.rolled_from}
        expected |= {"rolled_from": date.fromisoformat(row["rolled_from"])}
    assert found == expected


@pytest.mark.parametrize("row", TRAPS, ids=name)
def test_a_common_mistake_leads_to_another_date(row: dict[str, Any]):
    """The mistake, made on purpose, gives its wrong instant, and the right way does not."""
    (right,) = [each for each in RIGHT if (each["case"], each["rule"]) == (row["case"], row["refutes"])]

    assert worked(row).due_before == at(row["due_before"])
    assert worked(right).due_before == at(right["due_before"]) != at(row["due_before"])


def test_the_earlier_of_two_complaints_falls_due_first():
    """Of two complaints that are merged, the clock that survives is the one of the earlier receipt."""
    pair = [row for row in RIGHT if row["rule"] in {"A resolve 7 BD", "B resolve 7 BD"}]

    assert min(worked(row).due_date for row in pair) == date(2026, 4, 15)


def test_an_act_is_in_time_up_to_the_last_microsecond():
    """The bound itself is too late."""
    term = a_term(2)
    regime = a_regime(term)
    due = deadline(term, regime, days_of(regime, known_calendar("FR")), at("2026-05-22T18:00:00+02:00"))

    assert at("2026-05-27T23:59:59.999999+02:00") < due.due_before == at("2026-05-28T00:00:00+02:00")


def due(term: Term, start: str, zone: str = "Europe/Paris", **facts: Any) -> Deadline:
    day_zero, pauses = facts.pop("day_zero", None), facts.pop("pauses", ())
    as_of = facts.pop("as_of", None)
    regime = a_regime(term, zone=zone, **facts)
    return deadline(term, regime, days_of(regime), at(start), day_zero=day_zero, pauses=pauses, as_of=as_of)


@pytest.mark.parametrize(
    ("zone", "start", "due_before"),
    [
        ("America/Havana", "2026-03-06T12:00:00-05:00", "2026-03-08T05:00:00Z"),
        ("Africa/Cairo", "2026-04-22T12:00:00+02:00", "2026-04-23T22:00:00Z"),
        ("Asia/Beirut", "2026-03-27T12:00:00+02:00", "2026-03-28T22:00:00Z"),
        ("Atlantic/Azores", "2026-10-23T12:00:00Z", "2026-10-25T00:00:00Z"),
        ("Pacific/Apia", "2011-12-28T12:00:00-10:00", "2011-12-30T10:00:00Z"),
    ],
)
def test_a_day_ends_where_the_next_begins(zone: str, start: str, due_before: str):
    """Also where clocks skip midnight, show it twice, or skip a whole date."""
    assert due(a_term(1, "calendar_day"), start, zone).due_before == at(due_before)


def test_a_date_that_a_zone_skipped_ends_with_the_date_before():
    """Samoa had no 30 December 2011: what fell due on it was in time through the 29th."""
    found = due(a_term(2, "calendar_day"), "2011-12-28T12:00:00-10:00", "Pacific/Apia")

    assert found == Deadline(date(2011, 12, 29), at("2011-12-30T10:00:00Z"))


@pytest.mark.parametrize(
    ("start", "limit", "unit", "due_date"),
    [
        ("2026-01-31", 1, "month", date(2026, 2, 28)),
        ("2028-01-31", 1, "month", date(2028, 2, 29)),
        ("2026-08-31", 1, "month", date(2026, 9, 30)),
        ("2025-12-31", 2, "month", date(2026, 2, 28)),
        ("2028-02-29", 1, "year", date(2029, 2, 28)),
        ("2024-02-29", 4, "year", date(2028, 2, 29)),
        ("2026-02-09", 8, "week", date(2026, 4, 6)),
    ],
)
def test_a_month_ends_on_the_same_day_or_on_its_last(start: str, limit: int, unit: str, due_date: date):
    """A month without that day ends on its last day; 29 February and a year is 28 February."""
    assert due(a_term(limit, unit), f"{start}T12:00:00+01:00").due_date == due_date


def test_close_of_business_ends_the_day_with_its_last_window():
    """The instant of closing is too late."""
    term = a_term(1, bound="close_of_business")

    assert due(term, "2026-05-20T10:00:00+02:00", hours=DAYTIME[1]) == Deadline(
        date(2026, 5, 21), at("2026-05-21T17:30:00+02:00")
    )


def test_close_of_business_stands_on_a_date_without_business():
    """A period in calendar days that ends on a Sunday, unrolled, ends at the usual hour."""
    term = a_term(3, "calendar_day", bound="close_of_business")

    assert due(term, "2026-05-21T10:00:00+02:00", hours=DAYTIME[0]) == Deadline(
        date(2026, 5, 24), at("2026-05-24T18:00:00+02:00")
    )


def test_a_window_past_midnight_closes_on_the_next_date():
    """The due date is the local date of the last instant in time."""
    term = a_term(1, bound="close_of_business")

    assert due(term, "2026-05-20T10:00:00+02:00", hours=NIGHTS[0]) == Deadline(
        date(2026, 5, 22), at("2026-05-22T06:00:00+02:00")
    )


def test_an_instant_bound_keeps_the_wall_time_of_the_start():
    """Two business days across the change to summer time end at the same time of day."""
    term = a_term(2, bound="instant")

    assert due(term, "2026-03-27T18:00:30+01:00") == Deadline(
        date(2026, 4, 1), at("2026-04-01T18:00:30+02:00")
    )


def test_elapsed_hours_ignore_the_change_of_clocks():
    """Twenty-four hours over the night that has 23 end an hour later by the wall clock."""
    assert due(a_term(24, "hour"), "2026-03-28T18:00:00+01:00") == Deadline(
        date(2026, 3, 29), at("2026-03-29T19:00:00+02:00")
    )


def test_hours_that_end_at_midnight_fall_due_on_the_date_before():
    """The last instant in time lies before midnight."""
    assert due(a_term(6, "hour"), "2026-05-20T18:00:00+02:00") == Deadline(
        date(2026, 5, 20), at("2026-05-21T00:00:00+02:00")
    )


def test_business_hours_run_in_open_windows_alone():
    """From Friday afternoon over the weekend; hours that are used up at closing end at closing."""
    assert due(a_term(8, "business_hour"), "2026-05-22T16:30:00+02:00", hours=DAYTIME[1]).due_before == at(
        "2026-05-25T17:30:00+02:00"
    )


def test_business_hours_past_midnight_belong_to_the_day_they_open_on():
    """Friday night runs into Saturday; Saturday night does not open."""
    assert due(a_term(9, "business_hour"), "2026-05-22T12:00:00+02:00", hours=NIGHTS[0]).due_before == at(
        "2026-05-25T23:00:00+02:00"
    )


def test_roll_moves_a_period_off_a_day_without_business():
    """A period that ends on a Saturday before a holiday ends on the Tuesday, and says from when."""
    term = a_term(1, "month", roll="following")
    regime = a_regime(term)
    found = explain(term, regime, days_of(regime), at("2024-09-26T12:00:00+02:00"))

    assert found == Working(
        due_date=date(2024, 10, 28),
        due_before=at("2024-10-28T23:00:00Z"),
        day_zero=date(2024, 9, 26),
        effective_start=at("2024-09-26T10:00:00Z"),
        skipped=(
            Skipped(date=date(2024, 10, 26), reason="weekend"),
            Skipped(date=date(2024, 10, 27), reason="weekend"),
        ),
        rolled_from=date(2024, 10, 26),
    )


@pytest.mark.parametrize(
    ("start", "hours", "day_zero", "effective_start"),
    [
        ("2026-05-22T17:59:00+02:00", DAYTIME[0], date(2026, 5, 22), "2026-05-22T17:59:00+02:00"),
        ("2026-05-22T18:00:00+02:00", DAYTIME[0], date(2026, 5, 25), "2026-05-25T09:00:00+02:00"),
        ("2026-05-21T22:00:00+02:00", DAYTIME[0], date(2026, 5, 22), "2026-05-22T09:00:00+02:00"),
        ("2026-05-22T06:00:00+02:00", DAYTIME[0], date(2026, 5, 22), "2026-05-22T06:00:00+02:00"),
        ("2026-05-23T10:00:00+02:00", DAYTIME[0], date(2026, 5, 25), "2026-05-25T09:00:00+02:00"),
        ("2026-05-23T03:00:00+02:00", NIGHTS[0], date(2026, 5, 23), "2026-05-23T03:00:00+02:00"),
        ("2026-05-23T07:00:00+02:00", NIGHTS[0], date(2026, 5, 25), "2026-05-25T22:00:00+02:00"),
        ("2026-05-22T23:00:00+02:00", (), date(2026, 5, 22), "2026-05-22T23:00:00+02:00"),
        ("2026-05-23T23:00:00+02:00", (), date(2026, 5, 25), "2026-05-25T00:00:00+02:00"),
    ],
)
def test_a_start_out_of_hours_counts_as_on_the_next_business_day(
    start: str, hours: Any, day_zero: date, effective_start: str
):
    """Where the term says so: from closing time on, and on a day without business."""
    term = a_term(2, rollover_after_close=True)
    regime = a_regime(term, hours=hours)
    found = explain(term, regime, days_of(regime), at(start))

    assert (found.day_zero, found.effective_start) == (day_zero, at(effective_start))
    assert found.due_date == days_of(regime).add(day_zero, 2)


@pytest.mark.parametrize("unit", ["business_day", "calendar_day", "hour", "business_hour"])
def test_a_day_zero_once_found_gives_the_same_deadline(unit: str):
    """A clock that keeps its day 0 falls due as it did, also when the start had rolled over."""
    term = a_term(30, unit, rollover_after_close=True)
    regime = a_regime(term, hours=DAYTIME[1])
    days = days_of(regime)
    for hour in range(0, 24 * 7, 5):
        start = at("2026-05-21T00:30:00+02:00") + timedelta(hours=hour)
        kept = day_zero_of(term, regime, days, start)
        assert deadline(term, regime, days, start, day_zero=kept) == deadline(term, regime, days, start)


def test_a_clock_started_by_a_miss_counts_from_the_missed_date():
    """Its day 0 is the due date that passed, not the date on which it passed."""
    found = due(a_term(5), "2026-06-04T00:00:00+02:00", day_zero=date(2026, 6, 3))

    assert found.due_date == date(2026, 6, 10)


def test_a_day_counts_when_the_clock_runs_at_its_end():
    """A pause within a day takes nothing; one over midnight takes the day."""
    start = "2026-09-07T10:00:00+02:00"
    term = a_term(2, pausable=True)
    within = Pause(from_=at("2026-09-08T09:00:00+02:00"), to=at("2026-09-08T23:59:59+02:00"))
    until_midnight = Pause(from_=at("2026-09-08T09:00:00+02:00"), to=at("2026-09-09T00:00:00+02:00"))
    from_midnight = Pause(from_=at("2026-09-09T00:00:00+02:00"), to=at("2026-09-09T23:00:00+02:00"))

    assert due(term, start, pauses=[within]).due_date == date(2026, 9, 9)
    assert due(term, start, pauses=[until_midnight]).due_date == date(2026, 9, 10)
    assert due(term, start, pauses=[from_midnight]).due_date == date(2026, 9, 9)


@pytest.mark.parametrize("unit", ["business_day", "calendar_day", "hour", "business_hour"])
def test_a_pause_that_begins_when_the_promise_is_due_takes_nothing(unit: str):
    """Neither from the due instant on, nor from the day after the due date."""
    term, start = a_term(2, unit, pausable=True), "2026-09-07T10:00:00+02:00"
    as_it_is = due(term, start, hours=DAYTIME[0])
    pause = Pause(from_=as_it_is.due_before, to=as_it_is.due_before + timedelta(days=2))

    assert due(term, start, hours=DAYTIME[0], pauses=[pause]) == as_it_is


def test_only_a_pausable_term_is_paused():
    """Except by a pause that always counts, such as the time a case was closed."""
    start, stretch = (
        "2026-09-07T10:00:00+02:00",
        (at("2026-09-08T09:00:00+02:00"), at("2026-09-10T09:00:00+02:00")),
    )
    asked = Pause(from_=stretch[0], to=stretch[1])
    closed = Pause(from_=stretch[0], to=stretch[1], always=True)

    assert due(a_term(2), start, pauses=[asked]).due_date == date(2026, 9, 9)
    assert due(a_term(2), start, pauses=[closed]).due_date == date(2026, 9, 11)


def test_months_move_by_the_dates_on_whose_end_the_clock_stood():
    """A month paused over three nights ends three days later."""
    pause = Pause(from_=at("2026-09-08T09:00:00+02:00"), to=at("2026-09-11T09:00:00+02:00"))

    assert due(
        a_term(1, "month", pausable=True), "2026-09-07T10:00:00+02:00", pauses=[pause]
    ).due_date == date(2026, 10, 10)


def test_an_open_pause_is_counted_up_to_the_instant_asked_about():
    """Without that instant there is no answer; a pause that begins later takes nothing."""
    term, start = a_term(24, "hour", pausable=True), "2026-09-07T10:00:00+02:00"
    pause = Pause(from_=at("2026-09-07T12:00:00+02:00"))

    assert due(term, start, pauses=[pause], as_of=at("2026-09-07T15:00:00+02:00")).due_before == at(
        "2026-09-08T13:00:00+02:00"
    )
    assert due(term, start, pauses=[pause], as_of=at("2026-09-07T11:00:00+02:00")).due_before == at(
        "2026-09-08T10:00:00+02:00"
    )
    with pytest.raises(OpenPause):
        due(term, start, pauses=[pause])


def test_a_pause_runs_forwards():
    """It is read and written with the words from and to."""
    stored = {"from": "2026-09-08T00:00:00Z", "to": "2026-09-09T00:00:00Z", "always": False}

    assert Pause.model_validate(stored).model_dump(mode="json", by_alias=True) == stored
    with pytest.raises(ValueError, match="ends before it begins"):
        Pause(from_=at("2026-09-09T00:00:00Z"), to=at("2026-09-08T00:00:00Z"))


def test_a_duty_without_a_number_has_no_deadline():
    """The firm fills in the limit first."""
    term = Term.model_validate(
        {
            "milestone": "acknowledgement",
            "duty": "without_undue_delay",
            "start": "received",
            "stop": "acknowledged",
        }
    )
    with pytest.raises(NoLimit):
        due(term, "2026-05-20T10:00:00+02:00")


@pytest.mark.parametrize("start", ["2030-12-30T10:00:00Z", "2008-12-31T10:00:00Z"])
@pytest.mark.parametrize("unit", ["business_day", "business_hour"])
def test_a_count_that_leaves_the_calendar_is_refused(start: str, unit: str):
    """It is never guessed; the message names the calendar, its dates and the remedy."""
    with pytest.raises(CalendarExhausted) as refused:
        due(a_term(30, unit), start, hours=DAYTIME[0])

    assert str(refused.value) == (
        f"Calendar FR version {CALENDAR.version} runs from 2009-01-01 to 2030-12-31 and the count leaves it; "
        "correct the date, or extend the calendar with `plaint calendar update` and retarget a clock "
        "that is pinned to this version."
    )


@pytest.mark.parametrize("unit", ["calendar_day", "month", "hour"])
def test_a_deadline_beyond_the_last_date_is_refused(unit: str):
    with pytest.raises(OutOfReach):
        due(a_term(90, unit), "9999-12-30T10:00:00Z")


@st.composite
def promises(draw: st.DrawFn, *units: str, limit: int = 12) -> tuple[Term, Regime, datetime, list[Pause]]:
    """A term in a regime, a start in a month in which clocks change, and pauses."""
    term = a_term(draw(st.integers(1, limit)), draw(st.sampled_from(units)), pausable=True)
    hours = draw(st.sampled_from(DAYTIME + NIGHTS))
    weekend, zone = draw(st.sampled_from(WEEKENDS)), draw(st.sampled_from(ZONES))
    start = draw(moments())
    return term, a_regime(term, zone=zone, weekend=weekend, hours=hours), start, draw(pauses_after(start))


@given(promises("business_day", "calendar_day", "week"), st.sampled_from(["none", "following"]))
def test_days_are_those_that_a_walker_counts(promise: tuple[Term, Regime, datetime, list[Pause]], roll: str):
    """Day by day, with pauses, in every zone."""
    term, regime, start, pauses = promise
    term = term.model_copy(update={"roll": roll})
    day = walk_days(term, regime, local_date(start, regime.zone), pauses)

    assert deadline(term, regime, days_of(regime), start, pauses=pauses) == Deadline(
        day, end_of(day, regime.zone)
    )


@settings(max_examples=60)
@given(promises("hour", "business_hour"))
def test_hours_are_those_that_a_walker_counts(promise: tuple[Term, Regime, datetime, list[Pause]]):
    """Minute by minute, with pauses, in every zone."""
    term, regime, start, pauses = promise

    found = deadline(term, regime, days_of(regime), start, pauses=pauses)

    assert found.due_before == walk_minutes(term, regime, start, pauses)
    assert found.due_date == local_date(found.due_before - timedelta(microseconds=1), regime.zone)


@settings(max_examples=80)
@given(promises("business_hour", limit=200), st.sampled_from(DAYTIME), st.integers(0, 59))
def test_business_hours_are_those_of_another_implementation(
    promise: tuple[Term, Regime, datetime, list[Pause]], hours: Any, seconds: int
):
    """The same instant as workclock finds, in every zone."""
    term, regime, start, _ = promise
    regime, start = regime.model_copy(update={"hours": hours}), start + timedelta(seconds=seconds)
    weekdays = sorted(set(range(7)) - regime.closed_weekdays)
    clock = [datetime.strptime(shown, "%H:%M").time() for window in hours for shown in window]  # noqa: DTZ007
    work = [WorkDay(opens, closes, weekdays) for opens, closes in zip(clock[::2], clock[1::2], strict=True)]
    schedule = Schedule([*work, Holidays(HOLIDAYS)], time_zone=regime.zone)

    found = deadline(term, regime, days_of(regime), start)

    assert found.due_before == schedule.add(start, hours=term.limit or 0)


@settings(max_examples=200)
@given(promises("business_day", "calendar_day", "week", "month", "hour", "business_hour"), st.data())
def test_a_pause_never_brings_a_deadline_forward(
    promise: tuple[Term, Regime, datetime, list[Pause]], data: st.DataObject
):
    """One more pause, or a longer one, leaves it or moves it on."""
    term, regime, start, pauses = promise
    days = days_of(regime)
    more = data.draw(pauses_after(start, most=1))
    longer = [pause.model_copy(update={"to": (pause.to or start) + timedelta(hours=30)}) for pause in pauses]
    as_it_is = deadline(term, regime, days, start, pauses=pauses)

    assert deadline(term, regime, days, start) <= as_it_is
    assert as_it_is <= deadline(term, regime, days, start, pauses=[*pauses, *more])
    assert as_it_is <= deadline(term, regime, days, start, pauses=longer)
    assert as_it_is == deadline(term, regime, days, start, pauses=pauses[::-1])


@settings(max_examples=200)
@given(promises("business_day"), st.sampled_from(["end_of_day", "close_of_business"]))
def test_a_promise_in_business_days_falls_due_on_one(
    promise: tuple[Term, Regime, datetime, list[Pause]], bound: str
):
    """Whatever the zone, the weekend and the pauses; in time means later than the start."""
    term, regime, start, pauses = promise
    assume(bound == "end_of_day" or regime.hours in DAYTIME)
    term = term.model_copy(update={"bound": bound})

    found = deadline(term, regime, days_of(regime), start, pauses=pauses)

    assert is_business_day(found.due_date, regime)
    assert start < found.due_before


@settings(max_examples=200)
@given(
    promises("business_day", "calendar_day", "week", "month", "year", "hour", "business_hour", limit=8),
    st.sampled_from(["end_of_day", "instant"]),
    st.booleans(),
)
def test_an_explanation_arrives_where_the_deadline_is(
    promise: tuple[Term, Regime, datetime, list[Pause]], bound: str, rollover: bool
):
    """As many dates are counted as were promised, or as much time; none of it in a pause."""
    term, regime, start, pauses = promise
    term = term.model_copy(update={"bound": bound, "rollover_after_close": rollover})
    days = days_of(regime)

    working = explain(term, regime, days, start, pauses=pauses)

    assert (working.due_date, working.due_before) == deadline(term, regime, days, start, pauses=pauses)
    assert len(working.counted) == (term.limit if term.unit == "business_day" else 0)
    assert {skipped.date for skipped in working.skipped}.isdisjoint(working.counted)
    counted = sum((ends - begins for begins, ends in working.segments), timedelta())
    assert counted == timedelta(hours=term.limit or 0) * (term.unit in {"hour", "business_hour"})
    assert all(
        ends <= paused or begins >= resumed
        for begins, ends in working.segments
        for paused, resumed in working.paused
    )


@given(moments(), st.sampled_from(ZONES))
def test_a_day_begins_at_its_first_instant(moment: datetime, zone: str):
    """The instant before carries an earlier date."""
    day = local_date(moment, zone)
    begins = first_instant(day, zone)

    assert local_date(begins, zone) == day
    assert local_date(begins - timedelta(microseconds=1), zone) < day


def test_a_wall_time_that_clocks_skip_is_the_end_of_the_gap():
    """And one that they show twice is its first showing."""
    two_thirty = timedelta(hours=2, minutes=30)

    assert wall_time(date(2026, 3, 29), two_thirty, "Europe/Paris") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert wall_time(date(2026, 10, 25), two_thirty, "Europe/Paris") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
