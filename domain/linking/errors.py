"""The rules of links, merges and splits that a command can break, by name."""

from __future__ import annotations

from uuid import UUID

from domain.errors import DomainError
from domain.ids import reference
from domain.linking.events import OtherKind

PREFIXES: dict[OtherKind, str] = {"complaint": "C", "ticket": "T"}


def number_of(id: UUID, kind: OtherKind) -> str:
    """Return the public number of a case."""
    return reference(id, PREFIXES[kind])


class NamesAnother:
    """An error that names another case, to those who may know of it."""

    other: UUID | None = None


class LinkToItself(DomainError):
    """A case cannot be linked or merged with itself; name another one."""


class MergedAway(NamesAnother, DomainError):
    """The case was merged into another; work on that one, or unmerge it first."""

    def __init__(self, survivor: UUID | None = None, kind: OtherKind = "complaint") -> None:
        self.other = survivor
        if survivor is not None:
            number = number_of(survivor, kind)
            super().__init__(f"The case was merged into {number}; work on that one, or unmerge it first.")


class AlreadyMerged(DomainError):
    """The case is merged into another one already; unmerge it first."""


class MergedInACircle(DomainError):
    """The other case is merged into this one; unmerge that one first, or merge the other way round."""


class ComplaintIntoTicket(DomainError):
    """A complaint keeps its own clocks and answer; merge the ticket into the complaint instead."""


class OtherLegalEntity(DomainError):
    """The cases belong to different legal entities; link them instead."""


class OtherPerson(DomainError):
    """The cases are of different people; link them, or say in other_person_reason why they are one."""


class SurvivorAnswered(DomainError):
    """The other case was answered or has ended; reopen it first, or link the cases instead."""


class SurvivorGoesOn(NamesAnother, DomainError):
    """The other case goes on as another one; name that one, or link the cases instead."""

    def __init__(self, other: UUID | None = None, kind: OtherKind = "complaint") -> None:
        self.other = other
        if other is not None:
            number = number_of(other, kind)
            super().__init__(f"The other case goes on as {number}; name that one, or link the cases instead.")


class PromotedBefore(NamesAnother, DomainError):
    """The ticket goes on as a complaint; work on that, or redirect it if it is none."""

    def __init__(self, complaint: UUID | None = None) -> None:
        self.other = complaint
        if complaint is not None:
            number = number_of(complaint, "complaint")
            super().__init__(f"The ticket goes on as {number}; work on that, or redirect it if it is none.")


class FileInFlight(DomainError):
    """A file of one of the cases is still being looked at; merge them when it is accepted or refused."""

    def __init__(self, states: dict[UUID, str] | None = None) -> None:
        if states:
            said = ", ".join(f"{file} is {state}" for file, state in sorted(states.items()))
            super().__init__(
                f"A file of one of the cases is still being looked at ({said}); "
                "merge them when it is accepted or refused."
            )


class SurvivorMergedToo(DomainError):
    """The case that this one was merged into was merged as well; unmerge that one first."""


class UnmergedTooEarly(DomainError):
    """Cases cannot part before they were merged; correct occurred_at."""


class NotAMessage(DomainError):
    """Only what was said can be split off; name the versions of the receipt, of notes and of messages."""


class NothingLeft(DomainError):
    """All that was said would go; split off a part, or link the case instead."""
