"""What a proposal would have changed for one case, and how the changes add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import commands as c
from domain.calendars import Calendar, Holiday
from domain.complaint import Complaint
from domain.complaint.register import Source
from domain.kernel import Event
from domain.policies import Regime, Rulebook, parse
from domain.testing import HOUSE, MICA, RECEIVED, a_submission, an_id, asked, by, paris, rules
from domain.what_if import Comparison, Proposal, Story, compare, story
from domain.what_if_tally import MOST, Tally, in_words

BOOK = rules(HOUSE, MICA)
LATER = datetime(2026, 12, 31, tzinfo=UTC)
ONE_DAY_LESS = HOUSE.replace("limit = 2", "limit = 1").replace('"2026-01"', '"proposal"')
Step = Callable[[Complaint], object]


def case(*steps: Step, at: datetime = RECEIVED, book: Rulebook = BOOK, **facts: object) -> list[Event]:
    complaint = Complaint(an_id())
    complaint.receive(a_submission(**facts), by(at), book, received_at=at)
    for step in steps:
        step(complaint)
    return complaint.collect_events()


def told(events: Sequence[Event]) -> Story:
    found = story(events)
    assert found is not None
    return found


def asked_at(text: str, command: c.Command) -> Step:
    return asked(command, paris(text), book=BOOK)


def compared(
    events: Sequence[Event], text: str, *, book: Rulebook = BOOK, as_of: datetime = LATER
) -> Comparison | None:
    return compare(told(events), Proposal(parse(text, "proposal.toml"), book), as_of=as_of)


def moved(found: Comparison | None) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    assert found is not None
    gained, lost = list(found.gained()), list(found.lost())
    return [(each.milestone, each.number) for each in gained], [
        (each.milestone, each.number) for each in lost
    ]


DECIDED = asked_at("2026-05-27T10:00", c.Resolve(outcome="upheld", reasons="as asked"))
LAST_DAY = (asked_at("2026-05-27T09:00", c.Acknowledge()), DECIDED)
FIRST_DAY = (asked_at("2026-05-26T09:00", c.Acknowledge()), DECIDED)


def test_a_policy_compared_with_itself_changes_nothing():
    for events in (case(), case(*LAST_DAY), case(*FIRST_DAY)):
        assert moved(compared(events, HOUSE)) == ([], [])


def test_a_shorter_limit_gains_what_was_kept_on_the_last_day():
    assert moved(compared(case(*LAST_DAY), ONE_DAY_LESS)) == ([("acknowledgement", 1)], [])
    assert moved(compared(case(*FIRST_DAY), ONE_DAY_LESS)) == ([], [])


def test_a_longer_limit_loses_what_was_missed_by_a_day():
    late = case(asked_at("2026-05-28T09:00", c.Acknowledge()), DECIDED_ON_FRIDAY)

    found = compared(late, HOUSE.replace("limit = 2", "limit = 3"))

    assert moved(found) == ([], [("acknowledgement", 1)])
    assert found is not None
    (lost,) = found.lost()
    assert lost.before is not None
    assert lost.after is not None
    assert (lost.before.due_date, lost.before.status) == (date(2026, 5, 27), "missed")
    assert (lost.after.due_date, lost.after.status) == (date(2026, 5, 28), "met")
    assert (lost.team, lost.month) == ("complaints", "2026-05")


DECIDED_ON_FRIDAY = asked_at("2026-05-29T10:00", c.Resolve(outcome="upheld", reasons="as asked"))


def test_what_has_not_ended_is_judged_as_of_the_instant():
    events, due = case(), paris("2026-05-27T00:00")

    assert moved(compared(events, ONE_DAY_LESS, as_of=due - timedelta(microseconds=1))) == ([], [])
    assert moved(compared(events, ONE_DAY_LESS, as_of=due)) == ([("acknowledgement", 1)], [])


def test_a_calendar_without_the_holiday_gains_a_breach():
    (days,) = BOOK.calendars
    open_monday = [each for each in days.holidays if each.date != date(2026, 5, 25)]
    calendar = Calendar.resolved("FR", "proposed", days.first, days.last, open_monday)
    house = BOOK.regime("house")

    found = compare(told(case(*LAST_DAY)), Proposal(house, BOOK, calendar), as_of=LATER)

    assert moved(found) == ([("acknowledgement", 1)], [])


def test_a_new_policy_leaves_a_case_on_the_calendar_that_it_is_pinned_to():
    (days,) = BOOK.calendars
    more = [*days.holidays, Holiday(date=date(2026, 5, 26), name="closed")]
    newer = Rulebook(BOOK.regimes, [days, Calendar.resolved("FR", "newer", days.first, days.last, more)])

    assert moved(compared(case(*LAST_DAY), ONE_DAY_LESS, book=newer)) == ([("acknowledgement", 1)], [])


def test_more_updates_are_promised_where_the_interval_is_shorter():
    found = compared(case(), HOUSE.replace("limit = 5", "limit = 2"), as_of=paris("2026-06-12T12:00"))

    assert moved(found) == ([("progress_update", 2), ("progress_update", 3)], [])


def test_a_case_that_the_proposal_does_not_bind_loses_its_breaches():
    narrower = HOUSE.replace("[[terms]]", '[applies]\ncountry = ["IE"]\n\n[[terms]]', 1)
    found = compared(case(DECIDED), narrower)

    assert moved(found) == ([], [("acknowledgement", 1)])


def test_a_new_regime_binds_the_cases_that_it_applies_to():
    new = MICA.replace('"mica"', '"other"').replace("2025-03-05", "2030-01-01").replace("month", "week")

    assert moved(compared(case(), new)) == ([("decision", 1)], [])
    assert compared(case(country="US"), new) is None


def test_an_imported_case_is_bound_by_what_its_import_named():
    source = Source(system="register", id="1")
    without = case(source=source, book=Rulebook())

    assert compared(without, ONE_DAY_LESS) is None
    assert compared(case(source=source, country="US"), HOUSE) is not None


def test_questions_to_the_complainant_are_heard_by_the_proposal():
    from domain.clocks import ClockPaused, ClockResumed, clock_id

    ack = clock_id(an_id(), "house", "acknowledgement", 1)
    house = BOOK.regime("house")
    pausable = Regime.model_validate(
        house.model_dump() | {"terms": [term.model_dump() | {"pausable": True} for term in house.terms]}
    )
    book = Rulebook([pausable], BOOK.calendars)

    def by_hand(complaint: Complaint) -> None:
        at, on = paris("2026-05-26T10:00"), paris("2026-05-27T10:00")
        complaint.record(ClockPaused, by(at), clock_id=ack)
        due: dict[str, Any] = {"due_date": date(2026, 5, 28), "due_before": paris("2026-05-29T00:00")}
        complaint.record(ClockResumed, by(on), clock_id=ack, pauses=[{"from": at, "to": on}], **due)

    events = case(by_hand, asked(c.Acknowledge(), paris("2026-05-28T09:00"), book=book), book=book)

    assert [word.type for word in told(events).words if word.type in {"paused", "resumed"}] == [
        "paused",
        "resumed",
    ]
    found = compare(told(events), Proposal(pausable, book), as_of=paris("2026-05-28T10:00"))
    assert moved(found) == ([], [])
    unpausable = compare(told(events), Proposal(house, book), as_of=paris("2026-05-28T10:00"))
    assert moved(unpausable) == ([("acknowledgement", 1)], [])


def test_the_history_of_something_else_is_no_story():
    assert story([]) is None


@settings(max_examples=30)
@given(
    minutes=st.lists(st.integers(1, 30_000), min_size=1, max_size=12),
    limit=st.integers(1, 12),
)
def test_breaches_after_are_those_before_less_lost_and_gained(minutes: list[int], limit: int):
    proposal = Proposal(parse(HOUSE.replace("limit = 2", f"limit = {limit}"), "p.toml"), BOOK)
    tally = Tally()
    for late in minutes:
        at = RECEIVED + timedelta(minutes=late)
        tally.add(compare(told(case(asked(c.Acknowledge(), at, book=BOOK))), proposal, as_of=LATER))

    found = tally.result(proposal, date(2026, 5, 1), date(2026, 5, 31), LATER)

    groups = (found.by_milestone, found.by_team, found.by_month)
    for counted in (found.breaches, *(each for group in groups for each in group)):
        assert counted.after == counted.before - counted.lost + counted.gained
    for group in groups:
        for side in ("before", "after", "gained", "lost"):
            assert sum(getattr(each, side) for each in group) == getattr(found.breaches, side)
    assert (found.cases, found.judged, found.unjudged) == (len(minutes), len(minutes), 0)
    assert found.gained.count == found.breaches.gained


def test_a_list_names_the_first_and_counts_the_rest():
    tally, proposal = Tally(), Proposal(parse(ONE_DAY_LESS, "p.toml"), BOOK)
    found = compared(case(*LAST_DAY), ONE_DAY_LESS)
    for _ in range(MOST + 5):
        tally.add(found)
    tally.add(None)
    tally.give_up("The calendar ends.")

    result = tally.result(proposal, date(2026, 5, 1), date(2026, 5, 31), LATER)

    assert (result.gained.count, result.gained.cases, len(result.gained.items)) == (MOST + 5, MOST + 5, MOST)
    assert (result.cases, result.judged, result.unjudged) == (MOST + 7, MOST + 5, 1)
    text = in_words(result)
    assert "house@proposal on the calendar FR, instead of house@2026-01" in text
    assert "  and 5 more" in text
    assert "1 not judged (The calendar ends.)" in text
    assert "met, due 2026-05-27 → missed, due 2026-05-26" in text
