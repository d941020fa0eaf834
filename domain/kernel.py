"""Events and aggregates, with no framework beneath them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from domain.privacy import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


UNREADABLE = "An instant needs a timezone and cannot lie beyond the years there are."


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError from None


class _AnInstant:
    """How an instant is read: one in UTC as it is, any other brought there.

    Two of them stand in every event.  Asking for UTC first halves the time that an event takes to
    read from JSON, where an offset is all there is of a zone.  A zone of Python's that stands at
    the offset 0 today, as London does in winter, is none the less brought to UTC.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        anywhere = core_schema.datetime_schema(tz_constraint="aware")
        brought = core_schema.no_info_after_validator_function(_in_utc, anywhere)
        quick = core_schema.datetime_schema(tz_constraint=0)
        return core_schema.custom_error_schema(
            core_schema.json_or_python_schema(
                json_schema=core_schema.union_schema([quick, brought], mode="left_to_right"),
                python_schema=brought,
            ),
            custom_error_type="datetime_aware",
            custom_error_message=UNREADABLE,
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, source: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        del source
        return handler(core_schema.datetime_schema())


Instant: TypeAlias = Annotated[datetime, _AnInstant]
"""An instant, kept in UTC so that the same moment is always stored as the same bytes."""


class Value(BaseModel):
    """An immutable value, compared by content."""

    # An error that repeats its input would carry what a person typed into logs and answers.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


V = TypeVar("V", bound=Value)


def changed(value: V, facts: Mapping[str, object]) -> V:
    """Return *value* with *facts* in it, which are taken to be valid, as ``model_copy`` takes them.

    A row of a read model is copied for every event of a case; ``model_copy`` takes three times as long.
    """
    known = value.__pydantic_fields_set__
    known = known if known.issuperset(facts) else known.union(facts)
    return _given(type(value), {**value.__dict__, **facts}, known)


def made(kind: type[V], facts: Mapping[str, object]) -> V:
    """Return the *kind* of value that *facts* make, all of them valid and none left out that has no default.

    What an event says was judged with the event; to judge it again would take four times as long.
    """
    return _given(kind, {**_defaults(kind), **facts}, set(facts))


# A frozen value can be given its attributes in no other way; these four are all that it has.
_give_values, _give_known, _give_extra, _give_private = (
    vars(BaseModel)[name].__set__
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)


def _given(kind: type[V], values: dict[str, object], known: set[str]) -> V:
    new = object.__new__(kind)
    _give_values(new, values)
    _give_known(new, known)
    _give_extra(new, None)
    _give_private(new, None)
    return new


@cache
def _defaults(kind: type[Value]) -> Mapping[str, object]:
    """Return every field in its order, so that what is made has the order of what is validated."""
    return {name: None if field.is_required() else field.default for name, field in kind.model_fields.items()}


class Event(Value):
    """Something that has happened to one aggregate, named in the past tense.

    *TOPIC* is stored beside every event for as long as the log is kept.  Classes
    and modules may be renamed; a topic may not.

    ``recorded_at`` is when we learned it, ``occurred_at`` when it happened, and
    ``occurred_at_known`` is false when a source had no date for it.
    """

    # Of some two hundred a process meets few: each is made ready when it first does.
    model_config = ConfigDict(defer_build=True)

    TOPIC: ClassVar[str]

    originator_id: UUID
    originator_version: int
    recorded_at: Instant
    occurred_at: Instant
    occurred_at_known: bool = True
    actor: Code
    correlation_id: UUID
    causation_id: UUID | None = None


class Context(Value):
    """Who sends a command, when it reached us, and what it follows from."""

    recorded_at: Instant
    actor: Code
    correlation_id: UUID
    causation_id: UUID | None = None


HEADER = frozenset(Event.model_fields)


E = TypeVar("E", bound=Event)
Change: TypeAlias = Callable[[Any, E], None]
"""How one part of an aggregate changes upon an event."""


def upon(*events: type[E]) -> Callable[[Change[E]], Change[E]]:
    """Have a part of an aggregate change upon *events*, and what inherits from them."""
    return _hearing(lambda event: issubclass(event, events))


def upon_all_but(*events: type[Event]) -> Callable[[Change[Event]], Change[Event]]:
    """Have a part of an aggregate change upon whatever is none of *events*."""
    return _hearing(lambda event: not issubclass(event, events))


def _hearing(hears: Callable[[type[Event]], bool]) -> Callable[[Change[E]], Change[E]]:
    def decorate(change: Change[E]) -> Change[E]:
        change.__dict__["hears"] = hears
        return change

    return decorate


class Changes(dict[type[Event], tuple[Change[Any], ...]]):
    """What one *kind* of aggregate does upon each kind of event, found when the first of that kind comes.

    A case is made of some twenty parts, and most events mean something to two or three of them.  The parts
    that stand first in the aggregate change first, and each in the order in which it is written.
    """

    def __init__(self, kind: type[Aggregate]) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, event: type[Event]) -> tuple[Change[Any], ...]:
        changes = list(changes_of(self._kind))
        if not changes:
            raise NotImplementedError
        found = self[event] = tuple(each for each in changes if vars(each)["hears"](event))
        return found


