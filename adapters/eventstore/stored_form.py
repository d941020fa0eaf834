"""An event as its stored bytes, by pydantic's own machinery: all that it says but where it stands.

Where an event stands are columns of the log.  Left to the model, its coordinates would be read from bytes
made for that alone, and written to be cut off again: a third of what reading or writing an event costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from domain.kernel import Event

COORDINATES = ("originator_id", "originator_version")
"""The first fields of every event.  They are columns of the log and no part of the stored bytes."""


class StoredForm(NamedTuple):
    """How events of one class are read from their bytes, and written to them.

    What was read is judged as the model judges it, and stands nowhere until it is told where.
    """

    read: Callable[[bytes], Event]
    write: Callable[..., bytes]


class StoredForms(dict[str, StoredForm]):
    """The stored form of each of *events* by its topic, made when the first of them is met."""

    def __init__(self, events: Mapping[str, type[Event]]) -> None:
        super().__init__()
        self._events = events

    def __missing__(self, topic: str) -> StoredForm:
        form = self[topic] = stored_form(self._events[topic])
        return form


def stored_form(event: type[Event]) -> StoredForm:
    """Return how *event* is stored; raise TypeError when its model is none that this knows."""
    if tuple(event.model_fields)[:2] != COORDINATES:
        raise TypeError("every event begins with where it stands")
    event.model_rebuild()  # which does nothing where it is ready
    schema: Any = _without_coordinates(event.__pydantic_core_schema__)
    # A validator that is there already, the model's own, would be used in place of this one.
    reader = SchemaValidator(schema, _use_prebuilt=False)
    writer = SchemaSerializer(schema, _use_prebuilt=False)
    return StoredForm(reader.validate_json, writer.to_json)


def _without_coordinates(schema: Any) -> dict[str, Any]:
    match schema:
        case {"type": "definitions", "schema": inner}:
            return {**schema, "schema": _without_coordinates(inner)}
        case {"type": "model", "schema": {"type": "model-fields", "fields": fields} as inner}:
            # They keep their places, so that what was read has the order of what was recorded.
            unsaid = core_schema.model_field(
                core_schema.with_default_schema(core_schema.any_schema(), default=None),
                serialization_exclude=True,
            )
            return {**schema, "schema": {**inner, "fields": fields | dict.fromkeys(COORDINATES, unsaid)}}
        case _:
            raise TypeError("an event is a plain model")
