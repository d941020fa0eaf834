"""Worked cases, to the instant: reclassified, paused, told late, at the boundary; and the answers to refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from domain import commands as c
from domain.clocks import ClockMissCorrected, ClockMissed, Status, clock_id
from domain.complaint import Complaint
from domain.policies import Rulebook
from domain.testing import (
    HOUSE,
    MICA,
    RECEIVED,
    Given,
    a_complaint,
    an_id,
    asked,
    paris,
    received,
    rules,
    timeline,
)
from tests.golden.lives import ACK

PAUSABLE = HOUSE.replace('stop = ["decision_sent"]', 'stop = ["decision_sent"]\npausable = true')
MIDNIGHT = paris("2026-05-28T00:00")
SWEEP = asked(c.NoticeMisses(now=MIDNIGHT), MIDNIGHT, actor="system:scheduler")


def due(given: Given[Complaint], regime: str, milestone: str) -> tuple[date, datetime]:
    clock = given.aggregate.clocks[clock_id(an_id(), regime, milestone, 1)]
    return clock.due_date, clock.due_before


def case(
    at: str, book: Rulebook, *steps: Callable[[Complaint], object], recorded: str = ""
) -> Given[Complaint]:
    begin = received(paris(at), book=book, recorded_at=paris(recorded) if recorded else None)
    return Given(Complaint(an_id()), begin, *steps)


class TestReclassification:
    """A ticket of Monday 1 June; dissatisfaction on Wednesday at 11:20; a complaint since Friday at 16:00."""

    def reclassified(self) -> Given[Complaint]:
        return case("2026-06-03T11:20", rules(), recorded="2026-06-05T16:00")

    def test_the_promises_start_with_the_first_expression_of_dissatisfaction(self):
        given = self.reclassified()

        assert due(given, "house", "acknowledgement") == (
            date(2026, 6, 5),
            datetime(2026, 6, 5, 22, tzinfo=UTC),
        )
        assert due(given, "house", "decision") == (date(2026, 6, 12), datetime(2026, 6, 12, 22, tzinfo=UTC))

    @pytest.mark.parametrize("start", ["2026-06-05T16:00", "2026-06-01T09:00"])
    def test_neither_with_the_reclassification_nor_with_the_ticket(self, start: str):
        """Which would be Tuesday 9 June, and Wednesday 3 June."""
        wrong = due(case(start, rules()), "house", "acknowledgement")

        assert wrong[0] in {date(2026, 6, 9), date(2026, 6, 3)}
        assert due(self.reclassified(), "house", "acknowledgement") != wrong

    def test_the_record_tells_both_instants(self):
        complaint = Complaint(an_id())
        at, since = paris("2026-06-05T16:00"), paris("2026-06-03T11:20")
        (receipt, *_) = Given(complaint).events(received(since, recorded_at=at))

        assert (receipt.occurred_at, receipt.recorded_at) == (since, at)

    def test_one_that_is_reclassified_too_late_has_missed_its_acknowledgement_at_once(self):
        given = Given(Complaint(an_id()))
        late = received(paris("2026-06-03T11:20"), recorded_at=paris("2026-06-08T09:00"))

        assert timeline(given, late) == [
            "06-03 11:20 house acknowledgement 1 started, due 06-05",
            "06-03 11:20 house decision 1 started, due 06-12",
            "06-06 00:00 house acknowledgement 1 missed",
        ]


class TestInformation:
    """Received on Monday 7 September; asked on Wednesday at 15:00, answered on Monday at 11:00."""

    ASKED = c.RequestInformation(text="Which address?"), paris("2026-09-09T15:00")
    ANSWERED = c.SupplyInformation(), paris("2026-09-14T11:00")

    def answered(self, house: str) -> Given[Complaint]:
        book = rules(house, MICA)
        steps = (asked(command, at, book=book) for command, at in (self.ASKED, self.ANSWERED))
        return case("2026-09-07T10:00", book, *steps)

    def test_a_promise_that_may_not_pause_does_not_move(self):
        assert due(self.answered(HOUSE), "house", "decision") == (
            date(2026, 9, 16),
            datetime(2026, 9, 16, 22, tzinfo=UTC),
        )

    def test_a_pausable_promise_waits_for_the_answer(self):
        """Tuesday counts, then from Monday on: the days at whose end nobody waited."""
        given = self.answered(PAUSABLE)

        assert due(given, "house", "decision") == (date(2026, 9, 21), datetime(2026, 9, 21, 22, tzinfo=UTC))
        clock = given.aggregate.clocks[clock_id(an_id(), "house", "decision", 1)]
        assert [(pause.from_, pause.to) for pause in clock.pauses] == [(self.ASKED[1], self.ANSWERED[1])]

    @pytest.mark.parametrize("house", [HOUSE, PAUSABLE])
    def test_the_legal_limit_runs_on(self, house: str):
        """Two months end on Saturday 7 November and move to Monday."""
        assert due(self.answered(house), "mica", "decision") == (
            date(2026, 11, 9),
            datetime(2026, 11, 9, 23, tzinfo=UTC),
        )


class TestBoundary:
    """Received on Friday 22 May at 18:00: the acknowledgement is due before Thursday 28 May, 00:00."""

    @pytest.mark.parametrize(
        ("sent", "status"),
        [("2026-05-27T23:59:59.999999", Status.MET), ("2026-05-28T00:00", Status.MISSED)],
    )
    def test_the_last_instant_is_in_time_and_the_next_is_not(self, sent: str, status: Status):
        given = a_complaint(asked(c.Acknowledge(), paris(sent)))

        assert given.aggregate.clocks[ACK].status is status

    def test_at_the_instant_itself_there_is_one_miss(self):
        (miss,) = a_complaint().events(SWEEP)

        assert isinstance(miss, ClockMissed)
        assert miss.occurred_at == miss.due_before == datetime(2026, 5, 27, 22, tzinfo=UTC)


class TestLateEvidence:
    """Sent on Wednesday 27 May at 17:00, told on Thursday at 08:00, after the miss was recorded."""

    def test_it_is_met_and_the_miss_stays_in_the_log(self):
        sent = c.Acknowledge(sent_at=paris("2026-05-27T17:00"))
        given = Given(Complaint(an_id()))
        steps = (received(), SWEEP, asked(sent, paris("2026-05-28T08:00")))

        events = [event for step in steps for event in given.events(step)]

        about = [event for event in events if getattr(event, "clock_id", None) == ACK]
        assert [type(event).__name__ for event in about] == [
            "ClockStarted",
            "ClockMissed",
            "ClockMissCorrected",
        ]
        assert isinstance(about[-1], ClockMissCorrected)
        clock = given.aggregate.clocks[ACK]
        assert (clock.status, clock.late_evidence, clock.stopped_at, clock.due_date, clock.due_before) == (
            Status.MET,
            True,
            paris("2026-05-27T17:00"),
            date(2026, 5, 27),
            datetime(2026, 5, 27, 22, tzinfo=UTC),
        )


class TestParts:
    """A notice that lacks what a regime requires keeps no promise, whoever sent it."""

    STRICT = rules(
        HOUSE.replace('stop = ["acknowledged"]', 'stop = ["acknowledged"]\nrequired_parts = ["contact"]')
    )

    def test_an_acknowledgement_says_what_it_contained(self):
        given = case("2026-05-22T18:00", self.STRICT)

        assert timeline(
            given,
            asked(c.Acknowledge(parts=("contact", "reference")), paris("2026-05-26T09:00"), book=self.STRICT),
        ) == ["05-26 09:00 house acknowledgement 1 met"]

    def test_one_without_keeps_nothing(self):
        given = case("2026-05-22T18:00", self.STRICT)

        assert timeline(given, asked(c.Acknowledge(), paris("2026-05-26T09:00"), book=self.STRICT)) == []


class TestMilestones:
    """Words that other regimes wait for."""

    UK = rules(
        HOUSE
        + """
