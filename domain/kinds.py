"""The kinds of case that there are, and how the first event of a case tells which it is."""

from __future__ import annotations

from collections.abc import Mapping

from domain.case import Case
from domain.complaint import Complaint
from domain.complaint.events import Received
from domain.ticket import Ticket
from domain.ticket.events import Opened

BEGINNINGS: Mapping[str, type[Case]] = {Received.TOPIC: Complaint, Opened.TOPIC: Ticket}


def kind_begun_by(topic: str) -> type[Case] | None:
    """Return the kind of case whose first event has *topic*; None for what is no case."""
    return BEGINNINGS.get(topic)
