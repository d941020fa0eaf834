"""Adds to `events.json` how events are stored today; what is there stays as it is.

Run it as ``python -m tests.golden.write`` after an event joined the catalogue, or a field an event.
Personal values are sealed under test keys, and stand in clear where the entry is older than sealing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from adapters.eventstore.mapper import EventMapper
from domain.catalogue import EVENTS
from domain.kernel import Event
from tests.adapters.keys import FixedKeys
from tests.golden.facts import HEADER, MORE
from tests.golden.full import FULL
from tests.golden.least import LEAST

GOLDEN = Path(__file__).with_name("events.json")


def examples(event: type[Event]) -> list[dict[str, Any]]:
    """Return *event* as it is stored, with the least and with all that it can say."""
    topic = event.TOPIC
    least = HEADER | LEAST[topic]
    states: list[dict[str, Any]] = []
    for facts in (least, least | MORE | FULL.get(topic, {})):
        stored = EventMapper(EVENTS, FixedKeys()).to_stored_event(event.model_validate(facts))
        states.append({"topic": topic, "state": json.loads(stored.state)})
    return states


def main() -> None:
    """Write what is missing."""
    entries: list[dict[str, Any]] = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else []
    for event in EVENTS:
        entries += [entry for entry in examples(event) if entry not in entries]
    GOLDEN.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
