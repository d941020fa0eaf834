"""How closely a case is kept, and opening it in an emergency, on complaints and tickets alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import errors
from domain.access import Sensitivity, Sight
from domain.attachments.events import ATTACHMENT_EVENTS
from domain.case import Case
from domain.catalogue import EVENTS
from domain.commands import COMMANDS, JOINT_COMMANDS, TICKET_COMMANDS
from domain.commands.needs import NEEDS
from domain.complaint import Complaint
from domain.complaint.events import EVENTS as OF_COMPLAINTS
from domain.complaint.events import Noted, Received
from domain.disclosure import INTERNAL, TOLD, concerns, seen
from domain.guarding import EMERGENCY_LASTS
from domain.testing import RULES, Given, a_submission, an_id, by, paris
from domain.ticket import Ticket
from domain.ticket.events import TICKET_EVENTS
from domain.ticket.request import Request

MORNING, LATER = paris("2026-05-26T10:00"), paris("2026-05-26T15:00")
Step = Callable[[Any], None]


def complaint() -> Case:
    case = Complaint(an_id())
    case.receive(a_submission(), by(MORNING), RULES)
    return case


def ticket() -> Case:
    case = Ticket(an_id())
    case.open(Request(form="itsm", category="42"), by(MORNING), RULES)
    return case


def kept(level: Sensitivity, at: datetime = LATER) -> Step:
    return lambda case: case.set_sensitivity(level, "A colleague is named.", by(at), RULES)


def opened(principal: str = "anna", at: datetime = LATER) -> Step:
    return lambda case: case.grant_emergency_access(principal, "It is urgent.", by(at), RULES)


KINDS = pytest.mark.parametrize(("begin", "prefix"), [(complaint, "Complaint"), (ticket, "Ticket")])


@KINDS
def test_a_case_is_kept_at_a_level_until_another(begin: Callable[[], Case], prefix: str):
    given = Given(begin())

    assert given.when(kept(Sensitivity.CONFIDENTIAL)) == [
        (
            f"{prefix}SensitivityChanged",
            {"sensitivity": Sensitivity.CONFIDENTIAL, "reason": "A colleague is named."},
        )
    ]
    assert given.when(kept(Sensitivity.CONFIDENTIAL)) == []
    assert given.aggregate.sensitivity is Sensitivity.CONFIDENTIAL
    assert len(given.when(kept(Sensitivity.NORMAL))) == 1


@KINDS
def test_a_case_that_is_given_to_another_team_keeps_its_level(begin: Callable[[], Any], prefix: str):
    del prefix
    given = Given(begin(), kept(Sensitivity.RESTRICTED))
    given.aggregate.assign(team="payments", assignee=None, by=by(LATER), rules=RULES)

    assert given.aggregate.sensitivity is Sensitivity.RESTRICTED


@KINDS
def test_an_emergency_opens_a_case_to_one_person_for_an_hour(begin: Callable[[], Case], prefix: str):
    """Once while it lasts; another person, or the next hour, is another grant."""
    given, until = Given(begin()), LATER + EMERGENCY_LASTS

    assert given.when(opened()) == [
        (
            f"{prefix}EmergencyAccessGranted",
            {"principal": "anna", "reason": "It is urgent.", "until": until},
        )
    ]
    assert given.when(opened(at=until - timedelta(microseconds=1))) == []
    assert len(given.when(opened("zoe"))) == 1
    assert len(given.when(opened(at=until))) == 1


@pytest.mark.parametrize(("kind", "error"), [(Complaint, errors.NotReceived), (Ticket, errors.NotOpened)])
@pytest.mark.parametrize("step", [kept(Sensitivity.RESTRICTED), opened()], ids=["kept", "opened"])
def test_a_case_that_is_not_there_is_neither_kept_nor_opened(
    kind: type[Case], error: type[Exception], step: Step
):
    with pytest.raises(error):
        step(kind(an_id()))


def test_every_command_says_what_right_it_needs():
    assert set(NEEDS) == {*COMMANDS, *TICKET_COMMANDS, *JOINT_COMMANDS}


def test_every_topic_of_a_case_is_told_to_its_complainant_or_is_internal():
    of_cases = (*OF_COMPLAINTS, *TICKET_EVENTS, *ATTACHMENT_EVENTS)
    topics = {e.TOPIC for e in of_cases if not e.TOPIC.startswith("clock.")}

    assert TOLD.keys() | INTERNAL == topics
    assert not TOLD.keys() & INTERNAL


def test_what_a_complainant_is_told_names_fields_that_there_are():
    fields = {event.TOPIC: event.model_fields.keys() for event in EVENTS}
    unknown = {topic: set(names - fields[topic]) for topic, names in TOLD.items() if names - fields[topic]}
    assert unknown == {}


FACTS = {
    "team": "complaints",
    "category": "fees",
    "details": {"sealed": "AQID"},
    "source": {"system": "cfpb", "id": "7", "personal": {"sealed": "AQID"}},
}


@pytest.mark.parametrize(
    ("sights", "left"),
    [
        (frozenset(Sight), FACTS),
        ({Sight.PUBLIC, Sight.WORK}, {**FACTS, "source": {"system": "cfpb", "id": "7"}, "details": None}),
        ({Sight.PUBLIC, Sight.SHARED}, {"category": "fees", "details": {"sealed": "AQID"}}),
        ({Sight.PUBLIC}, {"category": "fees"}),
    ],
)
def test_of_the_facts_of_an_event_a_reader_gets_what_they_may_see(
    sights: set[Sight], left: dict[str, object]
):
    """What concerns a person is absent at any depth, and of what is the desk's nothing is told."""
    expected = {name: fact for name, fact in left.items() if fact is not None}

    assert seen(FACTS, Received, frozenset(sights)) == expected


@pytest.mark.parametrize(("visibility", "told"), [("internal", False), ("customer", True)])
def test_an_internal_note_is_not_told_to_the_complainant(visibility: str, told: bool):
    header = by(LATER).model_dump() | {
        "originator_id": an_id(),
        "originator_version": 4,
        "occurred_at": LATER,
    }
    note = Noted.model_validate(header | {"text": "Called.", "visibility": visibility})

    assert concerns(note, frozenset({Sight.PUBLIC, Sight.SHARED})) is told
    assert concerns(note, frozenset({Sight.PUBLIC, Sight.WORK}))
