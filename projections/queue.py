"""The work queue: a row for every case, ordered by what falls due next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

from domain import clocks
from domain.access import Sensitivity
from domain.attachments.events import ATTACHMENT_EVENTS
from domain.complaint import events as e
from domain.complaint.life_events import Corrected
from domain.guarding import SensitivityChanged
from domain.ids import reference
from domain.kernel import Event, Instant, Value, made
from domain.linking.events import CaseMerged, CaseUnmerged
from domain.privacy import Code
from domain.ticket import events as t
from projections import tickets
from projections.by_kind import ByKind
from projections.linked import Known, standing
from projections.projection import Projection, by_case, changed, first, topics
from projections.promises import Promise, first_due, follow, settled
from projections.tally import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDED = frozenset({"closed", "withdrawn", "redirected", "inadmissible", "merged"})
STAGES = ("status", "before_merge")
LIVE = frozenset({"running", "paused"})
DECIDED = ENDED | {"resolved", "solved"}


CaseKind: TypeAlias = Literal["complaint", "ticket"]
Facts: TypeAlias = Mapping[str, object]
"""What an event changes in a row, by field."""


class QueueRow(Value):
    """What a handler sees of a case in a list; nothing in it concerns a person."""

    id: UUID
    reference: Code
    kind: CaseKind = "complaint"
    status: Code
    before_merge: Code | None = None
    merged_into: Known | None = None
    level: int = 0
    version: int
    number: int
    received_at: Instant
    category: Code
    severity: Code | None = None
    team: Code
    assignee: Code | None = None
    channel: Code
    legal_entity: Code
    sensitivity: Sensitivity = Sensitivity.NORMAL
    language: Code
    regimes: tuple[Code, ...] = ()
    lent: tuple[Code, ...] = ()
    """The regimes that bind the case only by promises of cases that were merged into it."""
    promises: tuple[Promise, ...] = ()

    @property
    def escalated(self) -> bool:
        """Whether the escalation flag is up."""
        return self.level > 0

    @property
    def open(self) -> bool:
        """Whether the case has neither ended nor been merged into another."""
        return self.status not in ENDED

    @property
    def next_promise(self) -> Promise | None:
        """The promise to keep first; a missed one stands where it fell due."""
        return first_due(self._awaited)

    @property
    def next_legal(self) -> Promise | None:
        """The strictest limit that the law sets; what the house promised stands apart."""
        return first_due(each for each in self._awaited if each.legal)

    @property
    def next_house(self) -> Promise | None:
        """The strictest promise of the house itself."""
        return first_due(each for each in self._awaited if not each.legal)

    @property
    def _awaited(self) -> Iterator[Promise]:
        decided = self.status in DECIDED
        return (each for each in self.promises if each.awaited and not (decided and each.state == "missed"))

    @property
    def due_before(self) -> datetime | None:
        """When the next promise falls due, or fell due; None when nothing is awaited."""
        promise = self.next_promise
        return promise.due_before if promise else None

    @property
    def overdue(self) -> bool:
        """Whether the case is undecided and a promise was missed that is still not made good."""
        undecided = self.status not in DECIDED
        return undecided and any(each.state == "missed" for each in self.promises)


def evolve(row: QueueRow | None, event: Event, number: int) -> QueueRow | None:
    """Return the row after *event*."""
    if row is None:
        return _begin(event, number)
    facts = _CHANGES[type(event)](row, event)
    return changed(row, {**facts, "version": event.originator_version, "number": number})


def _promises(row: QueueRow, event: clocks.ClockEvent) -> Facts:
    return {"promises": follow(row.promises, event)}


def _lent(row: QueueRow, event: clocks.ClockTakenOver) -> Facts:
    if event.regime in row.regimes:
        return _promises(row, event)
    regimes, lent = (*row.regimes, event.regime), (*row.lent, event.regime)
    return {"regimes": regimes, "lent": lent, "promises": follow(row.promises, event)}


def _acknowledged(row: QueueRow, _event: Event) -> Facts:
    if row.status == "received":
        return {"status": "acknowledged"}
    return {"before_merge": "acknowledged"} if row.before_merge == "received" else {}


def _decided(row: QueueRow, status: str) -> Facts:
    return {"status": status, "promises": tuple(settled(each) for each in row.promises)}


def _merged(row: QueueRow, event: CaseMerged | CaseUnmerged) -> Facts:
    stands = standing(event, row.status, row.before_merge)
    if stands is not None:
        return stands
    return _without(row, event.other) if isinstance(event, CaseUnmerged) else {}


def _corrected(row: QueueRow, event: Corrected) -> Facts:
    if event.undone == "acknowledged":
        return {name: "received" for name in STAGES if getattr(row, name) == "acknowledged"}
    if event.what == "category" and event.new is not None:
        return {"category": event.new}
    if event.what == "received_at":
        return {"received_at": event.new_at}
    channel = {"channel": event.new} if event.what == "channel" and event.new else {}
    bound = None if event.pins is None else tuple(pin.regime for pin in event.pins)
    return channel | ({} if bound is None else {"regimes": bound, "lent": event.lent})


_CHANGES: ByKind[Callable[[QueueRow, Any], Facts]] = ByKind(
    {
        clocks.ClockTakenOver: _lent,
        clocks.ClockEvent: _promises,
        e.Assigned: lambda _row, event: {"team": event.team, "assignee": event.assignee},
        e.Triaged: lambda _row, event: {"category": event.category, "severity": event.severity},
        e.Acknowledged: _acknowledged,
        e.InvestigationStarted: lambda _row, _event: {"status": "investigating"},
        e.Reopened: lambda _row, _event: {"status": "investigating"},
        e.DecisionSent: lambda row, _event: _decided(row, "resolved"),
        e.Closed: lambda _row, _event: {"status": "closed"},
        CaseMerged: _merged,
        CaseUnmerged: _merged,
        SensitivityChanged: lambda _row, event: {"sensitivity": event.sensitivity},
        t.Solved: lambda row, _event: _decided(row, "solved"),
        t.TicketEvent: lambda row, event: tickets.changes(event, row.status),
        Corrected: _corrected,
        e.DeclaredInadmissible: lambda _row, _event: {"status": "inadmissible"},
        e.Escalated: lambda _row, event: {"level": event.level},
        e.DeEscalated: lambda _row, _event: {"level": 0},
        e.Withdrawn: lambda _row, _event: {"status": "withdrawn"},
        e.Redirected: lambda _row, _event: {"status": "redirected"},
    },
    otherwise=lambda _row, _event: {},
)
"""What an event changes in a row, apart from its version and number."""


def _begin(event: Event, number: int) -> QueueRow | None:
    """Return the row that *event* begins, None when it begins none."""
    if isinstance(event, t.Opened):
        return changed(QueueRow(**tickets.opened(event)), {"number": number})
    if not isinstance(event, e.Received):
        return None
    return made(
        QueueRow,
        {
            "id": event.originator_id,
            "reference": reference(event.originator_id, "C"),
            "status": "received",
            "version": event.originator_version,
            "number": number,
            "received_at": event.occurred_at,
            "category": event.category,
            "team": event.team,
            "channel": event.channel,
            "legal_entity": event.legal_entity,
            "language": event.language,
            "regimes": tuple(pin.regime for pin in event.pins),
        },
    )


def _without(row: QueueRow, parted: UUID) -> Facts:
    """Return the regimes that bind the case without those that only the one that *parted* lent it."""
    kept = {
        each.regime
        for each in row.promises
        if (each.state in LIVE if each.taken_from is None else each.taken_from != parted)
    }
    gone = set(row.lent) - kept
    return {
        "regimes": tuple(regime for regime in row.regimes if regime not in gone),
        "lent": tuple(regime for regime in row.lent if regime not in gone),
    }


QUEUE: Projection[QueueRow] = Projection(
    name="queue",
    version=7,
    row=QueueRow,
    topics=topics(*e.EVENTS, *t.TICKET_EVENTS, *ATTACHMENT_EVENTS),
    key=by_case,
    begins=first,
    evolve=evolve,
    measure=measure,
)
