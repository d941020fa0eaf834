"""What a case file keeps of one event as a whole: a decision, an appointment, a rating."""

from __future__ import annotations

from domain.complaint import events as e
from domain.kernel import Instant, Value
from domain.privacy import Code, Kept, PersonalText
from domain.ticket import talk_events as talk

ANSWERED = (
    "points",
    "precedents",
    "root_cause",
    "response_type",
    "remedies_named",
    "waiver",
    "proposed_by",
    "approved_by",
)
"""What a decision says beside its outcome and reasons."""


class Decision(Value):
    """What was decided, and when it was sent."""

    outcome: Code
    reasons: Kept[PersonalText] | None = None
    sent_at: Instant
    sent_at_known: bool = True
    points: tuple[Code, ...] = ()
    precedents: tuple[Code, ...] = ()
    root_cause: Code | None = None
    response_type: Code | None = None
    remedies_named: tuple[Code, ...] = ()
    waiver: Code | None = None
    proposed_by: Code | None = None
    approved_by: Code | None = None


class Appointment(Value):
    """The appointment that there is."""

    number: int
    kind: Code
    starts_at: Instant
    ends_at: Instant | None = None
    zone: Code
    how_to_join: Kept[PersonalText] | None = None
    remind_at: Instant | None = None


class Rating(Value):
    """How content the customer was with the solution."""

    score: int
    comment: Kept[PersonalText] | None = None
    rated_at: Instant


_OF_APPOINTMENTS = set(Appointment.model_fields)


def decided(event: e.DecisionSent) -> Decision:
    """Return the decision that *event* tells of."""
    return Decision(
        outcome=event.outcome,
        reasons=event.reasons,
        sent_at=event.occurred_at,
        sent_at_known=event.occurred_at_known,
        **{name: getattr(event, name) for name in ANSWERED},
    )


def booked(event: talk.AppointmentBooked) -> Appointment:
    """Return the appointment that *event* tells of."""
    return Appointment.model_validate(event.model_dump(include=_OF_APPOINTMENTS))


def rated(event: talk.Rated) -> Rating:
    """Return the rating that *event* tells of."""
    return Rating(score=event.score, comment=event.comment, rated_at=event.occurred_at)
