"""Every reaction of an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.reactions.promoting import ReceiveAComplaintForAPromotedTicket
from domain.reactions.redirecting import OpenATicketForARedirectedComplaint

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.reactions import Reaction


def every_reaction(plaint: Plaint) -> tuple[Reaction, ...]:
    """Return the reactions that *plaint* runs; one that looks something up is given where."""
    del plaint
    return (OpenATicketForARedirectedComplaint(), ReceiveAComplaintForAPromotedTicket())
