"""The register of webhooks: which there are, as the log has them."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from uuid import UUID

import structlog
from sqlalchemy import select

from adapters.database import Database
from adapters.eventstore.store import LOG, CaseStore
from adapters.outbox import tables
from domain.webhooks import Webhook, WebhookAdded

log = structlog.get_logger()

MOST = 100
"""Webhooks of one installation: few enough to be loaded together."""
AT_ONCE = 1_000
"""Additions read together where the log is looked through for them."""


class Webhooks:
    """Finds webhooks; their ids are kept beside the log, and what was added since is looked up there."""

    def __init__(self, database: Database, store: CaseStore) -> None:
        self.database, self.store = database, store
        self._added: dict[UUID, int] = {}
        """Where in the log each was added that was found there."""
        self._looked = 0
        """How far the log was looked through by this process."""
        self._looking = Lock()

    def ids(self) -> set[UUID]:
        """Return the ids of all webhooks that were ever added and not found to be removed."""
        with self.database.read() as connection:
            known = set(connection.execute(select(tables.webhooks.c.id)).scalars())
            c = tables.webhook_cursors.c
            reached = connection.execute(select(c.number).where(c.log == LOG)).scalar_one_or_none() or 0
        return known | self._added_beyond(reached)

    def all(self, *, whole: bool = False) -> list[Webhook]:
        """Return every webhook, oldest first; addresses and secrets are sealed.

        One that cannot be read is left out, and the log says so; asked for the *whole*, its
        error is raised.
        """
        return self.loaded(self.ids(), whole=whole)

    def loaded(self, ids: Iterable[UUID], *, whole: bool = False) -> list[Webhook]:
        """Return those of *ids* that are there, as `all` does."""
        found: list[Webhook] = []
        for id, webhook in self.store.load_all(Webhook, sorted(ids), opened=False).items():
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

    def there(self, id: UUID) -> bool:
        """Whether there is a webhook of that id."""
        return self.one(id) is not None

    def _added_beyond(self, reached: int) -> set[UUID]:
        """Return the webhooks added after *reached*; each part of the log is looked through once."""
        with self._looking:
            self._added = {id: number for id, number in self._added.items() if number > reached}
            recorder = self.store.router.log(LOG)
            end = recorder.max_notification_id() or 0
            known = self._looked if self._looked <= end else 0  # an older log may have been restored
            looked = max(known, reached)
            while looked < end:
                some = recorder.select_notifications(
                    looked, AT_ONCE, end, [WebhookAdded.TOPIC], inclusive_of_start=False
                )
                self._added |= {_uuid(each.originator_id): each.id for each in some}
                looked = some[-1].id if len(some) == AT_ONCE else end
            self._looked = looked
            return set(self._added)


def wanted_topics(found: Iterable[Webhook], topics: Iterable[str]) -> list[str]:
    """Return those of *topics* that some webhook hears of."""
    terms = [each.terms for each in found if each.terms is not None]
    return [topic for topic in topics if any(each.want(topic) for each in terms)]


def _uuid(id: UUID | str) -> UUID:
    return id if isinstance(id, UUID) else UUID(id)
