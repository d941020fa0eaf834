"""A mistake in the record is corrected: what was recorded stays, and the promises follow what is true."""

from __future__ import annotations

from typing import Any

import pytest

from domain import commands as c
from domain import errors
from domain.complaint import Complaint
from domain.complaint.corrected import marked_in_error
from domain.kernel import Event
from domain.privacy import ERASED
from domain.testing import (
    HOUSE,
    MICA,
    RECEIVED,
    Given,
    a_complaint,
    an_id,
    asked,
    paris,
    received,
    rules,
    timeline,
)
from tests.domain.life_endings import CORRECTED
from tests.golden.lives import BOTH, MONEY, RESOLVED

TUESDAY, LATER = paris("2026-05-26T10:00"), paris("2026-05-26T15:00")
EARLIEST = rules(HOUSE.replace('start = "received"', 'start = ["received", "first_dissatisfaction"]'))
SENDING = rules(
    HOUSE
    + """
[[terms]]
milestone = "answer_to_sending"
limit = 10
unit = "business_day"
start = "sent"
stop = ["decision_sent"]
"""
)
BY_ACKNOWLEDGEMENT = MICA.replace('stop = ["decision_sent"]', 'stop = ["acknowledged"]')
ABROAD = c.Correct(what="country", value="IE", reason="The identity card says so.")
AT_HOME = c.Correct(what="country", value="US", reason="The identity card says so.")


def correct(what: str, value: str) -> c.Correct:
    return c.Correct.model_validate({"what": what, "value": value, "reason": "The stamp of the post."})


def a_case(**facts: Any) -> Given[Complaint]:
    return Given(Complaint(an_id()), received(book=BOTH, **facts))


def test_a_corrected_receipt_moves_the_clocks_that_it_started():
    """To the due instant of the true start; both instants are on record."""
    case = a_complaint()

    events = case.events(asked(correct("received_at", "2026-05-21T16:00:00Z"), LATER))

    corrected, *moved = events
    assert (corrected.TOPIC, getattr(corrected, "old_at", None)) == ("complaint.corrected", RECEIVED)
    assert [(each.TOPIC, getattr(each, "cause", None)) for each in moved] == [
        ("clock.retargeted", "corrected")
    ] * 2
    clocks = case.aggregate.clocks.values()
    assert [f"{clock.milestone} {clock.due_date:%m-%d}" for clock in clocks] == [
        "acknowledgement 05-26",
        "decision 06-02",
    ]
    assert case.aggregate.received_at == paris("2026-05-21T18:00")


def test_a_correction_that_shows_a_promise_past_due_misses_it_at_once():
    assert timeline(a_complaint(), asked(correct("received_at", "2026-05-19T16:00:00Z"), LATER)) == [
        "05-26 15:00 house acknowledgement 1 retargeted",
        "05-26 15:00 house decision 1 retargeted",
        "05-22 00:00 house acknowledgement 1 missed",
    ]


def test_what_was_met_or_missed_stays_as_it_is():
    case = a_complaint(asked(c.Acknowledge(), TUESDAY))

    assert timeline(case, asked(correct("received_at", "2026-05-21T16:00:00Z"), LATER)) == [
        "05-26 15:00 house decision 1 retargeted"
    ]


def test_an_earlier_dissatisfaction_starts_the_promises_that_begin_with_the_first_of_both():
    case = Given(Complaint(an_id()), received(book=EARLIEST))
    said = correct("first_dissatisfaction_at", "2026-05-20T10:00:00Z")

    assert timeline(case, asked(said, paris("2026-05-22T19:00"), book=EARLIEST)) == [
        "05-22 19:00 house acknowledgement 1 retargeted",
        "05-22 19:00 house decision 1 retargeted",
    ]
    assert {clock.started_at for clock in case.aggregate.clocks.values()} == {paris("2026-05-20T12:00")}


def test_an_instant_that_nobody_knew_starts_the_promise_that_waited_for_it():
    case = Given(Complaint(an_id()), received(book=SENDING))

    assert timeline(case, asked(correct("sent_at", "2026-05-20T10:00:00Z"), LATER, book=SENDING)) == [
        "05-20 12:00 house answer_to_sending 1 started, due 06-04"
    ]


def test_a_country_in_which_another_regime_binds_starts_its_clocks_as_if_it_always_had():
    """From the receipt on, and with what has happened since."""
    case = a_case(country="US")
    case.when(asked(c.Acknowledge(), TUESDAY, book=BOTH))

    assert timeline(case, asked(ABROAD, LATER, book=BOTH)) == [
        "05-22 18:00 mica decision 1 started, due 07-22"
    ]
    assert [pin.regime for pin in case.aggregate.pins] == ["house", "mica"]


