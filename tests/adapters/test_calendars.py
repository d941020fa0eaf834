"""Calendars are resolved by ISO code from the holidays library, and anything else is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from adapters.calendars import resolve
from domain.calendars import Calendar, Holiday
from domain.errors import UnknownCalendar

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
