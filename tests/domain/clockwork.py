"""Builders of terms and calendars, and slow walkers that count by looking at every day or minute."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from domain.calendars import BusinessDays, Calendar, Holiday, business_days
from domain.deadlines import Pause
from domain.policies import Regime, Term

DATA: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "deadlines.json").read_text())
FIRST, LAST = date(2009, 1, 1), date(2030, 12, 31)
ONE_DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

# Among them zones that change at midnight, by half an hour, backwards in winter, or not at all.
ZONES = [
    "UTC",
    "Europe/Paris",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Chisinau",
    "Atlantic/Azores",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/Nuuk",
    "America/Phoenix",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Lagos",
    "Asia/Beirut",
    "Asia/Amman",
    "Asia/Gaza",
    "Asia/Tehran",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Kiritimati",
]
HOLIDAYS = tuple(
    date(year, month, day)
    for year in range(FIRST.year, LAST.year + 1)
    for month, day in ((1, 1), (3, 30), (4, 6), (5, 1), (10, 26), (11, 2), (12, 25), (12, 26))
)
DAYTIME = (
    (("09:00", "18:00"),),
    (("09:00", "12:00"), ("13:30", "17:30")),
    (("08:00", "10:00"), ("10:00", "20:00")),
)
NIGHTS = ((("22:00", "06:00"),), (("07:00", "11:00"), ("20:00", "04:00")), (("00:00", "24:00"),))
WEEKENDS = (("sat", "sun"), ("sun",), ("fri", "sat"), ())


def a_calendar(
    holidays: Iterable[date] = HOLIDAYS, *, code: str = "FR", first: date = FIRST, last: date = LAST
) -> Calendar:
    return Calendar.resolved(
        code, "by hand", first, last, [Holiday(date=day, name="holiday") for day in holidays]
    )


@cache
def known_calendar(code: str) -> Calendar:
    """The calendar of the data file under *code*, two weeks longer than its years on either side."""
    named = [Holiday(date=date.fromisoformat(day), name=name) for day, name in DATA["calendars"][code]]
    return Calendar.resolved(code, "data", FIRST, date(2040, 12, 31), named)


CALENDAR = a_calendar()


def a_term(limit: int = 2, unit: str = "business_day", **facts: object) -> Term:
    return Term.model_validate(
        {"milestone": "decision", "limit": limit, "unit": unit, "start": "received", "stop": ["decided"]}
        | facts
    )


def a_regime(term: Term, **facts: object) -> Regime:
    given = {
        "regime": "house",
        "version": "1",
        "effective_from": FIRST,
        "zone": "Europe/Paris",
        "calendar": "FR",
    }
    return Regime.model_validate(given | {"terms": [term]} | facts)


def days_of(regime: Regime, calendar: Calendar = CALENDAR) -> BusinessDays:
    return business_days(calendar, regime.closed_weekdays)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moments() -> st.SearchStrategy[datetime]:
    """Whole minutes of the months in which clocks change, now and in former years."""
    months = st.sampled_from([2, 3, 4, 9, 10, 11, 12])
    years = st.sampled_from([2012, 2016, 2023, 2024, 2025, 2026, 2027])
    parts = (years, months, st.integers(1, 28), st.integers(0, 23), st.sampled_from([0, 1, 29, 30, 59]))
    return st.builds(partial(datetime, tzinfo=UTC), *parts)


def pauses_after(start: datetime, *, most: int = 3, minutes: int = 20_000) -> st.SearchStrategy[list[Pause]]:
    """Pauses around *start*: some before it, some that overlap, in no order."""
    one = st.tuples(st.integers(-3_000, minutes), st.integers(0, 6_000))
    return st.lists(
        one.map(lambda pair: Pause(from_=start + MINUTE * pair[0], to=start + MINUTE * (pair[0] + pair[1]))),
        max_size=most,
    )


@cache
def end_of(day: date, zone: str) -> datetime:
    """Walk minute by minute to the first one that calendars in *zone* date later than *day*."""
    tz = ZoneInfo(zone)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    while moment.astimezone(tz).date() <= day:
        moment += MINUTE
    return moment


def is_business_day(day: date, regime: Regime, calendar: Calendar = CALENDAR) -> bool:
    named = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
    return named not in regime.weekend and day not in {holiday.date for holiday in calendar.holidays}


def paused_at(moment: datetime, pauses: Sequence[Pause]) -> bool:
    return any(pause.from_ <= moment < (pause.to or moment) for pause in pauses)


def walk_days(term: Term, regime: Regime, day_zero: date, pauses: Sequence[Pause]) -> date:
    """Count the limit off day by day."""
    day, left = day_zero, (term.limit or 0) * (7 if term.unit == "week" else 1)
    while left:
        day += ONE_DAY
        counts = term.unit != "business_day" or is_business_day(day, regime)
        left -= counts and not paused_at(end_of(day, regime.zone) - timedelta(microseconds=1), pauses)
    while term.roll == "following" and not is_business_day(day, regime):
        day += ONE_DAY
    return day


def is_open(moment: datetime, regime: Regime) -> bool:
    """Whether the wall clock at *moment* shows a time inside a window of a business day."""
    local = moment.astimezone(regime.tz)
    shown = f"{local:%H:%M}"
    for opens, closes in regime.hours:
        if opens < closes:
            inside = opens <= shown < closes and is_business_day(local.date(), regime)
        elif shown >= opens:
            inside = is_business_day(local.date(), regime)
        else:
            inside = shown < closes and is_business_day(local.date() - ONE_DAY, regime)
        if inside:
            return True
    return False


def walk_minutes(term: Term, regime: Regime, start: datetime, pauses: Sequence[Pause]) -> datetime:
    """Count the limit off minute by minute of running, and for business hours open, time."""
    moment, left = start, (term.limit or 0) * 60
    while left:
        counts = term.unit == "hour" or is_open(moment, regime)
        left -= counts and not paused_at(moment, pauses)
        moment += MINUTE
    return moment
