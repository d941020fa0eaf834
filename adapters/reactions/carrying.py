"""Carries out what one reaction answers one event with: each order once, however often it is begun."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from uuid import UUID

from eventsourcing import persistence
from eventsourcing.persistence import Notification
from sqlalchemy import exc

from adapters.desk import Desk, Request
from adapters.eventstore.mapper import UnreadableEvent
from adapters.eventstore.store import CaseStore
from adapters.vault.errors import VaultAway
from adapters.views.queries import NotBuilt
from domain.errors import DomainError, LostTheRace
from domain.kernel import Event
from domain.reactions import IMPORTER, NotNow, NotYet, Reaction, Send

WAITS = (
    NotYet,
    NotBuilt,
    VaultAway,
    exc.OperationalError,
    exc.TimeoutError,
    persistence.OperationalError,
    persistence.InterfaceError,
)
"""What is wrong with no event, and passes by itself: a database, a vault or a read model that is away."""
ACTOR = "reaction:"
"""What the actor of everything begins with that a reaction asks for; its name follows."""


def _anything(event: Event) -> bool:
    del event
    return True


class Unknown(Exception):
    """The event belongs to nothing that has a life of its own."""


class Carrier:
    """Asks a reaction, and the desk for what it answers; *keep* is called before each order, *wake* after."""

    def __init__(
        self, store: CaseStore, desk: Desk, *, keep: Callable[[], object], wake: Callable[[], object]
    ) -> None:
        self.store, self.desk, self.keep, self.wake = store, desk, keep, wake

    def heeds(self, stored: Notification) -> bool:
        """Whether anything may follow from an event: an import may bring a million, long past."""
        try:
            return not self.store.actor(stored).startswith(IMPORTER)
        except UnreadableEvent:
            return True  # whoever answers it says what is wrong with it

    def carry_out(self, reaction: Reaction, stored: Notification) -> DomainError | None:
        """Carry out every order; return the first refusal, if there is any: that is final.

        One case that refuses keeps no other from being asked; where the refusal passes by itself,
        NotNow is raised.  Anything else that goes wrong
        is raised; begun again, what was done already is known by its receipt.
        """
        event = self.store.decode(stored)
        if not getattr(reaction, "concerns", _anything)(event):
            return None
        if reaction.OPENED:
            event = self.store.events_mapper.opened(event)
        case = self.store.load_begun(event.originator_id, opened=reaction.OPENED)
        if case is None:
            raise Unknown
        sends = reaction.decide(event, case)
        try:
            return self._carry_out(reaction, event, sends)
        finally:
            if isinstance(sends, Generator):
                sends.close()  # what it holds while an order is carried out is let go at once

    def _carry_out(self, reaction: Reaction, event: Event, sends: Iterable[Send]) -> DomainError | None:
        refused: DomainError | None = None
        asked: dict[UUID, int] = {}
        for send in sends:
            if send.after and refused is not None:
                continue
            self.keep()
            asked[send.to] = asked.get(send.to, 0) + 1
            try:
                self._order(reaction, event, send, asked[send.to])
            except LostTheRace:
                raise
            except DomainError as error:
                if isinstance(error, getattr(reaction, "PASSES", ())):
                    raise NotNow(type(error).__name__) from error
                refused = refused or error
            else:
                self.wake()
        return refused

    def _order(self, reaction: Reaction, event: Event, send: Send, nth: int) -> None:
        """Ask for the *nth* order that *event* brings one case.

        What it says is no part of the receipt: begun again, the reaction may find another answer,
        and the first one stands.
        """
        actor = ACTOR + reaction.NAME
        key = f"{event.originator_id} {event.originator_version} {send.to} {nth}"
        self.desk.command(
            send.to,
            send.order,
            actor,
            kind=send.kind,
            begins=send.begins,
            cause=event,
            request=Request(actor, key, b""),
        )
