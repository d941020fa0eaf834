"""What a token or an entry of the directory is as of now: the read models, and what the log holds beyond.

The log decides, as it does for a single case, so that what was taken back opens nothing however
far behind the read models are: while no worker runs, one is rebuilt, or an event stops them.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar
from uuid import UUID

from adapters.eventstore.store import LOG, CaseStore
from adapters.views.engine import ViewEngine
from adapters.views.queries import Queries
from adapters.views.staff import Staff
from domain.configuration import TokenCreated
from domain.directory import entity_id, team_id, user_id
from domain.kernel import Event
from projections import directory, tokens
from projections.directory import EntityRow, TeamRow, UserRow
from projections.tokens import TOKENS, TokenRow

R = TypeVar("R")

AT_ONCE = 10_000
"""Tokens made that one question to the log answers."""


class Standing:
    """Tells what tokens and users are now, by one indexed question each to the read models and the log."""

    def __init__(self, store: CaseStore, views: ViewEngine, queries: Queries, staff: Staff) -> None:
        self._store, self._views, self._queries, self._staff = store, views, queries, staff
        self._made: dict[str, UUID] = {}
        self._followed: int | None = None
        self._lock = Lock()

    def token(self, sha256: str) -> TokenRow | None:
        """Return the token whose secret has that hash."""
        if self._followed is None:  # before the read model is asked, which may move meanwhile
            self._begin()
        row = self._queries.token(sha256)
        id = row.id if row else self._made_since(sha256)
        return None if id is None else self._token_now(id, row)

    def token_of(self, id: UUID) -> TokenRow | None:
        """Return the token of that *id*."""
        return self._token_now(id, self._staff.token(id))

    def _token_now(self, id: UUID, row: TokenRow | None) -> TokenRow | None:
        return self._now(tokens.evolve, row, id, row.version if row else 0)

    def user(self, login: str) -> UserRow | None:
        """Return the user of that *login*."""
        row = self._staff.user(login)
        return self._now(directory.evolve_user, row, user_id(login), row.version if row else 0)

    def team(self, name: str) -> TeamRow | None:
        """Return the team of that *name*, open or closed."""
        row = self._staff.team(name)
        return self._now(directory.evolve_team, row, team_id(name), row.version if row else 0)

    def entity(self, code: str) -> EntityRow | None:
        """Return the legal entity of that *code*."""
        row = self._staff.entity(code)
        return self._now(directory.evolve_entity, row, entity_id(code), row.version if row else 0)

    def _now(
        self, evolve: Callable[[R | None, Event, int], R | None], row: R | None, id: UUID, version: int
    ) -> R | None:
        for number, event in self._store.numbered(id, beyond=version):
            row = evolve(row, event, number)
        return row

    def _begin(self) -> None:
        """Follow the tokens that are made from here on: what the read model has, it is asked for."""
        with self._lock:
            if self._followed is None:
                self._followed = self._views.cursors().get(TOKENS.name, {}).get(LOG, 0)

    def _made_since(self, sha256: str) -> UUID | None:
        """Return the token with that hash among those that the read model did not have at the first look.

        What was read is kept, so that a secret which opens nothing costs no more than what is new.
        """
        with self._lock:
            end = self._store.ends().get(LOG, 0)
            followed = self._followed or 0
            if followed > end:  # an older log may have been restored
                followed = min(self._views.cursors().get(TOKENS.name, {}).get(LOG, 0), end)
            while followed < end:
                found = self._store.notifications(
                    LOG, followed, AT_ONCE, stop=end, topics=(TokenCreated.TOPIC,)
                )
                for event in map(self._store.decode, found):
                    if isinstance(event, TokenCreated):
                        self._made[event.sha256] = event.originator_id
                followed = found[-1].id if len(found) == AT_ONCE else end
            self._followed = followed
            return self._made.get(sha256)
