"""An aggregate of many parts: each event goes to the parts that are marked with it, and to no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar
from uuid import UUID

import pytest

from domain.complaint import Complaint
from domain.complaint.life_events import Corrected
from domain.kernel import Aggregate, Event, changes_of, upon, upon_all_but
from domain.ticket import Ticket

CASES = (Complaint, Ticket)


class Happened(Event):
    """Something that the parts below know."""

    TOPIC: ClassVar[str] = "probe.happened"


class More(Happened):
    """What inherits from it is known by the same parts."""

    TOPIC: ClassVar[str] = "probe.more"


class Last(Aggregate):
    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.heard: list[str] = []

    @upon_all_but(Corrected)
    def _hear_last(self, event: Event) -> None:
        self.heard.append(f"last {event.TOPIC}")


class Second(Last):
    @upon(Corrected)
    def _hear_second(self, event: Corrected) -> None:
        self.heard.append(f"second {event.TOPIC}")


class Beside(Last):
    @upon(More, Corrected)
    def _hear_beside(self, event: More | Corrected) -> None:
        self.heard.append(f"beside {event.TOPIC}")


class First(Second, Beside):
    @upon(Happened)
    def _hear_first(self, event: Happened) -> None:
        self.heard.append(f"first {event.TOPIC}")

    @upon(More)
    def _hear_again(self, event: More) -> None:
        self.heard.append(f"again {event.TOPIC}")


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        (Happened, ["first", "last"]),
        (More, ["first", "again", "beside", "last"]),
        (Corrected, ["second", "beside"]),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_an_event_goes_to_the_parts_that_know_it_the_first_part_first(event: type[Event], heard: list[str]):
    aggregate = First(UUID(int=1))

    for _ in range(2):
        aggregate.evolve(event.model_construct())

    assert aggregate.heard == [f"{name} {event.TOPIC}" for name in heard] * 2


def test_what_one_kind_of_aggregate_does_another_does_not():
    last = Last(UUID(int=1))

    last.evolve(More.model_construct())

    assert last.heard == [f"last {More.TOPIC}"]


def hidden(kind: type[Aggregate]) -> Iterator[str]:
    """Yield the changes that read as if *kind* had another of that name: it would make both, or not seem to."""
    for change in changes_of(kind):
        if getattr(kind, change.__name__) is not change:
            yield change.__name__


@pytest.mark.parametrize("kind", CASES)
def test_every_change_of_a_case_has_a_name_of_its_own(kind: type[Aggregate]):
    assert list(hidden(kind)) == []


def test_a_change_that_hides_another_is_found_out():
    class Hiding(Last):
        def _hear_last(self, event: Event) -> None:
            del event

    assert list(hidden(Hiding)) == ["_hear_last"]


@pytest.mark.parametrize("kind", CASES)
def test_no_part_of_a_case_keeps_events_from_the_others(kind: type[Aggregate]):
    """One that had an `evolve` of its own would."""
    assert [part.__name__ for part in kind.__mro__ if "evolve" in vars(part)] == ["Aggregate"]
