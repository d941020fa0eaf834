"""Departments have their time to answer; redress meets its promise when all of it is paid."""

from __future__ import annotations

import pytest

from domain import commands as c
from domain.complaint import Complaint
from domain.ids import derived
from domain.kernel import HEADER
from domain.policies import Rulebook
from domain.policies.reading import PolicyError, parse
from domain.testing import (
    HOUSE,
    RULES,
    Given,
    a_calendar,
    a_complaint,
    an_id,
    asked,
    by,
    paris,
    rules,
    timeline,
)
from tests.golden.lives import ASKED_THE_TREASURY, CONSULTATION, FOUND, GRANTED, MONEY, RESOLVED

TUESDAY, LATER = paris("2026-05-26T10:00"), paris("2026-05-26T15:00")
ASKING = HOUSE.replace("[[terms]]", '[consultation]\nlimit = 3\nunit = "business_day"\n\n[[terms]]', 1)
BOOK = rules(ASKING)
DUE = paris("2026-05-30T00:00")
ANSWER = c.AnswerConsultation(consultation=CONSULTATION, text="It was held for review.")
OVERDUE = [("DepartmentOverdue", {"consultation": CONSULTATION, "department": "treasury"})]


def consulted(book: Rulebook = BOOK, step: c.Command = ASKED_THE_TREASURY) -> Given[Complaint]:
    return a_complaint(
        asked(c.Acknowledge(), TUESDAY, book=book),
        asked(c.Investigate(), TUESDAY, book=book),
        asked(step, TUESDAY, book=book),
        book=book,
    )


def noticed(given: Given[Complaint], at: str) -> list[tuple[str, dict[str, object]]]:
    now = paris(at)
    return given.when(lambda case: case.notice_timers(now, by(now, "system:scheduler"), BOOK))


def test_a_department_has_the_time_that_the_policy_of_the_case_gives():
    (asked_for,) = consulted().aggregate.consultations.values()

    assert (asked_for.department, asked_for.due_at) == ("treasury", DUE)


def test_a_time_that_is_given_comes_before_that_of_the_policy():
    step = ASKED_THE_TREASURY.model_copy(update={"due_at": LATER})
    (asked_for,) = consulted(step=step).aggregate.consultations.values()

    assert asked_for.due_at == LATER


def test_without_a_time_nobody_is_overdue():
    given = consulted(RULES)

    assert [each.due_at for each in given.aggregate.consultations.values()] == [None]
    assert noticed(given, "2027-01-01T00:00") == []


def test_a_department_that_has_not_answered_in_time_is_overdue_once():
    given = consulted()

    assert noticed(given, "2026-05-29T23:59") == []
    assert noticed(given, "2026-05-30T00:00") == OVERDUE
    assert noticed(given, "2026-06-01T00:00") == []


def test_being_overdue_occurred_when_the_time_ended_however_late_it_was_noticed():
    now = paris("2026-06-01T09:00")
    (event,) = consulted().events(lambda case: case.notice_timers(now, by(now), BOOK))

    assert (event.occurred_at, event.recorded_at) == (DUE, now)
    assert set(type(event).model_fields) >= HEADER


def test_a_department_that_answered_is_not_overdue():
    given = consulted()
    given.when(asked(ANSWER, LATER, book=BOOK))

    assert noticed(given, "2026-06-01T00:00") == []


def test_a_late_answer_is_recorded_all_the_same():
    given = consulted()
    noticed(given, "2026-05-30T00:00")

    assert [name for name, _ in given.when(asked(ANSWER, paris("2026-06-01T09:00"), book=BOOK))] == [
        "DepartmentAnswered"
    ]


def test_each_consultation_has_an_id_of_its_own():
    given = consulted()
    again = ASKED_THE_TREASURY.model_copy(update={"summary": "Asked again."})
    given.when(asked(again, LATER, book=BOOK))

    assert list(given.aggregate.consultations) == [
        derived(an_id(), f"consultation/{number}") for number in (1, 2)
    ]


def test_another_case_is_not_overdue():
    consulted()

    assert (
        noticed(a_complaint(asked(c.Acknowledge(), TUESDAY, book=BOOK), book=BOOK), "2026-05-30T00:00") == []
    )


def test_the_points_with_a_finding_are_those_that_the_decision_answers():
    case = a_complaint(
        asked(c.Investigate(), TUESDAY),
        asked(FOUND, TUESDAY),
        asked(FOUND.model_copy(update={"point": "speed", "finding": "unsubstantiated"}), TUESDAY),
    )

    (_, facts), *_ = case.when(asked(RESOLVED, LATER))

    assert facts["points"] == ("fee", "speed")


def test_a_later_finding_on_a_point_replaces_the_earlier():
    case = a_complaint(asked(c.Investigate(), TUESDAY), asked(FOUND, TUESDAY))
    case.when(asked(FOUND.model_copy(update={"finding": "inconclusive"}), LATER))

    assert case.aggregate.findings == {"fee": ("inconclusive", "It was charged twice.")}


REDRESS = (
    HOUSE
    + """
[[terms]]
milestone = "redress"
limit = 5
unit = "business_day"
start = "decision_sent"
stop = ["redress_paid"]
"""
)


def test_a_promise_of_redress_is_kept_with_its_last_part():
    book = rules(REDRESS)
    twice = GRANTED.model_copy(update={"redress": (MONEY, MONEY)})
    case = a_complaint(
        asked(c.Acknowledge(), TUESDAY, book=book), asked(twice, TUESDAY, book=book), book=book
    )

    assert timeline(case, asked(c.PayRedress(redress=2), LATER, book=book)) == []
    assert case.aggregate.owed == {1}
    assert timeline(case, asked(c.PayRedress(redress=1), LATER, book=book)) == [
        "05-26 15:00 house redress 1 met"
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[consultation]\nlimit = 0", "house.toml, line 10: consultation.limit"),
        ("[consultation]\nlimit = 4000", "longer than ten years"),
        ('[consultation]\nlimit = 3\nunits = "week"', "did you mean unit"),
        (
            '[consultation]\nlimit = 3\nunit = "business_hour"',
            "hours are missing and consultation needs them",
        ),
        ("[approval]", "nothing is to be approved; add amounts, outcomes or severities"),
        ('[approval]\noutcome = ["goodwill"]', "did you mean outcomes"),
        ('[approval]\noutcomes = ["maybe"]', "'maybe' is not known"),
        ("[approval.amounts]\nEUR = 100", "cannot be used"),
        ('[approval.amounts]\nEUR = "100,00"', "is not written as it should be"),
        ('[approval.amounts]\neuro = "100"', "is not written as it should be"),
    ],
)
def test_a_mistake_in_the_tables_of_a_policy_is_named_with_its_remedy(table: str, said: str):
    text = HOUSE.replace("[[terms]]", f"{table}\n\n[[terms]]", 1)

    with pytest.raises(PolicyError) as refused:
        Rulebook([parse(text, "house.toml")], [a_calendar()])

    assert said in str(refused.value)
