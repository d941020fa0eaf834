"""What is said about a case elsewhere is kept as closely as the case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol
from uuid import UUID

from domain.access import LEVELS, Sensitivity
from domain.complaint import Complaint
from domain.guarding import ComplaintSensitivityChanged, TicketSensitivityChanged
from domain.kernel import Aggregate, Context, Event, Value
from domain.policies import Rulebook
from domain.reactions.reaction import Send
from domain.ticket import Ticket

AS_ITS_PARENT = "The case that it belongs to is kept so."
"""Why a ticket has the sensitivity of another case."""


class Children(Protocol):
    """Where the reaction looks up what belongs to a case; what lags raises NotYet."""

    def of(self, parent: UUID) -> Iterable[UUID]:
        """Return the tickets that belong to *parent*."""
        ...


class KeepAsClosely(Value):
    """Keep a case at *sensitivity*; one that is kept as closely, or more, is no news."""

    sensitivity: Sensitivity

    def carry_out(self, case: Complaint | Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*, an ended one too; it records or ignores."""
        if LEVELS.index(self.sensitivity) > LEVELS.index(case.sensitivity):
            case.set_sensitivity(self.sensitivity, AS_ITS_PARENT, by, rules)


class FollowTheSensitivityOfAParent:
    """When a case is kept more closely, so is what belongs to it, and the case that it goes on as.

    Less closely is for a person to say, of each case by itself.
    """

    NAME: ClassVar[str] = "follow_the_sensitivity_of_a_parent"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (ComplaintSensitivityChanged, TicketSensitivityChanged)
    OPENED: ClassVar[bool] = False

    def __init__(self, children: Children) -> None:
        self._children = children

    def decide(self, event: Event, case: Aggregate) -> Iterator[Send]:
        """Return an order for each ticket of *case*; it keeps what is closer already."""
        del event
        if not isinstance(case, Complaint | Ticket) or case.sensitivity is Sensitivity.NORMAL:
            return
        order = KeepAsClosely(sensitivity=case.sensitivity)
        for id in self._children.of(case.id):
            yield Send(id, Ticket, order)
        if case.goes_on_as is not None:
            other, kind = case.goes_on_as
            yield Send(other, Complaint if kind == "complaint" else Ticket, order)
