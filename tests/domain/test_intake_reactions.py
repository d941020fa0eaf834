"""A complaint that is an enquiry goes on as a ticket, a ticket that is a complaint as one: the same words, once."""

from __future__ import annotations

from typing import Any, cast

import pytest

from domain import commands as c
from domain import errors
from domain.access import Sensitivity
from domain.complaint import Complaint
from domain.complaint.events import Received, Redirected
from domain.ids import derived, reference
from domain.kernel import Aggregate, Event, facts_of
from domain.linking.splitting import Wish, split
from domain.privacy import ERASED
from domain.reactions import Reaction, Send
from domain.reactions.promoting import ReceiveAComplaintForAPromotedTicket
from domain.reactions.redirecting import OpenATicketForARedirectedComplaint
from domain.testing import (
    HOUSE,
    MICA,
    RECEIVED,
    RULES,
    Given,
    a_complaint,
    an_id,
    asked,
    by,
    paris,
    received,
    rules,
    timeline,
)
from domain.ticket import Ticket
from domain.ticket.appointments import Slot
from domain.ticket.events import Opened
from domain.ticket.request import Request
from domain.ticket.state import Stage
from domain.timers import changes

TUESDAY = paris("2026-05-26T10:00")
WEDNESDAY = paris("2026-05-27T10:00")
FRIDAY = paris("2026-05-29T10:00")
REDIRECT = c.Redirect(reason="A question about the tariff.")
REACTIONS: tuple[Reaction, ...] = (
    OpenATicketForARedirectedComplaint(),
    ReceiveAComplaintForAPromotedTicket(),
)


def a_ticket(**facts: Any) -> Given[Ticket]:
    """Return a ticket of Wednesday 27 May 2026, changed by *facts*."""
    complete: dict[str, Any] = {
        "form": "general_request",
        "form_version": "4",
        "category": "other",
        "language": "fr",
        "contact_email": "someone@example.org",
        "description": "The fee was charged twice, and nobody answers.",
        "fields": {"account_id": "AA12 N84G ABCD EFGH", "full_name": "Someone Somewhere", "urgent": True},
    }
    request = Request.model_validate(complete | facts)
    return Given(Ticket(an_id("t", WEDNESDAY)), lambda ticket: ticket.open(request, by(WEDNESDAY), RULES))


def promotion(given: Given[Ticket], **facts: Any) -> Event:
    """Return the event of promoting a ticket on Friday."""
    promote = c.Promote.model_validate({"reason": "They complain.", "category": "fees"} | facts)
    return given.events(lambda ticket: promote.carry_out(ticket, by(FRIDAY, "anna"), RULES))[0]


def redirection(given: Given[Complaint]) -> Event:
    return given.events(asked(REDIRECT, TUESDAY))[0]


def carried_out(send: Send, case: Aggregate | None = None) -> list[Event]:
    """Return what the case of *send* records, on Friday afternoon."""
    case = case or send.kind(send.to)
    cast("Any", send.order).carry_out(case, by(paris("2026-05-29T15:00"), "reaction:probe"), RULES)
    return case.collect_events()


def decided(event: Event, case: Aggregate) -> list[Send]:
    return [send for reaction in REACTIONS for send in reaction.decide(event, case)]


def test_a_redirected_complaint_goes_on_as_a_ticket_of_the_same_person():
    given = a_complaint()
    (send,) = decided(redirection(given), given.aggregate)

    opened, *clocks = carried_out(send)

    assert (send.to, send.kind, send.begins) == (derived(an_id(), "redirected 1"), Ticket, True)
    assert isinstance(opened, Opened)
    assert opened.occurred_at == TUESDAY
    assert facts_of(opened) | {"pins": ()} == facts_of(
        Opened.model_construct(
            form="complaint",
            form_version="1",
            privacy_notice="1",
            channel="web",
            language="en",
            team="support",
            legal_entity="main",
            category="withdrawal",
            contact_email="someone@example.org",
            account_email="someone@example.org",
            description="The withdrawal has not arrived.",
            fields={
                "account_id": "AA12 N84G ABCD EFGH",
                "full_name": "Someone Somewhere",
                "country": "FR",
            },
            origin=an_id(),
            first_received_at=RECEIVED,
        )
    )
    assert [each.TOPIC for each in clocks] == ["clock.started", "clock.started"]