def test_a_decision_that_was_sent_meets_the_promise_of_a_regime_found_later():
    case = a_case(country="US")
    case.when(asked(RESOLVED, TUESDAY, book=BOTH))

    assert timeline(case, asked(ABROAD, LATER, book=BOTH)) == [
        "05-22 18:00 mica decision 1 started, due 07-22",
        "05-26 10:00 mica decision 1 met",
    ]


def test_a_country_in_which_a_regime_does_not_bind_ends_its_clocks():
    case = a_case()

    assert timeline(case, asked(AT_HOME, LATER, book=BOTH)) == ["05-26 15:00 mica decision 1 cancelled"]
    assert [pin.regime for pin in case.aggregate.pins] == ["house"]


def test_a_country_of_the_same_regimes_moves_nothing():
    assert timeline(a_case(), asked(ABROAD, LATER, book=BOTH)) == []


def test_the_regimes_of_an_imported_case_are_what_the_import_said():
    case = a_case(country="US", source={"system": "register", "id": "7"})

    assert case.when(asked(ABROAD, LATER, book=BOTH)) == [
        (
            "Corrected",
            CORRECTED
            | {
                "what": "country",
                "reason": "The identity card says so.",
                "old_personal": "US",
                "new_personal": "IE",
            },
        )
    ]


def test_a_category_is_corrected_in_the_open():
    """It concerns nobody, and outlasts erasure."""
    case = a_complaint()

    assert case.when(asked(correct("category", "fees"), LATER)) == [
        (
            "Corrected",
            CORRECTED
            | {"what": "category", "reason": "The stamp of the post.", "old": "withdrawal", "new": "fees"},
        )
    ]
    assert case.aggregate.category == "fees"


def test_what_was_erased_is_not_written_anew():
    case = a_complaint()
    case.aggregate.correctable["full_name"] = ERASED

    with pytest.raises(errors.PersonalDataErased):
        case.when(asked(correct("full_name", "Someone Else"), LATER))


def test_an_event_of_another_case_is_marked_and_stays():
    other = an_id("other")
    case = a_complaint(asked(c.Note(text="Of somebody else."), TUESDAY))
    wrong = c.Correct(what="event", version=4, other=other, reason="The wrong case was open.")

    (event,) = case.events(asked(wrong, LATER))

    assert (getattr(event, "event_version", None), getattr(event, "other", None)) == (4, other)
    assert case.aggregate.in_error == {4}


def test_the_marked_events_of_a_history_are_told():
    history: list[Event] = []
    case = a_complaint()
    for step in (
        asked(c.Note(text="Of somebody else."), TUESDAY),
        asked(c.Correct(what="event", version=4, reason="Wrong case."), LATER),
    ):
        history += case.events(step)

    assert marked_in_error(history) == {4}


def test_a_corrected_case_replays_to_the_same_state():
    history: list[Event] = []
    complaint = Complaint(an_id())
    for step in (
        received(book=BOTH, country="US"),
        asked(ABROAD, LATER, book=BOTH),
        asked(correct("received_at", "2026-05-21T16:00:00Z"), LATER, book=BOTH),
    ):
        step(complaint)
        history += complaint.collect_events()
    replayed = Complaint.replay(None, history)

    assert replayed is not None
    assert vars(replayed) == vars(complaint)


def wrong(version: int) -> c.Correct:
    return c.Correct(what="event", version=version, reason="Wrong case.")


def test_an_acknowledgement_recorded_in_error_is_owed_again_and_the_true_one_counts():
    case = a_complaint(asked(c.Acknowledge(), paris("2026-05-25T10:00")))

    undone = timeline(case, asked(wrong(4), paris("2026-05-26T10:00")))
    assert undone == ["05-26 10:00 house acknowledgement 1 resumed, due 05-27"]
    assert (case.aggregate.acknowledged, case.aggregate.status) == (False, "received")

    assert timeline(case, asked(c.Acknowledge(), LATER)) == ["05-26 15:00 house acknowledgement 1 met"]
    assert (case.aggregate.acknowledged, case.aggregate.status) == (True, "acknowledged")


def test_what_was_met_in_error_and_has_fallen_due_since_is_missed():
    case = a_complaint(asked(c.Acknowledge(), paris("2026-05-25T10:00")))

    assert timeline(case, asked(wrong(4), paris("2026-05-29T10:00"))) == [
        "05-29 10:00 house acknowledgement 1 resumed, due 05-27",
        "05-28 00:00 house acknowledgement 1 missed",
    ]


def test_an_ended_complaint_owes_no_acknowledgement_that_was_recorded_in_error():
    case = a_complaint(
        asked(c.Acknowledge(), paris("2026-05-25T10:00")),
        asked(c.Withdraw(reason="It came."), TUESDAY),
    )
    version = next(fact.version for fact in case.aggregate.facts if fact.word == "acknowledged")

    assert timeline(case, asked(wrong(version), LATER)) == [
        "05-26 15:00 house acknowledgement 1 resumed, due 05-27",
        "05-26 10:00 house acknowledgement 1 cancelled",
    ]


