"""Whether somebody has just sent the same form for the same account.

Looked for in the search index, by the keyed hash of the address: while it lags or cannot be asked,
nobody is held up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from adapters.search import tables
from adapters.vault.errors import VaultAway
from domain.ticket import Ticket

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.forms import Form

log = structlog.get_logger()

LOOKED_AT = 20
"""Requests of one account that are looked at, the newest first."""


def sent_again(plaint: Plaint, form: Form, account_email: str) -> bool:
    """Whether *form* was sent for that account within the hours in which it should not be sent twice."""
    if form.confirm_again is None:
        return False
    since = plaint.now() - timedelta(hours=form.confirm_again.hours)
    c, of = tables.cases.c, tables.people.c
    try:
        same = select(of.key).where(
            of.hash == plaint.search.people.email(account_email), of.field == "account_email"
        )
        query = (
            select(c.id)
            .where(tables.SEARCH_VIEW.live, c.key.in_(same), c.kind == "ticket", c.received_at >= since)
            .order_by(c.received_at.desc())
            .limit(LOOKED_AT)
        )
        with plaint.search.database.read() as connection:
            ids = [row.id for row in connection.execute(query)]
        loaded = (plaint.store.load(Ticket, id) for id in ids)
        return any(ticket is not None and ticket.form == form.id for ticket in loaded)
    except (DatabaseError, VaultAway) as error:
        log.warning("same_request_not_looked_for", error=type(error).__name__)
        return False
