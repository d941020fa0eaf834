"""Events to bytes and back, validated both ways.

The bytes are JSON without whitespace.  Fields that are None are left out, so an
optional field added later reads as None in every event stored before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic import ValidationError

from adapters.eventstore.upcasting import ShapeUnknown, Upcasters
from domain.catalogue import UPCASTERS, Upcaster
from domain.kernel import Event

COORDINATES = {"originator_id", "originator_version"}


class UnreadableEvent(Exception):
    """A stored event cannot be read."""

    def __init__(self, stored: StoredEvent, why: str) -> None:
        self.stored, self.why = stored, why
        super().__init__(
            f"event {stored.originator_version} of {stored.originator_id}, topic {stored.topic}: {why}"
        )


class EventMapper(Mapper[UUID]):
    """Knows every topic, and refuses what does not fit its event."""

    def __init__(
        self, events: Iterable[type[Event]], upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS
    ) -> None:
        super().__init__(transcoder=JSONTranscoder())
        self.topics: Mapping[str, type[Event]] = {event.TOPIC: event for event in events}
        self._shapes = Upcasters(upcasters)

    def prepare(self, ids: Iterable[UUID]) -> None:
        """Have the keys of these cases at hand, made where there are none, before their events are stored."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return *domain_event* as it is stored."""
        event: Event = domain_event
        return StoredEvent(
            originator_id=event.originator_id,
            originator_version=event.originator_version,
            topic=event.TOPIC,
            state=self._shapes.marked(
                event.TOPIC,
                event.model_dump_json(exclude=COORDINATES, exclude_none=True, by_alias=True).encode(),
            ),
        )

    def sealed(self, stored_event: StoredEvent) -> Event:
        """Return the event that was stored, its personal values still sealed; no key is needed."""
        return self.to_domain_event(stored_event)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the event that was stored; raise UnreadableEvent when it is none that we know."""
        event = self.topics.get(stored_event.topic)
        if event is None:
            why = "the topic is unknown; it may come from a newer version of Plaint"
            raise UnreadableEvent(stored_event, why)
        try:
            state = self._shapes.lifted(stored_event.topic, stored_event.state)
            said = _coordinates(stored_event.originator_id)
            return event.model_validate_json(b"%b%b%d}" % (state[:-1], said, stored_event.originator_version))
        except ShapeUnknown as error:
            raise UnreadableEvent(stored_event, str(error)) from None
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, each["loc"])) or "body" for each in error.errors())
            raise UnreadableEvent(stored_event, f"it does not fit its topic ({fields})") from None


@lru_cache(maxsize=4096)
def _coordinates(id: UUID | str) -> bytes:
    """Return what ends the JSON of every event of one aggregate, up to its version."""
    return f',"originator_id":"{id}","originator_version":'.encode()
