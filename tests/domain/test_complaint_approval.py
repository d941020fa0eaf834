"""A decision that the policy gives to two people: proposed, approved or returned, and sent as approved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from domain import commands as c
from domain import errors
from domain.commands import Command
from domain.complaint import Complaint
from domain.complaint.redress import RedressWish
from domain.four_eyes import people_of, same_hand
from domain.testing import HOUSE, Given, a_complaint, a_submission, an_id, asked, by, paris, rules
from tests.domain.life_endings import BITCOIN, IN_KIND
from tests.golden.lives import MONEY

BY_TWO = rules(
    HOUSE.replace(
        "[[terms]]",
        """[approval]
outcomes = ["goodwill"]
severities = ["critical"]

[approval.amounts]
EUR = "100.00"
GBP = "80"

[[terms]]""",
        1,
    )
)
TUESDAY = paris("2026-05-26T10:00")
HUNDRED = RedressWish(kind="money", amount="100.00", currency="EUR")
CENT = RedressWish(kind="money", amount="0.01", currency="EUR", head="interest")
DOLLAR = RedressWish(kind="money", amount="1", currency="USD")
TRIAGED = c.Triage(category="fees", severity="critical", admissible=True)


LOW = c.Triage(category="fees", severity="low", admissible=True)


def proposed(*redress: RedressWish, outcome: str = "upheld") -> Command:
    return c.ProposeResolution.model_validate(
        {"outcome": outcome, "reasons": "The fee was charged twice.", "redress": redress}
    )


def sent(*redress: RedressWish, outcome: str = "upheld", **more: Any) -> c.Resolve:
    return c.Resolve.model_validate(
        {"outcome": outcome, "reasons": "The fee was charged twice.", "redress": redress} | more
    )


def step(command: Command, actor: str, at: datetime = TUESDAY) -> Callable[[Complaint], None]:
    return asked(command, at, book=BY_TWO, actor=actor)


def given(*steps: Callable[[Complaint], None]) -> Given[Complaint]:
    return a_complaint(*steps, book=BY_TWO)


@pytest.mark.parametrize(
    ("decision", "history"),
    [
        (sent(HUNDRED, CENT), ()),
        (sent(BITCOIN), ()),
        (sent(DOLLAR), ()),
        (sent(IN_KIND), ()),
        (sent(outcome="goodwill"), ()),
        (sent(), (step(TRIAGED, "anna"),)),
        (sent(), (step(TRIAGED, "anna"), step(LOW, "anna"))),
    ],
    ids=[
        "too much",
        "a coin, said to be worth little",
        "no amount for the currency",
        "not valued",
        "outcome",
        "severity",
        "severity that was lowered since",
    ],
)
def test_a_decision_beyond_what_one_person_decides_needs_approval(
    decision: Command, history: tuple[Callable[[Complaint], None], ...]
):
    """Sums of one currency count together; what cannot be compared has to be approved.

    Who decides also triages and says what a coin is worth: neither spares them the approval.
    """
    with pytest.raises(errors.ApprovalMissing):
        given(*history).when(step(decision, "anna"))


@pytest.mark.parametrize(
    "decision",
    [sent(HUNDRED), sent(MONEY, CENT), sent(outcome="rejected")],
    ids=["at the limit", "within it", "nothing"],
)
def test_a_decision_within_what_one_person_decides_needs_none(decision: Command):
    assert next(name for name, _ in given().when(step(decision, "anna"))) == "DecisionSent"


def test_a_severity_lowered_before_the_complaint_was_taken_up_again_counts_no_more():
    approved = (step(proposed(), "anna"), step(c.ApproveResolution(), "ben"), step(sent(), "anna"))
    case = given(step(TRIAGED, "anna"), step(LOW, "anna"), *approved)
    case.when(step(c.Reopen(reason="New evidence."), "anna"))

    assert next(name for name, _ in case.when(step(sent(), "carl"))) == "DecisionSent"


def test_an_imported_decision_needs_no_approval():
    """It was made elsewhere, and is only recorded."""
    complaint = Complaint(an_id())
    source = {"system": "register", "id": "7"}
    complaint.receive(a_submission(source=source), by(TUESDAY), BY_TWO, received_at=TUESDAY)

    step(sent(outcome="goodwill"), "import")(complaint)

    assert complaint.decision == ("goodwill", "The fee was charged twice.")


def test_what_was_approved_is_sent_and_says_who_proposed_and_approved_it():
    """What the command leaves out is as it was approved."""
    case = given(step(proposed(HUNDRED, DOLLAR), "anna"), step(c.ApproveResolution(), "ben"))

    decision = c.Resolve(outcome="upheld", reasons="The fee was charged twice.")
    (_, facts), *_ = case.when(step(decision, "anna"))

    assert [each["number"] for each in facts["redress"]] == [1, 2]  # type: ignore[attr-defined]
    assert (facts["proposed_by"], facts["approved_by"]) == ("anna", "ben")


@pytest.mark.parametrize(
    "decision",
    [sent(HUNDRED), sent(HUNDRED, DOLLAR, outcome="settled"), sent(HUNDRED, DOLLAR, points=["fee"])],
)
def test_another_answer_than_was_approved_is_refused(decision: Command):
    case = given(step(proposed(HUNDRED, DOLLAR), "anna"), step(c.ApproveResolution(), "ben"))

    with pytest.raises(errors.ApprovedOtherwise):
        case.when(step(decision, "anna"))


def test_a_proposal_that_waits_is_no_approval():
    with pytest.raises(errors.ApprovalMissing):
        given(step(proposed(DOLLAR), "anna")).when(step(sent(DOLLAR), "ben"))


def test_another_proposal_takes_the_approval_away():
    case = given(
        step(proposed(DOLLAR), "anna"),
        step(c.ApproveResolution(), "ben"),
        step(proposed(DOLLAR, HUNDRED), "anna"),
    )

    with pytest.raises(errors.ApprovalMissing):
        case.when(step(sent(DOLLAR), "anna"))


def test_a_returned_proposal_is_no_more_and_returning_it_again_is_no_news():
    returned = c.ReturnResolution(reason="Too much.")
    case = given(step(proposed(DOLLAR), "anna"), step(returned, "ben"))

    assert case.when(step(returned, "ben")) == []
    with pytest.raises(errors.NothingProposed):
        case.when(step(c.ApproveResolution(), "ben"))


def test_approving_twice_is_no_news():
    case = given(step(proposed(DOLLAR), "anna"), step(c.ApproveResolution(), "ben"))

    assert case.when(step(c.ApproveResolution(), "carol")) == []


@pytest.mark.parametrize(
    ("proposer", "approver"),
    [
        ("anna", "anna"),
        ("anna", "ben by anna"),
        ("anna by ben", "ben"),
        ("anna by admin", "ben by admin"),
    ],
)
@pytest.mark.parametrize("judgement", [c.ApproveResolution(), c.ReturnResolution(reason="No.")])
def test_nobody_judges_their_own_proposal_whoever_they_act_as(
    proposer: str, approver: str, judgement: Command
):
    case = given(step(proposed(DOLLAR), proposer))

    with pytest.raises(errors.ProposedByYourself):
        case.when(step(judgement, approver))


def test_two_acts_are_of_one_hand_when_one_person_stands_behind_both():
    assert people_of("user:anna by user:admin") == {"user:anna", "user:admin"}
    assert same_hand("user:anna by user:admin", "user:admin")
    assert not same_hand("user:anna", "user:ann")


REOPENED = (step(sent(), "anna"), step(c.Reopen(reason="New evidence."), "carol"))


def test_who_decided_before_does_not_decide_alone_again():
    with pytest.raises(errors.DecidedBefore):
        given(*REOPENED).when(step(sent(outcome="rejected"), "anna"))


def test_who_decided_before_decides_with_somebody_new():
    """Who may propose or approve."""
    case = given(*REOPENED, step(proposed(), "anna"), step(c.ApproveResolution(), "ben"))

    assert case.when(step(sent(), "anna"))[0][0] == "DecisionSent"


def test_two_who_decided_before_do_not_decide_together_again():
    case = given(
        step(proposed(), "anna"),
        step(c.ApproveResolution(), "ben"),
        step(sent(), "anna"),
        step(c.Reopen(reason="New evidence."), "carol"),
        step(proposed(outcome="rejected"), "anna"),
        step(c.ApproveResolution(), "ben"),
    )

    with pytest.raises(errors.DecidedBefore):
        case.when(step(sent(outcome="rejected"), "ben"))


def test_somebody_new_decides_alone():
    assert given(*REOPENED).when(step(sent(), "ben"))[0][0] == "DecisionSent"


def test_the_redress_of_a_second_decision_goes_on_counting():
    case = given(step(sent(MONEY), "anna"), step(c.Reopen(reason="New evidence."), "carol"))

    (_, facts), *_ = case.when(step(sent(CENT), "ben"))

    assert [each["number"] for each in facts["redress"]] == [2]  # type: ignore[attr-defined]
    assert case.aggregate.owed == {1, 2}
