"""Whatever is asked of a complaint in whatever order, its record stays sound."""

from __future__ import annotations

import itertools
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from domain import commands as c
from domain.clocks import Clock, ClockEvent, ClockMet, ClockMissCorrected, ClockMissed, Status
from domain.commands import COMMANDS, Command
from domain.complaint import Complaint
from domain.complaint.state import ENDED, UNDECIDED, Stage
from domain.errors import DomainError
from domain.kernel import Event
from domain.testing import HOUSE, MICA, RECEIVED, an_id, by, received, rules

BOTH = rules(HOUSE, MICA)
CHOICES: dict[type[Command], st.SearchStrategy[Command]] = {
    c.Triage: st.builds(
        c.Triage,
        category=st.sampled_from(["fees", "other"]),
        severity=st.sampled_from(["low", "high"]),
        admissible=st.sampled_from([True, True, True, False]),
        complex=st.sampled_from([None, True, False]),
        reason=st.just("Because."),
    ),
    c.Acknowledge: st.just(c.Acknowledge()),
    c.Assign: st.builds(c.Assign, team=st.sampled_from([None, "payments"]), assignee=st.just("anna")),
    c.Investigate: st.just(c.Investigate()),
    c.RecordStep: st.just(c.RecordStep(kind="other", summary="Read it.")),
    c.SendUpdate: st.builds(
        c.SendUpdate, text=st.just("Soon."), kind=st.sampled_from(["update", "update", "holding_reply"])
    ),
    c.Escalate: st.builds(c.Escalate, reason=st.just("Late."), level=st.sampled_from([1, 2, 3])),
    c.DeEscalate: st.just(c.DeEscalate()),
    c.Resolve: st.builds(
        c.Resolve, outcome=st.sampled_from(["upheld", "rejected"]), reasons=st.just("Because.")
    ),
    c.Close: st.just(c.Close()),
    c.Reopen: st.just(c.Reopen(reason="Not so.")),
    c.Withdraw: st.just(c.Withdraw(reason="Found it.")),
    c.Note: st.just(c.Note(text="Called.")),
}
SWEEP = "sweep"
HOURS = timedelta(hours=1)
STEPS = st.lists(
    st.tuples(
        st.one_of(st.just(SWEEP), *CHOICES.values()),
        st.sampled_from([0, 1, 20, 24, 100, 500]),
        st.sampled_from([0, 0, 0, 3, 60]),
    ),
    max_size=25,
)
"""What is asked, how many hours after the one before, and how many hours ago it is said to have occurred."""
Walk = list[tuple[Any, int, int]]


def walk(steps: Walk, *, country: str = "FR") -> tuple[Complaint, list[Event], datetime]:
    """Let a complaint live *steps*; return it, its events and the instant it has reached."""
    complaint = Complaint(an_id())
    received(book=BOTH, country=country)(complaint)
    events, at = complaint.collect_events(), RECEIVED
    for command, hours, ago in steps:
        at += HOURS * hours
        before, version = deepcopy(vars(complaint)), complaint.version
        asked: Command = c.NoticeMisses(now=at) if command == SWEEP else command
        if ago and command != SWEEP:
            asked = asked.model_copy(update={"occurred_at": at - HOURS * ago})
        try:
            asked.carry_out(complaint, by(at), BOTH)
        except DomainError:
            assert (vars(complaint), complaint.version) == (before, version)
        events += complaint.collect_events()
    return complaint, events, at


def test_the_walks_take_every_command():
    assert set(CHOICES) == set(COMMANDS)


