"""What people change about a promise after it was made: they stop it, move it, extend it, by name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domain import commands as c
from domain import errors
from domain.calendars import Calendar, Holiday
from domain.clocks import Clock, ClockExtended, ClockRetargeted, Pin, Status, clock_id
from domain.commands import Command
from domain.complaint import Complaint
from domain.policies import Rulebook, parse
from domain.testing import (
    HOUSE,
    MICA,
    RECEIVED,
    Given,
    a_calendar,
    an_id,
    asked,
    by,
    paris,
    received,
    timeline,
)
from tests.golden.lives import ACK, DECISION, PATIENT, PATIENT_HOUSE

MOURNING = Holiday(date=date(2026, 5, 27), name="Day of mourning")
AMENDED = Calendar.resolved(
    "FR",
    "worked by hand",
    a_calendar().first,
    a_calendar().last,
    [*a_calendar().holidays, MOURNING],
)
SLOWER = HOUSE.replace("2026-01", "2026-05").replace("limit = 7", "limit = 9")
WITHOUT_DECISION = HOUSE.replace("2026-01", "2026-06").replace(
    'milestone = "decision"', 'milestone = "redress"'
)
BOOK = Rulebook([parse(HOUSE, "house.toml"), parse(MICA, "mica.toml")], [a_calendar()])
NEWER = Rulebook(
    [parse(text, "house.toml") for text in (HOUSE, SLOWER, WITHOUT_DECISION, MICA)], [a_calendar(), AMENDED]
)
"""The same rules, some days later: a house version in force, one to come, and another calendar."""
PARTS = ("final_date", "reasons")
HOLDING = c.SendUpdate(text="By the middle of June.", kind="holding_reply", parts=PARTS)
EXTEND = c.Extend(clock=DECISION, parts=PARTS)
PAUSE, RESUME = c.PauseClock(clock=DECISION, reason="Travelling."), c.ResumeClock(clock=DECISION)
TUESDAY = paris("2026-05-26T10:00")
LATER = paris("2026-05-26T15:00")


def case(*days: tuple[str, Command], book: Rulebook = PATIENT, country: str = "FR") -> Given[Complaint]:
    """Return the complaint of Friday 22 May 2026, 18:00, after commands at instants in Paris."""
    steps = (asked(command, paris(f"2026-{at}"), book=book) for at, command in days)
    return Given(Complaint(an_id()), received(book=book, country=country), *steps)


def sweep(at: str) -> tuple[str, Command]:
    return at, c.NoticeMisses(now=paris(f"2026-{at}"))


def told(at: str, command: Command, said: str) -> tuple[str, Command]:
    """Return *command* sent *at* and said to have occurred at another instant."""
    return at, command.model_copy(update={"occurred_at": paris(f"2026-{said}")})


def decision(given: Given[Complaint], id: UUID = DECISION) -> Clock:
    return given.aggregate.clocks[id]


class TestStandingStill:
    """A pausable clock does not run while it stands still; who stopped it, and why, is on record."""

    def test_days_at_whose_end_it_stands_still_do_not_count(self):
        """Tuesday and Wednesday: two business days later than Wednesday 3 June."""
        given = case(("05-26T15:00", PAUSE))

        assert decision(given).status is Status.PAUSED
        assert timeline(given, asked(RESUME, paris("2026-05-28T11:00"), book=PATIENT)) == [
            "05-28 00:00 house acknowledgement 1 missed",
            "05-28 11:00 house decision 1 resumed, due 06-05",
        ]
        assert (decision(given).status, decision(given).generation) == (Status.RUNNING, 2)

    def test_a_question_to_the_complainant_stops_it_and_the_answer_starts_it(self):
        given = case(("05-26T15:00", c.RequestInformation(text="Which address?")))

        assert decision(given).status is Status.PAUSED
        assert decision(given, ACK).status is Status.RUNNING
        assert timeline(given, asked(c.SupplyInformation(), paris("2026-05-27T11:00"), book=PATIENT)) == [
            "05-27 11:00 house decision 1 resumed, due 06-04"
        ]

    def test_it_runs_again_by_hand_where_the_answer_never_came(self):
        given = case(("05-26T15:00", c.RequestInformation(text="Which address?")))

        assert timeline(given, asked(RESUME, paris("2026-05-27T11:00"), book=PATIENT)) == [
            "05-27 11:00 house decision 1 resumed, due 06-04"
        ]
        supplied = asked(c.SupplyInformation(), paris("2026-05-27T12:00"), book=PATIENT)
        assert given.when(supplied) == [("InformationSupplied", {"text": None})]

    def test_an_answer_that_is_told_to_be_before_the_question_pauses_for_no_time(self):
        given = case(("05-26T15:00", c.RequestInformation(text="Which address?")))
        answer = c.SupplyInformation(occurred_at=paris("2026-05-25T12:00"))

        assert timeline(given, asked(answer, paris("2026-05-27T11:00"), book=PATIENT)) == [
            "05-25 12:00 house decision 1 resumed, due 06-03"
        ]
        assert [(p.from_, p.to) for p in decision(given).pauses] == [(LATER, LATER)]

    @pytest.mark.parametrize(
        ("history", "command"), [((PAUSE,), PAUSE), ((), RESUME), ((PAUSE, RESUME), RESUME)]
    )
    def test_what_it_does_already_is_no_news(self, history: tuple[Command, ...], command: Command):
        given = case(*(("05-26T10:00", each) for each in history))

        assert given.when(asked(command, LATER, book=PATIENT)) == []

    @pytest.mark.parametrize("command", [PAUSE, RESUME])
    @pytest.mark.parametrize(
        "end", [c.Resolve(outcome="upheld", reasons="Yes."), c.Withdraw(reason="Found it.")]
    )
    def test_one_that_is_over_is_refused(self, command: Command, end: Command):
        given = case(("05-26T10:00", end))

        with pytest.raises(errors.ClockNotLive):
            given.when(asked(command, LATER, book=PATIENT))

    def test_one_that_has_fallen_due_is_refused_although_nobody_noticed(self):
        """Nothing is recorded: the miss is for the scheduler to notice."""
        given = case()

        with pytest.raises(errors.ClockNotLive):
            given.when(asked(PAUSE, paris("2026-06-04T00:00"), book=PATIENT))
        assert given.aggregate.version == 3
        assert len(given.when(asked(PAUSE, paris("2026-06-03T23:59"), book=PATIENT))) == 2

    def test_it_cannot_run_again_before_it_stood_still(self):
        given = case(("05-26T15:00", PAUSE))
        early = RESUME.model_copy(update={"occurred_at": paris("2026-05-26T14:59")})

        with pytest.raises(errors.ResumedTooEarly):
            given.when(asked(early, paris("2026-05-27T11:00"), book=PATIENT))


class TestRetarget:
    """An open clock moves by this command alone, and what was promised before stays on record."""

    def test_a_new_calendar_moves_no_clock_by_itself(self):
        given = case(("05-26T10:00", c.Note(text="Heard of it.")), book=BOOK)

        assert timeline(given, asked(c.Acknowledge(), LATER, book=NEWER)) == [
            "05-26 15:00 house acknowledgement 1 met"
        ]

    def test_it_moves_to_what_is_current_and_says_what_it_was(self):
        given = case(book=BOOK)
        retarget = c.Retarget(clock=ACK, cause="holiday_proclaimed", reason="A day of mourning.")

        (event,) = given.events(asked(retarget, TUESDAY, book=NEWER, actor="anna"))

        assert event == ClockRetargeted.model_validate(
            by(TUESDAY, "anna").model_dump()
            | {
                "originator_id": an_id(),
                "originator_version": 5,
                "occurred_at": TUESDAY,
                "clock_id": ACK,
                "cause": "holiday_proclaimed",
                "reason": "A day of mourning.",
                "version": "2026-05",
                "calendar": "FR",
                "calendar_version": AMENDED.version,
                "started_at": RECEIVED,
                "old_due_date": date(2026, 5, 27),
                "old_due_before": datetime(2026, 5, 27, 22, tzinfo=UTC),
                "due_date": date(2026, 5, 28),
                "due_before": datetime(2026, 5, 28, 22, tzinfo=UTC),
            }
        )
        clock = given.aggregate.clocks[ACK]
        assert (clock.version, clock.calendar_version, clock.due_before, clock.generation) == (
            "2026-05",
            AMENDED.version,
            datetime(2026, 5, 28, 22, tzinfo=UTC),
            2,
        )

    def test_a_version_that_is_to_come_is_not_current(self):
        """From 1 June on the house promises redress and no decision; in May it does not."""
        given = case(book=BOOK)
        retarget = c.Retarget(clock=DECISION, cause="new_procedure")

        with pytest.raises(errors.PromiseDropped):
            given.when(asked(retarget, paris("2026-06-02T10:00"), book=NEWER))
        given.when(asked(retarget, TUESDAY, book=NEWER))
        assert (decision(given).version, decision(given).due_date) == ("2026-05", date(2026, 6, 8))

    def test_without_a_clock_all_that_are_open_move(self):
        """Each regime to its own current versions; what was met stays."""
        given = case(("05-26T09:00", c.Acknowledge()), book=BOOK)

        facts = given.when(asked(c.Retarget(cause="holiday_proclaimed"), TUESDAY, book=NEWER))

        assert [(name, said["version"], said["due_date"]) for name, said in facts] == [
            ("ClockRetargeted", "2026-05", date(2026, 6, 8)),
            ("ClockRetargeted", "2025-294", date(2026, 7, 22)),
        ]
        assert given.aggregate.clocks[ACK].version == "2026-01"

    def test_with_a_version_named_the_rest_stays_as_it_was(self):
        given = case(book=BOOK)

        (calendar,) = given.when(
            asked(
                c.Retarget(clock=DECISION, cause="calendar", calendar_version=AMENDED.version),
                TUESDAY,
                book=NEWER,
            )
        )
        (version,) = given.when(
            asked(c.Retarget(clock=DECISION, cause="policy", version="2026-05"), TUESDAY, book=NEWER)
        )

        assert (calendar[1]["version"], calendar[1]["due_date"]) == ("2026-01", date(2026, 6, 4))
        assert (version[1]["calendar_version"], version[1]["due_date"]) == (
            AMENDED.version,
            date(2026, 6, 8),
        )
        assert version[1]["old_due_date"] == date(2026, 6, 4)

    def test_promises_that_start_later_go_by_the_new_versions(self):
        """Progress on a late decision counts on the amended calendar too."""
        given = case(book=BOOK)
        given.when(asked(c.Retarget(cause="holiday_proclaimed"), TUESDAY, book=NEWER))

        assert given.aggregate.pins == tuple(
            Pin(regime=regime, version=version, calendar="FR", calendar_version=AMENDED.version)
            for regime, version in (("house", "2026-05"), ("mica", "2025-294"))
        )
        given.when(
            asked(c.NoticeMisses(now=paris("2026-06-09T00:00")), paris("2026-06-09T00:00"), book=NEWER)
        )
        progress = given.aggregate.clocks[clock_id(an_id(), "house", "progress_update", 1)]
        assert (progress.version, progress.calendar_version) == ("2026-05", AMENDED.version)

    def test_a_clock_whose_promise_a_later_version_dropped_is_still_kept(self):
        """It answers by the version that it counts by."""
        given = case(book=BOOK)
        both = c.Retarget(clock=ACK, cause="policy", version="2026-06")
        given.when(asked(both, TUESDAY, book=NEWER))

        assert timeline(
            given, asked(c.Resolve(outcome="upheld", reasons="Yes."), paris("2026-05-27T09:00"), book=NEWER)
        ) == ["05-27 09:00 house decision 1 met", "05-27 09:00 mica decision 1 met"]

    def test_a_corrected_start_moves_one_clock(self):
        given = case(book=BOOK)
        sooner = c.Retarget(clock=DECISION, cause="start_corrected", started_at=paris("2026-05-21T18:00"))

        ((_, facts),) = given.when(asked(sooner, TUESDAY, book=BOOK))

        assert (facts["old_due_date"], facts["due_date"]) == (date(2026, 6, 3), date(2026, 6, 2))
        assert decision(given).started_at == paris("2026-05-21T18:00")

    def test_one_that_falls_due_by_moving_is_missed_at_once(self):
        given = case(book=BOOK)
        sooner = c.Retarget(clock=ACK, cause="start_corrected", started_at=paris("2026-05-20T18:00"))

        assert timeline(given, asked(sooner, TUESDAY, book=BOOK)) == [
            "05-26 10:00 house acknowledgement 1 retargeted",
            "05-23 00:00 house acknowledgement 1 missed",
        ]

    def test_a_miss_stays_where_it_is(self):
        """Noticed or not: nobody moves a promise that is broken, whenever it is said to have been moved."""
        noticed = case(sweep("05-28T09:00"), book=BOOK)
        retarget = c.Retarget(clock=ACK, cause="holiday_proclaimed", occurred_at=TUESDAY)

        for given in (noticed, case(book=BOOK)):
            with pytest.raises(errors.ClockNotLive):
                given.when(asked(retarget, paris("2026-05-28T10:00"), book=NEWER))

        unnoticed = case(book=BOOK)
        everything = c.Retarget(cause="holiday_proclaimed")
        assert timeline(unnoticed, asked(everything, paris("2026-05-28T10:00"), book=NEWER)) == [
            "05-28 10:00 house decision 1 retargeted",
            "05-28 10:00 mica decision 1 retargeted",
            "05-28 00:00 house acknowledgement 1 missed",
        ]

    def test_where_nothing_would_change_there_is_no_news(self):
        given = case(book=BOOK)
        assert given.when(asked(c.Retarget(cause="nothing"), TUESDAY, book=BOOK)) == []

        given.when(asked(c.Retarget(cause="holiday_proclaimed"), TUESDAY, book=NEWER))
        assert given.when(asked(c.Retarget(cause="holiday_proclaimed"), LATER, book=NEWER)) == []

    def test_a_version_that_is_not_loaded_is_refused(self):
        given = case(book=BOOK)

        with pytest.raises(errors.UnknownRegime):
            given.when(asked(c.Retarget(clock=ACK, cause="policy", version="1999"), TUESDAY, book=NEWER))
        with pytest.raises(errors.UnknownCalendar):
            given.when(
                asked(c.Retarget(clock=ACK, cause="calendar", calendar_version="1999"), TUESDAY, book=NEWER)
            )
        assert given.aggregate.clocks[ACK].generation == 1

    def test_one_that_stands_still_moves_and_goes_on_standing_still(self):
        """Its pause counts when it is over; to a version that knows no pauses it does not move."""
        book = Rulebook(
            [parse(PATIENT_HOUSE, "house.toml"), parse(SLOWER, "house.toml")], [a_calendar(), AMENDED]
        )
        given = case(("05-26T15:00", PAUSE))
        moved = c.Retarget(clock=DECISION, cause="calendar", calendar_version=AMENDED.version)

        assert timeline(
            given,
            asked(moved, paris("2026-05-26T16:00"), book=book),
            asked(RESUME, paris("2026-05-27T09:00"), book=book),
        ) == [
            "05-26 16:00 house decision 1 retargeted",
            "05-27 09:00 house decision 1 resumed, due 06-05",
        ]
        stopped = case(("05-26T15:00", PAUSE))
        with pytest.raises(errors.PauseForbidden):
            stopped.when(
                asked(c.Retarget(clock=DECISION, cause="policy", version="2026-05"), LATER, book=book)
            )


class TestExtension:
    """A notice with its required parts gives a promise its longer limit, from the same start, once."""

    def test_the_notice_extends_by_itself(self):
        """Fifteen business days include the first seven."""
        given = case(country="US")
        at = paris("2026-06-01T10:00")

        _, _, event = given.events(asked(HOLDING, at, book=PATIENT))

        assert event == ClockExtended.model_validate(
            by(at).model_dump()
            | {
                "originator_id": an_id(),
                "originator_version": 6,
                "occurred_at": at,
                "clock_id": DECISION,
                "by": "holding_reply_sent",
                "parts": PARTS,
                "old_due_date": date(2026, 6, 3),
                "old_due_before": datetime(2026, 6, 3, 22, tzinfo=UTC),
                "due_date": date(2026, 6, 15),
                "due_before": datetime(2026, 6, 15, 22, tzinfo=UTC),
            }
        )
        assert (decision(given).extended_by, decision(given).generation) == ("holding_reply_sent", 2)

    @pytest.mark.parametrize(
        "letter",
        [
            HOLDING.model_copy(update={"parts": ()}),
            HOLDING.model_copy(update={"parts": ("reasons",)}),
            HOLDING.model_copy(update={"kind": "delay_notice"}),
            HOLDING.model_copy(update={"kind": "update"}),
        ],
    )
    def test_another_letter_or_one_that_lacks_a_part_extends_nothing(self, letter: Command):
        assert timeline(case(), asked(letter, TUESDAY, book=PATIENT)) == []

    def test_a_second_notice_extends_no_further(self):
        given = case(("05-26T10:00", HOLDING))

        assert timeline(given, asked(HOLDING, LATER, book=PATIENT)) == []
        assert given.when(asked(EXTEND, LATER, book=PATIENT)) == []

    def test_a_notice_after_the_due_instant_revives_nothing(self):
        """Whether anybody had noticed the miss or not."""
        due = paris("2026-06-04T00:00")
        assert [line[12:] for line in timeline(case(), asked(HOLDING, due, book=PATIENT))] == [
            "house acknowledgement 1 missed",
            "house decision 1 missed",
            "house progress_update 1 started, due 06-10",
        ]
        given = case(sweep("06-04T00:00"))
        assert timeline(given, asked(HOLDING, due, book=PATIENT)) == []
        with pytest.raises(errors.ClockNotLive):
            given.when(asked(EXTEND, due, book=PATIENT))

    def test_the_last_instant_before_is_in_time(self):
        at = paris("2026-06-03T23:59:59.999999")

        assert timeline(case(sweep("05-28T00:00")), asked(EXTEND, at, book=PATIENT)) == [
            "06-03 23:59 house decision 1 extended"
        ]

    def test_a_notice_recorded_elsewhere_extends_by_hand_as_of_when_it_was_sent(self):
        """It was sent in time; nobody had noticed that the first limit passed since."""
        given = case()
        (at, extend) = told("06-04T09:00", EXTEND, "06-02T16:00")

        assert timeline(given, asked(extend, paris(f"2026-{at}"), book=PATIENT)) == [
            "05-28 00:00 house acknowledgement 1 missed",
            "06-02 16:00 house decision 1 extended",
        ]
        assert decision(given).due_date == date(2026, 6, 15)

    def test_by_hand_too_the_notice_has_its_parts(self):
        with pytest.raises(errors.PartsMissing):
            case().when(asked(c.Extend(clock=DECISION, parts=("reasons",)), TUESDAY, book=PATIENT))

    def test_an_extended_promise_that_stands_still_counts_its_pause(self):
        """In either order; and a decision within the longer limit is in time."""
        one = case(("05-26T10:00", HOLDING), ("05-26T15:00", PAUSE), ("05-27T09:00", RESUME))
        other = case(("05-26T10:00", PAUSE), ("05-26T15:00", HOLDING), ("05-27T09:00", RESUME))

        assert decision(one).due_date == decision(other).due_date == date(2026, 6, 16)
        resolve = c.Resolve(outcome="upheld", reasons="Yes.")
        assert timeline(one, asked(resolve, paris("2026-06-16T23:59"), book=PATIENT))[-1] == (
            "06-16 23:59 house decision 1 met"
        )

    def test_a_moved_promise_stays_extended(self):
        book = Rulebook([parse(PATIENT_HOUSE, "house.toml")], [a_calendar(), AMENDED])
        given = case(("05-26T10:00", HOLDING))

        given.when(asked(c.Retarget(clock=DECISION, cause="calendar"), LATER, book=book))

        assert decision(given).due_date == date(2026, 6, 16)
