"""Documents that were sent by a form of their own find their way to the request that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar
from uuid import UUID

from domain.attachments.events import AttachmentAccepted, AttachmentRefused, AttachmentRemoved
from domain.case import Case
from domain.commands import MergeUpload
from domain.commands.linking import UPLOADS
from domain.complaint.events import Redirected, Reopened
from domain.errors import DomainError, NotReceived
from domain.kernel import Aggregate, Event
from domain.linking.errors import FileInFlight
from domain.reactions.reaction import Send
from domain.reactions.sensitivity import Children
from domain.ticket import Ticket
from domain.ticket.events import Promoted
from domain.ticket.events import Reopened as TicketReopened


class MergeAnUploadIntoItsParent:
    """When the last file of an upload is accepted or refused, the ticket goes on in its parent.

    While a file of the parent itself is looked at the upload waits for it.  Where the parent goes on as a
    complaint, or as a ticket, so does the upload; it waits until that is there.  A parent that cannot
    take it, since it was answered meanwhile, leaves the upload where somebody finds it: open, in the
    queue, until the parent is taken up again or goes on elsewhere.
    """

    NAME: ClassVar[str] = "merge_an_upload_into_its_parent"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (
        AttachmentAccepted,
        AttachmentRefused,
        AttachmentRemoved,
        Promoted,
        Redirected,
        Reopened,
        TicketReopened,
    )
    OPENED: ClassVar[bool] = False
    PASSES: ClassVar[tuple[type[DomainError], ...]] = (FileInFlight, NotReceived)

    def __init__(self, children: Children) -> None:
        self._children = children

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return the merge, once nothing of the upload is in flight; one that went on already is left."""
        if not isinstance(case, Case):
            return ()
        if isinstance(event, Promoted | Redirected | Reopened | TicketReopened):
            return self._of_a_parent(case.id)
        return () if not isinstance(case, Ticket) else _of_an_upload(case)

    def _of_a_parent(self, parent: UUID) -> Iterator[Send]:
        """Yield the merge of each ticket that belongs to *parent*: one that is no upload ignores it."""
        for id in self._children.of(parent):
            yield Send(to=id, kind=Ticket, order=MergeUpload(other=str(parent)))


def _of_an_upload(case: Ticket) -> Iterator[Send]:
    if case.form in UPLOADS and case.parent is not None and not case.in_flight and case.survivor is None:
        yield Send(to=case.id, kind=Ticket, order=MergeUpload(other=str(case.parent)))
