"""API tokens: made, shown once, and known afterwards by their hash alone."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.eventstore.store import LOG
from adapters.views.queries import NotBuilt
from domain.access import Role
from domain.complaint.submission import DEFAULT_TEAM
from domain.configuration import Token, TokenCreated
from projections.tokens import TOKENS

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

PREFIX = "plaint_"
"""Lets a leaked token be recognised by scanners."""
MANY = 1_000_000
"""More tokens than anybody makes while the read models are behind."""


@dataclass(frozen=True)
class NewToken:
    """A token and its secret, which is never to be had again."""

    id: UUID
    secret: str


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
) -> NewToken:
    """Record a new token; without teams it is of the default team."""
    secret = PREFIX + urlsafe_b64encode(plaint.chance(32)).rstrip(b"=").decode()
    context = plaint.desk.context(by)
    token = Token(plaint.desk.fresh_id(context.recorded_at))
    token.create(
        name or role,
        role,
        tuple(teams) or (DEFAULT_TEAM,),
        digest(secret),
        context,
        expires_at=expires_at,
    )
    plaint.store.append(token)
    return NewToken(token.id, secret)


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
    token.revoke(plaint.desk.context(by))
    plaint.store.append(token)
    return True
