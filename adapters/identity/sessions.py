"""Sessions of browsers: what was proved at the beginning, kept under the hash of what the cookie holds."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import delete, select, update

from adapters.database import Database
from adapters.eventstore.tables import SESSIONS
from domain.access import Principal
from domain.directory import Grant, Login
from domain.kernel import Instant, Value
from domain.privacy import Code

LIFE = timedelta(hours=12)
"""How long a session lasts at most: a long day's work."""
IDLE = timedelta(hours=1)
"""How long it lasts unused."""
NOTED = timedelta(minutes=1)
"""How exactly its use is noted: a page writes nothing when the last one was a moment ago."""
READING = timedelta(hours=2)
"""How long a browser that opened a complainant's link reads the case."""
SECRET_BYTES = 32


class ByToken(Value):
    """Somebody showed an API token; it is looked at again at each use, so that its end is theirs."""

    kind: Literal["token"] = "token"
    sha256: Code


class ByProvider(Value):
    """Somebody whom the directory does not know signed in at the provider, which said who they are."""

    kind: Literal["provider"] = "provider"
    principal: Principal


class ByUser(Value):
    """A user of the directory signed in at the provider; they are looked up again at each use."""

    kind: Literal["user"] = "user"
    login: Login
    grant: Grant
    at: Instant


class ByLink(Value):
    """Somebody opened a complainant's link; it is looked at again at each use."""

    kind: Literal["link"] = "link"
    case: UUID
    expires_at: Instant
    generation: int


Proof: TypeAlias = Annotated[ByToken | ByProvider | ByUser | ByLink, Field(discriminator="kind")]
PROOF: TypeAdapter[Proof] = TypeAdapter(Proof)


@dataclass(frozen=True)
class Session:
    """A browser that is known: what its cookie holds, and what it proved."""

    secret: str
    proof: Proof

    @property
    def mark(self) -> str:
        """What every form of this session carries; another site cannot know it (CSRF)."""
        return digest(self.secret.encode(), b"plaint form", "sha256").hex()

    def made(self, mark: str) -> bool:
        """Whether a form with *mark* came from a page of this session."""
        return compare_digest(mark.encode(), self.mark.encode())


class Sessions:
    """The sessions of an installation; *chance* makes what the cookies hold."""

    def __init__(
        self, database: Database, *, now: Callable[[], datetime], chance: Callable[[int], bytes]
    ) -> None:
        self.database, self.now, self.chance = database, now, chance

    def begin(self, proof: Proof, life: timedelta = LIFE) -> Session:
        """Begin a session that lasts *life* at most; those that are over are forgotten."""
        secret = urlsafe_b64encode(self.chance(SECRET_BYTES)).rstrip(b"=").decode()
        now, table = self.now(), SESSIONS.c
        row = {
            "id": _id(secret),
            "proof": PROOF.dump_json(proof).decode(),
            "created_at": now,
            "used_at": now,
            "expires_at": now + life,
        }
        with self.database.write() as connection:
            over = (table.expires_at <= now) | (table.used_at <= now - IDLE)
            connection.execute(delete(SESSIONS).where(over))
            connection.execute(SESSIONS.insert().values(row))
        return Session(secret, proof)

    def find(self, secret: str) -> Session | None:
        """Return the session of a cookie, or None when there is none that still lasts."""
        now, table = self.now(), SESSIONS.c
        with self.database.read() as connection:
            row = connection.execute(select(SESSIONS).where(table.id == _id(secret))).one_or_none()
        if row is None or row.expires_at <= now or row.used_at <= now - IDLE:
            return None
        try:
            proof = PROOF.validate_json(row.proof)
        except ValidationError:
            return None  # written by another version: signing in again is all it takes
        if row.used_at <= now - NOTED:
            with self.database.write() as connection:
                connection.execute(update(SESSIONS).where(table.id == row.id).values(used_at=now))
        return Session(secret, proof)

    def end(self, secret: str) -> None:
        """End the session of a cookie, if there is one."""
        with self.database.write() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.id == _id(secret)))


def _id(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