[[terms]]
milestone = "summary_resolution"
limit = 3
unit = "business_day"
start = "received"
stop = ["accepted"]

[[terms]]
milestone = "outcome_letter"
limit = 5
unit = "business_day"
start = "investigation_completed"
stop = ["decision_sent"]
"""
    )

    def test_an_answer_that_is_accepted_settles_a_complaint_before_any_decision(self):
        given = case("2026-05-22T18:00", self.UK)

        assert timeline(given, asked(c.Accept(), paris("2026-05-26T09:00"), book=self.UK)) == [
            "05-26 09:00 house summary_resolution 1 met"
        ]
        assert given.aggregate.undecided

    def test_a_complete_investigation_promises_a_letter(self):
        given = case("2026-05-22T18:00", self.UK, asked(c.Investigate(), RECEIVED, book=self.UK))

        assert timeline(given, asked(c.CompleteInvestigation(), paris("2026-05-26T09:00"), book=self.UK)) == [
            "05-26 09:00 house outcome_letter 1 started, due 06-02"
        ]

    def test_a_reopened_case_is_investigated_and_accepted_anew(self):
        at = paris("2026-05-26T09:00")
        steps = (c.Investigate(), c.CompleteInvestigation(), c.Accept(), c.Withdraw(reason="No."))
        given = a_complaint(*(asked(each, at) for each in (*steps, c.Reopen(reason="Yes."))))

        assert given.when(asked(c.CompleteInvestigation(), at)) == [("InvestigationCompleted", {})]
        assert given.when(asked(c.Accept(), at)) == [("Accepted", {})]

    def test_what_comes_unasked_is_recorded_when_it_says_something(self):
        at = paris("2026-05-26T09:00")

        assert a_complaint().when(asked(c.SupplyInformation(text="A receipt."), at)) == [
            ("InformationSupplied", {"text": "A receipt."})
        ]
