"""An event of an older shape is lifted, step by step, before it is validated."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from adapters.eventstore.mapper import EventMapper, UnreadableEvent
from adapters.eventstore.upcasting import Upcasters
from domain.catalogue import EVENTS, UPCASTERS, Upcaster
from domain.kernel import Event
from domain.testing import an_id
from tests.adapters.keys import FixedKeys
from tests.golden.write import GOLDEN

TOPIC = "complaint.escalated"


class Escalated(Event):
    """As it might look one day: a rank in words, and who is told."""

    TOPIC: ClassVar[str] = "complaint.escalated"

    rank: str
    told: tuple[str, ...]
    reason: Any = None


def ranked(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != "level"} | {
        "rank": ("first", "second", "third")[facts["level"] - 1]
    }


def told(facts: dict[str, Any]) -> dict[str, Any]:
    return facts | {"told": ["supervisor"]}


STEPS: dict[tuple[str, int], Upcaster] = {(TOPIC, 1): ranked, (TOPIC, 2): told}
MAPPER = EventMapper(
    [Escalated, *(event for event in EVENTS if event.TOPIC != TOPIC)], FixedKeys(), upcasters=STEPS
)
ENTRIES: list[dict[str, Any]] = json.loads(GOLDEN.read_text())
GOLDEN_ONES = [entry["state"] for entry in ENTRIES if entry["topic"] == TOPIC]


def stored(state: object, topic: str = TOPIC, id: UUID | None = None) -> StoredEvent:
    said = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()
    return StoredEvent(id or an_id(), 3, topic, said)


@pytest.mark.parametrize("state", GOLDEN_ONES)
def test_what_was_stored_in_the_first_shape_reads_as_the_last(state: dict[str, Any]):
    """From the golden events: through both steps, in their order."""
    event = MAPPER.to_domain_event(stored(state))

    assert isinstance(event, Escalated)
    assert (event.rank, event.told) == (("first", "second", "third")[state["level"] - 1], ("supervisor",))
    assert event.reason == state["reason"]
    assert event == MAPPER.sealed(stored(state))


def test_what_was_stored_in_between_takes_the_steps_that_are_left():
    first = GOLDEN_ONES[0]
    between = {"schema_version": 2} | ranked(first)

    assert MAPPER.to_domain_event(stored(between)) == MAPPER.to_domain_event(stored(first))


def test_an_event_says_which_shape_it_is_stored_in():
    """Before all else; and what has one shape only says nothing."""
    event = MAPPER.to_domain_event(stored(GOLDEN_ONES[0]))
    again = MAPPER.to_stored_event(event)

    assert again.state.startswith(b'{"schema_version":3,"recorded_at":')
    assert MAPPER.to_domain_event(again) == event
    for entry in ENTRIES:
        if entry["topic"] != TOPIC:
            read = MAPPER.sealed(stored(entry["state"], entry["topic"]))
            assert b"schema_version" not in MAPPER.to_stored_event(read).state


@pytest.mark.parametrize(("topic", "known"), [(TOPIC, 3), ("complaint.closed", 1)])
def test_an_event_of_a_newer_shape_is_named(topic: str, known: int):
    with pytest.raises(UnreadableEvent) as refused:
        MAPPER.to_domain_event(stored({"schema_version": 4, "more": 1}, topic))

    assert str(refused.value) == (
        f"event 3 of {an_id()}, topic {topic}: its schema version is 4 and this version of Plaint "
        f"knows {known}; it comes from a newer version of Plaint"
    )


@pytest.mark.parametrize(
    "state", [b"", b"{}", b"[]", b"not json", b"\xff", b'{"schema_version":2,', b'{"schema_version":0,"a":1}', b'{"level":1}']
)  # fmt: skip
def test_what_cannot_be_lifted_is_named(state: bytes):
    with pytest.raises(UnreadableEvent, match=f"event 3 of {an_id()}, topic {TOPIC}: it does not fit its"):
        MAPPER.to_domain_event(StoredEvent(an_id(), 3, TOPIC, state))


def test_steps_leave_no_version_out():
    for steps in ({(TOPIC, 2): told}, {(TOPIC, 1): told, (TOPIC, 3): told}):
        with pytest.raises(ValueError, match="follows on no other"):
            Upcasters(steps)


def test_every_step_of_the_product_belongs_to_an_event():
    assert {topic for topic, _ in UPCASTERS} <= {event.TOPIC for event in EVENTS}
    assert not any("schema_version" in event.model_fields for event in EVENTS)
