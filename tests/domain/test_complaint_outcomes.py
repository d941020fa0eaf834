"""Outcomes as the FCA counts them (DISP 1.10)."""

from __future__ import annotations

from typing import get_args

import pytest

from domain.codes import Outcome
from domain.complaint.outcomes import Counted, counted_in_uk


@pytest.mark.parametrize(
    ("outcome", "goodwill", "forwarded", "counted"),
    [
        ("upheld", False, False, "upheld"),
        ("partly_upheld", False, False, "upheld"),
        ("no_decision", True, False, "upheld"),
        ("no_decision", False, False, "rejected"),
        ("rejected", True, False, "rejected"),
        ("rejected", False, False, "rejected"),
        ("goodwill", True, False, "upheld"),
        ("settled", False, False, "upheld"),
        ("upheld", False, True, None),
        ("rejected", True, True, None),
    ],
)
def test_each_outcome_is_counted_as_the_handbook_says(
    outcome: Outcome, goodwill: bool, forwarded: bool, counted: Counted | None
):
    assert counted_in_uk(outcome, goodwill_paid=goodwill, forwarded_whole=forwarded) == counted


def test_every_outcome_is_counted():
    for outcome in get_args(Outcome):
        assert counted_in_uk(outcome, goodwill_paid=False) in get_args(Counted)
