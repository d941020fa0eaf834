"""The work queue: a row for every case, ordered by what falls due next."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

from domain import clocks
from domain.access import Sensitivity
from domain.attachments.events import ATTACHMENT_EVENTS
from domain.complaint import events as e
from domain.complaint.life_events import Corrected
from domain.guarding import SensitivityChanged
from domain.ids import reference
from domain.kernel import Event, Instant, Value
from domain.linking.events import CaseUnmerged
from domain.privacy import Code
from domain.ticket import events as t
from projections import tickets
from projections.linked import Known, standing
from projections.projection import Projection, by_case, changed, first, topics
from projections.tally import measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ENDED = frozenset({"closed", "withdrawn", "redirected", "inadmissible", "merged"})
STAGES = ("status", "before_merge")
DECIDED = ENDED | {"resolved", "solved"}


CaseKind: TypeAlias = Literal["complaint", "ticket"]


class Promise(Value):
    """A clock as the queue needs it; ``late`` is missed, and made good or decided upon since."""

    clock_id: UUID
    regime: Code
    milestone: Code
    legal: bool
    due_date: date
    due_before: Instant
    state: Literal["running", "paused", "met", "missed", "late", "cancelled"] = "running"
    excused: bool = False
    taken_from: UUID | None = None
    """The case that made the promise and was merged into this one."""
    counted_there: bool = False
    """Whether it was missed before the merge: that case counts it, this one still owes it."""

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for the act: it runs, or was missed and has still not come."""
        return self.state in {"running", "missed"}


LIVE = frozenset({"running", "paused"})


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
        return _first(self._awaited)

    @property
    def next_legal(self) -> Promise | None:
        """The strictest limit that the law sets; what the house promised stands apart."""
        return _first(each for each in self._awaited if each.legal)

    @property
    def next_house(self) -> Promise | None:
        """The strictest promise of the house itself."""
        return _first(each for each in self._awaited if not each.legal)

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
    place: dict[str, object] = {"version": event.originator_version, "number": number}
    if row is None:
        begun = _begin(event)
        return None if begun is None else changed(begun, place)
    return changed(row, {**_facts(row, event), **place})


def _facts(row: QueueRow, event: Event) -> Mapping[str, object]:
    """Return what *event* changes in *row*; the most frequent events stand first."""
    match event:
        case clocks.ClockTakenOver() if event.regime not in row.regimes:
            regimes, lent = (*row.regimes, event.regime), (*row.lent, event.regime)
            return {"regimes": regimes, "lent": lent, "promises": _promises(row.promises, event)}
        case clocks.ClockEvent():
            return {"promises": _promises(row.promises, event)}
        case _ if (stands := standing(event, row.status, row.before_merge)) is not None:
            return stands
        case CaseUnmerged():
            return _without(row, event.other)
        case SensitivityChanged():
            return {"sensitivity": event.sensitivity}
        case t.Solved():
            return {"status": "solved", "promises": _all_settled(row)}
        case t.TicketEvent():
            return tickets.changes(event, row.status)
        case Corrected(undone="acknowledged"):
            return {name: "received" for name in STAGES if getattr(row, name) == "acknowledged"}
        case Corrected(what="category", new=str(category)):
            return {"category": category}
        case Corrected(what="received_at"):
            return {"received_at": event.new_at}
        case Corrected():
            channel = {"channel": event.new} if event.what == "channel" and event.new else {}
            bound = None if event.pins is None else tuple(pin.regime for pin in event.pins)
            return channel | ({} if bound is None else {"regimes": bound, "lent": event.lent})
        case e.Assigned():
            return {"team": event.team, "assignee": event.assignee}
        case e.Triaged():
            return {"category": event.category, "severity": event.severity}
        case e.DeclaredInadmissible():
            return {"status": "inadmissible"}
        case e.Acknowledged() if row.status == "received":
            return {"status": "acknowledged"}
        case e.Acknowledged() if row.before_merge == "received":
            return {"before_merge": "acknowledged"}
        case e.InvestigationStarted() | e.Reopened():
            return {"status": "investigating"}
        case e.Escalated():
            return {"level": event.level}
        case e.DeEscalated():
            return {"level": 0}
        case e.DecisionSent():
            return {"status": "resolved", "promises": _all_settled(row)}
        case e.Closed():
            return {"status": "closed"}
        case e.Withdrawn():
            return {"status": "withdrawn"}
        case e.Redirected():
            return {"status": "redirected"}
        case _:
            return {}


