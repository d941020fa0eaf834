"""Every event of a case is told in words of its own."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from adapters.eventstore.mapper import EventMapper
from adapters.http.pages.timeline import Told, tell
from adapters.http.pages.words import human
from domain import clocks
from domain.catalogue import EVENTS
from domain.complaint.events import EVENTS as OF_A_CASE
from domain.testing import by, paris
from tests.adapters.keys import FixedKeys
from tests.golden.write import HEADER

GOLDEN = Path(__file__).parents[2] / "golden" / "events.json"


def test_only_what_a_topic_says_by_itself_has_no_words_of_its_own():
    mapper, topics = EventMapper(EVENTS, FixedKeys()), {event.TOPIC for event in OF_A_CASE}
    plain: set[str] = set()
    for each in json.loads(GOLDEN.read_text("utf-8")):
        if each["topic"] in topics:
            stored = StoredEvent(
                HEADER["originator_id"], 3, each["topic"], json.dumps(each["state"]).encode()
            )
            word = each["topic"].partition(".")[2]
            fallback = (Told(human(word)), Told(f"A promise: {human(word).lower()}"))
            plain |= {each["topic"]} if tell(mapper.to_domain_event(stored), {}) in fallback else set()

    assert plain == {
        "complaint.closed",
        "complaint.information_supplied",
        "complaint.investigation_completed",
        "complaint.investigation_started",
    }


def test_an_excusal_names_both_people():
    at = paris("2026-05-29T09:00")
    event = clocks.ClockMissExcused.model_validate(
        by(at, "supervisor-2").model_dump()
        | {
            "originator_id": UUID(int=1),
            "originator_version": 9,
            "occurred_at": at,
            "clock_id": UUID(int=2),
            "reason_code": "force_majeure",
            "proposed_by": "supervisor-1",
        }
    )

    assert tell(event, {}) == Told(
        "Excused: A promise missed", "Force majeure, as supervisor-1 proposed.", ""
    )
