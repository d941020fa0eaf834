"""A case that goes on in another is corrected: its promises are kept, where they are, by what is true."""

from __future__ import annotations

from typing import Any

import pytest

from domain import commands as c
from domain.clocks import Status
from domain.commands import Command
from domain.complaint import Complaint
from domain.linking.merging import merge, unmerge
from domain.linking.safeguards import carry_on
from domain.testing import HOUSE, MICA, Given, an_id, asked, by, paris, received, rules, timeline
from tests.domain.test_safeguards import Others

SENDING = """
[[terms]]
milestone = "answer_to_sending"
limit = 10
unit = "business_day"
start = "sent"
stop = ["decision_sent"]
"""
BOOK = rules(HOUSE + SENDING, MICA)
MERGED, LATER, PARTED = (paris(f"2026-05-26T{hour}:00") for hour in (10, 11, 12))
ACKNOWLEDGED = ("05-25T10:00", c.Acknowledge())
Standing = dict[str, tuple[str, str]]


def case(name: str, at: str, *days: tuple[str, Command], **facts: Any) -> Complaint:
    complaint = Complaint(an_id(name))
    facts.setdefault("country", "FR")
    received(paris(f"2026-{at}"), book=BOOK, **facts)(complaint)
    for day, command in days:
        asked(command, paris(f"2026-{day}"), book=BOOK)(complaint)
    return complaint


def correct(what: str, value: str) -> c.Correct:
    return c.Correct.model_validate({"what": what, "value": value, "reason": "The post stamp."})


def in_error(of: Complaint, word: str) -> c.Correct:
    version = next(fact.version for fact in of.facts if fact.word == word)
    return c.Correct(what="event", version=version, reason="Wrong case.")


def awaited(of: Complaint) -> Standing:
    """Return what is still to be kept: of each promise the last day, and where it stands."""
    kept = [each for each in of.clocks.values() if each.live or each.outstanding]
    return {f"{each.regime} {each.milestone}": (f"{each.due_date:%m-%d}", each.status) for each in kept}


def two(at: str, *days: tuple[str, Command], **facts: Any) -> tuple[Complaint, Complaint]:
    """Return the case that is corrected, and the one that it goes on in."""
    return case("a", at, *days, **facts), case("b", "05-23T19:00")


CORRECTIONS: list[tuple[str, dict[str, Any], c.Correct]] = [
    ("05-22T18:00", {}, correct("received_at", "2026-05-21T10:00:00Z")),
    ("05-25T18:00", {}, correct("received_at", "2026-05-21T10:00:00Z")),
    ("05-22T18:00", {}, correct("sent_at", "2026-05-20T10:00:00Z")),
    ("05-22T18:00", {"country": "US"}, correct("country", "FR")),
]


@pytest.mark.parametrize(("at", "facts", "correction"), CORRECTIONS)
def test_a_correction_after_a_merge_leaves_what_one_before_it_would_have(
    at: str, facts: dict[str, Any], correction: c.Correct
):
    """The case itself has its acknowledgement and nothing else to keep; the survivor keeps the rest."""
    (away, survivor), (early, other) = two(at, **facts), two(at, **facts)
    asked(correction, paris("2026-05-26T09:00"), book=BOOK)(early)
    merge(early, other, by(MERGED), BOOK)

    merge(away, survivor, by(MERGED), BOOK)
    carry_on(correction, away, Others(survivor), by(LATER), BOOK)

    assert (awaited(away), awaited(survivor)) == (awaited(early), awaited(other))
    assert set(awaited(away)) == {"house acknowledgement"}


@pytest.mark.parametrize(("at", "facts", "correction"), CORRECTIONS)
def test_cases_that_part_after_a_correction_owe_what_they_would_have_owed_alone(
    at: str, facts: dict[str, Any], correction: c.Correct
):
    (away, survivor), (alone, other) = two(at, **facts), two(at, **facts)
    asked(correction, LATER, book=BOOK)(alone)
    merge(away, survivor, by(MERGED), BOOK)
    carry_on(correction, away, Others(survivor), by(LATER), BOOK)

    unmerge(away, survivor, (), by(PARTED), BOOK)

    assert (awaited(away), awaited(survivor)) == (awaited(alone), awaited(other))


