"""A token of a user never opens more than the user may."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import RIGHTS, Principal, Role, Sensitivity
from domain.directory import Grant, within
from domain.testing import an_id
from projections.queue import QueueRow

TEAMS, ENTITIES = ("a", "b", "c"), ("x", "y")
GRANTS = st.builds(
    Grant,
    role=st.sampled_from(Role),
    teams=st.lists(st.sampled_from(TEAMS), unique=True).map(tuple),
    legal_entities=st.lists(st.sampled_from(ENTITIES), unique=True).map(tuple),
    clearance=st.sampled_from(Sensitivity),
)
ID: UUID = an_id()


def cases() -> list[QueueRow]:
    """Return a case of every team, entity and sensitivity."""
    facts = {"status": "received", "version": 1, "number": 1, "category": "fees", "channel": "web"}
    return [
        QueueRow.model_validate(
            facts
            | {"id": ID, "reference": "C-1", "received_at": "2026-05-22T16:00:00Z", "language": "en"}
            | {"team": team, "legal_entity": entity, "sensitivity": level}
        )
        for team in TEAMS
        for entity in ENTITIES
        for level in Sensitivity
    ]


CASES = cases()


def principal(grant: Grant) -> Principal:
    """Return somebody who may all that *grant* says."""
    return Principal(id="user:anna", **grant.model_dump())


@given(GRANTS, GRANTS)
def test_a_token_of_a_user_does_and_sees_nothing_that_either_could_not(user: Grant, token: Grant):
    found = within("anna", user, token)

    if found is not None:
        for each in (user, token):
            teams = TEAMS if each is token and not token.teams else each.teams
            whole = principal(each.model_copy(update={"teams": teams}))
            assert RIGHTS[found.role] <= RIGHTS[each.role]
            assert [case for case in CASES if found.scope.admits(case) and not whole.scope.admits(case)] == []


@given(GRANTS)
def test_a_token_that_is_as_wide_as_its_user_opens_all_that_they_may(user: Grant):
    found = within("anna", user, user)

    assert found is not None
    whole = principal(user)
    assert found.role is user.role
    assert [found.scope.admits(case) for case in CASES] == [whole.scope.admits(case) for case in CASES]


@pytest.mark.parametrize(
    ("user", "token"),
    [
        (Grant(role=Role.AUDITOR), Grant(role=Role.HANDLER, teams=("a",))),
        (Grant(role=Role.ADMIN), Grant(role=Role.SUPERVISOR)),
        (
            Grant(role=Role.HANDLER, teams=("a",), legal_entities=("x",)),
            Grant(role=Role.HANDLER, teams=("a",), legal_entities=("y",)),
        ),
    ],
)
def test_what_user_and_token_do_not_share_opens_nothing(user: Grant, token: Grant):
    """Not even everything, which an empty list of entities would stand for."""
    assert within("anna", user, token) is None


def test_a_token_follows_its_user_who_is_given_another_role():
    was = Grant(role=Role.SUPERVISOR, teams=("a",))
    now = Grant(role=Role.HANDLER, teams=("b",))

    assert within("anna", was, was) == Principal(
        id="user:anna", role=Role.SUPERVISOR, teams=("a",), clearance=Sensitivity.RESTRICTED
    )
    assert within("anna", now, was) == Principal(id="user:anna", role=Role.HANDLER, teams=())
