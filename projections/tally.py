"""What a row of the queue counts for, under values that say for whom it may be counted.

A value is ``team|legal entity|sensitivity|heading``: what a case exists for comes first, so
that nobody counts what no list would show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from domain.access import Guarded, Sensitivity

if TYPE_CHECKING:
    from projections.projection import CounterKey
    from projections.queue import Promise, QueueRow


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


def _escaped(name: str) -> str:
    # Whoever sends a complaint names its entity: a bar in it may not pass for the next part.
    return name.replace("%", "%25").replace("|", "%7C")


def _plain(name: str) -> str:
    return name.replace("%7C", "|").replace("%25", "%")


def measure(row: QueueRow) -> Mapping[CounterKey, int]:
    """Count a case by each heading of the dashboard, and its promises by the month they fell due.

    The metrics of tickets begin with ``ticket_``: what is owed on complaints is counted apart.
    ``missed`` is gross; ``excused`` counts those of them that were excused.
    """
    ticket, scope = "ticket_" if row.kind == "ticket" else "", prefix(row)
    headings = (
        ("all", scope),
        ("status", scope + row.status),
        ("category", scope + row.category),
        ("channel", scope + row.channel),
    )
    counted = (("received", True), ("open", row.open), ("overdue", row.overdue))
    counts: dict[CounterKey, int] = {
        (f"{ticket}{metric}_by_{heading}", value): 1
        for metric, counts in counted
        if counts
        for heading, value in headings
    }
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
