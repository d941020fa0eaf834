"""A promise starts, is kept or missed at the exact instant, and is never both."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain import commands as c
from domain.catalogue import EVENTS
from domain.clocks import (
    ClockMet,
    ClockMissCorrected,
    ClockMissed,
    ClockStarted,
    ClockStoppedLate,
    Status,
    clock_id,
)
from domain.clocks.promise import ALWAYS_HEARD
from domain.complaint import Complaint
from domain.errors import UnknownRegime
from domain.kernel import Context
from domain.testing import (
    HOUSE,
    MICA,
    RECEIVED,
    RULES,
    Given,
    a_complaint,
    an_id,
    asked,
    by,
    paris,
    received,
    rules,
    timeline,
)

TICK = timedelta(microseconds=1)
DUE = datetime(2026, 5, 27, 22, tzinfo=UTC)
"""Friday evening, Whit Monday closed: Tuesday and Wednesday count, until midnight in Paris."""
ACK = clock_id(an_id(), "house", "acknowledgement", 1)
BOTH = rules(HOUSE, MICA)
NEXT_DAY = paris("2026-05-28T09:00")


def header(context: Context, version: int, occurred_at: datetime) -> dict[str, object]:
    return {
        "originator_id": an_id(),
        "originator_version": version,
        "occurred_at": occurred_at,
        "recorded_at": context.recorded_at,
        "actor": context.actor,
        "correlation_id": context.correlation_id,
    }


def sweep(at: datetime):
    return asked(c.NoticeMisses(now=at), at, actor="system:scheduler")


def acknowledgement(given: Given[Complaint]):
    return given.aggregate.clocks[ACK]


def test_a_receipt_starts_the_clocks_of_the_house():
    given = Given(Complaint(an_id()))
    _, acknowledgement, decision = given.events(received())

    pin = {
        "regime": "house",
        "version": "2026-01",
        "calendar": "FR",
        "calendar_version": RULES.calendar("FR").version,
    }
    context = by(RECEIVED, "complainant")
    assert acknowledgement == ClockStarted.model_validate(
        header(context, 2, RECEIVED)
        | pin
        | {
            "clock_id": ACK,
            "milestone": "acknowledgement",
            "number": 1,
            "legal": False,
            "window": None,
            "due_date": date(2026, 5, 27),
            "due_before": DUE,
        }
    )
    assert decision == ClockStarted.model_validate(
        header(context, 3, RECEIVED)
        | pin
        | {
            "clock_id": clock_id(an_id(), "house", "decision", 1),
            "milestone": "decision",
            "number": 1,
            "legal": False,
            "window": None,
            "due_date": date(2026, 6, 3),
            "due_before": datetime(2026, 6, 3, 22, tzinfo=UTC),
        }
    )


def test_the_last_microsecond_is_in_time():
    given = a_complaint()
    at = DUE - TICK

    _, answer = given.events(asked(c.Acknowledge(), at))

    assert answer == ClockMet.model_validate(header(by(at), 5, at) | {"clock_id": ACK})
    assert (acknowledgement(given).status, acknowledgement(given).stopped_at) == (Status.MET, at)


def test_the_first_instant_too_late_is_a_miss():
    """It is noticed before the act is recorded, and the act stops the clock late."""
    given = a_complaint()

    missed, _, late = given.events(asked(c.Acknowledge(), DUE))

    assert missed == ClockMissed.model_validate(
        header(by(DUE), 4, DUE)
        | {"clock_id": ACK, "due_date": date(2026, 5, 27), "due_before": DUE, "noticed_at": DUE}
    )
    assert late == ClockStoppedLate.model_validate(header(by(DUE), 6, DUE) | {"clock_id": ACK})
    assert acknowledgement(given).status is Status.MISSED
    assert acknowledgement(given).stopped_at == DUE
    assert not acknowledgement(given).outstanding


@pytest.mark.parametrize(("at", "missed"), [(DUE - TICK, 0), (DUE, 1), (DUE + TICK, 1)])
def test_a_sweep_misses_nothing_before_its_instant(at: datetime, missed: int):
    assert len(a_complaint().events(sweep(at))) == missed


def test_a_miss_noticed_late_says_when_it_fell_due_and_when_it_was_noticed():
    given = a_complaint()
    noticed = DUE + timedelta(days=3)

    (event,) = given.events(sweep(noticed))

    assert event == ClockMissed.model_validate(
        header(by(noticed, "system:scheduler"), 4, DUE)
        | {"clock_id": ACK, "due_date": date(2026, 5, 27), "due_before": DUE, "noticed_at": noticed}
    )
    assert acknowledgement(given).noticed_at == noticed


def test_a_miss_is_recorded_once():
    given = a_complaint(sweep(DUE))

    assert given.when(sweep(DUE)) == []
    assert given.when(sweep(DUE + timedelta(hours=1))) == []


def test_a_kept_promise_is_never_missed():
    given = a_complaint(asked(c.Acknowledge(), DUE - TICK))

    assert given.when(sweep(DUE)) == []


def test_an_act_after_the_miss_stops_the_clock_late_and_the_miss_stays():
    given = a_complaint(sweep(DUE))

    assert timeline(given, asked(c.Acknowledge(), NEXT_DAY)) == [
        "05-28 09:00 house acknowledgement 1 stopped_late"
    ]
    assert acknowledgement(given).status is Status.MISSED


def test_late_evidence_corrects_a_miss():
    """Sent in time, recorded after the miss: met, and the miss event stays in the log."""
    given = a_complaint(sweep(DUE))
    sent = DUE - TICK

    _, corrected = given.events(asked(c.Acknowledge(sent_at=sent), NEXT_DAY))

    assert corrected == ClockMissCorrected.model_validate(header(by(NEXT_DAY), 6, sent) | {"clock_id": ACK})
    clock = acknowledgement(given)
    assert (clock.status, clock.stopped_at, clock.late_evidence) == (Status.MET, sent, True)


def test_evidence_of_a_late_act_corrects_nothing():
    given = a_complaint(sweep(DUE))

    lines = timeline(given, asked(c.Acknowledge(sent_at=DUE), NEXT_DAY))

    assert lines == ["05-28 00:00 house acknowledgement 1 stopped_late"]


def test_an_act_recorded_late_before_any_sweep_is_met_at_once():
    """Nobody noticed a miss, and there was none."""
    given = a_complaint()

    lines = timeline(given, asked(c.Acknowledge(sent_at=DUE - TICK), NEXT_DAY), sweep(NEXT_DAY))

    assert lines == ["05-27 23:59 house acknowledgement 1 met"]


def test_a_complaint_registered_late_is_missed_at_registration():
    """The clock starts at the receipt, whenever the firm came to know of it."""
    given = Given(Complaint(an_id()))

    lines = timeline(given, received(recorded_at=DUE))

    assert lines == [
        "05-22 18:00 house acknowledgement 1 started, due 05-27",
        "05-22 18:00 house decision 1 started, due 06-03",
        "05-28 00:00 house acknowledgement 1 missed",
    ]
    assert acknowledgement(given).noticed_at == DUE


def test_an_imported_history_fires_no_miss_of_its_own():
    """The register did not say when it was registered."""
    given = Given(Complaint(an_id()))
    step = received(recorded_at=NEXT_DAY, source={"system": "cfpb", "id": "1"})

    assert timeline(given, step) == [
        "05-22 18:00 house acknowledgement 1 started, due 05-27",
        "05-22 18:00 house decision 1 started, due 06-03",
    ]


@pytest.mark.parametrize(
    ("country", "promises"),
    [
        ("FR", ["house acknowledgement", "house decision", "mica decision"]),
        ("IE", ["house acknowledgement", "house decision", "mica decision"]),
        ("GB", ["house acknowledgement", "house decision"]),
        ("US", ["house acknowledgement", "house decision"]),
        (None, ["house acknowledgement", "house decision"]),
    ],
)
def test_the_regimes_that_apply_run_side_by_side(country: str | None, promises: list[str]):
    given = Given(Complaint(an_id()), received(book=BOTH, country=country))

    clocks = given.aggregate.clocks.values()
    assert [f"{clock.regime} {clock.milestone}" for clock in clocks] == promises
    assert [clock.legal for clock in clocks if clock.regime == "house"] == [False, False]


def test_two_months_roll_forward_to_a_business_day():
    """22 July 2026 is a Wednesday; from 25 May, Saturday 25 July rolls to Monday 27."""
    due = {}
    for start in ("2026-05-22T18:00", "2026-05-25T12:00", "2026-12-31T12:00"):
        given = Given(Complaint(an_id()), received(paris(start), book=BOTH))
        clock = given.aggregate.clocks[clock_id(an_id(), "mica", "decision", 1)]
        due[start[:10]] = (clock.due_date, clock.due_before)

    assert due == {
        "2026-05-22": (date(2026, 7, 22), datetime(2026, 7, 22, 22, tzinfo=UTC)),
        "2026-05-25": (date(2026, 7, 27), datetime(2026, 7, 27, 22, tzinfo=UTC)),
        "2026-12-31": (date(2027, 3, 1), datetime(2027, 3, 1, 23, tzinfo=UTC)),
    }


def test_one_decision_answers_every_regime():
    given = Given(Complaint(an_id()), received(book=BOTH), asked(c.Acknowledge(), NEXT_DAY, book=BOTH))

    lines = timeline(
        given,
        asked(c.Resolve(outcome="rejected", reasons="No."), paris("2026-06-03T23:59"), book=BOTH),
    )
    assert lines == ["06-03 23:59 house decision 1 met", "06-03 23:59 mica decision 1 met"]


def test_clocks_due_at_once_are_missed_in_the_order_of_their_due_instants():
    """Each miss starts what it starts, and a sweep of a case months late yields the whole chain."""
    given = Given(Complaint(an_id()), received(book=BOTH))

    lines = timeline(given, asked(c.NoticeMisses(now=paris("2026-07-23T00:00")), NEXT_DAY, book=BOTH))

    assert lines[:4] == [
        "05-28 00:00 house acknowledgement 1 missed",
        "06-04 00:00 house decision 1 missed",
        "06-04 00:00 house progress_update 1 started, due 06-10",
        "06-11 00:00 house progress_update 1 missed",
    ]
    assert lines[-4:] == [
        "07-09 00:00 house progress_update 6 started, due 07-16",
        "07-17 00:00 house progress_update 6 missed",
        "07-17 00:00 house progress_update 7 started, due 07-23",
        "07-23 00:00 mica decision 1 missed",
    ]
    assert [line[:11] for line in lines] == sorted(line[:11] for line in lines)


@pytest.mark.parametrize("step", [timedelta(hours=7), timedelta(days=3), timedelta(days=90)])
def test_sweeping_in_steps_tells_what_one_sweep_tells(step: timedelta):
    """Only the instant of noticing differs."""
    end = paris("2026-09-01T00:00")
    at_once, in_steps = (Given(Complaint(an_id()), received(book=BOTH)) for _ in range(2))

    whole = timeline(at_once, asked(c.NoticeMisses(now=end), end, book=BOTH))
    pieces: list[str] = []
    at = RECEIVED
    while at < end:
        at = min(at + step, end)
        pieces += timeline(in_steps, asked(c.NoticeMisses(now=at), at, book=BOTH))

    assert pieces == whole
    assert len(whole) > 20


def test_ids_of_clocks_are_derived_from_their_promise():
    """The same everywhere, and in the log of the case."""
    assert clock_id(an_id(), "house", "acknowledgement", 1) == ACK
    assert (
        len({ACK, clock_id(an_id(), "house", "acknowledgement", 2), clock_id(an_id(), "mica", "x", 1)}) == 3
    )
    assert (ACK.bytes[:6], ACK.bytes[7]) == (an_id().bytes[:6], an_id().bytes[7])


@pytest.mark.parametrize("meanwhile", [[], [c.Acknowledge()], [c.RequestInformation(text="?")]])
def test_a_promise_answers_no_word_that_its_regime_does_not_name(meanwhile: list[c.Command]):
    """Such words are not even put to it; each promise is asked here all the same."""
    given = a_complaint(*(asked(each, RECEIVED, book=BOTH) for each in meanwhile), book=BOTH)
    case, known = given.aggregate, {event.TOPIC.partition(".")[2] for event in EVENTS}
    for promise in case.promises(by(RECEIVED), BOTH):
        for word in known - BOTH.words(promise.pin.regime) - ALWAYS_HEARD:
            promise.hear(word, RECEIVED, frozenset())

    assert len({promise.pin.regime for promise in case.promises(by(RECEIVED), BOTH)}) == 2
    assert case.collect_events() == []


def test_a_case_that_is_bound_by_a_regime_that_is_not_loaded_hears_nothing():
    given = a_complaint()

    with pytest.raises(UnknownRegime, match="plaint policy load"):
        given.aggregate.hear("noted", by(RECEIVED), rules(MICA), at=RECEIVED)
