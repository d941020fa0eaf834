"""Events are validated on their way to the log and back."""

from __future__ import annotations

import json

import pytest
from eventsourcing.persistence import StoredEvent

from adapters.eventstore.mapper import EventMapper, UnreadableEvent
from adapters.vault.errors import VaultMissing
from adapters.vault.fields import values_of
from adapters.vault.kinds import Identity
from domain.catalogue import EVENTS
from domain.kernel import Event
from domain.privacy import ERASED, Sealed, kept_fields
from domain.testing import an_id
from tests.adapters.keys import FixedKeys
from tests.golden.lives import a_month

MAPPER = EventMapper(EVENTS, FixedKeys())
MONTH = list(a_month())


def change(event: Event, **facts: object) -> StoredEvent:
    """Return *event* as it would be stored with *facts* in place of its own; None takes one away."""
    before = MAPPER.to_stored_event(event)
    state = {name: value for name, value in (json.loads(before.state) | facts).items() if value is not None}
    return StoredEvent(
        before.originator_id, before.originator_version, before.topic, json.dumps(state).encode()
    )


def test_every_event_comes_back_as_it_was():
    for event in MONTH:
        stored = MAPPER.to_stored_event(event)

        assert stored.topic == event.TOPIC
        assert MAPPER.to_domain_event(stored) == event


def test_coordinates_are_stored_once():
    """They are columns; in the state they could only contradict."""
    state = json.loads(MAPPER.to_stored_event(MONTH[0]).state)

    assert not state.keys() & {"originator_id", "originator_version", "topic"}
    with pytest.raises(UnreadableEvent):
        MAPPER.to_domain_event(change(MONTH[0], topic="complaint.received"))


def test_what_is_not_known_is_not_stored():
    closed = next(event for event in MONTH if event.TOPIC == "complaint.closed")
    stored = MAPPER.to_stored_event(closed)

    assert b"null" not in stored.state
    assert b"causation_id" not in stored.state


RECEIVED = next(event for event in MONTH if event.TOPIC == "complaint.received")
PERSONAL = {path[0] for path in kept_fields(type(RECEIVED))}


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (StoredEvent(an_id(), 7, "complaint.foretold", b"{}"), "the topic is unknown; it may come from a newer version of Plaint"),
        (StoredEvent(an_id(), 7, "complaint.closed", b""), "it does not fit its topic (body)"),
        (StoredEvent(an_id(), 7, "complaint.closed", b"{}"), "it does not fit its topic (body)"),
        (StoredEvent(an_id(), 7, "complaint.closed", b"not json"), "it does not fit its topic (body)"),
        (StoredEvent(an_id(), 7, "complaint.closed", b"\xff\xfe"), "it does not fit its topic (body)"),
        (StoredEvent(an_id(), 7, "complaint.closed", b"[]"), "it does not fit its topic (body)"),
        (change(RECEIVED, channel="pigeon"), "it does not fit its topic (channel)"),
        (change(RECEIVED, category=None), "it does not fit its topic (category)"),
        (change(RECEIVED, surprise=1), "it does not fit its topic (surprise)"),
        (change(RECEIVED, occurred_at="2026-05-22T18:00:00"), "it does not fit its topic (occurred_at)"),
        (change(RECEIVED, pins=[{"regime": "house"}]), "it does not fit its topic (pins.0.version, pins.0.calendar, pins.0.calendar_version)"),
    ],
    ids=range(11),
)  # fmt: skip
def test_an_event_that_does_not_fit_is_named(stored: StoredEvent, why: str):
    """With its case, its version and its topic, and nothing of what it says."""
    with pytest.raises(UnreadableEvent) as refused:
        MAPPER.to_domain_event(stored)

    where = f"event {stored.originator_version} of {stored.originator_id}, topic {stored.topic}"
    assert str(refused.value) == f"{where}: {why}"
    assert (refused.value.stored, refused.value.why) == (stored, why)


def test_what_a_person_typed_is_not_repeated():
    broken = change(RECEIVED, full_name="Zoë\nO’Neill")

    with pytest.raises(UnreadableEvent) as refused:
        MAPPER.to_domain_event(broken)
    assert "Zoë" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_what_is_personal_is_sealed_and_opened_again():
    """All of it, at any depth; and what is not stays readable without a key."""
    stored = MAPPER.to_stored_event(RECEIVED)
    sealed = MAPPER.sealed(stored)

    assert EventMapper(EVENTS).sealed(stored) == sealed
    assert {path for path, value in values_of(sealed) if isinstance(value, Sealed)} == {
        path for path, _ in values_of(RECEIVED)
    }
    assert MAPPER.to_domain_event(stored) == RECEIVED
    assert MAPPER.to_stored_event(sealed) == stored


def test_a_value_moved_to_another_event_or_field_is_refused():
    noted = next(event for event in MONTH if event.TOPIC == "complaint.noted")
    stored = MAPPER.to_stored_event(noted)
    moved = StoredEvent(stored.originator_id, stored.originator_version + 1, "complaint.noted", stored.state)
    taken = json.loads(MAPPER.to_stored_event(RECEIVED).state)["full_name"]

    for wrong in (moved, change(RECEIVED, details=taken), change(RECEIVED, details={"sealed": "AQID"})):
        with pytest.raises(UnreadableEvent, match="a sealed value does not fit its place"):
            MAPPER.to_domain_event(wrong)


def test_without_its_key_a_value_is_erased_and_the_event_stays():
    keys = FixedKeys()
    mapper = EventMapper(EVENTS, keys)
    stored = mapper.to_stored_event(RECEIVED)
    keys.destroyed.add(RECEIVED.originator_id)

    event = mapper.to_domain_event(stored)

    assert [value for _, value in values_of(event)] == [ERASED] * len(dict(values_of(RECEIVED)))
    assert event.model_dump(exclude=PERSONAL) == RECEIVED.model_dump(exclude=PERSONAL)


def test_without_a_vault_nothing_personal_is_written_and_all_else_is():
    mapper = EventMapper(EVENTS)

    with pytest.raises(VaultMissing):
        mapper.to_stored_event(RECEIVED)
    with pytest.raises(VaultMissing):
        mapper.prepare(MONTH)
    closed = next(event for event in MONTH if event.TOPIC == "complaint.closed")
    assert mapper.to_domain_event(mapper.to_stored_event(closed)) == closed


def test_keys_are_made_for_cases_that_say_something_personal():
    """By one call for all of them, each with what its person is known by."""
    keys = FixedKeys()
    EventMapper(EVENTS, keys).prepare(MONTH)
    EventMapper(EVENTS, keys).prepare(event for event in MONTH if event.TOPIC.startswith("clock."))

    cases = {event.originator_id for event in MONTH if event.TOPIC == "complaint.received"}
    staff = {event.originator_id for event in MONTH if event.TOPIC == "user.added"}
    assert keys.prepared == [
        dict.fromkeys(cases, Identity("email", "someone@example.org")) | dict.fromkeys(staff)
    ]
