"""What happens between cases, under the topics it is stored by; each side records it for itself."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple, TypeAlias
from uuid import UUID

from domain.kernel import Event, Instant
from domain.privacy import Code, Kept, PersonalText

LinkKind: TypeAlias = Literal["duplicate", "related", "caused_by", "follow_up"]
OtherKind: TypeAlias = Literal["complaint", "ticket"]
"""What the other case is: with it and the id its reference can be told without looking it up."""


class LinkEvent(Event):
    """What a link says: this case is a *kind* of the other, or where *inverse* the other of this."""

    other: UUID
    other_kind: OtherKind
    kind: LinkKind
    inverse: bool = False


class CaseLinked(LinkEvent):
    """Somebody linked the case with another."""


class CaseUnlinked(LinkEvent):
    """Somebody took a link back."""


class CaseMerged(Event):
    """The case goes on in another, its survivor; everything that was said here stays here.

    Where the two are of different people, ``other_person_reason`` is why they are one all the same.
    """

    survivor: UUID
    survivor_kind: OtherKind
    other_person_reason: Kept[PersonalText] | None = None


class Carried(Event):
    """What a case takes with it into another one: for whom it is not, and how long it is kept."""

    complained_of: tuple[Code, ...] = ()
    former_deciders: tuple[Code, ...] = ()
    holds: tuple[Code, ...] = ()

    @property
    def brought_by(self) -> UUID | None:
        """The case from which it comes for as long as that goes on here; None where it is this one's own."""
        return None


class CaseSafeguardsCarried(Carried):
    """A case that goes on in this one, or that this one goes on from, says anew what it takes with it."""

    other: UUID

    @property
    def brought_by(self) -> UUID | None:
        """The case that says it."""
        return self.other


class CaseAbsorbed(Carried):
    """Another case goes on in this one."""

    other: UUID
    other_kind: OtherKind

    @property
    def brought_by(self) -> UUID | None:
        """The case that goes on here."""
        return self.other


class CaseUnmerged(Event):
    """Two cases that were merged part again; *was* says which of them this one was."""

    other: UUID
    other_kind: OtherKind
    was: Literal["merged", "survivor"]


class CaseSplit(Event):
    """Some of what was said here, by *versions*, goes on in a case of its own."""

    into: UUID
    versions: tuple[int, ...]
    category: Code
    reason: Kept[PersonalText]


class CaseBegunBySplit(Carried):
    """The case begins with what was said on another, by the *versions* that it has there."""

    source: UUID
    versions: tuple[int, ...]


class ComplaintLinked(CaseLinked):
    """Somebody linked the complaint with another case."""

    TOPIC: ClassVar[str] = "complaint.linked"


class ComplaintUnlinked(CaseUnlinked):
    """Somebody took a link of the complaint back."""

    TOPIC: ClassVar[str] = "complaint.unlinked"


class ComplaintMerged(CaseMerged):
    """The complaint goes on in another one."""

    TOPIC: ClassVar[str] = "complaint.merged"


class ComplaintAbsorbed(CaseAbsorbed):
    """Another case goes on in the complaint."""

    TOPIC: ClassVar[str] = "complaint.absorbed"


class ComplaintUnmerged(CaseUnmerged):
    """The complaint and another case part again."""

    TOPIC: ClassVar[str] = "complaint.unmerged"


class ComplaintSplit(CaseSplit):
    """Some of what was said on the complaint goes on in a complaint of its own."""

    TOPIC: ClassVar[str] = "complaint.split"


class ComplaintBegunBySplit(CaseBegunBySplit):
    """The complaint begins with what was said on another."""

    TOPIC: ClassVar[str] = "complaint.begun_by_split"


class ComplaintSafeguardsCarried(CaseSafeguardsCarried):
    """Another case says anew for whom the complaint is not, and how long it is kept."""

    TOPIC: ClassVar[str] = "complaint.safeguards_carried"


class TicketLinked(CaseLinked):
    """Somebody linked the ticket with another case."""

    TOPIC: ClassVar[str] = "ticket.linked"


class TicketUnlinked(CaseUnlinked):
    """Somebody took a link of the ticket back."""

    TOPIC: ClassVar[str] = "ticket.unlinked"


class TicketMerged(CaseMerged):
    """The ticket goes on in another case."""

    TOPIC: ClassVar[str] = "ticket.merged"


class TicketAbsorbed(CaseAbsorbed):
    """Another ticket goes on in this one."""

    TOPIC: ClassVar[str] = "ticket.absorbed"


class TicketUnmerged(CaseUnmerged):
    """The ticket and another case part again; solved, it closes by itself at ``closes_at``."""

    TOPIC: ClassVar[str] = "ticket.unmerged"

    closes_at: Instant | None = None


class TicketSplit(CaseSplit):
    """Some of what was said on the ticket goes on in a ticket of its own."""

    TOPIC: ClassVar[str] = "ticket.split"


class TicketBegunBySplit(CaseBegunBySplit):
    """The ticket begins with what was said on another."""

    TOPIC: ClassVar[str] = "ticket.begun_by_split"


class TicketSafeguardsCarried(CaseSafeguardsCarried):
    """Another case says anew for whom the ticket is not, and how long it is kept."""

    TOPIC: ClassVar[str] = "ticket.safeguards_carried"


class Linking(NamedTuple):
    """The events of one kind of case that tell of other cases."""

    kind: OtherKind
    linked: type[CaseLinked]
    unlinked: type[CaseUnlinked]
    merged: type[CaseMerged]
    absorbed: type[CaseAbsorbed]
    unmerged: type[CaseUnmerged]
    split: type[CaseSplit]
    begun: type[CaseBegunBySplit]
    carried: type[CaseSafeguardsCarried]


OF_COMPLAINTS = Linking(
    "complaint",
    ComplaintLinked,
    ComplaintUnlinked,
    ComplaintMerged,
    ComplaintAbsorbed,
    ComplaintUnmerged,
    ComplaintSplit,
    ComplaintBegunBySplit,
    ComplaintSafeguardsCarried,
)
OF_TICKETS = Linking(
    "ticket",
    TicketLinked,
    TicketUnlinked,
    TicketMerged,
    TicketAbsorbed,
    TicketUnmerged,
    TicketSplit,
    TicketBegunBySplit,
    TicketSafeguardsCarried,
)
COMPLAINT_LINKING: tuple[type[Event], ...] = OF_COMPLAINTS[1:]
TICKET_LINKING: tuple[type[Event], ...] = OF_TICKETS[1:]
