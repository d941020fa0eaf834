"""The kinds of case that there are, and how the first event of a case tells which it is."""

from __future__ import annotations

from collections.abc import Mapping

from domain.case import Case
from domain.complaint import Complaint
from domain.complaint.events import Received
from domain.directory import Team, User
from domain.directory.events import TeamAdded, UserAdded
from domain.kernel import Aggregate
from domain.ticket import Ticket
from domain.ticket.events import Opened

BEGINNINGS: Mapping[str, type[Case]] = {Received.TOPIC: Complaint, Opened.TOPIC: Ticket}
OTHERS: Mapping[str, type[Aggregate]] = {UserAdded.TOPIC: User, TeamAdded.TOPIC: Team}
"""What else has a life of its own that something may follow from."""


def kind_begun_by(topic: str) -> type[Case] | None:
    """Return the kind of case whose first event has *topic*; None for what is no case."""
    return BEGINNINGS.get(topic)


def aggregate_begun_by(topic: str) -> type[Aggregate] | None:
    """Return the kind of case, user, team or issue whose first event has *topic*; None for the rest."""
    return kind_begun_by(topic) or OTHERS.get(topic)
