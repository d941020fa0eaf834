"""Calendars are resolved by ISO code from the holidays library, and anything else is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters import calendars
from adapters.calendars import FIRST_YEAR, YEARS_AHEAD, ends_soon, ensure, resolve, update
from domain.calendars import Calendar, Holiday, amended
from domain.configuration import Rules
from domain.errors import UnknownCalendar
from domain.kernel import Context
from domain.testing import by

DATA = json.loads((Path(__file__).parents[1] / "data" / "deadlines.json").read_text())
CALENDARS: dict[str, list[tuple[str, str]]] = DATA["calendars"]


@pytest.mark.parametrize("code", sorted(set(CALENDARS) - {"GB", "none"}))
def test_a_country_or_subdivision_resolves_to_its_public_holidays(code: str):
    """With English names where the library has them; both years are there to their last day."""
    calendar = resolve(code, 2026, 2027)

    named = [Holiday(date=date.fromisoformat(day), name=name) for day, name in CALENDARS[code]]
    assert calendar == Calendar.resolved(code, calendar.source, date(2026, 1, 1), date(2027, 12, 31), named)
    assert calendar.source.startswith("holidays 0.")


def test_none_has_no_holidays():
    assert resolve("none", 2026, 2026) == Calendar.resolved(
        "none", "none", date(2026, 1, 1), date(2026, 12, 31), ()
    )


def test_a_part_keeps_its_own_days():
    """Good Friday in Moselle; the one-off day of 15 June 2026 in Scotland; 31 August in England."""

    def is_closed(code: str, day: date) -> bool:
        return day in {holiday.date for holiday in resolve(code, 2026, 2026).holidays}

    good_friday, one_off, late_august = date(2026, 4, 3), date(2026, 6, 15), date(2026, 8, 31)
    assert [is_closed(code, good_friday) for code in ("FR", "FR-57", "FR-6AE")] == [False, True, True]
    assert [is_closed(code, one_off) for code in ("GB-ENG", "GB-SCT")] == [False, True]
    assert [is_closed(code, late_august) for code in ("GB-ENG", "GB-SCT")] == [True, False]


@pytest.mark.parametrize(
    "code",
    ["FR-GES", "FR-Zone A", "FR-Alsace", "FR-MQ", "FR-", "DE-Augsburg", "AU-NSW Western", "IT-AO", "BQ-BON"],
)
def test_a_name_outside_iso_3166_2_is_refused(code: str):
    """Among them regional names that the library takes and then ignores."""
    with pytest.raises(UnknownCalendar, match="no ISO 3166-2 subdivision with a calendar; use "):
        resolve(code, 2026, 2026)


@pytest.mark.parametrize("code", ["XX", "fr", "FRA", "UK", "XK", "", "None", "FR_57"])
def test_an_unknown_country_is_refused(code: str):
    with pytest.raises(UnknownCalendar, match='no known country; use an ISO 3166 code such as "FR"'):
        resolve(code, 2026, 2026)


def test_a_country_whose_parts_keep_their_own_days_is_refused_bare():
    """GB alone lacks the days that only some of its parts keep."""
    with pytest.raises(UnknownCalendar, match="use GB-ENG, GB-SCT, GB-WLS or GB-NIR"):
        resolve("GB", 2026, 2026)


@pytest.mark.parametrize(
    ("years", "complaint"),
    [((2027, 2026), "run backwards"), ((1700, 2026), "from 1803"), ((2026, 2500), "to 2100")],
)
def test_years_without_known_holidays_are_refused(years: tuple[int, int], complaint: str):
    """Rather than resolved to a calendar without any."""
    with pytest.raises(UnknownCalendar, match=complaint):
        resolve("FR", *years)


def test_the_library_is_loaded_only_to_resolve():
    """It is slow, and most commands need no calendar."""
    code = "import sys, adapters.calendars; sys.exit('holidays' in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode
        == 0
    )


def in_year(year: int) -> Context:
    return by(datetime(year, 6, 1, 12, tzinfo=UTC), "anna")


def years(rules: Rules, code: str = "FR") -> tuple[int, int]:
    calendar = rules.calendar(code)
    return calendar.first.year, calendar.last.year


def test_a_calendar_is_resolved_once_and_again_when_it_ends_soon():
    """The turn of a year makes no new version, and one that is needed moves no clock."""
    rules = Rules()
    for year in (2026, 2026, 2027, 2029):
        ensure(rules, "FR", in_year(year))
    first = rules.calendar("FR")

    assert (len(rules.calendars), years(rules)) == (1, (FIRST_YEAR, 2026 + YEARS_AHEAD))
    assert not ends_soon(first, in_year(2030))
    assert ends_soon(first, in_year(2031))
    ensure(rules, "FR", in_year(2031))
    assert (len(rules.calendars), years(rules)) == (2, (FIRST_YEAR, 2031 + YEARS_AHEAD))


def test_an_update_extends_and_never_shortens():
    """Also on a machine whose clock went back."""
    rules = Rules()
    for year in (2026, 2026, 2028, 2020):
        update(rules, "FR", in_year(year))

    assert (len(rules.calendars), years(rules)) == (2, (FIRST_YEAR, 2028 + YEARS_AHEAD))


def test_a_calendar_reaches_as_far_as_the_data_know():
    """Fiji is known from 2016, Sri Lanka to 2026; no year is taken for one without holidays."""
    rules = Rules()
    for code in ("FJ", "LK", "none"):
        ensure(rules, code, in_year(2026))

    assert [years(rules, code) for code in ("FJ", "LK", "none")] == [(2016, 2031), (2010, 2026), (2010, 2031)]
    assert ends_soon(rules.calendar("LK"), in_year(2026))


def test_newer_data_make_a_new_version_and_the_firm_follows(monkeypatch: pytest.MonkeyPatch):
    """Only when they are asked for: a calendar that is known is not resolved again by the way."""
    rules, later = Rules(), in_year(2026)
    with monkeypatch.context() as before:
        before.setattr(calendars, "_look_up", without(date(2026, 6, 15)))
        ensure(rules, "GB-SCT", later)
    rules.define_calendar("house-sct", "GB-SCT", later)
    old = rules.calendar("GB-SCT")

    ensure(rules, "GB-SCT", later)
    ensure(rules, "house-sct", later)
    assert rules.calendar("GB-SCT") == old
    update(rules, "house-sct", later)
    known = resolve("GB-SCT", FIRST_YEAR, 2026 + YEARS_AHEAD)
    assert rules.calendar("GB-SCT") == known
    assert rules.calendar("house-sct") == amended(known, (), code="house-sct")
    assert (old.source, known.source) == ("data of before", resolve("GB-SCT", 2026, 2026).source)


def without(day: date) -> object:
    look_up = calendars._look_up

    def before(country: str, part: str | None, years: range) -> tuple[str, Mapping[date, str]]:
        _, named = look_up(country, part, years)
        return "data of before", {each: name for each, name in named.items() if each != day}

    return before


@pytest.mark.parametrize("code", ["FR-GES", "GB", "house-fr", "XX"])
def test_a_calendar_that_nobody_knows_is_refused(code: str):
    """A firm's own calendar is known when it was defined."""
    rules = Rules()

    for demand in (ensure, update):
        with pytest.raises(UnknownCalendar):
            demand(rules, code, in_year(2026))
    assert rules.collect_events() == []


def test_a_calendar_covers_what_is_known_of_the_years():
    """A case of 2090 is counted on what is known of its years; one of the year 3000 is refused."""
    covered = calendars.covering("FR", 2089, 2150)

    assert (covered.first, covered.last) == (date(2089, 1, 1), date(2100, 12, 31))
    with pytest.raises(
        UnknownCalendar, match=r"FR has known holidays from 1803 to 2100; choose years within\."
    ):
        calendars.covering("FR", 2999, 3060)
    with pytest.raises(
        UnknownCalendar, match=r"FR has known holidays from 1803 to 2100; choose years within\."
    ):
        calendars.covering("FR", 1, 61)
