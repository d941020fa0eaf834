"""The firm's configuration, kept in the log like everything else: policies, calendars, tokens."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from domain.access import Role
from domain.calendars import Calendar, Holiday
from domain.ids import EPOCH, imported
from domain.kernel import Aggregate, Context, Event, Instant
from domain.policies import Regime, Rulebook, parse
from domain.privacy import Code, PublicText


class PolicyLoaded(Event):
    """A policy file was read; clocks pin its version, and its text stays here."""

    TOPIC: ClassVar[str] = "policy.loaded"

    regime: Code
    version: Code
    effective_from: date
    effective_until: date | None = None
    text: PublicText
    sha256: Code


class CalendarResolved(Event):
    """The holidays of a country or subdivision were resolved; clocks pin the version."""

    TOPIC: ClassVar[str] = "calendar.resolved"

    code: Code
    version: Code
    source: Code
    first: date
    last: date
    holidays: tuple[Holiday, ...]


class TokenCreated(Event):
    """An API token was handed out; only its hash is kept."""

    TOPIC: ClassVar[str] = "token.created"

    name: Code
    role: Role
    teams: tuple[Code, ...]
    sha256: Code
    expires_at: Instant | None = None


class TokenRevoked(Event):
    """An API token no longer opens anything."""

    TOPIC: ClassVar[str] = "token.revoked"


CONFIGURATION_EVENTS: tuple[type[Event], ...] = (
    PolicyLoaded,
    CalendarResolved,
    TokenCreated,
    TokenRevoked,
)


class PolicyTextChanged(Exception):
    """That version of the policy is loaded with another text; give the file a new version."""


class Rules(Aggregate):
    """Every policy and calendar that was ever loaded: the rules that clocks are pinned to."""

    ID: ClassVar[UUID] = imported("configuration", "rules", EPOCH)

    def __init__(self, id: UUID = ID) -> None:
        super().__init__(id)
        self.texts: dict[tuple[str, str], PolicyLoaded] = {}
        self.calendars: dict[tuple[str, str], Calendar] = {}

    def load_policy(self, regime: Regime, text: str, by: Context) -> None:
        """Record the policy; the same text again is no news, another one needs a new version."""
        digest = sha256(text.encode()).hexdigest()
        loaded = self.texts.get((regime.regime, regime.version))
        if loaded is not None and loaded.sha256 == digest:
            return
        if loaded is not None:
            raise PolicyTextChanged
        self.record(
            PolicyLoaded,
            by,
            regime=regime.regime,
            version=regime.version,
            effective_from=regime.effective_from,
            effective_until=regime.effective_until,
            text=text,
            sha256=digest,
        )

    def resolve_calendar(self, calendar: Calendar, by: Context) -> None:
        """Record the calendar; a version that is known is no news."""
        if (calendar.code, calendar.version) not in self.calendars:
            self.record(CalendarResolved, by, **calendar.model_dump())

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case PolicyLoaded():
                self.texts[event.regime, event.version] = event
            case CalendarResolved():
                calendar = Calendar.model_validate(event.model_dump(include=set(Calendar.model_fields)))
                self.calendars[event.code, event.version] = calendar
            case _:
                pass

    def rulebook(self) -> Rulebook:
        """Return the rules as commands use them."""
        regimes = [parse(loaded.text, f"{loaded.regime}@{loaded.version}") for loaded in self.texts.values()]
        return Rulebook(regimes, self.calendars.values())


class Token(Aggregate):
    """A key to the API: who may come in with it, and until when."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.revoked = False

    def create(
        self,
        name: str,
        role: Role,
        teams: tuple[str, ...],
        digest: str,
        by: Context,
        *,
        expires_at: datetime | None = None,
    ) -> None:
        """Record a new token by its hash."""
        self.record(TokenCreated, by, name=name, role=role, teams=teams, sha256=digest, expires_at=expires_at)

    def revoke(self, by: Context) -> None:
        """Close the token; a revoked one is no news."""
        if not self.revoked:
            self.record(TokenRevoked, by)

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        if isinstance(event, TokenRevoked):
            self.revoked = True
