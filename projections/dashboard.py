"""The SLA dashboard: the counters of the queue, read for one reader."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

from domain.access import Scope
from domain.kernel import Instant, Value
from domain.privacy import Code
from projections.tally import Counted, apart

Counters: TypeAlias = Mapping[str, Mapping[str, int]]
HEADINGS, VERDICTS = ("all", "category", "channel", "status"), ("met", "missed", "excused")


class MilestoneCount(Value):
    """The promises of one milestone that fell due in one month; *missed* is gross, *excused* of these."""

    regime: Code
    milestone: Code
    month: Code
    met: int = 0
    missed: int = 0
    excused: int = 0


class HeadingCount(Value):
    """The cases under one heading: all that were received, those open, those overdue."""

    received: int = 0
    open: int = 0
    overdue: int = 0


METRICS = (*(f"{metric}_by_{each}" for metric in HeadingCount.model_fields for each in HEADINGS), *VERDICTS)
"""The counters that are added up whole; what falls due is looked up by when it does."""


class CategoryCount(HeadingCount):
    """The cases of one category."""

    category: Code


class TeamCount(HeadingCount):
    """The cases of one team."""

    team: Code


class ChannelCount(HeadingCount):
    """The cases that came by one channel."""

    channel: Code


class StatusCount(HeadingCount):
    """The cases in one state."""

    status: Code


class Dashboard(Value):
    """What the desk owes, as of an instant and a position in the log.

    ``due_today`` and ``due_in_2_business_days`` count cases that are not overdue; a
    number beyond 10,000 reads 10,001.
    """

    as_of: Instant
    position: Code
    received: int
    open: int
    overdue: int
    due_today: int
    due_in_2_business_days: int
    by_milestone: tuple[MilestoneCount, ...]
    by_category: tuple[CategoryCount, ...]
    by_team: tuple[TeamCount, ...]
    by_channel: tuple[ChannelCount, ...]
    by_status: tuple[StatusCount, ...]


def _within(scope: Scope, counted: Counted) -> bool:
    return scope.covers(counted.team, counted.legal_entity, counted.sensitivity)


class Totals:
    """The counters that one reader may see, added up."""

    def __init__(self, counters: Counters, scope: Scope) -> None:
        self._seen: dict[str, list[tuple[str, str, int]]] = {}
        for metric, values in counters.items():
            split = ((apart(value), count) for value, count in values.items())
            self._seen[metric] = [(each.team, each.heading, n) for each, n in split if _within(scope, each)]

    def total(self, metric: str) -> int:
        """Return the sum of *metric* over every heading."""
        return sum(count for _, _, count in self._seen.get(f"{metric}_by_all", []))

    def by_team(self) -> tuple[TeamCount, ...]:
        """Return the cases by team."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for metric in HeadingCount.model_fields:
            for team, _, count in self._seen.get(f"{metric}_by_all", []):
                found[team][metric] = found[team].get(metric, 0) + count
        return tuple(TeamCount(team=team, **counts) for team, counts in sorted(found.items()))

    def by_category(self) -> tuple[CategoryCount, ...]:
        """Return the cases by category."""
        return tuple(CategoryCount(category=k, **v) for k, v in self._headings("category"))

    def by_channel(self) -> tuple[ChannelCount, ...]:
        """Return the cases by channel."""
        return tuple(ChannelCount(channel=k, **v) for k, v in self._headings("channel"))

    def by_status(self) -> tuple[StatusCount, ...]:
        """Return the cases by state."""
        return tuple(StatusCount(status=k, **v) for k, v in self._headings("status"))

    def by_milestone(self) -> tuple[MilestoneCount, ...]:
        """Return the promises by regime, milestone and the month in which they fell due."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for metric in VERDICTS:
            for _, promise, count in self._seen.get(metric, []):
                found[promise][metric] = found[promise].get(metric, 0) + count
        split = ((promise.split("|"), counts) for promise, counts in sorted(found.items()))
        return tuple(
            MilestoneCount(regime=regime, milestone=milestone, month=month, **counts)
            for (regime, milestone, month), counts in split
        )

    def _headings(self, heading: str) -> list[tuple[str, dict[str, int]]]:
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for metric in HeadingCount.model_fields:
            for _, value, count in self._seen.get(f"{metric}_by_{heading}", []):
                found[value][metric] = found[value].get(metric, 0) + count
        return sorted(found.items())
