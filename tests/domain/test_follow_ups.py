"""Answers and ratings go to the case that asked for them, whatever its state, and their ticket closes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from domain.commands import Command, Rate, Withdraw
from domain.complaint import Complaint
from domain.kernel import Aggregate
from domain.reactions import Send
from domain.reactions.follow_ups import (
    AnswerTheFollowUpOfAParent,
    CloseWhatWasPassedOn,
    RateTheParentOfFeedback,
    TakeAnswers,
    TakeRating,
)
from domain.testing import RULES, Given, an_id, by, paris, received
from domain.testing import asked as complaint_asked
from domain.ticket import Ticket
from domain.ticket.events import Opened
from domain.ticket.request import Request
from tests.domain.test_ticket import CLOSED, LATER, SOLVED, Step, a_ticket, asked, own
from tests.domain.test_ticket_talk import ASK

PARENT, CHILD = an_id(), UUID(int=an_id().int + 1)
AT = LATER.recorded_at
ANSWERS = ("The blue one.", "Monday.")
SAID = "The blue one.\nMonday.\nThanks."


def child(form: str, **facts: Any) -> Opened:
    """Return the opening of a ticket that belongs to the parent."""
    ticket = Ticket(CHILD)
    given: dict[str, Any] = {"form": form, "category": "other", "description": "Thanks.", "parent": PARENT}
    ticket.open(Request.model_validate(given | facts), LATER, RULES)
    [opened] = ticket.collect_events()
    assert isinstance(opened, Opened)
    return opened


def sends(reaction: Any, event: Opened) -> list[Send]:
    found: Iterable[Send] = reaction.decide(event, Ticket(event.originator_id))
    return list(found)


def begun(kind: type[Aggregate] | None) -> Any:
    def kind_of(id: UUID) -> type[Aggregate] | None:
        return kind if id == PARENT else None

    return kind_of


@pytest.mark.parametrize("kind", [Ticket, Complaint])
def test_answers_go_to_the_parent_and_their_ticket_closes(kind: type[Aggregate]):
    event = child("follow_up_questions", fields={"answers": ANSWERS})

    assert sends(AnswerTheFollowUpOfAParent(begun(kind)), event) == [
        Send(PARENT, kind, TakeAnswers(answers=ANSWERS, remarks="Thanks.", said_at=AT)),
        Send(CHILD, Ticket, CloseWhatWasPassedOn()),
    ]


@pytest.mark.parametrize("kind", [Ticket, Complaint])
def test_feedback_rates_the_case_that_it_is_about(kind: type[Aggregate]):
    event = child("feedback", chosen={"rating": 4})

    assert sends(RateTheParentOfFeedback(begun(kind)), event) == [
        Send(PARENT, kind, TakeRating(score=4, comment="Thanks.", said_at=AT)),
        Send(CHILD, Ticket, CloseWhatWasPassedOn()),
    ]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (Ticket, {"form": "general"}),
        (Ticket, {"parent": None}),
        (Ticket, {"parent": CHILD}),
        (None, {}),
        (Ticket, {"fields": None, "chosen": None}),
    ],
    ids=["another form", "no parent", "another case", "nobody there", "nothing said"],
)
def test_what_cannot_be_passed_on_waits_for_a_person(kind: type[Aggregate] | None, changes: dict[str, Any]):
    follow_up = child("follow_up_questions", fields={"answers": ANSWERS}).model_copy(update=changes)
    feedback = child("feedback", chosen={"rating": 4}).model_copy(update=changes)

    assert sends(AnswerTheFollowUpOfAParent(begun(kind)), follow_up) == []
    assert sends(RateTheParentOfFeedback(begun(kind)), feedback) == []


def take(ticket: Given[Ticket], order: Any) -> list[tuple[str, dict[str, object]]]:
    return own(ticket.when(lambda case: order.carry_out(case, LATER, RULES)))


INFORMATION: dict[str, object] = {"text": SAID, "answers": None, "source": None}
NOTE: dict[str, object] = {"text": SAID, "visibility": "customer", "source": None}


@pytest.mark.parametrize(
    ("history", "recorded"),
    [
        ((ASK,), [("InformationSupplied", {"text": "Thanks.", "answers": ANSWERS, "source": None})]),
        ((), [("InformationSupplied", INFORMATION)]),
        ((SOLVED,), [("InformationSupplied", INFORMATION), ("Reopened", {"reason": None, "source": None})]),
        ((CLOSED,), [("Noted", NOTE)]),
    ],
    ids=["asked", "not asked", "solved", "closed"],
)
def test_no_answer_is_lost(history: tuple[Step, ...], recorded: list[tuple[str, dict[str, object]]]):
    order = TakeAnswers(answers=ANSWERS, remarks="Thanks.", said_at=AT)

    assert take(a_ticket(*history), order) == recorded


def test_a_complaint_takes_answers_as_information():
    complaint = Given(Complaint(an_id()), received())
    order, at = TakeAnswers(answers=ANSWERS, said_at=AT), by(paris("2026-05-27T10:00"))
    [recorded] = own(complaint.when(lambda case: order.carry_out(case, at, RULES)))

    assert (recorded[0], recorded[1]["text"]) == ("InformationSupplied", "\n".join(ANSWERS))


@pytest.mark.parametrize(
    ("history", "name", "facts"),
    [
        ((SOLVED,), "Rated", {"score": 4, "comment": "Thanks."}),
        ((), "Noted", NOTE | {"text": "4/5 Thanks."}),
        ((SOLVED, asked("rate", 1)), "Noted", NOTE | {"text": "4/5 Thanks."}),
    ],
    ids=["solved", "not solved", "rated before"],
)
def test_no_rating_is_lost(history: tuple[Step, ...], name: str, facts: dict[str, object]):
    assert take(a_ticket(*history), TakeRating(score=4, comment="Thanks.", said_at=AT)) == [(name, facts)]


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        ((Withdraw(reason="No."),), "Rated"),
        ((), "Noted"),
        ((Withdraw(reason="No."), Rate(score=1)), "Noted"),
    ],
    ids=["ended", "open", "rated before"],
)
def test_no_rating_of_a_complaint_is_lost(steps: tuple[Command, ...], name: str):
    at = paris("2026-05-27T10:00")
    complaint = Given(Complaint(an_id()), received(), *(complaint_asked(each, at) for each in steps))
    order = TakeRating(score=4, comment="Thanks.", said_at=at)
    facts = {
        "Rated": {"score": 4, "comment": "Thanks."},
        "Noted": {"text": "4/5 Thanks.", "visibility": "customer"},
    }

    assert own(complaint.when(lambda case: order.carry_out(case, by(at), RULES))) == [(name, facts[name])]


def test_the_ticket_of_a_form_closes_once():
    ticket = a_ticket()

    assert [facts["code"] for _, facts in take(ticket, CloseWhatWasPassedOn())] == ["answered"]
    assert take(ticket, CloseWhatWasPassedOn()) == []
