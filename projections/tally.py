"""What a row of the queue counts for, under values that say for whom it may be counted.

A value is ``team|legal entity|sensitivity|heading``: what a case exists for comes first, so
that nobody counts what no list would show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from domain.access import Guarded, Sensitivity

if TYPE_CHECKING:
    from projections.projection import CounterKey
    from projections.queue import Promise, QueueRow


QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
"""A day begins on a quarter of an hour, in UTC, in every zone there is."""
DIGITS = len("20260601T1215")
ON, BETWEEN = "0", "1"
"""How the metric ends of what falls due on a quarter of an hour, and of what does between it and the next."""


class Counted(NamedTuple):
    """The value of a counter, taken apart."""

    team: str
    legal_entity: str
    sensitivity: Sensitivity
    heading: str


def prefix(case: Guarded) -> str:
    """Return what the values of *case* begin with."""
    return f"{_escaped(case.team)}|{_escaped(case.legal_entity)}|{case.sensitivity.value}|"


@lru_cache(maxsize=8192)
def apart(value: str) -> Counted:
    """Return the parts of *value*; every dashboard asks for those of the same few hundred."""
    team, legal_entity, sensitivity, heading = value.split("|", 3)
    return Counted(_plain(team), _plain(legal_entity), Sensitivity(sensitivity), heading)


@lru_cache(maxsize=8192)
def due_metrics(at: datetime) -> tuple[str, str]:
    """Return the metrics of what falls due *at*: of the hour, and of the quarter of an hour.

    What falls due on a quarter is counted apart from what does between it and the next.
    """
    begun = quarter(at)
    return _hour(begun), _quarter(begun, ON) if begun == at else midst_of(begun)


def due_ranges(after: datetime, by: datetime) -> list[tuple[str, str]]:
    """Return the first and last metrics that together count what falls due *after* one quarter *by* another.

    Whole hours are counted as such, so that there are few.
    """
    first, last = _begun(after, HOUR) + HOUR, _begun(by, HOUR)
    if first >= last:
        return [(midst_of(after), _quarter(by, ON))] if after < by else []
    ends = (midst_of(after), midst_of(first - QUARTER)), (_quarter(last, ON), _quarter(by, ON))
    return [(_hour(first), _hour(last - HOUR)), *ends]


def midst_of(begun: datetime) -> str:
    """Return the metric of what falls due between the quarter of an hour that has *begun* and the next."""
    return _quarter(begun, BETWEEN)


def quarter(at: datetime) -> datetime:
    """Return when the quarter of an hour began, in UTC, that *at* is in."""
    return _begun(at, QUARTER)


def begun_by(metric: str) -> datetime:
    """Return when the hour, or the quarter of one, began that *metric*, one of what falls due, is of."""
    return datetime.fromisoformat(f"{metric.rpartition('_')[2][:DIGITS]}Z")


def _begun(at: datetime, every: timedelta) -> datetime:
    shown, minutes = at.astimezone(UTC), int(every.total_seconds()) // 60
    return shown.replace(minute=shown.minute // minutes * minutes, second=0, microsecond=0)


# Digits of one length: they are sorted alike by every database, whatever it thinks of letters and signs.
def _hour(begun: datetime) -> str:
    return f"due_in_hour_{begun:%Y%m%dT%H}"


def _quarter(begun: datetime, where: str) -> str:
    return f"due_in_quarter_{begun:%Y%m%dT%H%M}{where}"


def _escaped(name: str) -> str:
    # Whoever sends a complaint names its entity: a bar in it may not pass for the next part.
    return name.replace("%", "%25").replace("|", "%7C")


def _plain(name: str) -> str:
    return name.replace("%7C", "|").replace("%25", "%")


def measure(row: QueueRow) -> Mapping[CounterKey, int]:
    """Count a case by each heading of the dashboard, and its promises by the month they fell due.

    The metrics of tickets begin with ``ticket_``: what is owed on complaints is counted apart.
    ``missed`` is gross; ``excused`` counts those of them that were excused.  A complaint that is
    open and not overdue counts where it falls due next.
    """
    ticket, scope = "ticket_" if row.kind == "ticket" else "", prefix(row)
    is_open, overdue = row.open, row.overdue
    headings = (
        ("all", scope),
        ("status", scope + row.status),
        ("category", scope + row.category),
        ("channel", scope + row.channel),
    )
    counted = (("received", True), ("open", is_open), ("overdue", overdue))
    counts: dict[CounterKey, int] = {
        (f"{ticket}{metric}_by_{heading}", value): 1
        for metric, counts in counted
        if counts
        for heading, value in headings
    }
    if is_open and not overdue and not ticket and (due := row.due_before):
        counts |= {(metric, scope): 1 for metric in due_metrics(due)}
    for promise in row.promises:
        for metric in _verdict(promise):
            month = promise.due_date.isoformat()[:7]
            key = f"{ticket}{metric}", f"{scope}{promise.regime}|{promise.milestone}|{month}"
            counts[key] = counts.get(key, 0) + 1
    return counts


def _verdict(promise: Promise) -> Iterable[str]:
    if promise.counted_there:
        return
    if promise.state == "met":
        yield "met"
    if promise.state in {"missed", "late"}:
        yield "missed"
        if promise.excused:
            yield "excused"
