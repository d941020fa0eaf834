"""A user: somebody on the staff, known in cases as ``user:<login>``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.access import Role
from domain.changing import after, news
from domain.directory import events as e
from domain.directory.errors import (
    AlreadyThere,
    ImpersonatesAdmin,
    NotOnTheStaff,
    NotThere,
    StillHandingOver,
    SuccessorIsSelf,
)
from domain.ids import EPOCH, imported
from domain.kernel import Aggregate, Context, Event

SITTING = timedelta(minutes=15)
"""How long one recorded impersonation stands for the requests that follow it."""
DETAILS = (
    "name",
    "email",
    "role",
    "teams",
    "legal_entities",
    "clearance",
    "skills",
    "languages",
    "capacity",
)


def user_id(login: str) -> UUID:
    """Return the identifier of the user of that *login*: there can be no two."""
    return imported("user", login, EPOCH)


def principal_id(login: str) -> str:
    """Return how a user is known in cases, receipts and sessions."""
    return f"user:{login}"


class User(Aggregate):
    """The working life of one user."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.login: str | None = None
        self.details: dict[str, Any] = {}
        self.active = False
        self.handing_over = False
        self.impersonated: dict[str, datetime] = {}

    def add(self, login: str, by: Context, **details: Any) -> None:
        """Record somebody new; a login is never given away twice."""
        if self.login is not None:
            raise AlreadyThere
        self.record(e.UserAdded, by, login=login, **details)

    def change(self, by: Context, **details: Any) -> None:
        """Change what is given and differs from what is known; None takes away, and nothing else is news."""
        self._refuse_unless_active()
        if differs := news(details, self.details):
            self.record(e.UserChanged, by, **differs)

    def leave(self, by: Context, *, reason_code: str = "left", successor: str | None = None) -> None:
        """Record that the user left; once gone is no news."""
        self._refuse_unless_added()
        if not self.active:
            return
        if successor == self.login:
            raise SuccessorIsSelf
        self.record(e.UserLeft, by, reason_code=reason_code, successor=successor)

    def return_(self, by: Context) -> None:
        """Record that the user works here again; who never left is no news."""
        self._refuse_unless_added()
        if self.active:
            return
        if self.handing_over:
            raise StillHandingOver
        self.record(e.UserReturned, by)

    def ask_hand_over(
        self, by: Context, *, to: str | None, reason_code: str = "absent", within: e.Reach | None = None
    ) -> None:
        """Have the open cases of the user *within* a reach handed over, while they stay on the staff."""
        self._refuse_unless_active()
        if to == self.login:
            raise SuccessorIsSelf
        self.record(e.UserHandOverAsked, by, to=to, reason_code=reason_code, within=within)

    def finish_hand_over(self, by: Context, *, failed: int = 0) -> None:
        """Record that no case is left to hand over but those that *failed*; unasked for it is no news."""
        if self.handing_over:
            self.record(e.UserHandedOver, by, failed=failed)

    def impersonate(self, by: Context, *, reason: str | None = None) -> None:
        """Record that the actor acts as the user; within one sitting it is recorded once."""
        self._refuse_unless_active()
        if self.details["role"] is Role.ADMIN:
            raise ImpersonatesAdmin
        since = self.impersonated.get(by.actor)
        if since is None or by.recorded_at - since >= SITTING:
            self.record(e.UserImpersonated, by, by=by.actor, reason=reason)

    def evolve(self, event: Event) -> None:
        """Change state.  Decides nothing, reads no clock, never refuses."""
        match event:
            case e.UserAdded():
                self.login, self.active = event.login, True
                self.details = {name: getattr(event, name) for name in DETAILS}
            case e.UserChanged():
                self.details |= after(event, DETAILS)
            case e.UserLeft():
                self.active, self.handing_over = False, True
            case e.UserReturned():
                self.active = True
            case e.UserHandOverAsked():
                self.handing_over = True
            case e.UserHandedOver():
                self.handing_over = False
            case e.UserImpersonated():
                self.impersonated[event.by] = event.recorded_at
            case _:
                pass

    def _refuse_unless_added(self) -> None:
        if self.login is None:
            raise NotThere

    def _refuse_unless_active(self) -> None:
        self._refuse_unless_added()
        if not self.active:
            raise NotOnTheStaff
