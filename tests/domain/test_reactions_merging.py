"""An upload goes on in its parent by itself, when its last file is settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.attachments.events import AttachmentAccepted, AttachmentRefused
from domain.attachments.holding import Batch, NewFile
from domain.commands import MergeUpload
from domain.complaint import Complaint
from domain.kernel import Event
from domain.linking.errors import FileInFlight
from domain.linking.merging import merge, refusals
from domain.reactions import Send
from domain.reactions.merging import MergeAnUploadIntoItsParent
from domain.testing import RECEIVED, RULES, an_id, by, received
from domain.ticket import Ticket
from domain.ticket.request import Request
from tests.domain.test_safeguards import Others

FIRST, SECOND = an_id("file 1"), an_id("file 2")


class Family:
    """The upload is the one child of the parent."""

    def of(self, parent: UUID) -> Iterable[UUID]:
        return [an_id("upload")] if parent == an_id("parent") else []


def an_upload(*files: UUID, **facts: object) -> Ticket:
    """Return the ticket of an upload with *files*, all of them waiting to be looked at."""
    ticket = Ticket(an_id("upload"))
    asked = {"form": "document_upload", "category": "verification", "parent": an_id("parent"), **facts}
    ticket.open(Request.model_validate(asked), by(RECEIVED), RULES)
    sent = (NewFile(id, f"{id}.pdf", None, 9, id.hex * 2, id.hex * 2) for id in files)
    batch = Batch(an_id("batch"), "submission", "customer", 5)
    ticket.attach(sent, batch, RECEIVED + timedelta(minutes=10), by(RECEIVED))
    ticket.collect_events()
    return ticket


def settled(ticket: Ticket, file: UUID, reason: str = "") -> Event:
    """Let the file be accepted, or refused for *reason*; return the event."""
    if reason:
        ticket.refuse_file(file, reason, by(RECEIVED))
    else:
        ticket.accept_file(file, "pdf", by(RECEIVED))
    (event,) = ticket.collect_events()
    return event


def decided(event: Event, ticket: Ticket) -> list[Send]:
    assert type(event) in MergeAnUploadIntoItsParent.TOPICS
    return list(MergeAnUploadIntoItsParent(Family()).decide(event, ticket))


@pytest.mark.parametrize("reason", ["", "encrypted"])
def test_the_last_file_that_is_settled_merges_the_upload(reason: str):
    upload = an_upload(FIRST, SECOND)

    assert decided(settled(upload, FIRST), upload) == []
    last = settled(upload, SECOND, reason)
    assert isinstance(last, AttachmentRefused if reason else AttachmentAccepted)
    wanted = Send(to=upload.id, kind=Ticket, order=MergeUpload(other=str(an_id("parent"))))
    assert decided(last, upload) == [wanted]


@pytest.mark.parametrize("facts", [{"form": "general"}, {"parent": None}])
def test_another_request_stays_where_it_is(facts: dict[str, object]):
    upload = an_upload(FIRST, **facts)

    assert decided(settled(upload, FIRST), upload) == []


def test_an_upload_that_went_on_already_is_left_there():
    upload, parent = an_upload(FIRST), Complaint(an_id("parent"))
    received()(parent)
    event = settled(upload, FIRST)
    merge(upload, parent, by(RECEIVED), RULES)

    assert decided(event, upload) == []


def test_a_file_of_a_complaint_merges_nothing():
    complaint = Complaint(an_id())
    received()(complaint)
    event = settled(an_upload(FIRST), FIRST)

    assert list(MergeAnUploadIntoItsParent(Family()).decide(event, complaint)) == []


def test_nothing_is_merged_while_a_file_is_in_flight_and_the_refusal_names_its_state():
    """Of either case; by hand as by itself."""
    upload, parent = an_upload(FIRST), an_upload()
    other = Ticket(an_id("other"))
    other.open(Request(form="general", category="other"), by(RECEIVED), RULES)

    for pair in ((upload, other), (other, upload)):
        with pytest.raises(FileInFlight, match=f"{FIRST} is queued"):
            merge(*pair, by(RECEIVED), RULES)
    settled(upload, FIRST)
    assert list(refusals(upload, other, by(RECEIVED))) == []
    assert not parent.in_flight


def test_an_upload_waits_for_a_file_of_its_parent():
    """The refusal passes by itself, unlike any other of the merge."""
    upload, parent = an_upload(FIRST), Ticket(an_id("parent"))
    parent.open(Request(form="general", category="other"), by(RECEIVED), RULES)
    sent = NewFile(SECOND, "own.pdf", None, 9, SECOND.hex * 2, SECOND.hex * 2)
    batch = Batch(an_id("own"), "complainant", "customer", 5)
    parent.attach([sent], batch, RECEIVED + timedelta(minutes=10), by(RECEIVED))
    settled(upload, FIRST)

    (refusal,) = refusals(upload, parent, by(RECEIVED))
    assert isinstance(refusal, MergeAnUploadIntoItsParent.PASSES)
    parent.accept_file(SECOND, "pdf", by(RECEIVED))
    parent.close(by(RECEIVED), RULES)
    (final,) = refusals(upload, parent, by(RECEIVED))
    assert not isinstance(final, MergeAnUploadIntoItsParent.PASSES)


def test_without_the_guard_a_file_in_flight_would_be_merged(monkeypatch: pytest.MonkeyPatch):
    """The test above rests on the guard: where nothing is said to be in flight, the merge goes on."""
    upload, other = an_upload(FIRST), Ticket(an_id("other"))
    other.open(Request(form="general", category="other"), by(RECEIVED), RULES)
    monkeypatch.setattr(Ticket, "in_flight", frozenset[UUID]())
    merge(upload, other, by(RECEIVED), RULES)

    assert upload.survivor == other.id


def promoted() -> tuple[Ticket, Complaint, Event]:
    """Return a parent that was promoted, the complaint that it goes on as, and the event of that."""
    parent = Ticket(an_id("parent"))
    parent.open(Request(form="general", category="other"), by(RECEIVED), RULES)
    parent.collect_events()
    parent.promote("They complain.", "fees", by(RECEIVED), RULES)
    event = parent.collect_events()[0]
    assert parent.promoted_to is not None
    complaint = Complaint(parent.promoted_to)
    received()(complaint)
    return parent, complaint, event


def test_an_upload_goes_on_in_the_complaint_that_its_parent_became():
    """Whichever came first: its last file, or the promotion."""
    parent, complaint, promotion = promoted()
    upload = an_upload(FIRST)
    event = settled(upload, FIRST)
    wanted = Send(to=upload.id, kind=Ticket, order=MergeUpload(other=str(parent.id)))
    assert decided(event, upload) == [wanted]
    assert list(MergeAnUploadIntoItsParent(Family()).decide(promotion, parent)) == [wanted]

    for _ in range(2):
        order = MergeUpload(other=str(parent.id))
        order.carry_out(upload, by(RECEIVED), RULES, Others(parent, complaint))

    assert (upload.survivor, list(complaint.absorbed)) == (complaint.id, [upload.id])


def test_an_upload_goes_on_in_the_survivor_of_what_its_parent_became():
    parent, complaint, _ = promoted()
    last, upload = Complaint(an_id("last")), an_upload()
    received()(last)
    merge(complaint, last, by(RECEIVED), RULES)

    order = MergeUpload(other=str(parent.id))
    order.carry_out(upload, by(RECEIVED), RULES, Others(parent, complaint, last))

    assert upload.survivor == last.id


def test_an_upload_goes_on_in_the_ticket_that_its_parent_was_redirected_to():
    parent = Complaint(an_id("parent"))
    received()(parent)
    parent.redirect("A question.", by(RECEIVED), RULES)
    assert parent.redirected_to is not None
    ticket, upload = Ticket(parent.redirected_to), an_upload()
    ticket.open(Request(form="complaint", category="other"), by(RECEIVED), RULES)

    order = MergeUpload(other=str(parent.id))
    order.carry_out(upload, by(RECEIVED), RULES, Others(parent, ticket))

    assert upload.survivor == ticket.id


@pytest.mark.parametrize("which", ["another form", "a file in flight", "answered"])
def test_what_is_no_settled_upload_is_left_when_its_parent_goes_on(which: str):
    parent, complaint, _ = promoted()
    case = an_upload(FIRST) if which == "a file in flight" else an_upload()
    if which == "another form":
        case.form = "feedback"
    if which == "answered":
        case.solve(by(RECEIVED), RULES)
        case.collect_events()

    MergeUpload(other=str(parent.id)).carry_out(case, by(RECEIVED), RULES, Others(parent, complaint))

    assert (case.survivor, complaint.absorbed) == (None, {})
