"""What every command has: a name, an instant, and how it is carried out."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from domain.complaint import Complaint
from domain.kernel import Context, Value
from domain.policies import Rulebook
from domain.privacy import Code, says_personal
from domain.ticket import Ticket
from domain.written import Stated

MOST_PARTS = 50

Parts: TypeAlias = Annotated[tuple[Code, ...], Field(max_length=MOST_PARTS)]
"""What a notice contained, in the words of the policy that requires it."""
Either: TypeAlias = Complaint | Ticket
"""A case of either kind, where both are asked alike."""


class Asked(Value):
    """Something asked of one case."""

    NAME: ClassVar[str]
    LANDS: ClassVar[bool] = False
    """Whether it brings what somebody said: sent to a case that was merged away, it lands on the survivor."""

    PASSES_ON: ClassVar[bool] = False
    """Whether it changes what the case takes with it into the one in which it goes on."""
    REACHES_WITHIN: ClassVar[bool] = False
    """Whether it is asked of those too that go on in the case."""

    occurred_at: Stated | None = None

    @property
    def recalls(self) -> bool:
        """Whether it is held against personal text that the case was told before."""
        return self.occurred_at is not None and says_personal(self)


class Command(Asked):
    """Something asked of one complaint, and where *Either* stands of one ticket too."""

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        raise NotImplementedError


class TicketCommand(Asked):
    """Something asked of one ticket."""

    def carry_out(self, ticket: Ticket, by: Context, rules: Rulebook, /) -> None:
        """Ask *ticket*; it records, refuses or ignores."""
        raise NotImplementedError
