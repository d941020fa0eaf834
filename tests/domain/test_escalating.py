"""An escalated case goes to the team of its level, and comes back when it is escalated no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from domain.commands import Assign, DeEscalate, Escalate, HandOver, NamePersonComplainedOf, Withdraw
from domain.complaint import Complaint
from domain.directory.events import Rung
from domain.kernel import Event
from domain.reactions.escalating import HandEscalatedCasesToTheTeamOfTheirLevel, HandToTheTeamOfItsLevel
from domain.testing import RECEIVED, RULES, Given, an_id, asked, by, received
from domain.ticket import Ticket
from domain.ticket.request import Request

LATER = RECEIVED + timedelta(hours=1)
ANNA = Assign(assignee="user:anna")


class Directory:
    """The ladder of the complaints team, and who is away."""

    def __init__(self, *rungs: tuple[int, str], away: Iterable[str] = (), closed: Iterable[str] = ()) -> None:
        self.rungs = [Rung(level=level, team=team) for level, team in rungs]
        self.away, self.closed = frozenset(away), frozenset(closed)

    def of(self, team: str) -> list[Rung]:
        return self.rungs if team == "complaints" else []

    def takes(self, team: str) -> bool:
        return team not in self.closed

    def works(self, person: str, team: str, case: Complaint | Ticket) -> bool:
        assert (team, case.id) == ("complaints", an_id())
        return person not in self.away


THREE = Directory((1, "second-line"), (3, "board"))


def follow(case: Complaint | Ticket, directory: Directory, events: Iterable[Event]) -> list[dict[str, Any]]:
    """Let what was recorded lead where it leads; return each assignment as team, person and reason."""
    reaction = HandEscalatedCasesToTheTeamOfTheirLevel(directory)
    for event in events:
        if isinstance(event, reaction.TOPICS):
            for send in reaction.decide(event, case):
                assert (send.to, send.kind) == (case.id, type(case))
                assert isinstance(send.order, HandToTheTeamOfItsLevel)
                send.order.carry_out(case, by(LATER), RULES)
    return [
        {name: getattr(each, name) for name in ("team", "assignee", "reason_code")}
        for each in case.collect_events()
        if each.TOPIC.endswith(".assigned")
    ]


def after(case: Complaint, *commands: Any, directory: Directory = THREE) -> list[dict[str, Any]]:
    """Return where a complaint goes because of *commands*, which are all asked before anything follows."""
    for command in commands:
        asked(command, LATER)(case)
    return follow(case, directory, case.collect_events())


def of_anna() -> Complaint:
    case = Complaint(an_id())
    received()(case)
    asked(ANNA, LATER)(case)
    case.collect_events()
    return case


def at(team: str, assignee: str | None = None, why: str = "escalation") -> dict[str, Any]:
    return {"team": team, "assignee": assignee, "reason_code": why}


UP, HIGHER, TOP = (Escalate(reason="The press asks.", level=level) for level in (1, 2, 3))
BACK = at("complaints", "user:anna", "de_escalation")


def test_a_case_climbs_the_ladder_of_the_team_that_it_came_from_and_goes_back_to_whoever_had_it():
    """Level 2 has no team of its own: it stays with that of the level below."""
    case = of_anna()

    assert after(case, UP) == [at("second-line")]
    assert after(case, Assign(assignee="user:zoe"), HIGHER) == []
    assert after(case, TOP) == [at("board")]
    assert after(case, DeEscalate()) == [BACK]
    assert (case.team, case.assignee, case.came_from, case.passed_from) == (
        "complaints",
        "user:anna",
        None,
        frozenset(),
    )


def test_what_follows_late_ends_where_the_case_stands_by_then():
    """Each event is answered in its turn, as it is by a worker that was away."""
    case = of_anna()

    assert after(case, UP, TOP, DeEscalate()) == [at("second-line"), at("board"), BACK]


def test_a_team_without_a_ladder_keeps_its_cases_and_so_does_one_below_the_first_rung():
    assert after(of_anna(), TOP, DeEscalate(), directory=Directory()) == []
    assert after(of_anna(), UP, DeEscalate(), directory=Directory((2, "legal"))) == []


@pytest.mark.parametrize(
    ("directory", "goes"),
    [
        (Directory((1, "second-line"), away=["user:anna"]), [at("complaints", None, "de_escalation")]),
        (Directory((1, "second-line"), closed=["complaints"]), []),
    ],
)
def test_it_goes_back_to_the_queue_where_who_had_it_is_away_and_nowhere_where_the_team_is_closed(
    directory: Directory, goes: list[dict[str, Any]]
):
    case = of_anna()
    after(case, UP, directory=directory)

    assert after(case, DeEscalate(), directory=directory) == goes


def test_it_does_not_go_back_to_somebody_who_is_complained_of_by_then():
    case = of_anna()
    after(case, UP)

    named = NamePersonComplainedOf(user="user:anna")
    assert after(case, named, DeEscalate()) == [at("complaints", None, "de_escalation")]


def test_somebody_who_moves_the_case_to_another_team_takes_it_off_the_ladder():
    """Also where they do so before what follows from the escalation was carried out."""
    case, late = of_anna(), of_anna()
    after(case, UP)

    moved = HandOver(team="payments", reason_code="expertise")
    assert after(case, moved, DeEscalate()) == []
    assert after(late, UP, moved) == []
    assert (case.team, late.team) == ("payments", "payments")


def test_what_has_ended_and_what_is_with_the_team_already_stays():
    ended, there = of_anna(), of_anna()

    assert after(ended, UP, Withdraw(reason="Found it.")) == []
    assert after(there, UP, directory=Directory((1, "complaints"))) == []


def test_the_escalation_of_another_case_moves_none():
    other, case = of_anna(), of_anna()
    after(other, UP)

    assert (case.team, case.version) == ("complaints", of_anna().version)


def test_a_ticket_climbs_and_comes_back_as_a_complaint_does():
    ticket = Ticket(an_id())
    ticket.open(Request(form="general", category="fees", team="complaints"), by(RECEIVED), RULES)
    ticket.assign("complaints", "user:anna", by(LATER), RULES)

    def then(command: Callable[[Ticket], object]) -> list[dict[str, Any]]:
        command(ticket)
        return follow(ticket, THREE, ticket.collect_events())

    assert then(lambda t: t.escalate("A branch waits.", by(LATER), RULES)) == [at("second-line")]
    assert then(lambda t: t.prioritise("critical", by(LATER), RULES)) == []
    assert then(lambda t: t.prioritise("normal", by(LATER), RULES)) == [BACK]


def test_one_case_is_handed_over_with_its_reason_and_not_given_back_by_itself():
    case = Given(Complaint(an_id()), received(), asked(ANNA, LATER))
    over = HandOver(reason_code="other", reason="She knows the family.")

    ((name, facts),) = case.when(asked(over, LATER))

    assert (name, facts["team"], facts["assignee"]) == ("Assigned", "complaints", None)
    assert (facts["reason_code"], facts["reason"]) == ("other", "She knows the family.")
    assert case.aggregate.passed_from == {"user:anna"}
    assert case.when(asked(over, LATER)) == []
