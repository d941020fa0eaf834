"""The webhooks that there are, always as the log has them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import structlog
from sqlalchemy import select

from adapters.database import Database
from adapters.eventstore.store import LOG, CaseStore
from adapters.outbox.tables import webhook_cursors, webhooks
from domain.webhooks import Webhook, WebhookAdded

log = structlog.get_logger()

MOST = 100
"""Webhooks of one installation: few enough to be loaded together."""
LATELY = 10_000
"""Webhooks that may have been added since the log was last looked through."""


class Directory:
    """Finds webhooks; their ids are kept beside the log, and what was added since is looked up there."""

    def __init__(self, database: Database, store: CaseStore) -> None:
        self.database, self.store = database, store

    def ids(self) -> set[UUID]:
        """Return the ids of all webhooks that were ever added and not found to be removed."""
        with self.database.read() as connection:
            known = set(connection.execute(select(webhooks.c.id)).scalars())
            cursor = select(webhook_cursors.c.number).where(webhook_cursors.c.log == LOG)
            reached = connection.execute(cursor).scalar_one_or_none() or 0
        return known | self._added_beyond(reached)

    def all(self, *, whole: bool = False) -> list[Webhook]:
        """Return every webhook, oldest first; addresses and secrets are sealed.

        One that cannot be read is left out, and the log says so; asked for the *whole*, its
        error is raised.
        """
        found: list[Webhook] = []
        for id, webhook in self.store.load_all(Webhook, sorted(self.ids()), opened=False).items():
            if isinstance(webhook, Exception):
                if whole:
                    raise webhook
                log.error("webhook_unreadable", webhook_id=str(id), error=type(webhook).__name__)
            elif webhook.there:
                found.append(webhook)
        return found

    def one(self, id: UUID) -> Webhook | None:
        """Return the webhook of that id, or None when there is none."""
        webhook = self.store.load(Webhook, id, opened=False)
        return webhook if webhook is not None and webhook.there else None

    def _added_beyond(self, number: int) -> set[UUID]:
        added = self.store.router.log(LOG).select_notifications(
            number, LATELY, topics=[WebhookAdded.TOPIC], inclusive_of_start=False
        )
        return {_uuid(each.originator_id) for each in added}


def wanted_topics(found: Iterable[Webhook], topics: Iterable[str]) -> list[str]:
    """Return those of *topics* that some webhook hears of."""
    terms = [each.terms for each in found if each.terms is not None]
    return [topic for topic in topics if any(each.want(topic) for each in terms)]


def _uuid(id: UUID | str) -> UUID:
    return id if isinstance(id, UUID) else UUID(id)
