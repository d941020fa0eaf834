"""What a receipt says beyond the form, when each of its instants may lie, and whom the case concerns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from domain import commands as c
from domain import errors
from domain.access import Sight
from domain.complaint import Complaint
from domain.complaint import events as e
from domain.complaint.form import Intake
from domain.complaint.intake_events import Represented, VulnerabilityFlagged
from domain.complaint.register import Complainant, Mandate, Vulnerability
from domain.complaint.speakers import Speaker
from domain.disclosure import DELICATE, concerns
from domain.kernel import HEADER, Event
from domain.privacy import ERASED
from domain.testing import (
    RULES,
    Given,
    a_complaint,
    a_submission,
    an_id,
    asked,
    by,
    paris,
    received,
    timeline,
)
from tests.golden.lives import A_LAWYER, CARE, LATER, TUESDAY

PHONED = paris("2026-05-20T10:00")
REGISTERED = paris("2026-05-26T09:00")
LETTER: dict[str, Any] = {
    "full_name": "Someone Somewhere",
    "no_account": True,
    "country": "FR",
    "category": "fees",
    "details": "You charged me twice.",
    "language": "fr",
    "channel": "letter",
}


def receipt(
    *, received_at: datetime | None = None, recorded_at: datetime = REGISTERED, **facts: Any
) -> list[Event]:
    """Return what is recorded of a receipt changed by *facts*."""
    submission = a_submission(**facts)
    given = Given(Complaint(an_id()))
    return given.events(
        lambda case: case.receive(submission, by(recorded_at), RULES, received_at=received_at)
    )


def said(event: Event, *names: str) -> dict[str, object]:
    facts = event.model_dump(exclude=set(HEADER))
    return {name: facts[name] for name in names}


def test_each_instant_of_a_receipt_is_told_apart():
    """Told of on the phone, sent a day later, received after two more, registered on the Tuesday."""
    received, *_ = receipt(
        first_dissatisfaction_at=PHONED,
        sent_at=paris("2026-05-21T10:00"),
        received_at=paris("2026-05-22T18:00"),
        registered_by="anna",
    )

    assert received.occurred_at == paris("2026-05-22T18:00")
    assert said(received, "first_dissatisfaction_at", "sent_at", "registered_at", "registered_by") == {
        "first_dissatisfaction_at": PHONED,
        "sent_at": paris("2026-05-21T10:00"),
        "registered_at": REGISTERED,
        "registered_by": "anna",
    }


def test_the_clocks_of_a_letter_start_when_it_came_not_when_it_was_registered():
    given = Given(Complaint(an_id()))

    assert timeline(given, received(recorded_at=paris("2026-06-01T09:00")))[:3] == [
        "05-22 18:00 house acknowledgement 1 started, due 05-27",
        "05-22 18:00 house decision 1 started, due 06-03",
        "05-28 00:00 house acknowledgement 1 missed",
    ]


@pytest.mark.parametrize("name", ["sent_at", "first_dissatisfaction_at", "sent_to_company_at"])
def test_nothing_of_a_complaint_comes_after_its_receipt(name: str):
    """But in a register that says so: it is believed."""
    facts = {name: paris("2026-05-25T10:00")}
    source = {"system": "cfpb", "id": "7"}

    with pytest.raises(errors.AfterReceipt):
        receipt(received_at=paris("2026-05-22T18:00"), **facts)
    assert receipt(received_at=paris("2026-05-22T18:00"), source=source, **facts)


def test_a_complaint_is_not_received_in_the_future():
    with pytest.raises(errors.InTheFuture):
        receipt(received_at=paris("2026-05-26T09:00:00.000001"))


def test_a_receipt_may_name_a_representative_and_special_care():
    """Each is an event of its own, so that it is found in one place whenever it was learnt."""
    lawyer = Mandate(name="A. Lawyer", power_of_attorney="Deed 7")
    care = Vulnerability(how_known="Said so.", driver="life_event", about_failure=True)

    events = receipt(received_at=PHONED, representative=lawyer, vulnerability=care)

    assert [each.TOPIC for each in events if not each.TOPIC.startswith("clock.")] == [
        "complaint.received",
        "complaint.represented",
        "complaint.vulnerability_flagged",
    ]
    assert {each.occurred_at for each in events if isinstance(each, Represented | VulnerabilityFlagged)} == {
        PHONED
    }


def test_representatives_are_counted_and_leave_one_by_one():
    other = A_LAWYER.model_copy(update={"name": "B. Union", "paid": False})
    given = a_complaint(*(asked(each, TUESDAY) for each in (A_LAWYER, other)))

    events = given.events(asked(c.RemoveRepresentative(number=1), LATER))
    again = given.events(asked(A_LAWYER, LATER))

    assert [said(each, "number") for each in (*events, *again)] == [{"number": 1}, {"number": 3}]
    assert sorted(given.aggregate.representatives) == [2, 3]


def test_what_was_erased_is_not_taken_for_the_same_representative():
    given = a_complaint(asked(A_LAWYER, TUESDAY))
    given.aggregate.representatives[1] = Speaker(ERASED, paid=True)

    assert [each.TOPIC for each in given.events(asked(A_LAWYER, LATER))] == ["complaint.represented"]


def test_other_care_is_a_new_finding():
    more = CARE.model_copy(update={"about_failure": True})

    assert len(a_complaint(asked(CARE, TUESDAY)).events(asked(more, LATER))) == 1


def test_that_somebody_needs_care_is_told_to_those_alone_who_see_what_is_personal():
    (event,) = a_complaint().events(asked(CARE, TUESDAY))

    assert event.TOPIC in DELICATE
    assert concerns(event, frozenset(Sight))
    assert not concerns(event, frozenset({Sight.PUBLIC, Sight.WORK}))
    assert not concerns(event, frozenset({Sight.PUBLIC, Sight.SHARED}))


INADMISSIBLE = c.Triage(
    category="other",
    severity="low",
    admissible=False,
    reason="Not a client of ours.",
    reason_code="not_eligible",
    in_scope_regimes=(),
    scope_reason="No service was asked for.",
)


def test_an_inadmissible_complaint_says_why_by_code_and_in_words():
    events = a_complaint().events(asked(INADMISSIBLE, TUESDAY))

    assert said(events[0], "reason_code", "in_scope_regimes", "scope_reason") == {
        "reason_code": "not_eligible",
        "in_scope_regimes": (),
        "scope_reason": "No service was asked for.",
    }
    assert isinstance(events[1], e.DeclaredInadmissible)
    assert said(events[1], "reason", "reason_code") == {
        "reason": "Not a client of ours.",
        "reason_code": "not_eligible",
    }


def test_an_inadmissible_complaint_may_be_taken_up_again_and_found_admissible():
    given = a_complaint(asked(INADMISSIBLE, TUESDAY), asked(c.Reopen(reason="A client after all."), TUESDAY))
    found = c.Triage(category="fees", severity="low", admissible=True, in_scope_regimes=("house",))

    assert [each.TOPIC for each in given.events(asked(found, LATER))] == ["complaint.triaged"]
    assert given.aggregate.in_scope_regimes == ("house",)


def test_a_scope_that_was_found_stays_until_another_is():
    first = c.Triage(category="fees", severity="low", admissible=True, in_scope_regimes=("house",))
    again = c.Triage(category="fees", severity="low", admissible=True)

    assert a_complaint(asked(first, TUESDAY)).when(asked(again, LATER)) == []
    given = a_complaint(asked(again, TUESDAY))
    assert len(given.events(asked(first, LATER))) == 1


def test_a_letter_need_not_name_an_address():
    assert Intake.model_validate(LETTER).account_email is None


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"complainant": {"lei": "529900T8BM49AURSDO56"}}, ("complainant", "lei")),
        ({"complainant": {"lei": "short"}}, ("complainant", "lei")),
        ({"complainant": {"contact": {"email": "nobody"}}}, ("complainant", "contact", "email")),
        ({"dealings": {"wallets": ["w"] * 51}}, ("dealings", "wallets")),
        ({"provenance": {"evidence_of_date": "a feeling"}}, ("provenance", "evidence_of_date")),
        ({"complainant_type": "pet"}, ("complainant_type",)),
        ({"representative": {"name": "A. Lawyer"}}, ("representative", "power_of_attorney")),
        ({"registered_by": "anna"}, ("registered_by",)),
        ({"origin": str(an_id())}, ("origin",)),
    ],
)
def test_an_intake_that_does_not_fit_names_the_place(facts: dict[str, Any], place: tuple[str, ...]):
    with pytest.raises(ValidationError) as caught:
        Intake.model_validate(LETTER | facts)

    assert [each["loc"] for each in caught.value.errors()] == [place]


def test_a_legal_entity_identifier_keeps_its_check_digits():
    """ISO 17442: the number with its letters as 10 to 35 leaves 1 modulo 97."""
    assert Complainant(lei="529900T8BM49AURSDO55").lei == "529900T8BM49AURSDO55"


def test_what_an_intake_leaves_open_is_as_in_a_form():
    submission = Intake.model_validate(LETTER | {"received_at": PHONED}).submission(
        legal_entity_default="main", form_version="3", privacy_notice_default="2"
    )

    assert (submission.service, submission.team, submission.privacy_notice) == (
        "crypto_assets",
        "complaints",
        "2",
    )
    assert submission.facts().keys().isdisjoint({"received_at", "representative", "vulnerability"})


def test_the_redirection_names_the_ticket_that_the_case_goes_on_as():
    """One for each time: a ticket that was dealt with is not written into again."""
    given = a_complaint()
    redirect = c.Redirect(reason="A question.", form="general_request")

    first, *_ = given.events(asked(redirect, TUESDAY))
    asked(c.Reopen(reason="A complaint after all."), TUESDAY)(given.aggregate)
    given.aggregate.collect_events()
    second, *_ = given.events(asked(redirect, LATER))

    assert isinstance(first, e.Redirected)
    assert isinstance(second, e.Redirected)
    assert first.ticket != second.ticket
    assert (first.form, second.form) == ("general_request", "general_request")