def _first(promises: Iterable[Promise]) -> Promise | None:
    return min(promises, key=lambda each: each.due_before, default=None)


def _begin(event: Event) -> QueueRow | None:
    """Return the row that *event* begins, None when it begins none."""
    if isinstance(event, t.Opened):
        return QueueRow(**tickets.opened(event))
    if not isinstance(event, e.Received):
        return None
    return QueueRow(
        id=event.originator_id,
        reference=reference(event.originator_id, "C"),
        status="received",
        version=event.originator_version,
        number=0,
        received_at=event.occurred_at,
        category=event.category,
        team=event.team,
        channel=event.channel,
        legal_entity=event.legal_entity,
        language=event.language,
        regimes=tuple(pin.regime for pin in event.pins),
    )


def _promises(promises: tuple[Promise, ...], event: clocks.ClockEvent) -> tuple[Promise, ...]:
    if isinstance(event, clocks.ClockStarted):
        # A window is the complainant's own time: nobody at the desk has anything to do in it.
        return promises if event.window else (*promises, _promise(event))
    return tuple(
        _answer(each, event) if each.clock_id == event.clock_id else each
        for each in _made_good(promises, event)
    )


def _promise(event: clocks.ClockStarted) -> Promise:
    return Promise(
        clock_id=event.clock_id,
        regime=event.regime,
        milestone=event.milestone,
        legal=event.legal,
        due_date=event.due_date,
        due_before=event.due_before,
        **(_taken_over(event) if isinstance(event, clocks.ClockTakenOver) else {}),
    )


def _taken_over(event: clocks.ClockTakenOver) -> dict[str, Any]:
    """Return how a promise stood when it was taken over."""
    missed = event.missed_at is not None
    paused = any(pause.to is None for pause in event.pauses)
    state = "missed" if missed else "paused" if paused else "running"
    return {"taken_from": event.taken_from, "counted_there": missed, "state": state}


def _without(row: QueueRow, parted: UUID) -> Mapping[str, object]:
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


def _answer(promise: Promise, event: clocks.ClockEvent) -> Promise:
    match event:
        case clocks.ClockMet() | clocks.ClockMissCorrected():
            return changed(promise, {"state": "met"})
        case clocks.ClockMissed():
            return changed(promise, {"state": "missed"})
        case clocks.ClockStoppedLate():
            return changed(promise, {"state": "late"})
        case clocks.ClockPaused():
            return changed(promise, {"state": "paused"})
        case clocks.ClockResumed(due_date=due_date, due_before=due_before):
            due = {"due_date": due_date, "due_before": due_before}
            return changed(promise, {"state": "running", **due})
        case clocks.ClockExtended() | clocks.ClockRetargeted():
            due = {"due_date": event.due_date, "due_before": event.due_before}
            return changed(promise, due)
        case clocks.ClockMissExcused():
            return changed(promise, {"excused": True})
        case clocks.ClockCancelled():
            return changed(promise, {"state": "cancelled"})
        case _:
            return promise


def _made_good(promises: tuple[Promise, ...], event: clocks.ClockEvent) -> Iterable[Promise]:
    """Yield *promises*; keeping the next one of a recurring promise makes a missed one good."""
    met = next((each for each in promises if each.clock_id == event.clock_id), None)
    if met is None or not isinstance(event, clocks.ClockMet):
        return promises
    same = (met.regime, met.milestone)
    return (_settled(p) if (p.regime, p.milestone) == same else p for p in promises)


def _all_settled(row: QueueRow) -> tuple[Promise, ...]:
    return tuple(_settled(each) for each in row.promises)


def _settled(promise: Promise) -> Promise:
    return changed(promise, {"state": "late"}) if promise.state == "missed" else promise


QUEUE: Projection[QueueRow] = Projection(
    name="queue",
    version=5,
    row=QueueRow,
    topics=topics(*e.EVENTS, *t.TICKET_EVENTS, *ATTACHMENT_EVENTS),
    key=by_case,
    begins=first,
    evolve=evolve,
    measure=measure,
)
