"""An issue is opened, changed and closed; cases are linked to it by hand or because they meet its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.access import Sensitivity
from domain.case import Case
from domain.commands import SetSensitivity, Withdraw
from domain.complaint import Complaint
from domain.complaint.events import Received
from domain.directory import Reach
from domain.issues.events import IssueUpdateAnnounced
from domain.issues.issue import Issue, IssueIsClosed, NoSuchIssue
from domain.issues.orders import ChangeWithin, LinkByRule, LinkToIssue, TellUpdate, UnlinkFromIssue
from domain.issues.rule import Rule
from domain.kernel import Event
from domain.privacy import ERASED, Sealed
from domain.reactions import NotYet, Send
from domain.reactions.issues import LinkACaseToItsIssue, LinkWhatCameBeforeTheIssue, TellEveryLinkedCase
from domain.testing import RECEIVED, RULES, Given, a_complaint, an_id, asked, by, received

ISSUE = an_id("issue")
LATER = RECEIVED + timedelta(hours=1)
EVERYTHING = Reach()
WITHDRAWALS = Rule(category=("withdrawal",), received_from=RECEIVED - timedelta(hours=1))
LINK = LinkByRule(issue=ISSUE, rule=WITHDRAWALS, within=EVERYTHING)
Step = Callable[[Any], object]


def an_issue(*history: Step, **details: Any) -> Given[Issue]:
    facts = {"title": "Withdrawals stand still", "kind": "mass_event"} | details
    opened: Step = lambda issue: issue.open(by(RECEIVED), within=EVERYTHING, **facts)  # noqa: E731
    return Given(Issue(ISSUE), opened, *history)


def ask(order: Any) -> Step:
    return lambda case: order.carry_out(case, by(LATER), RULES)


def test_an_issue_is_changed_by_what_differs_alone():
    issue = an_issue()

    assert issue.when(lambda i: i.change(by(LATER), within=EVERYTHING, kind="mass_event")) == []
    ((name, facts),) = issue.when(lambda i: i.change(by(LATER), within=EVERYTHING, rule=WITHDRAWALS))
    assert (name, facts["rule"], facts["within"]) == (
        "IssueChanged",
        WITHDRAWALS.model_dump(),
        EVERYTHING.model_dump(),
    )
    assert issue.aggregate.rule == WITHDRAWALS


def test_the_owner_of_an_issue_and_its_rule_can_be_taken_away():
    issue = an_issue(owner="anna", rule=WITHDRAWALS)
    order = ChangeWithin(within=EVERYTHING, owner=None, rule=None)

    ((_, facts),) = issue.when(lambda i: order.carry_out(i, by(LATER), RULES))

    assert facts["unset"] == ("owner", "rule")
    assert (issue.aggregate.details["owner"], issue.aggregate.rule) == (None, None)
    assert issue.when(lambda i: order.carry_out(i, by(LATER), RULES)) == []


def test_the_life_of_an_issue():
    issue = an_issue(rule=WITHDRAWALS)

    assert issue.when(lambda i: i.mitigate(by(LATER))) == [("IssueMitigated", {})]
    assert issue.when(lambda i: i.mitigate(by(LATER))) == []
    assert issue.when(lambda i: i.close(by(LATER))) == [("IssueClosed", {})]
    assert issue.when(lambda i: i.close(by(LATER))) == []
    assert issue.aggregate.rule is None
    refused: tuple[Step, ...] = (
        lambda i: i.change(by(LATER), within=EVERYTHING, title="Other"),
        lambda i: i.mitigate(by(LATER)),
        lambda i: i.announce("It is over.", by(LATER), within=EVERYTHING),
    )
    for step in refused:
        with pytest.raises(IssueIsClosed):
            issue.when(step)
    assert issue.when(lambda i: i.reopen(by(LATER))) == [("IssueReopened", {})]
    assert issue.when(lambda i: i.reopen(by(LATER))) == []
    assert issue.aggregate.rule == WITHDRAWALS
    assert issue.when(lambda i: i.open(by(LATER), within=EVERYTHING, title="Other")) == []
    with pytest.raises(NoSuchIssue):
        Issue(ISSUE).close(by(LATER))


@pytest.mark.parametrize(
    "facts", [{}, {"category": ("fees",), "received_from": LATER, "received_to": RECEIVED}]
)
def test_a_rule_says_something_that_can_be_met(facts: dict[str, Any]):
    with pytest.raises(ValidationError):
        Rule(**facts)


def test_a_case_is_linked_once_and_not_again_by_rule_when_somebody_took_it_away():
    case = a_complaint()

    assert case.when(ask(LINK)) == [("ComplaintIssueLinked", {"issue": ISSUE, "by_rule": True})]
    assert case.when(ask(LINK)) == []
    assert case.when(ask(UnlinkFromIssue(issue=ISSUE))) == [("ComplaintIssueUnlinked", {"issue": ISSUE})]
    assert case.when(ask(UnlinkFromIssue(issue=ISSUE))) == []
    assert case.when(ask(LINK)) == []
    assert case.when(ask(LinkToIssue(issue=ISSUE))) == [
        ("ComplaintIssueLinked", {"issue": ISSUE, "by_rule": False})
    ]


@pytest.mark.parametrize(
    ("rule", "within", "step"),
    [
        (Rule(category=("fees",)), EVERYTHING, None),
        (Rule(channel=("letter",)), EVERYTHING, None),
        (Rule(form=("feedback",)), EVERYTHING, None),
        (Rule(service=("custody",)), EVERYTHING, None),
        (Rule(category=("withdrawal",), received_from=LATER), EVERYTHING, None),
        (Rule(category=("withdrawal",), received_to=RECEIVED), EVERYTHING, None),
        (WITHDRAWALS, Reach(teams=("payments",)), None),
        (WITHDRAWALS, Reach(legal_entities=("second",)), None),
        (
            WITHDRAWALS,
            Reach(levels=(Sensitivity.NORMAL,)),
            asked(SetSensitivity(sensitivity=Sensitivity.RESTRICTED, reason="A colleague."), LATER),
        ),
    ],
)
def test_a_case_that_does_not_meet_the_rule_or_is_out_of_reach_is_not_linked(
    rule: Rule, within: Reach, step: Step | None
):
    case = a_complaint(*([step] if step else []))

    assert case.when(ask(LinkByRule(issue=ISSUE, rule=rule, within=within))) == []


class Known:
    """What the reactions look up."""

    def __init__(self, *rules: LinkByRule, cases: tuple[UUID, ...] = ()) -> None:
        self.rules, self.ids = rules, cases

    def with_rules(self) -> Iterable[LinkByRule]:
        return self.rules

    def received(self, rule: Rule, within: Reach) -> Iterable[tuple[UUID, type[Case]]]:
        del rule, within
        return [(id, Complaint) for id in self.ids]

    def open_cases(self, issue: UUID, within: Reach) -> Iterable[tuple[UUID, type[Case]]]:
        del issue
        return self.received(WITHDRAWALS, within)


def a_receipt(id: UUID, actor: str = "complainant", **facts: Any) -> tuple[Complaint, Event]:
    case = Complaint(id)
    received(**facts)(case)
    event = case.collect_events()[0]
    assert isinstance(event, Received)
    return case, event.model_copy(update={"actor": actor})


def test_a_case_that_comes_in_is_linked_to_the_issues_whose_rule_it_meets_and_another_is_not():
    reaction = LinkACaseToItsIssue(Known(LINK))
    case, event = a_receipt(an_id("a"))
    other, came = a_receipt(an_id("b"), category="fees")

    assert list(reaction.decide(event, case)) == [Send(case.id, Complaint, LINK)]
    assert list(reaction.decide(came, other)) == []
    LINK.carry_out(case, by(LATER), RULES)
    assert list(reaction.decide(event, case)) == []


def test_an_issue_whose_rule_says_since_when_is_linked_to_what_came_since():
    reaction = LinkWhatCameBeforeTheIssue(Known(cases=(an_id("a"),)))
    issue = Issue(ISSUE)
    issue.open(by(RECEIVED), within=EVERYTHING, title="Withdrawals", rule=WITHDRAWALS)
    issue.change(by(LATER), within=EVERYTHING, title="All withdrawals")
    opened, renamed = issue.collect_events()

    assert list(reaction.decide(opened, issue)) == [Send(an_id("a"), Complaint, LINK)]
    assert list(reaction.decide(renamed, issue)) == []
    issue.close(by(LATER))
    assert list(reaction.decide(opened, issue)) == []


def announced(text: Any) -> tuple[Issue, Event]:
    issue = an_issue().aggregate
    issue.announce("Withdrawals run again.", by(LATER), within=EVERYTHING)
    (event,) = issue.collect_events()
    assert isinstance(event, IssueUpdateAnnounced)
    return issue, event.model_copy(update={"text": text})


def test_what_is_announced_is_told_in_every_linked_case():
    reaction = TellEveryLinkedCase(Known(cases=(an_id("a"), an_id("b"))))
    issue, event = announced("Withdrawals run again.")
    order = TellUpdate(issue=ISSUE, text="Withdrawals run again.", at=LATER)

    assert list(reaction.decide(event, issue)) == [Send(an_id(n), Complaint, order) for n in ("a", "b")]
    assert list(reaction.decide(announced(ERASED)[1], issue)) == []
    with pytest.raises(NotYet):
        list(reaction.decide(announced(Sealed(sealed="x"))[1], issue))


def test_an_update_is_told_once_and_only_while_the_case_is_linked_and_undecided():
    order = TellUpdate(issue=ISSUE, text="Withdrawals run again.", at=LATER)
    case, ended = a_complaint(ask(LINK)), a_complaint(ask(LINK), asked(Withdraw(reason="Solved."), LATER))

    assert a_complaint().when(ask(order)) == []
    assert ended.when(ask(order)) == []
    assert case.when(ask(order)) == [("UpdateSent", {"text": "Withdrawals run again.", "parts": ()})]
    assert case.when(ask(order)) == []
