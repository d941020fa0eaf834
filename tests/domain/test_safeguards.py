"""What a case takes with it where it goes on: holds, for whom it is not, and who speaks there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from domain import commands as c
from domain import errors
from domain.attachments.errors import OnHold
from domain.attachments.holding import Batch, NewFile
from domain.attachments.orders import Remove
from domain.case import Case
from domain.commands import Command
from domain.complaint import Complaint
from domain.complaint.events import Assigned
from domain.complaint.register import Representative
from domain.kernel import Event
from domain.linking import safeguards
from domain.linking.events import ComplaintSafeguardsCarried, TicketSafeguardsCarried
from domain.linking.merging import merge, unmerge
from domain.privacy import ERASED, Sealed
from domain.reactions.promoting import ReceiveAComplaintForAPromotedTicket
from domain.reactions.redirecting import OpenATicketForARedirectedComplaint
from domain.testing import RECEIVED, RULES, Given, an_id, asked, by, paris, received
from domain.ticket import Ticket
from domain.ticket.request import Request

TUESDAY, WEDNESDAY = paris("2026-05-26T10:00"), paris("2026-05-27T10:00")
HOLD = c.PlaceHold(kind="legal", reason="A claim was lodged.")
LIFT = c.LiftHold(reason="It was settled.")
NAMED = c.NamePersonComplainedOf(user="user:ben")
FILE = an_id("file")
REMOVE = Remove(file=FILE, reason="It shows somebody else.")
LAWYER = c.AddRepresentative(name="A. Lawyer", power_of_attorney="Deed 7", paid=True)


class Others:
    """The other cases of a command, at hand."""

    def __init__(self, *cases: Case) -> None:
        self._cases = {each.id: each for each in cases}

    def case(self, id: UUID, /) -> Case:
        return self._cases[id]

    def history(self) -> Sequence[Event]:
        raise AssertionError

    def begin(self, case: Case, /) -> None:
        raise AssertionError(case)


def complaint(name: str, *commands: Command) -> Complaint:
    case = Complaint(an_id(name))
    received()(case)
    for command in commands:
        asked(command, TUESDAY)(case)
    case.collect_events()
    return case


def ticket(name: str, *commands: Any) -> Ticket:
    case = Ticket(an_id(name))
    case.open(Request(form="general", category="other"), by(RECEIVED), RULES)
    for command in commands:
        command.carry_out(case, by(TUESDAY), RULES)
    case.collect_events()
    return case


def with_a_file(case: Complaint) -> Complaint:
    """Return *case* with an accepted file."""
    batch = Batch(an_id("batch"), "complainant", "customer", 5)
    case.attach([NewFile(FILE, "a.pdf", None, 9, "ab" * 32, "ab" * 16)], batch, TUESDAY, by(RECEIVED))
    case.accept_file(FILE, "pdf", by(RECEIVED))
    return case


def carried(order: Any, case: Case, *others: Case) -> list[Event]:
    """Ask *case* and whomever it concerns; return all that was recorded."""
    safeguards.carry_on(order, case, Others(*others), by(WEDNESDAY), RULES)
    return [event for each in (case, *others) for event in each.collect_events()]


def merged(*chain: Case) -> None:
    for away, survivor in pairwise(chain):
        merge(away, survivor, by(TUESDAY), RULES)
    for each in chain:
        each.collect_events()


def topics(events: list[Event]) -> list[str]:
    return [event.TOPIC for event in events]


def test_a_hold_on_a_case_that_was_merged_holds_every_case_that_it_goes_on_in():
    """However long the chain is, and in whatever order: before the merge and after it."""
    away, middle, last = ticket("a"), ticket("b"), complaint("c")
    merged(away, middle, last)

    events = carried(HOLD, away, middle, last)

    assert topics(events) == [
        "ticket.hold_placed",
        "ticket.safeguards_carried",
        "complaint.safeguards_carried",
    ]
    assert isinstance(events[1], TicketSafeguardsCarried)
    assert isinstance(events[2], ComplaintSafeguardsCarried)
    assert (events[1].other, events[1].holds) == (away.id, ("legal",))
    assert (events[2].other, events[2].holds) == (middle.id, ("legal",))
    assert (last.own_holds, last.holds) == (frozenset(), frozenset({"legal"}))
    assert carried(HOLD, away, middle, last) == []


def test_a_hold_on_either_of_two_merged_cases_blocks_both():
    for holder in (0, 1):
        pair = with_a_file(complaint("a")), with_a_file(complaint("b"))
        merged(*pair)
        carried(HOLD, pair[holder], pair[1 - holder])
        for case, other in (pair, pair[::-1]):
            with pytest.raises(OnHold):
                REMOVE.carry_out(case, by(WEDNESDAY), RULES, Others(other))


def test_a_hold_that_is_lifted_where_the_case_goes_on_is_lifted_where_it_was_placed():
    away, middle, last = complaint("a", HOLD), complaint("b"), complaint("c")
    merged(away, middle, last)
    assert last.holds == {"legal"}

    events = carried(LIFT, last, middle, away)

    assert topics(events) == ["complaint.hold_lifted"] * 3
    assert not (away.holds | middle.holds | last.holds)


def test_a_hold_that_is_lifted_where_it_was_placed_leaves_that_of_the_survivor():
    away, last = complaint("a", HOLD), complaint("b", c.PlaceHold(kind="regulator", reason="AMF asks."))
    merged(away, last)

    assert topics(carried(LIFT, away, last)) == ["complaint.hold_lifted", "complaint.safeguards_carried"]
    assert (away.holds, last.holds) == (frozenset(), frozenset({"regulator"}))


def test_who_is_complained_of_on_a_merged_case_neither_has_nor_decides_the_survivor():
    away, last = complaint("a"), complaint("b", c.Assign(assignee="user:ben"))
    merged(away, last)

    events = carried(NAMED, away, last)

    assert topics(events) == [
        "complaint.person_complained_of_named",
        "complaint.safeguards_carried",
        "complaint.assigned",
    ]
    assert isinstance(events[2], Assigned)
    assert (events[2].assignee, events[2].reason_code) == (None, "conflict")
    with pytest.raises(errors.NotYoursToDecide):
        last.withdraw("Found it.", by(WEDNESDAY, "user:ben"), RULES)
    with pytest.raises(errors.ConflictOfInterest):
        asked(c.Assign(assignee="user:ben"), WEDNESDAY)(last)


def test_a_merge_takes_the_survivor_from_whom_the_other_case_complains_of():
    away, last = complaint("a", NAMED), complaint("b", c.Assign(assignee="user:ben"))
    merge(away, last, by(TUESDAY), RULES)

    assert last.assignee is None


def test_cases_that_part_take_back_what_they_brought():
    away, last = complaint("a"), complaint("b")
    merged(away, last)
    carried(HOLD, away, last)
    carried(NAMED, away, last)

    unmerge(away, last, (), by(WEDNESDAY), RULES)

    assert (away.holds, away.complained_of) == ({"legal"}, {"user:ben"})
    assert (last.holds, last.complained_of) == (frozenset(), frozenset())


def test_what_is_recorded_on_another_case_tells_a_case_nothing():
    away, last, other = complaint("a"), complaint("b"), complaint("o")
    merged(away, last)

    assert topics(carried(HOLD, other, away, last)) == ["complaint.hold_placed"]


def test_who_speaks_on_a_case_speaks_where_it_goes_on_until_the_two_part():
    """Each once; and who was named there meanwhile stays."""
    away, last = (
        complaint("a", LAWYER),
        complaint("b", LAWYER, c.AddRepresentative(name="B. Union", power_of_attorney="8")),
    )
    third = complaint("d", c.AddRepresentative(name="C. Heir", power_of_attorney="9"))
    merge(away, last, by(TUESDAY), RULES)
    merge(third, last, by(TUESDAY), RULES)
    assert [each.name for each in last.mandates] == ["A. Lawyer", "B. Union", "C. Heir"]

    unmerge(third, last, (away,), by(WEDNESDAY), RULES)

    assert [each.name for each in last.mandates] == ["A. Lawyer", "B. Union"]


def goes_on(case: Complaint | Ticket, reaction: Any, event: Event) -> tuple[Any, list[Event]]:
    """Return the case that *case* goes on as, and what it recorded."""
    (send,) = reaction.decide(event, case)
    new = send.kind(send.to)
    send.order.carry_out(new, by(WEDNESDAY, "reaction:probe"), RULES)
    return new, new.collect_events()


def redirected(case: Complaint) -> tuple[Ticket, list[Event]]:
    (event, *_) = Given(case).events(asked(c.Redirect(reason="A question."), TUESDAY))
    return goes_on(case, OpenATicketForARedirectedComplaint(), event)


def test_a_ticket_that_a_complaint_goes_on_as_begins_with_what_guards_the_complaint():
    """In the append that opens it; what concerns a person is said anew, and so sealed as its own."""
    case = complaint("a", HOLD, NAMED, LAWYER)

    new, events = redirected(case)

    assert topics(events)[-2:] == ["ticket.safeguards_carried", "ticket.represented"]
    assert (new.holds, new.complained_of, new.represented) == ({"legal"}, {"user:ben"}, 1)
    assert new.mandates == case.mandates
    assert {each.originator_id for each in events} == {new.id}
    with pytest.raises(errors.ConflictOfInterest):
        new.assign("support", "user:ben", by(WEDNESDAY), RULES)
    with pytest.raises(errors.NotYoursToDecide):
        new.solve(by(WEDNESDAY, "user:ben"), RULES)
    new.assign("support", "user:ben", by(WEDNESDAY), RULES, override_reason="Nobody else is there.")
    new.lift_hold("It was settled.", by(WEDNESDAY), RULES)
    assert not new.on_hold


def test_what_was_erased_or_cannot_be_opened_is_not_said_of_the_ticket():
    case = complaint("a", LAWYER)
    lawyer = case.representatives[1]
    assert isinstance(lawyer.representative, Representative)
    case.representatives |= {
        1: lawyer._replace(representative=ERASED),
        2: lawyer._replace(representative=Sealed(sealed="eA")),
    }

    new, events = redirected(case)

    assert "ticket.represented" not in topics(events)
    assert new.mandates == ()


def test_a_case_without_safeguards_begins_as_it_did():
    assert "ticket.safeguards_carried" not in topics(redirected(complaint("a"))[1])


def test_a_complaint_that_a_ticket_goes_on_as_begins_with_what_guards_the_ticket():
    case = ticket("t", HOLD, NAMED, LAWYER)
    (event, *_) = Given(case).events(lambda each: each.promote("They complain.", "fees", by(TUESDAY), RULES))

    new, _ = goes_on(case, ReceiveAComplaintForAPromotedTicket(), event)

    assert (new.holds, new.complained_of, new.mandates) == ({"legal"}, {"user:ben"}, case.mandates)


def test_a_ticket_whose_holder_is_complained_of_goes_back_to_the_queue_and_is_not_handed_to_them():
    case = ticket("t", c.AssignTicket(team="support", assignee="user:ben"))

    NAMED.carry_out(case, by(TUESDAY), RULES)

    assert case.assignee is None
    case.assign("support", "user:anna", by(TUESDAY), RULES)
    case.hand_over("user:anna", "user:ben", by(WEDNESDAY), RULES, reason_code="absent")
    assert case.assignee is None
