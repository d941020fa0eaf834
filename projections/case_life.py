"""What of a case file is about findings, redress, other bodies and corrections.

Rows hold what events said as JSON, personal values sealed as they stand there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias
from uuid import UUID

from domain.complaint import events as e
from domain.complaint import investigation_events as i
from domain.complaint import life_events as life
from domain.complaint import resolution_events as r
from domain.kernel import HEADER, Event, Value
from domain.linking.events import (
    OF_COMPLAINTS,
    OF_TICKETS,
    Carried,
    CaseUnmerged,
)
from domain.privacy import Code
from domain.ticket.safeguard_events import TICKET_SAFEGUARDS
from projections.projection import changed

PAID = "redress_paid"
Told: TypeAlias = dict[str, object]
"""What an event said, and when and by whom, as JSON."""
NOT_TOLD = set(HEADER - {"occurred_at"})
LIFE_EVENTS: tuple[type[Event], ...] = (
    e.StepRecorded,
    *i.INVESTIGATION_EVENTS,
    *r.RESOLUTION_EVENTS,
    *life.LIFE_EVENTS,
    e.DecisionSent,
    e.Reopened,
    *(
        each
        for of in (OF_COMPLAINTS, OF_TICKETS)
        for each in (of.absorbed, of.unmerged, of.begun, of.carried)
    ),
    *TICKET_SAFEGUARDS,
)


class CaseLife(Value):
    """What was found out, granted, referred and corrected, each in the order in which it came."""

    steps: tuple[Told, ...] = ()
    findings: tuple[Told, ...] = ()
    proposal: Told | None = None
    redress: tuple[Told, ...] = ()
    referrals: tuple[Told, ...] = ()
    corrections: tuple[Told, ...] = ()
    rating: Told | None = None
    holds: tuple[Told, ...] = ()
    complained_of: tuple[Code, ...] = ()
    brought: Mapping[str, tuple[Code, ...]] = {}
    """By case that goes on in this one, who is complained of there."""


NOTHING = CaseLife()


def evolve(life: CaseLife, event: Event) -> CaseLife:
    """Return what is known after *event*."""
    facts = _facts(life, event)
    return changed(life, facts) if facts else life


def _facts(now: CaseLife, event: Event) -> Mapping[str, object]:
    match event:
        case e.StepRecorded():
            return {"steps": (*now.steps, _told(event))}
        case e.DecisionSent():
            if not event.redress and now.proposal is None:
                return {}
            return {"proposal": None, "redress": (*now.redress, *_granted(event))}
        case i.DepartmentAnswered():
            answer = {"answer": _told(event)["text"], "answered_at": _json(event, "occurred_at")}
            return {"steps": _with(now.steps, "consultation", event.consultation, answer)}
        case i.DepartmentOverdue():
            return {"steps": _with(now.steps, "consultation", event.consultation, {"overdue": True})}
        case i.FindingRecorded():
            others = (each for each in now.findings if each["point"] != event.point)
            return {"findings": (*others, _told(event))}
        case r.ResolutionProposed():
            return {"proposal": _told(event) | {"state": "proposed"}}
        case r.ResolutionApproved() | r.ResolutionReturned():
            return {"proposal": _judged(now.proposal or {}, event)}
        case r.RedressPaid():
            paid = {"paid_at": _json(event, "occurred_at"), "reference": _told(event).get("reference")}
            return {"redress": _with(now.redress, "number", event.redress, paid)}
        case e.Reopened():
            return {"proposal": None, "rating": None}
        case _:
            return _beside(now, event)


def _beside(now: CaseLife, event: Event) -> Mapping[str, object]:
    """Return what an event changes that stands beside the line of the complaint's life."""
    match event:
        case life.PersonComplainedOfNamed():
            return {"complained_of": (*now.complained_of, event.user)}
        case life.ReferredExternally():
            return {"referrals": (*now.referrals, _told(event))}
        case life.ExternalOutcomeRecorded():
            told = _told(event)
            outcome = {name: told.get(name) for name in ("outcome", "reasons", "binding")}
            return {"referrals": _answered(now.referrals, event.body, outcome | {"outcome_at": told["at"]})}
        case life.Corrected():
            told = {"corrections": (*now.corrections, _told(event))}
            if event.undone != PAID:
                return told
            unpaid: Told = {"paid_at": None, "reference": None}
            return told | {"redress": _with(now.redress, "number", event.redress or 0, unpaid)}
        case life.Rated():
            return {"rating": _told(event)}
        case life.HoldPlaced():
            return {"holds": (*now.holds, _told(event))}
        case life.HoldLifted():
            return {"holds": tuple(each for each in now.holds if each["kind"] != event.kind)}
        case CaseUnmerged(was="survivor", other=other):
            brought = {id: each for id, each in now.brought.items() if id != str(other)}
            return {"brought": brought, "holds": _not_of(other, now.holds)}
        case Carried(brought_by=UUID() as other):
            brought = {**now.brought, str(other): event.complained_of}
            return {
                "brought": brought,
                "holds": (*_not_of(other, now.holds), *_holds(event, str(other))),
            }
        case Carried():
            return {
                "complained_of": (*now.complained_of, *event.complained_of),
                "holds": (*now.holds, *_holds(event)),
            }
        case _:
            return {}


def _not_of(other: UUID, holds: tuple[Told, ...]) -> tuple[Told, ...]:
    return tuple(each for each in holds if each.get("of") != str(other))


def _holds(event: Carried, of: str | None = None) -> tuple[Told, ...]:
    """Return the holds that came from another case; the reason of each stands there."""
    said: Told = {"at": _json(event, "occurred_at"), "by": event.actor}
    return tuple({"kind": kind, **said, **({"of": of} if of else {})} for kind in event.holds)


def _told(event: Event) -> Told:
    told: Told = event.model_dump(mode="json", exclude=NOT_TOLD, exclude_none=True)
    told["at"] = told.pop("occurred_at")
    return told | {"by": event.actor}


def _json(event: Event, name: str) -> Any:
    return event.model_dump(mode="json", include={name})[name]


def _with(rows: tuple[Told, ...], key: str, value: UUID | int, facts: Told) -> tuple[Told, ...]:
    """Return *rows* with *facts* in that one whose *key* is *value*."""
    wanted = str(value) if isinstance(value, UUID) else value
    return tuple(each | facts if each.get(key) == wanted else each for each in rows)


def _answered(referrals: tuple[Told, ...], body: str, outcome: Told) -> tuple[Told, ...]:
    """Return *referrals* with *outcome* in the last of those to *body*."""
    last = max((n for n, each in enumerate(referrals) if each["body"] == body), default=None)
    said = {name: value for name, value in outcome.items() if value is not None}
    return tuple(each | said if n == last else each for n, each in enumerate(referrals))


def _judged(proposal: Told, event: r.ResolutionApproved | r.ResolutionReturned) -> Told:
    told = _told(event)
    state = "approved" if isinstance(event, r.ResolutionApproved) else "returned"
    judged = {"state": state, "judged_by": event.actor, "judged_at": told["at"]}
    return proposal | judged | ({"returned_because": told["reason"]} if "reason" in told else {})


def _granted(event: e.DecisionSent) -> tuple[Told, ...]:
    """Return the redress of a decision; all that is said of it is sealed as one."""
    told = _told(event)
    said = told.get("descriptions")
    items = (each.model_dump(mode="json", exclude_none=True) for each in event.redress)
    return tuple(each | ({"descriptions": said} if said is not None else {}) for each in items)
