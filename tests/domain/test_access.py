"""Who sees and does what."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import pytest

from domain.access import IMPERSONAL, OF_THEIR_OWN, RIGHTS, Principal, Right, Role, Sensitivity, Sight

WORKS = {
    Right.READ_CASES,
    Right.READ_PERSONAL,
    Right.ATTACH_FILES,
    Right.WORK_CASES,
    Right.BREAK_GLASS,
    Right.INVITE_COMPLAINANTS,
}
EVERYTHING = {
    Role.COMPLAINANT: {Right.READ_OWN_CASE, Right.ANSWER_OWN_CASE, Right.ATTACH_FILES},
    Role.HANDLER: WORKS,
    Role.SUPERVISOR: WORKS
    | {Right.READ_ALL_TEAMS, Right.EXCUSE_MISSES, Right.RESTRICT_CASES, Right.HAND_OVER, Right.LEAD_ISSUES}
    | {Right.APPROVE_RESOLUTIONS, Right.OVERRIDE_CONFLICTS},
    Role.AUDITOR: {
        Right.READ_CASES,
        Right.READ_ALL_TEAMS,
        Right.READ_LOG,
        Right.READ_PERSONAL_FOR_A_PURPOSE,
    },
    Role.COMPLIANCE: {Right.READ_CASES, Right.READ_ALL_TEAMS, Right.READ_PERSONAL, Right.PLACE_HOLDS},
    Role.ADMIN: {Right.CONFIGURE, Right.MANAGE_STAFF, Right.IMPERSONATE},
}


@pytest.mark.parametrize("role", Role)
def test_a_role_holds_its_rights_and_no_others(role: Role):
    who = Principal(id="anna", role=role)

    assert {right for right in Right if who.may(right)} == EVERYTHING[role] == RIGHTS[role]


@pytest.mark.parametrize(
    ("role", "teams", "sees"),
    [
        (Role.HANDLER, ("complaints",), {"complaints"}),
        (Role.HANDLER, ("complaints", "payments"), {"complaints", "payments"}),
        (Role.HANDLER, (), set[str]()),
        (Role.SUPERVISOR, (), {"complaints", "payments"}),
        (Role.ADMIN, ("complaints",), set[str]()),
    ],
)
def test_a_handler_sees_their_teams_a_supervisor_all_an_administrator_none(
    role: Role, teams: tuple[str, ...], sees: set[str]
):
    who = Principal(id="anna", role=role, teams=teams)

    assert {team for team in ("complaints", "payments") if who.sees_team(team)} == sees


class Case(NamedTuple):
    team: str
    legal_entity: str
    sensitivity: Sensitivity


CASE = UUID(int=1)


@pytest.mark.parametrize(
    ("role", "without", "with_one"),
    [
        (Role.COMPLAINANT, OF_THEIR_OWN, OF_THEIR_OWN),
        (Role.HANDLER, frozenset(Sight), frozenset(Sight)),
        (Role.SUPERVISOR, frozenset(Sight), frozenset(Sight)),
        (Role.AUDITOR, IMPERSONAL, frozenset(Sight)),
        (Role.COMPLIANCE, frozenset(Sight), frozenset(Sight)),
        (Role.ADMIN, frozenset[Sight](), frozenset[Sight]()),
    ],
)
def test_what_concerns_a_person_is_for_those_who_work_on_it_and_for_an_auditor_with_a_purpose(
    role: Role, without: frozenset[Sight], with_one: frozenset[Sight]
):
    who = Principal(id="anna", role=role)

    assert (who.sights(None), who.sights("sample of May")) == (without, with_one)


def test_a_case_that_is_opened_by_name_is_in_no_scope():
    hidden = Case("payments", "main", Sensitivity.CONFIDENTIAL)
    who = Principal(id="anna", role=Role.HANDLER, teams=("complaints",))
    opened = who.opening(CASE)

    assert not who.sees(CASE, hidden)
    assert opened.sees(CASE, hidden)
    assert not opened.sees(UUID(int=2), hidden)
    assert opened.scope == who.scope
    assert not opened.scope.admits(hidden)


@pytest.mark.parametrize("level", Sensitivity)
def test_a_purpose_is_owed_above_normal_by_all_but_the_complainant(level: Sensitivity):
    case = Case("complaints", "main", level)
    owing = {role for role in Role if Principal(id="anna", role=role).owes_a_purpose(case)}

    readers = {Role.HANDLER, Role.SUPERVISOR, Role.AUDITOR, Role.COMPLIANCE}
    assert owing == (set[Role]() if level is Sensitivity.NORMAL else readers)
