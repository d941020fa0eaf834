"""API tokens: made, shown once, and known afterwards by their hash alone."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from adapters import directory
from adapters.eventstore.store import LOG
from adapters.views.queries import NotBuilt
from domain.access import Principal, Role, Sensitivity
from domain.complaint.submission import DEFAULT_TEAM
from domain.configuration import Token, TokenCreated
from domain.directory import Grant, within
from domain.directory.errors import MoreThanTheUser
from projections.directory import UserRow
from projections.tokens import TOKENS, TokenRow

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from adapters.desk import Answer, Request
    from adapters.identity.sessions import ByUser
    from adapters.standing import Standing
    from adapters.token_uses import TokenUses
    from domain.kernel import Context
    from domain.policies import Rulebook

PREFIX = "plaint_"
"""Lets a leaked token be recognised by scanners."""
MANY = 1_000_000
"""More tokens than anybody makes while the read models are behind."""
LASTS = 0.5
"""Seconds for which a process trusts what it has read of a token: a revocation bites everywhere
within a second, also while the read models are behind."""
MOST = 10_000
"""Tokens that a process remembers."""


@dataclass(frozen=True)
class NewToken:
    """A token and its secret, never to be had again; empty where the same request made the token before."""

    id: UUID
    secret: str
    answer: Answer


@dataclass(frozen=True)
class _Create:
    """Records a new token by its hash."""

    name: str
    grant: Grant
    digest: str
    expires_at: datetime | None
    user: str | None

    def carry_out(self, token: Token, by: Context, rules: Rulebook) -> None:
        del rules
        token.create(
            self.name,
            self.grant.role,
            self.grant.teams,
            self.digest,
            by,
            expires_at=self.expires_at,
            user=self.user,
            legal_entities=self.grant.legal_entities,
            clearance=self.grant.clearance,
        )


class _Revoke:
    """Closes a token."""

    def carry_out(self, token: Token, by: Context, rules: Rulebook) -> None:
        del rules
        token.revoke(by)


def digest(secret: str) -> str:
    """Return the hash by which a token is known; 256 bits of chance need no slow hash."""
    return sha256(secret.encode()).hexdigest()


def create(
    plaint: Plaint,
    role: Role,
    *,
    name: str | None = None,
    teams: Sequence[str] = (),
    expires_at: datetime | None = None,
    by: str = "system:cli",
    user: str | None = None,
    legal_entities: Sequence[str] = (),
    clearance: Sensitivity = Sensitivity.NORMAL,
    request: Request | None = None,
) -> NewToken:
    """Record a new token; without teams it is of the default team, or of all teams of its *user*.

    Raises UnknownUser for a user who is not on the staff, and MoreThanTheUser when they may not do
    what *role* may, or are of other teams and entities.
    """
    if user is None and not teams:
        teams = (DEFAULT_TEAM,)
    grant = Grant(role=role, teams=tuple(teams), legal_entities=tuple(legal_entities), clearance=clearance)
    if user is not None:
        _refuse_more_than(directory.active_user(plaint, user, "/user"), grant)
    secret = PREFIX + urlsafe_b64encode(plaint.chance(32)).rstrip(b"=").decode()
    order = _Create(name or role, grant, digest(secret), expires_at, user)
    id = plaint.desk.fresh_id(plaint.now())
    answer = plaint.desk.command(id, order, by, kind=Token, begins=True, request=request)
    return NewToken(answer.id, secret if answer.id == id else "", answer)


def _refuse_more_than(user: UserRow, grant: Grant) -> None:
    """Refuse a token that would promise more than its user may."""
    found = within(user.login, user.grant, grant)
    if found is None or found.role is not grant.role or set(found.teams) < set(grant.teams):
        raise MoreThanTheUser("/role")


def administered(plaint: Plaint) -> bool:
    """Whether an administrator's token was ever made, also where the read model lags behind the log."""
    try:
        known = plaint.queries.tokens()
    except NotBuilt:
        known = []
    if any(row.role is Role.ADMIN for row in known):
        return True
    after = plaint.views.cursors().get(TOKENS.name, {}).get(LOG, 0)
    created = plaint.store.notifications(LOG, after, MANY, topics=(TokenCreated.TOPIC,))
    return any(getattr(plaint.store.decode(each), "role", None) is Role.ADMIN for each in created)


def revoke(plaint: Plaint, id: UUID, *, by: str = "system:cli") -> bool:
    """Close a token; say whether there is one of that id."""
    token = plaint.store.load(Token, id)
    if token is None or not token.version:
        return False
    plaint.desk.command(id, _Revoke(), by, kind=Token)
    plaint.admission.forget()
    return True


class _Known(NamedTuple):
    read_at: float
    id: UUID
    principal: Principal | None
    expires_at: datetime | None


class _User(NamedTuple):
    read_at: float
    row: UserRow | None


class Admission:
    """Says who comes in with a token, or as a user; what was read of them is trusted for LASTS seconds."""

    def __init__(
        self,
        standing: Standing,
        uses: TokenUses,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._standing, self._uses = standing, uses
        self._now, self._monotonic = now, monotonic
        self._known: dict[str, _Known] = {}
        self._users: dict[str, _User] = {}

    def principal(self, secret: str) -> Principal | None:
        """Return who comes in with *secret*; None when it opens nothing, or nothing any longer."""
        return self.known_by(digest(secret))

    def at_hand(self, secret: str) -> Principal | None:
        """Return who comes in with *secret*, as far as that is known without asking a database."""
        key = digest(secret)
        known = self._known.get(key)
        fresh = known is not None and self._monotonic() - known.read_at < LASTS
        return self.known_by(key) if fresh else None

    def known_by(self, key: str) -> Principal | None:
        """Return who comes in with the token whose digest is *key*, as `principal` does."""
        known = self._known.get(key)
        if known is None or self._monotonic() - known.read_at >= LASTS:
            known = self._look_up(key)
        if known is None or known.principal is None:
            return None
        now = self._now()
        if known.expires_at is not None and known.expires_at <= now:
            return None
        self._uses.note(known.id, now)
        return known.principal

    def forget(self) -> None:
        """Read everything again: a token or a user was changed here."""
        self._known.clear()
        self._users.clear()

    def signed_in(self, proof: ByUser) -> Principal | None:
        """Return who a user is who signed in at the identity provider; None when they have left since."""
        known = self._users.get(proof.login)
        if known is None or self._monotonic() - known.read_at >= LASTS:
            known = _User(self._monotonic(), self._standing.user(proof.login))
            if len(self._users) >= MOST:
                self._users.clear()
            self._users[proof.login] = known
        return _opens(known.row, proof.grant, proof.at)

    def _look_up(self, key: str) -> _Known | None:
        read_at = self._monotonic()
        row = self._standing.token(key)
        if row is None:
            self._known.pop(key, None)
            return None
        known = _Known(read_at, row.id, self._opens(row), row.expires_at)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = known
        return known

    def _opens(self, row: TokenRow) -> Principal | None:
        if row.revoked_at is not None:
            return None
        if row.user is None:
            return row.principal
        who = _opens(self._standing.user(row.user), row.grant, row.created_at)
        return who and who.model_copy(update={"credential": row.principal.id})


def _opens(user: UserRow | None, grant: Grant, since: datetime) -> Principal | None:
    """Return who comes in as *user* with what was granted *since* an instant; leaving ends it for ever."""
    if user is None or not user.active or (user.left_at is not None and since <= user.left_at):
        return None
    return within(user.login, user.grant, grant)
