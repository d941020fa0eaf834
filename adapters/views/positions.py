"""Places in several logs at once, as clients hold them: ``00:12,03:7``."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.eventstore.tables import number_of, position

MOST_LOGS = 256


def places_of(text: str) -> dict[int, int]:
    """Return the number for each log that a position names; raise ValueError when it is none.

    A log that is named twice counts by the greater number.
    """
    places: dict[int, int] = {}
    parts = text.split(",")
    if len(parts) > MOST_LOGS:
        message = "a position names each log once at most"
        raise ValueError(message)
    for log, number in map(number_of, parts):
        places[log] = max(number, places.get(log, 0))
    return places


def written(places: Mapping[int, int]) -> str:
    """Return *places* as one position; a log of which nothing was read is left out."""
    told = [position(log, number) for log, number in sorted(places.items()) if number]
    return ",".join(told) or position(min(places, default=0), 0)
