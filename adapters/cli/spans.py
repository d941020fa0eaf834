"""Instants and dates as they are typed on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime

from adapters.cli.output import WRONG_USAGE, fail


def instant(text: str | None) -> datetime | None:
    """Return the instant that *text* names; without an offset it is taken in UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail("An instant is written like 2026-06-01T12:00:00+02:00.", WRONG_USAGE)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day(text: str) -> date:
    """Return the date that *text* names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail("A date is written like 2026-06-01.", WRONG_USAGE)
