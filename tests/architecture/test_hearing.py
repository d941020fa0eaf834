"""A part of an aggregate is handed every event that its evolution names."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import reduce
from typing import Any, ClassVar
from uuid import UUID

import pytest

from domain.catalogue import EVENTS
from domain.complaint import Complaint
from domain.complaint.life_events import Corrected
from domain.kernel import Aggregate, Event, upon
from domain.ticket import Ticket

PARTS = sorted(
    {
        part
        for kind in (Complaint, Ticket)
        for part in kind.__mro__
        if hasattr(vars(part).get("evolve"), "hears")
    },
    key=lambda part: (part.__module__, part.__name__),
)


def named(part: type) -> Iterator[type]:
    """Yield the kinds of event that the evolution of *part* tells apart."""
    evolve = inspect.unwrap(vars(part)["evolve"])
    tree = ast.parse(textwrap.dedent(inspect.getsource(evolve)))
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    for node in (inner for statement in function.body for inner in ast.walk(statement)):
        match node:
            case ast.MatchClass(cls=kind):
                found = eval(ast.unparse(kind), evolve.__globals__)
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, kind]):
                found = eval(ast.unparse(kind), evolve.__globals__)
            case _:
                continue
        if isinstance(found, type) and issubclass(found, Event):
            yield found


def deaf(part: Any) -> set[str]:
    """Return the topics that the evolution of *part* names and is never handed."""
    kinds = tuple(named(part))
    return {event.TOPIC for event in EVENTS if issubclass(event, kinds) and not part.evolve.hears(event)}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.__module__}.{part.__name__}")
def test_a_part_hears_every_event_that_its_evolution_names(part: type):
    assert (deaf(part), list(named(part)) != []) == (set(), True)


def test_a_part_that_forgot_an_event_is_found_out():
    class Forgetful(Aggregate):
        @upon()
        def evolve(self, event: Event) -> None:
            match event:
                case Corrected():
                    pass
                case _:
                    super().evolve(event)

    assert deaf(Forgetful) == {Corrected.TOPIC}


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

    def evolve(self, event: Event) -> None:
        self.heard.append(f"last {event.TOPIC}")


class Second(Last):
    @upon(Corrected)
    def evolve(self, event: Event) -> None:
        self.heard.append("second")
        super().evolve(event)


class First(Second):
    @upon(Happened)
    def evolve(self, event: Event) -> None:
        self.heard.append("first")
        super().evolve(event)


def test_an_event_goes_past_a_part_that_does_not_know_it_and_no_other():
    events: list[Event] = [Happened.model_construct(), More.model_construct(), Corrected.model_construct()]

    def heard(aggregate: First, event: Event) -> First:
        aggregate.evolve(event)
        return aggregate

    assert reduce(heard, events, First(UUID(int=1))).heard == [
        "first",
        "last probe.happened",
        "first",
        "last probe.more",
        "second",
        f"last {Corrected.TOPIC}",
    ]