@given(STEPS)
def test_replay_gives_the_live_state(steps: Walk):
    """At once or from any place in between, with dense versions, and folding changes no event."""
    complaint, events, _ = walk(steps)
    before = deepcopy(events)

    replayed = Complaint.replay(None, events)
    half = Complaint.replay(Complaint.replay(None, events[: len(events) // 2]), events[len(events) // 2 :])

    assert replayed is not None
    assert half is not None
    assert vars(replayed) == vars(half) == vars(complaint)
    assert [event.originator_version for event in events] == [*range(1, len(events) + 1)]
    assert events == before


@given(STEPS)
def test_no_clock_is_both_met_and_missed(steps: Walk):
    """Unless evidence that came late corrected the miss; and no clock is missed or met twice."""
    complaint, events, _ = walk(steps)

    for id, clock in complaint.clocks.items():
        kinds = [type(event) for event in events if isinstance(event, ClockEvent) and event.clock_id == id]
        assert kinds.count(ClockMissed) + kinds.count(ClockMet) <= 1, clock
        assert kinds.count(ClockMissCorrected) <= kinds.count(ClockMissed)
        assert clock.late_evidence is (ClockMissCorrected in kinds)
        assert (clock.status is Status.MISSED) is (ClockMissed in kinds and ClockMissCorrected not in kinds)


@given(STEPS)
def test_a_verdict_follows_from_the_instants(steps: Walk):
    """Met means before the due instant; a miss occurred at the due instant and was noticed no earlier."""
    complaint, events, _ = walk(steps)

    for clock in complaint.clocks.values():
        if clock.status is Status.MET:
            assert clock.stopped_at is not None
            assert clock.stopped_at < clock.due_before
        if clock.status is Status.MISSED and clock.stopped_at is not None:
            assert clock.stopped_at >= clock.due_before
    for event in events:
        if isinstance(event, ClockMissed):
            assert event.occurred_at == event.due_before <= event.noticed_at == event.recorded_at


@given(STEPS)
def test_after_a_sweep_no_running_clock_is_past_due(steps: Walk):
    """And a second sweep has nothing to say."""
    complaint, _, at = walk([*steps, (SWEEP, 1, 0)])

    assert [clock for clock in complaint.clocks.values() if clock.due_at(at)] == []
    complaint.notice_misses(at, by(at), BOTH)
    assert complaint.collect_events() == []


@given(STEPS)
@example(
    [(c.Acknowledge(), 0, 0), (c.Resolve(outcome="upheld", reasons="x"), 0, 0), (c.Reopen(reason="x"), 0, 0)]
)
def test_an_undecided_case_always_waits_for_something(steps: Walk):
    """Of the house, for residents of anywhere."""
    complaint, _, _ = walk(steps, country="US")

    waiting = [clock for clock in complaint.clocks.values() if clock.live or clock.outstanding]
    if complaint.status in UNDECIDED:
        assert waiting
    if complaint.status in ENDED:
        assert [clock for clock in waiting if clock.live] == []


@given(STEPS)
def test_a_promise_has_one_clock_at_a_time(steps: Walk):
    """Numbered 1, 2, 3; only the newest runs."""
    complaint, _, _ = walk(steps)
    by_promise: dict[tuple[str, str], list[Clock]] = {}
    for clock in complaint.clocks.values():
        by_promise.setdefault((clock.regime, clock.milestone), []).append(clock)

    for clocks in by_promise.values():
        assert [clock.number for clock in clocks] == [*range(1, len(clocks) + 1)]
        assert not any(clock.live for clock in clocks[:-1])


LIFE: dict[Stage, set[Stage]] = {
    Stage.RECEIVED: {
        Stage.ACKNOWLEDGED, Stage.INVESTIGATING, Stage.RESOLVED, Stage.WITHDRAWN, Stage.INADMISSIBLE,
    },
    Stage.ACKNOWLEDGED: {Stage.INVESTIGATING, Stage.RESOLVED, Stage.WITHDRAWN, Stage.INADMISSIBLE},
    Stage.INVESTIGATING: {Stage.RESOLVED, Stage.WITHDRAWN, Stage.INADMISSIBLE},
    Stage.RESOLVED: {Stage.CLOSED, Stage.INVESTIGATING, Stage.WITHDRAWN},
    Stage.CLOSED: {Stage.INVESTIGATING},
    Stage.WITHDRAWN: {Stage.INVESTIGATING},
    Stage.INADMISSIBLE: {Stage.INVESTIGATING},
}  # fmt: skip
"""Where a complaint may go from each stage of its life."""


@given(STEPS)
def test_a_complaint_goes_only_where_its_life_leads(steps: Walk):
    _, events, _ = walk(steps)
    complaint = Complaint(an_id())
    seen: list[Stage] = []
    for event in events:
        Complaint.replay(complaint, [event])
        assert complaint.status is not None
        if not seen or seen[-1] is not complaint.status:
            seen.append(complaint.status)

    for earlier, later in itertools.pairwise(seen):
        assert later in LIFE[earlier]
