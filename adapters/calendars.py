"""Calendars resolved from the holidays library, by ISO 3166 codes alone."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from domain.calendars import WITHOUT_HOLIDAYS, Calendar, Holiday, is_firms_own
from domain.errors import UnknownCalendar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.configuration import Rules
    from domain.kernel import Context

FIRST_YEAR, YEARS_AHEAD = 2010, 5
"""Calendars reach from the oldest case that is imported to some years beyond today."""
ENDS_SOON = timedelta(days=400)
"""A calendar that ends within this time wants extending: a yearly reminder is enough."""
ISO_PART = re.compile(r"[A-Z0-9]{1,3}")

# The library has calendars under these codes, and ISO 3166 has no such entry.
NOT_ISO = frozenset({"BQ-BON", "BQ-SAB", "BQ-STA", "IT-AO", "MO-I", "MO-M", "XK"})

# These countries have no holidays of their own: each part keeps its days, and the bare
# code silently leaves out those that the parts do not share.
HOLIDAYS_BY_PART = {"GB": "GB-ENG, GB-SCT, GB-WLS or GB-NIR"}


def resolve(code: str, first_year: int, last_year: int) -> Calendar:
    """Return the public holidays of *code* from the start of *first_year* to the end of *last_year*.

    *code* is a country (``FR``), a subdivision (``FR-57``, ISO 3166-2) or ``none``.
    Any other is refused as `UnknownCalendar`, among them the regional names that the
    library accepts and then ignores.
    """
    if first_year > last_year:
        raise UnknownCalendar(
            f"The years {first_year} to {last_year} run backwards; give the first year first."
        )
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    if code == WITHOUT_HOLIDAYS:
        return Calendar.resolved(code, WITHOUT_HOLIDAYS, first, last, ())
    country, part = _split(code)
    source, named = _look_up(country, part, range(first_year, last_year + 1))
    holidays = (Holiday(date=day, name=name) for day, name in named.items() if first <= day <= last)
    return Calendar.resolved(code, source, first, last, holidays)


def covering(code: str, first_year: int, last_year: int) -> Calendar:
    """Return the calendar of those of the years whose holidays are known; refused where none is."""
    first, last = _within_knowledge(code, first_year, last_year)
    return resolve(code, first, last) if first <= last else resolve(code, first_year, last_year)


def ensure(rules: Rules, code: str, by: Context) -> None:
    """Let *rules* know the calendar *code*; one that is known and does not end soon is left as it is.

    So new holiday data enters by `update` alone, and a year's turn makes no new version.
    """
    if code not in rules.current or (ends_soon(rules.calendar(code), by) and not is_firms_own(code)):
        update(rules, code, by)


def update(rules: Rules, code: str, by: Context) -> None:
    """Resolve *code* again with the installed holiday data; the same content is no news.

    A calendar of the firm's own follows the one that it is based on.  None gets shorter.
    """
    if is_firms_own(code):
        if code not in rules.bases:
            raise UnknownCalendar(
                f"There is no calendar {code}; define it with `plaint calendar define {code} --base FR`."
            )
        code = rules.bases[code]
    first, last = FIRST_YEAR, by.recorded_at.year + YEARS_AHEAD
    if code in rules.current:
        known = rules.calendar(code)
        first, last = min(first, known.first.year), max(last, known.last.year)
    rules.resolve_calendar(resolve(code, *_within_knowledge(code, first, last)), by)


def ends_soon(calendar: Calendar, by: Context) -> bool:
    """Whether *calendar* wants extending at the time of *by*."""
    return calendar.last - by.recorded_at.date() < ENDS_SOON


def _within_knowledge(code: str, first: int, last: int) -> tuple[int, int]:
    """Return the years, cut to those of which the library knows the holidays."""
    if code == WITHOUT_HOLIDAYS:
        return first, last
    import holidays

    country, part = _split(code)
    kind = holidays.country_holidays(country, subdiv=part)
    return max(first, kind.start_year), min(last, kind.end_year)


def _split(code: str) -> tuple[str, str | None]:
    countries = _countries()
    country, _, part = code.partition("-")
    if country not in countries:
        raise UnknownCalendar(
            f'"{code}" is no known country; use an ISO 3166 code such as "FR" or "GB-ENG", or "none".'
        )
    if code in HOLIDAYS_BY_PART:
        raise UnknownCalendar(f'"{code}" leaves out the holidays of its parts; use {HOLIDAYS_BY_PART[code]}.')
    if code != country and part not in countries[country]:
        known = ", ".join(f"{country}-{each}" for each in countries[country]) or f"{country} alone"
        raise UnknownCalendar(f'"{code}" is no ISO 3166-2 subdivision with a calendar; use {known}.')
    return country, part or None


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, Sequence[str]]:
    """Return the ISO 3166 countries that the library knows, each with its ISO 3166-2 subdivisions."""
    from holidays.utils import list_supported_countries

    supported = list_supported_countries(include_aliases=False)
    return {
        country: sorted(
            part for part in parts if ISO_PART.fullmatch(part) and f"{country}-{part}" not in NOT_ISO
        )
        for country, parts in supported.items()
        if country not in NOT_ISO
    }


def _look_up(country: str, part: str | None, years: range) -> tuple[str, Mapping[date, str]]:
    import holidays

    kind = holidays.country_holidays(country, subdiv=part)
    if not kind.start_year <= years[0] <= years[-1] <= kind.end_year:
        raise UnknownCalendar(
            f"{country} has known holidays from {kind.start_year} to {kind.end_year}; choose years within."
        )
    language = "en_US" if "en_US" in kind.supported_languages else None
    named = holidays.country_holidays(country, subdiv=part, years=years, language=language)
    return f"holidays {version('holidays')}", dict(named.items())
