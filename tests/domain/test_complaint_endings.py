"""Every command has its endings: recorded, refused, ignored.  Losing the race needs a store and is told there."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from domain import commands as c
from domain import errors
from domain.access import Sensitivity
from domain.clocks import clock_id
from domain.commands import COMMANDS, Command
from domain.complaint import Complaint
from domain.ids import derived
from domain.testing import (
    RECEIVED,
    RULES,
    Given,
    a_complaint,
    a_submission,
    an_id,
    asked,
    by,
    paris,
    received,
)
from tests.domain import life_endings
from tests.golden.lives import A_LAWYER, CARE, EXAMPLES, LATER, RESOLVED, TUESDAY, Example

ACKNOWLEDGEMENT, DECISION, PROGRESS = (
    {"clock_id": clock_id(an_id(), "house", milestone, 1)}
    for milestone in ("acknowledgement", "decision", "progress_update")
)
RECORDED: dict[type[Command], list[tuple[str, dict[str, Any]]]] = {
    c.Triage: [
        (
            "Triaged",
            {
                "category": "fees",
                "severity": "high",
                "admissible": True,
                "reason": None,
                "reason_code": None,
                "in_scope_regimes": None,
                "scope_reason": None,
            },
        )
    ],
    c.Acknowledge: [("Acknowledged", {"parts": ()}), ("ClockMet", ACKNOWLEDGEMENT)],
    c.Assign: [
        (
            "Assigned",
            {
                "team": "payments",
                "assignee": "anna",
                "reason_code": None,
                "reason": None,
                "conflict_overridden": None,
                "override_reason": None,
            },
        )
    ],
    c.HandOver: [
        (
            "Assigned",
            {
                "team": "payments",
                "assignee": "anna",
                "reason_code": "expertise",
                "reason": "She knows the bank.",
                "conflict_overridden": None,
                "override_reason": None,
            },
        )
    ],
    c.Investigate: [("InvestigationStarted", {})],
    c.RecordStep: [
        (
            "StepRecorded",
            {
                "kind": "department_consulted",
                "summary": "Asked the treasury.",
                "department": "treasury",
                "consultation": life_endings.CONSULTATION,
                "due_at": None,
            },
        )
    ],
    c.RequestInformation: [("InformationRequested", {"text": "Which address did you use?"})],
    c.SupplyInformation: [("InformationSupplied", {"text": None})],
    c.CompleteInvestigation: [("InvestigationCompleted", {})],
    c.SendUpdate: [("UpdateSent", {"text": "We have found the transaction.", "parts": ()})],
    c.Escalate: [("Escalated", {"reason": "Third complaint this year.", "level": 2})],
    c.DeEscalate: [("DeEscalated", {})],
    c.Resolve: [
        (
            "DecisionSent",
            {"outcome": "upheld", "reasons": "The network fee was charged twice."}
            | life_endings.EMPTY
            | life_endings.SENT,
        ),
        ("ClockMet", DECISION),
    ],
    c.Accept: [("Accepted", {})],
    c.Close: [("Closed", {}), ("ClockCancelled", ACKNOWLEDGEMENT | {"cause": "closed", "to": None})],
    c.Reopen: [
        ("Reopened", {"reason": "The refund has not arrived."}),
        (
            "ClockResumed",
            ACKNOWLEDGEMENT
            | {
                "due_date": date(2026, 5, 27),
                "due_before": datetime(2026, 5, 27, 22, tzinfo=UTC),
                "pauses": (),
                "warnings": (),
            },
        ),
        (
            "ClockStarted",
            PROGRESS
            | {
                "regime": "house",
                "version": "2026-01",
                "calendar": "FR",
                "calendar_version": RULES.calendar("FR").version,
                "milestone": "progress_update",
                "number": 1,
                "legal": False,
                "window": None,
                "day_zero": None,
                "due_date": date(2026, 6, 2),
                "due_before": datetime(2026, 6, 2, 22, tzinfo=UTC),
                "warnings": (),
            },
        ),
    ],
    c.Withdraw: [
        ("Withdrawn", {"reason": "Found it."}),
        ("ClockCancelled", ACKNOWLEDGEMENT | {"cause": "withdrawn", "to": None}),
        ("ClockCancelled", DECISION | {"cause": "withdrawn", "to": None}),
    ],
    c.Redirect: [
        (
            "Redirected",
            {
                "reason": "A question about the tariff.",
                "ticket": derived(an_id(), "redirected 1"),
                "form": None,
            },
        ),
        ("ClockCancelled", ACKNOWLEDGEMENT | {"cause": "redirected", "to": None}),
        ("ClockCancelled", DECISION | {"cause": "redirected", "to": None}),
    ],
    c.SetSensitivity: [
        ("ComplaintSensitivityChanged", {"sensitivity": "restricted", "reason": "A colleague is named."})
    ],
    c.AddRepresentative: [
        (
            "Represented",
            {
                "number": 1,
                "representative": {
                    "name": "A. Lawyer",
                    "registration_number": None,
                    "lei": None,
                    "address": None,
                    "telephone": None,
                    "email": None,
                    "contact": None,
                    "power_of_attorney": "Deed of 2 May 2026",
                },
                "paid": True,
                "taken_from": None,
            },
        )
    ],
    c.RemoveRepresentative: [
        ("RepresentationEnded", {"number": 1, "reason": "The mandate has ended."}),
    ],
    c.FlagVulnerability: [
        (
            "VulnerabilityFlagged",
            {
                "how_known": "The complainant said so on the telephone.",
                "driver": "health",
                "about_failure": False,
            },
        )
    ],
    c.LiftVulnerability: [("VulnerabilityLifted", {"reason": "The operation went well."})],
    c.Note: [("Noted", {"text": "Called; no answer.", "visibility": "internal"})],
    c.PauseClock: [("ClockPaused", DECISION | {"reason": "Travelling."})],
    c.ResumeClock: [
        (
            "ClockResumed",
            DECISION
            | {
                "due_date": date(2026, 6, 3),
                "due_before": datetime(2026, 6, 3, 22, tzinfo=UTC),
                "pauses": ({"from_": TUESDAY, "to": LATER, "always": False},),
                "warnings": (),
            },
        )
    ],
    c.Retarget: [
        (
            "ClockRetargeted",
            ACKNOWLEDGEMENT
            | {
                "cause": "start_corrected",
                "reason": None,
                "version": "2026-01",
                "calendar": "FR",
                "calendar_version": RULES.calendar("FR").version,
                "started_at": paris("2026-05-21T18:00"),
                "day_zero": None,
                "old_due_date": date(2026, 5, 27),
                "old_due_before": datetime(2026, 5, 27, 22, tzinfo=UTC),
                "due_date": date(2026, 5, 26),
                "due_before": datetime(2026, 5, 26, 22, tzinfo=UTC),
                "warnings": (),
            },
        )
    ],
    c.Extend: [
        (
            "ClockExtended",
            DECISION
            | {
                "by": "holding_reply_sent",
                "parts": ("final_date", "reasons"),
                "old_due_date": date(2026, 6, 3),
                "old_due_before": datetime(2026, 6, 3, 22, tzinfo=UTC),
                "due_date": date(2026, 6, 15),
                "due_before": datetime(2026, 6, 15, 22, tzinfo=UTC),
                "warnings": (),
            },
        )
    ],
    c.ExcuseMiss: [
        (
            "ClockExcusalProposed",
            ACKNOWLEDGEMENT | {"reason_code": "third_party", "reason": "The post was on strike."},
        )
    ],
    **life_endings.RECORDED,
}

NO_CLOCK, ACK = an_id(), ACKNOWLEDGEMENT["clock_id"]
ASK, REDIRECT = c.RequestInformation(text="Which address?"), c.Redirect(reason="A question.")
WITHDRAW = c.Withdraw(reason="Found it.")
WAY_BACK = c.Reopen(reason="No answer.")
INADMISSIBLE = c.Triage(category="other", severity="low", admissible=False, reason="Not a client.")
STEP = EXAMPLES[c.RecordStep].command
REFUSED: list[tuple[Command, tuple[Command, ...], type[errors.DomainError]]] = [
    (EXAMPLES[c.Triage].command, (RESOLVED,), errors.AlreadyDecided),
    (EXAMPLES[c.Triage].command, (WITHDRAW,), errors.CaseEnded),
    (c.Triage(category="fees", severity="low", admissible=False), (), errors.ReasonMissing),
    (
        c.Triage(category="fees", severity="low", admissible=True, reason_code="abusive"),
        (),
        errors.ReasonCodeUnfit,
    ),
    (
        c.Triage(category="fees", severity="low", admissible=True, in_scope_regimes=("house", "moon")),
        (),
        errors.UnknownScope,
    ),
    (A_LAWYER.model_copy(update={"occurred_at": paris("2026-05-22T17:59")}), (), errors.BeforeReceipt),
    (c.RemoveRepresentative(number=1), (), errors.NotRepresented),
    (c.RemoveRepresentative(number=2), (A_LAWYER,), errors.NotRepresented),
    (CARE.model_copy(update={"occurred_at": paris("2026-05-27T00:00")}), (), errors.InTheFuture),
    (
        c.LiftVulnerability(reason="Well again.", occurred_at=paris("2026-05-27T00:00")),
        (CARE,),
        errors.InTheFuture,
    ),
    (c.Acknowledge(), (WITHDRAW,), errors.CaseEnded),
    (c.Acknowledge(sent_at=paris("2026-05-26T15:00:00.000001")), (), errors.InTheFuture),
    (c.Acknowledge(sent_at=paris("2026-05-22T17:59")), (), errors.BeforeReceipt),
    (c.Assign(), (), errors.NothingToAssign),
    (c.Assign(team="payments"), (RESOLVED, c.Close()), errors.CaseEnded),
    (c.HandOver(team="payments", reason_code="workload"), (RESOLVED, c.Close()), errors.CaseEnded),
    (c.HandOver(assignee="anna", reason_code="other"), (), errors.ReasonMissing),
    (c.Investigate(), (RESOLVED,), errors.AlreadyDecided),
    (STEP, (), errors.InvestigationNotStarted),
    (STEP, (c.Investigate(), RESOLVED), errors.AlreadyDecided),
    (c.SendUpdate(text="Soon."), (RESOLVED,), errors.AlreadyDecided),
    (c.SendUpdate(text="Soon.", kind="delay_notice"), (WITHDRAW,), errors.CaseEnded),
    (ASK, (RESOLVED,), errors.AlreadyDecided),
    (ASK, (WITHDRAW,), errors.CaseEnded),
    (c.SupplyInformation(text="Here."), (WITHDRAW,), errors.CaseEnded),
    (c.CompleteInvestigation(), (), errors.InvestigationNotStarted),
    (c.CompleteInvestigation(), (c.Investigate(), RESOLVED), errors.AlreadyDecided),
    (c.Accept(), (WITHDRAW,), errors.CaseEnded),
    (REDIRECT, (RESOLVED,), errors.AlreadyDecided),
    (REDIRECT, (WITHDRAW,), errors.CaseEnded),
    (c.Acknowledge(), (REDIRECT,), errors.CaseEnded),
    (c.PauseClock(clock=NO_CLOCK, reason="Away."), (), errors.UnknownClock),
    (c.PauseClock(clock=ACK, reason="Away."), (), errors.NotPausable),
    (c.ResumeClock(clock=NO_CLOCK), (), errors.UnknownClock),
    (c.ResumeClock(clock=ACK), (), errors.NotPausable),
    (c.Retarget(clock=NO_CLOCK, cause="calendar"), (), errors.UnknownClock),
    (c.Retarget(clock=ACK, cause="calendar"), (c.Acknowledge(),), errors.ClockNotLive),
    (c.Retarget(clock=ACK, cause="calendar"), (WITHDRAW,), errors.ClockNotLive),
    (c.Retarget(cause="start", started_at=TUESDAY), (), errors.ClockUnnamed),
    (
        c.Retarget(clock=ACK, cause="start", started_at=paris("2026-05-26T15:01")),
        (),
        errors.StartInTheFuture,
    ),
    (c.Extend(clock=NO_CLOCK), (), errors.UnknownClock),
    (c.Extend(clock=ACK), (), errors.NotExtendable),
    (c.ExcuseMiss(clock=NO_CLOCK, reason_code="third_party"), (), errors.UnknownClock),
    (c.ExcuseMiss(clock=ACK, reason_code="third_party"), (), errors.NotMissed),
    (c.ExcuseMiss(clock=ACK, reason_code="third_party"), (c.Acknowledge(),), errors.NotMissed),
    (c.Escalate(reason="Late."), (WITHDRAW,), errors.CaseEnded),
    (c.DeEscalate(), (c.Escalate(reason="Late."), WITHDRAW), errors.CaseEnded),
    (c.Resolve(outcome="rejected", reasons="No."), (RESOLVED,), errors.AlreadyDecided),
    (RESOLVED, (WITHDRAW,), errors.CaseEnded),
    (RESOLVED, (RESOLVED, c.Close()), errors.CaseEnded),
    (c.Close(), (), errors.DecisionNotSent),
    (c.Close(), (WITHDRAW,), errors.CaseEnded),
    (c.Withdraw(reason="Found it."), (RESOLVED, c.Close()), errors.CaseEnded),
    (c.Withdraw(reason="Found it."), (INADMISSIBLE,), errors.CaseEnded),
    (c.Reopen(reason="Late.", occurred_at=paris("2026-05-22T17:59")), (WITHDRAW,), errors.BeforeReceipt),
    (c.Note(text="Told later.", occurred_at=paris("2026-05-27T00:00")), (), errors.InTheFuture),
    *life_endings.REFUSED,
]
IGNORED: list[tuple[Command, tuple[Command, ...]]] = [
    (EXAMPLES[c.Triage].command, (EXAMPLES[c.Triage].command,)),
    (EXAMPLES[c.Triage].command, (EXAMPLES[c.Triage].command, RESOLVED)),
    (INADMISSIBLE, (INADMISSIBLE,)),
    (c.Acknowledge(), (c.Acknowledge(),)),
    (c.Acknowledge(), (c.Acknowledge(), WITHDRAW)),
    (c.Assign(team="complaints"), ()),
    (c.HandOver(reason_code="workload"), ()),
    (c.HandOver(assignee="anna", reason_code="absent"), (c.Assign(assignee="anna"),)),
    (c.Assign(team="payments", assignee="anna"), (c.Assign(team="payments", assignee="anna"),)),
    (c.Investigate(), (c.Investigate(),)),
    (c.Investigate(), (RESOLVED, WAY_BACK)),
    (STEP.model_copy(update={"occurred_at": TUESDAY}), (c.Investigate(), STEP)),
    (c.SendUpdate(text="Soon.", occurred_at=TUESDAY), (c.SendUpdate(text="Soon."),)),
    (c.Escalate(reason="Late."), (c.Escalate(reason="Later.", level=2),)),
    (c.Escalate(reason="Late.", level=2), (c.Escalate(reason="Late.", level=2), WITHDRAW)),
    (c.DeEscalate(), ()),
    (c.DeEscalate(), (WITHDRAW,)),
    (RESOLVED, (RESOLVED,)),
    (c.Close(), (RESOLVED, c.Close())),
    (c.Reopen(reason="Late."), ()),
    (c.Withdraw(reason="Again."), (WITHDRAW,)),
    (c.Note(text="Called.", occurred_at=TUESDAY), (c.Note(text="Called."),)),
    (ASK.model_copy(update={"occurred_at": TUESDAY}), (ASK,)),
    (c.SupplyInformation(), ()),
    (c.SupplyInformation(), (ASK, c.SupplyInformation())),
    (c.SupplyInformation(), (ASK, WITHDRAW, WAY_BACK)),
    (c.SupplyInformation(text="Here.", occurred_at=TUESDAY), (c.SupplyInformation(text="Here."),)),
    (c.CompleteInvestigation(), (c.Investigate(), c.CompleteInvestigation())),
    (c.CompleteInvestigation(), (c.Investigate(), c.CompleteInvestigation(), RESOLVED)),
    (c.Accept(), (c.Accept(),)),
    (c.Accept(), (RESOLVED, c.Accept(), c.Close())),
    (c.Redirect(reason="Again."), (REDIRECT,)),
    (A_LAWYER, (A_LAWYER,)),
    (c.RemoveRepresentative(number=1), (A_LAWYER, c.RemoveRepresentative(number=1))),
    (CARE, (CARE,)),
    (CARE, (CARE, WITHDRAW)),
    (c.LiftVulnerability(reason="Well again."), ()),
    (c.LiftVulnerability(reason="Well again."), (CARE, c.LiftVulnerability(reason="Well."))),
    (c.Retarget(cause="calendar"), ()),
    (c.Retarget(cause="calendar"), (WITHDRAW,)),
    (c.Retarget(clock=ACK, cause="start", started_at=RECEIVED), ()),
    (c.NoticeMisses(now=LATER), ()),
    (c.SetSensitivity(sensitivity=Sensitivity.NORMAL, reason="As it is."), ()),
    *life_endings.IGNORED,
]


def after(*history: Command) -> Given[Complaint]:
    """Return the complaint of Friday evening after *history* on Tuesday morning."""
    return a_complaint(*(asked(each, TUESDAY) for each in history))


def lived(example: Example, *more: Callable[[Complaint], object]) -> Given[Complaint]:
    """Return the complaint of *example* before its command, and after *more*."""
    return Given(Complaint(an_id()), *example.before(an_id()), *more)


def test_every_command_that_is_offered_has_every_ending():
    assert set(EXAMPLES) == set(COMMANDS)
    assert set(RECORDED) == set(COMMANDS)
    kept_in_every_state = {c.SetSensitivity}
    assert {type(command) for command, _, _ in REFUSED} == set(COMMANDS) - kept_in_every_state
    with_other_rules = {c.PauseClock, c.ResumeClock, c.Extend, c.ExcuseMiss}
    with_other_people = {c.ApproveResolution, c.ReturnResolution}
    assert {type(command) for command, _ in IGNORED} == (
        {*COMMANDS, c.NoticeMisses} - with_other_rules - with_other_people
    )


@pytest.mark.parametrize("kind", RECORDED, ids=lambda kind: kind.NAME)
def test_a_command_is_recorded(kind: type[Command]):
    """With everything that it says, and what the clocks answer."""
    example = EXAMPLES[kind]

    assert lived(example).when(example.asks()) == RECORDED[kind]


@pytest.mark.parametrize("kind", RECORDED, ids=lambda kind: kind.NAME)
def test_a_recorded_event_says_who_when_and_in_what_order(kind: type[Command]):
    example = EXAMPLES[kind]
    given = lived(example)
    version = given.aggregate.version

    events = given.events(example.asks(actor="anna"))

    assert [event.originator_version for event in events] == [*range(version + 1, version + 1 + len(events))]
    assert {
        (e.originator_id, e.recorded_at, e.occurred_at, e.occurred_at_known, e.actor) for e in events
    } == {(an_id(), example.at, example.at, True, "anna")}


@pytest.mark.parametrize(
    ("command", "history", "error"),
    REFUSED,
    ids=[f"{row[0].NAME}-{number}" for number, row in enumerate(REFUSED)],
)
def test_a_command_is_refused(
    command: Command, history: tuple[Command, ...], error: type[errors.DomainError]
):
    """By the name of the rule that it breaks, and nothing has changed."""
    given = after(*history)
    before = deepcopy(vars(given.aggregate))

    with pytest.raises(error) as refused:
        given.when(asked(command, LATER))

    assert type(refused.value) is error
    assert refused.value.remedy == error.__doc__
    assert vars(given.aggregate) == before


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.NAME)
def test_a_complaint_that_was_never_received_refuses_every_command_that_would_change_it(
    kind: type[Command],
):
    given = Given(Complaint(an_id()))

    if kind is c.DeEscalate:
        assert given.when(asked(c.DeEscalate(), LATER)) == []
        return
    with pytest.raises(errors.NotReceived):
        given.when(asked(EXAMPLES[kind].command, LATER))
    assert given.aggregate.version == 0


@pytest.mark.parametrize(
    ("command", "history"), IGNORED, ids=[f"{row[0].NAME}-{number}" for number, row in enumerate(IGNORED)]
)
def test_a_command_is_ignored(command: Command, history: tuple[Command, ...]):
    """What is so already is no news."""
    given = after(*history)
    before = deepcopy(vars(given.aggregate))

    assert given.when(asked(command, LATER)) == []
    assert vars(given.aggregate) == before


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.NAME)
def test_a_command_that_was_recorded_may_be_sent_again(kind: type[Command]):
    """A client that heard no answer repeats itself; that is never an error."""
    example = EXAMPLES[kind]
    given = lived(example, example.asks())

    again = given.when(example.asks())

    tellings = {
        c.RecordStep: "StepRecorded",
        c.RequestInformation: "InformationRequested",
        c.SendUpdate: "UpdateSent",
        c.Note: "Noted",
    }
    assert [name for name, _ in again] == ([tellings[kind]] if kind in tellings else [])


def test_a_receipt_is_recorded_with_its_clocks():
    pins = (("house", "2026-01", "FR", RULES.calendar("FR").version),)
    given = Given(Complaint(an_id()))

    events = given.events(received(recorded_at=RECEIVED))

    names = [type(event).__name__ for event in events]
    assert names == ["Received", "ClockStarted", "ClockStarted"]
    facts = events[0].model_dump(exclude_defaults=True, exclude={"originator_id", "originator_version"})
    assert facts == {
        "recorded_at": RECEIVED,
        "occurred_at": RECEIVED,
        "actor": "complainant",
        "correlation_id": UUID(int=1),
        "form_version": "1",
        "privacy_notice": "1",
        "channel": "web",
        "language": "en",
        "team": "complaints",
        "legal_entity": "main",
        "service": "crypto_assets",
        "category": "withdrawal",
        "account_email": "someone@example.org",
        "account_id": "AA12 N84G ABCD EFGH",
        "full_name": "Someone Somewhere",
        "country": "FR",
        "details": "The withdrawal has not arrived.",
        "registered_at": RECEIVED,
        "pins": tuple(
            {"regime": regime, "version": version, "calendar": calendar, "calendar_version": content}
            for regime, version, calendar, content in pins
        ),
    }


def test_a_receipt_of_what_was_received_is_refused():
    given = a_complaint()

    with pytest.raises(errors.AlreadyReceived):
        given.when(received())


def test_a_receipt_in_the_future_is_refused():
    with pytest.raises(errors.InTheFuture):
        received(paris("2026-05-22T18:01"), recorded_at=RECEIVED)(Complaint(an_id()))


@pytest.mark.parametrize("word", ["sent_at", "first_dissatisfaction_at", "sent_to_company_at"])
def test_no_instant_of_a_receipt_lies_in_the_future(word: str):
    """Otherwise a form could make a promise count as missed before it fell due."""
    future = {word: paris("2030-01-01T00:00")}
    complaint = Complaint(an_id())

    with pytest.raises(errors.InTheFuture):
        complaint.receive(a_submission(**future), by(RECEIVED), RULES)
    assert complaint.version == 0
