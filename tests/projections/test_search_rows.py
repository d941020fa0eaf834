"""What of a case is searched: its texts by what they are, and nothing twice."""

from __future__ import annotations

from functools import reduce

import pytest

from domain import commands as c
from domain.attachments.holding import Batch, NewFile
from domain.catalogue import EVENTS
from domain.complaint import Complaint
from domain.kernel import Event
from domain.privacy import kept_fields
from domain.testing import an_id, asked, by, paris, received
from projections.queue import QUEUE
from projections.search import PEOPLE, PUBLIC, SEARCH, TOLD, Passage, SearchRow, evolve, passages
from tests.golden.lives import RESOLVED, TUESDAY, a_month


def row_of(*commands: c.Command) -> SearchRow:
    complaint = Complaint(an_id())
    for step in (received(people_involved=("A. Witness",)), *(asked(each, TUESDAY) for each in commands)):
        step(complaint)
    row: SearchRow | None = None
    for number, event in enumerate(complaint.collect_events(), 1):
        if event.TOPIC in SEARCH.topics:
            row = evolve(row, event, number)
    assert row is not None
    return row


def test_what_is_said_is_known_by_what_it_is():
    row = row_of(
        c.Triage(category="fees", severity="high", admissible=True, reason="A client."),
        c.Investigate(),
        c.RecordStep(kind="other", summary="Read the account."),
        c.RequestInformation(text="Which address?"),
        c.SupplyInformation(text="This one."),
        c.SendUpdate(text="We look into it."),
        c.Note(text="Called."),
        RESOLVED,
    )

    assert row.said == (
        Passage("category", "withdrawal"),
        Passage("account_email", "someone@example.org"),
        Passage("account_id", "AA12 N84G ABCD EFGH"),
        Passage("full_name", "Someone Somewhere"),
        Passage("details", "The withdrawal has not arrived."),
        Passage("people_involved", ("A. Witness",)),
        Passage("category", "fees"),
        Passage("reasons", "A client."),
        Passage("steps", "Read the account."),
        Passage("information", "Which address?"),
        Passage("information", "This one."),
        Passage("updates", "We look into it."),
        Passage("notes", "Called."),
        Passage("reasons", "The network fee was charged twice."),
    )


def test_the_case_is_that_of_the_queue_without_its_promises():
    events = [event for event in a_month() if event.TOPIC in SEARCH.topics]
    numbered = [(n, each) for n, each in enumerate(events, 1) if each.originator_id == an_id("life 0")]
    row = reduce(lambda row, each: evolve(row, each[1], each[0]), numbered, None)
    queued = reduce(lambda row, each: QUEUE.evolve(row, each[1], each[0]), numbered, None)

    assert row is not None
    assert row.case == queued


def test_a_row_is_kept_without_what_was_said():
    row = row_of()

    assert SearchRow.model_validate_json(row.model_dump_json()) == row.model_copy(update={"said": ()})


@pytest.mark.parametrize(
    "event", [each for each in EVENTS if each.TOPIC in QUEUE.topics], ids=lambda e: e.TOPIC
)
def test_every_event_with_personal_text_is_searched(event: type[Event]):
    if kept_fields(event):
        assert event.TOPIC in SEARCH.topics


def test_a_file_is_found_by_its_name_and_not_by_what_it_is_made_of():
    """Its hash would tell who else has the same file, and stand in clear in the index."""
    complaint = Complaint(an_id())
    received()(complaint)
    complaint.collect_events()
    file = NewFile(an_id("f"), "passport.pdf", None, 10, "ab" * 32, "cd" * 32)
    batch = Batch(an_id("g"), "complainant", "customer", 5)

    complaint.attach([file], batch, paris("2026-05-27T10:00"), by(TUESDAY))

    said = [each for event in complaint.collect_events() for each in passages(event)]
    assert said == [Passage("notes", "passport.pdf")]


def test_no_field_has_two_meanings():
    assert len({*PUBLIC, *TOLD, *PEOPLE}) == len(PUBLIC) + len(TOLD) + len(PEOPLE)
