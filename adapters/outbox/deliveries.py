"""The messages of the outbox: claimed by one sender at a time, settled, sent again, looked at.

A claim is a lease: a sender that dies gives its messages back when the lease ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, and_, case, delete, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database import Database, Id, Moment
from adapters.outbox.posting import Outcome
from adapters.outbox.tables import deliveries, webhooks

State: TypeAlias = Literal["pending", "delivered", "dead"]

LEASE = timedelta(seconds=60)
"""Longer than an attempt can take, since what is claimed is begun at once (see `Sender`), with what it takes
to write down how it ended; short enough that a dead sender's messages do not wait long."""
KEEP = timedelta(days=30)
"""How long a message that was delivered or is dead can be looked at and sent again."""
AT_ONCE = 1_000
"""Messages that one transaction lets go or has sent again."""
MOST_COUNTED = 10_000
"""Beyond this a count says no more than that there are many."""


@dataclass(frozen=True)
class Claimed:
    """A message that this process is to send now; *attempt* counts from 1."""

    id: UUID
    webhook_id: UUID
    topic: str
    body: bytes
    attempt: int


class Deliveries:
    """Keeps messages in the database of the logs; *there* says whether the log has a webhook of that id.

    Who changes a webhook's row and its messages locks the webhook first: nobody waits in a circle.
    """

    def __init__(self, database: Database, there: Callable[[UUID], bool]) -> None:
        self.database, self._there = database, there

    def add(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> int:
        """Add messages in the transaction of *connection*; those that are there already stay as they are.

        What is for a webhook that was removed meanwhile is dropped.
        """
        kept = self._hold(connection, {each["webhook_id"] for each in rows})
        rows = [each for each in rows if each["webhook_id"] in kept]
        if not rows:
            return 0
        dialect = sqlite if self.database.is_sqlite else postgresql
        added = dialect.insert(deliveries).on_conflict_do_nothing(index_elements=[deliveries.c.id])
        return connection.execute(added, rows).rowcount

    def _hold(self, connection: Connection, ids: set[Any]) -> set[UUID]:
        """Keep webhooks from being removed until the transaction ends; return those that there are."""
        c = webhooks.c
        known = select(c.id).where(c.id.in_(ids)).order_by(c.id)
        held = set(connection.execute(known.with_for_update(read=True, key_share=True)).scalars())
        for id in sorted(ids - held):
            if self._there(id):  # added so lately that nobody has looked through the log yet
                self.know(connection, id)
                held.add(id)
        return held

    def add_one(self, row: Mapping[str, object]) -> None:
        """Add a message by itself."""
        with self.database.write() as connection:
            self.add(connection, [row])

    def due(self, webhook: UUID, now: datetime) -> bool:
        """Whether a message to *webhook* is to be sent and nobody has claimed it."""
        with self.database.read() as connection:
            found = select(deliveries.c.id).where(*_due(webhook, now)).limit(1)
            return connection.execute(found).first() is not None

    def claim(self, webhook: UUID, most: int, now: datetime, *, room: int | None = None) -> list[Claimed]:
        """Claim messages that are due, so that no more than *most* to *webhook* are on their way.

        Of them all no more than there is *room* for.  Whoever looks at the same webhook at this
        moment is passed by.
        """
        c, until = deliveries.c, now + LEASE
        with self.database.write() as connection:
            mine = (
                select(webhooks.c.id)
                .where(webhooks.c.id == webhook)
                .with_for_update(skip_locked=True, key_share=True)
            )
            if connection.execute(mine).first() is None:
                return []
            leased = (c.webhook_id == webhook, c.state == "pending", c.leased_until > now)
            busy = connection.execute(
                select(func.count()).select_from(deliveries).where(*leased)
            ).scalar_one()
            if busy >= most:
                return []
            chosen = select(c.id).where(*_due(webhook, now)).order_by(c.next_attempt_at, c.id)
            number = most - busy if room is None else min(most - busy, room)
            ids = connection.execute(chosen.limit(number)).scalars().all()
            taken = (
                update(deliveries)
                .where(c.id.in_(ids))
                .values(leased_until=until, attempts=c.attempts + 1, last_attempt_at=now)
                .returning(c.id, c.topic, c.body, c.attempts)
            )
            return [
                Claimed(id, webhook, topic, body.encode(), attempts)
                for id, topic, body, attempts in connection.execute(taken)
            ]

    def give_back(self, claimed: Claimed) -> None:
        """Let go of a message that was claimed and not sent, as if it had not been claimed."""
        c = deliveries.c
        ours = (c.id == claimed.id, c.state == "pending", c.attempts == claimed.attempt)
        back = update(deliveries).where(*ours).values(leased_until=None, attempts=claimed.attempt - 1)
        with self.database.write() as connection:
            connection.execute(back)

    def delivered(self, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
        """Note that the receiver has the message, whoever has claimed it meanwhile."""
        c = deliveries.c
        done = {"state": "delivered", "delivered_at": now, "next_attempt_at": None, "leased_until": None}
        failing = (webhooks.c.id == claimed.webhook_id, webhooks.c.failing_since.is_not(None))
        with self.database.write() as connection:
            connection.execute(update(webhooks).where(*failing).values(failing_since=None))
            connection.execute(
                update(deliveries)
                .where(c.id == claimed.id)
                .values(**done, last_status=outcome.status, last_error=None)
            )

    def failed(
        self, claimed: Claimed, outcome: Outcome, now: datetime, again: datetime | None, enabled_at: datetime
    ) -> datetime | None:
        """Note a failure; the message is tried *again* then, or is dead.

        Return since when the webhook has done nothing but fail, counted from *enabled_at* on.
        """
        c, w = deliveries.c, webhooks.c
        ours = (c.id == claimed.id, c.state == "pending", c.attempts == claimed.attempt)
        begins = or_(w.failing_since.is_(None), w.failing_since < enabled_at)
        since = case((begins, literal(now, Moment)), else_=w.failing_since)
        noted = update(webhooks).where(w.id == claimed.webhook_id).values(failing_since=since)
        with self.database.write() as connection:
            failing = connection.execute(noted.returning(w.failing_since)).scalar_one_or_none()
            connection.execute(
                update(deliveries)
                .where(*ours)
                .values(
                    state="pending" if again else "dead",
                    next_attempt_at=again,
                    leased_until=None,
                    last_status=outcome.status,
                    last_error=outcome.error,
                )
            )
            return failing

    def replay(self, webhook: UUID, now: datetime, *, id: UUID) -> bool:
        """Have one message sent again now; say whether there is one of that id."""
        c = deliveries.c
        with self.database.write() as connection:
            mine = and_(c.webhook_id == webhook, c.id == id)
            if connection.execute(select(c.id).where(mine)).first() is None:
                return False
            idle = or_(c.leased_until.is_(None), c.leased_until <= now)
            connection.execute(update(deliveries).where(mine, idle).values(_afresh(now)))
            return True

    def dead(self, webhook: UUID, *, since: datetime) -> Iterator[Sequence[Any]]:
        """Yield the dead messages made at *since* or later, id and case of each, the oldest first."""
        c, place = deliveries.c, (since, UUID(int=0))
        while True:
            behind = tuple_(literal(place[0], Moment), literal(place[1], Id))
            wanted = (c.webhook_id == webhook, c.state == "dead", tuple_(c.created_at, c.id) > behind)
            query = select(c.id, c.case_id, c.created_at).where(*wanted).order_by(c.created_at, c.id)
            with self.database.read() as connection:
                found = connection.execute(query.limit(AT_ONCE)).all()
            if not found:
                return
            yield found
            place = found[-1].created_at, found[-1].id

    def replay_dead(self, webhook: UUID, now: datetime, ids: Sequence[UUID]) -> int:
        """Have those of *ids*, at most AT_ONCE, that are dead sent again now; return how many those were."""
        c = deliveries.c
        dead = (c.webhook_id == webhook, c.state == "dead", c.id.in_(ids))
        with self.database.write() as connection:
            return connection.execute(update(deliveries).where(*dead).values(_afresh(now))).rowcount

    def one(self, webhook: UUID, id: UUID) -> Any | None:
        """Return one message, or None."""
        c = deliveries.c
        with self.database.read() as connection:
            return connection.execute(select(deliveries).where(c.webhook_id == webhook, c.id == id)).first()

    def page(
        self, webhook: UUID, limit: int, *, state: State | None, before: tuple[datetime, UUID] | None
    ) -> Sequence[Any]:
        """Return up to *limit* messages to *webhook*, the newest first, that were made *before* a place."""
        c = deliveries.c
        query = select(deliveries).where(c.webhook_id == webhook)
        if state is not None:
            query = query.where(c.state == state)
        if before is not None:
            place = tuple_(literal(before[0], Moment), literal(before[1], Id))
            query = query.where(tuple_(c.created_at, c.id) < place)
        with self.database.read() as connection:
            ordered = query.order_by(c.created_at.desc(), c.id.desc())
            return connection.execute(ordered.limit(limit)).all()

    def counts(self) -> dict[str, int]:
        """Return how many messages are pending and dead, as far as is counted."""
        with self.database.read() as connection:
            return {
                state: connection.execute(
                    select(func.count()).select_from(
                        select(deliveries.c.id)
                        .where(deliveries.c.state == state)
                        .limit(MOST_COUNTED)
                        .subquery()
                    )
                ).scalar_one()
                for state in ("pending", "dead")
            }

    def oldest(self) -> datetime | None:
        """Return when the oldest message was made that is still to be sent."""
        with self.database.read() as connection:
            question = select(func.min(deliveries.c.created_at)).where(deliveries.c.state == "pending")
            return connection.execute(question).scalar()

    def purge(self, webhook_ids: Iterable[UUID], now: datetime) -> int:
        """Let go of what has been settled for longer than it is kept; return how many there were."""
        return sum(map(self._purge, webhook_ids, repeat(now - KEEP)))

    def _purge(self, webhook: UUID, before: datetime) -> int:
        c, gone = deliveries.c, 0
        old = select(c.id).where(c.webhook_id == webhook, c.created_at < before, c.state != "pending")
        while True:
            with self.database.write() as connection:
                ids = connection.execute(old.order_by(c.created_at, c.id).limit(AT_ONCE)).scalars().all()
                gone += connection.execute(delete(deliveries).where(c.id.in_(ids))).rowcount if ids else 0
            if len(ids) < AT_ONCE:
                return gone

    def give_up(self, connection: Connection, webhook: UUID) -> None:
        """Send nothing more of what waits for a webhook that was disabled; it can be sent again later."""
        c = deliveries.c
        off = {"state": "dead", "next_attempt_at": None, "leased_until": None, "last_error": "disabled"}
        locked = select(webhooks.c.id).where(webhooks.c.id == webhook).with_for_update(key_share=True)
        connection.execute(locked)
        connection.execute(
            update(deliveries).where(c.webhook_id == webhook, c.state == "pending").values(**off)
        )

    def forget(self, connection: Connection, webhook: UUID) -> None:
        """Let go of a webhook that was removed, and of everything for it."""
        connection.execute(delete(webhooks).where(webhooks.c.id == webhook))
        connection.execute(delete(deliveries).where(deliveries.c.webhook_id == webhook))

    def know(self, connection: Connection, webhook: UUID) -> None:
        """Keep the id of a webhook that was added."""
        if connection.execute(select(webhooks.c.id).where(webhooks.c.id == webhook)).first() is None:
            connection.execute(insert(webhooks).values(id=webhook))


def _due(webhook: UUID, now: datetime) -> tuple[Any, ...]:
    c = deliveries.c
    free = or_(c.leased_until.is_(None), c.leased_until <= now)
    return (c.webhook_id == webhook, c.state == "pending", c.next_attempt_at <= now, free)


def _afresh(now: datetime) -> dict[str, object]:
    return {
        "state": "pending",
        "attempts": 0,
        "next_attempt_at": now,
        "leased_until": None,
        "delivered_at": None,
    }
