"""One case as the page behind its link shows it, whatever its kind: what it is made of, in which words."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from adapters.http.pages import words
from adapters.http.pages.desk import clockface
from domain.forms import DEFAULT_LANGUAGE
from domain.tongues import Language
from projections.queue import CaseKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.bootstrap import Plaint
    from adapters.http.pages.mine_redress import RedressTold
    from adapters.http.pages.words import Clockface
    from domain.kernel import Event
    from domain.privacy import Erased, Sealed
    from projections.case_file import CaseFile
    from projections.queue import QueueRow

MONTHS = {
    "en": words.MONTHS,
    "fr": [
        "janv.",
        "févr.",
        "mars",
        "avril",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "déc.",
    ],
}


@lru_cache
def texts_of(kind: CaseKind, language: Language) -> Mapping[str, str]:
    """Return what the page of a case says, in *language*: of a ticket some of it in words of its own."""
    if kind == "complaint":
        return words.of_pages(language)
    own = tomllib.loads((files("adapters.http.pages") / "ticket_words.toml").read_text("utf-8"))
    return words.of_pages(language) | own.get(language, own[DEFAULT_LANGUAGE])


def day(at: date, language: str) -> str:
    """Return a date as ``22 May 2026`` or ``22 mai 2026``; the first of a month is ``1er`` in French."""
    number = "1er" if language == "fr" and at.day == 1 else str(at.day)
    return f"{number} {MONTHS[language][at.month - 1]} {at.year}"


class Letter(NamedTuple):
    """Something that was said to whoever sent the case, or by them; without a text by other means."""

    title: str
    day: str
    text: str


class Answered(NamedTuple):
    """The answer to the case, and what there is to know of it."""

    lead: str
    text: str
    notes: Sequence[str]


class Meeting(NamedTuple):
    """An appointment as whoever it is with reads it."""

    what: str
    when: str
    how: str


class Asked(NamedTuple):
    """What they can write to us: an answer to each question, or to a *text*; *waits*: whether we do."""

    title: str
    text: str
    questions: Sequence[str]
    waits: bool


class Rated(NamedTuple):
    """How content they said they were with the answer, or that they can say it: then the score is 0."""

    score: int
    text: str


class Parts(NamedTuple):
    """What a page says beyond what it says of every case."""

    subject: str
    status: str
    answered: Answered | None
    letters: Sequence[Letter]
    submitted: Sequence[tuple[str, object]]
    note: str = ""
    """Where the case goes on, when it does elsewhere."""
    redress: Sequence[RedressTold] = ()
    meeting: Meeting | None = None
    asked: Asked | None = None
    rated: Rated | None = None


@dataclass(frozen=True)
class View:
    """One case as whoever came in by its link sees it: *file* and *events* with what is personal opened."""

    plaint: Plaint
    row: QueueRow
    file: CaseFile
    events: Sequence[Event]
    language: Language

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """What the page says, in its language."""
        return texts_of(self.row.kind, self.language)

    @cached_property
    def time(self) -> Clockface:
        """The clock that the page reads instants by."""
        return clockface(self.plaint)

    def on(self, at: datetime) -> str:
        """Return the date of *at*."""
        return day(self.time.local(at).date(), self.language)

    def plain(self, text: str | Sealed | Erased | None) -> str:
        """Return a personal text, or why it is not shown."""
        return words.plain(text, self.language)

    def letter(self, key: str, event: Event, text: str | Sealed | Erased | None = None) -> Letter:
        """Return *event* as a letter under the title that *key* stands for."""
        return Letter(self.texts[key], self.on(event.occurred_at), self.plain(text))
