"""A miss is excused by two people who agree on the reason; it stays a miss, and is counted as both."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import pytest

from domain import commands as c
from domain import errors
from domain.clocks import ClockExcusalProposed, ClockMissExcused, ExcuseCode, Status
from domain.complaint import Complaint
from domain.testing import Given, a_complaint, an_id, asked, by, paris
from tests.golden.lives import ACK

AT = paris("2026-05-28T09:00")
MISSED = asked(c.NoticeMisses(now=AT), AT)


def excuse(
    actor: str, reason_code: ExcuseCode = "third_party", *, at: datetime = AT, reason: str | None = None
):
    return asked(c.ExcuseMiss(clock=ACK, reason_code=reason_code, reason=reason), at, actor=actor)


def standing(given: Given[Complaint]) -> tuple[Status, bool, str | None, str | None]:
    clock = given.aggregate.clocks[ACK]
    return clock.status, clock.excused, clock.excusal_proposed_by, clock.excusal_reason


def test_one_proposes_and_another_agrees():
    given = a_complaint(MISSED)
    header = {"originator_id": an_id(), "occurred_at": AT, "clock_id": ACK, "reason_code": "third_party"}

    (proposed,) = given.events(excuse("anna", reason="The post was on strike."))
    assert standing(given) == (Status.MISSED, False, "anna", "third_party")
    (agreed,) = given.events(excuse("bernd"))

    assert proposed == ClockExcusalProposed.model_validate(
        by(AT, "anna").model_dump() | header | {"originator_version": 5, "reason": "The post was on strike."}
    )
    assert agreed == ClockMissExcused.model_validate(
        by(AT, "bernd").model_dump() | header | {"originator_version": 6, "proposed_by": "anna"}
    )
    assert standing(given) == (Status.MISSED, True, "anna", "third_party")


def test_nobody_agrees_with_themselves():
    given = a_complaint(MISSED, excuse("anna"))

    assert given.when(excuse("anna")) == []
    assert given.when(excuse("anna", reason="Once more.")) == []
    assert standing(given) == (Status.MISSED, False, "anna", "third_party")


def test_two_who_give_different_reasons_have_not_agreed():
    """The later reason is a proposal of its own, which the first person may agree with."""
    given = a_complaint(MISSED, excuse("anna"))

    assert [name for name, _ in given.when(excuse("bernd", "system_error"))] == ["ClockExcusalProposed"]
    assert standing(given) == (Status.MISSED, False, "bernd", "system_error")
    assert [name for name, _ in given.when(excuse("anna", "system_error"))] == ["ClockMissExcused"]
    assert standing(given) == (Status.MISSED, True, "bernd", "system_error")


def test_who_proposed_may_change_the_reason():
    given = a_complaint(MISSED, excuse("anna"))

    assert [name for name, _ in given.when(excuse("anna", "force_majeure"))] == ["ClockExcusalProposed"]
    assert [name for name, _ in given.when(excuse("bernd"))] == ["ClockExcusalProposed"]


@pytest.mark.parametrize("actor", ["anna", "bernd", "carla"])
@pytest.mark.parametrize("reason_code", get_args(ExcuseCode))
def test_what_is_excused_is_excused_once(actor: str, reason_code: ExcuseCode):
    given = a_complaint(MISSED, excuse("anna"), excuse("bernd"))

    assert given.when(excuse(actor, reason_code)) == []


def test_only_what_was_missed_can_be_excused():
    """Not what runs, not what was met, not what late evidence has shown to be met."""
    late = asked(c.Acknowledge(sent_at=paris("2026-05-27T17:00")), AT)

    for given in (a_complaint(), a_complaint(asked(c.Acknowledge(), paris("2026-05-27T17:00")))):
        with pytest.raises(errors.NotMissed):
            given.when(excuse("anna"))
    with pytest.raises(errors.NotMissed):
        a_complaint(MISSED, late).when(excuse("anna"))


def test_a_miss_is_excused_after_the_act_came_and_after_the_case_has_ended():
    given = a_complaint(MISSED, asked(c.Acknowledge(), AT), asked(c.Withdraw(reason="Found it."), AT))

    assert len(given.when(excuse("anna"))) == len(given.when(excuse("bernd"))) == 1


def test_evidence_that_comes_after_the_excuse_still_corrects_the_miss():
    given = a_complaint(MISSED, excuse("anna"), excuse("bernd"))
    late = c.Acknowledge(sent_at=paris("2026-05-27T17:00"))

    assert [name for name, _ in given.when(asked(late, AT))] == ["Acknowledged", "ClockMissCorrected"]
    clock = given.aggregate.clocks[ACK]
    assert (clock.status, clock.late_evidence, clock.excused) == (Status.MET, True, True)


def test_who_acts_as_another_is_no_second_person():
    """One pair of eyes does not become two by an impersonation."""
    given = a_complaint(MISSED)

    assert [name for name, _ in given.when(excuse("anna"))] == ["ClockExcusalProposed"]
    assert given.when(excuse("ben by anna")) == []
    assert [name for name, _ in given.when(excuse("ben"))] == ["ClockMissExcused"]
