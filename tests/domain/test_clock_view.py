"""A clock explains itself: the way to its due instant, everything that changed it, in two languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import commands as c
from domain.calendars import Calendar, Holiday
from domain.clock_view import Explanation, explained, view
from domain.clocks import ClockRetargeted, Pin, Promises, clock_id
from domain.clocks.events import ClockEvent
from domain.complaint import Complaint
from domain.kernel import Context, Event
from domain.policies import Rulebook, parse
from domain.testing import RECEIVED, RULES, a_calendar, an_id, asked, by, paris, received
from domain.tongues import LANGUAGES, Language, amount_in_words, day_in_words

MANY = """
regime = "many"
version = "1"
effective_from = 2020-01-01
calendar = "FR"
zone = "Europe/Paris"
hours = [["09:00", "12:00"], ["13:30", "18:00"]]

[[terms]]
milestone = "acknowledgement"
limit = 2
unit = "business_day"
start = "received"
stop = ["acknowledged"]
pausable = true
rollover_after_close = true

[[terms]]
milestone = "decision"
limit = 15
unit = "business_day"
start = "received"
stop = ["decision_sent"]
on_reopen = "stop_while_closed"
extension = { by = "holding_reply_sent", limit = 35 }

[[terms]]
milestone = "summary_resolution"
limit = 9
unit = "business_hour"
start = "received"
stop = ["accepted"]
pausable = true
on_reopen = "new_clock"

[[terms]]
milestone = "outcome_letter"
limit = 30
unit = "hour"
start = "investigation_completed"
stop = ["update_sent"]
pausable = true

[[terms]]
milestone = "redress"
limit = 1
unit = "month"
start = "received"
stop = ["redress_paid"]
roll = "following"
bound = "close_of_business"
pausable = true

