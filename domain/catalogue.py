"""Every event that can be stored, and how one of an older shape is read."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from domain.complaint.events import EVENTS as COMPLAINT_EVENTS
from domain.configuration import CONFIGURATION_EVENTS
from domain.directory.events import DIRECTORY_EVENTS
from domain.forms.loading import FORM_EVENTS
from domain.kernel import Event
from domain.reading import READING_EVENTS
from domain.ticket.events import TICKET_EVENTS
from domain.webhooks import WEBHOOK_EVENTS

EVENTS: tuple[type[Event], ...] = (
    *COMPLAINT_EVENTS,
    *TICKET_EVENTS,
    *CONFIGURATION_EVENTS,
    *DIRECTORY_EVENTS,
    *READING_EVENTS,
    *WEBHOOK_EVENTS,
    *FORM_EVENTS,
)
"""In the order of a case's life; a topic here is never renamed and never taken away."""

Upcaster: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the stored facts of an event of one schema version to those of the next.

It knows nothing but the facts: no clock and no other event.  A personal value is sealed for
the place that it has, so it stays under its name.
"""

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""By topic and the schema version that the step starts from; the first is 1, and none is left out."""
