"""What every command has: a name, an instant, and how it is carried out."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from domain.complaint import Complaint
from domain.kernel import Context, Instant, Value
from domain.policies import Rulebook
from domain.privacy import Code, says_personal

MOST_PARTS = 50

Parts: TypeAlias = Annotated[tuple[Code, ...], Field(max_length=MOST_PARTS)]
"""What a notice contained, in the words of the policy that requires it."""


class Command(Value):
    """Something asked of one complaint."""

    NAME: ClassVar[str]

    occurred_at: Instant | None = None

    @property
    def recalls(self) -> bool:
        """Whether it is held against personal text that the case was told before."""
        return self.occurred_at is not None and says_personal(self)

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        raise NotImplementedError
