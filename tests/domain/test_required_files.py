"""A request whose form cannot do without a file: the file is waited for, asked for once, and taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.forms import shared, shipped_texts
from domain import timers
from domain.attachments.events import AttachmentAccepted, AttachmentRefused, Visibility
from domain.attachments.holding import Batch, NewFile
from domain.commands import SupplyInformation
from domain.forms import problems
from domain.ids import derived
from domain.kernel import Event
from domain.reactions import Send
from domain.reactions.required_files import GoOnWithATicketWhoseFileHasCome
from domain.testing import RULES, Given, an_id, by
from domain.ticket import Ticket
from domain.ticket.state import Stage
from domain.timers import FallDue
from tests.domain.test_ticket import OPENED, Step, a_ticket, asked, opened, own

DUE = OPENED + timedelta(hours=24)
FILE = derived(an_id(), "letter")
ASKED = [
    ("InformationRequested", {"text": None, "source": None}),
    (
        "TicketMessagePlanned",
        {
            "message_id": derived(an_id(), "message/files_reminder/files"),
            "purpose": "files_reminder",
            "about": "files",
            "to": "customer",
            "language": "en",
            "not_before": DUE,
        },
    ),
]


def due(ticket: Ticket) -> None:
    """Let the timers be asked a day after the request."""
    ticket.notice_timers(DUE, by(DUE), RULES)


def queued(visibility: Visibility = "customer") -> Step:
    """Let a letter come, a minute after the request."""
    came = by(OPENED + timedelta(minutes=1))
    new = NewFile(FILE, "letter.pdf", None, 8, "ab" * 32, "cd" * 32)
    batch = Batch(derived(FILE, "batch"), "submission", visibility, 5)

    def step(ticket: Ticket) -> None:
        ticket.attach([new], batch, OPENED + timedelta(days=9), came)

    return step


def accepted(ticket: Ticket) -> None:
    ticket.accept_file(FILE, "pdf", by(DUE))


def refused(ticket: Ticket) -> None:
    ticket.refuse_file(FILE, "encrypted", by(DUE))


def of_a_form_with_a_letter(*history: Step) -> Given[Ticket]:
    return a_ticket(*history, files_required=True)


def decided(ticket: Given[Ticket], event: type[Event], step: Step) -> list[Send]:
    """Return what follows from the *event* that *step* records."""
    recorded = next(each for each in ticket.events(step) if isinstance(each, event))
    return list(GoOnWithATicketWhoseFileHasCome().decide(recorded, ticket.aggregate))


def test_a_file_that_is_required_is_awaited_from_the_request_on():
    assert of_a_form_with_a_letter().aggregate.awaiting_files
    assert not a_ticket().aggregate.awaiting_files


def test_a_file_that_has_not_come_is_asked_for_once_and_the_ticket_waits():
    ticket = of_a_form_with_a_letter()

    assert own(ticket.when(due)) == ASKED
    assert ticket.aggregate.status is Stage.PENDING
    assert ticket.when(due) == []


@pytest.mark.parametrize(
    "history",
    [(queued(),), (queued(), accepted), (asked("solve"),), (asked("close"),)],
    ids=["looked at", "here", "solved", "closed"],
)
def test_nobody_is_asked_for_a_file_that_is_looked_at_or_here_or_needed_no_longer(history: Any):
    assert own(of_a_form_with_a_letter(*history).when(due)) in ([], [("Closed", {})])


def test_a_form_that_requires_no_file_asks_for_none():
    assert a_ticket().when(due) == []


def test_what_the_desk_keeps_for_itself_is_not_the_file_that_was_asked_for():
    assert of_a_form_with_a_letter(queued("internal"), accepted).aggregate.awaiting_files


def test_a_ticket_that_waits_goes_on_when_the_file_is_accepted():
    ticket = of_a_form_with_a_letter(due, queued())

    assert decided(ticket, AttachmentAccepted, accepted) == [Send(an_id(), Ticket, SupplyInformation())]
    ticket.when(lambda case: SupplyInformation().carry_out(case, by(DUE), RULES))
    assert ticket.aggregate.status is Stage.OPEN


def test_a_file_that_is_refused_lets_the_question_be_put_that_waited_for_it():
    ticket = of_a_form_with_a_letter(queued(), due)

    assert decided(ticket, AttachmentRefused, refused) == [Send(an_id(), Ticket, FallDue(now=DUE))]
    assert own(ticket.when(lambda case: FallDue(now=DUE).carry_out(case, by(DUE), RULES))) == ASKED


def test_files_of_a_ticket_that_does_not_wait_for_them_lead_to_nothing():
    """Neither one whose form requires none, nor one whose file came before it was asked for."""
    for ticket in (a_ticket(queued()), of_a_form_with_a_letter(queued())):
        assert decided(ticket, AttachmentAccepted, accepted) == []
    assert decided(a_ticket(queued()), AttachmentRefused, refused) == []


def test_the_timer_runs_until_the_file_is_accepted():
    given = Given(Ticket(an_id()))
    (opening, *_) = given.events(opened(files_required=True))
    queueing, acceptance = (event for step in (queued(), accepted) for event in given.events(step))

    assert [
        timers.changes(event).get("files", "not touched") for event in (opening, queueing, acceptance)
    ] == [
        DUE,
        "not touched",
        None,
    ]


def test_no_complaint_waits_for_a_file():
    """The law has it received whatever comes with it."""
    text = shipped_texts()["complaint"].replace(
        "\n[title]", "\nattachments = { required = true }\n\n[title]", 1
    )

    (told,) = problems(text, "complaint.toml", shared())

    assert told.endswith(
        "attachments.required: a complaint is received with a file or without; take it away."
    )
