"""The directory: users, teams and entities are named once, changed, and leave with nothing left to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from pydantic import ValidationError

from domain import commands as c
from domain.access import Role, Sensitivity
from domain.complaint import Complaint
from domain.directory import LegalEntity, Team, User, entity_id, orders, team_id, user_id
from domain.directory.errors import (
    AlreadyThere,
    DefaultTeam,
    ImpersonatesAdmin,
    NotOnTheStaff,
    NotThere,
    StillHandingOver,
    SuccessorIsSelf,
    TeamHasOpenCases,
    TeamIsClosed,
)
from domain.directory.events import Rung
from domain.directory.orders import HandCaseOver
from domain.directory.user import DETAILS
from domain.errors import DomainError
from domain.kernel import Aggregate
from domain.testing import RULES, Given, a_complaint, an_id, asked, by, paris
from domain.ticket import Ticket
from domain.ticket.request import Request

A = TypeVar("A", bound=Aggregate)

NOON = paris("2026-06-01T12:00")
ADMIN = by(NOON, "token:1")

NO_CHANGE: dict[str, object] = {
    "legal_entity": None,
    "title": None,
    "assignment": None,
    "escalates_to": None,
    "unset": (),
}
NOT_OVERRIDDEN = {"reason": None, "conflict_overridden": None, "override_reason": None}


def added(user: User, **facts: Any) -> None:
    complete: dict[str, Any] = {"name": "Anna Example", "role": Role.HANDLER, "teams": ("complaints",)}
    user.add("anna", ADMIN, **(complete | facts))


def left(user: User) -> None:
    user.leave(ADMIN, successor="ben")


def anna(*history: Callable[[User], object]) -> Given[User]:
    return Given(User(user_id("anna")), *history)


def payments(*history: Callable[[Team], object]) -> Given[Team]:
    return Given(Team(team_id("payments")), *history)


def refused(given: Given[A], command: Callable[[A], object], error: type[DomainError]) -> None:
    with pytest.raises(error):
        given.when(command)
    assert given.aggregate.collect_events() == []


def test_a_user_is_added_with_what_they_may():
    assert anna().when(added) == [
        (
            "UserAdded",
            {
                "login": "anna",
                "name": "Anna Example",
                "email": None,
                "role": Role.HANDLER,
                "teams": ("complaints",),
                "legal_entities": (),
                "clearance": Sensitivity.NORMAL,
                "skills": (),
                "languages": (),
                "capacity": None,
            },
        )
    ]


def test_a_login_is_never_given_away_twice():
    refused(anna(added), added, AlreadyThere)
    refused(anna(added, left), added, AlreadyThere)


def test_only_what_differs_is_changed():
    given = anna(added)

    changed = given.when(
        lambda user: user.change(ADMIN, name="Anna Example", role=Role.SUPERVISOR, email=None)
    )

    nothing: dict[str, Any] = {each: None for each in DETAILS if each != "role"}
    assert changed == [("UserChanged", nothing | {"role": Role.SUPERVISOR, "unset": ()})]
    assert given.when(lambda user: user.change(ADMIN, role=Role.SUPERVISOR)) == []


def test_what_nobody_added_cannot_be_asked_anything():
    refused(anna(), left, NotThere)
    refused(anna(), lambda user: user.change(ADMIN), NotThere)
    refused(anna(), lambda user: user.return_(ADMIN), NotThere)


def test_a_user_leaves_once_and_hands_over_to_somebody_else():
    given = anna(added)

    refused(given, lambda user: user.leave(ADMIN, successor="anna"), SuccessorIsSelf)
    assert given.when(left) == [("UserLeft", {"reason_code": "left", "successor": "ben"})]
    assert given.when(left) == []
    refused(given, lambda user: user.change(ADMIN, role=Role.ADMIN), NotOnTheStaff)


def test_who_left_returns_when_everything_is_handed_over():
    given = anna(added, left)

    refused(given, lambda user: user.return_(ADMIN), StillHandingOver)
    assert given.when(lambda user: user.finish_hand_over(ADMIN)) == [("UserHandedOver", {"failed": 0})]
    assert given.when(lambda user: user.finish_hand_over(ADMIN)) == []
    assert given.when(lambda user: user.return_(ADMIN)) == [("UserReturned", {})]
    assert given.when(lambda user: user.return_(ADMIN)) == []


def test_who_is_away_hands_over_and_stays():
    given = anna(added)

    assert given.when(lambda user: user.ask_hand_over(ADMIN, to=None)) == [
        ("UserHandOverAsked", {"to": None, "reason_code": "absent", "within": None})
    ]
    assert given.aggregate.active
    refused(given, lambda user: user.ask_hand_over(ADMIN, to="anna"), SuccessorIsSelf)
    refused(anna(added, left), lambda user: user.ask_hand_over(ADMIN, to=None), NotOnTheStaff)


def test_an_impersonation_is_recorded_once_a_sitting_and_never_of_an_administrator():
    given = anna(added)
    start = NOON
    asked_at = [start, start + timedelta(minutes=14), start + timedelta(minutes=15)]

    def impersonated(at: datetime) -> Callable[[User], None]:
        return lambda user: user.impersonate(by(at, "token:1"))

    found = [given.when(impersonated(at)) for at in asked_at]

    recorded = [("UserImpersonated", {"by": "token:1", "reason": None})]
    assert found == [recorded, [], recorded]
    admin = anna(lambda user: added(user, role=Role.ADMIN))
    refused(admin, lambda user: user.impersonate(ADMIN), ImpersonatesAdmin)


def test_a_team_with_open_cases_is_not_closed():
    given = payments(lambda team: team.add("payments", ADMIN))

    refused(given, lambda team: team.close(ADMIN, open_cases=True), TeamHasOpenCases)
    assert given.when(lambda team: team.close(ADMIN, open_cases=False)) == [("TeamClosed", {})]
    assert given.when(lambda team: team.close(ADMIN, open_cases=False)) == []
    refused(given, lambda team: team.change(ADMIN, title="P"), TeamIsClosed)


def test_a_closed_team_is_opened_again_and_an_open_one_is_not_made_twice():
    given = payments(lambda team: team.add("payments", ADMIN))

    refused(given, lambda team: team.add("payments", ADMIN), AlreadyThere)
    given.when(lambda team: team.close(ADMIN, open_cases=False))
    assert given.when(lambda team: team.add("payments", ADMIN, title="Payments")) == [
        (
            "TeamAdded",
            {
                "name": "payments",
                "legal_entity": None,
                "title": "Payments",
                "assignment": "manual",
                "escalates_to": None,
            },
        )
    ]


def test_the_team_that_gets_every_new_complaint_is_not_closed():
    given = Given(Team(team_id("complaints")), lambda team: team.add("complaints", ADMIN))

    refused(given, lambda team: team.close(ADMIN, open_cases=False), DefaultTeam)


def test_a_team_is_changed_where_it_differs():
    given = payments(lambda team: team.add("payments", ADMIN, title="Payments"))

    assert given.when(lambda team: team.change(ADMIN, title="Payments", legal_entity="main")) == [
        ("TeamChanged", NO_CHANGE | {"legal_entity": "main"})
    ]
    assert given.when(lambda team: team.change(ADMIN, assignment="round_robin")) == [
        ("TeamChanged", NO_CHANGE | {"assignment": "round_robin"})
    ]
    assert given.when(lambda team: team.change(ADMIN, assignment="round_robin")) == []


def test_what_is_given_as_none_is_taken_away_and_what_is_left_out_stays():
    """The capacity and the e-mail of a user; the company, the title and the ladder of a team."""
    user = anna(lambda user: added(user, capacity=3, email="anna@example.org"))
    ladder = (Rung(level=1, team="second-line"),)
    team = payments(lambda team: team.add("payments", ADMIN, title="Payments", escalates_to=ladder))

    limitless = orders.ChangeUser(capacity=None)
    assert user.when(lambda user: limitless.carry_out(user, ADMIN, RULES)) == [
        ("UserChanged", dict.fromkeys(DETAILS) | {"unset": ("capacity",)})
    ]
    assert (user.aggregate.details["capacity"], user.aggregate.details["email"]) == (None, "anna@example.org")
    assert user.when(lambda user: limitless.carry_out(user, ADMIN, RULES)) == []
    plain = orders.ChangeTeam(title=None, escalates_to=None)
    assert team.when(lambda team: plain.carry_out(team, ADMIN, RULES)) == [
        ("TeamChanged", NO_CHANGE | {"unset": ("escalates_to", "title")})
    ]
    assert (team.aggregate.title, team.aggregate.escalates_to) == (None, None)
    assert team.when(lambda team: orders.ChangeTeam(title=None).carry_out(team, ADMIN, RULES)) == []


@pytest.mark.parametrize(
    ("order", "name"),
    [(orders.ChangeUser, "name"), (orders.ChangeUser, "teams"), (orders.ChangeTeam, "assignment")],
)
def test_what_cannot_be_missing_is_not_taken_away(order: type[orders.Order], name: str):
    with pytest.raises(ValidationError) as refusal:
        order.model_validate({name: None})
    (error,) = refusal.value.errors()
    assert (error["loc"], error["msg"]) == (
        (name,),
        "Value error, Give a value, or leave it out to keep what there is.",
    )


def test_a_ladder_stands_in_the_order_of_its_levels_and_names_one_team_for_each():
    rungs = ({"level": 2, "team": "legal"}, {"level": 1, "team": "second-line"})

    assert orders.AddTeam.model_validate({"name": "payments", "escalates_to": rungs}).escalates_to == (
        Rung(level=1, team="second-line"),
        Rung(level=2, team="legal"),
    )
    with pytest.raises(ValidationError, match="Name one team for each level"):
        orders.AddTeam.model_validate({"name": "payments", "escalates_to": rungs[:1] * 2})


def test_a_legal_entity_is_named_once_and_called_otherwise():
    given = Given(LegalEntity(entity_id("eu")), lambda entity: entity.add("eu", ADMIN))

    refused(given, lambda entity: entity.add("eu", ADMIN), AlreadyThere)
    assert given.when(lambda entity: entity.change(ADMIN, title="EU")) == [
        ("LegalEntityChanged", {"title": "EU"})
    ]
    assert given.when(lambda entity: entity.change(ADMIN, title="EU")) == []


def finished(user: User) -> None:
    user.finish_hand_over(ADMIN)
    user.return_(ADMIN)
    user.impersonate(ADMIN)


def called(team: Team) -> None:
    team.add("payments", ADMIN)
    team.change(ADMIN, title="Payments")


def test_replay_gives_what_was_recorded():
    user, team = User(user_id("anna")), Team(team_id("payments"))
    for step in (added, left, finished):
        step(user)
    called(team)

    for live in (user, team):
        replayed = type(live).replay(None, live.collect_events())
        assert replayed is not None
        assert vars(replayed) == vars(live)


def of_anna(complaint: Complaint) -> None:
    asked(c.Assign(assignee="user:anna"), NOON)(complaint)


def handed_over(
    team: str = "complaints", to: str | None = "user:ben"
) -> Callable[[Complaint | Ticket], None]:
    order = HandCaseOver(holder="user:anna", team=team, to=to, reason_code="left")

    def hand_over(case: Complaint | Ticket) -> None:
        order.carry_out(case, ADMIN, RULES)

    return hand_over


@pytest.mark.parametrize(("team", "to"), [("complaints", "user:ben"), ("payments", None)])
def test_a_case_is_handed_over_to_the_heir_while_it_is_with_the_team_they_were_chosen_for(
    team: str, to: str | None
):
    given = a_complaint(of_anna)

    assert [each for each in given.when(handed_over(team)) if each[0] == "Assigned"] == [
        ("Assigned", {"team": "complaints", "assignee": to, "reason_code": "left", **NOT_OVERRIDDEN})
    ]
    assert given.when(handed_over(team)) == []


def test_a_case_that_is_somebody_elses_or_has_ended_is_not_handed_over():
    somebody_elses = a_complaint(asked(c.Assign(assignee="user:zoe"), NOON))
    ended = a_complaint(of_anna, asked(c.Withdraw(reason="Found it."), NOON))

    assert somebody_elses.when(handed_over()) == ended.when(handed_over()) == []


def test_a_ticket_is_handed_over_as_a_complaint_is():
    ticket = Given(
        Ticket(an_id()), lambda case: case.open(Request(form="general", category="other"), ADMIN, RULES)
    )
    ticket.when(lambda case: case.assign("complaints", "user:anna", ADMIN, RULES))

    assert ticket.when(handed_over()) == [
        (
            "Assigned",
            {
                "team": "complaints",
                "assignee": "user:ben",
                "reason_code": "left",
                "reason": None,
                "conflict_overridden": None,
                "override_reason": None,
                "source": None,
            },
        )
    ]
    assert ticket.when(handed_over()) == []
    ticket.when(lambda case: case.assign("complaints", "user:anna", ADMIN, RULES))
    ticket.when(lambda case: case.close(ADMIN, RULES))
    assert ticket.when(handed_over()) == []
