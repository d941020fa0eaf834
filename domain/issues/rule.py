"""By which facts a case belongs to an issue; nothing of them concerns a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self, TypeAlias

from pydantic import Field, model_validator

from domain.kernel import Value
from domain.privacy import Code
from domain.written import InFull

MOST = 50
"""Codes that one condition may name."""
Codes: TypeAlias = Annotated[tuple[Code, ...], Field(max_length=MOST)]


class Origin(Value):
    """How a case came in."""

    form: Code
    channel: Code
    legal_entity: Code
    service: Code | None = None


class Rule(Value):
    """Which cases are linked by themselves: those that meet every condition; an empty one is met by all."""

    category: Codes = ()
    service: Codes = ()
    channel: Codes = ()
    form: Codes = ()
    received_from: InFull | None = None
    received_to: InFull | None = None
    """Exclusive."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.category, self.service, self.channel, self.form)):
            raise ValueError("Name a category, a service, a channel or a form.")
        if self.received_from and self.received_to and self.received_from >= self.received_to:
            raise ValueError("received_to must be later than received_from.")
        return self

    def matches(self, category: str | None, origin: Origin, received_at: datetime) -> bool:
        """Whether a case with these facts belongs to the issue."""
        return (
            (not self.category or category in self.category)
            and (not self.service or origin.service in self.service)
            and (not self.channel or origin.channel in self.channel)
            and (not self.form or origin.form in self.form)
            and (self.received_from is None or received_at >= self.received_from)
            and (self.received_to is None or received_at < self.received_to)
        )
