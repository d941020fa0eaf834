"""Policy files state regimes; the rulebook says which of them bind a case."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import domain.policies
from domain.calendars import Calendar
from domain.errors import UnknownCalendar, UnknownRegime
from domain.policies import Applies, Offset, PolicyError, Regime, Rulebook, Scope, Term, parse

SHIPPED = Path(domain.policies.__file__).parent
EEA = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
    "IS",
    "LI",
    "NO",
]

MINIMAL = """
regime = "probe"
version = "1"
effective_from = 2026-01-01
zone = "Europe/Paris"
calendar = "FR"

[[terms]]
milestone = "decision"
limit = 7
unit = "business_day"
start = "received"
stop = ["decision_sent"]
"""


CALENDAR = Calendar.resolved("FR", "by hand", date(2026, 1, 1), date(2026, 12, 31), ())


def a_version(version: str, effective_from: str, until: str | None = None, **facts: Any) -> Regime:
    given = {"regime": "probe", "zone": "Europe/Paris", "calendar": "FR", "terms": parse(MINIMAL, "").terms}
    dates = {"effective_from": effective_from, "effective_until": until}
    return Regime.model_validate(given | {"version": version} | dates | facts)


def test_a_file_needs_little_and_the_rest_has_defaults():
    """The defaults are those of the documented format."""
    assert parse(MINIMAL, "probe.toml") == Regime(
        regime="probe",
        version="1",
        effective_from=date(2026, 1, 1),
        effective_until=None,
        jurisdiction="firm",
        source="published complaints procedure",
        verified=True,
        legal=False,
        calendar="FR",
        zone="Europe/Paris",
        weekend=("sat", "sun"),
        hours=(),
        applies=Applies(country=(), service=(), client_kind=(), channel=(), legal_entity=()),
        terms=(
            Term(
                milestone="decision",
                limit=7,
                unit="business_day",
                duty=None,
                start=("received",),
                stop=("decision_sent",),
                until=(),
                bound="end_of_day",
                roll="none",
                pausable=False,
                recurring=False,
                on_reopen="resume_original",
                rollover_after_close=False,
                warn_before=(),
                required_parts=(),
            ),
        ),
    )


def test_a_regime_survives_storage():
    """As JSON, with every key."""
    regime = parse((SHIPPED / "house.toml").read_text(), "house.toml")

    assert Regime.model_validate_json(regime.model_dump_json()) == regime


def test_the_house_regime_is_the_published_procedure():
    """Acknowledge within 2 business days, decide within 7, tell of progress every 5 after that."""
    house = parse((SHIPPED / "house.toml").read_text(), "house.toml")
    warning = (Offset(number=1, unit="business_day"),)

    assert (house.reference, house.legal, house.zone, house.calendar) == (
        "house@2026-01",
        False,
        "Europe/Paris",
        "FR",
    )
    assert house.applies == Applies()
    assert house.terms == (
        Term(
            milestone="acknowledgement",
            limit=2,
            unit="business_day",
            start=("received",),
            stop=("acknowledged",),
            warn_before=warning,
            confidence="given",
        ),
        Term(
            milestone="decision",
            limit=7,
            unit="business_day",
            start=("received",),
            stop=("decision_sent",),
            warn_before=warning,
            confidence="given",
        ),
        Term(
            milestone="progress_update",
            limit=5,
            unit="business_day",
            start=("decision_missed", "marked_complex"),
            stop=("update_sent",),
            until=("decision_sent",),
            recurring=True,
            warn_before=warning,
            confidence="given",
        ),
    )


def test_mica_binds_residents_of_the_eea():
    """A decision within two months, rolled forward; an acknowledgement without a number."""
    mica = parse((SHIPPED / "mica.toml").read_text(), "mica.toml")

    assert (mica.reference, mica.legal, mica.jurisdiction) == ("mica@2025-294", True, "EU")
    assert mica.applies == Applies(country=tuple(EEA))
    assert [(term.milestone, term.limit, term.unit, term.roll) for term in mica.terms] == [
        ("acknowledgement", None, None, "none"),
        ("completeness", None, None, "none"),
        ("inquiry_answer", None, None, "none"),
        ("decision", 2, "month", "following"),
        ("delay_notice", None, None, "none"),
    ]
    assert mica.term("decision").stop == ("decision_sent",)


@pytest.mark.parametrize(
    ("recurring", "until", "expected"),
    [
        ("false", "", ()),
        ("true", "", ("decision_sent",)),
        ("true", "until = []", ()),
        ("false", 'until = "closed"', ("closed",)),
    ],
)
def test_a_recurring_promise_ends_with_the_decision_unless_it_says(
    recurring: str, until: str, expected: tuple[str, ...]
):
    text = f"{MINIMAL}recurring = {recurring}\n{until}"

    assert parse(text, "probe.toml").term("decision").until == expected


LIMIT_LINE = "limit = 7"
UNIT_LINE = 'unit = "business_day"'


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('zone = "Europe/Paris"', "", "probe.toml: zone: the key is missing; add it."),
        ('calendar = "FR"', 'calender = "FR"', "probe.toml: calendar: the key is missing; add it (1 more to correct after that)."),
        ("[[terms]]", "weekends = []\n[[terms]]", "probe.toml, line 8: weekends: the key is unknown; did you mean weekend."),
        ("[[terms]]", "[applies]\nplanet = []\n[[terms]]", "probe.toml, line 9: applies.planet: the key is unknown; remove it."),
        ("[[terms]]", '[applies]\ncountry = ["fr"]\n[[terms]]', "probe.toml, line 9: applies.country[1]: 'fr' is not written as it should be; use the form ^[A-Z]{2}$."),
        (LIMIT_LINE, "limits = 7", "probe.toml, line 10: terms[1].limits: the key is unknown; did you mean limit."),
        (UNIT_LINE, 'unit = "day"', "probe.toml, line 11: terms[1].unit: 'day' is not known; use 'business_day', 'calendar_day', 'week', 'month', 'year', 'hour' or 'business_hour'."),
        (UNIT_LINE, "", "probe.toml, line 8: terms[1]: limit has no unit; add unit, one of business_day, calendar_day, week, month, year, hour, business_hour."),
        (LIMIT_LINE, "", 'probe.toml, line 8: terms[1]: there is neither limit nor duty; add limit, or duty = "without_undue_delay".'),
        (LIMIT_LINE, "limit = 0", "probe.toml, line 8: terms[1]: limit 0 is out of range; use 1 to 3660 for a business_day."),
        (LIMIT_LINE, "limit = 4000", "probe.toml, line 8: terms[1]: limit 4000 is out of range; use 1 to 3660 for a business_day."),
        (LIMIT_LINE, 'limit = "7"', "probe.toml, line 10: terms[1].limit: '7' cannot be used; input should be a valid integer."),
        (LIMIT_LINE, "limit = true", "probe.toml, line 10: terms[1].limit: True cannot be used; input should be a valid integer."),
        ('start = "received"', "", "probe.toml, line 8: terms[1].start: the key is missing; add it."),
        ('start = "received"', "start = []", 'probe.toml, line 12: terms[1].start: no event word is named; name at least one, such as "received".'),
        ('start = "received"', 'start = "Received!"', "probe.toml, line 12: terms[1].start[1]: 'Received!' is not written as it should be; use the form ^[a-z][a-z0-9_]*$."),
        ('stop = ["decision_sent"]', "stop = []", 'probe.toml, line 13: terms[1].stop: no event word is named; name at least one, such as "received".'),
        ('zone = "Europe/Paris"', 'zone = "Europe/Pari"', 'probe.toml, line 5: zone: "Europe/Pari" is no time zone; use an IANA name such as "Europe/Paris".'),
        ('calendar = "FR"', 'calendar = "France"', 'probe.toml, line 6: calendar: "France" is not written like a calendar; use a code such as "FR" or "GB-ENG", "none", or one of the firm\'s own such as "house-fr".'),
        ("[[terms]]", 'weekend = ["mon","tue","wed","thu","fri","sat","sun"]\n[[terms]]', "probe.toml, line 8: weekend: every day is a weekend; leave at least one business day."),
        ("[[terms]]", 'hours = [["09:00","09:00"]]\n[[terms]]', 'probe.toml, line 8: hours: a window never opens; give it a length, or write ["00:00", "24:00"] for a whole day.'),
        ("[[terms]]", 'hours = [["09:00","13:00"],["12:00","18:00"]]\n[[terms]]', "probe.toml, line 8: hours: two windows overlap; let each open when or after the one before has closed."),
        ("[[terms]]", 'hours = [["08:00","12:00"],["22:00","08:30"]]\n[[terms]]', "probe.toml, line 8: hours: two windows overlap; let each open when or after the one before has closed."),
        ("[[terms]]", 'hours = [["9","18"]]\n[[terms]]', "probe.toml, line 8: hours[1][1]: '9' is not written as it should be; use the form ^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$ (1 more to correct after that)."),
        (UNIT_LINE, 'unit = "business_hour"', 'probe.toml: hours are missing and decision needs them; add hours = [["09:00", "18:00"]].'),
        (UNIT_LINE, f'{UNIT_LINE}\nbound = "close_of_business"', 'probe.toml: hours are missing and decision needs them; add hours = [["09:00", "18:00"]].'),
        (UNIT_LINE, 'unit = "hour"\nroll = "following"', 'probe.toml, line 8: terms[1]: roll = "following" moves days, not hours; use roll = "none" or a unit of days.'),
        (UNIT_LINE, 'unit = "hour"\nbound = "close_of_business"', "probe.toml, line 8: terms[1]: a term in hours ends when they have run; leave bound out or use a unit of days."),
        (UNIT_LINE, f'{UNIT_LINE}\nwarn_before = ["soon"]', 'probe.toml, line 12: terms[1].warn_before[1]: "soon" is not a number and a unit; write it like "1 business_day".'),
        (UNIT_LINE, f'{UNIT_LINE}\nwarn_before = ["1 day"]', "probe.toml, line 12: terms[1].warn_before[1].unit: 'day' is not known; use 'business_day', 'calendar_day', 'week', 'month', 'year', 'hour' or 'business_hour'."),
        ("effective_from = 2026-01-01", "effective_from = 2026-01-01\neffective_until = 2026-01-01", "probe.toml: effective_until is not after effective_from; give the first day it no longer applies."),
        ('version = "1"', 'version = "1', "probe.toml: the file is not valid TOML, Illegal character '\\n' (at line 3, column 13); correct that line."),
        (MINIMAL, MINIMAL.replace("[[terms]]", "[[terms]]\nlimit = 1", 1), "probe.toml: the file is not valid TOML, Cannot overwrite a value (at line 11, column 10); correct that line."),
        (MINIMAL, MINIMAL[: MINIMAL.index("[[terms]]")] + "terms = []", "probe.toml, line 8: terms: nothing is promised; add a [[terms]] table."),
        (MINIMAL, MINIMAL + MINIMAL[MINIMAL.index("[[terms]]") :], "probe.toml, line 8: terms: milestone decision is promised twice; keep one term for it."),
        (MINIMAL, MINIMAL + MINIMAL[MINIMAL.index("[[terms]]") :].replace("unit", "units"), "probe.toml, line 17: terms[2].units: the key is unknown; did you mean unit."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_what_to_correct(old: str, new: str, complaint: str):
    """One sentence: the file, the line, the key, what is wrong and the remedy."""
    assert MINIMAL.count(old) == 1
    with pytest.raises(PolicyError) as refused:
        parse(MINIMAL.replace(old, new), "probe.toml")

    assert str(refused.value) == complaint


@pytest.mark.parametrize(
    ("applies", "scope", "expected"),
    [
        (Applies(), Scope(), True),
        (Applies(country=("FR", "DE")), Scope(country="DE"), True),
        (Applies(country=("FR", "DE")), Scope(country="GB"), False),
        (Applies(country=("FR",)), Scope(), False),
        (Applies(country=("FR",), service=("custody",)), Scope(country="FR", service="advice"), False),
        (Applies(client_kind=("retail",), channel=("web",), legal_entity=("A",)), Scope(client_kind="retail", channel="web", legal_entity="A"), True),
    ],
)  # fmt: skip
def test_a_regime_binds_the_cases_it_lists(applies: Applies, scope: Scope, expected: bool):
    """An empty list is any; a fact that is not known is in no list."""
    assert applies.matches(scope) is expected


def test_a_version_is_in_force_from_its_first_day_to_the_day_before_its_end():
    regime = a_version("1", "2026-01-01", "2026-06-01")

    assert [
        regime.in_force(date(2025, 12, 31)),
        regime.in_force(date(2026, 1, 1)),
        regime.in_force(date(2026, 5, 31)),
        regime.in_force(date(2026, 6, 1)),
    ] == [False, True, True, False]


def test_a_rulebook_finds_regimes_and_calendars():
    """Without a version, the latest regime and the current calendar."""
    first, second = a_version("1", "2026-01-01"), a_version("2", "2027-01-01")
    older = Calendar.resolved("FR", "1", date(2026, 1, 1), date(2026, 12, 31), ())
    newer = Calendar.resolved("FR", "2", date(2026, 1, 1), date(2027, 12, 31), ())
    book = Rulebook([second, first, first], [older, newer])

    assert book.regimes == (first, second)
    assert book.regime("probe") == second
    assert book.regime("probe", "1") == first
    assert book.calendars == (older, newer)
    assert book.calendar("FR") == newer
    assert book.calendar("FR", older.version) == older
    assert Rulebook([], [older, newer], {"FR": older.version}).calendar("FR") == older


def test_what_is_not_loaded_is_refused_and_what_is_loaded_is_named():
    book = Rulebook([a_version("1", "2026-01-01")], [CALENDAR])

    for id, version in (("house", None), ("probe", "2"), ("house", "1")):
        with pytest.raises(UnknownRegime, match="use one of: probe@1"):
            book.regime(id, version)
    for code, version in (("GB-ENG", None), ("FR", "abc")):
        with pytest.raises(UnknownCalendar, match="use one of: FR"):
            book.calendar(code, version)


NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def applicable(*regimes: Regime, at: datetime = NOON, scope: Scope = Scope()) -> list[str]:  # noqa: B008
    return [regime.reference for regime in Rulebook(regimes).applicable(scope, at)]


def test_every_regime_that_applies_binds_the_house_first():
    """A resident of the EEA has both, one of GB the house regime alone."""
    house, mica = (parse((SHIPPED / f"{name}.toml").read_text(), name) for name in ("house", "mica"))

    assert applicable(mica, house, scope=Scope(country="FR")) == ["house@2026-01", "mica@2025-294"]
    assert applicable(mica, house, scope=Scope(country="GB")) == ["house@2026-01"]
    assert applicable(mica, house, scope=Scope()) == ["house@2026-01"]


def test_a_later_version_supersedes_an_earlier_from_its_first_local_day():
    """Midnight is that of the regime's own zone."""
    versions = [a_version("1", "2026-01-01", legal=True), a_version("2", "2026-06-01", legal=True)]

    assert applicable(*versions, at=datetime(2026, 5, 31, 21, 59, tzinfo=UTC)) == ["probe@1"]
    assert applicable(*versions, at=datetime(2026, 5, 31, 22, 0, tzinfo=UTC)) == ["probe@2"]


