"""Instants as they are sent: written in full, in a year that can be counted with; what is stored is not judged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.kernel import Instant
from domain.written import InFull, Stated

FULL, STATED = TypeAdapter[datetime](InFull), TypeAdapter[datetime](Stated)
AT = datetime(2026, 5, 22, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-05-22T14:30:00+02:00", "2026-05-22T12:30:00Z", "2026-05-22t12:30:00z"]
)
def test_an_instant_is_what_it_says(text: str):
    assert FULL.validate_json(f'"{text}"', strict=True) == STATED.validate_python(AT) == AT


@pytest.mark.parametrize(
    "text", ["1700000000", "1795000000.5", "1795000000000", "2026-05-22_12:30:00Z", "2026-05-22T12:30:00", ""]
)
def test_digits_are_no_instant_whatever_they_might_count(text: str):
    for adapter in (FULL, STATED):
        with pytest.raises(ValidationError) as refused:
            adapter.validate_json(f'"{text}"', strict=True)
        assert [each["type"] for each in refused.value.errors()] == ["datetime_aware"]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0999-12-31T23:59:59Z", "9001-01-01T00:00:00Z"])
def test_nothing_is_said_to_have_happened_in_a_year_that_cannot_be_counted_with(text: str):
    """A day before the first one there is, in a zone to the west, is none."""
    with pytest.raises(ValidationError, match="from 1000 to 9000"):
        STATED.validate_json(f'"{text}"', strict=True)
    assert FULL.validate_json(f'"{text}"', strict=True) == TypeAdapter(Instant).validate_python(text)
