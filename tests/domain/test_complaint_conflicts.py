"""A complaint is not given to whom it concerns, unless somebody answers for it."""

from __future__ import annotations

import pytest

from domain import commands as c
from domain import errors
from domain.testing import RULES, a_complaint, asked, by, paris
from tests.golden.lives import RESOLVED

TUESDAY, LATER = paris("2026-05-26T10:00"), paris("2026-05-26T15:00")
NAMED = c.NamePersonComplainedOf(user="user:ben")


def test_the_person_complained_of_does_not_get_the_case():
    """And is not told why: the refusal names the remedy alone."""
    with pytest.raises(errors.ConflictOfInterest) as refused:
        a_complaint(asked(NAMED, TUESDAY)).when(asked(c.Assign(assignee="user:ben"), LATER))

    assert "complained" not in refused.value.remedy


def test_who_decided_before_does_not_get_the_reopened_case():
    decided = asked(RESOLVED, TUESDAY, actor="user:ben by user:admin")
    case = a_complaint(decided, asked(c.Reopen(reason="New evidence."), LATER))

    for each in ("user:ben", "user:admin"):
        with pytest.raises(errors.ConflictOfInterest):
            case.when(asked(c.Assign(assignee=each), LATER))
    assert case.when(asked(c.Assign(assignee="user:anna"), LATER))


def test_an_override_is_recorded_with_its_reason():
    override = c.Assign(assignee="user:ben", override_reason="Nobody else reads the language.")

    assert a_complaint(asked(NAMED, TUESDAY)).when(asked(override, LATER)) == [
        (
            "Assigned",
            {
                "team": "complaints",
                "assignee": "user:ben",
                "reason_code": None,
                "reason": None,
                "conflict_overridden": True,
                "override_reason": "Nobody else reads the language.",
            },
        )
    ]


def test_a_reason_where_there_is_no_conflict_is_not_kept():
    override = c.Assign(assignee="user:anna", override_reason="Just in case.")

    ((_, facts),) = a_complaint().when(asked(override, LATER))

    assert (facts["conflict_overridden"], facts["override_reason"]) == (None, None)


def test_a_case_whose_holder_turns_out_to_be_complained_of_goes_back_to_the_queue():
    case = a_complaint(asked(c.Assign(assignee="user:ben"), TUESDAY))

    assert case.when(asked(NAMED, LATER)) == [
        ("PersonComplainedOfNamed", {"user": "user:ben"}),
        (
            "Assigned",
            {
                "team": "complaints",
                "assignee": None,
                "reason_code": "conflict",
                "reason": None,
                "conflict_overridden": None,
                "override_reason": None,
            },
        ),
    ]


def test_a_case_is_not_handed_over_to_whom_it_concerns():
    """It goes to the queue instead."""
    case = a_complaint(asked(NAMED, TUESDAY), asked(c.Assign(assignee="user:anna"), TUESDAY))

    case.aggregate.hand_over("user:anna", "user:ben", by(LATER), RULES, reason_code="left")

    assert case.aggregate.assignee is None


def test_another_case_is_not_touched():
    """Who is complained of on one case may have every other."""
    a_complaint(asked(NAMED, TUESDAY))

    assert a_complaint().when(asked(c.Assign(assignee="user:ben"), LATER))
