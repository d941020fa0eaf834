"""What the API offers: names, bodies, and what is refused before a case is asked."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from domain import commands as c
from domain.clocks import ExcuseCode
from domain.commands import COMMANDS, Command
from domain.complaint.codes import CATEGORIES, Level, Outcome, Severity, StepKind, Visibility
from domain.testing import RULES, a_complaint, an_id, by, paris
from tests.golden.lives import EXAMPLES

NAMES = [
    "triage",
    "acknowledge",
    "assign",
    "hand-over",
    "investigate",
    "record-step",
    "request-information",
    "supply-information",
    "send-update",
    "complete-investigation",
    "escalate",
    "de-escalate",
    "resolve",
    "accept",
    "close",
    "reopen",
    "withdraw",
    "redirect",
    "note",
    "pause-clock",
    "resume-clock",
    "retarget",
    "extend",
    "excuse-miss",
    "set-sensitivity",
    "add-representative",
    "remove-representative",
    "flag-vulnerability",
    "lift-vulnerability",
    "answer-consultation",
    "record-finding",
    "propose-resolution",
    "approve-resolution",
    "return-resolution",
    "pay-redress",
    "name-person-complained-of",
    "refer-externally",
    "record-external-outcome",
    "correct",
    "rate",
    "place-hold",
    "lift-hold",
]


def test_every_command_has_its_path():
    assert [command.NAME for command in COMMANDS] == NAMES


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.NAME)
def test_a_command_comes_as_json(kind: type[Command]):
    command = EXAMPLES[kind].command

    assert kind.model_validate_json(command.model_dump_json()) == command


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.NAME)
def test_an_unknown_field_is_refused(kind: type[Command]):
    with pytest.raises(ValidationError, match="Extra inputs"):
        kind.model_validate(EXAMPLES[kind].command.model_dump() | {"surprise": 1})


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.NAME)
def test_when_it_occurred_is_an_instant_with_an_offset(kind: type[Command]):
    facts = EXAMPLES[kind].command.model_dump(mode="json")

    with pytest.raises(ValidationError, match="timezone"):
        kind.model_validate(facts | {"occurred_at": "2026-05-26T15:00:00"})
    told = kind.model_validate(facts | {"occurred_at": "2026-05-26T15:00:00+02:00"})
    assert told.occurred_at == paris("2026-05-26T15:00")


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (c.SendUpdate, {"text": "   "}),
        (c.SendUpdate, {"text": "x" * 50_001}),
        (c.SendUpdate, {"text": "Soon.", "kind": "postcard"}),
        (c.Escalate, {"reason": "Late.", "level": 0}),
        (c.Escalate, {"reason": "Late.", "level": 4}),
        (c.Resolve, {"outcome": "maybe", "reasons": "Because."}),
        (c.Resolve, {"outcome": "upheld", "reasons": ""}),
        (c.Triage, {"category": "fees", "severity": "urgent", "admissible": True}),
        (c.Triage, {"category": "", "severity": "low", "admissible": True}),
        (c.RecordStep, {"kind": "guess", "summary": "Hm."}),
        (c.Reopen, {}),
        (c.Withdraw, {"reason": ""}),
        (c.Note, {"text": "Called.", "visibility": "public"}),
        (c.Assign, {"team": "a\nb"}),
        (c.SendUpdate, {"text": "Soon.", "parts": "reasons"}),
        (c.Acknowledge, {"parts": ["x"] * 51}),
        (c.Resolve, {"outcome": "upheld", "reasons": "Because.", "parts": [""]}),
        (c.RequestInformation, {}),
        (c.SupplyInformation, {"text": ""}),
        (c.Redirect, {}),
        (c.AddRepresentative, {"name": "A. Lawyer"}),
        (c.AddRepresentative, {"name": "A. Lawyer", "power_of_attorney": "7", "lei": "529900T8BM49AURSDO56"}),
        (c.RemoveRepresentative, {"number": 0}),
        (c.FlagVulnerability, {"driver": "health"}),
        (c.FlagVulnerability, {"how_known": "Said so.", "driver": "age"}),
        (c.LiftVulnerability, {"reason": ""}),
        (c.Triage, {"category": "fees", "severity": "low", "admissible": False, "reason_code": "bored"}),
        (c.PauseClock, {"clock": str(an_id())}),
        (c.PauseClock, {"clock": "decision", "reason": "Travelling."}),
        (c.ResumeClock, {}),
        (c.Retarget, {}),
        (c.Retarget, {"cause": "start_corrected", "started_at": "2026-05-26"}),
        (c.Extend, {"parts": []}),
        (c.ExcuseMiss, {"clock": str(an_id()), "reason_code": "bad_luck"}),
        (c.NoticeMisses, {"now": "2026-05-26T15:00:00"}),
        (c.RecordFinding, {"point": "The fee of Ms X", "finding": "inconclusive", "summary": "Hm."}),
        (c.RecordFinding, {"point": "fee", "finding": "true", "summary": "Hm."}),
        (c.PayRedress, {"redress": 0}),
        (c.Rate, {"score": 0}),
        (c.Rate, {"score": 6}),
        (c.PlaceHold, {"kind": "moral", "reason": "Because."}),
        (c.Correct, {"what": "decision", "value": "upheld", "reason": "Wrong."}),
        (c.Correct, {"what": "country", "reason": "Wrong."}),
        (c.Correct, {"what": "country", "value": "Utopia", "reason": "Wrong."}),
        (c.Correct, {"what": "received_at", "value": "2026-05-26", "reason": "Wrong."}),
        (c.Correct, {"what": "account_email", "value": "nobody", "reason": "Wrong."}),
        (c.Correct, {"what": "event", "reason": "Wrong."}),
        (c.Correct, {"what": "event", "version": 3, "value": "x", "reason": "Wrong."}),
        (c.Correct, {"what": "country", "value": "FR", "version": 3, "reason": "Wrong."}),
    ],
)
def test_a_body_that_does_not_fit_is_refused(kind: type[Command], facts: dict[str, object]):
    with pytest.raises(ValidationError):
        kind.model_validate(facts)


def test_the_codes_are_those_of_the_interface():
    assert get_args(Severity) == ("low", "normal", "high", "critical")
    assert get_args(Outcome) == ("upheld", "partly_upheld", "rejected", "goodwill", "settled", "no_decision")
    assert get_args(Visibility) == ("internal", "customer")
    assert get_args(StepKind)[-1] == "other"
    assert get_args(Level)[0] is int
    assert get_args(ExcuseCode) == ("complainant_delay", "third_party", "force_majeure", "system_error")
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 16


def test_a_command_says_how_it_is_carried_out():
    with pytest.raises(NotImplementedError):
        Command().carry_out(a_complaint().aggregate, by(paris("2026-05-26T15:00")), RULES)


def test_sent_at_is_the_instant_of_the_letter():
    """And comes before occurred_at where both are given."""
    sent, occurred = paris("2026-05-26T09:00"), paris("2026-05-26T10:00")
    later = by(paris("2026-05-26T15:00"))
    for command in (
        c.Acknowledge(sent_at=sent, occurred_at=occurred),
        c.Resolve(outcome="upheld", reasons="Because.", sent_at=sent, occurred_at=occurred),
    ):
        events = a_complaint().events(lambda case, command=command: command.carry_out(case, later, RULES))
        assert {(event.originator_id, event.occurred_at) for event in events} == {(an_id(), sent)}
