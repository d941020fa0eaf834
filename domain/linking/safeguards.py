"""What a case takes with it, and lets go of, where it goes on in another: holds, and for whom it is not.

A hold on either of two cases that became one keeps both, and so for whom one is not neither is: the
survivor knows of all that goes on in it, at whatever time it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from uuid import UUID

from domain.linking.promises import keep_corrected

if TYPE_CHECKING:
    from domain.case import Case
    from domain.complaint import Complaint
    from domain.complaint.register import Mandate
    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.ticket import Ticket


class Others(Protocol):
    """The other cases of a command."""

    def case(self, id: UUID, /) -> Case:
        """Return another case, to be saved with this one."""
        ...


class Order(Protocol):
    """Something that can be asked of a case, and that may change what it takes with it."""

    REACHES_WITHIN: ClassVar[bool]

    def carry_out(self, case: Any, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        ...


def carry_on(order: Order, case: Case, others: Others, by: Context, rules: Rulebook) -> None:
    """Ask *case*, those that go on in it where *order* reaches them, and tell those that it goes on in.

    The survivor keeps the promises of *case* by what is true.
    """
    order.carry_out(case, by, rules)
    if order.REACHES_WITHIN:
        for other in _within(case, others):
            order.carry_out(other, by, rules)
    pass_on(case, others, by, rules)
    if case.survivor is not None and case.recorded:
        keep_corrected(case, others.case(case.survivor), by, rules)


def _within(case: Case, others: Others) -> Iterator[Case]:
    for id in case.absorbed:
        other = others.case(id)
        yield other
        yield from _within(other, others)


def pass_on(case: Case, others: Others, by: Context, rules: Rulebook) -> None:
    """Tell the survivor of *case*, and so on to the end of the chain, what *case* takes with it by now."""
    while case.survivor is not None:
        survivor = others.case(case.survivor)
        if not survivor.hear_of(case.id, case.passed_on(), by, rules):
            return
        case = survivor


@dataclass(frozen=True)
class Inherited:
    """What a case begins with that goes on from the case *origin*: safeguards, and who speaks there."""

    origin: UUID
    passed: Mapping[str, tuple[str, ...]]
    mandates: tuple[Mandate, ...] = ()

    @classmethod
    def of(cls, case: Complaint | Ticket) -> Inherited:
        """Return what *case*, which is opened, leaves to the one that it goes on as."""
        return cls(case.id, case.passed_on(), case.mandates)

    def begin(self, case: Complaint | Ticket, by: Context, rules: Rulebook) -> None:
        """Let *case*, which is new, have it from its first instant."""
        case.hear_of(self.origin, self.passed, by, rules)
        for mandate in self.mandates:
            case.represent(mandate, by, rules)
