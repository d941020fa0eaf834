"""What was ever stored still loads, and is stored the same way: a record of one kind never changes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import NoneType
from typing import Any, TypeAlias, get_args
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from adapters.eventstore.mapper import EventMapper
from adapters.eventstore.stored_form import COORDINATES
from domain.catalogue import EVENTS
from domain.clocks import CLOCK_EVENTS
from domain.configuration import Rules
from domain.kernel import Event
from tests.adapters.keys import FixedKeys
from tests.golden.write import GOLDEN, examples

ROOT = Path(__file__).parents[2]
ID = UUID("019e5048-3f00-8100-8000-000000000001")
Entry: TypeAlias = dict[str, Any]
ENTRIES: list[Entry] = json.loads(GOLDEN.read_text())
MAPPER = EventMapper(EVENTS, FixedKeys())

# As the published interface spells them; the life of a complaint has room for all of these.
PUBLISHED = {
    *(
        f"complaint.{word}"
        for word in [
            "received",
            "triaged",
            "marked_complex",
            "acknowledged",
            "assigned",
            "investigation_started",
            "investigation_completed",
            "step_recorded",
            "information_requested",
            "information_supplied",
            "update_sent",
            "delay_notice_sent",
            "holding_reply_sent",
            "escalated",
            "de_escalated",
            "resolution_proposed",
            "resolution_approved",
            "resolution_returned",
            "decision_sent",
            "accepted",
            "redress_paid",
            "closed",
            "reopened",
            "withdrawn",
            "redirected",
            "declared_inadmissible",
            "referred_externally",
            "external_outcome_recorded",
            "linked",
            "merged",
            "unmerged",
            "split",
            "noted",
            "rated",
            "corrected",
            "hold_placed",
            "hold_lifted",
            "personal_data_erased",
        ]
    ),
    *(
        f"clock.{word}"
        for word in [
            "started",
            "paused",
            "resumed",
            "retargeted",
            "extended",
            "met",
            "warned",
            "missed",
            "miss_corrected",
            "miss_excused",
            "cancelled",
        ]
    ),
    *(
        f"ticket.{word}"
        for word in [
            "opened",
            "acknowledged",
            "rated",
            "triaged",
            "assigned",
            "escalated",
            "de_escalated",
            "investigation_started",
            "information_requested",
            "information_supplied",
            "replied",
            "solved",
            "closed",
            "reopened",
            "promoted",
            "appointment_booked",
            "noted",
        ]
    ),
    *(f"attachment.{word}" for word in ["queued", "scanning", "accepted", "refused", "removed", "stalled"]),
    "policy.loaded",
    "calendar.resolved",
    "form.loaded",
    "notice.loaded",
    "token.created",
    "token.revoked",
    "report.run",
    "checkpoint.published",
}
JOINED = {
    "form.translated",
    "complaint.sensitivity_changed",
    "complaint.emergency_access_granted",
    "ticket.sensitivity_changed",
    "ticket.emergency_access_granted",
    "complaint.link_issued",
    "complaint.links_revoked",
    "ticket.link_issued",
    "ticket.links_revoked",
    "complaint.value_refused",
    "complaint.value_flagged",
    "ticket.value_refused",
    "ticket.value_flagged",
    "intake.value_refused",
    "complaint.vulnerability_flagged",
    "complaint.vulnerability_lifted",
    "complaint.department_answered",
    "complaint.department_overdue",
    "complaint.finding_recorded",
    "ticket.suspended",
    "ticket.resumed",
    "ticket.source_updated",
    "ticket.follow_up_asked",
    "ticket.appointment_cancelled",
    "ticket.message_planned",
    "complaint.message_planned",
    *(
        f"{kind}.{word}"
        for kind in ("complaint", "ticket")
        for word in (
            "unlinked",
            "absorbed",
            "begun_by_split",
            "safeguards_carried",
            "represented",
            "representation_ended",
            "person_complained_of_named",
        )
    ),
    *(f"ticket.{word}" for word in ("linked", "merged", "unmerged", "split", "hold_placed", "hold_lifted")),
    "clock.stopped_late",
    "clock.taken_over",
    "clock.excusal_proposed",
    "calendar.defined",
    "calendar.amended",
    *(
        f"user.{word}"
        for word in ["added", "changed", "left", "returned", "hand_over_asked", "handed_over", "impersonated"]
    ),
    *(f"team.{word}" for word in ["added", "changed", "closed"]),
    *(f"legal_entity.{word}" for word in ["added", "changed"]),
    *(f"{kind}.{word}" for kind in ["complaint", "ticket"] for word in ["issue_linked", "issue_unlinked"]),
    *(
        f"issue.{word}"
        for word in ["opened", "changed", "mitigated", "closed", "reopened", "update_announced"]
    ),
    "case.read",
    "webhook.added",
    "webhook.changed",
    "webhook.disabled",
    "webhook.enabled",
    "webhook.secret_rotated",
    "webhook.removed",
}
"""Topics that joined since."""


def stored(entry: Entry, version: int = 3) -> StoredEvent:
    state = json.dumps(entry["state"], ensure_ascii=False, separators=(",", ":"))
    return StoredEvent(ID, version, entry["topic"], state.encode())


def in_clear(event: Event) -> StoredEvent:
    state = event.model_dump_json(exclude=set(COORDINATES), exclude_none=True, by_alias=True)
    return StoredEvent(ID, 3, event.TOPIC, state.encode())


def name(number: int) -> str:
    return f"{number}-{ENTRIES[number]['topic']}"


@pytest.mark.parametrize("number", range(len(ENTRIES)), ids=name)
def test_what_was_stored_loads_and_is_stored_the_same(number: int):
    """Byte for byte, but for fields that joined the event since: each has its default.

    What was stored in clear before there was sealing loads, and is sealed when it is stored again.
    """
    before = stored(ENTRIES[number])
    event = MAPPER.to_domain_event(before)
    store = MAPPER.to_stored_event if b'{"sealed":' in before.state else in_clear
    again = store(event)

    assert before.topic == event.TOPIC
    assert (event.originator_id, event.originator_version) == (ID, 3)
    state = json.loads(again.state)
    joined = state.keys() - ENTRIES[number]["state"].keys()
    said = {field: value for field, value in state.items() if field not in joined}
    assert not event.model_fields_set & joined
    assert again == (stored({"topic": again.topic, "state": state}) if joined else before)
    assert stored({"topic": again.topic, "state": said}) == before
    assert store(MAPPER.to_domain_event(again)) == again
    assert MAPPER.to_domain_event(MAPPER.to_stored_event(event)) == event


def test_every_event_has_an_example():
    """With the least and with all that it can say: no field is left out of both."""
    assert {entry["topic"] for entry in ENTRIES} == {event.TOPIC for event in EVENTS}
    for event in EVENTS:
        said = {field for entry in ENTRIES if entry["topic"] == event.TOPIC for field in entry["state"]}
        assert said == set(event.model_fields) - {"originator_id", "originator_version"}


def test_the_file_only_grows():
    """What is committed stays, in its order."""
    frozen = at_head()

    assert ENTRIES[: len(frozen)] == frozen


def at_head() -> list[Entry]:
    show = ["git", "-c", "safe.directory=*", "show", f"HEAD:{GOLDEN.relative_to(ROOT)}"]
    done = subprocess.run(show, cwd=ROOT, capture_output=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else []


def test_events_as_they_are_stored_today_are_in_the_file():
    """A field that joins an event adds an example of it."""
    assert [entry for event in EVENTS for entry in examples(event) if entry not in ENTRIES] == []


def test_topics_are_unique_and_published():
    topics = [event.TOPIC for event in EVENTS]

    assert len(set(topics)) == len(topics)
    assert set(topics) <= PUBLISHED | JOINED
    assert not PUBLISHED & JOINED
    assert {event.TOPIC for event in CLOCK_EVENTS} <= {
        topic for topic in topics if topic.startswith("clock.")
    }


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_an_optional_field_reads_as_none_where_it_is_absent(event: type[Event]):
    """Fields that are None are not stored: one that may be None has no other default."""
    for field, info in event.model_fields.items():
        if NoneType in get_args(info.annotation):
            assert info.default is None, field


def test_a_promise_to_read_old_events_can_be_broken():
    """A field that is new and required, or a meaning that is narrower, is noticed."""

    class Closed(Event):
        TOPIC = "complaint.closed"
        reason: int

    changed = EventMapper([Closed])
    entry = next(entry for entry in ENTRIES if entry["topic"] == "complaint.closed")

    with pytest.raises(Exception, match="does not fit its topic"):
        changed.to_domain_event(stored(entry))


def test_stored_rules_replay():
    """A policy and calendars that were stored are still rules."""
    entries = [entry for entry in ENTRIES if entry["topic"] == "calendar.resolved"]
    history = [MAPPER.to_domain_event(stored(entry, version)) for version, entry in enumerate(entries, 1)]
    rules = Rules.replay(None, history)

    assert rules is not None
    assert len(rules.calendars) == len({entry["state"]["version"] for entry in entries}) == 2
