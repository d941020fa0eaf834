"""What a reaction is: the topics it hears, and the orders that it answers them with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from uuid import UUID

from domain.ids import derived
from domain.kernel import Aggregate, Context, Event
from domain.policies import Rulebook

if TYPE_CHECKING:
    from domain.commands import Joint

IMPORTER = "import:"
"""What the actor of an event begins with that an import recorded."""


class NotYet(Exception):
    """What a reaction has to look up is not there yet; it is asked again soon, in the same place."""


class Order(Protocol):
    """Something that can be asked of a case; asked again, it is no news."""

    def carry_out(self, case: Any, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        ...


@dataclass(frozen=True)
class Send:
    """An order, and the aggregate that it is for; one that *begins* a case needs nothing there."""

    to: UUID
    kind: type[Aggregate]
    order: Order | Joint
    begins: bool = False


class Reaction(Protocol):
    """Answers events with orders.

    NAME is stored with how far it has come and is never changed.  An event of the same case comes
    after those before it; events of different cases come in any order.  None is asked about what an
    import recorded: it happened elsewhere, long before.
    """

    NAME: ClassVar[str]
    TOPICS: ClassVar[tuple[type[Event], ...]]
    OPENED: ClassVar[bool]
    """Whether it needs what concerns a person in clear; while the vault is away it waits."""

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return what to ask because of *event*; *case* is the case of the event as it is by now."""
        ...


def cause_of(event: Event) -> UUID:
    """Return the identifier of *event* as the cause of another: always the same."""
    return derived(event.originator_id, f"event {event.originator_version}")


def is_imported(event: Event) -> bool:
    """Whether *event* was recorded by an import: nobody waits today for what happened elsewhere before."""
    return event.actor.startswith(IMPORTER)
