"""Teams and legal entities: whose work a case is, and whose customer complains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from domain.changing import after, news
from domain.complaint.submission import DEFAULT_TEAM
from domain.directory import events as e
from domain.directory.errors import AlreadyThere, DefaultTeam, NotThere, TeamHasOpenCases, TeamIsClosed
from domain.ids import EPOCH, imported
from domain.kernel import Aggregate, Context, Event

DETAILS = ("legal_entity", "title", "assignment", "escalates_to")


def team_id(name: str) -> UUID:
    """Return the identifier of the team of that *name*: there can be no two."""
    return imported("team", name, EPOCH)


def entity_id(code: str) -> UUID:
    """Return the identifier of the legal entity of that *code*: there can be no two."""
    return imported("legal_entity", code, EPOCH)


class Team(Aggregate):
    """A team, as long as cases may be given to it."""

    DEFAULT: ClassVar[str] = DEFAULT_TEAM

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.name: str | None = None
        self.open = False
        self.legal_entity: str | None = None
        self.title: str | None = None
        self.assignment: e.Assignment = "manual"
        self.escalates_to: e.Rungs | None = None

    def add(self, name: str, by: Context, **details: Any) -> None:
        """Record a new team, or open a closed one again: it begins anew."""
        if self.open:
            raise AlreadyThere
        self.record(e.TeamAdded, by, name=name, **details)

    def change(self, by: Context, **details: Any) -> None:
        """Change what is given and differs from what is known; None takes away, and nothing else is news."""
        self._refuse_unless_open()
        if differs := news(details, {name: getattr(self, name) for name in DETAILS}):
            self.record(e.TeamChanged, by, **differs)

    def close(self, by: Context, *, open_cases: bool) -> None:
        """Close the team unless it has *open_cases*; a closed one is no news."""
        self._refuse_unless_added()
        if not self.open:
            return
        if self.name == self.DEFAULT:
            raise DefaultTeam
        if open_cases:
            raise TeamHasOpenCases
        self.record(e.TeamClosed, by)

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case e.TeamAdded():
                self.name, self.open = event.name, True
                self._know({name: getattr(event, name) for name in DETAILS})
            case e.TeamChanged():
                self._know(after(event, DETAILS))
            case e.TeamClosed():
                self.open = False
            case _:
                pass

    def _know(self, facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            setattr(self, name, value)

    def _refuse_unless_added(self) -> None:
        if self.name is None:
            raise NotThere

    def _refuse_unless_open(self) -> None:
        self._refuse_unless_added()
        if not self.open:
            raise TeamIsClosed


class LegalEntity(Aggregate):
    """A company of the group."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.code: str | None = None
        self.title: str | None = None

    def add(self, code: str, by: Context, *, title: str | None = None) -> None:
        """Record a company; its code is never given to another."""
        if self.code is not None:
            raise AlreadyThere
        self.record(e.LegalEntityAdded, by, code=code, title=title)

    def change(self, by: Context, *, title: str) -> None:
        """Call the company otherwise; the same title is no news."""
        if self.code is None:
            raise NotThere
        if title != self.title:
            self.record(e.LegalEntityChanged, by, title=title)

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case e.LegalEntityAdded():
                self.code, self.title = event.code, event.title
            case e.LegalEntityChanged():
                self.title = event.title
            case _:
                pass
