"""Issues and their cases as read models: a fold of what happened, whatever else did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from typing import Any

from domain.commands import Assign
from domain.complaint import Complaint
from domain.directory import Reach
from domain.issues.issue import Issue
from domain.issues.orders import LinkToIssue, UnlinkFromIssue
from domain.kernel import Event
from domain.testing import RECEIVED, RULES, an_id, by, received
from projections.issues import ISSUE_CASES, ISSUES, IssueCaseRow, IssueRow, link_id
from projections.loads import NOBODY, TURNS, TurnRow, turn_id
from projections.projection import Projection

ISSUE = an_id("issue")
LATER = RECEIVED + timedelta(hours=1)


def folded(projection: Projection[Any], events: Iterable[Event]) -> Any:
    heard = [event for event in events if event.TOPIC in projection.topics]
    return reduce(lambda row, event: projection.evolve(row, event, 1), heard, None)


def test_an_issue_shows_what_was_last_said_of_it():
    issue = Issue(ISSUE)
    issue.open(by(RECEIVED), within=Reach(), title="Withdrawals", kind="theme", owner="anna")
    issue.change(by(LATER), within=Reach(), title="All withdrawals")
    issue.announce("It runs again.", by(LATER), within=Reach())
    issue.close(by(LATER))

    assert folded(ISSUES, issue.collect_events()) == IssueRow(
        id=ISSUE,
        version=4,
        status="closed",
        title="All withdrawals",
        kind="theme",
        owner="anna",
        within=Reach(),
        opened_at=RECEIVED,
        closed_at=LATER,
        last_update_at=LATER,
    )


def test_a_link_is_there_from_the_linking_to_the_unlinking():
    case = Complaint(an_id("a"))
    received()(case)
    LinkToIssue(issue=ISSUE).carry_out(case, by(LATER), RULES)
    linked = case.collect_events()
    UnlinkFromIssue(issue=ISSUE).carry_out(case, by(LATER), RULES)

    assert folded(ISSUE_CASES, linked) == IssueCaseRow(
        id=link_id(case.id, ISSUE), issue=ISSUE, case_id=case.id, linked_at=LATER
    )
    assert ISSUE_CASES.key(linked[-1]) == link_id(case.id, ISSUE)
    assert folded(ISSUE_CASES, [*linked, *case.collect_events()]) is None


def test_a_turn_is_the_last_time_that_somebody_was_given_a_case_and_a_queue_has_none():
    case = Complaint(an_id("a"))
    received()(case)
    case.collect_events()
    for at, order in (
        (RECEIVED, Assign(assignee="user:anna")),
        (LATER, Assign(assignee="user:anna", team="payments")),
        (LATER, Assign(team="complaints")),
    ):
        order.carry_out(case, by(at), RULES)
    first, second, queue = case.collect_events()

    anna = TurnRow(id=turn_id("user:anna"), assignee="user:anna", last_at=LATER)
    assert folded(TURNS, [first, second]) == folded(TURNS, [second, first]) == anna
    assert (TURNS.key(first), TURNS.key(queue)) == (anna.id, NOBODY)
    assert folded(TURNS, [queue]) is None
