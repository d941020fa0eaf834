"""What the desk and the customer say to one another: recorded, refused, or no news."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from domain import errors
from domain.commands import SupplyAnswers
from domain.correspondence_intents import PlanMessage
from domain.errors import DomainError
from domain.ids import derived
from domain.kernel import Event
from domain.policies import PolicyError, parse
from domain.privacy import ERASED
from domain.reactions import Send
from domain.reactions.appointments import PlanTheConfirmationOfAnAppointment
from domain.testing import HOUSE, RULES, Given, an_id, by, paris
from domain.ticket import Ticket
from domain.ticket import events as t
from domain.ticket.appointments import Slot
from domain.ticket.talk_events import AppointmentBooked, AppointmentCancelled
from domain.timers import FallDue
from tests.domain.test_ticket import CLOSED, LATER, SOLVED, Step, a_ticket, asked, opened, own

AT = LATER.recorded_at
STARTS = paris("2026-05-28T14:00")
SLOT = Slot(kind="callback", starts_at=STARTS, ends_at=paris("2026-05-28T14:30"), zone="Europe/Paris")
REMINDER = paris("2026-05-27T14:00")
BOOKED: dict[str, object] = {
    "number": 1,
    "how_to_join": None,
    "remind_at": REMINDER,
    "kind": "callback",
    "starts_at": STARTS,
    "ends_at": SLOT.ends_at,
    "zone": "Europe/Paris",
}
BOOK = asked("book_appointment", SLOT)
QUESTIONS = ("Which card?", "Since when?")
ASK = asked("ask_follow_up", QUESTIONS)


def supplied(**facts: Any) -> Step:
    """Return the step of supplying what *facts* say, as it is sent."""
    return lambda ticket: SupplyAnswers(**facts).carry_out(ticket, LATER, RULES)


RECORDED: dict[str, tuple[Step, tuple[Step, ...], str, dict[str, object]]] = {
    "acknowledge": (
        asked("acknowledge", parts=("reference",)),
        (),
        "Acknowledged",
        {"parts": ("reference",), "source": None},
    ),
    "reply": (
        asked("reply", "It is on its way.", occurred_at=AT),
        (),
        "Replied",
        {"text": "It is on its way.", "source": None},
    ),
    "book-appointment": (BOOK, (), "AppointmentBooked", BOOKED),
    "cancel-appointment": (
        asked("cancel_appointment", "Ill."),
        (BOOK,),
        "AppointmentCancelled",
        {"number": 1, "reason": "Ill."},
    ),
    "rate": (asked("rate", 4, comment="Quick."), (SOLVED,), "Rated", {"score": 4, "comment": "Quick."}),
}
MESSAGE: dict[str, object] = {
    "purpose": "appointment_reminder",
    "about": "appointment/1",
    "to": "customer",
    "language": "en",
}


@pytest.mark.parametrize(("command", "history", "name", "facts"), RECORDED.values(), ids=RECORDED.keys())
def test_a_command_is_recorded_once_and_again_it_is_no_news(
    command: Step, history: tuple[Step, ...], name: str, facts: dict[str, object]
):
    ticket = a_ticket(*history)

    assert own(ticket.when(command)) == [(name, facts)]
    assert ticket.when(command) == []


@pytest.mark.parametrize(
    "command",
    [asked("acknowledge"), asked("reply", "x"), asked("supply_answers", ("x",), None), BOOK],
)
def test_a_closed_ticket_is_reopened_first(command: Step):
    with pytest.raises(errors.CaseEnded):
        a_ticket(CLOSED).when(command)


@pytest.mark.parametrize(
    "command",
    [
        asked("acknowledge"),
        asked("reply", "x"),
        ASK,
        asked("supply_answers", ("x",), None),
        BOOK,
        asked("cancel_appointment", None),
        asked("rate", 3),
    ],
)
def test_nothing_can_be_said_on_a_ticket_that_is_not_there(command: Step):
    with pytest.raises(errors.NotOpened):
        Given(Ticket(an_id())).when(command)


def status(ticket: Given[Ticket]) -> dict[str, str]:
    return {clock.milestone: clock.status for clock in ticket.aggregate.clocks.values()}


@pytest.mark.parametrize(
    ("said", "acknowledgement"),
    [
        (asked("acknowledge"), "met"),
        (asked("reply", "Soon."), "met"),
        (asked("solve", text="Done."), "met"),
        (asked("solve"), "running"),
        (asked("note", "Called.", visibility="customer"), "running"),
    ],
    ids=["confirmation", "reply", "answer with a text", "answer without one", "note"],
)
def test_what_the_customer_hears_first_acknowledges_the_request(said: Step, acknowledgement: str):
    assert status(a_ticket(said))["acknowledgement"] == acknowledgement


def test_after_the_first_answer_a_confirmation_is_no_news():
    assert a_ticket(asked("reply", "Soon.")).when(asked("acknowledge")) == []


def test_a_reply_is_the_progress_that_a_policy_waits_for():
    """The decision is missed on 3 June; the progress promised from then on is met by a reply."""
    ticket = a_ticket(asked("acknowledge"))
    late = by(paris("2026-06-05T10:00"))
    ticket.when(lambda case: case.reply("We still look.", late, RULES))

    assert status(ticket) == {"acknowledgement": "met", "decision": "missed", "progress_update": "running"}
    met = [clock for clock in ticket.aggregate.clocks.values() if clock.milestone == "progress_update"]
    assert [(clock.number, clock.status) for clock in met] == [(1, "met"), (2, "running")]


def test_questions_are_waited_for_and_answered_one_by_one():
    ticket = a_ticket()

    assert own(ticket.when(ASK)) == [("FollowUpAsked", {"questions": QUESTIONS, "number": 2, "source": None})]
    assert (ticket.aggregate.status, ticket.aggregate.waiting_for) == ("pending", "customer")
    with pytest.raises(errors.AnswersDoNotMatch):
        ticket.when(asked("supply_answers", ("The blue one.",), None))
    answers = ("The blue one.", "Monday.")
    assert own(ticket.when(asked("supply_answers", answers, "Thanks."))) == [
        ("InformationSupplied", {"text": "Thanks.", "answers": answers, "source": None})
    ]
    assert (ticket.aggregate.status, ticket.aggregate.questions) == ("open", 0)
    with pytest.raises(errors.AnswersDoNotMatch):
        ticket.when(asked("supply_answers", answers, None))


def test_a_solved_ticket_is_reopened_before_more_is_asked():
    with pytest.raises(errors.AlreadySolved):
        a_ticket(SOLVED).when(ASK)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"starts_at": AT}, errors.AppointmentInThePast),
        ({"ends_at": STARTS}, errors.AppointmentEndsTooEarly),
    ],
)
def test_an_appointment_lies_ahead_and_lasts(changes: dict[str, Any], rule: type[DomainError]):
    with pytest.raises(rule):
        a_ticket().when(asked("book_appointment", SLOT.model_copy(update=changes)))


@pytest.mark.parametrize(
    ("away", "reminder"),
    [
        (timedelta(hours=30), timedelta(hours=6)),
        (timedelta(hours=24), timedelta(hours=23)),
        (timedelta(hours=1), None),
    ],
)
def test_a_reminder_falls_a_day_before_or_an_hour_where_that_has_passed(
    away: timedelta, reminder: timedelta | None
):
    slot = SLOT.model_copy(update={"starts_at": AT + away, "ends_at": None})
    [(_, facts)] = own(a_ticket().when(asked("book_appointment", slot)))

    assert facts["remind_at"] == (None if reminder is None else AT + reminder)


def test_another_appointment_takes_the_place_of_the_one_that_there_is():
    moved = SLOT.model_copy(update={"starts_at": STARTS + timedelta(days=1), "ends_at": None})
    ticket = a_ticket(BOOK)

    assert own(ticket.when(asked("book_appointment", moved, how_to_join="By phone."))) == [
        (
            "AppointmentBooked",
            BOOKED
            | {"number": 2, "starts_at": moved.starts_at, "ends_at": None, "how_to_join": "By phone."}
            | {"remind_at": REMINDER + timedelta(days=1)},
        )
    ]
    assert own(ticket.when(asked("cancel_appointment", None))) == [
        ("AppointmentCancelled", {"number": 2, "reason": None})
    ]
    assert ticket.when(asked("cancel_appointment", None)) == []


def remind(ticket: Given[Ticket], now: datetime) -> list[tuple[str, dict[str, object]]]:
    return own(ticket.when(lambda case: FallDue(now=now).carry_out(case, by(now), RULES)))


def test_the_reminder_is_planned_once_and_not_before_its_instant():
    ticket = a_ticket(BOOK)
    planned = MESSAGE | {
        "message_id": derived(an_id(), "message/appointment_reminder/appointment/1"),
        "not_before": REMINDER,
    }

    assert remind(ticket, REMINDER - timedelta(microseconds=1)) == []
    assert remind(ticket, REMINDER) == [("TicketMessagePlanned", planned)]
    assert remind(ticket, REMINDER + timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("history", "now"),
    [
        ((BOOK,), STARTS),
        ((BOOK, asked("cancel_appointment", None)), REMINDER),
        ((BOOK, CLOSED), REMINDER),
        ((), REMINDER),
    ],
    ids=["begun", "called off", "closed", "none"],
)
def test_nobody_is_reminded_of_what_does_not_come(history: tuple[Step, ...], now: datetime):
    assert remind(a_ticket(*history), now) == []


def test_a_solution_is_rated_once_and_the_next_one_again():
    rate = asked("rate", 2)
    ticket = a_ticket(SOLVED, rate)

    with pytest.raises(errors.AlreadyRated):
        ticket.when(asked("rate", 5))
    ticket.when(asked("reopen", "It fails again."))
    with pytest.raises(errors.NotRateable):
        ticket.when(rate)
    ticket.when(SOLVED)
    assert own(ticket.when(asked("rate", 5))) == [("Rated", {"score": 5, "comment": None})]


def test_a_comment_that_was_erased_does_not_come_back():
    ticket = a_ticket(SOLVED, asked("rate", 2, comment="Slow."))
    rated = ticket.aggregate.rating
    assert rated is not None
    ticket.aggregate.rating = rated.model_copy(update={"comment": ERASED})

    assert ticket.when(asked("rate", 2, comment="Slow.")) == []


def closing(code: str = "auto", *, at: datetime) -> dict[str, object]:
    return {"code": code, "reopen_before": at, "source": None}


def test_a_solved_ticket_closes_by_itself_after_five_business_days():
    ticket, due = a_ticket(SOLVED), paris("2026-06-03T00:00")

    assert remind(ticket, due - timedelta(microseconds=1)) == []
    assert remind(ticket, due) == [("Closed", closing(at=paris("2026-06-18T00:00")))]
    assert remind(ticket, due) == []


@pytest.mark.parametrize("history", [(SOLVED, asked("reopen", "No.")), (), (CLOSED,)])
def test_a_ticket_that_is_not_solved_does_not_close_by_itself(history: tuple[Step, ...]):
    assert remind(a_ticket(*history), paris("2027-01-01T00:00")) == []


def test_the_register_of_an_imported_ticket_says_when_it_closes():
    ticket = a_ticket(SOLVED, source={"system": "itsm", "id": "INC1"})

    assert ticket.aggregate.closes_at is None
    assert remind(ticket, paris("2027-01-01T00:00")) == []


def test_a_closed_ticket_is_reopened_within_its_time_and_not_after():
    """Fourteen days after Tuesday 26 May 2026 are over with Tuesday 9 June."""
    end = paris("2026-06-10T00:00")
    late, in_time = by(end), by(end - timedelta(microseconds=1))

    with pytest.raises(errors.ReopenedTooLate):
        a_ticket(CLOSED).when(lambda case: case.reopen("No.", late, RULES))
    assert own(a_ticket(CLOSED).when(lambda case: case.reopen("No.", in_time, RULES))) == [
        ("Reopened", {"reason": "No.", "source": None})
    ]


def test_a_policy_may_let_tickets_stand_open_for_ever():
    patient = RULES.regime("house").model_copy(
        update={
            "tickets": RULES.regime("house").tickets.model_copy(update={"auto_close": 0, "reopen_within": 0})
        }
    )
    book = type(RULES)([patient], RULES.calendars)
    ticket = Ticket(an_id())
    opened()(ticket)
    ticket.solve(LATER, book)
    ticket.close(LATER, book)

    closed = [event for event in ticket.collect_events() if isinstance(event, t.Solved | t.Closed)]
    assert [
        getattr(event, "closes_at", None) or getattr(event, "reopen_before", None) for event in closed
    ] == [
        None,
        None,
    ]


def decided(event: Event, case: Ticket) -> list[Send]:
    return list(PlanTheConfirmationOfAnAppointment().decide(event, case))


def test_an_appointment_is_confirmed_and_its_cancellation_told():
    ticket = a_ticket()
    booked = next(e for e in ticket.events(BOOK) if isinstance(e, AppointmentBooked))
    cancelled = next(
        e for e in ticket.events(asked("cancel_appointment", None)) if isinstance(e, AppointmentCancelled)
    )
    orders = [send for event in (booked, cancelled) for send in decided(event, ticket.aggregate)]

    assert orders == [
        Send(an_id(), Ticket, PlanMessage(purpose=purpose, about="appointment/1", not_before=AT))
        for purpose in ("appointment_confirmation", "appointment_cancellation")
    ]
    planned = [
        own(ticket.when(lambda case, order=each.order: cast("Any", order).carry_out(case, LATER, RULES)))
        for each in orders
    ]
    assert [[name for name, _ in events] for events in planned] == [["TicketMessagePlanned"]] * 2
    again = ticket.when(
        lambda case: [cast("Any", each.order).carry_out(case, LATER, RULES) for each in orders]
    )
    assert again == []


def test_the_appointment_of_another_ticket_is_confirmed_on_that_ticket_alone():
    other = UUID(int=an_id().int + 1)
    event = next(e for e in a_ticket().events(BOOK) if isinstance(e, AppointmentBooked))
    elsewhere = event.model_copy(update={"originator_id": other})

    assert [send.to for send in decided(elsewhere, Ticket(other))] == [other]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("auto_close = 4000", "auto_close 4000 is out of range; use 0 to 3660 for a business_day"),
        ("reopen_within = -1", "reopen_within -1 is out of range; use 0 to 3660 for a calendar_day"),
        ("auto_closes = 5", "the key is unknown; did you mean auto_close"),
    ],
)
def test_a_policy_that_says_something_else_of_tickets_is_refused_with_the_remedy(line: str, said: str):
    with pytest.raises(PolicyError, match=said):
        parse(f"{HOUSE}\n[tickets]\n{line}\n", "house.toml")


@pytest.mark.parametrize(
    "supply",
    [
        asked("supply_information", "It fails again."),
        supplied(answers=("No.",)),
        supplied(text="It fails again."),
    ],
    ids=["as the desk tells it", "answers to nothing that is asked", "as the customer sends it"],
)
def test_a_customer_who_comes_back_to_a_solved_ticket_is_heard(supply: Step):
    """Their words take it up again, whichever way they came; of a closed one they are refused."""
    names = [name for name, _ in own(a_ticket(SOLVED).when(supply))]

    assert names == ["InformationSupplied", "Reopened"]
    with pytest.raises(errors.CaseEnded):
        a_ticket(SOLVED, CLOSED).when(supply)
