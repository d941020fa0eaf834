"""What ends a case ends its promises, and reopening revives them as each term says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain import commands as c
from domain.clocks import ENDS, Pin, Promises, Status, bind
from domain.complaint import Complaint
from domain.policies import Rulebook
from domain.testing import Given, a_complaint, an_id, asked, by, paris, received, rules, timeline

WITHDRAW, REOPEN = c.Withdraw(reason="Found it."), c.Reopen(reason="It was another one.")
INADMISSIBLE = c.Triage(category="fees", severity="low", admissible=False, reason="Not a client.")
RESOLVE = c.Resolve(outcome="rejected", reasons="No.")


def probe(more: str = "", *, limit: int = 5, start: str = '"received"') -> Rulebook:
    """Return the rules of a regime with one promise: a decision within *limit* business days."""
    return rules(
        f"""
regime = "house"
version = "1"
effective_from = 2026-01-01
calendar = "FR"
zone = "Europe/Paris"

[[terms]]
milestone = "decision"
limit = {limit}
unit = "business_day"
start = {start}
stop = ["decision_sent"]
{more}
"""
    )


def case(book: Rulebook, *steps: Callable[[Complaint], object]) -> Given[Complaint]:
    return a_complaint(*steps, book=book)


@pytest.mark.parametrize(
    ("ending", "word"), [(WITHDRAW, "withdrawn"), (INADMISSIBLE, "declared_inadmissible")]
)
def test_an_end_cancels_what_runs(ending: c.Command, word: str):
    given = a_complaint()

    assert timeline(given, asked(ending, paris("2026-05-26T09:00"))) == [
        "05-26 09:00 house acknowledgement 1 cancelled",
        "05-26 09:00 house decision 1 cancelled",
    ]
    assert {(clock.status, clock.ended_by) for clock in given.aggregate.clocks.values()} == {
        (Status.CANCELLED, word)
    }


def test_closing_cancels_the_acknowledgement_that_never_came():
    given = a_complaint(asked(RESOLVE, paris("2026-05-26T09:00")))

    assert timeline(given, asked(c.Close(), paris("2026-05-26T10:00"))) == [
        "05-26 10:00 house acknowledgement 1 cancelled"
    ]


def test_what_was_missed_before_the_end_stays_missed():
    given = a_complaint()

    assert timeline(given, asked(WITHDRAW, paris("2026-05-28T00:00"))) == [
        "05-28 00:00 house acknowledgement 1 missed",
        "05-28 00:00 house decision 1 cancelled",
    ]


def test_resume_original_keeps_the_due_instant():
    """Closed time counts."""
    given = a_complaint(asked(WITHDRAW, paris("2026-05-26T09:00")))

    assert timeline(given, asked(REOPEN, paris("2026-05-27T23:59"))) == [
        "05-27 23:59 house acknowledgement 1 resumed, due 05-27",
        "05-27 23:59 house decision 1 resumed, due 06-03",
    ]


def test_a_promise_that_fell_due_while_closed_is_missed_at_the_reopening():
    """At its due instant, in the order of due instants, with all that follows."""
    given = a_complaint(asked(WITHDRAW, paris("2026-05-26T09:00")))

    assert timeline(given, asked(REOPEN, paris("2026-06-15T09:00"))) == [
        "06-15 09:00 house acknowledgement 1 resumed, due 05-27",
        "06-15 09:00 house decision 1 resumed, due 06-03",
        "05-28 00:00 house acknowledgement 1 missed",
        "06-04 00:00 house decision 1 missed",
        "06-04 00:00 house progress_update 1 started, due 06-10",
        "06-11 00:00 house progress_update 1 missed",
        "06-11 00:00 house progress_update 2 started, due 06-17",
    ]


def test_stop_while_closed_adds_the_closed_days():
    """Closed at the end of Tuesday and Wednesday: two business days are added, pausable or not."""
    book = probe('on_reopen = "stop_while_closed"')
    given = case(book, asked(WITHDRAW, paris("2026-05-26T09:00"), book=book))

    lines = timeline(given, asked(REOPEN, paris("2026-05-28T09:00"), book=book))

    assert lines == ["05-28 09:00 house decision 1 resumed, due 06-03"]
    (clock,) = given.aggregate.clocks.values()
    assert [(p.from_, p.to, p.always) for p in clock.pauses] == [
        (paris("2026-05-26T09:00"), paris("2026-05-28T09:00"), True)
    ]


def test_a_reopening_told_to_be_before_the_end_adds_no_time():
    book = probe('on_reopen = "stop_while_closed"')
    given = case(book, asked(WITHDRAW, paris("2026-05-26T09:00"), book=book))
    earlier = REOPEN.model_copy(update={"occurred_at": paris("2026-05-26T08:00")})

    assert timeline(given, asked(earlier, paris("2026-05-26T10:00"), book=book)) == [
        "05-26 08:00 house decision 1 resumed, due 06-01"
    ]


def test_new_clock_starts_a_second_one():
    book = probe('on_reopen = "new_clock"')
    given = case(book, asked(WITHDRAW, paris("2026-05-26T09:00"), book=book))

    assert timeline(given, asked(REOPEN, paris("2026-06-15T09:00"), book=book)) == [
        "06-15 09:00 house decision 2 started, due 06-22"
    ]


def test_new_clock_cancels_one_that_runs():
    """A resolved case is reopened while another promise still runs."""
    book = probe('on_reopen = "new_clock"\n[[terms]]\nmilestone = "redress"\nlimit = 30\nunit = "calendar_day"\n'
                 'start = ["received"]\nstop = ["redress_paid"]\non_reopen = "new_clock"')  # fmt: skip
    given = case(book, asked(RESOLVE, paris("2026-05-26T09:00"), book=book))

    assert timeline(given, asked(REOPEN, paris("2026-05-28T09:00"), book=book)) == [
        "05-28 09:00 house decision 2 started, due 06-04",
        "05-28 09:00 house redress 1 cancelled",
        "05-28 09:00 house redress 2 started, due 06-27",
    ]


def test_an_assessment_repeated_after_a_reopening_ends_the_case_again():
    at = paris("2026-05-26T09:00")
    given = a_complaint(asked(INADMISSIBLE, at), asked(REOPEN, at))

    assert given.when(asked(INADMISSIBLE, at))[0] == (
        "DeclaredInadmissible",
        {"reason": "Not a client.", "reason_code": None},
    )


class Probe(Promises):
    """A case that hears words and has no other life."""


def a_probe(book: Rulebook) -> Given[Probe]:
    probe = Probe(an_id())
    probe.pins = bind(book, book.regimes)
    return Given(probe)


def hears(book: Rulebook, *words: tuple[str, str], parts: str = "") -> list[str]:
    """Return how the decision of *book* answers *words*: what it records, with its due date."""
    given = a_probe(book)
    lines: list[str] = []
    for word, at in words:
        for event in given.events(
            lambda p, word=word, at=at: p.hear(
                word, by(paris(at)), book, at=paris(at), parts=frozenset(parts.split())
            )
        ):
            due = getattr(event, "due_date", None)
            lines.append(event.TOPIC.partition(".")[2] + (f" {due:%m-%d}" if due else ""))
    return lines


RECEIPT = ("received", "2026-05-22T18:00")


@pytest.mark.parametrize("word", sorted(ENDS))
def test_each_word_that_ends_a_case_cancels(word: str):
    assert hears(probe(), RECEIPT, (word, "2026-05-26T09:00")) == ["started 06-01", "cancelled"]


@pytest.mark.parametrize(
    ("pause", "resume"),
    [("paused", "resumed"), ("information_requested", "information_supplied")],
)
def test_a_pausable_clock_stands_still(pause: str, resume: str):
    """Still at the end of Tuesday and Wednesday: two business days later."""
    words = (RECEIPT, (pause, "2026-05-26T15:00"), (resume, "2026-05-28T11:00"))

    assert hears(probe("pausable = true"), *words) == ["started 06-01", "paused", "resumed 06-03"]
    assert hears(probe(), *words) == ["started 06-01"]


def test_an_act_during_a_pause_is_in_time():
    """Also after the instant at which the clock would have fallen due, had it run."""
    book = probe("pausable = true")

    assert hears(book, RECEIPT, ("paused", "2026-05-26T15:00"), ("decision_sent", "2026-06-20T09:00")) == [
        "started 06-01",
        "paused",
        "met",
    ]


def test_a_paused_clock_is_not_missed():
    book = probe("pausable = true")

    assert hears(book, RECEIPT, ("paused", "2026-05-26T15:00"), ("noted", "2026-07-01T09:00")) == [
        "started 06-01",
        "paused",
    ]


def test_a_pause_that_lasts_to_the_end_of_the_case_moves_the_due_date_by_no_more():
    """Paused over Tuesday, closed on Wednesday: closed time counts again under resume_original."""
    book = probe("pausable = true")
    words = (
        RECEIPT,
        ("paused", "2026-05-26T15:00"),
        ("closed", "2026-05-27T09:00"),
        ("reopened", "2026-05-29T09:00"),
    )

    assert hears(book, *words) == ["started 06-01", "paused", "cancelled", "resumed 06-02"]


@pytest.mark.parametrize(
    ("parts", "answer"),
    [("", []), ("outcome", []), ("outcome reasons", ["met"]), ("outcome reasons more", ["met"])],
)
def test_a_notice_that_lacks_a_required_part_stops_no_clock(parts: str, answer: list[str]):
    book = probe('required_parts = ["outcome", "reasons"]')

    assert hears(book, RECEIPT, ("decision_sent", "2026-05-26T09:00"), parts=parts) == [
        "started 06-01",
        *answer,
    ]


def test_a_duty_without_a_number_starts_no_clock():
    """And whatever it hears later, there is nothing to keep."""
    book = rules(
        """
