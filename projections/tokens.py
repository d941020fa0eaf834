"""The API tokens that open something, by the hash of what is shown."""

from __future__ import annotations

from uuid import UUID

from domain.access import Principal, Role, Sensitivity, TeamName
from domain.configuration import TokenCreated, TokenRevoked
from domain.directory import Grant, Login
from domain.kernel import Event, Instant, Value
from domain.privacy import Code
from projections.projection import Projection, by_case, first, topics


class TokenRow(Value):
    """One token, without the secret."""

    id: UUID
    name: Code
    role: Role
    teams: tuple[TeamName, ...]
    sha256: Code
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None
    user: Login | None = None
    legal_entities: tuple[Code, ...] = ()
    clearance: Sensitivity = Sensitivity.NORMAL

    @property
    def version(self) -> int:
        """The version that the row was folded to: nothing happens to a token but that it is made and ends."""
        return 1 if self.revoked_at is None else 2

    @property
    def grant(self) -> Grant:
        """What the token opens, at most."""
        return Grant(
            role=self.role,
            teams=self.teams,
            legal_entities=self.legal_entities,
            clearance=self.clearance,
        )

    @property
    def principal(self) -> Principal:
        """Who comes in with this token, when it is of no user."""
        return Principal(id=f"token:{self.id}", **self.grant.model_dump())


FACTS = {"name", "role", "teams", "sha256", "expires_at", "user", "legal_entities", "clearance"}


def evolve(row: TokenRow | None, event: Event, number: int) -> TokenRow | None:
    """Return the row after *event*."""
    del number
    match event, row:
        case TokenCreated(), _:
            facts = event.model_dump(include=FACTS)
            return TokenRow(id=event.originator_id, created_at=event.recorded_at, **facts)
        case TokenRevoked(recorded_at=at), TokenRow():
            return row.model_copy(update={"revoked_at": at})
        case _:
            return row


TOKENS: Projection[TokenRow] = Projection(
    name="tokens",
    version=3,
    row=TokenRow,
    topics=topics(TokenCreated, TokenRevoked),
    key=by_case,
    begins=first,
    evolve=evolve,
)
