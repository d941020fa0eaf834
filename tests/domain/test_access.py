"""Who sees and does what."""

from __future__ import annotations

import pytest

from domain.access import RIGHTS, Principal, Right, Role

WORKS = {
    Right.READ_CASES,
    Right.READ_PERSONAL,
    Right.WORK_CASES,
    Right.BREAK_GLASS,
    Right.INVITE_COMPLAINANTS,
}
EVERYTHING = {
    Role.COMPLAINANT: {Right.READ_OWN_CASE},
    Role.HANDLER: WORKS,
    Role.SUPERVISOR: WORKS
    | {Right.READ_ALL_TEAMS, Right.EXCUSE_MISSES, Right.RESTRICT_CASES, Right.HAND_OVER},
    Role.AUDITOR: {
        Right.READ_CASES,
        Right.READ_ALL_TEAMS,
        Right.READ_LOG,
        Right.READ_PERSONAL_FOR_A_PURPOSE,
    },
    Role.COMPLIANCE: {Right.READ_CASES, Right.READ_ALL_TEAMS, Right.READ_PERSONAL},
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
