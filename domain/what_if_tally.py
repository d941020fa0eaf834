"""The answer to a what-if: breaches before and after, gained and lost, by milestone, team and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from domain.kernel import Instant, Value
from domain.privacy import Code
from domain.what_if import Comparison, Moved, missed

if TYPE_CHECKING:
    from domain.what_if import Proposal, Standing

MOST = 200
"""How many cases a list names; its count goes on."""


class Breaches(Value):
    """Promises missed before and after; *after* is *before*, less *lost*, and *gained*."""

    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0


class ByMilestone(Breaches):
    """The breaches of one milestone."""

    milestone: Code


class ByTeam(Breaches):
    """The breaches of one team, the last that the case was given to."""

    team: Code


class ByMonth(Breaches):
    """The breaches of the cases received in one month."""

    month: Code


class Listed(Value):
    """Breaches one by one, the first so many of *count*."""

    count: int
    cases: int
    items: tuple[Moved, ...]


class WhatIf(Value):
    """What a proposal would have changed.

    *cases* were received in the period, *judged* of them are bound by the regime on
    either side, *unjudged* could not be counted, for the first reason given.  A promise
    that has not ended is judged as of *as_of*.
    """

    proposed: Code
    calendar: Code
    instead_of: tuple[Code, ...]
    received_from: date
    received_to: date
    as_of: Instant
    cases: int
    judged: int
    unjudged: int
    unjudged_because: Code | None
    promises_before: int
    promises_after: int
    breaches: Breaches
    by_milestone: tuple[ByMilestone, ...]
    by_team: tuple[ByTeam, ...]
    by_month: tuple[ByMonth, ...]
    gained: Listed
    lost: Listed


class _List:
    """Keeps the first of what it counts."""

    def __init__(self) -> None:
        self.count, self.cases = 0, 0
        self.items: list[Moved] = []

    def add(self, moved: list[Moved]) -> None:
        self.count += len(moved)
        self.cases += bool(moved)
        self.items += moved[: MOST - len(self.items)]

    def listed(self) -> Listed:
        return Listed(count=self.count, cases=self.cases, items=tuple(self.items))


class _Counts:
    """Breaches by heading."""

    def __init__(self) -> None:
        self.by: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, side: str, headings: Iterable[str]) -> None:
        for heading in headings:
            self.by[heading][side] += 1

    def ordered(self) -> list[tuple[str, Mapping[str, int]]]:
        return sorted(self.by.items())


class Tally:
    """Adds up comparisons; what it keeps does not grow with the number of cases."""

    def __init__(self) -> None:
        self.cases = self.judged = self.unjudged = 0
        self.because: str | None = None
        self.promises = {"before": 0, "after": 0}
        self.versions: set[str] = set()
        self.total, self.milestones, self.teams, self.months = (_Counts() for _ in range(4))
        self.gained, self.lost = _List(), _List()

    def add(self, found: Comparison | None) -> None:
        """Count one case."""
        self.cases += 1
        if found is None:
            return
        self.judged += 1
        if found.version is not None:
            self.versions.add(found.version)
        self.promises["before"] += len(found.before)
        self.promises["after"] += len(found.after)
        gained, lost = list(found.gained()), list(found.lost())
        for side, milestones in (
            ("before", [milestone for milestone, _ in missed(found.before)]),
            ("after", [milestone for milestone, _ in missed(found.after)]),
            ("gained", [each.milestone for each in gained]),
            ("lost", [each.milestone for each in lost]),
        ):
            self.milestones.add(side, milestones)
            self.total.add(side, [""] * len(milestones))
            self.teams.add(side, [found.story.team] * len(milestones))
            self.months.add(side, [found.month] * len(milestones))
        self.gained.add(gained)
        self.lost.add(lost)

    def give_up(self, because: str) -> None:
        """Count a case that could not be judged."""
        self.cases += 1
        self.unjudged += 1
        self.because = self.because or because[:200]

    def result(self, proposal: Proposal, first: date, last: date, as_of: datetime) -> WhatIf:
        """Return the answer."""
        regime, calendar = proposal.regime, proposal.calendar
        total = dict(self.total.ordered()).get("", {})
        return WhatIf(
            proposed=regime.reference,
            calendar=f"{calendar.code}@{calendar.version}" if calendar else regime.calendar,
            instead_of=tuple(f"{regime.regime}@{version}" for version in sorted(self.versions)),
            received_from=first,
            received_to=last,
            as_of=as_of,
            cases=self.cases,
            judged=self.judged,
            unjudged=self.unjudged,
            unjudged_because=self.because,
            promises_before=self.promises["before"],
            promises_after=self.promises["after"],
            breaches=Breaches(**total),
            by_milestone=tuple(ByMilestone(milestone=k, **v) for k, v in self.milestones.ordered()),
            by_team=tuple(ByTeam(team=k, **v) for k, v in self.teams.ordered()),
            by_month=tuple(ByMonth(month=k, **v) for k, v in self.months.ordered()),
            gained=self.gained.listed(),
            lost=self.lost.listed(),
        )


def in_words(found: WhatIf) -> str:
    """Return the answer as lines for a person to read."""
    because = f" ({found.unjudged_because})" if found.unjudged_because else ""
    instead = ", ".join(found.instead_of) or "none"
    period = f"{found.received_from} to {found.received_to}"
    lines = [
        f"{found.proposed} on the calendar {found.calendar}, instead of {instead}",
        f"{found.cases} cases received from {period}, judged as of {found.as_of:%Y-%m-%dT%H:%M:%SZ}",
        f"{found.judged} of them bound, {found.unjudged} not judged{because}",
        "",
        f"{'breaches':<24}{'before':>9}{'after':>9}{'gained':>9}{'lost':>9}",
        _line("all", found.breaches),
        *(_line(each.milestone, each) for each in found.by_milestone),
        *(_line(f"team {each.team}", each) for each in found.by_team),
        *(_line(each.month, each) for each in found.by_month),
    ]
    for title, listed in (("Gained", found.gained), ("Lost", found.lost)):
        if listed.count:
            lines += ["", f"{title}: {listed.count} in {listed.cases} cases"]
            lines += [f"  {_case(each)}" for each in listed.items]
        if listed.count > len(listed.items):
            lines.append(f"  and {listed.count - len(listed.items)} more")
    return "\n".join(lines)


def _line(name: str, counted: Breaches) -> str:
    return f"{name:<24}{counted.before:>9}{counted.after:>9}{counted.gained:>9}{counted.lost:>9}"


def _case(moved: Moved) -> str:
    sides = f"{_side(moved.before)} → {_side(moved.after)}"
    return f"{moved.reference}  {moved.milestone} {moved.number}  {moved.team}  {sides}"


def _side(standing: Standing | None) -> str:
    return f"{standing.status}, due {standing.due_date}" if standing else "not promised"


__all__ = ["Tally", "WhatIf", "in_words"]
