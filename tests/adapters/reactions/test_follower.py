"""A reaction answers each event once, in the order of its case, and nothing that was before it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from itertools import count
from typing import ClassVar
from uuid import UUID

import pytest
from eventsourcing.persistence import Notification

from adapters.eventstore.tables import LogTables, schema_of
from adapters.reactions.cursors import Cursors
from adapters.reactions.troubles import TRIES
from domain.commands import Close, Escalate, Note, Resolve
from domain.complaint import Complaint
from domain.complaint.events import Received
from domain.errors import DecisionNotSent, DomainError
from domain.ids import log_of
from domain.kernel import Aggregate, Event
from domain.reactions import NotYet, Send, cause_of
from domain.testing import a_submission
from tests.adapters.reactions.following import Desks, NoteEveryEscalation, NoteWhatWasReceived


@pytest.fixture
def desks(tables_url: str) -> Generator[Desks]:
    desks = Desks(tables_url)
    yield desks
    desks.close()


def events_of(desks: Desks, id: UUID) -> list[tuple[str, str]]:
    return [(each.TOPIC, each.actor) for each in desks.store.history(id) if "clock." not in each.TOPIC]


def test_what_follows_from_an_event_is_carried_out_once_and_names_its_cause(desks: Desks):
    follower = desks.follower(NoteWhatWasReceived())
    id = desks.received()

    assert follower.follow() == 1
    assert follower.follow() == 0

    assert events_of(desks, id) == [
        ("complaint.received", "complainant"),
        ("complaint.noted", "reaction:note_what_was_received"),
    ]
    received, *_, noted = desks.store.history(id)
    assert (noted.causation_id, noted.correlation_id) == (cause_of(received), received.correlation_id)


def test_a_new_reaction_answers_nothing_that_was_before_it(desks: Desks):
    before = desks.received()
    follower = desks.follower(NoteWhatWasReceived())
    after = desks.received()

    follower.follow()

    assert (desks.notes(before), desks.notes(after)) == ([], ["Received."])


def test_after_an_older_log_is_restored_what_comes_under_numbers_that_were_looked_at_is_answered(
    desks: Desks,
):
    """Where nothing was heard a process looks further than it saves, and the log is not the same any more."""
    follower = desks.follower(NoteEveryEscalation())
    id = desks.received()
    follower.follow()
    stood = desks.store.ends()[log_of(id)]
    desks.desk.command(id, Note(text="Seen."), "handler")
    follower.follow()
    cut_off(desks, log_of(id), stood)
    follower.follow()

    desks.desk.command(id, Escalate(reason="The press asks."), "handler")
    follower.follow()

    assert desks.notes(id) == ["Level 1."]


def cut_off(desks: Desks, log: int, end: int) -> None:
    """Put a log back to what it was when *end* was its last number."""
    tables = LogTables(None if desks.database.is_sqlite else schema_of(log))
    with desks.database.write() as connection:
        connection.execute(tables.events.delete().where(tables.events.c.number > end))
        connection.execute(tables.head.update().values(last=end))


class Lost(Cursors):
    """Cursors of a process that ends before it can move one."""

    def move(self, log: int, moves: object) -> None:
        del log, moves
        raise KeyboardInterrupt


def test_what_was_done_before_a_process_ended_is_not_done_again_by_the_next(desks: Desks):
    """Also where the next one would answer otherwise: the first answer stands."""
    ended = desks.follower(NoteWhatWasReceived(), holder="ended")
    ended.cursors.__class__ = Lost
    id = desks.received()
    with pytest.raises(KeyboardInterrupt):
        ended.follow()
    assert desks.notes(id) == ["Received."]

    desks.later(minutes=1)
    desks.follower(NoteWhatWasReceived("Otherwise."), holder="next").follow()

    assert desks.notes(id) == ["Received."]


def test_whoever_is_interrupted_in_a_long_stretch_goes_on_near_where_they_were(desks: Desks):
    """Each event takes three seconds here; what is begun again from its beginning might never end."""
    id, seconds = desks.received(), count(0, 3)
    follower = desks.follower(NoteEveryEscalation(), monotonic=lambda: next(seconds))
    for level in (1, 2, 3):
        desks.desk.command(id, Escalate(reason="It is urgent.", level=level), "anna")
    answered: list[int] = []

    def interrupted(_reaction: object, stored: Notification) -> None:
        if len(answered) == 2:
            raise KeyboardInterrupt
        answered.append(stored.id)

    follower.carrier.__dict__["carry_out"] = interrupted
    with pytest.raises(KeyboardInterrupt):
        follower.follow()

    (place,) = (each for each in follower.cursors.places() if each.log == log_of(id))
    assert place.number >= answered[0]


def test_a_reaction_is_run_by_one_process_and_taken_over_when_that_is_silent(desks: Desks):
    first = desks.follower(NoteWhatWasReceived(), holder="first")
    second = desks.follower(NoteWhatWasReceived(), holder="second")
    ids = [desks.received()]
    first.follow()
    ids.append(desks.received())

    assert second.follow() == 0
    desks.later(seconds=11)
    ids.append(desks.received())
    assert second.follow() >= 1
    first.follow()

    assert [desks.notes(id) for id in ids] == [["Received."]] * 3


def test_a_process_that_stops_lets_others_go_on_at_once(desks: Desks):
    first = desks.follower(NoteWhatWasReceived(), holder="first")
    second = desks.follower(NoteWhatWasReceived(), holder="second")
    desks.received()
    first.follow()
    first.let_go()
    id = desks.received()

    assert second.follow() == 1
    assert desks.notes(id) == ["Received."]


def escalate(desks: Desks, id: UUID, level: int) -> None:
    desks.desk.command(id, Escalate(reason="It is urgent.", level=level), "anna")


def test_an_event_that_fails_holds_up_its_case_alone_and_in_order(desks: Desks):
    time, reaction = [0.0], NoteEveryEscalation()
    follower = desks.follower(reaction, monotonic=lambda: time[0])
    broken, other = desks.received(), desks.received()
    reaction.broken.add(broken)
    for level in (1, 2):
        escalate(desks, broken, level)
        escalate(desks, other, level)

    follower.follow()

    assert (desks.notes(broken), desks.notes(other)) == ([], ["Level 1.", "Level 2."])
    assert follower.troubles.counts() == {
        (reaction.NAME, "retrying"): 1,
        (reaction.NAME, "behind"): 1,
    }
    reaction.broken.clear()
    desks.later(seconds=3)
    escalate(desks, broken, 3)
    for _ in range(3):
        time[0] += 2
        follower.follow()
    assert desks.notes(broken) == ["Level 1.", "Level 2.", "Level 3."]
    assert follower.troubles.counts() == {}


def test_an_event_that_fails_again_and_again_is_parked_until_an_operator_says_otherwise(desks: Desks):
    time, reaction = [0.0], NoteEveryEscalation()
    follower = desks.follower(reaction, monotonic=lambda: time[0])
    id = desks.received()
    reaction.broken.add(id)
    escalate(desks, id, 1)
    for _ in range(TRIES + 1):
        follower.follow()
        desks.later(minutes=6)
        time[0] += 360
    (parked,) = follower.troubles.all(["parked"])
    assert (parked.attempts, parked.why, parked.case_id) == (TRIES, "RuntimeError", id)

    reaction.broken.clear()
    time[0] += 360
    follower.follow()
    assert desks.notes(id) == []
    assert follower.troubles.retry(["another"]) == 0
    assert follower.troubles.retry() == 1
    time[0] += 2
    follower.follow()

    assert (desks.notes(id), follower.troubles.counts()) == (["Level 1."], {})


def test_a_parked_event_can_be_given_up_and_what_waited_for_it_comes_next(desks: Desks):
    time, reaction = [0.0], NoteEveryEscalation()
    follower = desks.follower(reaction, monotonic=lambda: time[0])
    id = desks.received()
    reaction.broken.add(id)
    escalate(desks, id, 1)
    escalate(desks, id, 2)
    follower.follow()
    (first,) = follower.troubles.all(["retrying"])
    follower.troubles.park(first, "RuntimeError")
    reaction.broken.clear()

    assert follower.troubles.skip(first.reaction, first.log, first.number)
    assert not follower.troubles.skip(first.reaction, first.log, first.number)
    time[0] += 2
    follower.follow()

    assert (desks.notes(id), follower.troubles.counts()) == (["Level 2."], {})


class CloseWhatWasReceived:
    """Closes every complaint, which none allows before its decision."""

    NAME: ClassVar[str] = "close_what_was_received"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (Received,)
    OPENED: ClassVar[bool] = False

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        del event
        yield Send(case.id, Complaint, Close())


def test_a_refusal_is_final_and_stops_no_other_reaction(desks: Desks):
    follower = desks.follower(CloseWhatWasReceived(), NoteWhatWasReceived())
    id = desks.received()

    assert follower.follow() == 2

    assert follower.refused == {"close_what_was_received": 1}
    (refused,) = follower.troubles.all(["refused"])
    assert (refused.case_id, refused.why, refused.topic) == (id, "DecisionNotSent", "complaint.received")
    assert desks.notes(id) == ["Received."]
    desks.later(days=31)
    follower.troubles.purge()
    assert follower.troubles.all(["refused"]) == []


class NoteWhatWasClosed(CloseWhatWasReceived):
    """Notes, after it closed a complaint, that it did."""

    NAME: ClassVar[str] = "note_what_was_closed"

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        yield from super().decide(event, case)
        yield Send(case.id, Complaint, Note(text="Closed."), after=True)
        yield Send(case.id, Complaint, Note(text="Asked."))


def test_what_comes_after_an_order_is_not_asked_when_that_was_refused(desks: Desks):
    follower, id = desks.follower(NoteWhatWasClosed()), desks.received()

    follower.follow()

    assert desks.notes(id) == ["Asked."]


class ClosesInTime(CloseWhatWasReceived):
    """Knows that a complaint which is undecided will be decided."""

    NAME: ClassVar[str] = "closes_in_time"
    PASSES: ClassVar[tuple[type[DomainError], ...]] = (DecisionNotSent,)


def test_a_refusal_that_passes_is_asked_again_for_as_long_as_it_takes_and_holds_no_other_case(desks: Desks):
    """It counts no attempt, and is never parked."""
    follower = desks.follower(ClosesInTime())
    early, late = desks.received(), desks.received()
    follower.follow()
    decide = Resolve(outcome="upheld", reasons="It was charged twice.")
    desks.desk.command(late, decide, "anna")
    for _ in range(TRIES + 1):
        desks.later(seconds=31)
        follower.follow()

    (waits,) = follower.troubles.all(["retrying"])
    assert (waits.case_id, waits.why, waits.attempts) == (early, "DecisionNotSent", 0)
    assert events_of(desks, late)[-1] == ("complaint.closed", "reaction:closes_in_time")
    assert follower.troubles.all(["refused", "parked"]) == []


class WaitsForItsTurn(NoteWhatWasReceived):
    """Cannot look up what it needs for the first so many times."""

    NAME: ClassVar[str] = "waits_for_its_turn"
    turns = 2

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        if self.turns:
            self.turns -= 1
            raise NotYet
        return super().decide(event, case)


def test_a_reaction_that_waits_loses_nothing_and_counts_no_attempt(desks: Desks):
    time, waits, quick = [0.0], WaitsForItsTurn("At last."), NoteWhatWasReceived()
    follower = desks.follower(waits, quick, monotonic=lambda: time[0])
    ids = [desks.received(), desks.received()]

    for _ in range(2):
        follower.follow()
        assert follower.waiting == {waits.NAME: "NotYet"}
        time[0] += 2
    follower.follow()

    assert follower.waiting == {}
    assert [desks.notes(id) for id in ids] == [["Received.", "At last."]] * 2
    assert follower.troubles.counts() == {}


def test_cursors_are_saved_now_and_then_where_nothing_is_heard(desks: Desks):
    time, reaction = [0.0], NoteEveryEscalation()
    follower = desks.follower(reaction, monotonic=lambda: time[0], batch=2)
    follower.follow()
    id = desks.received()

    follower.follow()
    saved = sum(each.number for each in follower.cursors.places())
    time[0] += 6
    desks.received()
    follower.follow()
    later = sum(each.number for each in follower.cursors.places())
    desks.received()
    follower.follow()
    follower.let_go()

    assert saved <= later <= sum(desks.store.ends().values())
    assert [each.number for each in follower.cursors.places()] == [
        end for _, end in sorted(desks.store.ends().items())
    ]
    assert desks.notes(id) == []


def test_what_an_import_recorded_is_asked_of_no_reaction(desks: Desks):
    follower = desks.follower(NoteWhatWasReceived())
    imported, received = desks.desk.receive(a_submission(), "import:cfpb").id, desks.received()

    assert follower.follow() == 1
    assert (desks.notes(imported), desks.notes(received)) == ([], ["Received."])


def test_what_is_passed_over_is_answered_by_none(desks: Desks):
    follower = desks.follower(NoteWhatWasReceived())
    before = desks.received()
    follower.cursors.pass_over(desks.store.ends())
    after = desks.received()

    follower.follow()

    assert (desks.notes(before), desks.notes(after)) == ([], ["Received."])