def test_a_promise_that_turns_out_later_is_kept_no_later_than_that_of_the_survivor_itself():
    away, survivor = two("05-22T18:00")
    merge(away, survivor, by(MERGED), BOOK)
    before = awaited(survivor)

    carry_on(correct("received_at", "2026-05-25T20:00:00Z"), away, Others(survivor), by(LATER), BOOK)

    assert awaited(survivor) == before


def test_an_answered_survivor_promises_nothing_anew_until_the_cases_part():
    away, survivor = two("05-22T18:00")
    merge(away, survivor, by(MERGED), BOOK)
    asked(c.Resolve(outcome="upheld", reasons="Yes."), MERGED, book=BOOK)(survivor)
    carry_on(correct("sent_at", "2026-05-20T10:00:00Z"), away, Others(survivor), by(LATER), BOOK)

    assert "house answer_to_sending" not in awaited(away) | awaited(survivor)
    unmerge(away, survivor, (), by(PARTED), BOOK)
    assert awaited(away)["house answer_to_sending"] == ("06-04", Status.RUNNING)


def test_an_acknowledgement_in_error_is_owed_again_while_the_case_is_merged():
    """Its own letter answers nobody else's."""
    away, survivor = two("05-22T18:00", ACKNOWLEDGED)
    merge(away, survivor, by(MERGED), BOOK)

    carry_on(in_error(away, "acknowledged"), away, Others(survivor), by(LATER), BOOK)

    assert awaited(away) == {"house acknowledgement": ("05-27", Status.RUNNING)}


def test_what_an_act_in_error_met_besides_runs_again_when_the_cases_part():
    book = rules(HOUSE, MICA.replace('"decision_sent"', '"acknowledged"'))
    cases = [Complaint(an_id(name)) for name in "ab"]
    for each in cases:
        received(paris("2026-05-22T18:00"), book=book)(each)
    away, survivor = cases
    asked(c.Acknowledge(), paris("2026-05-25T10:00"), book=book)(away)
    merge(away, survivor, by(MERGED), book)
    carry_on(in_error(away, "acknowledged"), away, Others(survivor), by(LATER), book)
    assert set(awaited(away)) == {"house acknowledgement"}

    unmerge(away, survivor, (), by(PARTED), book)

    assert awaited(away)["mica decision"] == ("07-22", Status.RUNNING)


def test_a_promise_that_an_act_in_error_stopped_too_late_waits_for_it_again():
    """It stays missed; the true act stops it."""
    late = Given(case("a", "05-22T18:00", ("05-29T10:00", c.Acknowledge())))
    wrong = in_error(late.aggregate, "acknowledged")

    assert timeline(late, asked(wrong, paris("2026-06-01T10:00"), book=BOOK)) == [
        "06-01 10:00 house acknowledgement 1 resumed, due 05-27",
        "05-28 00:00 house acknowledgement 1 missed",
    ]
    assert timeline(late, asked(c.Acknowledge(), paris("2026-06-01T11:00"), book=BOOK)) == [
        "06-01 11:00 house acknowledgement 1 stopped_late"
    ]


@pytest.mark.parametrize(
    ("reopened", "ending"), [("05-26", "05-26 10:00 {} cancelled"), ("05-29", "05-28 00:00 {} missed")]
)
def test_a_promise_that_an_act_in_error_met_before_a_newer_one_ends_where_that_begins(
    reopened: str, ending: str
):
    """Missed if it fell due before; and the newer one goes on."""
    book = rules(
        HOUSE.replace(
            'milestone = "acknowledgement"', 'milestone = "acknowledgement"\non_reopen = "new_clock"'
        )
    )
    given = Given(Complaint(an_id()), received(book=book))
    for at, command in (
        ("2026-05-25T10:00", c.Acknowledge()),
        ("2026-05-25T11:00", c.Withdraw(reason="Found it.")),
        (f"2026-{reopened}T10:00", c.Reopen(reason="Not so.")),
    ):
        asked(command, paris(at), book=book)(given.aggregate)
    given.aggregate.collect_events()
    wrong = in_error(given.aggregate, "acknowledged")

    told = timeline(given, asked(wrong, paris(f"2026-{reopened}T11:00"), book=book))

    assert told == [
        f"{reopened} 11:00 house acknowledgement 1 resumed, due 05-27",
        ending.format("house acknowledgement 1"),
    ]
    assert awaited(given.aggregate)["house acknowledgement"][1] in (Status.RUNNING, Status.MISSED)