[[terms]]
milestone = "progress_update"
limit = 5
unit = "business_day"
start = ["decision_missed", "marked_complex"]
stop = ["update_sent"]
recurring = true
"""
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = (
    "acknowledged",
    "information_requested",
    "information_supplied",
    "paused",
    "resumed",
    "holding_reply_sent",
    "investigation_completed",
    "marked_complex",
    "update_sent",
    "decision_sent",
    "accepted",
    "closed",
    "reopened",
    "withdrawn",
)
BOOK = Rulebook([parse(MANY, "many.toml")], [a_calendar()])
PIN = Pin(regime="many", version="1", calendar="FR", calendar_version=BOOK.calendar("FR").version)
steps = st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 6_000)), max_size=12)


def context(at: datetime) -> Context:
    return Context(recorded_at=at, actor="handler", correlation_id=an_id())


def lived(begin: datetime, words: list[tuple[str, int]]) -> tuple[list[Event], datetime]:
    """Return what the clocks of a case recorded, and when its last word fell."""
    case = Promises(an_id())
    case.pins = (PIN,)
    at = begin
    case.hear("received", context(at), BOOK, at=at)
    for word, minutes in words:
        at += timedelta(minutes=minutes)
        case.hear(word, context(at), BOOK, at=at)
    return case.collect_events(), at


def explanations(events: list[Event], as_of: datetime, language: Language = "en") -> list[Explanation]:
    ids = dict.fromkeys(event.clock_id for event in events if isinstance(event, ClockEvent))
    found = [explained(id, events, BOOK, as_of=as_of, language=language) for id in ids]
    return [each for each in found if each is not None]


@given(
    begin=st.integers(0, 700_000).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes)),
    words=steps,
)
def test_a_due_instant_recomputed_is_the_recorded_one(begin: datetime, words: list[tuple[str, int]]):
    events, last = lived(begin, words)

    for told in explanations(events, last):
        assert told.agrees, told.explanation
        assert told.recomputed_due_before == told.due_before
        assert told.history[-1].due_before == told.due_before
        assert told.history[-1].generation == told.generation


@given(words=steps, cut=st.integers(0, 40_000))
def test_it_agrees_as_of_any_instant(words: list[tuple[str, int]], cut: int):
    events, _ = lived(RECEIVED.astimezone(UTC), words)
    as_of = RECEIVED.astimezone(UTC) + timedelta(minutes=cut)

    known = [event for event in events if event.occurred_at <= as_of]

    assert all(told.agrees for told in explanations(known, as_of))


@given(words=steps)
def test_both_languages_tell_the_same_facts(words: list[tuple[str, int]]):
    events, last = lived(RECEIVED.astimezone(UTC), words)

    both = zip(explanations(events, last, "en"), explanations(events, last, "fr"), strict=True)
    for english, french in both:
        assert english.explanation != french.explanation
        said = {"explanation": "", "history": ()}
        assert english.model_copy(update=said) == french.model_copy(update=said)


def house() -> Complaint:
    complaint = Complaint(an_id())
    received()(complaint)
    return complaint


ACK = clock_id(an_id(), "house", "acknowledgement", 1)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            (
                "Acknowledgement, house promise of house@2026-01: 2 business days counted from the day after "
                "Fri 22 May 2026, in Europe/Paris, on the calendar FR@{version}. "
                "Counted: Tue 26 May 2026, Wed 27 May 2026. "
                "Skipped: Sat 23 May 2026 (weekend), Sun 24 May 2026 (weekend), Mon 25 May 2026 (Whit Monday). "
                "In time before Thu 28 May 2026 00:00 (+0200), that is by Wed 27 May 2026. It is running."
            ),
        ),
        (
            "fr",
            (
                "Accusé de réception, engagement de la maison house@2026-01 : 2 jours ouvrés à compter du lendemain du "
                "ven. 22 mai 2026, dans le fuseau Europe/Paris, selon le calendrier FR@{version}. "
                "Comptés : mar. 26 mai 2026, mer. 27 mai 2026. "
                "Non comptés : sam. 23 mai 2026 (fin de semaine), dim. 24 mai 2026 (fin de semaine), "
                "lun. 25 mai 2026 (Whit Monday). "
                "Dans les temps avant le jeu. 28 mai 2026 00:00 (+0200), soit au plus tard le mer. 27 mai 2026. "
                "Le délai court."
            ),
        ),
    ],
)
def test_a_promise_in_words(language: Language, told: str):
    clock = house().clocks[ACK]

    shown = view(clock, RULES, as_of=RECEIVED, language=language)

    assert shown.explanation == told.format(version=RULES.calendar("FR").version)


def test_the_history_names_every_change_in_order():
    events, last = lived(
        paris("2026-06-01T10:00"), [("information_requested", 1_440), ("information_supplied", 2_880)]
    )

    told = next(each for each in explanations(events, last) if each.milestone == "acknowledgement")

    assert [(each.what, each.old_due_before, each.due_before, each.generation) for each in told.history] == [
        ("started", None, datetime(2026, 6, 3, 22, tzinfo=UTC), 1),
        ("paused", None, datetime(2026, 6, 3, 22, tzinfo=UTC), 1),
        ("resumed", datetime(2026, 6, 3, 22, tzinfo=UTC), datetime(2026, 6, 5, 22, tzinfo=UTC), 2),
    ]
    assert told.history[-1].words == (
        "Thu 4 Jun 2026 10:00 (+0200): the clock ran again (handler). "
        "In time before Sat 6 Jun 2026 00:00 (+0200), formerly before Thu 4 Jun 2026 00:00 (+0200)."
    )
    assert told.paused[0].to == last.astimezone(UTC)


def test_a_miss_and_what_came_of_it():
    complaint = house()
    late = paris("2026-05-28T09:00")
    asked(c.Acknowledge(), late)(complaint)
    events = complaint.collect_events()

    told = explained(ACK, events, RULES, as_of=late)

    assert told is not None
    assert [each.what for each in told.history] == ["started", "missed", "stopped_late"]
    assert told.history[1].at == told.due_before
    assert told.history[1].recorded_at == late.astimezone(UTC)
    assert told.explanation.endswith("It was missed.")


def test_a_due_instant_set_otherwise_does_not_agree():
    complaint = house()
    clock = complaint.clocks[ACK]
    moved = datetime(2026, 6, 30, 22, tzinfo=UTC)
    complaint.record(
        ClockRetargeted,
        by(RECEIVED, "supervisor-1"),
        clock_id=ACK,
        cause="calendar_corrected",
        version=clock.version,
        calendar=clock.calendar,
        calendar_version=clock.calendar_version,
        started_at=clock.started_at,
        old_due_date=clock.due_date,
        old_due_before=clock.due_before,
        due_date=date(2026, 6, 30),
        due_before=moved,
    )

    told = explained(ACK, complaint.collect_events(), RULES, as_of=RECEIVED)

    assert told is not None
    assert (told.agrees, told.due_before, told.recomputed_due_before) == (False, moved, clock.due_before)
    change = told.history[-1]
    assert (change.what, change.by, change.cause) == ("retargeted", "supervisor-1", "calendar_corrected")
    assert (change.old_due_before, change.due_before) == (clock.due_before, moved)


def test_hours_are_told_as_stretches():
    events, last = lived(paris("2026-06-05T17:00"), [])

    told = next(each for each in explanations(events, last) if each.milestone == "summary_resolution")

    assert [(each.from_.isoformat(), each.to and each.to.isoformat()) for each in told.segments] == [
        ("2026-06-05T15:00:00+00:00", "2026-06-05T16:00:00+00:00"),
        ("2026-06-08T07:00:00+00:00", "2026-06-08T10:00:00+00:00"),
        ("2026-06-08T11:30:00+00:00", "2026-06-08T16:00:00+00:00"),
        ("2026-06-09T07:00:00+00:00", "2026-06-09T07:30:00+00:00"),
    ]
    assert told.counted == ()


def test_a_paused_clock_says_when_it_would_fall_due():
    events, last = lived(paris("2026-06-01T10:00"), [("information_requested", 1_440)])
    as_of = last + timedelta(days=2)

    told = next(each for each in explanations(events, as_of) if each.milestone == "acknowledgement")

    assert (told.status, told.agrees) == ("paused", True)
    assert "It stood still since Tue 2 Jun 2026 10:00 (+0200)." in told.explanation
    assert "If it ran again now, it would be in time before Sat 6 Jun 2026 00:00 (+0200)." in told.explanation


def test_a_long_count_is_told_in_short():
    text = MANY.replace("limit = 2\n", "limit = 500\n")
    book = Rulebook([parse(text, "many.toml")], [a_calendar()])
    case = Promises(an_id())
    case.pins = (PIN,)
    case.hear("received", context(RECEIVED), book, at=RECEIVED)
    clock = next(each for each in case.clocks.values() if each.milestone == "acknowledgement")

    shown = view(clock, book, as_of=RECEIVED)

    assert len(shown.counted) == 500
    assert "Counted: 500 from Wed 27 May 2026 to " in shown.explanation
    assert len(shown.explanation) < 1_000


def test_a_clock_that_the_events_do_not_know_has_no_explanation():
    assert explained(ACK, [], RULES, as_of=RECEIVED) is None


@pytest.mark.parametrize(
    ("amount", "english", "french"),
    [
        ((1, "business_day", ["sat", "sun"]), "1 business day", "1 jour ouvré"),
        ((2, "business_day", ["sun"]), "2 business days (Monday to Saturday)", "2 jours ouvrables"),
        ((2, "month", ["sat", "sun"]), "2 months", "2 mois"),
        ((24, "hour", ["sun"]), "24 hours", "24 heures"),
    ],
)
def test_an_amount_in_words(amount: tuple[int, str, list[str]], english: str, french: str):
    assert [amount_in_words(*amount, language) for language in LANGUAGES] == [english, french]


def test_a_day_in_words():
    first = date(2026, 5, 1)

    assert [day_in_words(first, language) for language in LANGUAGES] == [
        "Fri 1 May 2026",
        "ven. 1er mai 2026",
    ]


def test_a_retarget_is_told_with_its_cause_and_agrees_with_the_new_versions():
    (days,) = RULES.calendars
    more = [*days.holidays, Holiday(date=date(2026, 5, 26), name="closed by decree")]
    newer = Calendar.resolved("FR", "decree", days.first, days.last, more)
    book = Rulebook(RULES.regimes, [days, newer])
    complaint, at = house(), paris("2026-05-24T10:00")

    asked(c.Retarget(cause="calendar_corrected"), at, book=book, actor="supervisor-1")(complaint)

    told = explained(ACK, complaint.collect_events(), book, as_of=at)
    assert told is not None
    assert (told.agrees, told.calendar_version, told.due_date) == (True, newer.version, date(2026, 5, 28))
    assert "Tue 26 May 2026 (closed by decree)" in told.explanation
    assert told.history[-1].words == (
        "Sun 24 May 2026 10:00 (+0200): supervisor-1 changed the promise, cause calendar_corrected. "
        "In time before Fri 29 May 2026 00:00 (+0200), formerly before Thu 28 May 2026 00:00 (+0200)."
    )
    assert [each.calendar_version for each in told.history] == [days.version, newer.version]
