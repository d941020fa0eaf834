"""Once a decision is late, or a case is complex, the complainant hears from the firm every five business days."""

from __future__ import annotations

from datetime import UTC, date, datetime

from domain import commands as c
from domain.clocks import Status, clock_id
from domain.testing import a_complaint, an_id, asked, paris, timeline

ACKNOWLEDGED = asked(c.Acknowledge(), paris("2026-05-26T09:00"))
COMPLEX = c.Triage(category="fees", severity="high", admissible=True, complex=True)
RESOLVE = c.Resolve(outcome="rejected", reasons="No.")
UPDATE = c.SendUpdate(text="We are still looking.")


def sweep(text: str):
    at = paris(text)
    return asked(c.NoticeMisses(now=at), at)


def test_a_missed_decision_promises_progress():
    """Day 0 is the due date that was missed: Wednesday 3 June; the fifth business day is 10 June."""
    given = a_complaint(ACKNOWLEDGED)

    assert timeline(given, sweep("2026-06-04T00:00")) == [
        "06-04 00:00 house decision 1 missed",
        "06-04 00:00 house progress_update 1 started, due 06-10",
    ]
    clock = given.aggregate.clocks[clock_id(an_id(), "house", "progress_update", 1)]
    assert (clock.day_zero, clock.due_before) == (date(2026, 6, 3), datetime(2026, 6, 10, 22, tzinfo=UTC))


def test_each_update_starts_the_next_promise():
    """Counted from the update: the rest of the old promise is not added."""
    given = a_complaint(ACKNOWLEDGED, sweep("2026-06-04T00:00"))

    assert timeline(
        given,
        asked(UPDATE, paris("2026-06-05T09:00")),
        asked(UPDATE, paris("2026-06-12T23:59:59.999999")),
    ) == [
        "06-05 09:00 house progress_update 1 met",
        "06-05 09:00 house progress_update 2 started, due 06-12",
        "06-12 23:59 house progress_update 2 met",
        "06-12 23:59 house progress_update 3 started, due 06-19",
    ]


def test_each_miss_starts_the_next_promise():
    """Counted from the due date that was missed, so that the chain keeps its pace."""
    given = a_complaint(ACKNOWLEDGED, sweep("2026-06-04T00:00"))

    assert timeline(given, asked(UPDATE, paris("2026-06-11T00:00"))) == [
        "06-11 00:00 house progress_update 1 missed",
        "06-11 00:00 house progress_update 2 started, due 06-17",
        "06-11 00:00 house progress_update 2 met",
        "06-11 00:00 house progress_update 3 started, due 06-18",
    ]


def test_an_update_sent_in_time_and_told_after_the_miss_corrects_it():
    """And the promise that followed from the miss stays."""
    given = a_complaint(ACKNOWLEDGED, sweep("2026-06-11T00:00"))
    sent = c.SendUpdate(text="Sent on Monday.", occurred_at=paris("2026-06-08T09:00"))

    assert timeline(given, asked(sent, paris("2026-06-11T09:00"))) == [
        "06-08 09:00 house progress_update 1 miss_corrected"
    ]
    first, second = (
        given.aggregate.clocks[clock_id(an_id(), "house", "progress_update", number)] for number in (1, 2)
    )
    assert (first.status, first.late_evidence, second.status) == (Status.MET, True, Status.RUNNING)


def test_an_update_told_twice_is_one_update():
    given = a_complaint(ACKNOWLEDGED, sweep("2026-06-04T00:00"))
    sent = c.SendUpdate(text="Soon.", occurred_at=paris("2026-06-08T09:00"))

    assert len(timeline(given, asked(sent, paris("2026-06-08T10:00")))) == 2
    assert given.when(asked(sent, paris("2026-06-08T11:00"))) == []


def test_a_notice_of_delay_is_no_update():
    given = a_complaint(ACKNOWLEDGED, sweep("2026-06-04T00:00"))
    notice = c.SendUpdate(text="It takes longer.", kind="delay_notice")

    assert given.when(asked(notice, paris("2026-06-08T10:00"))) == [
        ("DelayNoticeSent", {"text": "It takes longer.", "parts": ()})
    ]
    reply = c.SendUpdate(text="By the end of June.", kind="holding_reply")
    assert given.when(asked(reply, paris("2026-06-08T11:00"))) == [
        ("HoldingReplySent", {"text": "By the end of June.", "parts": ()})
    ]


def test_an_update_before_any_promise_of_one_starts_none():
    assert timeline(a_complaint(), asked(UPDATE, paris("2026-05-26T09:00"))) == []


def test_a_complex_case_promises_progress_at_once():
    given = a_complaint(ACKNOWLEDGED)

    assert given.when(asked(COMPLEX, paris("2026-05-26T10:00")))[1] == ("MarkedComplex", {})
    lines = timeline(given, sweep("2026-06-04T00:00"))
    assert lines == [
        "06-03 00:00 house progress_update 1 missed",
        "06-03 00:00 house progress_update 2 started, due 06-09",
        "06-04 00:00 house decision 1 missed",
    ]


def test_a_case_is_marked_complex_once():
    """Also by an assessment that is the same otherwise."""
    plain = COMPLEX.model_copy(update={"complex": None})
    at = paris("2026-05-26T10:00")
    given = a_complaint(asked(plain, at))

    assert [name for name, _ in given.when(asked(COMPLEX, at))] == ["MarkedComplex", "ClockStarted"]
    assert given.when(asked(COMPLEX, at)) == []
    assert given.when(asked(COMPLEX.model_copy(update={"complex": False}), at)) == []


def test_the_decision_ends_the_chain():
    given = a_complaint(ACKNOWLEDGED, sweep("2026-06-04T00:00"))

    lines = timeline(given, asked(RESOLVE, paris("2026-06-08T09:00")), sweep("2026-12-01T00:00"))

    assert lines == [
        "06-08 09:00 house decision 1 stopped_late",
        "06-08 09:00 house progress_update 1 cancelled",
    ]


def test_a_decision_in_time_told_late_ends_the_chain_that_should_not_have_begun():
    given = a_complaint(ACKNOWLEDGED, sweep("2026-06-04T00:00"))
    sent = RESOLVE.model_copy(update={"sent_at": paris("2026-06-03T23:59")})

    assert timeline(given, asked(sent, paris("2026-06-05T09:00"))) == [
        "06-03 23:59 house decision 1 miss_corrected",
        "06-03 23:59 house progress_update 1 cancelled",
    ]


def test_reopening_starts_the_chain_again():
    given = a_complaint(
        ACKNOWLEDGED,
        sweep("2026-06-04T00:00"),
        asked(RESOLVE, paris("2026-06-08T09:00")),
    )

    assert timeline(given, asked(c.Reopen(reason="Not so."), paris("2026-06-15T09:00"))) == [
        "06-15 09:00 house progress_update 2 started, due 06-22"
    ]


def test_reopening_a_case_decided_in_time_promises_progress():
    """Every other promise was kept: without this one the case would wait for nothing."""
    given = a_complaint(ACKNOWLEDGED, asked(RESOLVE, paris("2026-06-01T09:00")))

    assert timeline(given, asked(c.Reopen(reason="Not so."), paris("2026-06-15T09:00"))) == [
        "06-15 09:00 house progress_update 1 started, due 06-22"
    ]
