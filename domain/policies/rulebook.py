"""The rulebook: every regime and calendar that is loaded, and which of them bind a case."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from domain.errors import UnknownCalendar, UnknownRegime
from domain.hours import local_date
from domain.policies.reading import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from domain.calendars import Calendar
    from domain.policies.model import Regime, Scope

MOST_SCOPES = 1_024
"""Countries, services, channels and entities together, of which it is kept in mind what may bind them."""


class Rulebook:
    """An immutable look-up of regimes by id and version, and of calendars by code and version.

    *current* names the calendar version that new clocks use, by code; for a code it
    does not name, the calendar given last is current.
    """

    def __init__(
        self,
        regimes: Iterable[Regime] = (),
        calendars: Iterable[Calendar] = (),
        current: Mapping[str, str] | None = None,
    ) -> None:
        self._regimes: dict[tuple[str, str], Regime] = {}
        for regime in regimes:
            _refuse_another(self._regimes.setdefault((regime.regime, regime.version), regime), regime)
        self._versions = _by_id(self._regimes.values())
        self._binding: dict[Scope, list[list[Regime]]] = {}
        self._words = {
            id: frozenset(word for regime in versions for term in regime.terms for word in term.words)
            for id, versions in self._versions.items()
        }
        resolved = list(calendars)
        self._calendars = {(calendar.code, calendar.version): calendar for calendar in resolved}
        self._current = {calendar.code: calendar.version for calendar in resolved} | dict(current or {})

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """Every version of every regime, by id and then from the earliest on."""
        return tuple(regime for versions in self._versions.values() for regime in versions)

    @property
    def calendars(self) -> tuple[Calendar, ...]:
        """Every calendar version."""
        return tuple(self._calendars.values())

    def regime(self, id: str, version: str | None = None) -> Regime:
        """Return a regime in *version*, or in its latest one, whatever its effective dates."""
        if version is None and id in self._versions:
            return self._versions[id][-1]
        try:
            return self._regimes[id, version or ""]
        except KeyError:
            known = ", ".join(regime.reference for regime in self.regimes) or "none"
            raise UnknownRegime(
                f"That regime is not loaded; load it with `plaint policy load`, or use one of: {known}."
            ) from None

    def words(self, id: str) -> frozenset[str]:
        """Return the words that terms of a regime name, in whichever of its versions."""
        return self._words[self.regime(id).regime]

    def calendar(self, code: str, version: str | None = None) -> Calendar:
        """Return a calendar in *version*, or in the current one."""
        try:
            return self._calendars[code, version or self._current[code]]
        except KeyError:
            known = ", ".join(sorted(self._current)) or "none"
            raise UnknownCalendar(
                f"That calendar is not resolved; run `plaint migrate`, or use one of: {known}."
            ) from None

    def applicable(self, scope: Scope, received_at: datetime) -> tuple[Regime, ...]:
        """Return the regimes that bind a case of *scope* received then, the house's own first.

        Of each regime the version counts that is in force on the local date in its own
        zone.  A house promise always holds: outside its dates, in the nearest version.
        """
        bound = (_in_force(versions, received_at) for versions in self._possible(scope))
        applying = [regime for regime in bound if regime is not None and regime.applies.matches(scope)]
        return tuple(sorted(applying, key=lambda regime: (regime.legal, regime.regime)))

    def _possible(self, scope: Scope) -> list[list[Regime]]:
        """Return the versions of those regimes that bind cases of *scope* at one time or another.

        Most regimes are for other countries or services; which those are is the same for many cases.
        """
        found = self._binding.get(scope)
        if found is None:
            found = [
                versions
                for versions in self._versions.values()
                if any(regime.applies.matches(scope) for regime in versions)
            ]
            if len(self._binding) < MOST_SCOPES:
                self._binding[scope] = found
        return found

    def in_force(self, moment: datetime) -> tuple[Regime, ...]:
        """Return the version of each regime that counts at *moment*, whomever it binds."""
        bound = (_in_force(versions, moment) for versions in self._versions.values())
        return tuple(regime for regime in bound if regime is not None)


def _by_id(regimes: Iterable[Regime]) -> dict[str, list[Regime]]:
    by_id: dict[str, list[Regime]] = {}
    for regime in sorted(regimes, key=lambda each: (each.regime, each.effective_from)):
        by_id.setdefault(regime.regime, []).append(regime)
    for versions in by_id.values():
        for earlier, later in pairwise(versions):
            _refuse_overlap(earlier, later)
    return by_id


def _refuse_another(loaded: Regime, regime: Regime) -> None:
    if loaded != regime:
        raise PolicyError(
            f"{regime.reference} is loaded with other content; give the new content a new version."
        )


def _refuse_overlap(earlier: Regime, later: Regime) -> None:
    if earlier.effective_from == later.effective_from:
        both = f"{earlier.reference} and {later.reference}"
        raise PolicyError(f"{both} take effect on the same day; change effective_from of one of them.")
    ends = earlier.effective_until
    if ends is not None and later.effective_until is not None and later.effective_from < ends:
        raise PolicyError(
            f"{later.reference} takes effect before {earlier.reference} ends; "
            f"set effective_until of the earlier to {later.effective_from} or before."
        )


def _in_force(versions: list[Regime], moment: datetime) -> Regime | None:
    begun = [each for each in versions if each.effective_from <= local_date(moment, each.zone)]
    nearest = begun[-1] if begun else versions[0]
    if not nearest.legal or nearest.in_force(local_date(moment, nearest.zone)):
        return nearest
    return None
