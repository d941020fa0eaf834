"""How codes, numbers, days and instants read on a page."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adapters.forms import shipped_forms
from adapters.views.queries import COUNT_LIMIT
from domain.forms import DEFAULT_LANGUAGE, said
from domain.privacy import Erased, Sealed, Withheld

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
UNITS = {"en": ("byte", "bytes", "KB", "MB"), "fr": ("octet", "octets", "Ko", "Mo")}
LANGUAGES = ("en", "fr")
"""The languages in which pages are said (words.toml, request_words.toml, ticket_words.toml)."""
NAMES = {"mica": "MiCA", "house": "House", "cfpb": "CFPB", "api": "API"}


@lru_cache
def of_pages(language: str) -> dict[str, str]:
    """Return what the pages say around a form, in *language*."""
    texts = tomllib.loads((files("adapters.http.pages") / "words.toml").read_text("utf-8"))
    return texts.get(language, texts[DEFAULT_LANGUAGE])


def plain(value: str | Sealed | Erased | Withheld | None, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a personal text, or in *language* why it is not shown; nothing for none."""
    match value:
        case Erased():
            return of_pages(language)["erased"]
        case Sealed():
            return of_pages(language)["sealed"]
        case Withheld():
            return of_pages(language)[value.withheld]
        case _:
            return value or ""


def human(code: str) -> str:
    """Return a code as a person would write it: ``progress_update`` is Progress update."""
    return NAMES.get(code) or code[:1].upper() + code[1:].replace("_", " ")


def category(code: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a category's label; an imported one reads as its source wrote it."""
    options = shipped_forms()["complaint"].fields["category"].options
    labels = {option.code: said(option.label, language) for option in options}
    return labels.get(code, code)


def number(count: int) -> str:
    """Return a count with its thousands apart; one that was not finished says so."""
    return f"{COUNT_LIMIT:,}+" if count == COUNT_LIMIT + 1 else f"{count:,}"


def size(count: int, language: str = DEFAULT_LANGUAGE) -> str:
    """Return a number of bytes as ``812 bytes``, ``34 KB`` or ``1.2 MB``, by thousands."""
    one, many, thousands, millions = UNITS.get(language, UNITS[DEFAULT_LANGUAGE])
    if count < 1_000:
        return f"{count} {one if count == 1 else many}"
    if count < 999_500:
        return f"{count / 1_000:.0f} {thousands}"
    return f"{decimal(f'{count / 1_000_000:.1f}', language)} {millions}"


def decimal(text: str, language: str) -> str:
    """Return a number with the decimal sign of *language*."""
    return text.replace(".", ",") if language == "fr" else text


def month(text: str) -> str:
    """Return ``2026-05`` as May 2026."""
    year, _, number = text.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def a_day(day: date) -> str:
    """Return a date as ``22 May 2026``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def days(count: int) -> str:
    """Return ``1 day`` or ``2 days``."""
    return f"{count:,} day" if count == 1 else f"{count:,} days"


class Shown(NamedTuple):
    """An instant as a page shows it: in words, and exactly for machines and the curious."""

    instant: str
    exact: str
    text: str

    def __html__(self) -> str:
        return (
            f'<time datetime="{escape(self.instant)}" title="{escape(self.exact)}">{escape(self.text)}</time>'
        )


class Clockface:
    """Instants as they are read in one zone, at one moment."""

    def __init__(self, zone: ZoneInfo, now: datetime) -> None:
        self.zone, self.now = zone, now

    def local(self, at: datetime) -> datetime:
        """Return *at* as clocks in the zone show it."""
        return at.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The date in the zone."""
        return self.local(self.now).date()

    def exact(self, at: datetime) -> Shown:
        """Return date and time."""
        return self._time(at, f"{a_day(self.local(at).date())}, {self.local(at):%H:%M}")

    def day(self, at: datetime) -> Shown:
        """Return the date; the exact instant stays readable by machine and by pointer."""
        return self._time(at, a_day(self.local(at).date()))

    def last_moment(self, due_before: datetime) -> Shown:
        """Return the end of a promise: the whole day where it ends at midnight."""
        local = self.local(due_before)
        if (local.hour, local.minute) == (0, 0):
            last = a_day(self.local(due_before - timedelta(microseconds=1)).date())
            return self._time(due_before, f"the end of {last}")
        return self._time(due_before, f"{a_day(local.date())}, {local:%H:%M}")

    def due(self, due_date: date, due_before: datetime) -> Shown:
        """Return how far a promise is from its end: ``in 2 days``, ``3 days overdue``."""
        return self._time(due_before, self._distance(due_date, due_before))

    def _distance(self, due_date: date, due_before: datetime) -> str:
        ahead = (due_date - self.today).days
        if due_before <= self.now:
            return f"{days(-ahead)} overdue" if ahead < 0 else "overdue since today"
        return {0: "today", 1: "tomorrow"}.get(ahead, f"in {days(ahead)}")

    def _time(self, at: datetime, text: str) -> Shown:
        local = self.local(at)
        return Shown(local.isoformat(), f"{local:%a %Y-%m-%d %H:%M:%S %Z}", text)
