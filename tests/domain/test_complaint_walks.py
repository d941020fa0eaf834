"""Whatever is asked of a complaint in whatever order, its record stays sound."""

from __future__ import annotations

import itertools
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from domain import commands as c
from domain.access import Sensitivity
from domain.calendars import Calendar, Holiday, business_days
from domain.clocks import (
    Clock,
    ClockCancelled,
    ClockEvent,
    ClockExcusalProposed,
    ClockExtended,
    ClockMet,
    ClockMissCorrected,
    ClockMissed,
    ClockMissExcused,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    Status,
    clock_id,
    evolve,
)
from domain.commands import COMMANDS, Command
from domain.complaint import Complaint
from domain.complaint.state import ENDED, UNDECIDED, Stage
from domain.deadlines import explain
from domain.errors import DomainError
from domain.kernel import Event
from domain.policies import Rulebook, parse
from domain.testing import MICA, RECEIVED, a_calendar, an_id, by, received
from tests.golden.lives import (
    A_LAWYER,
    ASKED_THE_TREASURY,
    CARE,
    CONSULTATION,
    GRANTED,
    PATIENT_HOUSE,
    PROPOSED,
)

NEXT_HOUSE = PATIENT_HOUSE.replace("2026-01", "2026-06").replace("limit = 7", "limit = 9")
OTHER_CALENDAR = Calendar.resolved(
    "FR",
    "worked by hand",
    a_calendar().first,
    a_calendar().last,
    [*a_calendar().holidays, Holiday(date=date(2026, 5, 27), name="Day of mourning")],
)
BOTH = Rulebook(
    [parse(text, "walk.toml") for text in (PATIENT_HOUSE, NEXT_HOUSE, MICA)],
    [a_calendar(), OTHER_CALENDAR],
    {"FR": a_calendar().version},
)
"""The house, patient, in two versions; MiCA; and a calendar that is known in two versions."""
CLOCKS = st.sampled_from(
    [
        clock_id(an_id(), regime, milestone, number)
        for regime, milestone, number in (
            ("house", "acknowledgement", 1),
            ("house", "decision", 1),
            ("house", "decision", 1),
            ("house", "progress_update", 1),
            ("house", "progress_update", 2),
            ("mica", "decision", 1),
        )
    ]
)
PARTS = st.sampled_from([(), ("reasons",), ("reasons", "final_date")])
CHOICES: dict[type[Command], st.SearchStrategy[Command]] = {
    c.SetSensitivity: st.builds(
        c.SetSensitivity, sensitivity=st.sampled_from(Sensitivity), reason=st.just("A colleague is named.")
    ),
    c.Triage: st.builds(
        c.Triage,
        category=st.sampled_from(["fees", "other"]),
        severity=st.sampled_from(["low", "high"]),
        admissible=st.sampled_from([True, True, True, False]),
        complex=st.sampled_from([None, True, False]),
        reason=st.just("Because."),
    ),
    c.Acknowledge: st.just(c.Acknowledge()),
    c.HandOver: st.builds(
        c.HandOver, assignee=st.sampled_from([None, "ben"]), reason_code=st.sampled_from(["absent", "other"])
    ),
    c.Assign: st.builds(c.Assign, team=st.sampled_from([None, "payments"]), assignee=st.just("anna")),
    c.Investigate: st.just(c.Investigate()),
    c.RecordStep: st.sampled_from([c.RecordStep(kind="other", summary="Read it."), ASKED_THE_TREASURY]),
    c.RequestInformation: st.just(c.RequestInformation(text="Which address?")),
    c.SupplyInformation: st.builds(c.SupplyInformation, text=st.sampled_from([None, "That one."])),
    c.CompleteInvestigation: st.just(c.CompleteInvestigation()),
    c.SendUpdate: st.builds(
        c.SendUpdate,
        text=st.just("Soon."),
        kind=st.sampled_from(["update", "update", "holding_reply"]),
        parts=PARTS,
    ),
    c.Escalate: st.builds(c.Escalate, reason=st.just("Late."), level=st.sampled_from([1, 2, 3])),
    c.DeEscalate: st.just(c.DeEscalate()),
    c.Resolve: st.one_of(
        st.builds(c.Resolve, outcome=st.sampled_from(["upheld", "rejected"]), reasons=st.just("Because.")),
        st.just(GRANTED),
    ),
    c.Accept: st.just(c.Accept()),
    c.Close: st.just(c.Close()),
    c.Reopen: st.just(c.Reopen(reason="Not so.")),
    c.Withdraw: st.just(c.Withdraw(reason="Found it.")),
    c.Redirect: st.just(c.Redirect(reason="A question.")),
    c.AddRepresentative: st.just(A_LAWYER),
    c.RemoveRepresentative: st.builds(c.RemoveRepresentative, number=st.sampled_from([1, 2])),
    c.FlagVulnerability: st.just(CARE),
    c.LiftVulnerability: st.just(c.LiftVulnerability(reason="Well again.")),
    c.Note: st.just(c.Note(text="Called.")),
    c.PauseClock: st.builds(c.PauseClock, clock=CLOCKS, reason=st.just("Away.")),
    c.ResumeClock: st.builds(c.ResumeClock, clock=CLOCKS),
    c.Retarget: st.builds(
        c.Retarget,
        clock=st.one_of(st.none(), CLOCKS),
        cause=st.just("correction"),
        version=st.sampled_from([None, None, "2026-01", "2026-06"]),
        calendar_version=st.sampled_from([None, a_calendar().version, OTHER_CALENDAR.version]),
        started_at=st.sampled_from([None, None, RECEIVED - timedelta(days=4), RECEIVED]),
    ),
    c.Extend: st.builds(c.Extend, clock=CLOCKS, parts=PARTS),
    c.AnswerConsultation: st.just(c.AnswerConsultation(consultation=CONSULTATION, text="Held.")),
    c.RecordFinding: st.builds(
        c.RecordFinding,
        point=st.sampled_from(["fee", "speed"]),
        finding=st.sampled_from(["substantiated", "inconclusive"]),
        summary=st.just("It was charged twice."),
    ),
    c.ProposeResolution: st.sampled_from([PROPOSED, PROPOSED.model_copy(update={"redress": ()})]),
    c.ApproveResolution: st.just(c.ApproveResolution()),
    c.ReturnResolution: st.just(c.ReturnResolution(reason="The interest is missing.")),
    c.PayRedress: st.builds(c.PayRedress, redress=st.sampled_from([1, 2])),
    c.NamePersonComplainedOf: st.just(c.NamePersonComplainedOf(user="anna")),
    c.ReferExternally: st.just(c.ReferExternally(body="AMF")),
    c.RecordExternalOutcome: st.just(c.RecordExternalOutcome(body="AMF", outcome="firm_upheld")),
    c.Correct: st.sampled_from(
        [
            c.Correct(what="country", value="DE", reason="Misread."),
            c.Correct(what="country", value="FR", reason="Misread."),
            c.Correct(what="received_at", value="2026-05-21T12:00:00Z", reason="The stamp."),
            c.Correct(what="first_dissatisfaction_at", value="2026-05-20T12:00:00Z", reason="A call."),
            c.Correct(what="event", version=5, reason="Of another case."),
        ]
    ),
    c.Rate: st.builds(c.Rate, score=st.sampled_from([1, 5])),
    c.PlaceHold: st.builds(
        c.PlaceHold, kind=st.sampled_from(["legal", "regulator"]), reason=st.just("A claim.")
    ),
    c.LiftHold: st.just(c.LiftHold(reason="Settled.")),
    c.ExcuseMiss: st.builds(
        c.ExcuseMiss, clock=CLOCKS, reason_code=st.sampled_from(["third_party", "system_error"])
    ),
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


ACK, DECISION = (clock_id(an_id(), "house", name, 1) for name in ("acknowledgement", "decision"))
EXCUSE = c.ExcuseMiss(clock=ACK, reason_code="third_party")
HOLDING = c.SendUpdate(text="Soon.", kind="holding_reply", parts=("reasons", "final_date"))
CHANGES: Walk = [
    (c.PauseClock(clock=DECISION, reason="Away."), 20, 0),
    (HOLDING, 1, 0),
    (c.Retarget(cause="calendar", calendar_version=OTHER_CALENDAR.version), 24, 0),
    (c.ResumeClock(clock=DECISION), 24, 3),
    (c.Withdraw(reason="Found it."), 24, 0),
    (c.Reopen(reason="Not so."), 24, 0),
    (SWEEP, 100, 0),
    (EXCUSE, 1, 0),
    (EXCUSE, 1, 0),
    (c.Retarget(clock=DECISION, cause="policy"), 100, 0),
    (SWEEP, 500, 0),
]
"""A life in which everything is done to clocks that can be done to them."""


def walk(steps: Walk, *, country: str = "FR") -> tuple[Complaint, list[Event], datetime]:
    """Let a complaint live *steps*; return it, its events and the instant it has reached."""
    complaint = Complaint(an_id())
    received(book=BOTH, country=country)(complaint)
    events, at = complaint.collect_events(), RECEIVED
    for turn, (command, hours, ago) in enumerate(steps):
        at += HOURS * hours
        before, version = deepcopy(vars(complaint)), complaint.version
        asked: Command = c.NoticeMisses(now=at) if command == SWEEP else command
        if ago and command != SWEEP:
            asked = asked.model_copy(update={"occurred_at": at - HOURS * ago})
        try:
            asked.carry_out(complaint, by(at, f"handler {turn % 2}"), BOTH)
        except DomainError:
            assert (vars(complaint), complaint.version) == (before, version)
        events += complaint.collect_events()
    return complaint, events, at


def test_the_walks_take_every_command():
    assert set(CHOICES) == set(COMMANDS)


def test_a_walk_can_do_everything_to_a_clock():
    """None of it by the way."""
    _, events, _ = walk(CHANGES)

    assert {type(event) for event in events} >= {
        ClockCancelled,
        ClockExcusalProposed,
        ClockExtended,
        ClockMissed,
        ClockMissExcused,
        ClockPaused,
        ClockResumed,
        ClockRetargeted,
    }


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
        stood_still = clock.pauses and clock.pauses[-1].to is None
        if clock.status is Status.MET and not stood_still:
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


@example(CHANGES)
@given(STEPS)
def test_a_due_instant_never_moves_unnoticed(steps: Walk):
    """Each change begins a generation, says what it changed, and forgets the warnings before it."""
    _, events, _ = walk(steps)
    clocks: dict[UUID, Clock] = {}
    for event in events:
        if not isinstance(event, ClockEvent):
            continue
        before, after = clocks.get(event.clock_id), evolve(clocks.get(event.clock_id), event)
        assert after is not None
        clocks[event.clock_id] = after
        if before is None:
            assert after.generation == 1
        elif isinstance(event, ClockExtended | ClockResumed | ClockRetargeted):
            assert (after.generation, after.warned) == (before.generation + 1, ())
        else:
            assert (after.generation, after.due_before) == (before.generation, before.due_before)
        if isinstance(event, ClockExtended | ClockRetargeted):
            assert before is not None
            assert (event.old_due_date, event.old_due_before) == (before.due_date, before.due_before)


@example(CHANGES)
@given(STEPS)
def test_a_pause_never_makes_a_promise_due_earlier(steps: Walk):
    """Nor does an extension."""
    _, events, _ = walk(steps)
    due: dict[UUID, datetime] = {}
    for event in events:
        if isinstance(event, ClockResumed | ClockExtended):
            assert event.due_before >= due[event.clock_id]
        if isinstance(event, ClockStarted | ClockResumed | ClockExtended | ClockRetargeted):
            due[event.clock_id] = event.due_before


@example(CHANGES)
@given(STEPS)
def test_an_explanation_agrees_with_the_clock(steps: Walk):
    """Whatever moved it: the way that is shown ends where the clock falls due."""
    complaint, _, at = walk(steps)

    for clock in complaint.clocks.values():
        regime = BOTH.regime(clock.regime, clock.version)
        days = business_days(BOTH.calendar(clock.calendar, clock.calendar_version), regime.closed_weekdays)
        over = [pause for pause in clock.pauses if pause.to is not None]
        worked = explain(
            clock.counted(regime.term(clock.milestone)),
            regime,
            days,
            clock.started_at,
            day_zero=clock.day_zero,
            pauses=over,
            as_of=at,
        )
        assert (worked.due_date, worked.due_before) == (clock.due_date, clock.due_before)


LIFE: dict[Stage, set[Stage]] = {
    Stage.RECEIVED: {
        Stage.ACKNOWLEDGED, Stage.INVESTIGATING, Stage.RESOLVED,
        Stage.WITHDRAWN, Stage.REDIRECTED, Stage.INADMISSIBLE,
    },
    Stage.ACKNOWLEDGED: {
        Stage.INVESTIGATING, Stage.RESOLVED, Stage.WITHDRAWN, Stage.REDIRECTED, Stage.INADMISSIBLE,
    },
    Stage.INVESTIGATING: {Stage.RESOLVED, Stage.WITHDRAWN, Stage.REDIRECTED, Stage.INADMISSIBLE},
    Stage.RESOLVED: {Stage.CLOSED, Stage.INVESTIGATING, Stage.WITHDRAWN},
    Stage.CLOSED: {Stage.INVESTIGATING},
    Stage.WITHDRAWN: {Stage.INVESTIGATING},
    Stage.REDIRECTED: {Stage.INVESTIGATING},
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
