"""A what-if over the log: the cases of a period replayed under a proposal; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain.calendars import ONE_DAY
from domain.complaint.events import Received
from domain.errors import DomainError
from domain.hours import first_instant
from domain.what_if import Proposal, compare, story
from domain.what_if_tally import Tally, WhatIf

if TYPE_CHECKING:
    from adapters.eventstore.store import CaseStore

AT_ONCE = 1000
"""How many stored events are looked at in one read."""


def replay(
    store: CaseStore,
    proposal: Proposal,
    first: date,
    last: date,
    *,
    as_of: datetime,
    tell: Callable[[int], object] = lambda _: None,
) -> WhatIf:
    """Return what *proposal* changes for the cases received from *first* to *last*, in the regime's zone.

    One case is in memory at a time.  *tell* is told the number of the last event looked at.
    """
    tally = Tally()
    begin = first_instant(first, proposal.regime.zone)
    end = first_instant(last + ONE_DAY, proposal.regime.zone)
    for id in _received(store, begin, end, tell):
        case = story(store.history(id))
        if case is None:
            continue
        try:
            tally.add(compare(case, proposal, as_of=as_of))
        except DomainError as error:
            tally.give_up(error.remedy)
    return tally.result(proposal, first, last, as_of)


def _received(
    store: CaseStore, begin: datetime, end: datetime, tell: Callable[[int], object]
) -> Iterator[UUID]:
    """Yield the ids of the cases received in a span, in the order of each log up to its end as of now."""
    seen = 0
    for log, stop in store.ends().items():
        after = 0
        while found := store.notifications(log, after, AT_ONCE, stop=stop):
            for stored in found:
                if stored.topic == Received.TOPIC:
                    received = store.decode(stored)
                    if begin <= received.occurred_at < end:
                        yield received.originator_id
            after = found[-1].id
            seen += len(found)
            tell(seen)
