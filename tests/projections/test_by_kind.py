"""What is done upon a kind of event is looked up once, and what stands first goes before."""

from __future__ import annotations

from domain import clocks
from domain.catalogue import EVENTS
from domain.complaint import events as e
from domain.kernel import Event
from domain.linking.events import CaseMerged, TicketMerged
from domain.ticket.events import TicketEvent
from projections.by_kind import ByKind


def test_a_kind_has_its_own_or_that_of_what_it_inherits_from():
    found = ByKind({clocks.ClockEvent: "of a clock", e.Closed: "closed"}, otherwise="nothing")

    kinds = (clocks.ClockMet, clocks.ClockTakenOver, e.Closed, e.Noted)
    assert [found[each] for each in kinds] == ["of a clock", "of a clock", "closed", "nothing"]


def test_what_stands_first_goes_before_what_is_nearer():
    first = ByKind({clocks.ClockEvent: "any", clocks.ClockMet: "met"}, otherwise="nothing")
    nearest = ByKind({clocks.ClockMet: "met", clocks.ClockEvent: "any"}, otherwise="nothing")

    assert (first[clocks.ClockMet], nearest[clocks.ClockMet]) == ("any", "met")


def test_every_event_has_one_answer_and_keeps_it():
    asked: list[type[Event]] = []

    class Telling(ByKind[str]):
        def __missing__(self, kind: type[Event]) -> str:
            asked.append(kind)
            return super().__missing__(kind)

    found = Telling({CaseMerged: "merged", TicketEvent: "of a ticket"}, otherwise="nothing")

    assert [found[each] for each in EVENTS] == [found[each] for each in EVENTS]
    assert asked == list(EVENTS)
    assert found[TicketMerged] == "merged"