def changes_of(kind: type[Aggregate]) -> Iterator[Change[Any]]:
    """Yield whatever an aggregate of *kind* does upon any event."""
    for part in kind.__mro__:
        for each in vars(part).values():
            if isinstance(each, FunctionType) and "hears" in vars(each):
                yield each


class Aggregate:
    """An object whose whole state is the fold of its own events.

    It changes by its methods that are marked with `upon`; one that knows few events may do with an
    `evolve` of its own.
    """

    changes: ClassVar[Changes]

    def __init_subclass__(cls) -> None:
        """Let each kind of aggregate find for itself what it does upon an event."""
        super().__init_subclass__()
        cls.changes = Changes(cls)

    def __init__(self, id: UUID) -> None:
        self.id = id
        self.version = 0
        self._pending: list[Event] = []

    @classmethod
    def replay(cls, aggregate: Self | None, history: Iterable[Event]) -> Self | None:
        """Fold *history* into *aggregate*, or into a new one."""
        events = iter(history)
        if aggregate is None:
            first = next(events, None)
            if first is None:
                return None
            aggregate = cls(first.originator_id)
            aggregate._follow((first,))
        aggregate._follow(events)
        return aggregate

    @property
    def recorded(self) -> bool:
        """Whether anything was recorded since the events were last handed over."""
        return bool(self._pending)

    def collect_events(self) -> list[Event]:
        """Hand over the events recorded since the last call."""
        pending, self._pending = self._pending, []
        return pending

    def record(
        self,
        event: type[Event],
        by: Context,
        /,
        *,
        occurred_at: datetime | None = None,
        occurred_at_known: bool = True,
        **facts: object,
    ) -> None:
        """Record that *event* happened; it became known when *by* says."""
        header = {
            "recorded_at": by.recorded_at,
            "actor": by.actor,
            "correlation_id": by.correlation_id,
            "causation_id": by.causation_id,
            "originator_id": self.id,
            "originator_version": self.version + 1,
            "occurred_at": occurred_at or by.recorded_at,
            "occurred_at_known": occurred_at_known,
        }
        recorded = event.model_validate(header | facts)
        self._follow((recorded,))
        self._pending.append(recorded)

    def evolve(self, event: Event) -> None:
        """Change state, in the version of *event*.  Decides nothing, reads no clock, never refuses."""
        for change in self.changes[type(event)]:
            change(self, event)

    def _follow(self, events: Iterable[Event]) -> None:
        evolve = self.evolve
        for event in events:
            version = event.originator_version
            if version != self.version + 1:
                message = f"{self.id}: version {version} after {self.version}"
                raise ValueError(message)
            self.version = version
            evolve(event)


Aggregate.changes = Changes(Aggregate)  # which is no subclass of its own
_NO_PARTS: frozenset[str] = frozenset()


def parts_of(event: Event) -> frozenset[str]:
    """Return the parts of the notice that *event* tells of; most tell of none."""
    # Asked for an attribute that it lacks, a model looks for it at length.
    parts = event.__dict__.get("parts")
    return frozenset(parts) if parts else _NO_PARTS


def facts_of(event: Event) -> dict[str, object]:
    """Return what *event* says beyond its header."""
    return event.model_dump(exclude=set(HEADER))
