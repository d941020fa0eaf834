"""What a case file keeps of findings, redress, other bodies and corrections."""

from __future__ import annotations

from typing import Any

from domain import commands as c
from domain.complaint import Complaint
from domain.kernel import Event
from domain.testing import an_id, asked, paris, received
from domain.timers import changes
from projections import case_life
from projections.case_life import LIFE_EVENTS, CaseLife
from projections.queue import QUEUE, QueueRow
from projections.search import passages
from tests.golden.lives import ASKED_THE_TREASURY, CONSULTATION, FOUND, GRANTED, PROPOSED

TUESDAY = paris("2026-05-26T10:00")
AT = "2026-05-26T08:00:00Z"
DUE = paris("2026-05-29T18:00")
HANDLED = {"at": AT, "by": "handler"}


def events(*commands: c.Command, actor: str = "handler") -> list[Event]:
    complaint = Complaint(an_id())
    received()(complaint)
    for each in commands:
        asked(each, TUESDAY, actor="ben" if isinstance(each, JUDGED) else actor)(complaint)
    return complaint.collect_events()


JUDGED = (c.ApproveResolution, c.ReturnResolution)


def life_of(*commands: c.Command) -> CaseLife:
    life = CaseLife()
    for event in events(*commands):
        if isinstance(event, LIFE_EVENTS):
            life = case_life.evolve(life, event)
    return life


def facts(life: CaseLife) -> dict[str, Any]:
    return {name: value for name, value in life.model_dump().items() if value}


def test_a_step_has_the_answer_of_the_department_that_was_asked():
    answer = c.AnswerConsultation(consultation=CONSULTATION, text="It was held.")

    assert facts(life_of(c.Investigate(), ASKED_THE_TREASURY, answer)) == {
        "steps": (
            {
                "kind": "department_consulted",
                "summary": "Asked the treasury.",
                "department": "treasury",
                "consultation": str(CONSULTATION),
                "answer": "It was held.",
                "answered_at": AT,
            }
            | HANDLED,
        )
    }


def test_a_point_has_its_latest_finding():
    later = FOUND.model_copy(update={"finding": "inconclusive"})

    assert facts(life_of(c.Investigate(), FOUND, later)) == {
        "findings": (
            {"point": "fee", "finding": "inconclusive", "summary": "It was charged twice."} | HANDLED,
        )
    }


def test_a_proposal_says_who_judged_it_and_is_gone_once_it_is_sent():
    returned = life_of(PROPOSED, c.ReturnResolution(reason="The interest is missing.")).proposal or {}
    approved = life_of(PROPOSED, c.ApproveResolution()).proposal or {}

    assert {name: returned[name] for name in ("state", "judged_by", "returned_because")} == {
        "state": "returned",
        "judged_by": "ben",
        "returned_because": "The interest is missing.",
    }
    assert (approved["state"], approved["judged_by"]) == ("approved", "ben")
    assert life_of(PROPOSED, c.ApproveResolution(), GRANTED).proposal is None


def test_redress_says_when_it_was_paid():
    paid = c.PayRedress(redress=1, reference="SEPA 4711")

    assert facts(life_of(GRANTED, paid)) == {
        "redress": (
            {
                "kind": "money",
                "head": "principal",
                "amount": "12.50",
                "currency": "EUR",
                "number": 1,
                "descriptions": {"1": "The second fee."},
                "paid_at": AT,
                "reference": "SEPA 4711",
            },
        )
    }


def test_the_outcome_stands_with_the_last_referral_to_its_body():
    refer = c.ReferExternally(body="AMF")
    outcome = c.RecordExternalOutcome(body="AMF", outcome="firm_upheld")

    assert facts(life_of(refer, outcome, c.ReferExternally(body="FOS"), refer)) == {
        "referrals": (
            {"body": "AMF", "outcome": "firm_upheld", "outcome_at": AT} | HANDLED,
            {"body": "FOS"} | HANDLED,
            {"body": "AMF"} | HANDLED,
        )
    }


def test_a_hold_is_there_until_it_is_lifted_and_a_rating_until_the_case_is_reopened():
    hold = c.PlaceHold(kind="legal", reason="A claim.")
    ended = (c.Withdraw(reason="Found it."), c.Rate(score=4))

    assert [each["kind"] for each in life_of(hold).holds] == ["legal"]
    assert life_of(hold, c.LiftHold(reason="Settled.")).holds == ()
    assert facts(life_of(*ended)) == {"rating": {"score": 4} | HANDLED}
    assert life_of(*ended, c.Reopen(reason="Late.")).rating is None


def queued(*commands: c.Command) -> QueueRow:
    row = None
    for number, event in enumerate(events(*commands), 1):
        row = QUEUE.evolve(row, event, number)
    assert row is not None
    return row


def correct(what: str, value: str) -> c.Correct:
    return c.Correct.model_validate({"what": what, "value": value, "reason": "Misread."})


def test_a_corrected_case_is_listed_by_what_is_true():
    row = queued(
        correct("category", "fees"),
        correct("channel", "phone"),
        correct("received_at", "2026-05-21T16:00:00Z"),
    )

    assert (row.category, row.channel, row.received_at) == ("fees", "phone", paris("2026-05-21T18:00"))


def test_a_corrected_name_is_found_and_so_is_the_one_before():
    found = [
        tuple(passage)
        for event in events(correct("full_name", "Someone Else"))
        for passage in passages(event)
        if passage.field == "full_name"
    ]

    assert found == [("full_name", "Someone Somewhere"), ("full_name", "Someone Else")]


def test_a_consultation_is_a_timer_until_it_is_answered():
    name = f"consultation/{CONSULTATION}"
    consulted = ASKED_THE_TREASURY.model_copy(update={"due_at": DUE})
    answer = c.AnswerConsultation(consultation=CONSULTATION, text="It was held.")

    told = [changes(each) for each in events(c.Investigate(), consulted, answer)]

    assert [each for each in told if each] == [{name: DUE}, {name: None}]