def test_a_promoted_ticket_goes_on_as_a_complaint_received_when_it_was_first_told_of():
    """Registered on Friday, its clocks start with the ticket of Wednesday."""
    given = a_ticket()
    (send,) = decided(promotion(given), given.aggregate)

    received, *_ = carried_out(send)

    assert (send.to, send.kind, send.begins) == (derived(an_id("t", WEDNESDAY), "promoted"), Complaint, True)
    assert isinstance(received, Received)
    assert received.occurred_at == WEDNESDAY
    facts = facts_of(received)
    assert {name: facts[name] for name in facts if facts[name] not in (None, (), False)} == {
        "form": "general_request",
        "form_version": "4",
        "privacy_notice": "1",
        "channel": "web",
        "language": "fr",
        "team": "complaints",
        "legal_entity": "main",
        "service": "crypto_assets",
        "category": "fees",
        "account_email": "someone@example.org",
        "account_id": "AA12 N84G ABCD EFGH",
        "full_name": "Someone Somewhere",
        "details": "The fee was charged twice, and nobody answers.",
        "related_tickets": (reference(given.aggregate.id, "T"),),
        "first_dissatisfaction_at": WEDNESDAY,
        "registered_at": paris("2026-05-29T15:00"),
        "registered_by": "anna",
        "origin": given.aggregate.id,
        "pins": facts["pins"],
    }


def test_what_was_told_before_the_ticket_counts_from_then():
    """On the telephone, nine days before anybody wrote it down: the promise was broken already."""
    given = a_ticket()
    (send,) = decided(promotion(given, first_dissatisfaction_at="2026-05-18T10:00:00+02:00"), given.aggregate)
    complaint = Given(Complaint(send.to))

    assert timeline(complaint, lambda case: cast("Any", send.order).carry_out(case, by(FRIDAY), RULES))[
        :3
    ] == [
        "05-18 10:00 house acknowledgement 1 started, due 05-20",
        "05-18 10:00 house decision 1 started, due 05-28",
        "05-21 00:00 house acknowledgement 1 missed",
    ]


@pytest.mark.parametrize("country", ["FR", None])
def test_the_country_comes_from_the_promotion_or_from_the_ticket(country: str | None):
    answers = {} if country else {"fields": {"country": "FR"}}
    given = a_ticket(**answers)
    (send,) = decided(promotion(given, **({"country": country} if country else {})), given.aggregate)

    received, *_ = carried_out(send)

    assert isinstance(received, Received)
    assert received.country == "FR"


def test_a_country_that_is_none_is_not_taken_over():
    given = a_ticket(fields={"country": "Atlantis"})
    (send,) = decided(promotion(given), given.aggregate)

    assert getattr(carried_out(send)[0], "country", "FR") is None


def test_a_promoted_ticket_is_closed_and_its_clocks_stop():
    given = a_ticket()
    promotion(given)

    assert given.aggregate.status is Stage.CLOSED
    assert given.aggregate.promoted_to == derived(given.aggregate.id, "promoted")


def test_a_ticket_is_promoted_once():
    given = a_ticket()
    promotion(given)
    again = c.Promote(reason="Again.", category="other")

    assert given.events(lambda ticket: again.carry_out(ticket, by(FRIDAY), RULES)) == []


def test_a_ticket_is_not_promoted_before_the_dissatisfaction_was_told():
    with pytest.raises(errors.DissatisfiedLater):
        promotion(a_ticket(), first_dissatisfaction_at="2026-05-29T10:00:01+02:00")
    with pytest.raises(errors.NotOpened):
        c.Promote(reason="They complain.", category="fees").carry_out(Ticket(an_id("n")), by(FRIDAY), RULES)


@pytest.mark.parametrize("which", ["redirected", "promoted"])
def test_an_order_that_is_carried_out_again_is_no_news(which: str):
    complaint, ticket = a_complaint(), a_ticket()
    (send,) = (
        decided(redirection(complaint), complaint.aggregate)
        if which == "redirected"
        else decided(promotion(ticket), ticket.aggregate)
    )
    case = send.kind(send.to)
    carried_out(send, case)

    assert carried_out(send, case) == []


def test_what_was_erased_is_not_said_again():
    given = a_complaint()
    event = redirection(given)
    receipt = given.aggregate.receipt
    assert receipt is not None
    gone: dict[str, Any] = dict.fromkeys(
        ("account_email", "account_id", "full_name", "country", "details"), ERASED
    )
    given.aggregate.receipt = receipt.model_copy(update=gone)
    given.aggregate.correctable |= {name: ERASED for name in gone if name != "details"}

    (send,) = decided(event, given.aggregate)
    opened = carried_out(send)[0]

    assert isinstance(opened, Opened)
    assert (opened.contact_email, opened.description, opened.fields) == (None, None, None)


def test_a_redirection_of_before_there_were_tickets_names_none():
    given = a_complaint()
    event = redirection(given)
    assert isinstance(event, Redirected)

    assert decided(event.model_copy(update={"ticket": None}), given.aggregate) == []


