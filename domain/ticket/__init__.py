"""The ticket: any request that is not a complaint."""

from domain.ticket.appointments import Appointments
from domain.ticket.conversation import Conversation
from domain.ticket.ending import Ending
from domain.ticket.handling import Handling
from domain.ticket.promoting import Promoting
from domain.ticket.rating import Rating
from domain.ticket.required_files import RequiredFiles


class Ticket(RequiredFiles, Handling, Conversation, Appointments, Rating, Ending, Promoting):
    """A ticket from opening to closing.

    ``open → pending → open → solved → closed``: pending while it waits for the customer
    or for somebody else; solved until the customer comes back or the time for it is over.
    """


__all__ = ["Ticket"]
