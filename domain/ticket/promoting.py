"""How a ticket that is a complaint goes on as one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from domain import errors
from domain.ids import derived
from domain.kernel import upon
from domain.linking.people import Person, person
from domain.ticket import events as e
from domain.ticket.state import State

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook

PROMOTED = "promoted"
"""The code that a promoted ticket is closed with."""


class Promoting(State):
    """The command that ends a ticket here and lets it go on as a complaint."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.opening: e.Opened | None = None

    @upon(e.Opened)
    def _keep_opening(self, event: e.Opened) -> None:
        self.opening = event

    @property
    def person(self) -> Person:
        """Whom the case is of, as the request said."""
        said = self.opening
        if said is None:
            return Person()
        fields: object = said.fields
        account = cast("dict[str, object]", fields).get("account_id") if isinstance(fields, dict) else None
        return person(account, said.account_email, said.contact_email)

    def promote(
        self,
        reason: str,
        category: str,
        by: Context,
        rules: Rulebook,
        *,
        first_dissatisfaction_at: datetime | None = None,
        country: str | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """End a ticket that is a complaint, and name the complaint that it goes on as; once for ever.

        The dissatisfaction was first told when the ticket came, or before it, unless it is said when;
        the law counts from then, whatever the case was called.
        """
        if self.promoted_to is not None:
            return
        self._refuse_unless_opened()
        at = self._when(occurred_at, by)
        first = first_dissatisfaction_at or self.received_at or at
        if first > at:
            raise errors.DissatisfiedLater
        facts: dict[str, Any] = {"reason": reason, "category": category, "country": country}
        facts |= {"complaint": derived(self.id, PROMOTED), "first_dissatisfaction_at": first}
        self._tell(e.Promoted, by, rules, at, **facts)
