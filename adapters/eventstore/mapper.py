"""Events to bytes and back, validated both ways, personal values sealed.

The bytes are JSON without whitespace.  Fields that are None are left out, so an
optional field added later reads as None in every event stored before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from adapters.eventstore.recorder import Row
from adapters.eventstore.stored_form import StoredForms
from adapters.eventstore.upcasting import ShapeUnknown, Upcasters
from adapters.vault.errors import SealBroken, VaultMissing
from adapters.vault.fields import exchanged, fields_of, values_of
from adapters.vault.kinds import Identity
from domain.catalogue import UPCASTERS, Upcaster
from domain.kernel import Event
from domain.privacy import ERASED, Erased, Path, Sealed

ADDRESSES = ("account_email", "contact_email")
"""The fields by which two cases are known to be of one person."""


class UnreadableEvent(Exception):
    """A stored event cannot be read."""

    def __init__(self, stored: StoredEvent, why: str) -> None:
        self.stored, self.why = stored, why
        super().__init__(
            f"event {stored.originator_version} of {stored.originator_id}, topic {stored.topic}: {why}"
        )


class Keys(Protocol):
    """What seals and opens: the vault."""

    def prepare(self, cases: Mapping[UUID, Identity | None]) -> None:
        """Have the keys of *cases* at hand, made where there are none."""
        ...

    def seal(self, case: UUID, version: int, label: str, value: bytes) -> Sealed:
        """Return *value* sealed for a field of an event; raise KeyError for a case that was not prepared."""
        ...

    def open(self, sealed: Sealed, case: UUID, version: int, label: str) -> bytes | None:
        """Return what was sealed for that field of that event, or None when its key was destroyed."""
        ...


class EventMapper(Mapper[UUID]):
    """Knows every topic, refuses what does not fit its event, and seals what is personal with *keys*."""

    def __init__(
        self,
        events: Iterable[type[Event]],
        keys: Keys | None = None,
        upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
    ) -> None:
        super().__init__(transcoder=JSONTranscoder())
        self.topics: Mapping[str, type[Event]] = {event.TOPIC: event for event in events}
        self._forms = StoredForms(self.topics)
        self._shapes = Upcasters(upcasters)
        lifted = {topic for topic, _ in upcasters}
        self._unlifted = StoredForms({name: each for name, each in self.topics.items() if name not in lifted})
        """The forms of the topics that never had another shape: most events need not be asked for theirs."""
        self._keys = keys
        self._personal = {
            topic: tuple({name for name, *_ in fields_of(event)}) for topic, event in self.topics.items()
        }

    def prepare(self, events: Iterable[Event]) -> None:
        """Have the keys of all cases at hand of which *events* say something personal, by one transaction."""
        cases: dict[UUID, Identity | None] = {}
        for event in events:
            if self._says_personal(event) and _in_clear(event):
                said = vars(event)  # a model looks for long for what it does not have
                addresses = (said.get(name) for name in ADDRESSES)
                known = next((Identity("email", each) for each in addresses if isinstance(each, str)), None)
                cases[event.originator_id] = cases.get(event.originator_id) or known
        if cases:
            self._vault().prepare(cases)

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Return *domain_event* as it is stored; raise VaultAway when it cannot be sealed."""
        event: Event = domain_event
        if self._says_personal(event) and (values := _in_clear(event)):
            event = self._sealed(event, values)
        topic = event.TOPIC
        state = self._forms[topic].write(event, exclude_none=True, by_alias=True)
        state = self._shapes.marked(topic, state)
        return StoredEvent(event.originator_id, event.originator_version, topic, state)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the event that was stored, its personal values in clear, or Erased.

        Raises UnreadableEvent when it is none that we know, VaultAway when it cannot be opened.
        """
        id, version = stored_event.originator_id, stored_event.originator_version
        return self.opened(self.read(id, version, stored_event.topic, stored_event.state))

    def sealed(self, stored_event: StoredEvent) -> Event:
        """Return the event that was stored, its personal values still sealed; no key is needed."""
        id, version = stored_event.originator_id, stored_event.originator_version
        return self.read(id, version, stored_event.topic, stored_event.state)

    def actor(self, stored_event: StoredEvent) -> str:
        """Return who recorded the event that was stored, without making the event of it."""
        try:
            return str(from_json(stored_event.state)["actor"])
        except (ValueError, KeyError, TypeError):
            why = "it does not say who recorded it"
            raise UnreadableEvent(stored_event, why) from None

    def read(self, id: UUID | str | bytes, version: int, topic: str, state: bytes) -> Event:
        """Return the event that is stored so, its personal values still sealed; no key is needed."""
        try:
            event = self._unlifted[topic].read(state)
        except (KeyError, ValidationError):
            # What else it may be, or what is wrong with it, is asked only then.
            event = self._lifted(id, version, topic, state)
        facts: dict[str, Any] = vars(event)
        facts["originator_id"] = id if isinstance(id, UUID) else _uuid(id)
        facts["originator_version"] = version
        return event

    def history(self, id: UUID, rows: Iterable[Row]) -> Iterator[Event]:
        """Yield the events of one aggregate as `read` returns each: they are many, and a call is dear."""
        forms = self._unlifted
        for _, version, topic, state in rows:
            try:
                event = forms[topic].read(state)
            except (KeyError, ValidationError):
                event = self._lifted(id, version, topic, state)
            facts: dict[str, Any] = vars(event)
            facts["originator_id"] = id
            facts["originator_version"] = version
            yield event

    def _lifted(self, id: UUID | str | bytes, version: int, topic: str, state: bytes) -> Event:
        """Return the event of any shape that it was ever stored in, which stands nowhere yet."""
        event = self.topics.get(topic)
        if event is None:
            why = "the topic is unknown; it may come from a newer version of Plaint"
            raise UnreadableEvent(_stored(id, version, topic, state), why)
        try:
            return self._forms[topic].read(self._shapes.lifted(topic, state))
        except ShapeUnknown as error:
            raise UnreadableEvent(_stored(id, version, topic, state), str(error)) from None
        except ValidationError as error:
            # Of what says nothing no one field is missing, but all of it.
            places = ("body",) if state == b"{}" else (_place(each["loc"], event) for each in error.errors())
            fields = ", ".join(dict.fromkeys(places))
            why = f"it does not fit its topic ({fields})"
            raise UnreadableEvent(_stored(id, version, topic, state), why) from None

    def opened(self, event: Event) -> Event:
        """Return *event* with its personal values in clear, or Erased.

        Raises UnreadableEvent when one does not fit its place, VaultAway when it cannot be opened.
        """
        if not self._says_personal(event):
            return event
        try:
            found = {path: self._opened(event, path, each) for path, each in values_of(event)}
        except (SealBroken, ValidationError):
            stored = StoredEvent(event.originator_id, event.originator_version, event.TOPIC, b"")
            raise UnreadableEvent(stored, "a sealed value does not fit its place") from None
        return exchanged(event, found)

    def _says_personal(self, event: Event) -> bool:
        """Whether a field of *event* that is personal, or has such a one within it, says anything."""
        said = event.__dict__
        for name in self._personal[event.TOPIC]:  # noqa: SIM110 - any() takes twice as long, for every event
            if said[name]:
                return True
        return False

    def _sealed(self, event: Event, values: Mapping[Path, Any]) -> Event:
        try:
            return exchanged(event, dict(self._seals(event, values)))
        except KeyError:
            self.prepare([event])
            return exchanged(event, dict(self._seals(event, values)))

    def _seals(self, event: Event, values: Mapping[Path, Any]) -> Iterable[tuple[Path, Sealed]]:
        case, version, keys = event.originator_id, event.originator_version, self._vault()
        for path, value in values.items():
            yield path, keys.seal(case, version, _label(event, path), to_json(value))

    def _opened(self, event: Event, path: Path, value: Any) -> Any:
        if not isinstance(value, Sealed):
            return value
        found = self._vault().open(value, event.originator_id, event.originator_version, _label(event, path))
        return ERASED if found is None else fields_of(type(event))[path].validate_json(found)

    def _vault(self) -> Keys:
        if self._keys is None:
            raise VaultMissing("of this store")
        return self._keys


def _in_clear(event: Event) -> Mapping[Path, Any]:
    return {path: value for path, value in values_of(event) if not isinstance(value, (Sealed, Erased))}


def _label(event: Event, path: Path) -> str:
    return f"{event.TOPIC}:{'.'.join(path)}"


def _place(where: tuple[int | str, ...], event: type[Event]) -> str:
    """Return the field that an error names, without the alternatives within it that were tried."""
    for path in fields_of(event):
        if where[: len(path)] == path:
            where = path
    return ".".join(map(str, where)) or "body"


def _stored(id: UUID | str | bytes, version: int, topic: str, state: bytes) -> StoredEvent:
    return StoredEvent(UUID(bytes=id) if isinstance(id, bytes) else id, version, topic, state)


@lru_cache(maxsize=4096)
def _uuid(id: str | bytes) -> UUID:
    """Return the identifier that the driver gave as text or as bytes, the same for each event of a case."""
    return UUID(bytes=id) if isinstance(id, bytes) else UUID(id)