def test_a_law_binds_between_its_dates_alone():
    """Neither before its first version, nor after a version that ended without another."""
    law = a_version("1", "2026-03-01", "2026-05-01", legal=True)

    assert [applicable(law, at=datetime(2026, month, 15, tzinfo=UTC)) for month in (2, 3, 6)] == [
        [],
        ["probe@1"],
        [],
    ]


def test_a_house_promise_always_holds():
    """Before its first version the first counts, after an end the one that ended."""
    versions = [a_version("1", "2026-03-01"), a_version("2", "2026-04-01", "2026-05-01")]

    assert [applicable(*versions, at=datetime(2026, month, 15, tzinfo=UTC)) for month in (2, 3, 6)] == [
        ["probe@1"],
        ["probe@1"],
        ["probe@2"],
    ]


@pytest.mark.parametrize(
    ("versions", "complaint"),
    [
        ((a_version("1", "2026-01-01"), a_version("2", "2026-01-01")), "probe@1 and probe@2 take effect on the same day"),
        ((a_version("1", "2026-01-01", "2026-06-01"), a_version("2", "2026-05-01", "2027-01-01")), "set effective_until of the earlier to 2026-05-01 or before"),
        ((a_version("1", "2026-01-01"), a_version("1", "2026-01-01", legal=True)), "probe@1 is loaded with other content; give the new content a new version"),
    ],
)  # fmt: skip
def test_versions_that_contradict_each_other_are_refused(versions: tuple[Regime, ...], complaint: str):
    with pytest.raises(PolicyError, match=complaint):
        Rulebook(versions)


def test_an_open_version_and_a_later_one_do_not_contradict():
    """The later one takes over."""
    versions = (a_version("1", "2026-01-01"), a_version("2", "2026-05-01", "2026-12-01"))

    assert applicable(*versions) == ["probe@2"]
