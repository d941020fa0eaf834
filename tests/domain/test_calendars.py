"""Calendars have a version for their content, and business days are counted without looking at each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calendars import (
    MAX_SOURCE,
    Amendment,
    Calendar,
    CalendarExhausted,
    Difference,
    Holiday,
    NeverOpen,
    amended,
    business_days,
    difference,
    is_firms_own,
)

SATURDAY_SUNDAY = frozenset({5, 6})
WHIT_MONDAY = Holiday(date=date(2026, 5, 25), name="Whit Monday")
ASSUMPTION = Holiday(date=date(2026, 8, 15), name="Assumption")


def a_calendar(*holidays: Holiday, source: str = "by hand", last: date = date(2026, 12, 31)) -> Calendar:
    return Calendar.resolved("FR", source, date(2026, 1, 1), last, holidays or (WHIT_MONDAY, ASSUMPTION))


def test_a_version_is_the_digest_of_the_content():
    """The order in which holidays are given and their source are no part of it; the range is."""
    assert a_calendar(WHIT_MONDAY, ASSUMPTION) == Calendar(
        code="FR",
        version="8815bcfef2d8",
        source="by hand",
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
        holidays=(WHIT_MONDAY, ASSUMPTION),
    )
    assert a_calendar(ASSUMPTION, WHIT_MONDAY) == a_calendar()
    assert a_calendar(source="elsewhere").version == a_calendar().version
    assert a_calendar(last=date(2027, 12, 31)).version != a_calendar().version
    assert a_calendar(WHIT_MONDAY).version != a_calendar().version


def test_a_calendar_survives_storage():
    """What comes back is the same calendar, and one whose content was changed is refused."""
    stored = a_calendar().model_dump(mode="json")

    assert Calendar.model_validate(stored) == a_calendar()
    assert hash(Calendar.model_validate(stored)) == hash(a_calendar())
    with pytest.raises(ValidationError, match="does not match its version; resolve it again"):
        Calendar.model_validate(stored | {"last": "2027-12-31"})


@pytest.mark.parametrize(
    ("holidays", "complaint"),
    [
        ((WHIT_MONDAY, Holiday(date=date(2026, 5, 25), name="Pentecost")), "a date is a holiday twice"),
        ((Holiday(date=date(2027, 1, 1), name="New Year"),), "between 2026-01-01 and 2026-12-31"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(holidays: tuple[Holiday, ...], complaint: str):
    with pytest.raises(ValidationError, match=complaint):
        a_calendar(*holidays)


def test_a_day_is_closed_for_a_reason():
    """A weekend is called so, also where a holiday falls on it."""
    days = business_days(a_calendar(), SATURDAY_SUNDAY)

    assert [days.closed_because(date(2026, 5, day)) for day in (22, 23, 25, 26)] == [
        None,
        "weekend",
        "Whit Monday",
        None,
    ]
    assert days.closed_because(date(2026, 8, 15)) == "weekend"
    assert business_days(a_calendar(), frozenset({6})).closed_because(date(2026, 8, 15)) == "Assumption"


def test_business_days_are_counted_after_the_day_given():
    """The day itself never counts, open or closed."""
    days = business_days(a_calendar(), SATURDAY_SUNDAY)

    assert [days.add(date(2026, 5, 22), n) for n in (1, 2, 5)] == [
        date(2026, 5, 26),
        date(2026, 5, 27),
        date(2026, 6, 1),
    ]
    assert days.count(date(2026, 5, 22), date(2026, 5, 27)) == 2
    assert days.count(date(2026, 5, 27), date(2026, 5, 22)) == 0
    assert days.following(date(2026, 5, 22)) == date(2026, 5, 22)
    assert days.following(date(2026, 5, 23)) == date(2026, 5, 26)


def test_a_calendar_is_compiled_once():
    """The same content and weekend give the same object."""
    assert business_days(a_calendar(), SATURDAY_SUNDAY) is business_days(a_calendar(), SATURDAY_SUNDAY)


def test_a_week_without_a_business_day_is_refused():
    with pytest.raises(NeverOpen):
        business_days(a_calendar(), frozenset(range(7)))


def test_no_answer_lies_outside_the_calendar():
    """Neither before its first day nor after its last, whichever question is asked."""
    days = business_days(a_calendar(), SATURDAY_SUNDAY)
    before, first, last, after = date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)
    questions = [
        lambda: days.is_open(before),
        lambda: days.is_open(after),
        lambda: days.closed_because(after),
        lambda: days.add(before, 1),
        lambda: days.add(last, 1),
        lambda: days.add(after, 1),
        lambda: days.add(first, 262),
        lambda: days.count(before, first),
        lambda: days.count(first, after),
        lambda: days.following(after),
    ]
    for question in questions:
        with pytest.raises(CalendarExhausted, match=r"FR .* from 2026-01-01 to 2026-12-31"):
            question()
    assert days.add(first, 259) == last


def test_a_calendar_that_ends_too_early_names_the_remedy():
    """The clock that is pinned to it stays pinned: extending the calendar is not enough for it."""
    with pytest.raises(CalendarExhausted) as refused:
        business_days(a_calendar(), SATURDAY_SUNDAY).add(date(2026, 12, 31), 1)

    assert str(refused.value) == (
        "Calendar FR version 8815bcfef2d8 runs from 2026-01-01 to 2026-12-31 and the count leaves it; "
        "correct the date, or extend the calendar with `plaint calendar update` "
        "and retarget a clock that is pinned to this version."
    )


def decided(day: date, name: str = "Decided", source: str = "an act", *, closed: bool = True) -> Amendment:
    return Amendment(date=day, closed=closed, name=name, source=source)


def test_a_day_decided_by_hand_holds_whatever_the_data_says():
    """It is added, taken away or named; a day beyond the calendar waits; the source tells the last first."""
    bridge = date(2026, 5, 15)
    amendments = [
        decided(bridge, "Bridge"),
        decided(ASSUMPTION.date, closed=False),
        decided(WHIT_MONDAY.date, "Pentecost", "a decree"),
        decided(date(2027, 5, 17)),
    ]

    assert amended(a_calendar(), amendments) == Calendar.resolved(
        "FR",
        "by hand; 2026-05-25 a decree; 2026-08-15 an act; 2026-05-15 an act",
        date(2026, 1, 1),
        date(2026, 12, 31),
        [Holiday(date=bridge, name="Bridge"), Holiday(date=date(2026, 5, 25), name="Pentecost")],
    )
    assert amended(amended(a_calendar(), amendments), amendments) == amended(a_calendar(), amendments)
    assert amended(a_calendar(), [decided(date(2027, 5, 17))]) == a_calendar()


def test_a_calendar_of_the_firm_names_the_version_that_it_stands_on():
    assert amended(a_calendar(), (), code="house-fr") == Calendar.resolved(
        "house-fr", "FR@8815bcfef2d8", date(2026, 1, 1), date(2026, 12, 31), [WHIT_MONDAY, ASSUMPTION]
    )


def test_a_source_is_cut_to_what_a_code_may_hold():
    """What was cut stands in the events of the single days."""
    amendments = [decided(date(2026, 3, day), source="x" * 100) for day in (2, 3, 4)]
    source = amended(a_calendar(), amendments).source

    assert len(source) == MAX_SOURCE
    assert source.startswith(f"by hand; 2026-03-04 {'x' * 100}; 2026-03-03 xxx")
    assert source.endswith("x…")


def test_two_versions_differ_by_the_days_that_both_cover():
    """A longer range alone is no difference: no promise within the shorter one moves."""
    bridge, new_year = (
        Holiday(date=date(2026, 5, 15), name="Bridge"),
        Holiday(date=date(2027, 1, 1), name="-"),
    )
    renamed = WHIT_MONDAY.model_copy(update={"name": "Pentecost"})

    assert difference(a_calendar(), a_calendar(bridge, renamed)) == Difference(
        gained=(bridge,), lost=(ASSUMPTION,), renamed=(renamed,)
    )
    longer = a_calendar(WHIT_MONDAY, ASSUMPTION, new_year, last=date(2027, 12, 31))
    assert difference(a_calendar(), longer) == difference(longer, a_calendar()) == Difference((), (), ())


@pytest.mark.parametrize(
    ("code", "own"),
    [
        ("house-fr", True),
        ("firm", True),
        ("desk2-night-shift", True),
        ("none", False),
        ("FR", False),
        ("fr", False),
        ("fra", False),
        ("fr-57", False),
        ("GB-SCT", False),
        ("House-fr", False),
        ("house_fr", False),
        ("house-", False),
        ("house-fr\n", False),
        ("house-fr-a-b-c", False),
        ("", False),
    ],
)
def test_a_code_of_the_firm_is_never_one_of_a_country(code: str, own: bool):
    assert is_firms_own(code) is own


def test_only_a_later_business_day_can_be_asked_for():
    days = business_days(a_calendar(), SATURDAY_SUNDAY)
    with pytest.raises(ValueError, match="at least 1"):
        days.add(date(2026, 5, 22), 0)


@given(
    st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=60),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.dates(date(2026, 1, 1), date(2026, 6, 30)),
    st.dates(date(2026, 1, 1), date(2026, 6, 30)),
    st.integers(1, 10),
)
def test_counting_agrees_with_looking_at_every_day(
    closed: set[date], weekend: frozenset[int], day: date, other: date, n: int
):
    """For any holidays and any weekend."""
    calendar = a_calendar(*(Holiday(date=each, name="closed") for each in closed))
    closed = {holiday.date for holiday in calendar.holidays}
    days = business_days(calendar, weekend)
    every = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    opened = [each for each in every if each.weekday() not in weekend and each not in closed]
    later = [each for each in opened if each > day]

    assert [each for each in every if days.is_open(each)] == opened
    assert days.count(day, other) == len([each for each in later if each <= other])
    assert days.between(day, other) == [each for each in opened if day <= each <= other]
    if len(later) >= n:
        assert days.add(day, n) == later[n - 1]
        assert days.following(day) == (day if day in opened else later[0])
