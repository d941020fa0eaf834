"""What a token or a user is as of now: the read models, and what the log holds beyond them.

The log decides, as it does for a single case, so that what was taken back opens nothing however
far behind the read models are: while no worker runs, one is rebuilt, or an event stops them.
"""

from __future__ import annotations

from threading import Lock
from uuid import UUID

from adapters.eventstore.store import LOG, CaseStore
from adapters.views.engine import ViewEngine
from adapters.views.queries import Queries
from adapters.views.staff import Staff
from domain.configuration import TokenCreated
from domain.directory import user_id
from projections import directory, tokens
from projections.directory import UserRow
from projections.tokens import TOKENS, TokenRow

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
        row = self._queries.token(sha256)
        id = row.id if row else self._made_since(sha256)
        return None if id is None else self._token_now(id, row)

    def token_of(self, id: UUID) -> TokenRow | None:
        """Return the token of that *id*."""
        return self._token_now(id, self._staff.token(id))

    def _token_now(self, id: UUID, row: TokenRow | None) -> TokenRow | None:
        for number, event in self._store.numbered(id, beyond=row.version if row else 0):
            row = tokens.evolve(row, event, number)
        return row

    def user(self, login: str) -> UserRow | None:
        """Return the user of that *login*."""
        row = self._staff.user(login)
        for number, event in self._store.numbered(user_id(login), beyond=row.version if row else 0):
            row = directory.evolve_user(row, event, number)
        return row

    def _made_since(self, sha256: str) -> UUID | None:
        """Return the token with that hash among those that the read model did not have at the first look.

        What was read is kept, so that a secret which opens nothing costs no more than what is new.
        """
        with self._lock:
            if self._followed is None:
                self._followed = self._views.cursors().get(TOKENS.name, {}).get(LOG, 0)
            end = self._store.ends().get(LOG, 0)
            while self._followed < end:
                found = self._store.notifications(
                    LOG, self._followed, AT_ONCE, stop=end, topics=(TokenCreated.TOPIC,)
                )
                for event in map(self._store.decode, found):
                    if isinstance(event, TokenCreated):
                        self._made[event.sha256] = event.originator_id
                self._followed = found[-1].id if len(found) == AT_ONCE else end
            return self._made.get(sha256)
