"""What is stored of an event is what its own model says and judges, without where the event stands."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from pydantic import ValidationError, model_validator

from adapters.eventstore.mapper import EventMapper, UnreadableEvent
from adapters.eventstore.stored_form import COORDINATES, StoredForms, stored_form
from domain.catalogue import EVENTS
from domain.kernel import Event, Value
from domain.testing import an_id
from tests.golden.write import examples

ID = an_id()
MAPPER = EventMapper(EVENTS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_an_event_is_read_and_written_as_by_its_model(event: type[Event]):
    for example in examples(event):
        state = json.dumps(example["state"]).encode()
        whole = json.dumps({"originator_id": str(ID), "originator_version": 7} | example["state"])
        by_model = event.model_validate_json(whole)

        read = MAPPER.read(ID, 7, event.TOPIC, state)

        assert (read, list(vars(read))) == (by_model, list(vars(by_model)))
        assert type(read) is event
        written = stored_form(event).write(read, exclude_none=True, by_alias=True)
        assert (
            written
            == by_model.model_dump_json(exclude=set(COORDINATES), exclude_none=True, by_alias=True).encode()
        )


def test_a_form_is_made_when_its_topic_is_met():
    forms = StoredForms(MAPPER.topics)

    assert len(forms) == 0
    assert forms["complaint.closed"] is forms["complaint.closed"]
    assert list(forms) == ["complaint.closed"]
    with pytest.raises(KeyError):
        _ = forms["complaint.foretold"]


@pytest.mark.parametrize("id", [ID, ID.bytes, str(ID)], ids=["id", "bytes", "text"])
def test_an_event_stands_where_its_columns_say_whatever_its_bytes_pretend(id: UUID | bytes | str):
    state = examples(MAPPER.topics["complaint.closed"])[0]["state"]
    lie = {"originator_id": str(UUID(int=1)), "originator_version": 1}

    read = MAPPER.read(id, 7, "complaint.closed", json.dumps(state | lie).encode())

    assert (read.originator_id, read.originator_version) == (ID, 7)


def test_what_was_read_cannot_be_changed():
    state = examples(MAPPER.topics["complaint.closed"])[0]["state"]
    read = MAPPER.read(ID, 7, "complaint.closed", json.dumps(state).encode())

    with pytest.raises(ValidationError):
        read.originator_version = 8


def test_a_model_that_is_none_such_is_refused():
    class Judged(Event):
        @model_validator(mode="after")
        def _judge(self) -> Judged:
            return self

    class Placeless(Value):
        what: int

    with pytest.raises(TypeError, match="plain model"):
        stored_form(Judged)
    with pytest.raises(TypeError, match="where it stands"):
        stored_form(Placeless)  # pyright: ignore[reportArgumentType]


def test_a_mark_of_a_shape_is_no_field_of_an_event():
    with pytest.raises(UnreadableEvent, match="its schema version is 2"):
        MAPPER.read(ID, 7, "complaint.closed", b'{"schema_version":2,"actor":"x"}')
