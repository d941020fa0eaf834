"""Breaches of 17,504 real incidents at 2, 7 and 15 business days, as counted by other code.

``tests/data/itsm/derive.py`` makes the data from the public log; its README names source and licence.
"""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.calendars import BusinessDays, Calendar, business_days
from domain.deadlines import deadline
from tests.domain.clockwork import a_regime, a_term

DATA = Path(__file__).parents[1] / "data" / "itsm"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text())
LIMITS = (2, 7, 15)


@cache
def cases() -> tuple[dict[str, date | None], ...]:
    with gzip.open(DATA / "cases.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        {name: date.fromisoformat(day) if day else None for name, day in row.items() if name != "case_id"}
        for row in rows
    )


@cache
def weekdays() -> BusinessDays:
    calendar = Calendar.resolved("none", "none", date(2015, 1, 1), date(2018, 12, 31), ())
    return business_days(calendar, frozenset({5, 6}))


def spans(step: str) -> list[tuple[date, date]]:
    both = ((case["opened"], case[step]) for case in cases())
    return [(opened, done) for opened, done in both if opened and done]


@pytest.mark.parametrize("step", EXPECTED)
def test_every_case_is_there(step: str):
    expected = EXPECTED[step]

    assert len(spans(step)) == expected["done"]
    assert len(cases()) == expected["done"] + expected["not_done"]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("step", EXPECTED)
def test_as_many_took_more_business_days(step: str, limit: int):
    days = weekdays()

    breaches = sum(days.count(opened, done) > limit for opened, done in spans(step))

    assert breaches == EXPECTED[step]["breaches"][str(limit)]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("step", EXPECTED)
def test_as_many_were_done_business_days_after_they_fell_due(step: str, limit: int):
    """The figures take an answer on a Saturday for one of the Friday before; a clock would not."""
    term = a_term(limit)
    regime = a_regime(term, calendar="none", zone="UTC")
    days = weekdays()

    @cache
    def due(opened: date) -> date:
        return deadline(term, regime, days, datetime.combine(opened, time(12), UTC)).due_date

    breaches = sum(days.count(due(opened), done) > 0 for opened, done in spans(step))

    assert breaches == EXPECTED[step]["breaches"][str(limit)]
    assert breaches <= sum(done > due(opened) for opened, done in spans(step))
