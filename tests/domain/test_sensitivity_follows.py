"""What belongs to a case is kept as closely as the case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from domain.access import Sensitivity
from domain.complaint import Complaint
from domain.kernel import Aggregate, Event
from domain.reactions import Send
from domain.reactions.sensitivity import FollowTheSensitivityOfAParent, KeepAsClosely
from domain.testing import RECEIVED, RULES, Given, an_id, by, received
from domain.ticket import Ticket
from domain.ticket.request import Request

CHILD = an_id("child")
RESTRICTED = KeepAsClosely(sensitivity=Sensitivity.RESTRICTED)


class Family:
    """The one child of the one complaint."""

    def of(self, parent: UUID) -> Iterable[UUID]:
        return [CHILD] if parent == an_id() else []


def kept(case: Any, sensitivity: Sensitivity) -> Event:
    """Let *case* be kept so, and return the event."""
    case.set_sensitivity(sensitivity, "A colleague is named.", by(RECEIVED), RULES)
    return case.collect_events()[-1]


def a_ticket(name: str = "child") -> Ticket:
    ticket = Ticket(an_id(name))
    ticket.open(Request(form="feedback", category="other", parent=an_id()), by(RECEIVED), RULES)
    return ticket


def decided(event: Event, case: Aggregate) -> list[Send]:
    return list(FollowTheSensitivityOfAParent(Family()).decide(event, case))


def test_what_belongs_to_a_case_that_is_kept_more_closely_follows():
    case = Given(Complaint(an_id()), received()).aggregate

    assert decided(kept(case, Sensitivity.RESTRICTED), case) == [Send(CHILD, Ticket, RESTRICTED)]
    assert decided(kept(case, Sensitivity.NORMAL), case) == []


def test_a_case_that_nothing_belongs_to_moves_no_other():
    other = a_ticket("other")

    assert decided(kept(other, Sensitivity.RESTRICTED), other) == []


def test_so_does_the_case_that_it_goes_on_as():
    ticket = a_ticket("other")
    ticket.promote("They complain.", "fees", by(RECEIVED), RULES)
    (send,) = decided(kept(ticket, Sensitivity.RESTRICTED), ticket)

    assert send == Send(cast("UUID", ticket.promoted_to), Complaint, RESTRICTED)


def test_a_case_is_never_kept_less_closely_by_itself():
    child = a_ticket()
    RESTRICTED.carry_out(child, by(RECEIVED), RULES)
    assert child.sensitivity is Sensitivity.RESTRICTED
    kept(child, Sensitivity.CONFIDENTIAL)

    RESTRICTED.carry_out(child, by(RECEIVED), RULES)

    assert child.sensitivity is Sensitivity.CONFIDENTIAL
    assert child.collect_events() == []
