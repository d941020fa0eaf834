"""The firm's configuration, kept in the log like everything else: policies, calendars, tokens."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from domain.access import Role, Sensitivity, TeamName
from domain.calendars import (
    WITHOUT_HOLIDAYS,
    Amendment,
    BeyondTheCalendar,
    Calendar,
    CountsOnClosures,
    DayHasPassed,
    DefinedOtherwise,
    HoldsPublicHolidays,
    Holiday,
    NoCodeOfTheFirm,
    NotPublic,
    amended,
    is_firms_own,
)
from domain.directory.events import Login
from domain.errors import UnknownCalendar
from domain.ids import EPOCH, imported
from domain.kernel import Aggregate, Context, Event, Instant
from domain.policies import Regime, Rulebook, parse
from domain.privacy import Code, PublicText

if TYPE_CHECKING:
    from collections.abc import Iterable


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


class CalendarDefined(Event):
    """The firm declared a calendar of its own: that of a country, on which it closes and opens days."""

    TOPIC: ClassVar[str] = "calendar.defined"

    code: Code
    base: Code


class CalendarAmended(Event):
    """Somebody decided that a day is a holiday, or is none; *source* says on what ground."""

    TOPIC: ClassVar[str] = "calendar.amended"

    code: Code
    date: date
    closed: bool
    name: Code
    source: Code


class TokenCreated(Event):
    """An API token was handed out; only its hash is kept.  One of a *user* opens no more than they may."""

    TOPIC: ClassVar[str] = "token.created"

    name: Code
    role: Role
    teams: tuple[TeamName, ...]
    sha256: Code
    expires_at: Instant | None = None
    user: Login | None = None
    legal_entities: tuple[Code, ...] = ()
    clearance: Sensitivity = Sensitivity.NORMAL


class TokenRevoked(Event):
    """An API token no longer opens anything."""

    TOPIC: ClassVar[str] = "token.revoked"


CONFIGURATION_EVENTS: tuple[type[Event], ...] = (
    PolicyLoaded,
    CalendarResolved,
    CalendarDefined,
    CalendarAmended,
    TokenCreated,
    TokenRevoked,
)

ANYWHERE = timedelta(hours=12)
"""How far the last place on Earth is behind UTC: a day has passed when it has passed there."""
FIRM = "the firm"
"""The source of a day that the firm itself closes or opens."""


class PolicyTextChanged(Exception):
    """That version of the policy is loaded with another text; give the file a new version."""


class Rules(Aggregate):
    """Every policy and calendar that was ever loaded: the rules that clocks are pinned to."""

    ID: ClassVar[UUID] = imported("configuration", "rules", EPOCH)

    def __init__(self, id: UUID = ID) -> None:
        super().__init__(id)
        self.texts: dict[tuple[str, str], PolicyLoaded] = {}
        self.calendars: dict[tuple[str, str], Calendar] = {}
        self.current: dict[str, str] = {}
        self.bases: dict[str, str] = {}
        self.amendments: dict[str, dict[date, Amendment]] = {}

    def load_policy(self, regime: Regime, text: str, by: Context) -> None:
        """Record the policy; the same text again is no news, another one needs a new version."""
        digest = sha256(text.encode()).hexdigest()
        loaded = self.texts.get((regime.regime, regime.version))
        if loaded is not None and loaded.sha256 == digest:
            return
        if loaded is not None:
            raise PolicyTextChanged
        if regime.legal and is_firms_own(regime.calendar):
            raise CountsOnClosures
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

    def calendar(self, code: str) -> Calendar:
        """Return the calendar of *code* that is current: the one that was recorded last."""
        if code not in self.current:
            known = ", ".join(sorted(self.current)) or "none"
            raise UnknownCalendar(f"There is no calendar of that code; use one of: {known}.")
        return self.calendars[code, self.current[code]]

    def resolve_calendar(self, calendar: Calendar, by: Context) -> None:
        """Record *calendar*, with what was amended by hand, and what the firm bases on it.

        What is current already is no news.
        """
        self._make_current(amended(calendar, self._amendments(calendar.code)), by)
        for code, base in self.bases.items():
            if base == calendar.code:
                self._make_current(amended(self.calendar(base), self._amendments(code), code=code), by)

    def define_calendar(self, code: str, base: str, by: Context) -> None:
        """Declare a calendar of the firm's own; the same again is no news."""
        if not is_firms_own(code):
            raise NoCodeOfTheFirm
        if is_firms_own(base):
            raise NotPublic
        foundation = self.calendar(base)
        if self.bases.get(code, base) != base:
            raise DefinedOtherwise
        if code not in self.bases:
            self.record(CalendarDefined, by, code=code, base=base)
            self._make_current(amended(foundation, (), code=code), by)

    def decide_day(self, code: str, day: date, by: Context, *, closed: bool, name: str) -> bool:
        """Close or open a *day* that is to come on a calendar of the firm's own; say whether it is news."""
        current = self.calendar(code)
        if not is_firms_own(code):
            raise HoldsPublicHolidays
        if day < (by.recorded_at - ANYWHERE).date():
            raise DayHasPassed
        return self._amend(current, Amendment(date=day, closed=closed, name=name, source=FIRM), by)

    def correct_holiday(self, code: str, amendment: Amendment, by: Context) -> bool:
        """Add a public holiday that the library lacks, or take one away; say whether it is news."""
        current = self.calendar(code)
        if is_firms_own(code) or code == WITHOUT_HOLIDAYS:
            raise NotPublic
        return self._amend(current, amendment, by)

    def _amend(self, current: Calendar, amendment: Amendment, by: Context) -> bool:
        if not current.first <= amendment.date <= current.last:
            raise BeyondTheCalendar
        if amendment.closed == any(each.date == amendment.date for each in current.holidays):
            return False
        self.record(CalendarAmended, by, code=current.code, **amendment.model_dump())
        self.resolve_calendar(current, by)
        return True

    def _amendments(self, code: str) -> Iterable[Amendment]:
        return self.amendments.get(code, {}).values()

    def _make_current(self, calendar: Calendar, by: Context) -> None:
        if self.current.get(calendar.code) != calendar.version:
            self.record(CalendarResolved, by, **calendar.model_dump())

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case PolicyLoaded():
                self.texts[event.regime, event.version] = event
            case CalendarResolved():
                calendar = Calendar.model_validate(event.model_dump(include=set(Calendar.model_fields)))
                self.calendars[event.code, event.version] = calendar
                self.current[event.code] = event.version
            case CalendarDefined():
                self.bases[event.code] = event.base
            case CalendarAmended():
                decided = self.amendments.setdefault(event.code, {})
                decided.pop(event.date, None)
                decided[event.date] = Amendment.model_validate(
                    event.model_dump(include=set(Amendment.model_fields))
                )
            case _:
                pass

    def rulebook(self) -> Rulebook:
        """Return the rules as commands use them."""
        regimes = [
            parse(loaded.text, f"{loaded.regime}@{loaded.version}", recorded=True)
            for loaded in self.texts.values()
        ]
        return Rulebook(regimes, self.calendars.values(), self.current)


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
        user: str | None = None,
        legal_entities: tuple[str, ...] = (),
        clearance: Sensitivity = Sensitivity.NORMAL,
    ) -> None:
        """Record a new token by its hash; with a *user*, it opens no more than that user may."""
        self.record(
            TokenCreated,
            by,
            name=name,
            role=role,
            teams=teams,
            sha256=digest,
            expires_at=expires_at,
            user=user,
            legal_entities=legal_entities,
            clearance=clearance,
        )

    def revoke(self, by: Context) -> None:
        """Close the token; a revoked one is no news."""
        if not self.revoked:
            self.record(TokenRevoked, by)

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        if isinstance(event, TokenRevoked):
            self.revoked = True