regime = "law"
version = "1"
effective_from = 2026-01-01
calendar = "FR"
zone = "Europe/Paris"

[[terms]]
milestone = "acknowledgement"
duty = "without_undue_delay"
start = "received"
stop = ["acknowledged"]
"""
    )

    assert hears(book, RECEIPT, ("acknowledged", "2026-05-26T09:00"), ("closed", "2026-05-27T09:00")) == []


INSTANTS: dict[str, Any] = {
    "sent_at": paris("2026-05-19T18:00"),
    "first_dissatisfaction_at": paris("2026-05-20T18:00"),
    "sent_to_company_at": paris("2026-05-21T18:00"),
}


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ('"sent"', "06-02"),
        ('"first_dissatisfaction"', "06-03"),
        ('"sent_to_company"', "06-04"),
        ('"received"', "06-05"),
        ('"registered"', "06-08"),
        ('["received", "first_dissatisfaction", "registered"]', "06-03"),
        ('["registered", "sent_to_company"]', "06-04"),
        ('["probe", "received"]', "06-05"),
    ],
)
def test_a_promise_starts_with_the_earliest_of_its_words(start: str, due: str):
    """Nine business days from each; Whit Monday does not count."""
    book = probe(limit=9, start=start)
    given = Given(Complaint(an_id()))
    step = received(book=book, recorded_at=paris("2026-05-26T09:00"), **INSTANTS)

    lines = timeline(given, step)

    assert [line[-9:] for line in lines] == [f"due {due}"]


def test_a_binding_pins_the_versions_that_are_current():
    book = probe()

    assert bind(book, book.regimes) == (
        Pin(regime="house", version="1", calendar="FR", calendar_version=book.calendar("FR").version),
    )
