"""Every event that can be stored."""

from domain.complaint.events import EVENTS as COMPLAINT_EVENTS
from domain.configuration import CONFIGURATION_EVENTS
from domain.kernel import Event
from domain.ticket.events import TICKET_EVENTS

EVENTS: tuple[type[Event], ...] = (*COMPLAINT_EVENTS, *TICKET_EVENTS, *CONFIGURATION_EVENTS)
"""In the order of a case's life; a topic here is never renamed and never taken away."""
