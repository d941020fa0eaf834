"""Questions to the directory and to the tokens; each is bounded, or about the staff of one firm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from adapters.views import tables
from adapters.views.queries import Queries
from adapters.views.scoping import within
from adapters.views.tables import ENTITIES_VIEW, QUEUE_VIEW, TEAMS_VIEW, TOKENS_VIEW, USERS_VIEW, View
from domain.access import Scope
from domain.directory import entity_id, principal_id, team_id, user_id
from projections.directory import EntityRow, TeamRow, UserRow
from projections.queue import QueueRow
from projections.tokens import TokenRow

R = TypeVar("R")
Place: TypeAlias = tuple[datetime, UUID]
"""The instant and id of the last row of a page."""


class Staff:
    """Who works here, and with which keys; raises NotBuilt where there is nothing to ask yet."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries

    def user(self, login: str) -> UserRow | None:
        """Return the user of that *login*."""
        return self._one(USERS_VIEW, user_id(login))

    def team(self, name: str) -> TeamRow | None:
        """Return the team of that *name*, open or closed."""
        return self._one(TEAMS_VIEW, team_id(name))

    def entity(self, code: str) -> EntityRow | None:
        """Return the legal entity of that *code*."""
        return self._one(ENTITIES_VIEW, entity_id(code))

    def token(self, id: UUID) -> TokenRow | None:
        """Return the token of that *id*."""
        return self._one(TOKENS_VIEW, id)

    def has_users(self) -> bool:
        """Whether anybody was ever added to the directory."""
        return bool(self._rows(USERS_VIEW, self._of(USERS_VIEW).limit(1)))

    def teams(self) -> list[TeamRow]:
        """Return every team, by name."""
        return self._rows(TEAMS_VIEW, self._of(TEAMS_VIEW).order_by(tables.teams.c.name))

    def users_page(
        self, limit: int, after: Place | None, teams: Sequence[str] | None = None
    ) -> list[UserRow]:
        """Return users, the first to be added first; with *teams*, those who share one of them."""
        query = self._of(USERS_VIEW)
        if teams is not None:
            shared = (tables.users.c.teams.contains(f" {team} ", autoescape=True) for team in teams)
            query = query.where(or_(False, *shared))
        return self._page(USERS_VIEW, query, tables.users.c.added_at, limit, after)

    def teams_page(self, limit: int, after: Place | None) -> list[TeamRow]:
        """Return teams, the first to be added first."""
        return self._page(TEAMS_VIEW, self._of(TEAMS_VIEW), tables.teams.c.added_at, limit, after)

    def entities_page(self, limit: int, after: Place | None) -> list[EntityRow]:
        """Return legal entities, the first to be added first."""
        added = tables.legal_entities.c.added_at
        return self._page(ENTITIES_VIEW, self._of(ENTITIES_VIEW), added, limit, after)

    def tokens_page(self, limit: int, after: Place | None) -> list[TokenRow]:
        """Return tokens, the first to be made first."""
        return self._page(TOKENS_VIEW, self._of(TOKENS_VIEW), tables.tokens.c.created_at, limit, after)

    def tokens_of(self, login: str) -> list[TokenRow]:
        """Return the tokens of a user that are not revoked."""
        c = tables.tokens.c
        return self._rows(TOKENS_VIEW, self._of(TOKENS_VIEW).where(c.login == login, c.revoked.is_(False)))

    def last_uses(self, ids: Sequence[UUID]) -> dict[UUID, datetime]:
        """Return when tokens were used last, to the minute; those never used are left out."""
        c = tables.token_uses.c
        with self._queries.database.read() as connection:
            found = connection.execute(select(c.id, c.used_at).where(c.id.in_(ids)))
            return {row.id: row.used_at for row in found}

    def of_team(self, team: str) -> list[UserRow]:
        """Return who is of *team*, who left too."""
        c = tables.users.c
        query = self._of(USERS_VIEW).where(c.teams.contains(f" {team} ", autoescape=True))
        return self._rows(USERS_VIEW, query.order_by(c.id))

    def handing_over(self) -> list[UserRow]:
        """Return the users whose cases are still to be handed over."""
        return self._rows(USERS_VIEW, self._of(USERS_VIEW).where(tables.users.c.handing_over.is_(True)))

    def left_behind(self) -> list[UserRow]:
        """Return who has left and has open cases or tokens: a case was reopened, or a race was lost."""
        users, queue, tokens = tables.users.c, tables.queue.c, tables.tokens.c
        case = select(queue.id).where(
            QUEUE_VIEW.live, queue.assignee == principal_id("") + users.login, queue.open.is_(True)
        )
        token = select(tokens.id).where(
            TOKENS_VIEW.live, tokens.login == users.login, tokens.revoked.is_(False)
        )
        query = self._of(USERS_VIEW).where(users.status == "left", users.handing_over.is_(False))
        return self._rows(USERS_VIEW, query.where(or_(case.exists(), token.exists())))

    def cases_of(
        self, principal: str, limit: int, after: UUID | None = None, scope: Scope | None = None
    ) -> list[QueueRow]:
        """Return open cases of *scope* that are assigned to *principal*, by id, beyond *after*."""
        c = tables.queue.c
        query = self._of(QUEUE_VIEW).where(c.assignee == principal, c.open.is_(True))
        if scope is not None:
            query = query.where(
                within(scope, team=c.team, legal_entity=c.legal_entity, sensitivity=c.sensitivity)
            )
        if after is not None:
            query = query.where(c.id > after)
        return self._rows(QUEUE_VIEW, query.order_by(c.id).limit(limit))

    def has_open_cases(self, team: str) -> bool:
        """Whether a case of *team* is open."""
        c = tables.queue.c
        query = self._of(QUEUE_VIEW).where(c.team == team, c.open.is_(True))
        return bool(self._rows(QUEUE_VIEW, query.limit(1)))

    def _of(self, view: View) -> Select[Any]:
        return select(view.table.c.doc).where(view.live)

    def _rows(self, view: View, query: Select[Any]) -> list[Any]:
        return [view.loaded(doc) for doc in self._queries.docs(query, view)]

    def _one(self, view: View, id: UUID) -> Any:
        found = self._rows(view, self._of(view).where(view.table.c.id == id))
        return found[0] if found else None

    def _page(
        self,
        view: View,
        query: Select[Any],
        since: ColumnElement[Any],
        limit: int,
        after: Place | None,
    ) -> list[Any]:
        id = view.table.c.id
        if after is not None:
            at, last = after
            query = query.where(or_(since > at, and_(since == at, id > last)))
        return self._rows(view, query.order_by(since, id).limit(limit))
