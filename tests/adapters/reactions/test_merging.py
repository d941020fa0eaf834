"""An upload merges into its parent by itself, over a real store: once, and only when its last file is settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from domain.attachments.holding import Batch, NewFile
from domain.attachments.orders import Attach, SettleFile
from domain.complaint import Complaint
from domain.kernel import Context
from domain.reactions.merging import MergeAnUploadIntoItsParent
from domain.testing import an_id
from domain.ticket import Ticket
from domain.ticket.request import Request
from tests.adapters.reactions.following import Desks


class Nobody:
    """Nothing belongs to any case."""

    def of(self, parent: UUID) -> Iterable[UUID]:
        del parent
        return ()


def test_the_last_file_that_is_settled_merges_the_upload_once(tables_url: str):
    desks = Desks(tables_url)
    desk, store = desks.desk, desks.store
    parent = desks.received()
    asked = Request(form="document_upload", category="verification", parent=parent)

    def open_upload(ticket: Ticket, by: Context) -> None:
        ticket.open(asked, by, desk.rules)

    upload = desk.begin(Ticket, open_upload, "complainant").id
    follower = desks.follower(MergeAnUploadIntoItsParent(Nobody()))
    files = [NewFile(an_id(name), f"{name}.pdf", None, 9, name * 8, name * 8) for name in ("one", "two")]
    batch = Batch(an_id("batch"), "submission", "customer", 5)
    until = desks.now + timedelta(minutes=10)
    desk.command(upload, Attach(tuple(files), batch, until), "complainant", kind=Ticket)

    desk.command(upload, SettleFile(files[0].id, kind="pdf"), "system:files", kind=Ticket)
    follower.follow()
    assert [event.TOPIC for event in store.history(upload)][-1] == "attachment.accepted"

    desk.command(upload, SettleFile(files[1].id, reason="encrypted"), "system:files", kind=Ticket)
    follower.follow()
    follower.follow()
    (merged,) = [event for event in store.history(upload) if event.TOPIC == "ticket.merged"]
    (absorbed,) = [event for event in store.history(parent) if event.TOPIC == "complaint.absorbed"]
    assert merged.actor == absorbed.actor == "reaction:merge_an_upload_into_its_parent"
    assert merged.correlation_id == absorbed.correlation_id == store.history(upload)[-2].correlation_id
    survivor = store.load(Complaint, parent)
    assert survivor is not None
    assert dict(survivor.absorbed) == {upload: "ticket"}
    desks.close()
