"""The case file, the clocks and the tokens: each a fold of events alone."""

from __future__ import annotations

from typing import Any

import pytest

from domain import clocks
from domain import commands as c
from domain.access import Principal, Role
from domain.complaint import Complaint
from domain.complaint.approval import Answer
from domain.configuration import Token
from domain.ids import reference
from domain.kernel import Event
from domain.testing import RECEIVED, RULES, an_id, asked, by, received
from projections.armed import ARMED, ClockRow
from projections.case_file import CASE_FILE, CaseFile, Decision
from projections.case_life import CaseLife
from projections.catalogue import PROJECTIONS
from projections.projection import Projection
from projections.queue import QUEUE, QueueRow
from projections.search import SEARCH
from projections.tokens import TOKENS, TokenRow
from tests.golden.lives import LATER, RESOLVED, TUESDAY, a_month, life


def fold(projection: Projection[Any], events: list[Event]) -> dict[Any, Any]:
    """Return the rows of *projection* after *events*."""
    rows: dict[Any, Any] = {}
    for number, event in enumerate(events, 1):
        if event.TOPIC in projection.topics:
            key = projection.key(event)
            rows[key] = projection.evolve(rows.get(key), event, number)
    return rows


def lived(*commands: c.Command, **facts: Any) -> list[Event]:
    complaint = Complaint(an_id())
    for step in (received(**facts), *(asked(each, TUESDAY) for each in commands)):
        step(complaint)
    return complaint.collect_events()


def the_file(*commands: c.Command, **facts: Any) -> CaseFile:
    return fold(CASE_FILE, lived(*commands, **facts))[an_id()]


def test_a_file_holds_the_submission_as_it_came():
    file = the_file(problem_at={"start": "2026-05"}, related_tickets=("T-1",))

    assert file == CaseFile(
        id=an_id(),
        reference=reference(an_id(), "C"),
        team="complaints",
        submission={
            "form": "complaint",
            "form_version": "1",
            "privacy_notice": "1",
            "channel": "web",
            "language": "en",
            "team": "complaints",
            "legal_entity": "main",
            "service": "crypto_assets",
            "category": "withdrawal",
            "account_email": "someone@example.org",
            "account_id": "AA12 N84G ABCD EFGH",
            "no_account": False,
            "full_name": "Someone Somewhere",
            "country": "FR",
            "details": "The withdrawal has not arrived.",
            "related_tickets": ["T-1"],
            "people_involved": [],
            "problem_at": {"start": "2026-05"},
            "registered_at": "2026-05-22T16:00:00Z",
        },
    )


def test_a_file_holds_the_latest_of_each_finding():
    file = the_file(
        c.Triage(category="fees", severity="low", admissible=True, complex=True),
        c.Acknowledge(),
        c.Assign(team="payments"),
        c.Escalate(reason="Late."),
        RESOLVED,
        c.Close(),
    )

    findings = file.model_dump(exclude={"id", "reference", "submission"})
    assert findings == {
        "team": "payments",
        "admissible": True,
        "complex": True,
        "acknowledged_at": TUESDAY,
        "escalation_reason": "Late.",
        "escalated_by": "handler",
        "decision": Decision(
            outcome="upheld", reasons="The network fee was charged twice.", sent_at=TUESDAY
        ).model_dump(),
        "solved_at": None,
        "closed_at": TUESDAY,
        "closed_code": None,
        "replied_at": None,
        "questions": None,
        "answer": None,
        "closes_at": None,
        "reopen_before": None,
        "awaiting_files": False,
        "appointment": None,
        "rating": None,
        "issues": (),
        "intake": None,
        "grants": (),
        "relations": {"links": (), "merged": (), "split_into": (), "split_from": None},
        "life": CaseLife().model_dump(),
    }