def test_nothing_else_that_happens_to_a_case_begins_another():
    """Nor does the event of one case on another."""
    given, other = a_complaint(), a_ticket()
    noted = given.events(asked(c.Note(text="Called."), TUESDAY))[0]

    assert decided(noted, given.aggregate) == []
    assert decided(redirection(given), other.aggregate) == []
    assert decided(promotion(other), given.aggregate) == []


def keep(sensitivity: Sensitivity) -> Any:
    def step(case: Complaint) -> None:
        case.set_sensitivity(sensitivity, "A colleague is named.", by(TUESDAY), RULES)

    return step


def test_a_case_that_goes_on_as_another_is_kept_as_closely_from_the_first_instant():
    """Whichever way, and in the append that begins it: nobody sees it in between."""
    complaint, ticket = a_complaint(keep(Sensitivity.CONFIDENTIAL)), a_ticket()
    ticket.aggregate.set_sensitivity(Sensitivity.RESTRICTED, "Named.", by(WEDNESDAY), RULES)
    ticket.aggregate.collect_events()
    (redirected,) = decided(redirection(complaint), complaint.aggregate)
    (promoted,) = decided(promotion(ticket), ticket.aggregate)
    new, of_a_ticket = redirected.kind(redirected.to), promoted.kind(promoted.to)

    carried_out(redirected, new)
    carried_out(promoted, of_a_ticket)

    assert isinstance(new, Ticket)
    assert isinstance(of_a_ticket, Complaint)
    assert (new.sensitivity, of_a_ticket.sensitivity) == (Sensitivity.CONFIDENTIAL, Sensitivity.RESTRICTED)


def test_the_law_of_complaints_binds_no_ticket_that_one_was_redirected_to():
    book = rules(HOUSE, MICA)
    complaint = Given(Complaint(an_id()), received(book=book))
    assert {clock.regime for clock in complaint.aggregate.clocks.values()} == {"house", "mica"}
    events = complaint.events(lambda case: REDIRECT.carry_out(case, by(TUESDAY), book))
    redirected = next(each for each in events if isinstance(each, Redirected))
    (send,) = decided(redirected, complaint.aggregate)
    ticket = Ticket(send.to)
    cast("Any", send.order).carry_out(ticket, by(FRIDAY), book)

    assert {pin.regime for pin in ticket.pins} == {"house"}


def test_a_redirection_tells_what_was_corrected_since():
    correct = [
        c.Correct(what="account_email", value="right@example.org", reason="Mistyped."),
        c.Correct(what="country", value="IE", reason="Mistyped."),
        c.Correct(what="category", value="fees", reason="Mistyped."),
        c.Correct(what="received_at", value="2026-05-21T09:00:00Z", reason="It came on Thursday."),
    ]
    given = a_complaint(*(asked(each, TUESDAY) for each in correct))
    (send,) = decided(redirection(given), given.aggregate)

    opened = carried_out(send)[0]
    assert isinstance(opened, Opened)
    assert (opened.contact_email, opened.category) == ("right@example.org", "fees")
    assert isinstance(opened.fields, dict)
    assert opened.fields["country"] == "IE"
    assert opened.first_received_at == given.aggregate.received_at == paris("2026-05-21T11:00")


def test_a_promoted_ticket_waits_for_nothing_any_more():
    """Its appointment, its questions and its closing went on with it: nothing falls due on what is left."""
    ticket = a_ticket()
    slot = Slot(kind="callback", starts_at=paris("2026-06-05T10:00"), zone="Europe/Paris")
    ticket.aggregate.book_appointment(slot, by(WEDNESDAY), RULES)
    ticket.aggregate.ask_follow_up(("Which one?",), by(WEDNESDAY), RULES)
    ticket.aggregate.collect_events()
    event = promotion(ticket)
    case = ticket.aggregate

    assert (case.appointment, case.questions, case.closes_at) == (None, 0, None)
    assert changes(event) == {"auto_close": None, "reminder": None, "files": None}


def test_what_is_split_off_a_complaint_begins_with_what_was_corrected_since():
    events: list[Event] = []
    case = Complaint(an_id())
    for step in (
        received(),
        asked(c.Correct(what="account_email", value="right@example.org", reason="Mistyped."), TUESDAY),
        asked(c.Note(text="The fee is another matter."), TUESDAY),
    ):
        step(case)
        events += case.collect_events()
    noted = events[-1].originator_version

    new = split(case, events, Wish((noted,), "Another matter.", None), by(WEDNESDAY), RULES)

    assert isinstance(new, Complaint)
    assert new.correctable["account_email"] == "right@example.org"
    assert new.correctable["full_name"] == case.correctable["full_name"]
