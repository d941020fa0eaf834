"""What the queue is asked for: the address of a page, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from adapters.http.cursors import OWN, Keys, cursor, place
from adapters.http.problems import Problem
from adapters.views.queries import Filter, Sort
from domain.hours import first_instant
from projections.queue import CaseKind

SORTS: dict[str, str] = {
    "due": "Next due first",
    "-due": "Last due first",
    "-received_at": "Newest first",
    "received_at": "Oldest first",
}
KINDS: dict[CaseKind, str] = {"complaint": "Complaints", "ticket": "Tickets"}
KNOWN = {each.name for each in fields(Filter)} | {"sort", "cursor"}


@dataclass(frozen=True)
class Asked:
    """The filter as it was asked for, what it means, and what could not be understood."""

    values: Mapping[str, str]
    filter: Filter = field(default_factory=Filter)
    sort: Sort = "due"
    cursor: tuple[datetime, UUID] | None = None
    problems: tuple[str, ...] = ()
    keys: Keys = (OWN,)

    @property
    def sort_name(self) -> str:
        """The order in words."""
        return SORTS[self.sort].lower()

    def following(self, key: tuple[datetime, UUID]) -> str:
        """Return the address of the page that begins beyond *key*."""
        return self.address(cursor=cursor(self.keys, key, question(self.values)))

    def address(self, **changes: str | None) -> str:
        """Return the address of the same question with *changes*; None takes a part away."""
        kept = {k: v for k, v in {**self.values, "cursor": None, **changes}.items() if v}
        return f"/queue?{urlencode(kept)}" if kept else "/queue"


def question(values: Mapping[str, str]) -> str:
    """Return what a cursor is bound to: the question without the page."""
    return urlencode(sorted((name, value) for name, value in values.items() if name != "cursor"))


def read(query: Mapping[str, str], zone: str, keys: Keys = (OWN,)) -> Asked:
    """Return what *query* asks for; dates are days in *zone*, both ends included."""
    values = {name: value.strip() for name, value in query.items() if value.strip()}
    reader = _Reader(values, zone, keys)
    wanted = reader.filter()
    sort = cast("Sort", reader.one_of("sort", SORTS) or "due")
    cursor = reader.cursor()
    return Asked(values, wanted, sort, cursor, tuple(reader.problems), keys)


def link(**values: str | bool | datetime) -> str:
    """Return the address of the queue under a filter."""
    written = {
        name: str(value).lower() if isinstance(value, bool) else _instant(value)
        for name, value in values.items()
    }
    return f"/queue?{urlencode(written)}"


def _instant(value: str | datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


class _Reader:
    """Reads one question, and remembers what it could not read."""

    def __init__(self, values: Mapping[str, str], zone: str, keys: Keys) -> None:
        self.values, self.zone, self.keys = values, zone, keys
        unknown = sorted(values.keys() - KNOWN)
        self.problems = [f"The queue has no filter named {', '.join(unknown)}."] if unknown else []

    def filter(self) -> Filter:
        """Return the filter."""
        until = self._date("received_to")
        text = self.values.get
        return Filter(
            kind=cast("CaseKind | None", self.one_of("kind", KINDS)),
            status=tuple(self.values["status"].split(",")) if "status" in self.values else (),
            received_from=self._midnight(self._date("received_from")),
            received_to=self._midnight(until + timedelta(days=1) if until else None),
            team=text("team"),
            assignee=text("assignee"),
            category=text("category"),
            severity=text("severity"),
            regime=text("regime"),
            open=self._switch("open"),
            overdue=self._switch("overdue"),
            escalated=self._switch("escalated"),
            due_after=self._moment("due_after"),
            due_before=self._moment("due_before"),
        )

    def one_of(self, name: str, known: Mapping[Any, str]) -> str | None:
        """Return the value of *name*, which must be one of the *known*."""
        value = self.values.get(name)
        if value is not None and value not in known:
            self.problems.append(f"{name} is one of {', '.join(known)}.")
            return None
        return value

    def cursor(self) -> tuple[datetime, UUID] | None:
        """Return where the page begins."""
        text = self.values.get("cursor")
        if text is None:
            return None
        try:
            return place(self.keys, text, question(self.values))
        except Problem:
            self.problems.append("That page belongs to another filter; begin with the first one.")
            return None

    def _switch(self, name: str) -> bool | None:
        value = self.one_of(name, {"true": "yes", "false": "no"})
        return None if value is None else value == "true"

    def _date(self, name: str) -> date | None:
        value = self.values.get(name)
        try:
            day = date.fromisoformat(value) if value else None
        except ValueError:
            day = date.min
        if day is not None and not 1900 <= day.year <= 9998:
            self.problems.append(f"{human_name(name)} is a date such as 2026-05-22.")
            return None
        return day

    def _moment(self, name: str) -> datetime | None:
        value = self.values.get(name)
        try:
            return _aware(datetime.fromisoformat(value)) if value else None
        except ValueError:
            self.problems.append(f"{human_name(name)} is an instant such as 2026-05-22T14:30:00Z.")
            return None

    def _midnight(self, day: date | None) -> datetime | None:
        return None if day is None else first_instant(day, self.zone)


def human_name(name: str) -> str:
    """Return a filter's name as its label reads."""
    return name.replace("_", " ").capitalize()


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant has an offset")
    return at