@pytest.mark.parametrize(
    "end",
    [
        c.Withdraw(reason="Found it."),
        c.Triage(category="fees", severity="low", admissible=False, reason="Not a client."),
    ],
    ids=["withdrawn", "inadmissible"],
)
def test_a_file_says_when_its_case_ended(end: c.Command):
    assert the_file(end).closed_at == TUESDAY
    assert the_file(end, c.Reopen(reason="Not so.")).closed_at is None


def test_a_decision_without_a_date_says_so():
    complaint = Complaint(an_id())
    received()(complaint)
    complaint.resolve(Answer("rejected", None), by(LATER), RULES, occurred_at=RECEIVED, known=False)
    file = fold(CASE_FILE, complaint.collect_events())[an_id()]

    assert file.decision == Decision(outcome="rejected", sent_at=RECEIVED, sent_at_known=False)


@pytest.mark.parametrize("number", range(6))
def test_the_rows_of_the_clocks_are_the_clocks_of_the_case(number: int):
    """Folded apart and folded by the case itself: the same clocks."""
    events = list(life(number))
    complaint = Complaint.replay(None, events)
    assert complaint is not None

    rows: dict[Any, ClockRow] = fold(ARMED, events)

    assert {id: row.clock for id, row in rows.items()} == complaint.clocks
    assert {row.case_id for row in rows.values()} == {complaint.id}


@pytest.mark.parametrize("number", range(6))
def test_the_queue_agrees_with_the_clocks_and_the_case(number: int):
    """Two ways to the same figures."""
    events = list(life(number))
    complaint = Complaint.replay(None, events)
    assert complaint is not None
    row: QueueRow = fold(QUEUE, events)[complaint.id]

    assert (row.status, row.level, row.team, row.version) == (
        complaint.status,
        complaint.level,
        complaint.team,
        complaint.version,
    )
    verdicts = {"late": "missed"}
    assert [(p.clock_id, verdicts.get(p.state, p.state), p.due_before) for p in row.promises] == [
        (clock.id, clock.status, clock.due_before) for clock in complaint.clocks.values()
    ]


def test_an_event_of_an_unknown_clock_makes_no_row():
    missed = next(event for event in a_month() if isinstance(event, clocks.ClockMissed))

    assert ARMED.evolve(None, missed, 1) is None


def test_a_token_is_kept_without_its_secret():
    token = Token(an_id())
    token.create("night shift", Role.HANDLER, ("complaints",), "ab" * 32, by(RECEIVED), expires_at=LATER)
    row: TokenRow = fold(TOKENS, token.collect_events())[an_id()]

    assert row == TokenRow(
        id=an_id(),
        name="night shift",
        role=Role.HANDLER,
        teams=("complaints",),
        sha256="ab" * 32,
        created_at=RECEIVED,
        expires_at=LATER,
    )
    assert row.principal == Principal(id=f"token:{an_id()}", role=Role.HANDLER, teams=("complaints",))
    token.revoke(by(LATER))
    revoked = TOKENS.evolve(row, token.collect_events()[0], 2)
    assert revoked == row.model_copy(update={"revoked_at": LATER})
    assert TOKENS.evolve(None, lived()[0], 1) is None


@pytest.mark.parametrize("projection", [*PROJECTIONS, SEARCH], ids=lambda each: each.name)
def test_a_topic_that_is_ignored_changes_no_row(projection: Projection[Any]):
    """Whatever a read model says it has no use for, its fold has none for either."""
    events = list(a_month())
    rows = fold(projection, events)
    for number, event in enumerate(events, 1):
        if event.TOPIC in projection.ignored and projection is not QUEUE:
            before = rows.get(projection.key(event))
            assert projection.evolve(before, event, number) == before


def test_folding_changes_no_event():
    events = list(a_month())
    before = [event.model_dump_json() for event in events]
    for projection in PROJECTIONS:
        fold(projection, events)

    assert [event.model_dump_json() for event in events] == before
    assert len({each.name for each in PROJECTIONS}) == len(PROJECTIONS)
