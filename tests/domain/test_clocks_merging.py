"""Two complaints become one: of each pair of promises the earliest is left, and each keeps its acknowledgement."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain import commands as c
from domain.clocks import ClockCancelled, Status
from domain.commands import Command
from domain.complaint import Complaint
from domain.testing import (
    HOUSE,
    MICA,
    Given,
    an_id,
    asked,
    by,
    paris,
    received,
    rules,
    timeline,
)

BOOK = rules(HOUSE, MICA)
MERGED = paris("2026-04-10T12:00")


def case(name: str, at: str, *days: tuple[str, Command], country: str = "US") -> Given[Complaint]:
    """Return the complaint *name* received *at*, after commands at instants in Paris."""
    steps = (asked(command, paris(f"2026-{day}"), book=BOOK) for day, command in days)
    complaint = Complaint(an_id(name))
    return Given(complaint, received(paris(f"2026-{at}"), book=BOOK, country=country), *steps)


def merge(
    one: Given[Complaint], other: Given[Complaint], *, at: datetime = MERGED
) -> tuple[list[str], list[str]]:
    """Let each yield to the other; return what the clocks of each record."""
    first = timeline(one, lambda case: case.yield_to(other.aggregate, by(at), BOOK, at=at))
    second = timeline(other, lambda case: case.yield_to(one.aggregate, by(at), BOOK, at=at))
    return first, second


def standing(given: Given[Complaint]) -> dict[str, tuple[date, Status]]:
    return {clock.milestone: (clock.due_date, clock.status) for clock in given.aggregate.clocks.values()}


def two() -> tuple[Given[Complaint], Given[Complaint]]:
    """Return complaints of Friday 3 April at 14:00 and of Wednesday 8 April at 09:00."""
    return case("a", "04-03T14:00", ("04-08T17:00", c.Acknowledge())), case("b", "04-08T09:00")


def test_before_the_merge_each_has_promises_of_its_own():
    """Easter Monday, 6 April, does not count."""
    one, other = two()

    assert standing(one) == {
        "acknowledgement": (date(2026, 4, 8), Status.MET),
        "decision": (date(2026, 4, 15), Status.RUNNING),
    }
    assert standing(other) == {
        "acknowledgement": (date(2026, 4, 10), Status.RUNNING),
        "decision": (date(2026, 4, 17), Status.RUNNING),
    }


def test_the_later_decision_falls_away_and_both_acknowledgements_stay():
    """The decision is due on Wednesday 15 April, as the earlier complaint was promised."""
    one, other = two()

    assert merge(one, other) == ([], ["04-10 12:00 house decision 1 cancelled"])
    assert standing(one)["decision"] == (date(2026, 4, 15), Status.RUNNING)
    assert standing(other) == {
        "acknowledgement": (date(2026, 4, 10), Status.RUNNING),
        "decision": (date(2026, 4, 17), Status.CANCELLED),
    }
    live = [clock for given in (one, other) for clock in given.aggregate.clocks.values() if clock.live]
    decisions = [clock.due_before for clock in live if clock.milestone == "decision"]
    assert decisions == [paris("2026-04-16T00:00")]


def test_it_does_not_matter_which_case_is_merged_into_which():
    one, other = two()

    assert merge(other, one) == (["04-10 12:00 house decision 1 cancelled"], [])


def test_the_cause_is_on_record():
    one, other = two()

    (event,) = other.events(lambda case: case.yield_to(one.aggregate, by(MERGED, "anna"), BOOK, at=MERGED))

    decision = next(clock for clock in other.aggregate.clocks.values() if clock.milestone == "decision")
    assert event == ClockCancelled.model_validate(
        by(MERGED, "anna").model_dump()
        | {
            "originator_id": an_id("b"),
            "originator_version": 4,
            "occurred_at": MERGED,
            "clock_id": decision.id,
            "cause": "merged",
            "to": an_id("a"),
        }
    )


def test_a_merge_repeated_cancels_nothing_more():
    one, other = two()
    merge(one, other)

    assert merge(one, other) == ([], [])


def test_promises_of_one_case_alone_stay():
    """A regime that binds only the later complaint has no pair to yield to."""
    one, other = case("a", "04-03T14:00"), case("b", "04-08T09:00", country="FR")

    _, cancelled = merge(one, other, at=paris("2026-04-08T10:00"))

    assert cancelled == ["04-08 10:00 house decision 1 cancelled"]
    assert [c.regime for c in other.aggregate.clocks.values() if c.live] == ["house", "mica"]


def test_of_two_that_are_due_at_once_the_one_that_started_first_is_left():
    """Or, of two that started at once, that of the older case: never both, never none."""
    one, other = case("a", "04-03T14:00"), case("b", "04-03T15:00")
    assert merge(one, other, at=paris("2026-04-07T09:00")) == ([], ["04-07 09:00 house decision 1 cancelled"])

    same = case("a", "04-03T14:00"), case("b", "04-03T14:00")
    assert [len(lines) for lines in merge(*same, at=paris("2026-04-07T09:00"))] in ([0, 1], [1, 0])


@pytest.mark.parametrize("late", ["04-16T09:00", "04-17T23:59"])
def test_a_promise_that_is_broken_and_still_awaited_counts_as_the_earliest(late: str):
    """Its miss stays; the later promise would only forgive it."""
    one, other = two()

    first, second = merge(one, other, at=paris(f"2026-{late}"))

    assert first[:2] == [
        "04-16 00:00 house decision 1 missed",
        "04-16 00:00 house progress_update 1 started, due 04-22",
    ]
    assert second[-1].endswith("house decision 1 cancelled")


def test_a_promise_that_was_kept_makes_nobody_yield():
    one = case("a", "04-03T14:00", ("04-09T09:00", c.Resolve(outcome="upheld", reasons="Yes.")))
    other = case("b", "04-08T09:00")

    assert merge(one, other) == ([], [])
