"""What follows from a form that belongs to another case: answers and ratings go where they were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias, cast
from uuid import UUID

from domain.commands.tickets import one_text
from domain.complaint import Complaint
from domain.kernel import Aggregate, Context, Event, Instant, Value
from domain.policies import Rulebook
from domain.privacy import PersonalText
from domain.reactions.reaction import Send
from domain.ticket import Ticket
from domain.ticket.events import Opened
from domain.ticket.talk_events import Score, Texts

FOLLOW_UP, FEEDBACK = "follow_up_questions", "feedback"
"""The forms whose tickets belong to a parent."""
PASSED_ON = "answered"
"""The code of a ticket that is closed because its parent has what it said."""

KindOf: TypeAlias = Callable[[UUID], type[Aggregate] | None]
"""Tells what begun under an id, None where nothing did."""


class TakeAnswers(Value):
    """Take what the customer answered to a follow-up: no word of it is lost.

    Answers that match the questions of a ticket are kept with them; others are kept as
    information, which takes up a solved ticket again, and on a case that has ended as a note.
    """

    LANDS: ClassVar[bool] = True
    """What was merged away meanwhile has the answers where it goes on."""

    answers: Texts
    remarks: PersonalText | None = None
    said_at: Instant

    def carry_out(self, case: Any, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*, a ticket or a complaint; it records."""
        said, at = one_text(self.answers, self.remarks), self.said_at
        if _ended(case):
            case.note(said, by, rules, visibility="customer", occurred_at=at)
        elif isinstance(case, Ticket) and case.questions == len(self.answers):
            case.supply_answers(self.answers, self.remarks, by, rules, occurred_at=at)
        else:
            case.supply_information(said, by, rules, occurred_at=at)


class TakeRating(Value):
    """Take how the customer rated the solution; a case that has none yet, or was rated, keeps a note."""

    LANDS: ClassVar[bool] = True
    """What was merged away meanwhile has the rating where it goes on."""

    score: Score
    comment: PersonalText | None = None
    said_at: Instant

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records."""
        rateable = case.ended if isinstance(case, Complaint) else not case.unsolved
        if rateable and case.rating is None:
            case.rate(self.score, by, rules, comment=self.comment, occurred_at=self.said_at)
        else:
            said = f"{self.score}/5" + (f" {self.comment}" if self.comment else "")
            case.note(said, by, rules, visibility="customer", occurred_at=self.said_at)


class CloseWhatWasPassedOn(Value):
    """Close the ticket of a form whose content its parent has; a closed one is no news."""

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records or ignores."""
        ticket.close(by, rules, code=PASSED_ON)


class AnswerTheFollowUpOfAParent:
    """What a customer answers through the form of follow-up questions goes to the case that asked."""

    NAME: ClassVar[str] = "answer_the_follow_up_of_a_parent"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (Opened,)
    OPENED: ClassVar[bool] = True

    def __init__(self, kind_of: KindOf) -> None:
        self.kind_of = kind_of

    def concerns(self, event: Event) -> bool:
        """Whether *event* opened a ticket of the form; no other need be read in clear."""
        return isinstance(event, Opened) and event.form == FOLLOW_UP

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return what to ask because of *event*; what has no parent, or no answer, waits for a person."""
        if not isinstance(event, Opened) or event.parent is None or not self.concerns(event):
            return ()
        kind, answers = self.kind_of(event.parent), _texts(event.fields, "answers")
        if kind not in (Ticket, Complaint) or not answers:
            return ()
        remarks = event.description if isinstance(event.description, str) else None
        order = TakeAnswers(answers=answers, remarks=remarks, said_at=event.recorded_at)
        return (Send(event.parent, kind, order), Send(case.id, Ticket, CloseWhatWasPassedOn(), after=True))


class RateTheParentOfFeedback:
    """What a customer says through the form of feedback rates the case that it is about."""

    NAME: ClassVar[str] = "rate_the_parent_of_feedback"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (Opened,)
    OPENED: ClassVar[bool] = True

    def __init__(self, kind_of: KindOf) -> None:
        self.kind_of = kind_of

    def concerns(self, event: Event) -> bool:
        """Whether *event* opened a ticket of the form; no other need be read in clear."""
        return isinstance(event, Opened) and event.form == FEEDBACK

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return what to ask because of *event*; feedback on anything but a case waits for a person."""
        if not isinstance(event, Opened) or event.parent is None or not self.concerns(event):
            return ()
        kind, score = self.kind_of(event.parent), (event.chosen or {}).get("rating")
        if kind not in (Ticket, Complaint) or not isinstance(score, int):
            return ()
        comment = event.description if isinstance(event.description, str) else None
        order = TakeRating(score=score, comment=comment, said_at=event.recorded_at)
        return (Send(event.parent, kind, order), Send(case.id, Ticket, CloseWhatWasPassedOn(), after=True))


def _ended(case: Complaint | Ticket) -> bool:
    return case.ended


def _texts(fields: object, name: str) -> tuple[str, ...]:
    """Return the texts that were answered to the field called *name*; none where nothing can be read."""
    answers = cast("dict[str, object]", fields).get(name) if isinstance(fields, dict) else None
    if not isinstance(answers, tuple | list):
        return ()
    return tuple(each for each in cast("tuple[object, ...]", answers) if isinstance(each, str) and each)
