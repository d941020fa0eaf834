"""What a policy says of tickets: how long an answer stands open to an objection, and when to remind."""

from __future__ import annotations

from typing import Annotated, Self, TypeAlias

from pydantic import Field, StrictInt, model_validator

from domain.kernel import Value
from domain.policies.parts import LONGEST, Unit

Hours: TypeAlias = Annotated[StrictInt, Field(ge=1, le=336)]
"""Hours before an appointment, or after a request; two weeks are the longest."""


class TicketTerms(Value):
    """The firm's own rules for tickets, of the regime that binds every case.

    A solved ticket closes by itself after ``auto_close`` of ``unit``; with 0 it never does.  A closed
    one can be taken up again for ``reopen_within`` of ``reopen_unit``; with 0 for ever.  Of
    ``remind_before`` the first number of hours counts that is still to come when an appointment is made.
    A file that the form requires is asked for ``ask_for_files_after`` so many hours without one.
    """

    auto_close: StrictInt = 5
    unit: Unit = "business_day"
    reopen_within: StrictInt = 14
    reopen_unit: Unit = "calendar_day"
    remind_before: tuple[Hours, ...] = (24, 1)
    ask_for_files_after: Hours = 24

    def stretch(self, key: str) -> tuple[int, Unit]:
        """Return the length of ``auto_close`` or ``reopen_within``, and its unit."""
        if key == "auto_close":
            return self.auto_close, self.unit
        return self.reopen_within, self.reopen_unit

    @model_validator(mode="after")
    def _is_in_reach(self) -> Self:
        for key in ("auto_close", "reopen_within"):
            number, unit = self.stretch(key)
            if not 0 <= number <= LONGEST[unit]:
                raise ValueError(f"{key} {number} is out of range; use 0 to {LONGEST[unit]} for a {unit}")
        return self
