"""Calendars change by new versions, each with its author; closures never reach a legal limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from domain.calendars import (
    Amendment,
    BeyondTheCalendar,
    Calendar,
    CountsOnClosures,
    DayHasPassed,
    DefinedOtherwise,
    HoldsPublicHolidays,
    Holiday,
    NoCodeOfTheFirm,
    NotPublic,
    amended,
)
from domain.clocks import bind
from domain.configuration import CalendarAmended, CalendarDefined, CalendarResolved, Rules
from domain.errors import DomainError, UnknownCalendar
from domain.policies import parse
from domain.testing import HOUSE, MICA, Given, a_calendar, by

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANNA = by(NOON, "anna")
EVE, BASTILLE = date(2026, 12, 24), date(2026, 7, 14)
MOURNING = Amendment(date=date(2026, 6, 15), closed=True, name="Mourning", source="Decree 7")

Step = Callable[[Rules], object]


def resolve(calendar: Calendar) -> Step:
    return lambda rules: rules.resolve_calendar(calendar, ANNA)


def define(code: str = "house-fr", base: str = "FR") -> Step:
    return lambda rules: rules.define_calendar(code, base, ANNA)


def decide(day: date, *, closed: bool, code: str = "house-fr", name: str = "Decided") -> Step:
    return lambda rules: rules.decide_day(code, day, ANNA, closed=closed, name=name)


def correct(amendment: Amendment = MOURNING, code: str = "FR") -> Step:
    return lambda rules: rules.correct_holiday(code, amendment, ANNA)


def firm(*amendments: Amendment, base: Calendar | None = None) -> Calendar:
    return amended(base or a_calendar(), amendments, code="house-fr")


def by_firm(day: date, *, closed: bool) -> Amendment:
    return Amendment(date=day, closed=closed, name="Decided", source="the firm")


FRANCE = resolve(a_calendar())
WITHOUT = resolve(Calendar.resolved("none", "none", date(2025, 1, 1), date(2028, 12, 31), ()))


def test_a_calendar_of_the_firm_begins_as_its_base():
    given = Given(Rules(), FRANCE)

    assert given.when(define()) == [
        ("CalendarDefined", {"code": "house-fr", "base": "FR"}),
        ("CalendarResolved", firm().model_dump()),
    ]
    assert given.when(define()) == []


def test_a_day_that_the_firm_closes_or_opens_makes_a_version_of_its_own_calendar():
    """Each with its author; the public holidays stay as they are."""
    given = Given(Rules(), FRANCE, define())
    closed = given.events(decide(EVE, closed=True))
    opened = given.events(decide(BASTILLE, closed=False))

    assert [(event.TOPIC, event.actor) for event in closed + opened] == [
        ("calendar.amended", "anna"),
        ("calendar.resolved", "anna"),
    ] * 2
    assert isinstance(closed[0], CalendarAmended)
    assert (closed[0].code, closed[0].date, closed[0].closed, closed[0].name, closed[0].source) == (
        "house-fr",
        EVE,
        True,
        "Decided",
        "the firm",
    )
    book = given.aggregate.rulebook()
    assert book.calendar("FR") == a_calendar()
    assert book.calendar("house-fr") == firm(by_firm(EVE, closed=True), by_firm(BASTILLE, closed=False))
    assert len([each for each in book.calendars if each.code == "house-fr"]) == 3


def test_a_day_that_is_decided_so_already_is_no_news():
    """A holiday need not be closed, nor a working day opened."""
    given = Given(Rules(), FRANCE, define(), decide(EVE, closed=True))

    for step in (
        decide(EVE, closed=True),
        decide(BASTILLE, closed=True),
        decide(date(2026, 7, 15), closed=False),
    ):
        assert given.when(step) == []


def test_a_closure_taken_back_makes_the_version_of_before_current_again():
    """Current is what was recorded last, also when it is a version of old."""
    given = Given(Rules(), FRANCE, define(), decide(EVE, closed=True))

    assert [name for name, _ in given.when(decide(EVE, closed=False))] == [
        "CalendarAmended",
        "CalendarResolved",
    ]
    assert given.aggregate.calendar("house-fr").version == firm().version
    assert given.aggregate.rulebook().calendar("house-fr").version == firm().version


def test_today_can_be_closed_as_long_as_it_is_today_somewhere():
    given = Given(Rules(), FRANCE, define())
    midnight = by(datetime(2026, 6, 3, 11, tzinfo=UTC))

    with pytest.raises(DayHasPassed):
        given.when(
            lambda rules: rules.decide_day("house-fr", date(2026, 6, 1), midnight, closed=True, name="-")
        )
    assert given.when(
        lambda rules: rules.decide_day("house-fr", date(2026, 6, 2), midnight, closed=True, name="-")
    )


def test_a_proclaimed_day_makes_a_version_that_names_it_and_the_firm_follows():
    given = Given(Rules(), FRANCE, define(), decide(EVE, closed=True))
    public = amended(a_calendar(), [MOURNING])

    assert given.when(correct()) == [
        ("CalendarAmended", {"code": "FR"} | MOURNING.model_dump()),
        ("CalendarResolved", public.model_dump()),
        ("CalendarResolved", firm(by_firm(EVE, closed=True), base=public).model_dump()),
    ]
    assert public.source == "worked by hand; 2026-06-15 Decree 7"
    assert given.when(correct()) == []


def test_a_proclaimed_day_outlives_holiday_data_without_it():
    """And data that have learned it make no new version."""
    given = Given(Rules(), FRANCE, correct())
    later = Holiday(date=MOURNING.date, name="Day of mourning")
    learned = Calendar.resolved(
        "FR", "newer", date(2025, 1, 1), date(2028, 12, 31), [*a_calendar().holidays, later]
    )

    assert given.when(FRANCE) == []
    assert given.when(resolve(learned)) == []
    longer = Calendar.resolved("FR", "newer", date(2025, 1, 1), date(2029, 12, 31), a_calendar().holidays)
    assert given.when(resolve(longer)) == [("CalendarResolved", amended(longer, [MOURNING]).model_dump())]


def test_a_repealed_holiday_stays_away():
    repealed = Amendment(date=BASTILLE, closed=False, name="Moved", source="Decree 8")
    given = Given(Rules(), FRANCE, correct(repealed))

    assert given.when(FRANCE) == []
    assert BASTILLE not in {holiday.date for holiday in given.aggregate.calendar("FR").holidays}


def test_a_holiday_of_the_past_may_be_proclaimed():
    """Data that lacked it were wrong, whenever that is found out."""
    past = MOURNING.model_copy(update={"date": date(2026, 3, 2)})

    assert Given(Rules(), FRANCE).when(correct(past))


REFUSED: dict[str, tuple[Step, type[DomainError]]] = {
    "a code like a country's": (define("FR", "FR"), NoCodeOfTheFirm),
    "a code like a country's in small letters": (define("fr"), NoCodeOfTheFirm),
    "the code without holidays": (define("none"), NoCodeOfTheFirm),
    "an unknown base": (define("house-de", "DE"), UnknownCalendar),
    "another base": (define("house-fr", "none"), DefinedOtherwise),
    "a base of the firm": (define("house-night", "house-fr"), NotPublic),
    "closing on a public calendar": (decide(EVE, closed=True, code="FR"), HoldsPublicHolidays),
    "opening on a public calendar": (decide(BASTILLE, closed=False, code="FR"), HoldsPublicHolidays),
    "closing where there are no holidays": (decide(EVE, closed=True, code="none"), HoldsPublicHolidays),
    "closing on an unknown calendar": (decide(EVE, closed=True, code="house-xx"), UnknownCalendar),
    "closing a day that has passed": (decide(date(2026, 5, 29), closed=True), DayHasPassed),
    "closing a day beyond": (decide(date(2029, 1, 1), closed=True), BeyondTheCalendar),
    "a holiday of the firm": (correct(code="house-fr"), NotPublic),
    "a holiday where there are none": (correct(code="none"), NotPublic),
    "a holiday of an unknown calendar": (correct(code="DE"), UnknownCalendar),
    "a holiday beyond": (
        correct(MOURNING.model_copy(update={"date": date(2024, 1, 1)})),
        BeyondTheCalendar,
    ),
}


@pytest.mark.parametrize(("step", "rule"), REFUSED.values(), ids=REFUSED)
def test_what_would_blur_public_holidays_and_closures_is_refused(step: Step, rule: type[DomainError]):
    """And nothing is recorded."""
    given = Given(Rules(), FRANCE, WITHOUT, define())

    with pytest.raises(rule):
        given.when(step)
    assert given.aggregate.collect_events() == []


def test_a_name_that_no_event_can_hold_is_refused():
    with pytest.raises(ValidationError):
        Given(Rules(), FRANCE, define()).when(decide(EVE, closed=True, name="two\nlines"))


def test_a_legal_limit_cannot_count_on_closures():
    """A house promise can: nobody but the firm made it."""
    legal = parse(MICA, "mica.toml").model_copy(update={"legal": True, "calendar": "house-fr"})
    given = Given(Rules(), FRANCE, define())

    with pytest.raises(CountsOnClosures):
        given.when(lambda rules: rules.load_policy(legal, MICA, ANNA))
    house = legal.model_copy(update={"legal": False})
    assert [name for name, _ in given.when(lambda rules: rules.load_policy(house, MICA, ANNA))] == [
        "PolicyLoaded"
    ]


def test_a_closure_moves_house_promises_alone():
    """New cases count the house promise on the closure, and the legal limit as before."""
    house = HOUSE.replace('calendar = "FR"', 'calendar = "house-fr"')
    law = f"legal = true\n{MICA}"
    given = Given(
        Rules(),
        FRANCE,
        define(),
        lambda rules: rules.load_policy(parse(house, "house.toml"), house, ANNA),
        lambda rules: rules.load_policy(parse(law, "law.toml"), law, ANNA),
    )
    before = given.aggregate.rulebook()

    given.when(decide(EVE, closed=True))

    after = given.aggregate.rulebook()
    versions = [
        {pin.regime: (pin.calendar, pin.calendar_version) for pin in bind(book, book.regimes)}
        for book in (before, after)
    ]
    closed = firm(by_firm(EVE, closed=True))
    assert versions == [
        {"house": ("house-fr", firm().version), "mica": ("FR", a_calendar().version)},
        {"house": ("house-fr", closed.version), "mica": ("FR", a_calendar().version)},
    ]


def test_replay_gives_the_calendars_that_were_recorded():
    rules = Rules()
    for step in (FRANCE, define(), decide(EVE, closed=True), decide(EVE, closed=False), correct()):
        step(rules)
    events = rules.collect_events()
    replayed = Rules.replay(None, events)

    assert [type(event) for event in events] == [
        CalendarResolved,
        CalendarDefined,
        CalendarResolved,
        *[CalendarAmended, CalendarResolved] * 3,
        CalendarResolved,
    ]
    assert replayed is not None
    assert vars(replayed) == vars(rules)
