"""Links of a ticket: handed out, taken back together, and with the ticket kept more closely."""

from __future__ import annotations

import pytest

from domain import errors
from domain.access import Sensitivity
from domain.commands import IssueLink, RevokeLinks
from domain.testing import RULES, an_id, paris
from domain.ticket import Ticket
from tests.domain.test_ticket import CLOSED, LATER, SOLVED, Step, a_ticket, asked, own

UNTIL = paris("2026-06-25T12:00")


def issue(ticket: Ticket) -> None:
    IssueLink(expires_at=UNTIL).carry_out(ticket, LATER, RULES)


def revoke(ticket: Ticket) -> None:
    RevokeLinks().carry_out(ticket, LATER, RULES)


@pytest.mark.parametrize("history", [(), (SOLVED,), (SOLVED, CLOSED)])
def test_a_ticket_has_links_in_every_state_and_each_is_recorded_once(history: tuple[Step, ...]):
    ticket = a_ticket(*history)

    assert own(ticket.when(issue)) == [("LinkIssued", {"generation": 0, "expires_at": UNTIL})]
    assert ticket.when(issue) == []


def test_links_are_taken_back_together_and_the_next_are_of_another_generation():
    ticket = a_ticket(issue)

    assert own(ticket.when(revoke)) == [("LinksRevoked", {"generation": 1})]
    assert ticket.when(revoke) == []
    assert own(ticket.when(issue)) == [("LinkIssued", {"generation": 1, "expires_at": UNTIL})]


def test_a_ticket_that_is_kept_more_closely_takes_its_links_back():
    closer = asked("set_sensitivity", Sensitivity.RESTRICTED, "A colleague is named.")
    wider = asked("set_sensitivity", Sensitivity.NORMAL, "Not that one.")
    ticket = a_ticket(issue)

    assert [name for name, _ in own(ticket.when(closer))] == ["TicketSensitivityChanged", "LinksRevoked"]
    ticket.when(issue)
    assert [name for name, _ in own(ticket.when(wider))] == ["TicketSensitivityChanged"]


@pytest.mark.parametrize("ask", [issue, revoke])
def test_no_link_leads_to_a_ticket_that_was_never_opened(ask: Step):
    with pytest.raises(errors.NotOpened):
        ask(Ticket(an_id()))
