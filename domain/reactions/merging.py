"""Documents that were sent by a form of their own find their way to the request that they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from domain.attachments.events import AttachmentAccepted, AttachmentRefused, AttachmentRemoved
from domain.commands import MergeCases
from domain.errors import DomainError
from domain.kernel import Aggregate, Event
from domain.linking.errors import FileInFlight
from domain.reactions.reaction import Send
from domain.ticket import Ticket

UPLOADS = frozenset({"document_upload", "security_documents"})
"""The forms that bring nothing but files for another case."""


class MergeAnUploadIntoItsParent:
    """When the last file of an upload is accepted or refused, the ticket goes on in its parent.

    While a file of the parent itself is looked at the upload waits for it.  A parent that cannot take
    it, since it was answered meanwhile, leaves the upload where somebody finds it: open, in the queue.
    """

    NAME: ClassVar[str] = "merge_an_upload_into_its_parent"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (AttachmentAccepted, AttachmentRefused, AttachmentRemoved)
    OPENED: ClassVar[bool] = False
    PASSES: ClassVar[tuple[type[DomainError], ...]] = (FileInFlight,)

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        """Return the merge, once nothing of the upload is in flight; one that went on already is left."""
        del event
        if not isinstance(case, Ticket) or case.form not in UPLOADS or case.parent is None:
            return
        if not case.in_flight and case.survivor is None:
            yield Send(to=case.id, kind=Ticket, order=MergeCases(other=str(case.parent)))