def test_an_acceptance_recorded_in_error_can_be_recorded_again():
    case = a_complaint(asked(c.Accept(), TUESDAY))
    case.when(asked(wrong(4), LATER))

    assert not case.aggregate.accepted
    assert [name for name, _ in case.when(asked(c.Accept(), LATER))] == ["Accepted"]


def test_an_acceptance_of_before_a_reopening_takes_back_no_later_one():
    case = a_complaint(
        asked(c.Accept(), TUESDAY), asked(RESOLVED, TUESDAY), asked(c.Reopen(reason="x"), TUESDAY)
    )
    case.when(asked(c.Accept(), TUESDAY))

    case.when(asked(wrong(4), LATER))

    assert case.aggregate.accepted


def test_a_payment_recorded_in_error_is_owed_again():
    """A promise of redress is kept when nothing is owed, and not before."""
    book = rules(
        HOUSE
        + """
[[terms]]
milestone = "redress"
limit = 10
unit = "business_day"
start = "decision_sent"
stop = ["redress_paid"]
"""
    )
    two = RESOLVED.model_copy(update={"redress": (MONEY, MONEY)})
    case = a_complaint(asked(two, TUESDAY, book=book), book=book)
    case.when(asked(c.PayRedress(redress=1), TUESDAY, book=book))
    case.when(asked(c.PayRedress(redress=2), LATER, book=book))
    version = next(v for v, number in case.aggregate.payments.items() if number == 1)

    now = paris("2026-05-27T10:00")
    assert timeline(case, asked(wrong(version), now, book=book)) == [
        "05-27 10:00 house redress 1 resumed, due 06-09"
    ]
    assert case.aggregate.owed == {1}
    assert timeline(case, asked(c.PayRedress(redress=1), now, book=book)) == [
        "05-27 10:00 house redress 1 met"
    ]


def test_what_was_recorded_in_error_is_not_heard_by_a_regime_found_later():
    mica = rules(HOUSE, BY_ACKNOWLEDGEMENT)
    case = Given(Complaint(an_id()), received(book=mica, country="US"))
    case.when(asked(c.Acknowledge(), paris("2026-05-25T10:00"), book=mica))
    version = next(fact.version for fact in case.aggregate.facts if fact.word == "acknowledged")
    case.when(asked(wrong(version), TUESDAY, book=mica))

    assert timeline(case, asked(ABROAD, LATER, book=mica)) == [
        "05-22 18:00 mica decision 1 started, due 07-22"
    ]


def test_a_regime_that_returns_takes_up_its_clocks_where_they_were():
    """Corrected to another country and back: the law's clock runs as if nothing had been."""
    case = a_case()
    before = {clock.id: (clock.due_before, clock.status) for clock in case.aggregate.clocks.values()}
    case.when(asked(AT_HOME, TUESDAY, book=BOTH))
    back = c.Correct(what="country", value="FR", reason="It was right.")

    assert timeline(case, asked(back, LATER, book=BOTH)) == ["05-26 15:00 mica decision 1 resumed, due 07-22"]
    assert {clock.id: (clock.due_before, clock.status) for clock in case.aggregate.clocks.values()} == before


def test_a_regime_that_returns_hears_what_was_done_meanwhile():
    case = a_case()
    case.when(asked(AT_HOME, TUESDAY, book=BOTH))
    case.when(asked(RESOLVED, paris("2026-05-26T12:00"), book=BOTH))
    back = c.Correct(what="country", value="FR", reason="It was right.")

    assert timeline(case, asked(back, LATER, book=BOTH)) == [
        "05-26 15:00 mica decision 1 resumed, due 07-22",
        "05-26 12:00 mica decision 1 met",
    ]


def test_an_instant_told_late_starts_a_promise_that_hears_what_has_happened_since():
    case = Given(Complaint(an_id()), received(book=SENDING))
    case.when(asked(RESOLVED, TUESDAY, book=SENDING))

    assert timeline(case, asked(correct("sent_at", "2026-05-20T10:00:00Z"), LATER, book=SENDING)) == [
        "05-20 12:00 house answer_to_sending 1 started, due 06-04",
        "05-26 10:00 house answer_to_sending 1 met",
    ]


@pytest.mark.parametrize("what", ["sent_at", "first_dissatisfaction_at", "sent_to_company_at"])
def test_nothing_that_comes_before_the_receipt_is_corrected_to_after_it(what: str):
    with pytest.raises(errors.InstantImpossible):
        a_complaint().when(asked(correct(what, "2026-05-25T10:00:00Z"), LATER))
