"""Which key the record names first: by it a vault is known to be the one in which the record was sealed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.vault.sealing import decoded, place_of
from domain.complaint.events import Received
from domain.ticket.events import Opened

if TYPE_CHECKING:
    from adapters.eventstore.store import CaseStore

SEALED = re.compile(rb':\{"sealed":"([A-Za-z0-9_-]+)"')
BEGINNINGS = (Received.TOPIC, Opened.TOPIC)
FEW = 20
"""Beginnings of cases that are looked at in each log; few say nothing personal."""


def first_key_named(store: CaseStore) -> UUID | None:
    """Return the id of the data key of the first sealed value in *store*, None where there is none yet."""
    for log in store.logs:
        for stored in store.notifications(log, 0, FEW, topics=BEGINNINGS):
            if found := SEALED.search(stored.state):
                return place_of(decoded(found[1].decode()), UUID(str(stored.originator_id))).key
    return None
